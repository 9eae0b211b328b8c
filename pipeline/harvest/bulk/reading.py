"""One file of a whole database into shards of records and a ledger."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, BinaryIO

from pipeline import tables
from pipeline.harvest import eligible
from pipeline.harvest.bulk import ledger, openalex_files, pubmed_files, shards, unpacking
from pipeline.harvest.bulk.addresses import BulkFile, slug
from pipeline.harvest.bulk.items import Damaged, Item, Items, Kind
from pipeline.harvest.bulk.joining import keys
from pipeline.harvest.normalise import Row, named_by, row
from pipeline.harvest.web.query import matches, parse
from pipeline.study import Asked, Source, Study

VERSION = 1
"""Of what is made of a file; another one reads all files again."""

Read = tuple[str, str]
NUMBERED = {"pubmed_baseline": "{}", "openalex_snapshot": "W{}"}
"""How each kind of source writes its identifiers."""


def asked_of(study: Study, source: Source) -> Asked:
    """What the study asks for, with what the source's own keys say in its place."""
    own = {key: source.options[key] for key in ("query", "years", "languages", "types")
           if key in source.options}  # fmt: skip
    return replace(study.asked, **own)


def stem_of(source: Source, file: BulkFile) -> str:
    """What the shards and the ledger of a file are named by."""
    return f"{slug(source.name)}-{slug(file.name)}"


class Places:
    """Where what is made of the files of one study lies."""

    def __init__(self, folder: Path) -> None:
        self.records = tables.path_of(tables.RECORDS, folder)
        self.ledgers = folder / "bulk"
        self.scratch = folder / ".bulk"

    def ledger(self, stem: str) -> Path:
        """The ledger of the file that `stem` stands for."""
        return self.ledgers / f"{stem}.parquet"


def make_reader(folder: Path, source: Source, asked: Asked) -> Callable[[BulkFile], Read]:
    """A function that reads one file; it returns the file's name, and why it cannot be read."""
    return _Reader(Places(folder), source, asked)


class _Reader:
    def __init__(self, places: Places, source: Source, asked: Asked) -> None:
        self._places, self._source, self._asked = places, source, asked
        self._node = parse(asked.query) if asked.query else None
        self._numbered = NUMBERED[source.kind]
        given = {"version": VERSION, "rows": tables.SHARD_ROWS, "asked": asdict(asked)}
        given |= {"name": source.name, "kind": source.kind, "corpus": source.corpus}
        self._given = json.dumps(given, sort_keys=True)

    def __call__(self, file: BulkFile) -> Read:
        stem = stem_of(self._source, file)
        path = self._places.ledger(stem)
        key = self._key(file)
        done = ledger.facts(path)
        if done.get("key") == key and all(
            shards.path_of(self._places.records, stem, number).exists()
            for number in range(shards.count(done["texts"]))
        ):
            return file.name, ""
        path.unlink(missing_ok=True)
        try:
            self._read(file, stem, key)
        except Damaged as error:
            return file.name, error.what
        return file.name, ""

    def _key(self, file: BulkFile) -> str:
        told = (self._given, file.name, file.size, file.state, bool(file.md5_at), file.announced)
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def _read(self, file: BulkFile, stem: str, key: str) -> None:
        written = ledger.Writer()
        sums: dict[str, str] = {}
        batch: list[tuple[Any, ...]] = []
        texts = entries = repaired = 0
        for item in unpacking.items(file, self._format(file), sums):
            entries += item.kind != Kind.RETIRED
            clean = self._cleaned(item)
            if isinstance(clean, str):
                kind = Kind.REFUSED if item.kind == Kind.TEXT else item.kind
                written.add(item, kind, clean)
                continue
            found = keys(clean.doi, clean.pmid, clean.text_key, clean.title, clean.abstract_key)
            written.add(item, Kind.TEXT, "", found)
            repaired += clean.repaired
            batch.append(self._record(item, clean))
            if len(batch) == tables.SHARD_ROWS:
                self._write(stem, texts, batch)
                texts += len(batch)
                batch.clear()
        if batch:
            self._write(stem, texts, batch)
            texts += len(batch)
        facts = {"key": key, "name": file.name, "texts": texts, "entries": entries}
        written.write(
            self._places.ledger(stem), facts | {"rows": len(written), "repaired": repaired, **sums}
        )

    def _write(self, stem: str, texts: int, batch: list[tuple[Any, ...]]) -> None:
        number = texts // tables.SHARD_ROWS
        shards.write(shards.path_of(self._places.records, stem, number), batch)

    def _format(self, file: BulkFile) -> Callable[[BinaryIO], Items]:
        if self._source.kind == "pubmed_baseline":
            return pubmed_files.items
        return openalex_files.rows if file.base.endswith(".parquet") else openalex_files.lines

    def _cleaned(self, item: Item) -> Row | str:
        """An entry made clean, or the reason why it is no text of the study."""
        entry, asked = item.entry, self._asked
        if entry is None:
            return item.reason
        first, last = asked.years or (0, 9999)
        if isinstance(entry.year, int) and not first <= entry.year <= last:
            return "not of the years asked for"
        clean = row(entry)
        if isinstance(clean, str):
            return clean
        reason = eligible.why_not([clean], asked, needs_abstract=True)
        if not reason and self._node:
            found = matches(self._node, clean.title, clean.abstract, clean.keywords)
            return clean if found else "not what the query asks for"
        return reason or clean

    def _record(self, item: Item, row: Row) -> tuple[Any, ...]:
        """The columns of a record, in their order."""
        return (
            named_by(row.doi, row.pmid, row.text_key),
            self._source.corpus,
            self._source.name,
            self._numbered.format(item.number),
            None,
            row.title,
            row.abstract,
            row.year,
            row.venue or None,
            row.authors or None,
            row.keywords or None,
            row.doi or None,
            row.pmid or None,
            row.language or None,
            row.type or None,
            row.url or None,
        )  # fmt: skip
