"""ERIC, the education database: keyless, but it searches every field and not only these.

It has no field search to rely on (a fielded query may find nothing without saying so), so that it
is asked without fields, and query and years are applied here. About 45% of its journals are no
longer added since 24 April 2025: fewer records after that are no finding.
"""

from collections.abc import Set
from dataclasses import replace
from typing import Any

from pipeline.harvest.entries import Entry
from pipeline.harvest.web import markup
from pipeline.harvest.web.answers import (
    count_of,
    doi_of,
    identified,
    json_of,
    listed,
    records_of,
    text,
    texts,
    year_of,
)
from pipeline.harvest.web.client import Request, Transient
from pipeline.harvest.web.query import Near, Phrase
from pipeline.harvest.web.source import Page, Part, WebSource, fewer, next_rows
from pipeline.harvest.web.translate import Dialect, Exact, Translation

_FIELDS = (
    "id,title,author,description,publicationdateyear,source,subject,publicationtype,publisher,"
    "url,language,issn"
)


def _phrase(phrase: Phrase) -> Exact | None:
    return None if len(phrase.words) > 1 and phrase.truncated else Exact(str(phrase))


def _near(near: Near) -> None:
    return None


class Eric(WebSource):
    """ERIC's search, by row."""

    kind, name = "eric", "ERIC"
    address = "https://api.ies.ed.gov"
    interval, page_size, typical_seconds = 0.5, 1000, 4.0
    dialect = Dialect(
        _phrase, _near, "has no proximity and no truncation in a phrase", without=" NOT "
    )

    def translate(self) -> Translation:
        translation = super().translate()
        if self.question.native:
            return translation
        years = " and the years" if self.question.years else ""
        note = f"ERIC searches all fields: title, abstract and subjects{years} are checked here"
        return Translation(translation.text, (note, *translation.notes), checked=True)

    def count(self, part: Part) -> Request:
        first = self.first(part)
        return replace(first, params={**first.params, "rows": "1", "fields": "id"}, position=0)

    def first(self, part: Part) -> Request:
        params = {
            "search": self.translation.text,
            "format": "json",
            "rows": str(self.page_size),
            "start": "0",
            "fields": _FIELDS,
        }
        return Request("/eric/", params, position=self.page_size)

    def following(
        self, part: Part, request: Request, page: Page, first: Page, have: Set[str]
    ) -> Request | None:
        return next_rows(request, page, first, "start", "rows", self.page_size)

    def smaller(self, request: Request) -> Request | None:
        return fewer(request, "rows")

    def read(self, request: Request, body: bytes) -> Page:
        response = json_of(body).get("response")
        if not isinstance(response, dict):
            raise Transient("answered without response")
        return Page(
            count_of(response.get("numFound")), identified(records_of(response, "docs"), "id")
        )

    def record(self, raw: Any) -> Entry:
        number = identified([raw], "id")[0][0]
        return Entry(
            place=number,
            title=markup.title(raw.get("title")),
            abstract=markup.abstract(raw.get("description")),
            year=year_of(raw.get("publicationdateyear")),
            venue=text(raw.get("source")) or text(raw.get("publisher")),
            authors=listed(texts(raw.get("author"))),
            keywords=listed(texts(raw.get("subject"))),
            doi=doi_of(raw.get("url")),
            language="; ".join(texts(raw.get("language"))),
            type="; ".join(texts(raw.get("publicationtype"))),
            url=text(raw.get("url")) or f"https://eric.ed.gov/?id={number}",
        )
