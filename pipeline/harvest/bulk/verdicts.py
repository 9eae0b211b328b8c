"""Which of many million entries stand, told by identifiers alone, in flat memory.

Each entry is one row, in the order in which later tells better than earlier; a row is a few
numbers of 64 bits in scratch files on disk, never a Python object. Rows that share an identifier
are brought together bucket by bucket: a bucket holds the rows whose mixed identifiers begin with
the same bits, so that what is in memory depends on the bucket and not on the corpus.

Within a source the latest row of an identifier stands, unless the latest says that it is retired.
What then stands is joined over all sources, where DOI, PubMed identifier, or title and year with
the same beginning of the abstract are the same. As with other sources, texts that share an
identifier and are plainly different stay apart, and the identifier then names only the first.
"""

import mmap
import shutil
from collections.abc import Callable, Iterator, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pipeline.harvest.bulk.items import Kind
from pipeline.harvest.bulk.joining import plainly_differ
from pipeline.harvest.bulk.ledger import KEYS

BUCKET_ROWS = 1 << 22
"""Rows that are brought together at once: about 200 MiB."""
_CHUNK = 1 << 22
_MIX = np.uint64(0x9E3779B97F4A7C15)
_PIECE = 1 << 15
"""Rows here and there that are looked up before memory is let go: each may lie on a page alone."""
_ROUNDS = 32
"""Different works under one identifier that copies are looked for."""


class Verdict(IntEnum):
    """Why a row does not stand; 0 where it does."""

    STANDS = 0
    REPLACED = 1
    RETIRED = 2
    SAME_DOI = 3
    SAME_PMID = 4
    SAME_TEXT = 5


DROPPED = 0x0F
"""Bits of a verdict; the others name the identifiers that a row shares by mistake."""
APART_DOI, APART_PMID, APART_TEXT = 0x10, 0x20, 0x40

Rows = NDArray[np.int64]


class Table:
    """All rows in scratch files inside `folder`, which is made anew.

    `rank` gives each row's right to stand beside copies in other sources, lowest first; rows of
    rank 0 always stand. `into` is the row that stands in the place of one that does not.
    """

    def __init__(self, folder: Path, rows: int) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder, self.rows = folder, rows
        self._maps: list[mmap.mmap] = []
        self.keys = {name: self._column(name, np.uint64) for name in KEYS}
        self.kind = self._column("kind", np.uint8)
        self.rank = self._column("rank", np.uint8)
        self.verdict = self._column("verdict", np.uint8)
        self.into = self._column("into", np.int64)

    def _column(self, name: str, type_: type[np.generic]) -> NDArray[Any]:
        rows = max(self.rows, 1)
        with open(self._folder / name, "w+b") as file:
            file.truncate(rows * np.dtype(type_).itemsize)
            self._maps.append(mmap.mmap(file.fileno(), 0))
        return np.frombuffer(self._maps[-1], type_, rows)

    def release(self) -> None:
        """Let go of the memory that the scratch files take here, which they keep on disk."""
        for each in self._maps:
            if hasattr(mmap, "MADV_DONTNEED"):
                each.madvise(mmap.MADV_DONTNEED)

    def take_in(self, place: int, columns: Mapping[str, NDArray[Any]]) -> int:
        """Put columns of some rows where they belong; the place after them."""
        end = place + len(columns["number"])
        for name, values in columns.items():
            (self.kind if name == "kind" else self.keys[name])[place:end] = values
        self.release()
        return end

    def take(self, column: NDArray[Any], rows: Rows) -> NDArray[Any]:
        """Values of a column in rows here and there."""
        found = np.empty(len(rows), column.dtype)
        for start in range(0, len(rows), _PIECE):
            found[start : start + _PIECE] = column[rows[start : start + _PIECE]]
            self.release()
        return found

    def put(self, column: NDArray[Any], rows: Rows, values: NDArray[Any]) -> None:
        """Set values of a column in rows here and there."""
        for start in range(0, len(rows), _PIECE):
            column[rows[start : start + _PIECE]] = values[start : start + _PIECE]
            self.release()

    def flush(self) -> None:
        """Let other processes see what is in the table."""
        for each in self._maps:
            each.flush()

    def close(self) -> None:
        """Remove the scratch files."""
        self.keys.clear()
        del self.kind, self.rank, self.verdict, self.into
        self._maps.clear()
        shutil.rmtree(self._folder, ignore_errors=True)


Alike = Callable[[Table, Rows, Rows], NDArray[np.bool_]]


