"""Fetch all that a source has for a query, and prove it: expected against received.

A query is planned (how many records there are, and the parts it must be split into), each part is
walked page by page, and the unique identifiers received are compared with what was announced. A
part that came short is walked again and the walks are joined; one that stays short is an error
that names it, and the next run goes on with it.
"""

import itertools
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from pipeline.errors import RapportError
from pipeline.harvest.web.client import Client, Request, Stopped, Transient
from pipeline.harvest.web.snapshot import (
    Done,
    Plan,
    PlannedPart,
    Round,
    Snapshot,
    all_pages,
    keep_page,
    pages,
    read_page,
    sweep,
)
from pipeline.harvest.web.source import Page, Part, WebSource, Work

WALKS = 3
"""Walks through one part in one run before it is called short."""
_BEGINNING = date(1900, 1, 1)


class Watch(Protocol):
    """Who is told how the harvest gets on."""

    def begin(self, source: str, expected: int, received: int) -> None:
        """A source is about to be fetched."""

    def advance(self, records: int) -> None:
        """So many records more were received."""

    def retry(self, reason: str) -> None:
        """A request is sent again."""

    def say(self, line: str) -> None:
        """Something that a person should read."""


class Silent:
    """Tells nobody."""

    def begin(self, source: str, expected: int, received: int) -> None:
        """Nothing."""

    def advance(self, records: int) -> None:
        """Nothing."""

    def retry(self, reason: str) -> None:
        """Nothing."""

    def say(self, line: str) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Missing:
    """A part that came short: how many records were announced, and how many came."""

    part: Part
    expected: int
    received: int

    def __str__(self) -> str:
        where = "" if self.part == Part() else f" in the part {self.part}"
        return f"{self.expected - self.received:,} of {self.expected:,} records are missing{where}"


def fetch(
    source: WebSource,
    snapshot: Snapshot,
    client: Client,
    *,
    refresh: bool = False,
    allow_missing: int = 0,
    watch: Watch | None = None,
) -> None:
    """Bring a snapshot up to what was planned; with `refresh`, plan and add what is new first.

    Raises
    ------
    Stopped
        where the source cannot go on now; what was received is kept.
    RapportError
        where records are missing that were announced.
    """
    watch = watch or Silent()
    sweep(snapshot.folder)
    plan = snapshot.plan()
    if plan is None or (refresh and is_complete(snapshot, plan)):
        plan = _extended(source, client, plan or Plan(source.translation.text))
        snapshot.keep_plan(plan)
    open_parts = [p for r in plan.rounds for p in r.parts if snapshot.done(p) is None]
    if open_parts:
        begun = sum(len(_identifiers(source, snapshot, planned)) for planned in open_parts)
        watch.begin(source.name, sum(planned.expected for planned in open_parts), begun)
    short = []
    for planned in open_parts:
        missing = _fetch_part(source, snapshot, client, planned, allow_missing, watch)
        if missing:
            short.append(missing)
    short += _undated(plan, allow_missing)
    if short:
        most = max(missing.expected - missing.received for missing in short)
        raise RapportError(
            "; ".join(map(str, short)),
            where=source.name,
            cure="Run the same command again: it goes on with what is missing. If it stays so, "
            f"accept it with allow_missing = {most} in the source",
        )


def is_complete(snapshot: Snapshot, plan: Plan) -> bool:
    """Whether every part that was planned has been received."""
    return all(snapshot.done(planned) for r in plan.rounds for planned in r.parts)


def day_of(client: Client) -> date:
    """Today, in UTC, by the client's clock."""
    return datetime.fromtimestamp(client.manners.now(), UTC).date()


def count(source: WebSource, client: Client, part: Part) -> Page:
    """What a source announces for a part."""
    page = _ask(source, client, source.count(part))[2]
    if page.total is None:
        raise Stopped("does not say how many records there are", where=source.name)
    return page


def works(source: WebSource, snapshot: Snapshot) -> Iterator[Work]:
    """Every record of a snapshot once, the latest where one came again, in a fixed order."""
    plan = snapshot.plan()
    seen: set[str] = set()
    parts = [planned for r in plan.rounds for planned in r.parts] if plan else []
    for planned in reversed(parts):
        found = {
            identifier: source.record(raw)
            for identifier, raw in _records(source, snapshot, planned)
            if identifier not in seen
        }
        yield from (found[identifier] for identifier in sorted(found))
        seen |= found.keys()


def _records(
    source: WebSource, snapshot: Snapshot, planned: PlannedPart
) -> Iterator[tuple[str, Any]]:
    for path in all_pages(snapshot, planned):
        request, _, body = read_page(path)
        yield from source.read(request, body).records


def _identifiers(source: WebSource, snapshot: Snapshot, planned: PlannedPart) -> set[str]:
    return {identifier for identifier, _ in _records(source, snapshot, planned)}


