"""What became of each entry of a file, kept so that no file is read twice.

Each file of a whole database has a ledger, one row for each entry in its order, and shards of
records, which hold its texts in the same order. The ledger is written after the shards and names
what they were made of: where it is there, the file is done.
"""

import json
from array import array
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pipeline import tables
from pipeline.harvest.bulk.items import Item

KEYS = ("number", "doi", "pmid", "text", "title", "abstract")
"""Columns of 64 bits: the entry's own number, and what copies of it can be found by.

`doi` and `text` are hashes; `title` is a set of 64 bits, one for each word, and `abstract` a hash
of its beginning: they tell whether two texts that share an identifier are plainly different.
"""
_SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.uint64()) for name in KEYS),
        pa.field("line", pa.uint32()),
        pa.field("kind", pa.uint8()),
        pa.field("reason", pa.dictionary(pa.int16(), pa.string())),
    ]
)
_FACTS = b"rapport"
NO_KEYS = (0, 0, 0, 0, 0)


class Writer:
    """Takes in entries in order, and writes the ledger at the end."""

    def __init__(self) -> None:
        self._columns = {name: array("Q") for name in KEYS}
        self._lines, self._kinds = array("I"), array("B")
        self._reasons: list[str] = []

    def add(self, item: Item, kind: int, reason: str, keys: tuple[int, ...] = NO_KEYS) -> None:
        """One entry, with its identifiers where it is a text."""
        for column, value in zip(self._columns.values(), (item.number, *keys), strict=True):
            column.append(value)
        self._lines.append(item.line)
        self._kinds.append(kind)
        self._reasons.append(reason)

    def __len__(self) -> int:
        return len(self._lines)

    def write(self, path: Path, facts: dict[str, Any]) -> None:
        """Write the ledger whole, with facts about its file."""
        columns = [pa.array(memoryview(column), pa.uint64()) for column in self._columns.values()]
        data = pa.table(
            [
                *columns,
                pa.array(memoryview(self._lines), pa.uint32()),
                pa.array(memoryview(self._kinds), pa.uint8()),
                pa.array(self._reasons, pa.string()).dictionary_encode(),
            ],
            names=_SCHEMA.names,
        ).cast(_SCHEMA)
        told = json.dumps(facts, sort_keys=True)
        tables.write_parquet(data, path, {_FACTS.decode(): told})


def facts(path: Path) -> dict[str, Any]:
    """What is told about the file of a ledger; empty where the ledger is not there or damaged."""
    try:
        told: dict[str, Any] = json.loads((pq.read_schema(path).metadata or {})[_FACTS])
    except (OSError, ValueError, KeyError):
        return {}
    return told


def read(path: Path, columns: list[str]) -> pa.Table:
    """Columns of a ledger."""
    return pq.read_table(path, columns=columns, memory_map=False)
