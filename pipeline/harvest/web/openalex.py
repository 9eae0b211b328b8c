"""OpenAlex: the broadest, with a budget that is told in money.

Without a key it gives 0.10 US dollars a day, with a free key 1.00; a page of a search costs 0.001,
a page of a list (journals by ISSN, no search) 0.0001. A status of 429 may mean "slower" or "spent
for today", and `Retry-After` is then the seconds to midnight. Its search gives up silently after
five seconds, so that a short page ends a walk: `fetch` compares what came with what was announced.
"""

import re
from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

from pipeline.harvest.entries import Entry
from pipeline.harvest.formats import openalex_work
from pipeline.harvest.web.answers import count_of, identified, json_of, records_of, text
from pipeline.harvest.web.client import (
    Answer,
    Refusal,
    Request,
    Spent,
    Terms,
    Transient,
    retry_after,
)
from pipeline.harvest.web.query import Near, Phrase
from pipeline.harvest.web.source import Page, Part, WebSource, fewer
from pipeline.harvest.web.translate import Dialect, Exact, Translation

_SEARCH_PRICE, _LIST_PRICE = 0.001, 0.0001
_DAY_WITHOUT_KEY, _DAY_WITH_KEY = 0.10, 1.00
_MOST_TRUNCATED = 2
_FEW_OPERATORS = 5
_FIELDS = (
    "id,doi,ids,title,publication_year,publication_date,language,type,primary_location,"
    "authorships,keywords,abstract_inverted_index,is_retracted,biblio"
)


def _phrase(phrase: Phrase) -> Exact | None:
    if len(phrase.words) > 1 and sum(word.endswith("*") for word in phrase.words) > _MOST_TRUNCATED:
        return None
    return Exact(str(phrase))


def _near(near: Near) -> Exact | None:
    if (
        near.left.truncated
        or near.right.truncated
        or len(near.left.words) + len(near.right.words) > 2
    ):
        return None
    left, right = near.left.words[0], near.right.words[0]
    there = f'"{left} {right}"~{near.between}'
    if near.ordered:
        return Exact(there, wider=near.between >= 2)
    return Exact(f'({there} OR "{right} {left}"~{near.between})')


class OpenAlex(WebSource):
    """OpenAlex's list of works, by cursor, unstemmed."""

    kind, name = "openalex", "OpenAlex"
    address = "https://api.openalex.org"
    interval, page_size, typical_seconds = 0.15, 100, 1.5
    key, key_from = "openalex", "https://openalex.org/settings/api"
    dialect = Dialect(_phrase, _near, "has proximity only for two whole words", without=" AND NOT ")

    def translate(self) -> Translation:
        if self.question.issn and not self.question.native:
            asked = "issn:" + "|".join(self.question.issn)
            if self.question.node is None:
                return Translation(asked)
            note = (
                f"OpenAlex is asked for whole journals, {asked}, at a tenth of the price of a "
                "search, and each record is checked here"
            )
            return Translation(asked, (note,), checked=True)
        return super().translate()

    def credential_headers(self) -> Mapping[str, str]:
        key = self.keys.get("openalex")
        return {"Authorization": f"Bearer {key}"} if key else {}

    def terms(self) -> Terms:
        """As of any source, but slower for a query of many operators, as OpenAlex asks."""
        operators = len(re.findall(r"\b(?:AND|OR|NOT)\b", self.translation.text))
        broad = 0.2 if self.keys.get("openalex") else 1.0
        return replace(
            super().terms(), interval=broad if operators > _FEW_OPERATORS else self.interval
        )

    def count(self, part: Part) -> Request:
        first = self.first(part)
        return replace(first, params={**first.params, "per_page": "1", "select": "id"})

    def first(self, part: Part) -> Request:
        filters = []
        params = {
            "select": _FIELDS,
            "per_page": str(self.page_size),
            "cursor": "*",
            "sort": "publication_date:asc",
        }
        if self._by_journal:
            filters.append("primary_location.source.issn:" + "|".join(self.question.issn))
        else:
            params["search.title_and_abstract.exact"] = self.translation.text
        if self.question.years:
            filters.append(f"publication_year:{self.question.years[0]}-{self.question.years[1]}")
        if filters:
            params["filter"] = ",".join(filters)
        return Request("/works", params)

    @property
    def _by_journal(self) -> bool:
        return bool(self.question.issn) and not self.question.native

    def following(
        self, part: Part, request: Request, page: Page, first: Page, have: Set[str]
    ) -> Request | None:
        if not page.cursor:
            return None
        return replace(request, params={**request.params, "cursor": page.cursor})

    def smaller(self, request: Request) -> Request | None:
        return fewer(request, "per_page")

    def requests_for(self, records: int) -> int:
        return records // self.page_size + 1

    def cost(self, requests: int) -> float:
        return requests * (_LIST_PRICE if self._by_journal else _SEARCH_PRICE)

    @property
    def budget(self) -> float:
        """US dollars that a day allows."""
        return _DAY_WITH_KEY if self.keys.get("openalex") else _DAY_WITHOUT_KEY

    def judge(self, answer: Answer) -> None:
        if answer.status == 401:
            raise Refusal("does not accept the key", f"Get one (free) at {self.key_from}")
        if answer.status != 429:
            return
        try:
            content = json_of(answer.body)
        except Transient:
            return
        if "upgrade" in text(content.get("error")).lower():
            raise Refusal("asks for a paid plan for this query")
        if "costUsd" in content or "creditsRequired" in content:
            wait = content.get("retryAfter")
            seconds = (
                float(wait) if isinstance(wait, int | float) else retry_after(answer.headers, 0.0)
            )
            free = (
                ""
                if self.keys.get("openalex")
                else f"; a free key from {self.key_from} gives ten times as much"
            )
            raise Spent(
                f"today's allowance of ${self.budget:.2f} is spent{free}", seconds or 86_400.0
            )

    def read(self, request: Request, body: bytes) -> Page:
        content = json_of(body)
        meta = content.get("meta")
        if not isinstance(meta, dict):
            raise Transient("answered without meta")
        records = identified(records_of(content, "results"), "id")
        return Page(count_of(meta.get("count")), records, text(meta.get("next_cursor")))

    def record(self, raw: Any) -> Entry:
        return openalex_work.entry(raw)

    def trial(self) -> Request:
        return Request("/works", {"per_page": "1", "select": "id"})

    def limit_left(self, answer: Answer) -> str:
        left, limit = (
            answer.headers.get(f"X-RateLimit-{name}-USD") for name in ("Remaining", "Limit")
        )
        return f"${left} of ${limit} for today" if left and limit else ""
