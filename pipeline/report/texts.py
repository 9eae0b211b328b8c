"""The texts of a study as the page carries them: every text's codes, and as many as fit to read.

The numbers of the page are counted from the codes, so that a filter acts on every figure; the
sentences are only for reading. Where a corpus is too large to carry, a sample is: the texts
whose identifiers have the smallest hashes, so that the sample is the same whenever it is drawn.
Where even the codes are too many, the numbers come from `counts` and the codes of the sample only
find texts to read.
"""

import base64
import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.report.excerpts import excerpts, marked
from pipeline.report.findings import RELATED, Row
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

MOST_COUNTED = 200_000
"""Texts that the page counts itself: a browser does so anew whenever a reader chooses."""
MOST_TEXTS, MOST_BYTES = 30_000, 14_000_000
"""Texts that are carried to be read, and their size when packed: the page stays under 25 MB."""

IN_A_CHUNK = 200
"""Texts that are unpacked together when a reader asks for one."""

_SHOWN = ("record_id", "document", "title", "abstract", "year", "venue", "doi", "url", "source")
_COUNTED = ("record_id", "corpus", "year", "document", "relationship", "roles")
_MENTIONED = ("record_id", "concept", "field", "start", "end", "reading")


@dataclass(frozen=True)
class Texts:
    """What the page is told of the texts.

    `columns` has one entry a text in each list: `corpus` and `related` as digits in a string,
    `year` (0 where there is none), `document` (a number, -1 where there is none), `codes`
    (numbers of concepts), `roles` (bits) and `carried` as digits. `chunks` are packed lists of
    the carried texts, in order; `places` tells the place of each
    text by its identifier. The study has `coded` texts that name a concept.
    """

    columns: dict[str, Any]
    chunks: list[str]
    carried: int
    places: dict[str, int]
    coded: int

    @property
    def are_all_there(self) -> bool:
        """Whether the page has the codes of every coded text, and can count them."""
        return len(self.places) == self.coded


def read_texts(study: Study, concepts: list[str], roles: Sequence[str], wanted: set[str]) -> Texts:
    """Read the codes of as many coded texts as a page can count, and the sentences of some.

    The texts that are `wanted`, by their identifiers, come before others.
    """
    number = {concept: place for place, concept in enumerate(concepts)}
    coded = sum(
        pc.count_distinct(read_shard(CODES, path, ["record_id"])["record_id"]).as_py()
        for path in shard_paths(CODES, study.folder)
    )

    def draw(record: str) -> float:
        return 0.0 if record in wanted else _draw(record)

    share = 1.0 if coded <= MOST_COUNTED else min(1.0, MOST_TEXTS / coded)
    ids, columns = _codes(study, number, roles, lambda record: draw(record) <= share)
    first = sorted(ids, key=draw)[:MOST_TEXTS]
    carried = set(first)
    told = list(_told_texts(study, [record for record in ids if record in carried], number))
    chunks = _chunks(told)
    while (size := sum(map(len, chunks))) > MOST_BYTES:
        first = first[: int(0.95 * MOST_BYTES / size * len(first))]
        carried = set(first)
        told = [text for text in told if text[0] in carried]
        chunks = _chunks(told)
    columns["carried"] = "".join("1" if record in carried else "0" for record in ids)
    return Texts(columns, chunks, len(told), {r: n for n, r in enumerate(ids)}, coded)


def pack(content: object) -> str:
    """Content as JSON, compressed, in characters that need no escape in HTML."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=6, mtime=0)).decode()


def _draw(record: str) -> float:
    """A number from 0 to 1 that depends on the identifier alone."""
    return int.from_bytes(sha256(record.encode()).digest()[:8]) / 2**64


def _codes(
    study: Study, number: dict[str, int], roles: Sequence[str], is_drawn: Callable[[str], bool]
) -> tuple[list[str], dict[str, Any]]:
    """Identifiers and codes of the coded texts that are drawn."""
    ids: list[str] = []
    corpus: list[str] = []
    related: list[str] = []
    documents: dict[str, int] = {}
    columns: dict[str, list[Any]] = {"year": [], "document": [], "codes": [], "roles": []}
    for path in shard_paths(ORIENTATION, study.folder):
        codes: dict[str, list[int]] = defaultdict(list)
        coded = path_of(CODES, study.folder) / path.name
        table = read_shard(CODES, coded, ["record_id", "concept"])
        table = _only(table, list(filter(is_drawn, table["record_id"].unique().to_pylist())))
        for record, concept in zip(*table.to_pydict().values(), strict=True):
            codes[record].append(number[concept])
        for row in _only(read_shard(ORIENTATION, path, _COUNTED), list(codes)).to_pylist():
            ids.append(row["record_id"])
            corpus.append(str(CORPORA.index(row["corpus"])))
            related.append(str(int(row["relationship"] in RELATED)))
            columns["year"].append(row["year"] or 0)
            document = row["document"]
            columns["document"].append(
                -1 if document is None else documents.setdefault(document, len(documents))
            )
            columns["codes"].append(sorted(codes[row["record_id"]]))
            named = row["roles"].split(";")
            columns["roles"].append(sum(1 << b for b, role in enumerate(roles) if role in named))
    return ids, {"corpus": "".join(corpus), "related": "".join(related), **columns}


def _only(table: pa.Table, records: list[str]) -> pa.Table:
    """The rows of some records."""
    return table.filter(pc.is_in(table["record_id"], pa.array(records, pa.string())))


def _told_texts(study: Study, carried: list[str], number: dict[str, int]) -> Iterator[list[Any]]:
    """What the page tells of each text that it carries, in the order of `carried`."""
    place = {record: n for n, record in enumerate(carried)}
    for path in shard_paths(RECORDS, study.folder):
        here = _only(read_shard(RECORDS, path, _SHOWN), carried)
        mentions: dict[str, list[Row]] = defaultdict(list)
        found = read_shard(MENTIONS, path_of(MENTIONS, study.folder) / path.name, _MENTIONED)
        kept = found.filter(pc.equal(found["reading"], "kept"))
        for row in _only(kept, here["record_id"].to_pylist()).to_pylist():
            mentions[row["record_id"]].append(row)
        for record in sorted(here.to_pylist(), key=lambda r: place[r["record_id"]]):
            yield _told(record, mentions[record["record_id"]], number)


def _chunks(told: list[list[Any]]) -> list[str]:
    return [pack(told[start : start + IN_A_CHUNK]) for start in range(0, len(told), IN_A_CHUNK)]


def _told(record: Row, mentions: list[Row], number: dict[str, int]) -> list[Any]:
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
