"""DOAJ, the directory of open access journals: keyless, at most 1,000 results a search.

Its search refuses truncation and proximity. Parts are split by the day a record was added.
"""

from collections.abc import Set
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from pipeline.harvest.entries import Entry
from pipeline.harvest.web import markup
from pipeline.harvest.web.answers import (
    count_of,
    dicts,
    doi_of,
    identified,
    json_of,
    listed,
    records_of,
    text,
    texts,
    within,
    year_of,
)
from pipeline.harvest.web.client import Request
from pipeline.harvest.web.query import Near, Phrase
from pipeline.harvest.web.source import Page, Part, WebSource
from pipeline.harvest.web.translate import Dialect, Exact


def _phrase(phrase: Phrase) -> Exact | None:
    if phrase.truncated:
        return None
    fields = ("title", "abstract", "keywords")
    words = " ".join(phrase.words)
    return Exact("(" + " OR ".join(f'bibjson.{field}:"{words}"' for field in fields) + ")")


def _near(near: Near) -> None:
    return None


class Doaj(WebSource):
    """DOAJ's search of articles, by page."""

    kind, name = "doaj", "DOAJ"
    address = "https://doaj.org"
    interval, page_size, ceiling, dated = 0.55, 100, 1000, True
    dialect = Dialect(_phrase, _near, "has neither truncation nor proximity", without=" AND NOT ")

    def count(self, part: Part) -> Request:
        return self._page(part, 1, 1)

    def first(self, part: Part) -> Request:
        return self._page(part, 1, self.page_size)

    def _page(self, part: Part, page: int, size: int) -> Request:
        asked = [self.translation.text]
        if self.question.years:
            asked.append(f"bibjson.year:[{self.question.years[0]} TO {self.question.years[1]}]")
        if part.until:
            asked.append(f"created_date:[{part.since} TO {part.until}]")
        query = " AND ".join(f"({each})" for each in asked)
        params = {"page": str(page), "pageSize": str(size), "sort": "created_date:asc"}
        return Request(f"/api/search/articles/{quote(query, safe='')}", params, position=size)

    def following(
        self, part: Part, request: Request, page: Page, first: Page, have: Set[str]
    ) -> Request | None:
        if request.position >= max(first.total or 0, page.total or 0):
            return None
        number = int(request.params["page"]) + 1
        return replace(
            request,
            params={**request.params, "page": str(number)},
            position=number * self.page_size,
        )

    def read(self, request: Request, body: bytes) -> Page:
        content = json_of(body)
        return Page(
            count_of(content.get("total")), identified(records_of(content, "results"), "id")
        )

    def record(self, raw: Any) -> Entry:
        work = raw.get("bibjson") if isinstance(raw.get("bibjson"), dict) else {}
        name = markup.title(work.get("title"))
        number = identified([raw], "id")[0][0]
        named = [i for i in dicts(work.get("identifier")) if text(i.get("type")).lower() == "doi"]
        pages = (text(work.get("start_page")), text(work.get("end_page")))
        return Entry(
            place=number,
            title=name,
            abstract=markup.abstract(work.get("abstract")),
            year=year_of(work.get("year")),
            venue=text(within(work, "journal", "title")),
            authors=listed(text(a.get("name")) for a in dicts(work.get("author"))),
            keywords=listed(texts(work.get("keywords"))),
            doi=doi_of(named[0].get("id")) if named else "",
            language="; ".join(texts(within(work, "journal", "language"))),
            type="article",
            url=f"https://doaj.org/article/{number}",
            volume=text(within(work, "journal", "volume")),
            pages="-".join(filter(None, pages)),
        )
