"""One way to map work over shards: in this process or over local processes.

The results do not depend on which, nor on how many processes, nor on the order they finish in.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any, TypeVar

from pipeline.errors import RapportError

Task = TypeVar("Task")
Result = TypeVar("Result")

_work: Callable[[Any], Any] | None = None


def default_workers() -> int:
    """As many processes as there are processors for this process to use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_shards(
    make: Callable[..., Callable[[Task], Result]],
    arguments: tuple[Any, ...],
    tasks: Sequence[Task],
    workers: int | None = None,
) -> Iterator[Result]:
    """Yield the result of each task, in the order of the tasks.

    Parameters
    ----------
    make : called once in each process with `arguments`; returns the function that does a task.
        It must be importable by name, as `arguments`, tasks and results must be picklable.
    workers : processes; one does the work in this process.
    """
    workers = min(workers or default_workers(), len(tasks))
    if workers <= 1:
        if tasks:
            work = make(*arguments)
            yield from map(work, tasks)
        return
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(make, arguments)
    )
    try:
        yield from pool.map(_do, tasks)
    except BrokenProcessPool as error:
        raise RapportError(
            "a worker process was ended from outside",
            cure="What is done is kept: run it again, with fewer --workers if memory is short",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(make: Callable[..., Callable[[Any], Any]], arguments: tuple[Any, ...]) -> None:
    global _work
    import signal

    # Only the first process answers Ctrl-C; it then ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _work = make(*arguments)


def _do(task: Any) -> Any:
    assert _work is not None
    return _work(task)
