"""The texts of a study as the page carries them: every text's codes, and as many as fit to read.

All numbers of the page are counted from the codes, so that a filter acts on every figure; the
sentences are only for reading. Where a corpus is too large to carry, a sample is: the texts
whose identifiers have the smallest hashes, so that the sample is the same whenever it is drawn.
"""

import base64
import gzip
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pipeline.report.excerpts import excerpts, marked
from pipeline.report.findings import Row
from pipeline.study import Study
from pipeline.tables import (
    CODES,
    CORPORA,
    MENTIONS,
    ORIENTATION,
    RECORDS,
    path_of,
    read_shard,
    shard_paths,
)

MOST_TEXTS, MOST_BYTES = 30_000, 14_000_000
"""Texts that are carried, and their size when packed: with the rest of the page under 25 MB."""

IN_A_CHUNK = 200
"""Texts that are unpacked together when a reader asks for one."""

_SHOWN = ("record_id", "document", "title", "abstract", "year", "venue", "doi", "url", "source")
_MENTIONED = ("record_id", "concept", "field", "start", "end", "reading")


@dataclass(frozen=True)
class Texts:
    """What the page is told of the texts.

    `columns` has one entry a text in each list: `corpus` and `related` as digits in a string,
    `year` (0 where there is none), `document` (a number, -1 where there is none), `codes`
    (numbers of concepts), `roles` (bits) and `carried` as digits. `chunks` are packed lists of
    the carried texts, in order; `places` tells the place of each
    text by its identifier.
    """

    columns: dict[str, Any]
    chunks: list[str]
    carried: int
    places: dict[str, int]

    @property
    def coded(self) -> int:
        """How many texts the page counts."""
        return len(self.places)


def read_texts(study: Study, concepts: list[str], roles: Sequence[str]) -> Texts:
    """Read the codes of all coded texts, and the sentences of as many as the page can carry."""
    number = {concept: place for place, concept in enumerate(concepts)}
    ids, columns = _codes(study, number, roles)
    share = MOST_TEXTS / max(MOST_TEXTS, len(ids))
    while True:
        carried = {record: place for place, record in enumerate(ids) if _draw(record) < share}
        chunks = _chunks(study, carried, number)
        size = sum(map(len, chunks))
        if size <= MOST_BYTES:
            break
        share *= 0.95 * MOST_BYTES / size
    columns["carried"] = "".join("1" if record in carried else "0" for record in ids)
    return Texts(columns, chunks, len(carried), {r: n for n, r in enumerate(ids)})


def pack(content: object) -> str:
    """Content as JSON, compressed, in characters that need no escape in HTML."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=6, mtime=0)).decode()


def _draw(record: str) -> float:
    """A number from 0 to 1 that depends on the identifier alone."""
    return int.from_bytes(sha256(record.encode()).digest()[:8]) / 2**64


def _codes(
    study: Study, number: dict[str, int], roles: Sequence[str]
) -> tuple[list[str], dict[str, Any]]:
    ids: list[str] = []
    corpus: list[str] = []
    related: list[str] = []
    documents: dict[str, int] = {}
    columns: dict[str, list[Any]] = {"year": [], "document": [], "codes": [], "roles": []}
    for path in shard_paths(ORIENTATION, study.folder):
        codes: dict[str, list[int]] = defaultdict(list)
        coded = path_of(CODES, study.folder) / path.name
        table = read_shard(CODES, coded, ["record_id", "concept"])
        for record, concept in zip(*table.to_pydict().values(), strict=True):
            codes[record].append(number[concept])
        for row in read_shard(ORIENTATION, path).to_pylist():
            if row["record_id"] not in codes:
                continue
            ids.append(row["record_id"])
            corpus.append(str(CORPORA.index(row["corpus"])))
            related.append(str(int(row["relationship"] in ("implementer", "both"))))
            columns["year"].append(row["year"] or 0)
            document = row["document"]
            columns["document"].append(
                -1 if document is None else documents.setdefault(document, len(documents))
            )
            columns["codes"].append(sorted(codes[row["record_id"]]))
            named = row["roles"].split(";")
            columns["roles"].append(sum(1 << b for b, role in enumerate(roles) if role in named))
    return ids, {"corpus": "".join(corpus), "related": "".join(related), **columns}


def _chunks(study: Study, carried: dict[str, int], number: dict[str, int]) -> list[str]:
    chunks: list[str] = []
    waiting: list[list[object]] = []
    for path in shard_paths(RECORDS, study.folder):
        mentions: dict[str, list[Row]] = defaultdict(list)
        found = path_of(MENTIONS, study.folder) / path.name
        for row in read_shard(MENTIONS, found, _MENTIONED).to_pylist():
            if row["reading"] == "kept" and row["record_id"] in carried:
                mentions[row["record_id"]].append(row)
        records = read_shard(RECORDS, path, _SHOWN).to_pylist()
        here = [record for record in records if record["record_id"] in carried]
        for record in sorted(here, key=lambda r: carried[r["record_id"]]):
            waiting.append(_told(record, mentions[record["record_id"]], number))
            if len(waiting) == IN_A_CHUNK:
                chunks.append(pack(waiting))
                waiting = []
    return [*chunks, pack(waiting)] if waiting else chunks


def _told(record: Row, mentions: list[Row], number: dict[str, int]) -> list[object]:
    """One text: identifier, title in pieces, where it appeared, DOI, address, its sentences."""
    in_title = [m for m in mentions if m["field"] == "title"]
    in_abstract = [m for m in mentions if m["field"] == "abstract"]
    return [
        record["record_id"],
        marked(record["title"], in_title, number),
        record["document"] or record["venue"] or record["source"],
        record["doi"] or "",
        record["url"] or "",
        excerpts(record["abstract"], in_abstract, number),
    ]
