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


class Meter:
    """Tells how fetching gets on: source, records, rate, time left and retries.

    In a terminal one line that changes; else a line now and then.
    """

    def __init__(self) -> None:
        self._tty = sys.stderr.isatty()
        self._source, self._expected, self._begun, self._received, self._retries = "", 0, 0, 0, 0
        self._started = self._told = time.monotonic()

    def __enter__(self) -> "Meter":
        return self

    def __exit__(self, *_: object) -> None:
        self._clear()

    def ask(self, source: str) -> None:
        """A source is about to be asked how much it has."""
        self._source, self._expected, self._retries = source, -1, 0

    def begin(self, source: str, expected: int, received: int) -> None:
        """A source is about to be fetched; so many of its records are here already."""
        self._source, self._expected = source, expected
        self._begun = self._received = received
        self._retries = 0
        self._started = self._told = time.monotonic()
        self.say(f"{source}: {expected - received:,} of {expected:,} records to fetch")

    def advance(self, records: int) -> None:
        """So many records more were received."""
        self._received += records
        self._tell()

    def retry(self, reason: str) -> None:
        """A request is sent again."""
        self._retries += 1
        self._tell(f", {reason}")

    def say(self, line: str) -> None:
        """Something that a person should read, on a line of its own."""
        self._clear()
        print(line, file=sys.stderr, flush=True)  # noqa: T201

    def _tell(self, more: str = "") -> None:
        now = time.monotonic()
        if not self._tty and now - self._told < LINE_EVERY:
            return
        self._told = now
        new, seconds = self._received - self._begun, max(now - self._started, 1e-3)
        line = f"{self._source}: {self._received:,} of {self._expected:,} records"
        if self._expected < 0:
            line = f"{self._source}: asking how many records there are"
        if new:
            left = max(self._expected - self._received, 0) / (new / seconds)
            line += f", {new / seconds:,.0f}/s, about {left:.0f} s left"
        if self._retries:
            line += f", {self._retries} retries{more}"
        if self._tty:
            print(f"\r\x1b[2K{line[:110]}", end="", file=sys.stderr, flush=True)  # noqa: T201
        else:
            print(line, file=sys.stderr, flush=True)  # noqa: T201

    def _clear(self) -> None:
        if self._tty:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)  # noqa: T201
