"""Run a study on a SLURM cluster, from its login node or from a job of its own.

    pip install -e ".[cluster]"
    python data/cluster/slurm.py STUDY.toml --nodes 10 --queue short

asks SLURM for ten nodes, each with a worker for every core, and maps the study's shards over them.
Workers take up work as their jobs start and may come and go; a shard whose worker is lost is done
again. The study's folder must be on a file system that all nodes see.
"""

import argparse
import subprocess
import sys
from typing import Any

CORES, MEMORY_OF_A_CORE = 16, 2
"""Cores of a node, and GB for each."""


def slurm(queue: str | None, account: str | None, cores: int, walltime: str) -> Any:
    """A cluster whose workers are SLURM jobs: a node each, a process for each core."""
    from dask_jobqueue import SLURMCluster

    return SLURMCluster(
        queue=queue,
        account=account,
        cores=cores,
        processes=cores,
        memory=f"{cores * MEMORY_OF_A_CORE}GB",
        walltime=walltime,
        python=sys.executable,
        scheduler_options={"dashboard_address": ":0"},
    )


def run(study: str, cluster: Any) -> int:
    """Run all stages of a study on the workers of any Dask cluster; return the exit status."""
    command = [sys.executable, "-m", "pipeline.cli", "run", study]
    hands = ["--engine", "dask", "--scheduler", cluster.scheduler_address]
    return subprocess.run([*command, *hands]).returncode  # noqa: S603


def main() -> int:
    """Read the command line, and run the study there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", metavar="STUDY", help="the study's .toml file")
    parser.add_argument("--nodes", type=int, default=1, help="SLURM jobs, a node each")
    parser.add_argument("--cores", type=int, default=CORES, help="cores of a node")
    parser.add_argument("--queue", help="partition")
    parser.add_argument("--account", help="account to charge")
    parser.add_argument("--walltime", default="02:00:00", help="longest time of a job")
    told = parser.parse_args()
    with slurm(told.queue, told.account, told.cores, told.walltime) as cluster:
        cluster.scale(jobs=told.nodes)
        return run(told.study, cluster)


if __name__ == "__main__":
    sys.exit(main())
