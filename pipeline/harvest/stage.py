"""The harvest: every source of a study, entry by entry, into the table of records.

Sources are read in the order of the study into a scratch file, copies of one work are joined
there, and records are written from it shard by shard: what is in memory depends on the shard and
not on the corpus. Every entry received is kept, merged or rejected, and the manifest counts them.
"""

import csv
import io
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

import pyarrow.parquet as pq
from pipeline import datapackage, manifest, tables
from pipeline.harvest import eligible, merge, provenance
from pipeline.harvest.bulk.shards import of_other_sources
from pipeline.harvest.bulk.source import Bulk, Hands, check_asked
from pipeline.harvest.documents.source import read as read_documents
from pipeline.harvest.entries import Broken, Note, Reader
from pipeline.harvest.files import read as read_files
from pipeline.harvest.normalise import row
from pipeline.harvest.reading import input_files
from pipeline.harvest.similar import Joined, join_similar
from pipeline.harvest.store import Store, Stored, open_store
from pipeline.harvest.web import harvest as web
from pipeline.harvest.web.client import Manners
from pipeline.progress import Meter, track
from pipeline.study import BULK_KINDS, WEB_KINDS, Source, Study

log = logging.getLogger("rapport.harvest")
T = TypeVar("T")

KINDS: dict[str, Reader] = {"file": read_files, "documents": read_documents}
"""What reads each kind of source that is a file; those on the web are read by `web.items`."""

_PREFERRED = (
    "pubmed", "europepmc", "crossref", "doaj", "openalex", "semanticscholar", "eric", "file",
    "documents",
)  # fmt: skip
"""Kinds of source in the order in which they give the fields of a work that several have."""

_LINES_SHOWN = 20
_NOTES_KEPT = 200


def run(
    study: Study,
    refresh: bool = False,
    partial: bool = False,
    manners: Manners | None = None,
    hands: Hands = (None, None),
) -> None:
    """Fetch and read all sources of a study, write its records, what was left out, and the counts.

    Writes the tables `records`, `rejected`, `field_sources` and `versions`, the pairs that a
    person should decide on, and the manifest's section `harvest`, in which received = kept +
    merged + rejected for every source and in sum.

    Parameters
    ----------
    refresh : ask the sources on the web for what is new.
    partial : go on with what is there where a source on the web is not complete; the manifest says
        which.
    manners : patience and clock of the client; tests give their own.
    hands : who reads the files of whole databases: so many processes, or a cluster's scheduler.

    Raises
    ------
    RapportError
        for a file that cannot be read as a whole, a folder that cannot be written to, and, unless
        `partial`, a source on the web that is not complete: what it gave is kept, and the next run
        goes on from there.
    """
    eligible.check(study.asked, str(study.path))
    check_asked(study)
    bulk = Bulk(study)
    fetched = _fetch(study, refresh, partial, manners)
    manifest.begin(study.folder, "harvest")
    with open_store(study.folder) as store, bulk:
        sections = {
            source.name: _take_in(store, source, study)
            for source in study.sources
            if source.kind not in BULK_KINDS
        }
        store.index()
        merge.join_copies(store)
        store.settle()
        similar = join_similar(store, study)
        store.settle()
        kept, bare = _write_records(store, study, similar)
        bulk.harvest(hands)
        whole = bulk.sections()
        _write_rejected(chain(store.left_out(), bulk.left_out()), study.folder)
        ambiguous = list(islice(store.shared_source_ids(), _NOTES_KEPT))
        left_out = {name: (merged, rejected) for name, merged, rejected in store.counts()}
    for name, number, times, places in ambiguous:
        told = f"{places}: {number!r} names {times} different works; all are kept"
        sections[name]["notes"].append(told)
    for name, section in sections.items():
        merged, rejected = left_out.get(name, (0, 0))
        section["kept"], section["merged"], section["rejected"] = kept[name], merged, rejected
        section["without_abstract"] = bare[name]
        section["incomplete"] = fetched.why(name)
        assert section["received"] == kept[name] + merged + rejected, f"lost entries of {name}"
    sections = {source.name: (sections | whole)[source.name] for source in study.sources}
    counted = ("received", "kept", "merged", "rejected", "unreadable", "without_abstract")
    total = {what: sum(section[what] for section in sections.values()) for what in counted}
    datapackage.write(study.folder)
    manifest.finish(
        study.folder,
        "harvest",
        **total,
        sources=sections,
        similar=similar.facts(),
        versions=manifest.versions(
            "bibtexparser",
            "beautifulsoup4",
            "isal",
            "msgspec",
            "openpyxl",
            "pypdf",
            "pyarrow",
            "rapidfuzz",
            "requests",
        ),
    )


def _fetch(study: Study, refresh: bool, partial: bool, manners: Manners | None) -> web.Fetched:
    """Bring what was fetched from the web up to date."""
    with Meter() as meter:
        fetched = web.fetch_all(study, refresh=refresh, manners=manners, watch=meter)
    if fetched.incomplete and not partial:
        raise web.incomplete(fetched)
    return fetched


