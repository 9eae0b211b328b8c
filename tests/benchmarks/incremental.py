"""What classify takes where little is new, beside what it took at first, in one process.

    python tests/benchmarks/incremental.py [TEXTS]

Times nothing new, one percent more records, and one cue edited. An edited cue may move other codes
too, since rules weigh what else a text names, so all texts are read again; which codes moved is
told.
"""

import shutil
import sys
import time

import pyarrow.parquet as pq
from corpus import empty_study, harvested
from pipeline.classify.stage import run
from pipeline.tables import RECORDS, path_of, write_parquet

CUE, INSTEAD = "; workshop*", ""


def seconds(study) -> float:
    """How long classify takes on a study as it stands."""
    began = time.perf_counter()
    run(study, workers=1)
    return time.perf_counter() - began


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
    first = seconds(study)
    print(f"at first, {n:,} texts       {first:8.1f} s", flush=True)

    def tell(what: str) -> None:
        took = seconds(study)
        print(f"{what:<27} {took:8.1f} s   {took / first:6.1%} of the first", flush=True)

    tell("nothing new")
    add_records(study, n // 100)
    tell("one percent more records")
    text = taxonomy.read_text(encoding="utf-8-sig")
    assert CUE in text
    taxonomy.write_text(text.replace(CUE, INSTEAD, 1), encoding="utf-8")
    tell("one cue edited")
    shutil.rmtree(study.folder)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40_000)
