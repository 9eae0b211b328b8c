"""One way to map work over shards: in this process, over local processes or on a Dask cluster.

The results do not depend on which, nor on how many workers, nor on the order they finish in. A
task whose worker dies is tried again, a few times and in the end alone; a task that fails is told
by name once all the others are done.
"""

import gc
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pipeline.errors import Halt, RapportError

Task = TypeVar("Task")
Result = TypeVar("Result")
Make = Callable[..., Callable[[Any], Any]]

AHEAD = 4
"""Tasks handed out for each local process before the first of them is back."""
NAMED = 5
"""Shards that one line names where several fail."""


class Died(Exception):
    """The worker that did a task, or one beside it, is no more."""


@dataclass(frozen=True)
class Failed:
    """What came of a task that cannot be done."""

    task: str
    error: RapportError


class Crew(Protocol):
    """Workers that take tasks; `result` raises `Died` where a worker did.

    `ahead` tasks are handed out before the first of them is back; one that was there when a worker
    died is tried `tries` times more, alone.
    """

    ahead: int
    tries: int

    def submit(self, task: Any) -> Any:
        """Hand out a task; what comes back is for `result`."""

    def result(self, handed_out: Any) -> Any:
        """Wait for what came of a task."""

    def restart(self) -> None:
        """Make good for workers that died."""

    def close(self) -> None:
        """Let all workers go."""


def default_workers() -> int:
    """As many processes as there are processors for this process to use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_shards(
    make: Callable[..., Callable[[Task], Result]],
    arguments: tuple[Any, ...],
    tasks: Sequence[Task],
    workers: int | None = None,
    scheduler: str | None = None,
) -> Iterator[Result]:
    """Yield the result of each task, in the order of the tasks.

    Parameters
    ----------
    make : called once in each process with `arguments`; returns the function that does a task.
        It must be importable by name, as `arguments`, tasks and results must be picklable.
    workers : processes; one does the work in this process.
    scheduler : address of a Dask scheduler, whose workers then do it.

    Raises
    ------
    RapportError
        naming the tasks that failed, once all others are done; at once for a `Halt`, or where the
        scheduler is gone.
    """
    failed: list[Failed] = []
    for outcome in _outcomes(make, arguments, tasks, workers, scheduler):
        if isinstance(outcome, Failed):
            failed.append(outcome)
        else:
            yield outcome
    if failed:
        raise _in_one_line(failed)


def _outcomes(
    make: Make,
    arguments: tuple[Any, ...],
    tasks: Sequence[Any],
    workers: int | None,
    scheduler: str | None,
) -> Iterator[Any]:
    if not tasks:
        return
    if scheduler:
        from pipeline.cluster import Cluster

        crew: Crew = Cluster(scheduler, make, arguments)
    else:
        workers = min(workers or default_workers(), len(tasks))
        if workers <= 1:
            work = make(*arguments)
            yield from (attempt(work, task) for task in tasks)
            return
        crew = Processes(workers, make, arguments)
    with closing(crew):
        yield from _in_order(crew, tasks)


def attempt(work: Callable[[Any], Any], task: Any) -> Any:
    """What came of a task: its result, or a `Failed`; only a `Halt` is raised."""
    try:
        with _cycles_left():
            return work(task)
    except Halt:
        raise
    except RapportError as error:
        return Failed(name_of(task), error)
    except Exception as error:
        what = " ".join(f"cannot be done ({type(error).__name__}: {error})".split())
        return Failed(name_of(task), RapportError(what, where=name_of(task)))


@contextmanager
def _cycles_left() -> Iterator[None]:
    """Do not look for objects that refer in circles: a task makes many objects, seldom such.

    Looking through the texts and mentions of a shard over and over takes a third of its time.
    """
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()


def name_of(task: Any) -> str:
    """What a person calls a task: its shard's path."""
    parts = task if isinstance(task, tuple) else (task,)
    return str(next((part for part in parts if isinstance(part, Path)), task))


def _in_order(crew: Crew, tasks: Sequence[Any]) -> Iterator[Any]:
    """What came of each task in order, with a few tasks handed out ahead."""
    waiting, ahead = deque(tasks), deque[tuple[Any, Any]]()
    while waiting or ahead:
        while waiting and len(ahead) < crew.ahead:
            ahead.append((waiting[0], crew.submit(waiting[0])))
            waiting.popleft()
        try:
            outcome = crew.result(ahead[0][1])
        except Died:
            yield from _after_a_death(crew, ahead)
            ahead.clear()
        else:
            ahead.popleft()
            yield outcome


def _after_a_death(crew: Crew, ahead: Sequence[tuple[Any, Any]]) -> Iterator[Any]:
    """What came of the tasks that were handed out when a worker died.

    Any of those not done may have killed it: each is done again with no other beside it.
    """
    outcomes: list[Any] = []
    for _, handed_out in ahead:
        try:
            outcomes.append(crew.result(handed_out))
        except Died:
            outcomes.append(Died)
    crew.restart()
    for (task, _), outcome in zip(ahead, outcomes, strict=True):
        yield _alone(crew, task) if outcome is Died else outcome


def _alone(crew: Crew, task: Any) -> Any:
    for _ in range(crew.tries):
        try:
            return crew.result(crew.submit(task))
        except Died:
            crew.restart()
    error = RapportError(
        "its worker died, and did so again where it had nothing else to do",
        where=name_of(task),
        cure="The other shards are done. See whether there is memory enough, then run it again",
    )
    return Failed(name_of(task), error)


def _in_one_line(failed: Sequence[Failed]) -> RapportError:
    if len(failed) == 1:
        return failed[0].error
    names = ", ".join(one.task for one in failed[:NAMED])
    more = f" and {len(failed) - NAMED} more" if len(failed) > NAMED else ""
    return RapportError(
        f"{len(failed)} shards could not be done, all others are: {names}{more}. The first:"
        f" {failed[0].error}"
    )


class Processes:
    """Processes on this machine."""

    tries = 3

    def __init__(self, workers: int, make: Make, arguments: tuple[Any, ...]) -> None:
        self.ahead = AHEAD * workers
        self._workers, self._make = workers, (make, arguments)
        self._pool = self._start()

    def _start(self) -> ProcessPoolExecutor:
        context = get_context("spawn")
        return ProcessPoolExecutor(
            self._workers, mp_context=context, initializer=_begin, initargs=self._make
        )

    def submit(self, task: Any) -> "Future[Any]":
        """Hand out a task."""
        try:
            with _interrupts_held():
                return self._pool.submit(_do, task)
        except BrokenProcessPool as error:
            lost: Future[Any] = Future()
            lost.set_exception(error)
            return lost

    def result(self, handed_out: "Future[Any]") -> Any:
        """Wait for what came of a task."""
        try:
            return handed_out.result()
        except BrokenProcessPool as error:
            raise Died from error

    def restart(self) -> None:
        """Begin with new processes: where one died, the pool ends the others."""
        self.close()
        self._pool = self._start()

    def close(self) -> None:
        """End the processes, each with the task it is at."""
        self._pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach: the first answers it, and ends the others."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_work: Callable[[Any], Any] | None = None
_make: tuple[Make, tuple[Any, ...]] | None = None


def _begin(make: Make, arguments: tuple[Any, ...]) -> None:
    global _make
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _make = make, arguments


def _end_with_parent() -> None:
    """End this process where the first one was killed: two must never write the same shard."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(task: Any) -> Any:
    global _work
    if _work is None:
        assert _make is not None
        make, arguments = _make
        _work = make(*arguments)
    return attempt(_work, task)
