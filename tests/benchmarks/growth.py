"""Time, peak memory and how both grow, for each stage, as the corpus doubles.

    python tests/benchmarks/growth.py [--smallest 10000] [--largest 80000] [--workers 2]

Real texts (the invented ones, where ../shared is not there) are repeated with fresh ids, and every
stage runs on each size in a process of its own. The slope is that of the logarithms, over the
upper half of the sizes: 1 is linear, 0 does not depend on the number of texts. Peak memory is that
of the stage's process, and of the largest of its workers. `--largest 5000000` takes about an hour
and 15 GB of disk under `outputs/`.
"""

import argparse
import json
import math
import resource
import shutil
import subprocess
import sys
import time

from corpus import empty_study, harvested

STAGES = ("classify", "graph", "gaps", "report")


def run_stage(stage: str, name: str, workers: int) -> None:
    """Run a stage of a study in this process, and print seconds and peak memory as JSON."""
    study = empty_study(name)
    began = time.perf_counter()
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
    print(json.dumps([time.perf_counter() - began, *peaks]))


def measure(stage: str, name: str, workers: int) -> tuple[float, float, float]:
    """Seconds and peak MiB, of the stage and of its largest worker, in a process of its own."""
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
    seconds, own, worker = json.loads(done.stdout.splitlines()[-1])
    return seconds, own, worker


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
    told: dict[str, list[tuple[float, float, float]]] = {stage: [] for stage in STAGES}
    print(f"{'texts':>9}  {'stage':<9} {'seconds':>8} {'texts/s':>8} {'MiB':>6} {'a worker':>9}")
    for size in sizes:
        study = harvested(f"growth-{size}", size)
        for stage in STAGES:
            seconds, own, worker = measure(stage, study.name, workers)
            told[stage].append((seconds, own, worker))
            print(
                f"{size:>9,}  {stage:<9} {seconds:8.1f} {size / seconds:8,.0f} {own:6.0f} {worker:9.0f}",
                flush=True,
            )
        page = (study.folder / "report.html").stat().st_size / 1e6
        disk = sum(path.stat().st_size for path in study.folder.rglob("*") if path.is_file()) / 1e9
        print(f"{'':>9}  page of {page:.1f} MB, {disk:.2f} GB on disk", flush=True)
        shutil.rmtree(study.folder)
    print("\nslope      time  memory  (1 is linear)")
    for stage, rows in told.items():
        times, own, worker = zip(*rows, strict=True)
        peaks = [max(pair) for pair in zip(own, worker, strict=True)]
        print(f"{stage:<9} {slope(sizes, list(times)):5.2f} {slope(sizes, peaks):7.2f}")


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
