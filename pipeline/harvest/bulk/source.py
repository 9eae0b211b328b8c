"""Sources that are whole databases: every file of PubMed, every part of OpenAlex.

Three passes, each of which goes on where an interrupted run ended:

1. Each file is read alone, into shards of records and a ledger of all its entries. Files are
   independent of one another, so they are spread over processes.
2. The ledgers alone tell which entries stand: the latest version of each identifier, unless it was
   taken back, and of copies in several sources one. See `verdicts`.
3. What does not stand is taken out of the shards that were written.

De-duplication is by identifiers, and no similarity of texts is looked for: in a whole database the
same text under two identifiers is rare, and comparing tens of millions of titles would join by
chance more than it mends.
"""

import logging
import shutil
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pipeline.engine import map_shards
from pipeline.errors import RapportError
from pipeline.harvest import eligible
from pipeline.harvest.bulk import ledger, openalex_files, shards, unpacking
from pipeline.harvest.bulk.addresses import BulkFile, is_remote
from pipeline.harvest.bulk.contents import Contents, contents_of
from pipeline.harvest.bulk.items import Damaged, Kind
from pipeline.harvest.bulk.reading import NUMBERED, Places, asked_of, make_reader, stem_of
from pipeline.harvest.bulk.verdicts import DROPPED, Table, Verdict, join_copies, settle_versions
from pipeline.harvest.web.query import parse
from pipeline.progress import track
from pipeline.study import BULK_KINDS, Source, Study

log = logging.getLogger("rapport.harvest")

_PREFERRED = ("pubmed_baseline", "openalex_snapshot")
"""Whose record stands where several sources have a work."""
_MERGED: dict[int, str] = {
    Verdict.REPLACED: "replaced by a later version,",
    Verdict.SAME_DOI: "the same DOI as",
    Verdict.SAME_PMID: "the same PubMed identifier as",
    Verdict.SAME_TEXT: "the same title and year as",
}
_RETIRED = {
    "pubmed_baseline": "deleted by PubMed",
    "openalex_snapshot": "deleted by OpenAlex, or merged into another work there",
}
_TOLD = 5
_TIMES = 3
"""How often files are read again because of what other files say now; once is enough."""

Hands = tuple[int | None, str | None]
"""Who does the work: so many processes, or the workers of a scheduler; see `map_shards`."""


def check_asked(study: Study) -> None:
    """Raise where a source asks for a language, a kind or a query that cannot be read."""
    for source in study.sources:
        if source.kind in BULK_KINDS:
            asked = asked_of(study, source)
            eligible.check(asked, str(study.path), f"[[source]] {source.name}")
            if asked.query:
                parse(asked.query, f"{study.path}, [[source]] {source.name} query")


@dataclass
class _Done:
    """A source, which of its files were read and which not, and its rows in the table."""

    source: Source
    contents: Contents
    read: list[BulkFile] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    retired: "array[int]" = field(default_factory=lambda: array("Q"))
    starts: list[int] = field(default_factory=list)
    end: int = 0

    def stem(self, file: BulkFile) -> str:
        """What is made of a file is named by this."""
        return stem_of(self.source, file)

    def spans(self) -> Iterator[tuple[BulkFile, int, int]]:
        """Each file that was read, its first row in the table, and the row after its last."""
        return zip(self.read, self.starts[:-1], self.starts[1:], strict=True)