def settle_versions(table: Table, first: int, end: int) -> None:
    """Within one source, let the latest row of each identifier stand, or none if it is retired."""
    for rows, numbers in _buckets(table, "number", first, end, standing=False):
        # Rows come in order, and a stable sort keeps it among those of one identifier.
        order = np.argsort(numbers, kind="stable")
        rows, latest = rows[order], _lasts(numbers[order])
        winners = rows[latest][np.cumsum(latest) - latest]  # of each row, the latest like it
        rows, winners = rows[~latest], winners[~latest]
        lost = table.take(table.kind, rows) != Kind.RETIRED
        rows, winners = rows[lost], winners[lost]
        retired = table.take(table.kind, winners) == Kind.RETIRED
        table.put(table.verdict, rows, np.where(retired, Verdict.RETIRED, Verdict.REPLACED))
        table.put(table.into, rows, winners)


def join_copies(table: Table) -> None:
    """Over all sources, let one row of each work stand."""
    for name, same, apart, alike in (
        ("doi", Verdict.SAME_DOI, APART_DOI, _same_work),
        ("pmid", Verdict.SAME_PMID, APART_PMID, _same_work_and_doi),
        ("text", Verdict.SAME_TEXT, APART_TEXT, _same_abstract),
    ):
        for rows, keys in _buckets(table, name, 0, table.rows, standing=True):
            order = np.lexsort((rows, table.take(table.rank, rows), keys))
            _join(table, rows[order], keys[order], same, apart, alike)


def _join(
    table: Table, rows: Rows, keys: NDArray[np.uint64], same: int, apart: int, alike: Alike
) -> None:
    """Join rows to the first of their identifier; those unlike it to the first of them, and so on.

    `rows` are in order of identifier and rank.
    """
    for _ in range(_ROUNDS):
        is_first = np.append(True, keys[1:] != keys[:-1]) if len(rows) else np.zeros(0, bool)
        firsts = rows[is_first][np.cumsum(is_first)[~is_first] - 1]
        rows, keys = rows[~is_first], keys[~is_first]
        if not len(rows):
            return
        is_copy = alike(table, firsts, rows)
        joined = is_copy & (table.take(table.rank, rows) > 0)
        _mark(table, rows[joined], same)
        table.put(table.into, rows[joined], firsts[joined])
        rows, keys = rows[~is_copy], keys[~is_copy]
        _mark(table, rows, apart)


def _mark(table: Table, rows: Rows, verdict: int) -> None:
    table.put(table.verdict, rows, table.take(table.verdict, rows) | np.uint8(verdict))


def _stands(table: Table, part: slice) -> NDArray[np.bool_]:
    dropped = table.verdict[part] & DROPPED
    return np.asarray((table.kind[part] == Kind.TEXT) & (dropped == Verdict.STANDS))


def _same_work(table: Table, one: Rows, other: Rows) -> NDArray[np.bool_]:
    titles, abstracts = table.keys["title"], table.keys["abstract"]
    differ = plainly_differ(table.take(titles, one), table.take(titles, other))
    return np.asarray(~(differ & (table.take(abstracts, one) != table.take(abstracts, other))))


def _same_work_and_doi(table: Table, one: Rows, other: Rows) -> NDArray[np.bool_]:
    dois = table.keys["doi"]
    a, b = table.take(dois, one), table.take(dois, other)
    return np.asarray((a == b) | (a == 0) | (b == 0)) & _same_work(table, one, other)


def _same_abstract(table: Table, one: Rows, other: Rows) -> NDArray[np.bool_]:
    abstracts = table.keys["abstract"]
    a, b = table.take(abstracts, one), table.take(abstracts, other)
    return np.asarray((a != 0) & (a == b))


def _lasts(ordered: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Where, in an ordered array, the last of each value is."""
    return np.append(ordered[1:] != ordered[:-1], True) if len(ordered) else np.zeros(0, bool)


def _buckets(
    table: Table, name: str, first: int, end: int, standing: bool
) -> Iterator[tuple[Rows, NDArray[np.uint64]]]:
    """Rows in order with their identifiers, so that all that share one come together."""
    bits = max(0, (-(-(end - first) // BUCKET_ROWS) - 1).bit_length())
    shift = np.uint64(64 - bits)
    for bucket in range(1 << bits):
        rows, keys = [np.zeros(0, np.int64)], [np.zeros(0, np.uint64)]
        for start in range(first, end, _CHUNK):
            part = slice(start, min(start + _CHUNK, end))
            values = table.keys[name][part]
            chosen = values != 0
            if standing:
                chosen &= _stands(table, part)
            if bits:
                chosen &= (values * _MIX) >> shift == bucket
            rows.append(np.flatnonzero(chosen) + start)
            keys.append(values[chosen])
            table.release()
        yield np.concatenate(rows), np.concatenate(keys)


def verdicts_on_texts(folder: Path, start: int, rows: int) -> NDArray[np.uint8]:
    """Verdicts on the texts among some rows of the table in a scratch folder."""
    if not rows:
        return np.zeros(0, np.uint8)
    kind, verdict = (
        np.memmap(folder / name, np.uint8, "r", offset=start, shape=(rows,))
        for name in ("kind", "verdict")
    )
    return np.array(verdict[kind == Kind.TEXT])
