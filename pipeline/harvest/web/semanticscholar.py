"""Semantic Scholar's bulk search: only with a key, as the pool without one is always full.

It compares word stems, and leaves out the abstracts of many publishers.
"""

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

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
from pipeline.harvest.web.client import Answer, Refusal, Request
from pipeline.harvest.web.query import Near, Phrase
from pipeline.harvest.web.source import Page, Part, WebSource
from pipeline.harvest.web.translate import Dialect, Exact, Translation

_FIELDS = "title,abstract,year,externalIds,venue,journal,authors,publicationTypes,url"


def _phrase(phrase: Phrase) -> Exact | None:
    return None if len(phrase.words) > 1 and phrase.truncated else Exact(str(phrase))


def _near(near: Near) -> Exact | None:
    """A phrase with slack: two words the other way round take two more."""
    if near.left.truncated or near.right.truncated:
        return None
    words = " ".join(near.left.words + near.right.words)
    slack = (
        near.between
        if near.ordered
        else near.between + len(near.left.words) + len(near.right.words)
    )
    return Exact(f'"{words}"~{slack}', wider=True)


class SemanticScholar(WebSource):
    """The bulk search, by token."""

    kind, name = "semanticscholar", "Semantic Scholar"
    address = "https://api.semanticscholar.org/graph/v1"
    interval, page_size, typical_seconds = 1.05, 1000, 5.0
    key, key_needed = "semantic_scholar", True
    key_from = "https://www.semanticscholar.org/product/api#api-key-form"
    dialect = Dialect(
        _phrase,
        _near,
        "has only loose proximity and no truncation in a phrase",
        " + ",
        " | ",
        " + -",
    )

    def translate(self) -> Translation:
        translation = super().translate()
        if self.question.native:
            return translation
        note = "Semantic Scholar compares word stems: each record is checked here"
        return Translation(translation.text, (note, *translation.notes), checked=True)

    def credential_headers(self) -> Mapping[str, str]:
        return {"x-api-key": self.keys.get("semantic_scholar")}

    def judge(self, answer: Answer) -> None:
        if answer.status in (401, 403):
            raise Refusal("does not accept the key", f"Get one (free) at {self.key_from}")

    def first(self, part: Part) -> Request:
        params = {"query": self.translation.text, "fields": _FIELDS, "sort": "paperId"}
        if self.question.years:
            params["year"] = f"{self.question.years[0]}-{self.question.years[1]}"
        return Request("/paper/search/bulk", params)

    def following(
        self, part: Part, request: Request, page: Page, first: Page, have: Set[str]
    ) -> Request | None:
        if not page.cursor:
            return None
        return replace(request, params={**request.params, "token": page.cursor})

    def read(self, request: Request, body: bytes) -> Page:
        content = json_of(body)
        records = identified(records_of(content, "data"), "paperId")
        return Page(count_of(content.get("total")), records, text(content.get("token")))

    def record(self, raw: Any) -> Entry:
        name = markup.title(raw.get("title"))
        number = identified([raw], "paperId")[0][0]
        return Entry(
            place=number,
            title=name,
            abstract=markup.abstract(raw.get("abstract")),
            year=year_of(raw.get("year")),
            venue=text(within(raw, "journal", "name")) or text(raw.get("venue")),
            authors=listed(text(a.get("name")) for a in dicts(raw.get("authors"))),
            doi=doi_of(within(raw, "externalIds", "DOI")),
            pmid=text(within(raw, "externalIds", "PubMed")),
            type="; ".join(texts(raw.get("publicationTypes"))),
            url=text(raw.get("url")),
            volume=text(within(raw, "journal", "volume")),
            pages=text(within(raw, "journal", "pages")),
        )
