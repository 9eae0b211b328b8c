"""Classify and graph by two local processes and by two workers of a Dask cluster, as a ratio.

    python tests/benchmarks/engines.py [TEXTS]

The cluster is on this machine, each of its workers a process of its own, and there before the clock
starts, as a cluster is, but its workers have loaded nothing of Rapport yet. Seconds of the processor are those of all processes together: where a
machine has other work to do, they tell more than the seconds that passed.
"""

import os
import shutil
import sys
import time
from typing import NamedTuple

import distributed
import psutil
from corpus import harvested
from pipeline.classify import stage as classify
from pipeline.graph import stage as graph
from pipeline.study import Study
from pipeline.tables import CODES, MENTIONS, ORIENTATION, path_of, sha256

STAGES = {"classify": classify.run, "graph": graph.run}
TURNS = 2


class Took(NamedTuple):
    """Seconds of the processor, and as they passed."""

    busy: float
    passed: float


def busy() -> float:
    """Seconds of the processor that this process and all that it began have taken."""
    alive = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            alive += sum(process.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue  # it has ended, and is among those that os.times tells
    return sum(os.times()[:4]) + alive


def measure(study: Study, hands: dict[str, int | str]) -> tuple[dict[str, Took], list[str]]:
    """What each stage takes where nothing is done yet, and the sums of what classify wrote."""
    tables = [path_of(table, study.folder) for table in (MENTIONS, CODES, ORIENTATION)]
    for folder in tables:
        shutil.rmtree(folder, ignore_errors=True)
    told = {}
    for name, run in STAGES.items():
        began, was_busy = time.perf_counter(), busy()
        run(study, **hands)
        told[name] = Took(busy() - was_busy, time.perf_counter() - began)
    return told, list(map(sha256, tables))


def main(n: int) -> None:
    """Measure either engine in turns, and print the best of each and their ratio."""
    study = harvested("bench-engines", n)
    best: dict[tuple[str, str], Took] = {}
    sums = []
    for _ in range(TURNS):
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as own:
            engines = {"processes": {"workers": 2}, "dask": {"scheduler": own.scheduler_address}}
            for engine, hands in engines.items():
                told, made = measure(study, hands)
                sums.append(made)
                for stage, took in told.items():
                    before = best.get((stage, engine), took)
                    best[stage, engine] = Took(*map(min, before, took))
    assert sums == sums[:1] * len(sums), "the engines do not agree"
    print(f"{n:,} texts, two workers      processor   passed")
    for stage in STAGES:
        local, dask = best[stage, "processes"], best[stage, "dask"]
        for engine in engines:
            took = best[stage, engine]
            print(f"{stage:<10} {engine:<14} {took.busy:8.2f} s {took.passed:6.2f} s")
        ratios = local.busy / dask.busy, local.passed / dask.passed
        print(f"{'':<10} {'Dask’s speed':<14} {ratios[0]:8.2f}   {ratios[1]:6.2f}   x processes")
    shutil.rmtree(study.folder)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 160_000)
