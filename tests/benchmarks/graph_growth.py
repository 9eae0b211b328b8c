"""Time and peak memory of the graph stage as the corpus grows.

    python tests/benchmarks/graph_growth.py [RECORDS ...]

Makes coded tables of 50,000 and 500,000 invented records (or of as many as are named), about five
codes each of 200 concepts and 1,500 characters of abstract, and runs the graph stage on each in a
process of its own.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from pipeline.graph.stage import build
from pipeline.tables import (
    CODES,
    MENTIONS,
    ORIENTATION,
    RECORDS,
    SHARD_ROWS,
    Table,
    path_of,
    write_parquet,
)
from pipeline.taxonomy.concepts import Concept, Taxonomy

CONCEPTS = [f"c{number:03}" for number in range(200)]
FACETS = ("strategy", "relationship", "outcome", "determinant", "setting")
SENTENCE = "Words that say nothing, only to be as long as a sentence of an abstract usually is. "


def taxonomy() -> Taxonomy:
    """200 concepts, in turn of each facet."""
    concepts = tuple(
        Concept(
            id=name,
            label=name,
            facet=FACETS[number % len(FACETS)],
            cluster="",
            group="",
            number="",
            ratings={"orientation": "operational"},
            cues=(),
            exclude=(),
            definition="",
            source="",
            row=number + 2,
        )
        for number, name in enumerate(CONCEPTS)
    )
    return Taxonomy(concepts, "", "")


def write_shard(folder: Path, number: int, size: int) -> None:
    """Write one shard of every table: concepts of unequal fame, texts of unequal length."""
    random = np.random.default_rng(number)
    ids = [f"doi:10.1/{number * SHARD_ROWS + row}" for row in range(size)]
    years = random.integers(1995, 2025, size)
    corpus = np.where(random.random(size) < 0.9, "research", "practice")
    fame = 1 / (np.arange(len(CONCEPTS)) + 5)
    text = np.repeat(np.arange(size), random.geometric(1 / 5, size))
    concept = random.choice(len(CONCEPTS), len(text), p=fame / fame.sum())
    text, concept = np.unique(np.stack([text, concept]), axis=1)
    named = {
        "record_id": np.array(ids, dtype=object)[text],
        "concept": np.array(CONCEPTS, dtype=object)[concept],
    }
    sentence = random.integers(0, 18, len(text))
    known = {"record_id": ids, "corpus": corpus, "year": years}
    relationship = random.choice(["none", "none", "implementer", "patient", "both"], size)
    save(folder, RECORDS, number, {**known, "abstract": [SENTENCE * 18] * size})
    save(folder, ORIENTATION, number, {**known, "relationship": relationship})
    save(folder, CODES, number, {**named, "probability": np.ones(len(text))})
    places = {
        "field": ["abstract"] * len(text),
        "sentence": sentence,
        "reading": ["kept"] * len(text),
    }
    save(folder, MENTIONS, number, {**named, **places})


def save(folder: Path, table: Table, number: int, columns: dict[str, object]) -> None:
    """Write a shard; columns that are not given are empty or zero."""
    size = len(columns["record_id"])  # type: ignore[arg-type]
    blank = {pa.string(): "", pa.int32(): 0}
    arrays = [
        pa.array(columns.get(c.name, [blank.get(c.type, 0)] * size), type=c.type)
        for c in table.columns
    ]
    shard = pa.table(arrays, schema=table.schema)
    write_parquet(shard, path_of(table, folder) / f"{number:05}.parquet")


def measure(folder: Path) -> None:
    """Run the stage and print its time, as it passed and as it was used, and its peak memory."""
    begun, busy = time.perf_counter(), time.process_time()
    build(folder, taxonomy(), "orientation", 1)
    seconds, busy = time.perf_counter() - begun, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{seconds:6.1f} s   {busy:6.1f} s of one core   peak {peak:6.0f} MiB")


def main(sizes: list[int]) -> None:
    """Make the tables of each size, then measure in a fresh process."""
    for records in sizes:
        with tempfile.TemporaryDirectory() as name:
            for number, start in enumerate(range(0, records, SHARD_ROWS)):
                write_shard(Path(name), number, min(SHARD_ROWS, records - start))
            print(f"graph, {records:>9,} records: ", end="", flush=True)
            subprocess.run([sys.executable, __file__, "--measure", name], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(Path(sys.argv[2]))
    else:
        main([int(size) for size in sys.argv[1:]] or [50_000, 500_000])
