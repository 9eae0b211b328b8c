"""Progress of long work, on standard error: a bar in a terminal, else a line now and then."""

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

T = TypeVar("T")

LINE_EVERY = 10.0
"""Seconds between lines where there is no terminal."""


def track(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Yield the items, telling how many are done and, where the total is known, what is left."""
    total = len(items) if total is None and isinstance(items, Sized) else total
    yield from (_bar if sys.stderr.isatty() else _lines)(items, label, total)


def _bar(items: Iterable[T], label: str, total: int | None) -> Iterator[T]:
    from rich.console import Console
    from rich.progress import track as rich_track

    console = Console(stderr=True)
    yield from rich_track(items, label, total=total, console=console, transient=True)


def _lines(items: Iterable[T], label: str, total: int | None) -> Iterator[T]:
    started = told = time.monotonic()
    for done, item in enumerate(items):
        now = time.monotonic()
        if now - told >= LINE_EVERY:
            told = now
            of = (
                f" of {total}, about {(now - started) / done * (total - done):.0f} s left"
                if total and done
                else ""
            )
            print(f"{label}: {done}{of}", file=sys.stderr, flush=True)  # noqa: T201
        yield item
