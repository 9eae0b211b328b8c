"""What classify takes where little is new, beside what it took at first, in one process.

    python tests/benchmarks/incremental.py [TEXTS]

Times nothing new, one percent more records, one cue dropped and one source edited, in seconds of the
processor and as they passed.
"""

import shutil
import sys
import time
from typing import NamedTuple

import pyarrow.parquet as pq
from corpus import empty_study, harvested
from pipeline.classify.stage import run
from pipeline.tables import RECORDS, path_of, write_parquet

CUE, SOURCE = "; workshop*", "Cues of our own"
"""What is edited in the taxonomy that comes along."""


class Took(NamedTuple):
    """Seconds of the processor, and as they passed."""

    busy: float
    passed: float


def measure(study) -> Took:
    """How long classify takes on a study as it stands."""
    busy, passed = time.process_time(), time.perf_counter()
    run(study, workers=1)
    return Took(time.process_time() - busy, time.perf_counter() - passed)


def add_records(study, n: int) -> None:
    """Add records in a shard of their own, as a further source would."""
    folder = path_of(RECORDS, study.folder)
    last = sorted(folder.iterdir())[-1]
    more = pq.read_table(last).slice(0, n).to_pylist()
    rows = [{**row, "record_id": f"{row['record_id']}-more"} for row in more]
    table = pq.read_table(last).schema.empty_table().from_pylist(rows, schema=pq.read_schema(last))
    write_parquet(table, folder / f"{int(last.stem) + 1:05}.parquet")


def main(n: int) -> None:
    """Time classify at first and after each of the changes."""
    harvested("bench-incremental", n)
    study = empty_study("bench-incremental")
    taxonomy = study.folder / "taxonomy.csv"
    shutil.copy(study.taxonomy, taxonomy)
    study = empty_study("bench-incremental", taxonomy)
    first = measure(study)
    print(f"{n:,} texts            processor  passed")
    print(f"{'at first':<24} {first.busy:6.2f} s {first.passed:6.2f} s", flush=True)

    def tell(what: str) -> None:
        took = measure(study)
        share = took.busy / first.busy
        print(f"{what:<24} {took.busy:6.2f} s {took.passed:6.2f} s {share:6.1%}", flush=True)

    def edit(old: str, new: str) -> None:
        text = taxonomy.read_text(encoding="utf-8-sig")
        assert old in text
        taxonomy.write_text(text.replace(old, new, 1), encoding="utf-8")

    tell("nothing new")
    add_records(study, n // 100)
    tell("one percent more records")
    edit(CUE, "")
    tell("one cue dropped")
    edit(SOURCE, "Cues that we wrote")
    tell("one source edited")
    shutil.rmtree(study.folder)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40_000)