def _extended(source: WebSource, client: Client, plan: Plan) -> Plan:
    """The plan with one more round: everything, or what is new since the last."""
    today = day_of(client)
    whole = Part()
    if plan.rounds and source.dated:
        whole = Part(plan.rounds[-1].planned, today)
    page = count(source, client, whole)
    folder = f"round-{len(plan.rounds) + 1}"
    divided = _divided(source, client, whole, page.total or 0, today)
    parts = tuple(
        PlannedPart(part, expected, f"{folder}/part-{number:03d}")
        for number, (part, expected) in enumerate(divided, 1)
    )
    added = Round(today, whole, page.total or 0, parts, page.notes)
    return replace(plan, rounds=(*plan.rounds, added))


def _divided(
    source: WebSource, client: Client, part: Part, expected: int, today: date
) -> list[tuple[Part, int]]:
    """The part, halved by date until each piece is below the source's ceiling."""
    if source.ceiling is None or expected <= source.ceiling:
        return [(part, expected)] if expected else []
    since, until = part.since or _BEGINNING, part.until or today
    if since == until:
        raise RapportError(
            f"has {expected:,} records of {since}, and gives {source.ceiling:,} at most",
            where=source.name,
            cure="Narrow the query",
        )
    middle = since + (until - since) // 2
    halves = Part(since, middle), Part(middle + timedelta(days=1), until)
    return [
        piece
        for half in halves
        for piece in _divided(source, client, half, count(source, client, half).total or 0, today)
    ]


def _undated(plan: Plan, allow_missing: int) -> list[Missing]:
    """Rounds whose parts have fewer records than the whole: those without a date are in none."""
    return [
        Missing(r.part, r.expected, reached)
        for r in plan.rounds
        if (reached := sum(p.expected for p in r.parts)) < r.expected - allow_missing
    ]


def _fetch_part(
    source: WebSource,
    snapshot: Snapshot,
    client: Client,
    planned: PlannedPart,
    allow_missing: int,
    watch: Watch,
) -> Missing | None:
    """Walk a part until it is complete; what is missing where it stays short."""
    have: set[str] = set()
    repeated = expected = 0
    for folder in [*snapshot.walks(planned), *([None] * WALKS)]:
        announced = 0
        for page, fresh in _walk(
            source, client, planned, folder or snapshot.new_walk(planned), have, watch
        ):
            announced = max(announced, page.total or 0)
            new = {identifier for identifier, _ in page.records} - have
            repeated += len(page.records) - len(new)
            have |= new
            if fresh:
                watch.advance(len(new))
        expected = max(announced, planned.expected)
        if len(have) < expected:  # fewer than was planned: does the source still say so?
            expected = max(announced, count(source, client, planned.part).total or 0)
        if len(have) >= expected - allow_missing:
            kept = tuple(snapshot.name(path) for path in all_pages(snapshot, planned))
            walked = len(snapshot.walks(planned))
            snapshot.keep_done(planned, Done(expected, len(have), walked, repeated, kept))
            return None
    return Missing(planned.part, expected, len(have))


def _walk(
    source: WebSource,
    client: Client,
    planned: PlannedPart,
    folder: Path,
    have: Set[str],
    watch: Watch,
) -> Iterator[tuple[Page, bool]]:
    """The pages of one walk: those kept are read again, the rest asked for and kept (`fresh`).

    A walk ends where the source says so, and where it goes in circles.
    """
    kept = pages(folder)
    request: Request | None = source.first(planned.part)
    first: Page | None = None
    asked: set[str] = set()
    received = 0
    for number in itertools.count(1):
        if request is None or repr(request) in asked:
            return
        if number <= len(kept):
            request, _, body = read_page(kept[number - 1])
            page = source.read(request, body)
        else:
            try:
                request, body, page = _ask(source, client, request)
            except Stopped as stopped:
                if kept and number == len(kept) + 1 and stopped.misunderstood:
                    watch.say(
                        f"{source.name} no longer knows where we were: this part is walked again"
                    )
                    return
                raise
            keep_page(folder, number, request, day_of(client), body)
        asked.add(repr(request))
        first = first or page
        received += len(page.records)
        yield page, number > len(kept)
        if received > 2 * max(planned.expected, first.total or 0) + source.page_size:
            return
        request = source.following(planned.part, request, page, first, have)


def _ask(source: WebSource, client: Client, request: Request) -> tuple[Request, bytes, Page]:
    """Ask, for fewer records at a time where the source cannot bear so many."""
    while True:
        try:
            body, page = client.ask(request, partial(source.read, request))
        except Transient as fault:
            less = source.smaller(request) if fault.load else None
            if less is None:
                raise Stopped(
                    fault.reason,
                    where=source.name,
                    cure="What was received is kept: run the same command again",
                ) from None
            request = less
        else:
            return request, body, page
