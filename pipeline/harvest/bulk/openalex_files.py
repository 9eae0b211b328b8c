"""OpenAlex's snapshot: works as JSON Lines or Parquet, and the lists of works that are no more.

Only the fields that are needed are built from a line, and a work without an abstract, which is
every second one, is known by its bytes and not parsed.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, TypedDict

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from pipeline.harvest.bulk.items import Damaged, Item, Items, Kind
from pipeline.harvest.formats import openalex_work

_BLOCK = 1 << 20
_LARGEST = 1 << 27
"""Bytes of the largest line that is believed to be one work."""

_ID = re.compile(r"(?:https?://openalex\.org/)?(?:works/)?[Ww](\d+)$")
_LINE_ID = re.compile(rb'"id":\s*"https://openalex\.org/W(\d+)"')
_INDEX = b'"abstract_inverted_index":'


class _Named(TypedDict, total=False):
    display_name: Any


class _Place(TypedDict, total=False):
    source: _Named | None
    raw_source_name: Any


class _Authorship(TypedDict, total=False):
    author: _Named | None
    raw_author_name: Any


class _Identifiers(TypedDict, total=False):
    pmid: Any


class _Pages(TypedDict, total=False):
    volume: Any
    first_page: Any
    last_page: Any


class _Work(TypedDict, total=False):
    """The fields of a work that `openalex_work.entry` reads; all others are passed over."""

    id: Any
    doi: Any
    ids: _Identifiers | None
    title: Any
    display_name: Any
    publication_year: Any
    publication_date: Any
    language: Any
    type: Any
    primary_location: _Place | None
    authorships: list[_Authorship] | None
    keywords: list[_Named] | None
    abstract_inverted_index: dict[str, list[int]] | None
    is_retracted: Any
    biblio: _Pages | None


_decode = msgspec.json.Decoder(_Work).decode
_decode_anything = msgspec.json.Decoder().decode
FIELDS = tuple(_Work.__annotations__)


def lines(stream: BinaryIO) -> Items:
    """The works of a part in JSON Lines."""
    for number, line in enumerate(_lines(stream), 1):
        if line.strip():
            yield _item(number, line)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    rest = b""
    while block := stream.read(_BLOCK):
        *whole, rest = (rest + block).split(b"\n")
        yield from whole
        if len(rest) > _LARGEST:
            raise Damaged("has a line that does not end")
    if rest:
        yield rest


def _item(number: int, line: bytes) -> Item:
    if _is_bare(line) and (found := _LINE_ID.search(line)):
        return Item(int(found[1]), number, Kind.REFUSED, reason="has no abstract")
    try:
        work = _decode(line)
    except msgspec.ValidationError:
        # Its shape is another one somewhere: every field is read with care then.
        work = _decode_anything(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Item(0, number, Kind.BROKEN, reason="is not JSON")
    return _read(number, work)


def _is_bare(line: bytes) -> bool:
    """Whether a line is a whole work without an abstract."""
    place = line.find(_INDEX) + len(_INDEX)
    told = line[place : place + 8].lstrip()
    return told.startswith((b"null", b"{}")) and line.rstrip().endswith(b"}")


def _read(number: int, work: Any) -> Item:
    if not isinstance(work, Mapping):
        return Item(0, number, Kind.BROKEN, reason="is no work of OpenAlex")
    named = _ID.match(str(work.get("id") or ""))
    if not named:
        return Item(0, number, Kind.BROKEN, reason="has no OpenAlex identifier")
    return Item(int(named[1]), number, Kind.TEXT, openalex_work.entry(work))


def rows(stream: BinaryIO) -> Items:
    """The works of a part in Parquet, whether its abstracts are text in JSON or maps."""
    try:
        part = pq.ParquetFile(stream)
        names = [name for name in FIELDS if name in part.schema_arrow.names]
        number = 0
        for batch in part.iter_batches(batch_size=1_000, columns=names):
            for work in batch.to_pylist():
                number += 1
                yield _read(number, _as_in_json(work))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise Damaged(f"is no whole Parquet file ({str(error).splitlines()[0]})") from error


def _as_in_json(work: dict[str, Any]) -> dict[str, Any]:
    index = work.get("abstract_inverted_index")
    if isinstance(index, str):
        try:
            index = _decode_anything(index)
        except msgspec.DecodeError:
            index = None
    elif isinstance(index, list):
        index = dict(index)
    return work | {"abstract_inverted_index": index}


def retired(stream: BinaryIO) -> Items:
    """The works in a list of those that were deleted, or merged into another."""
    reader = csv.reader(line.decode("utf-8", "replace").lstrip("\ufeff") for line in stream)
    head = [name.strip().lower() for name in next(reader, [])]
    column = head.index("id") if "id" in head else 0
    if head and (named := _ID.match(head[column].upper())):
        yield Item(int(named[1]), 1, Kind.RETIRED)
    for number, row in enumerate(reader, 2):
        named = _ID.match(row[column].strip()) if len(row) > column else None
        if named:
            yield Item(int(named[1]), number, Kind.RETIRED)
        elif any(cell.strip() for cell in row):
            raise Damaged(f"line {number}: has no OpenAlex identifier")
