"""Plan a harvest: how many records there are, and the parts that a source can give whole.

Sources give so many records for one query and no more: a query with more is split by the day the
source took a record in, until each part fits. A count may be wrong now and then (a search that was
cut off says less), so that a plan is only believed where it agrees with itself.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

from pipeline.errors import RapportError
from pipeline.harvest.web.client import Client, Request, Stopped, Transient
from pipeline.harvest.web.snapshot import Plan, PlannedPart, Round
from pipeline.harvest.web.source import Page, Part, WebSource

_BEGINNING = date(1900, 1, 1)
_ATTEMPTS = 3


def with_new_round(source: WebSource, client: Client, plan: Plan) -> Plan:
    """The plan with one more round: all there is, or where days are known, what is new since."""
    today = day_of(client)
    whole = Part(plan.rounds[-1].planned, today) if plan.rounds and source.dated else Part()
    for _ in range(_ATTEMPTS):
        page = count(source, client, whole)
        pieces = divided(source, client, whole, page.total or 0)
        if sum(n for _, n in pieces) == page.total == count(source, client, whole).total:
            break
    folder = f"round-{len(plan.rounds) + 1}"
    added = Round(today, whole, page.total or 0, _planned(pieces, f"{folder}/part"), page.notes)
    return replace(plan, rounds=(*plan.rounds, added))


def redivided(source: WebSource, client: Client, plan: Plan, outgrown: PlannedPart) -> Plan:
    """The plan with a part that has come to exceed the source's ceiling divided anew."""
    now = count(source, client, outgrown.part).total or 0
    pieces = _planned(divided(source, client, outgrown.part, now), outgrown.folder)
    rounds = tuple(
        replace(r, parts=tuple(q for p in r.parts for q in (pieces if p == outgrown else (p,))))
        for r in plan.rounds
    )
    return replace(plan, rounds=rounds)


def _planned(pieces: list[tuple[Part, int]], folder: str) -> tuple[PlannedPart, ...]:
    return tuple(
        PlannedPart(part, expected, f"{folder}-{number:03d}")
        for number, (part, expected) in enumerate(pieces, 1)
    )


def divided(source: WebSource, client: Client, part: Part, expected: int) -> list[tuple[Part, int]]:
    """The part, halved by date until each piece is below the source's ceiling."""
    if source.ceiling is None or expected <= source.ceiling:
        return [(part, expected)] if expected else []
    since, until = part.since or _BEGINNING, part.until or day_of(client)
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
        for piece in divided(source, client, half, count(source, client, half).total or 0)
    ]


def count(source: WebSource, client: Client, part: Part) -> Page:
    """What a source announces for a part."""
    page = ask(source, client, source.count(part))[2]
    if page.total is None:
        raise Stopped("does not say how many records there are", where=source.name)
    return page


def day_of(client: Client) -> date:
    """Today, in UTC, by the client's clock."""
    return datetime.fromtimestamp(client.manners.now(), UTC).date()


def ask(source: WebSource, client: Client, request: Request) -> tuple[Request, bytes, Page]:
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
