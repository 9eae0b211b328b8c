"""Work on a Dask cluster: any that has a scheduler, such as one of dask-jobqueue on SLURM.

Workers must have the same version of Rapport, and see the study's folder under the same path.
"""

import hashlib
import logging
import os
import platform
import threading
from concurrent.futures import CancelledError
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

from pipeline.engine import Died, Make, attempt
from pipeline.errors import Halt, RapportError

PATIENCE = 20.0
"""Seconds in which a scheduler must answer, and after which a wait for workers is told."""
AHEAD = 256
"""Tasks handed to the scheduler before the first of them is back."""
PACKAGES = ("numpy", "pyarrow", "scipy")
"""What the bytes of a table depend on, beside Rapport itself."""


class Cluster:
    """The workers of a Dask scheduler."""

    ahead = AHEAD
    tries = 1  # the scheduler itself tries more than once

    def __init__(self, scheduler: str, make: Make, arguments: tuple[Any, ...]) -> None:
        try:
            import distributed
            from distributed.scheduler import KilledWorker
        except ImportError as error:
            raise RapportError(
                "a Dask cluster needs the package distributed, which is not installed",
                cure="Install it: pip install distributed",
            ) from error
        for name in ("distributed", "tornado.application"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._scheduler, self._killed = scheduler, KilledWorker
        client: Any = distributed.Client
        try:
            self._client = client(scheduler, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:
            raise RapportError(
                "no Dask scheduler answers there",
                where=scheduler,
                cure="Start one (`dask scheduler`), or give the --scheduler that it tells",
            ) from error
        self._job = uuid4().hex, fingerprint(), make, tuple(map(_absolute, arguments))
        self._told_waiting = False

    def submit(self, task: Any) -> Any:
        """Hand out a task."""
        try:
            return self._client.submit(_do, *self._job, _absolute(task), pure=False)
        except Exception as error:
            raise self._gone() from error

    def result(self, handed_out: Any) -> Any:
        """Wait for what came of a task."""
        while True:
            try:
                return handed_out.result(timeout=PATIENCE)
            except TimeoutError:
                self._tell_waiting()
            except self._killed as error:
                raise Died from error
            except RapportError:
                raise
            except (CancelledError, OSError) as error:
                raise self._gone() from error
            except Exception as error:
                what = " ".join(f"a worker cannot run Rapport ({error})".split())
                raise RapportError(
                    what, where=self._scheduler, cure="Install this version on every worker"
                ) from error

    def restart(self) -> None:
        """Nothing: a cluster makes good for its workers itself."""

    def close(self) -> None:
        """Leave the cluster; what it was still to do is forgotten."""
        self._client.close(timeout=PATIENCE)

    def _tell_waiting(self) -> None:
        try:
            workers = self._client.nthreads()
        except Exception as error:
            raise self._gone() from error
        if not workers and not self._told_waiting:
            self._told_waiting = True
            logging.warning("%s: there is no worker yet; waiting for one", self._scheduler)

    def _gone(self) -> RapportError:
        return RapportError(
            "the Dask scheduler is gone",
            where=self._scheduler,
            cure="What is done is kept: start it, then run the same command again",
        )


def _absolute(value: Any) -> Any:
    """Paths that hold wherever a worker stands."""
    if isinstance(value, tuple):
        return tuple(map(_absolute, value))
    return value.absolute() if isinstance(value, Path) else value


@cache
def fingerprint() -> str:
    """All that the bytes of a result depend on but its input: code, and packages it stands on."""
    here = Path(__file__).parent
    code = hashlib.sha256()
    for path in sorted(here.rglob("*.py")):
        code.update(path.relative_to(here).as_posix().encode() + path.read_bytes())
    packages = " ".join(f"{name} {version(name)}" for name in PACKAGES)
    python = ".".join(platform.python_version_tuple()[:2])
    return f"Rapport {code.hexdigest()[:12]}, Python {python}, {packages}"


_here = threading.local()


def _do(job: str, expected: str, make: Make, arguments: tuple[Any, ...], task: Any) -> Any:
    """Do a task on a worker, each of whose threads makes what does it once for a job."""
    if getattr(_here, "job", None) != job:
        if fingerprint() != expected:
            raise Halt(
                f"has another version ({fingerprint()} and not {expected})",
                where=f"the worker on {platform.node()}",
                cure="Install this version there",
            )
        _here.work, _here.job = make(*arguments), job
    for path in task if isinstance(task, tuple) else (task,):
        if isinstance(path, Path) and not path.exists():
            raise Halt(
                f"does not see {path}",
                where=f"the worker on {platform.node()}, in {os.getcwd()}",
                cure="Give every worker the study's folder, under the same path",
            )
    return attempt(_here.work, task)