def _take_in(store: Store, source: Source, study: Study) -> dict[str, Any]:
    """Read one source into the store; its section of the manifest, so far."""
    on_the_web = source.kind in WEB_KINDS
    entries = web.items(study, source) if on_the_web else KINDS[source.kind](source)
    inputs = input_files(source) if "path" in source.options else []
    told = _Told(source.name)
    received = repaired = unreadable = 0
    for item in track(entries, source.name):
        if isinstance(item, Note):
            told.note(item)
            continue
        received += 1
        unreadable += isinstance(item, Broken)
        clean = item.reason if isinstance(item, Broken) else row(item)
        if isinstance(clean, str):
            store.reject(source.name, item.place, clean, item.title)
            told.broken(item.place, clean)
        else:
            store.add(source.name, clean, merge.keys(clean))
            repaired += clean.repaired
    if repaired:
        told.note(Note(source.name, f"{repaired} texts had misread characters put right"))
    told.end()
    return {
        "kind": source.kind,
        "corpus": source.corpus,
        "options": {key: value for key, value in source.options.items() if key != "path"},
        "files": [{"name": path.name, "sha256": tables.sha256(path)} for path in inputs],
        "received": received,
        "unreadable": unreadable,
        "notes": told.notes,
        **({"web": web.account(study, source)} if on_the_web else {}),
    }


class _Told:
    """What is told of a source: the first broken entries and notes at once, notes for later."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._times: Counter[str] = Counter()
        self.notes: list[str] = []

    def broken(self, place: str, reason: str) -> None:
        """An entry that cannot be read; all of them are in the table of what was rejected."""
        self._say("entries that cannot be read", f"{place}: {reason}")

    def note(self, note: Note) -> None:
        """Something to know about the source."""
        self._say("notes", str(note))
        if len(self.notes) < _NOTES_KEPT:
            self.notes.append(str(note))

    def _say(self, kind: str, line: str) -> None:
        self._times[kind] += 1
        if self._times[kind] <= _LINES_SHOWN:
            log.warning("%s: %s", self._source, line)

    def end(self) -> None:
        """How many there were beside those that were shown."""
        for kind, times in self._times.items():
            if times > _LINES_SHOWN:
                log.warning("%s: and %d more %s", self._source, times - _LINES_SHOWN, kind)
        if self._times["notes"] > _NOTES_KEPT:
            self.notes.append(f"and {self._times['notes'] - _NOTES_KEPT} more")


def _write_records(
    store: Store, study: Study, similar: Joined
) -> tuple[Counter[str], Counter[str]]:
    """Write the records; how many each source gave first, and how many of these lack an abstract.

    Shards of an earlier, longer harvest are removed.
    """
    source_of = {source.name: source for source in study.sources}
    kept: Counter[str] = Counter()
    bare: Counter[str] = Counter()
    folder = tables.path_of(tables.RECORDS, study.folder)
    written = set()
    notes = provenance.Notes(similar.versions)
    eligible_works = _eligible(store, study, source_of)
    for number, works in enumerate(_batches(eligible_works, tables.SHARD_ROWS)):
        records = []
        for copies in works:
            givers = merge.givers(
                sorted(copies, key=lambda c: _PREFERRED.index(source_of[c.source].kind))
            )
            record = merge.record(copies, source_of[copies[0].source].corpus, givers)
            notes.add(copies, record["record_id"], givers)
            if len(copies) > 1:
                store.name(copies[0].number, record["record_id"])
            kept[record["source"]] += 1
            bare[record["source"]] += not record["abstract"]
            records.append(record)
        path = folder / f"{number:05}.parquet"
        tables.write_parquet(tables.from_rows(tables.RECORDS, records), path)
        written.add(path)
    folder.mkdir(exist_ok=True)
    for path in set(of_other_sources(folder)) - written:
        path.unlink()
    notes.write(study.folder)
    return kept, bare


def _eligible(store: Store, study: Study, source_of: dict[str, Source]) -> Iterator[list[Stored]]:
    """The works that the study asks for; the others are refused, with the reason."""
    for copies in store.records():
        needs_abstract = any(source_of[copy.source].kind in WEB_KINDS for copy in copies)
        reason = eligible.why_not([copy.row for copy in copies], study.asked, needs_abstract)
        if reason:
            store.refuse(copies[0].number, reason)
        else:
            yield copies


def _write_rejected(left_out: Iterable[tuple[Any, ...]], folder: Path) -> None:
    """Write what was merged or rejected as Parquet with its CSV twin, a batch at a time."""
    table = tables.REJECTED
    path = tables.path_of(table, folder)
    names = table.schema.names
    with (
        tables.written_whole(path) as parquet,
        tables.written_whole(path.with_suffix(".csv")) as twin,
        pq.ParquetWriter(parquet, table.schema, compression="zstd", compression_level=1) as writer,
    ):
        twin.write(b"\xef\xbb\xbf" + _csv_lines([names]))
        for batch in _batches(left_out, tables.SHARD_ROWS):
            rows = [values[: len(names)] for values in batch]
            columns = dict(zip(names, zip(*rows, strict=True), strict=True))
            writer.write_table(tables.from_columns(table, columns))
            twin.write(_csv_lines(map(tables.harmless, values) for values in rows))


def _csv_lines(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
