"""The shards of records that come of one file, and taking from them what does not stand.

A shard tells in its metadata what was done to it: which of the texts it was made with were taken
out, and which are not named by an identifier that they share by mistake. So more can be taken out
of it later without its file being read again, and what comes out depends on that alone.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pipeline import tables
from pipeline.harvest.bulk.items import Kind
from pipeline.harvest.bulk.joining import keys
from pipeline.harvest.bulk.ledger import KEYS, NO_KEYS
from pipeline.harvest.bulk.verdicts import APART_DOI, APART_PMID, DROPPED, verdicts_on_texts
from pipeline.harvest.normalise import digest, key_of_abstract, named_by, text_key
from pipeline.harvest.text import letters_and_digits

_COLUMNS = tables.RECORDS.schema.names
Verdicts = NDArray[np.uint8]


def path_of(folder: Path, stem: str, number: int) -> Path:
    """A shard of the file that `stem` stands for; shards of other sources are named by a number."""
    return folder / f"9-{stem}-{number:04}.parquet"


def count(texts: int) -> int:
    """How many shards so many texts take."""
    return -(-texts // tables.SHARD_ROWS)


def write(path: Path, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write a shard with all its texts."""
    columns = dict(zip(_COLUMNS, zip(*rows, strict=True), strict=True))
    data = tables.from_columns(tables.RECORDS, columns)
    tables.write_parquet(data, path, {"verdicts": ""})


def of_other_sources(folder: Path) -> list[Path]:
    """The shards of the sources that are no whole databases, in order."""
    return sorted(path for path in folder.glob("[0-9]*.parquet") if path.stem.isdigit())


def keys_of(path: Path) -> dict[str, NDArray[Any]]:
    """What the records of a shard can be found by, as columns of the table of verdicts."""
    records = tables.read_shard(tables.RECORDS, path).to_pylist()
    found = [_keys(record) for record in records]
    columns = {name: np.array(values, np.uint64) for name, values in
               zip(KEYS[1:], zip(*found, strict=True), strict=True)}  # fmt: skip
    return columns | {
        "number": np.zeros(len(records), np.uint64),
        "kind": np.full(len(records), Kind.TEXT, np.uint8),
    }


def _keys(record: dict[str, Any]) -> tuple[int, ...]:
    if record["document"]:
        return NO_KEYS
    title, abstract = record["title"], record["abstract"]
    text = text_key(letters_and_digits(title), abstract, record["year"])
    return keys(record["doi"], record["pmid"], text, title, key_of_abstract(abstract))


def make_settler(folder: Path, scratch: Path) -> Callable[[tuple[str, int, int]], str]:
    """A function that takes out of the shards of one file what does not stand.

    It takes the file's stem and its place in the table of verdicts, and returns the stem where the
    file must be read again, because a text that was taken out before stands now; else nothing.
    """

    def settle(task: tuple[str, int, int]) -> str:
        stem, start, rows = task
        verdicts = verdicts_on_texts(scratch, start, rows)
        for number in range(count(len(verdicts))):
            part = verdicts[number * tables.SHARD_ROWS :][: tables.SHARD_ROWS]
            if not _settle(path_of(folder, stem, number), part):
                return stem
        return ""

    return settle


def _settle(path: Path, verdicts: Verdicts) -> bool:
    """Bring one shard to these verdicts; False where that cannot be done from what is in it."""
    try:
        before = _from_text((pq.read_schema(path).metadata or {})[b"verdicts"], len(verdicts))
    except (OSError, ValueError, KeyError, pa.ArrowInvalid):
        return False
    if np.array_equal(before, verdicts):
        return True
    there, stay = before & DROPPED == 0, verdicts & DROPPED == 0
    if (stay & ~there).any():
        return False
    data = tables.read_shard(tables.RECORDS, path).filter(pa.array(stay[there]))
    left, was = verdicts[stay], before[stay]
    ids = data.column("record_id").to_pylist()
    for place in np.flatnonzero(left | was).tolist():
        ids[place] = _record_id(data.slice(place, 1).to_pylist()[0], int(left[place]))
    data = data.set_column(0, data.schema.field(0), pa.array(ids, data.schema.field(0).type))
    tables.write_parquet(data.combine_chunks(), path, {"verdicts": _as_text(verdicts)})
    return True


def _record_id(record: dict[str, Any], apart: int) -> str:
    """A record's identifier by what it does not share with another work."""
    text = text_key(letters_and_digits(record["title"]), record["abstract"], record["year"])
    return named_by(
        "" if apart & APART_DOI else record["doi"],
        "" if apart & APART_PMID else record["pmid"],
        digest(text, record["source_id"]) if apart else text,
    )


def _as_text(verdicts: Verdicts) -> str:
    places = np.flatnonzero(verdicts).tolist()
    return " ".join(f"{place}:{verdicts[place]}" for place in places)


def _from_text(text: bytes, size: int) -> Verdicts:
    verdicts = np.zeros(size, np.uint8)
    for pair in text.decode().split():
        place, verdict = pair.split(":")
        verdicts[int(place)] = int(verdict)
    return verdicts
