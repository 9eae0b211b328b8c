"""Time and memory of the gaps stage and of each of its parts, and of the graph stage.

Writes invented codes of so many texts (200 concepts, seven to a text) into a temporary folder and
runs each stage on them in a fresh process, from Parquet to tables, so that its peak memory is its
own.

    python tests/benchmarks/gaps_speed.py [TEXTS]
"""

import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parents[1] / "gaps"))

from corpora import concept
from pipeline.gaps import stage
from pipeline.gaps.settings import Settings
from pipeline.graph import stage as graph
from pipeline.tables import (
    CODES,
    MENTIONS,
    ORIENTATION,
    RECORDS,
    SHARD_ROWS,
    Table,
    from_columns,
    path_of,
    write_parquet,
)
from pipeline.taxonomy.concepts import Taxonomy

KINDS = (
    ("strategy", "highly transactional", 45),
    ("strategy", "semi-relational", 40),
    ("relationship", "highly relational", 30),
    ("outcome", "", 10),
    ("determinant", "", 40),
    ("setting", "", 20),
    ("actor", "", 15),
)
CONCEPTS = tuple(
    concept(f"{facet}-{orientation[:4]}{n:02d}", facet, orientation, cluster=f"cluster {n % 9}")
    for facet, orientation, number in KINDS
    for n in range(number)
)
CODES_TO_A_TEXT = 5.0


def write(folder: Path, texts: int) -> None:
    """Write shards of invented codes, with two cues for each concept, years and sources."""
    random = np.random.default_rng(1)
    often = random.normal(-4.2, 1.2, len(CONCEPTS))
    names = pa.array([c.id for c in CONCEPTS])
    related = np.array([c.facet == "relationship" for c in CONCEPTS])
    for shard in range(-(-texts // SHARD_ROWS)):
        n = min(SHARD_ROWS, texts - shard * SHARD_ROWS)
        much = random.normal(0.3, 0.7, (n, 1))
        named = random.random((n, len(CONCEPTS))) < 1 / (1 + np.exp(-(often + much)))
        text, code = np.nonzero(named)
        ids = pa.array([f"doi:10.9999/invented.{shard * SHARD_ROWS + i:07d}" for i in range(n)])
        tie = (named & related).any(axis=1)
        columns: dict[Table, dict[str, Any]] = {
            RECORDS: {
                "record_id": ids,
                "corpus": ["research"] * n,
                "source": [f"source {i % 3}" for i in range(n)],
                "source_id": ids,
                "title": [""] * n,
                "abstract": [""] * n,
            },
            ORIENTATION: {
                "record_id": ids,
                "corpus": ["research"] * n,
                "year": pa.array(random.integers(2000, 2024, n), pa.int32()),
                "orientation": ["none"] * n,
                "relationship": np.where(tie, "implementer", "none").tolist(),
                "roles": np.where(tie, "strategy;context", "").tolist(),
            },
            CODES: {
                "record_id": ids.take(pa.array(text)),
                "concept": names.take(pa.array(code)),
                "decided_by": ["cue"] * len(text),
                "probability": np.ones(len(text)),
            },
            MENTIONS: {
                "record_id": ids.take(pa.array(text)),
                "concept": names.take(pa.array(code)),
                "field": ["abstract"] * len(text),
                "start": np.arange(len(text)),
                "end": np.arange(len(text)) + 1,
                "sentence": np.zeros(len(text), int),
                "section": [""] * len(text),
                "text": [""] * len(text),
                "cue": np.where(random.random(len(text)) < 0.7, "one", "two").tolist(),
                "reading": ["kept"] * len(text),
                "role": [""] * len(text),
                "rule": [""] * len(text),
            },
        }
        for table, given in columns.items():
            length = len(given["record_id"])
            full = {c.name: given.get(c.name, [None] * length) for c in table.columns}
            path = path_of(table, folder) / f"{shard:05d}.parquet"
            write_parquet(from_columns(table, full), path)


def measure(folder: Path, texts: int) -> None:
    """Run the stage, telling how long each part took."""
    told: dict[str, float] = {}
    for name in (
        "read_incidences", "read_reliance", "null_of", "judge", "unmentioned_rows", "silence_rows",
        "outcomes", "role_rows", "answer_rows", "trend_rows", "missing_rows", "forecast_rows",
        "backtest_rows", "comparison_rows", "contrast_rows", "write_table",
    ):  # fmt: skip
        setattr(stage, name, _timed(name, getattr(stage, name), told))
    started, worked = time.perf_counter(), time.process_time()
    facts = stage.build(folder, Taxonomy(CONCEPTS, "", ""), {}, Settings(), "orientation", 1)
    print(facts["corpora"]["research"]["null"], facts["corpora"]["research"]["pairs"])
    for name, spent in sorted(told.items(), key=lambda item: -item[1]):
        print(f"{spent:8.2f} s  {name}")
    tell("gaps", started, worked, texts)


def measure_graph(folder: Path, texts: int) -> None:
    """Count, measure and write the graph in one process."""
    started, worked = time.perf_counter(), time.process_time()
    graph.build(folder, Taxonomy(CONCEPTS, "", ""), "orientation", 1)
    tell("graph", started, worked, texts)


def tell(name: str, started: float, worked: float, texts: int) -> None:
    """Print what a stage took since it started."""
    seconds, busy = time.perf_counter() - started, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{name}: {seconds:.1f} s ({busy:.1f} s of processors), {peak:.2f} GiB at most, "
        f"{texts:,} texts, {len(CONCEPTS)} concepts"
    )


def _timed(name: str, work: Any, told: dict[str, float]) -> Any:
    def timed(*args: Any, **options: Any) -> Any:
        started = time.perf_counter()
        result = work(*args, **options)
        if name == "outcomes":
            result = list(result)
        told[name] = told.get(name, 0) + time.perf_counter() - started
        return result

    return timed


def main(texts: int) -> None:
    """Write the texts, then measure each stage in a process of its own."""
    with tempfile.TemporaryDirectory() as place:
        write(Path(place), texts)
        for work in (measure, measure_graph):
            worker = multiprocessing.get_context("spawn").Process(
                target=work, args=(Path(place), texts)
            )
            worker.start()
            worker.join()


if __name__ == "__main__":
    main(int(float(sys.argv[1])) if len(sys.argv) > 1 else 1_000_000)
