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
        self.keys = {name: self._column(name, np.uint64) for name in KEYS}
        self.kind = self._column("kind", np.uint8)
        self.rank = self._column("rank", np.uint8)
        self.verdict = self._column("verdict", np.uint8)
        self.into = self._column("into", np.int64)

    def _column(self, name: str, type_: type) -> NDArray[Any]:
        return np.memmap(self._folder / name, type_, "w+", shape=(max(self.rows, 1),))

    def take_in(self, place: int, columns: Mapping[str, NDArray[Any]]) -> int:
        """Put columns of some rows where they belong; the place after them."""
        end = place + len(columns["number"])
        for name, values in columns.items():
            (self.kind if name == "kind" else self.keys[name])[place:end] = values
        return end

    def flush(self) -> None:
        """Let other processes see `kind` and `verdict`."""
        for column in (self.kind, self.verdict):
            assert isinstance(column, np.memmap)
            column.flush()

    def close(self) -> None:
        """Remove the scratch files."""
        self.keys.clear()
        del self.kind, self.rank, self.verdict, self.into
        shutil.rmtree(self._folder, ignore_errors=True)


def settle_versions(table: Table, first: int, end: int) -> None:
    """Within one source, let the latest row of each identifier stand, or none if it is retired."""
    numbers = table.keys["number"]
    for rows in _buckets(numbers, first, end, lambda part: np.ones(part.stop - part.start, bool)):
        # Rows come in order, and a stable sort keeps it among those of one identifier.
        rows = rows[np.argsort(numbers[rows], kind="stable")]
        latest = _lasts(numbers[rows])
        winners = rows[latest][np.cumsum(latest) - latest]  # of each row, the latest like it
        retired = table.kind[winners] == Kind.RETIRED
        lost = ~latest & (table.kind[rows] != Kind.RETIRED)
        told = np.where(retired, Verdict.RETIRED, Verdict.REPLACED).astype(np.uint8)
        table.verdict[rows[lost]] = told[lost]
        table.into[rows[lost]] = winners[lost]


def join_copies(table: Table) -> None:
    """Over all sources, let one row of each work stand."""
    for name, same, apart, alike in (
        ("doi", Verdict.SAME_DOI, APART_DOI, _same_work),
        ("pmid", Verdict.SAME_PMID, APART_PMID, _same_work_and_doi),
        ("text", Verdict.SAME_TEXT, APART_TEXT, _same_abstract),
    ):
        keys = table.keys[name]
        for rows in _buckets(keys, 0, table.rows, lambda part: _stands(table, part)):
            order = np.lexsort((rows, table.rank[rows], keys[rows]))
            _join(table, rows[order], keys, same, apart, alike)


Alike = Callable[[Table, Rows, Rows], NDArray[np.bool_]]


def _join(
    table: Table, rows: Rows, keys: NDArray[np.uint64], same: int, apart: int, alike: Alike
) -> None:
    """Join rows to the first of their identifier; those unlike it to the first of them, and so on.

    `rows` are in order of identifier and rank.
    """
    for _ in range(_ROUNDS):
        own = keys[rows]
        is_first = np.append(True, own[1:] != own[:-1]) if len(rows) else np.zeros(0, bool)
        if is_first.all():
            return
        firsts = rows[np.maximum.accumulate(np.where(is_first, np.arange(len(rows)), 0))]
        is_copy = ~is_first & alike(table, firsts, rows)
        joined = is_copy & (table.rank[rows] > 0)
        table.verdict[rows[joined]] |= np.uint8(same)
        table.into[rows[joined]] = firsts[joined]
        rows = rows[~is_first & ~is_copy]
        table.verdict[rows] |= np.uint8(apart)


def _stands(table: Table, part: slice) -> NDArray[np.bool_]:
    dropped = table.verdict[part] & DROPPED
    return np.asarray((table.kind[part] == Kind.TEXT) & (dropped == Verdict.STANDS))


def _same_work(table: Table, one: Rows, other: Rows) -> NDArray[np.bool_]:
    titles, abstracts = table.keys["title"], table.keys["abstract"]
    differ = plainly_differ(titles[one], titles[other])
    return np.asarray(~(differ & (abstracts[one] != abstracts[other])))


def _same_work_and_doi(table: Table, one: Rows, other: Rows) -> NDArray[np.bool_]:
    dois = table.keys["doi"]
    a, b = dois[one], dois[other]
    return np.asarray((a == b) | (a == 0) | (b == 0)) & _same_work(table, one, other)


def _same_abstract(table: Table, one: Rows, other: Rows) -> NDArray[np.bool_]:
    abstracts = table.keys["abstract"]
    return np.asarray((abstracts[one] != 0) & (abstracts[one] == abstracts[other]))


def _lasts(ordered: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Where, in an ordered array, the last of each value is."""
    return np.append(ordered[1:] != ordered[:-1], True) if len(ordered) else np.zeros(0, bool)


def _buckets(
    keys: NDArray[np.uint64], first: int, end: int, which: Callable[[slice], NDArray[np.bool_]]
) -> Iterator[Rows]:
    """Rows with an identifier, in order, so that all that share one come together."""
    bits = max(0, (-(-(end - first) // BUCKET_ROWS) - 1).bit_length())
    shift = np.uint64(64 - bits)
    for bucket in range(1 << bits):
        found: list[Rows] = []
        for start in range(first, end, _CHUNK):
            part = slice(start, min(start + _CHUNK, end))
            values = keys[part]
            chosen = (values != 0) & which(part)
            if bits:
                chosen &= (values * _MIX) >> shift == bucket
            found.append(np.flatnonzero(chosen) + start)
        rows = np.concatenate(found) if found else np.zeros(0, np.int64)
        if len(rows):
            yield rows


def verdicts_on_texts(folder: Path, start: int, rows: int) -> NDArray[np.uint8]:
    """Verdicts on the texts among some rows of the table in a scratch folder."""
    if not rows:
        return np.zeros(0, np.uint8)
    kind, verdict = (
        np.memmap(folder / name, np.uint8, "r", offset=start, shape=(rows,))
        for name in ("kind", "verdict")
    )
    return np.array(verdict[kind == Kind.TEXT])