class Bulk:
    """The sources of a study that are whole databases, and what came of them."""

    def __init__(self, study: Study) -> None:
        self._study, self._places = study, Places(study.folder)
        self._done = [
            _Done(source, contents_of(source))
            for source in study.sources
            if source.kind in BULK_KINDS
        ]
        self._check_names()
        self._table: Table | None = None

    def __enter__(self) -> "Bulk":
        return self

    def __exit__(self, *_: object) -> None:
        if self._table:
            self._table.close()
            self._table = None

    def harvest(self, hands: Hands) -> None:
        """Write the records of all these sources, beside those of other sources.

        A file is read again where a text that another file had replaced stands again, because that
        other file is gone or says something else now.
        """
        for done in self._done:
            self._read(done, done.contents.parts, hands)
            self._read_lists(done)
        for _ in range(_TIMES):
            self._clear_stale()
            if not self._done:
                return
            self._settle()
            again = self._take_out(hands)
            if not again:
                return
            for done in self._done:
                files = [file for file in done.read if done.stem(file) in again]
                for file in files:
                    self._places.ledger(done.stem(file)).unlink()
                self._read(done, files, hands)
        raise RapportError(
            "has files that change while they are read",
            where=self._places.records,
            cure="Let only one harvest of a study run at a time",
        )

    def _check_names(self) -> None:
        stems: set[str] = set()
        for done in self._done:
            for file in done.contents.parts:
                if done.stem(file) in stems:
                    raise RapportError(
                        "has the name of another file, but for signs",
                        where=file.address,
                        cure="Rename one of them",
                    )
                stems.add(done.stem(file))

    # -- first pass: files into shards and ledgers

    def _read(self, done: _Done, files: list[BulkFile], hands: Hands) -> None:
        """Read files; what cannot be read is told and left out."""
        arguments = (self._study.folder, done.source, asked_of(self._study, done.source))
        results = map_shards(make_reader, arguments, files, *hands)
        files_of = {file.name: file for file in files}
        for name, trouble in track(results, done.source.name, len(files)):
            if trouble:
                self._fail(done, files_of[name], trouble)
        done.read = [file for file in done.contents.parts if file.name not in done.failed]

    def _read_lists(self, done: _Done) -> None:
        """Read the lists of identifiers that are no longer records."""
        for file in done.contents.lists:
            try:
                found = array("Q")
                found.extend(
                    item.number for item in unpacking.items(file, openalex_files.retired, {})
                )
                done.retired += found
            except Damaged as error:
                self._fail(done, file, error.what)
        for name in done.contents.missing:
            done.failed[name] = "is not there, though the manifest lists it"
            log.warning("%s: %s: %s", done.source.name, name, done.failed[name])

    def _fail(self, done: _Done, file: BulkFile, trouble: str) -> None:
        log.warning("%s: %s: %s", done.source.name, file.address, trouble)
        done.failed[file.name] = trouble

    def _clear_stale(self) -> None:
        """Remove what was made of files that are no part of the study, or are damaged now."""
        ledgers, made = set(), set()
        for done in self._done:
            for file in done.read:
                stem = done.stem(file)
                ledgers.add(self._places.ledger(stem))
                texts = ledger.facts(self._places.ledger(stem))["texts"]
                made |= {
                    shards.path_of(self._places.records, stem, number).name
                    for number in range(shards.count(texts))
                }
        for path in self._places.ledgers.glob("*.parquet"):
            if path not in ledgers:
                path.unlink()
        for path in self._places.records.glob("9-*.parquet"):
            if path.name not in made:
                path.unlink()
        if not self._done:
            shutil.rmtree(self._places.ledgers, ignore_errors=True)

    # -- second pass: which entries stand

    def _settle(self) -> None:
        """A verdict on every entry of every ledger."""
        self.__exit__()
        sizes = [
            [ledger.facts(self._places.ledger(done.stem(file)))["rows"] for file in done.read]
            for done in self._done
        ]
        others = sum(
            pq.read_metadata(path).num_rows
            for path in shards.of_other_sources(self._places.records)
        )
        rows = sum(map(sum, sizes)) + sum(len(done.retired) for done in self._done) + others
        self._table = table = Table(self._places.scratch, rows)
        place = 0
        for done, own in zip(self._done, sizes, strict=True):
            first, rank = place, 1 + _PREFERRED.index(done.source.kind)
            done.starts = [first + before for before in accumulate(own, initial=0)]
            for file in done.read:
                place = self._take_in(table, place, self._places.ledger(done.stem(file)))
            table.keys["number"][place : place + len(done.retired)] = done.retired
            table.kind[place : place + len(done.retired)] = Kind.RETIRED
            done.end = place = place + len(done.retired)
            table.rank[first:place] = rank
            settle_versions(table, first, place)
        for path in shards.of_other_sources(self._places.records):
            place = table.take_in(place, shards.keys_of(path))
        join_copies(table)

    def _take_in(self, table: Table, place: int, path: Path) -> int:
        columns = ledger.read(path, [*ledger.KEYS, "kind"])
        return table.take_in(
            place, {name: columns.column(name).to_numpy() for name in columns.column_names}
        )

    # -- third pass: records that stand

    def _take_out(self, hands: Hands) -> set[str]:
        """Take out of the shards what does not stand; the stems of files to be read again."""
        assert self._table
        self._table.flush()
        tasks = [
            (done.stem(file), start, end - start)
            for done in self._done
            for file, start, end in done.spans()
        ]
        arguments = (self._places.records, self._places.scratch)
        settled = map_shards(shards.make_settler, arguments, tasks, *hands)
        return set(filter(None, track(settled, "settle", len(tasks))))

    # -- what is told

    def sections(self) -> dict[str, dict[str, Any]]:
        """What the manifest says of each source; received = kept + merged + rejected."""
        return {done.source.name: self._section(done) for done in self._done}

    def _section(self, done: _Done) -> dict[str, Any]:
        assert self._table
        first, end = (done.starts[0], done.end) if done.read else (0, 0)
        kind, verdict = self._table.kind[first:end], self._table.verdict[first:end] & DROPPED
        entries = kind != Kind.RETIRED
        broken = int((kind == Kind.BROKEN).sum()) + len(done.failed)
        merged = int((entries & np.isin(verdict, [int(code) for code in _MERGED])).sum())
        kept = int(((kind == Kind.TEXT) & (verdict == Verdict.STANDS)).sum())
        received = int(entries.sum()) + len(done.failed)
        facts = [ledger.facts(self._places.ledger(done.stem(file))) for file in done.read]
        options = done.source.options
        private = ("path", "storage")
        return {
            "kind": done.source.kind,
            "corpus": done.source.corpus,
            "options": {key: value for key, value in options.items() if key not in private},
            **({"address": options["path"]} if is_remote(options["path"]) else {}),
            "query": asked_of(self._study, done.source).query,
            "files": [
                {"name": f["name"], "sha256": f.get("sha256", ""), "md5": f.get("md5", "")}
                for f in facts
            ],
            "received": received,
            "kept": kept,
            "merged": merged,
            "rejected": received - kept - merged,
            "unreadable": broken,
            "without_abstract": 0,
            "retired": int((kind == Kind.RETIRED).sum()),
            "joined_by": "identifiers only: PubMed or OpenAlex identifier, DOI, or title, year and "
            "beginning of the abstract; no similarity",
            "notes": [*done.contents.notes, *_repaired(facts)],
            "incomplete": _incomplete(done),
        }

    def left_out(self) -> Iterator[tuple[str, str, str, str, None, None]]:
        """Source, place, outcome and reason of all entries that are no records of their own.

        In the order of sources and files; titles are not kept, for a place has the identifier.
        """
        for done in self._done:
            name = done.source.name
            for failed, trouble in sorted(done.failed.items()):
                yield name, failed, "rejected", trouble, None, None
            for file, start, end in done.spans():
                for place, outcome, reason in self._left_out_of(done, file, start, end):
                    yield name, place, outcome, reason, None, None

    def _left_out_of(
        self, done: _Done, file: BulkFile, start: int, end: int
    ) -> Iterator[tuple[str, str, str]]:
        assert self._table
        columns = ledger.read(self._places.ledger(done.stem(file)), ["number", "line", "reason"])
        kinds, verdicts = self._table.kind[start:end], self._table.verdict[start:end] & DROPPED
        out = np.flatnonzero((kinds != Kind.RETIRED) & ((kinds != Kind.TEXT) | (verdicts > 0)))
        told = columns.take(pa.array(out)).to_pydict()
        rows = zip(out.tolist(), verdicts[out].tolist(), *told.values(), strict=True)
        for row, verdict, number, line, reason in rows:
            place = self._place(done, file, number, line)
            if verdict in _MERGED:
                into = int(self._table.into[start + row])
                yield place, "merged", f"{_MERGED[verdict]} {self._named(into)}"
            elif verdict == Verdict.RETIRED:
                yield place, "rejected", _RETIRED[done.source.kind]
            else:
                yield place, "rejected", reason

    def _place(self, done: _Done, file: BulkFile, number: int, line: int) -> str:
        named = NUMBERED[done.source.kind].format(number) if number else f"line {line}"
        return f"{file.name}, {named}"

    def _named(self, row: int) -> str:
        """An entry, by the number of its row."""
        assert self._table
        for done in self._done:
            if done.read and done.starts[0] <= row < done.starts[-1]:
                file = done.read[bisect_right(done.starts, row) - 1]
                return self._place(done, file, int(self._table.keys["number"][row]), 0)
        return "a record of another source"


def _repaired(facts: list[dict[str, Any]]) -> list[str]:
    times = sum(fact["repaired"] for fact in facts)
    return [f"{times} texts had misread characters put right"] if times else []


def _incomplete(done: _Done) -> str:
    """Why a source is not whole, in words; empty where it is."""
    if not done.failed:
        return ""
    names = sorted(done.failed)
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return f"{len(names)} files could not be read: {', '.join(names[:_TOLD])}{more}"
