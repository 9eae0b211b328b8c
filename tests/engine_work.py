"""Work for the tests of the engine, in a module that worker processes can import."""

import os
import signal
import time
from pathlib import Path

from pipeline.errors import Halt, RapportError


def make_sum(addend):
    return lambda task: task + addend


def make_trouble(folder, trouble, where):
    """Work that is in trouble at some tasks, and leaves a file for each task that it began."""

    def work(task):
        begun = folder / f"{task}-{os.getpid()}-{time.monotonic_ns()}"
        begun.touch()
        if task in where:
            trouble(folder, task)
        return task * 10

    return work


def dies(folder, task):
    os.kill(os.getpid(), signal.SIGKILL)


def dies_once(folder, task):
    if not (folder / f"died at {task}").exists():
        (folder / f"died at {task}").touch()
        dies(folder, task)


def raises(folder, task):
    raise ValueError("odd\nbytes")


def is_damaged(folder, task):
    raise RapportError("is damaged", where=f"shard {task}", cure="Delete it")


def meets_a_full_disk(folder, task):
    raise Halt("cannot be written (no space left)", where=f"shard {task}")


def waits(folder, task):
    time.sleep(60)


def make_reader(root):
    return lambda path: (root / path.name).name


def map_and_tell(folder):
    """Map waiting work over two processes, until this one is killed."""
    from pipeline.engine import map_shards

    list(map_shards(make_trouble, (Path(folder), waits, [1, 2]), [1, 2], 2))
