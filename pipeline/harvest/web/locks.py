"""A lock between processes, let go of by the system however the process ends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pipeline.errors import RapportError

if os.name == "nt":
    import msvcrt

    def _take(stream: IO[str], wait: bool) -> None:
        stream.seek(0)
        msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
else:
    import fcntl

    def _take(stream: IO[str], wait: bool) -> None:
        fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


@contextmanager
def locked(path: Path, wait: bool = True) -> Iterator[IO[str]]:
    """The file at `path`, opened for reading and writing and held by this process alone.

    Raises
    ------
    BlockingIOError
        where `wait` is false and another process holds it.
    RapportError
        where the file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = open(path, "a+", encoding="utf-8")  # noqa: SIM115
    except OSError as error:
        raise RapportError(
            f"cannot write here ({error.strerror})", where=path, cure="Choose another folder"
        ) from error
    with stream:
        _take(stream, wait)
        yield stream
