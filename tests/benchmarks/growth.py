"""Time, peak memory and how both grow, for each stage, as the corpus doubles.

    python tests/benchmarks/growth.py [--smallest 10000] [--largest 80000] [--workers 2]

Real texts (the invented ones, where ../shared is not there) are repeated with fresh ids, and every
stage runs on each size in a process of its own. The slope is that of the logarithms, over the
upper half of the sizes: 1 is linear, 0 does not depend on the number of texts. Peak memory is that
of the stage's process, and of the largest of its workers. `--largest 5000000` takes about an hour
and 10 GB of disk under `outputs/`.
"""

import argparse
import json
import math
import os
import resource
import shutil
import subprocess
import sys
import time
from typing import NamedTuple

from corpus import empty_study, harvested

STAGES = ("classify", "graph", "gaps", "report")


class Took(NamedTuple):
    """Seconds as they passed, and of processors; peak MiB of the stage and of its largest worker."""

    seconds: float
    busy: float
    own: float
    worker: float


def run_stage(stage: str, name: str, workers: int) -> None:
    """Run a stage of a study in this process, and print what it took as JSON."""
    study = empty_study(name)
    began, busy = time.perf_counter(), sum(os.times()[:4])
    if stage == "classify":
        from pipeline.classify.stage import run

        run(study, workers)
    elif stage == "graph":
        from pipeline.graph.stage import run

        run(study, workers)
    elif stage == "gaps":
        from pipeline.gaps.stage import run

        run(study)
    else:
        from pipeline.report.stage import run

        run(study)
    peaks = [
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    took = time.perf_counter() - began, sum(os.times()[:4]) - busy
    print(json.dumps([*took, *peaks]))


def measure(stage: str, name: str, workers: int) -> Took:
    """What a stage takes, in a process of its own."""
    command = [
        sys.executable,
        __file__,
        "--stage",
        stage,
        "--name",
        name,
        "--workers",
        str(workers),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Took(*json.loads(done.stdout.splitlines()[-1]))


def sizes_from(smallest: int, largest: int) -> list[int]:
    """Doubling sizes, and the largest."""
    doublings = math.ceil(math.log2(largest / smallest))
    return [smallest * 2**k for k in range(doublings)] + [largest]


def slope(sizes: list[int], values: list[float]) -> float:
    """How a value grows: the slope of its logarithm over the upper half of the sizes."""
    half = len(sizes) // 2
    x, y = (
        [math.log(v) for v in values_[half - 1 if half else 0 :]] for values_ in (sizes, values)
    )
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    spread = sum((a - mean_x) ** 2 for a in x)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / spread


def main(smallest: int, largest: int, workers: int) -> None:
    """Run every stage on each size and print the table."""
    sizes = sizes_from(smallest, largest)
    told: dict[str, list[Took]] = {stage: [] for stage in STAGES}
    print("    texts  stage      seconds  of processors  texts/s    MiB  a worker")
    for size in sizes:
        study = harvested(f"growth-{size}", size)
        for stage in STAGES:
            took = measure(stage, study.name, workers)
            told[stage].append(took)
            print(
                f"{size:>9,}  {stage:<9} {took.seconds:8.1f} {took.busy:14.1f}"
                f" {size / took.seconds:8,.0f} {took.own:6.0f} {took.worker:9.0f}",
                flush=True,
            )
        page = (study.folder / "report.html").stat().st_size / 1e6
        disk = sum(path.stat().st_size for path in study.folder.rglob("*") if path.is_file()) / 1e9
        print(f"{'':>9}  page of {page:.1f} MB, {disk:.2f} GB on disk", flush=True)
        shutil.rmtree(study.folder)
    if len(sizes) == 1:
        return
    print("\nslope      seconds  of processors  memory   (1 is linear)")
    for stage, rows in told.items():
        grown = [
            slope(sizes, values)
            for values in (
                [took.seconds for took in rows],
                [took.busy for took in rows],
                [max(took.own, took.worker) for took in rows],
            )
        ]
        print(f"{stage:<9} {grown[0]:8.2f} {grown[1]:14.2f} {grown[2]:7.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smallest", type=int, default=10_000)
    parser.add_argument("--largest", type=int, default=80_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--stage", help=argparse.SUPPRESS)
    parser.add_argument("--name", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.stage:
        run_stage(asked.stage, asked.name, asked.workers)
    else:
        main(asked.smallest, asked.largest, asked.workers)
