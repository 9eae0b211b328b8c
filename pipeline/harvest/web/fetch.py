"""Fetch all that a source has for a query, and prove it: expected against received.

A query is planned (how many records there are, and the parts it must be split into), each part is
walked page by page, and the unique identifiers received are compared with what was announced. A
part that came short is walked again and the walks are joined; one that stays short is an error
that names it, and the next run goes on with it.
"""

import itertools
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from pipeline.errors import RapportError
from pipeline.harvest.entries import Entry
from pipeline.harvest.web.client import Client, Request, Stopped
from pipeline.harvest.web.planning import ask, count, day_of, redivided, with_new_round
from pipeline.harvest.web.snapshot import (
    Done,
    Plan,
    PlannedPart,
    Round,
    Snapshot,
    all_pages,
    keep_page,
    pages_to_go_on_from,
    read_page,
    sweep,
)
from pipeline.harvest.web.source import Page, Part, WebSource

WALKS = 3
"""Walks through one part in one run before it is called short."""


class Watch(Protocol):
    """Who is told how the harvest gets on."""

    def ask(self, source: str) -> None:
        """A source is about to be asked how much it has."""

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

    def ask(self, source: str) -> None:
        """Nothing."""

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
        watch.ask(source.name)
        plan = with_new_round(source, client, plan or Plan(source.translation.text))
        snapshot.keep_plan(plan)
    if not is_complete(snapshot, plan):
        open_parts = [p for r in plan.rounds for p in r.parts if snapshot.done(p) is None]
        begun = sum(len(_identifiers(source, snapshot, planned)) for planned in open_parts)
        expected = sum(planned.expected for planned in open_parts)
        requests = source.requests_for(max(expected - begun, 0))
        if price := source.price(requests):
            watch.say(f"{source.name}: {requests:,} requests to come, {price}")
        watch.begin(source.name, expected, begun)
        _complete(source, snapshot, client, plan, allow_missing, watch)


def _complete(
    source: WebSource, snapshot: Snapshot, client: Client, plan: Plan, allow: int, watch: Watch
) -> None:
    """Fetch every part that is not complete, and the account of every round."""
    short: list[Missing] = []
    todo = [p for r in plan.rounds for p in r.parts if snapshot.done(p) is None]
    while todo:
        planned = todo.pop(0)
        missing = _fetch_part(source, snapshot, client, planned, allow, watch)
        if missing and source.ceiling and missing.expected > source.ceiling:
            plan = redivided(source, client, plan, planned)
            snapshot.keep_plan(plan)
            pieces = [
                p for r in plan.rounds for p in r.parts if p.folder.startswith(f"{planned.folder}-")
            ]
            todo = pieces + todo
        elif missing:
            short.append(missing)
    rounds = (
        [_settled(source, snapshot, client, r, allow) for r in plan.rounds] if not short else []
    )
    short += [r for r in rounds if isinstance(r, Missing)]
    if short:
        most = max(missing.expected - missing.received for missing in short)
        raise RapportError(
            "; ".join(map(str, short)),
            where=source.name,
            cure="Run the same command again: it goes on with what is missing. If it stays so, "
            f"accept it with allow_missing = {most} in the source",
        )
    snapshot.keep_plan(replace(plan, rounds=tuple(r for r in rounds if isinstance(r, Round))))


def _settled(
    source: WebSource, snapshot: Snapshot, client: Client, planned: Round, allow: int
) -> Round | Missing:
    """A round whose parts hold all that was announced for the whole, or what they lack.

    A record without a date is in none of the parts.
    """
    received = sum(done.received for p in planned.parts if (done := snapshot.done(p)))
    if received >= planned.expected:
        return planned
    announced = count(source, client, planned.part).total or 0
    if received < announced - allow:
        return Missing(planned.part, announced, received)
    return replace(planned, expected=received)


def is_complete(snapshot: Snapshot, plan: Plan) -> bool:
    """Whether every part that was planned has been received, and together they are the whole."""
    for planned in plan.rounds:
        results = [snapshot.done(part) for part in planned.parts]
        if not all(results) or sum(r.received for r in results if r) < planned.expected:
            return False
    return True


def works(source: WebSource, snapshot: Snapshot) -> Iterator[Entry]:
    """Every record of a snapshot once, the latest where one came again, in order of identifier.

    The order is that of the identifiers and not of the pages, so that it does not depend on how
    the harvest was divided or how often it was cut off. Memory grows with the source: about
    3 kilobytes a record.
    """
    plan = snapshot.plan()
    parts = [planned for r in plan.rounds for planned in r.parts] if plan else []
    found = {
        identifier: source.record(raw)
        for planned in parts
        for identifier, raw in _records(source, snapshot, planned)
    }
    yield from (found[identifier] for identifier in sorted(found))


def _records(
    source: WebSource, snapshot: Snapshot, planned: PlannedPart
) -> Iterator[tuple[str, Any]]:
    for path in all_pages(snapshot, planned):
        request, _, body = read_page(path)
        yield from source.read(request, body).records


def _identifiers(source: WebSource, snapshot: Snapshot, planned: PlannedPart) -> set[str]:
    return {identifier for identifier, _ in _records(source, snapshot, planned)}


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
    kept = pages_to_go_on_from(folder)
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
                request, body, page = ask(source, client, request)
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
