"""The contract of a source on the web: count, pages, record.

A source is a small class that says how it is asked and how its answers are read. It sends
nothing itself and keeps no state: `fetch` walks its pages, and can walk them again from a
snapshot, because the next request follows from the one before and its answer alone.
"""

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar
from urllib.parse import quote

from pipeline.errors import RapportError
from pipeline.harvest.entries import Entry
from pipeline.harvest.web.client import Answer, Request, Terms
from pipeline.harvest.web.keys import Keys, key_file, variable
from pipeline.harvest.web.query import Node
from pipeline.harvest.web.translate import Dialect, Translation, translate


@dataclass(frozen=True)
class Part:
    """A part of a query: the records that the source took in between two days, both included.

    Without days, all of them.
    """

    since: date | None = None
    until: date | None = None

    def __str__(self) -> str:
        return (
            f"{self.since or 'the beginning'} to {self.until or 'today'}" if self.until else "all"
        )


@dataclass(frozen=True)
class Page:
    """What one answer holds.

    Attributes
    ----------
    total : records that the source says the part has; None where this answer does not say.
    records : identifier in the source, and the record as it came.
    cursor : where the source says to go on, if it does.
    pending : identifiers that are still to be asked for, where a source lists them first.
    notes : what the source says about the query, such as words it left out.
    """

    total: int | None
    records: Sequence[tuple[str, Any]] = ()
    cursor: str = ""
    pending: Sequence[str] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """What a study asks of one source.

    Attributes
    ----------
    text : the query in the plain syntax, as written; empty where only `native` is given.
    node : its tree.
    native : a query in the source's own syntax, sent as it is.
    years : first and last year of publication.
    issn : journals, for a source that is asked by journal.
    """

    text: str = ""
    node: Node | None = None
    native: str = ""
    years: tuple[int, int] | None = None
    issn: tuple[str, ...] = ()


class WebSource:
    """What every source has; each source gives the parts marked as its own."""

    kind: ClassVar[str]
    """Word in study.toml."""
    name: ClassVar[str]
    """As a person calls it."""
    address: ClassVar[str]
    interval: ClassVar[float]
    """Seconds between requests."""
    page_size: ClassVar[int]
    ceiling: ClassVar[int | None] = None
    """Records that one part may have; more are split by date."""
    dated: ClassVar[bool] = False
    """Whether the source can be asked by the day it took a record in."""
    typical_seconds: ClassVar[float] = 2.0
    """Seconds that an answer usually takes, for estimates."""
    key: ClassVar[str] = ""
    """Name of its key in `keys.NAMES`, if it takes one."""
    key_needed: ClassVar[bool] = False
    key_from: ClassVar[str] = ""
    """Where a key can be had."""
    longest_query: ClassVar[int | None] = 7_000
    """Characters of a query as it stands in an address; None where it is sent as a form."""
    dialect: ClassVar[Dialect]

    def __init__(self, question: Question, keys: Keys, address: str = "") -> None:
        self.question, self.keys = question, keys
        self.at = address or self.address
        self.translation = self.translate()
        length = len(quote(self.translation.text))
        if self.longest_query and length > self.longest_query:
            raise RapportError(
                f"{self.name} takes queries of at most {self.longest_query:,} characters; this one "
                f"has {length:,} as it is sent",
                cure="Give the source a shorter query, or split it in two",
            )

    def lacks_key(self) -> RapportError | None:
        """What to tell where the source cannot be used for want of a key; None where it can."""
        if not self.key_needed or self.keys.get(self.key):
            return None
        return RapportError(
            f"{self.name} needs a key and there is none",
            cure=f"Get one (free) at {self.key_from}, then set {variable(self.key)} "
            f"or add it to {key_file()}",
        )

    # -- what is asked

    def translate(self) -> Translation:
        """The question in the source's syntax. Raises where the source cannot be asked it."""
        if self.question.native:
            return Translation(self.question.native)
        if self.question.node is None:
            raise RapportError(f"{self.name} has no query", cure="Add a query to [study]")
        return translate(self.question.node, self.dialect, self.name)

    def terms(self) -> Terms:
        """What the client must know."""
        return Terms(
            self.name,
            self.at,
            self.interval,
            params=self.credentials(),
            headers=self.credential_headers(),
            judge=self.judge,
            learn=self.learn,
        )

    def credentials(self) -> Mapping[str, str]:
        """Parameters with keys and addresses, added as a request is sent."""
        return {}

    def credential_headers(self) -> Mapping[str, str]:
        """Headers with keys, added as a request is sent."""
        return {}

    def count(self, part: Part) -> Request:
        """The request whose answer tells how many records a part has."""
        return self.first(part)

    def first(self, part: Part) -> Request:
        """The request for the first page of a part."""
        raise NotImplementedError

    def following(
        self, part: Part, request: Request, page: Page, first: Page, have: Set[str]
    ) -> Request | None:
        """The request after one that was answered with `page`; None where that was the last.

        `first` is the first page of this walk, `have` the identifiers received so far.
        """
        raise NotImplementedError

    def smaller(self, request: Request) -> Request | None:
        """The same request for fewer records, where a source cannot bear so many; else None."""
        return None

    # -- what is answered

    def read(self, request: Request, body: bytes) -> Page:
        """Read an answer. Raises Transient where it is not the answer to what was asked."""
        raise NotImplementedError

    def record(self, raw: Any) -> Entry:
        """One record, cleaned."""
        raise NotImplementedError

    def judge(self, answer: Answer) -> None:
        """Raise Transient, Spent or Refusal for what is special to this source."""

    def learn(self, headers: Mapping[str, str]) -> float | None:
        """Seconds between requests, where the headers tell."""
        return None

    # -- what it costs and how it is tried

    def requests_for(self, records: int) -> int:
        """Requests that so many records take."""
        return -(-records // self.page_size)

    def cost(self, requests: int) -> float:
        """US dollars that so many requests cost."""
        return 0.0

    def price(self, requests: int) -> str:
        """What so many requests cost, in words; empty where they cost nothing."""
        cost = self.cost(requests)
        if not cost:
            return ""
        days = math.ceil(cost / self.budget)
        told = f"about ${cost:.4f} of today's ${self.budget:.2f}"
        return told if days == 1 else f"about ${cost:.2f}, the allowance of {days} days"

    @property
    def budget(self) -> float:
        """US dollars that a day allows, for a source that costs."""
        return math.inf

    def trial(self) -> Request:
        """The smallest request that shows whether the source is there and lets us in."""
        return self.count(Part())

    def limit_left(self, answer: Answer) -> str:
        """How much of the allowance is left, in words; empty where the source does not say."""
        return ""


def next_rows(
    request: Request, page: Page, first: Page, start: str, rows: str, size: int
) -> Request | None:
    """The next request of a source that counts rows; None where all rows were asked for."""
    if request.position >= max(first.total or 0, page.total or 0):
        return None
    params = {**request.params, rows: str(size), start: str(request.position)}
    return replace(request, params=params, position=request.position + size)


def fewer(request: Request, rows: str, smallest: int = 25) -> Request | None:
    """The same request for half as many records; None where that would be fewer than `smallest`."""
    asked = int(request.params[rows])
    if asked // 2 < smallest:
        return None
    position = request.position and request.position - asked + asked // 2
    return replace(request, params={**request.params, rows: str(asked // 2)}, position=position)
