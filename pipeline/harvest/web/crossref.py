"""Crossref: what publishers deposit. It ranks by words and knows no Boolean query.

So it is asked for whole journals (`issn`), or for words of its own (`native_query`), and every
record is compared here with the study's query. Its cursor is a scroll on the server, where a lost
answer is a lost page: instead, parts are split by the day a record was created until each has at
most 10,000, and are read by offset, which can be repeated at will. The mail
address that earns a faster pool goes into the User-Agent alone, and so into no address and no log.
"""

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

from pipeline.errors import RapportError
from pipeline.harvest.entries import Entry
from pipeline.harvest.web import markup
from pipeline.harvest.web.answers import (
    count_of,
    dicts,
    digest,
    doi_of,
    json_of,
    listed,
    records_of,
    text,
    texts,
    within,
)
from pipeline.harvest.web.client import Answer, Refusal, Request, Transient
from pipeline.harvest.web.source import Page, Part, WebSource, fewer, next_rows
from pipeline.harvest.web.translate import Dialect, Translation

_FIELDS = (
    "DOI,title,abstract,author,issued,published,created,container-title,type,subtype,publisher,"
    "language,subject,URL,volume,page,relation,updated-by"
)


class Crossref(WebSource):
    """Crossref's list of works, by offset within parts."""

    kind, name = "crossref", "Crossref"
    address = "https://api.crossref.org"
    interval, page_size, ceiling, dated, typical_seconds = 1.0, 500, 10_000, True, 5.0
    dialect = Dialect(lambda phrase: None, lambda near: None, "has no Boolean search")

    def translate(self) -> Translation:
        asked = [f"filter=issn:{issn}" for issn in self.question.issn]
        if self.question.native:
            asked.append(f"query.bibliographic={self.question.native}")
        if not asked:
            raise RapportError(
                "Crossref cannot be asked this query: it has no Boolean search",
                cure='Name journals, issn = ["1748-5908", ...], whose records are then compared '
                "with the query here; or give it words in native_query",
            )
        if self.question.node is None:
            return Translation(" ".join(asked))
        text = " ".join(asked)
        note = f"Crossref has no Boolean search: asked for {text}, each record is checked here"
        return Translation(text, (note,), checked=True)

    def learn(self, headers: Mapping[str, str]) -> float | None:
        limit = headers.get("x-rate-limit-limit", "")
        seconds = headers.get("x-rate-limit-interval", "").removesuffix("s")
        if limit.isdigit() and int(limit) and seconds.isdigit():
            return int(seconds) / int(limit)
        return None

    def limit_left(self, answer: Answer) -> str:
        limit, interval = (
            answer.headers.get(f"x-rate-limit-{name}") for name in ("limit", "interval")
        )
        return f"{limit} requests in {interval}" if limit and interval else ""

    def count(self, part: Part) -> Request:
        first = self.first(part)
        return replace(first, params={**first.params, "rows": "0"}, position=0)

    def first(self, part: Part) -> Request:
        filters = [f"issn:{issn}" for issn in self.question.issn]
        if self.question.years:
            filters += [
                f"from-pub-date:{self.question.years[0]}",
                f"until-pub-date:{self.question.years[1]}",
            ]
        if part.until:
            filters += [f"from-created-date:{part.since}", f"until-created-date:{part.until}"]
        params = {
            "select": _FIELDS,
            "sort": "created",
            "order": "asc",
            "rows": str(self.page_size),
            "offset": "0",
        }
        if filters:
            params["filter"] = ",".join(filters)
        if self.question.native:
            params["query.bibliographic"] = self.question.native
        return Request("/works", params, position=self.page_size)

    def following(
        self, part: Part, request: Request, page: Page, first: Page, have: Set[str]
    ) -> Request | None:
        return next_rows(request, page, first, "offset", "rows", self.page_size)

    def smaller(self, request: Request) -> Request | None:
        return fewer(request, "rows")

    def judge(self, answer: Answer) -> None:
        if answer.status == 403:
            raise Refusal(
                "has blocked this address",
                "Set RAPPORT_MAILTO to a real address and write to support@crossref.org",
            )

    def read(self, request: Request, body: bytes) -> Page:
        content = json_of(body)
        message = content.get("message")
        if content.get("status") != "ok" or not isinstance(message, dict):
            raise Transient("answered without a list of works")
        records = [
            (doi_of(raw.get("DOI")) or digest(raw), raw) for raw in records_of(message, "items")
        ]
        return Page(count_of(message.get("total-results")), records)

    def record(self, raw: Any) -> Entry:
        name = markup.title(next(iter(texts(raw.get("title"))), ""))
        kind = text(raw.get("subtype")) if raw.get("type") == "posted-content" else ""
        doi = doi_of(raw.get("DOI"))
        return Entry(
            place=doi or digest(raw),
            title=name,
            abstract=markup.abstract(raw.get("abstract")),
            year=_year(raw),
            venue=markup.title(next(iter(texts(raw.get("container-title"))), ""))
            or text(raw.get("publisher")),
            authors=listed(_author(a) for a in dicts(raw.get("author"))),
            keywords=listed(texts(raw.get("subject"))),
            doi=doi,
            language=text(raw.get("language")),
            type=kind or text(raw.get("type")),
            url=text(raw.get("URL")),
            volume=text(raw.get("volume")),
            pages=text(raw.get("page")),
            retracted=self.name if _retracted(raw) else "",
            versions=_versions(raw),
        )


def _year(raw: Mapping[str, Any]) -> int | None:
    for key in ("issued", "published", "created"):
        year = within(raw, key, "date-parts", 0, 0)
        if isinstance(year, int) and not isinstance(year, bool) and 1500 <= year <= 2100:
            return year
    return None


def _author(author: Mapping[str, Any]) -> str:
    family, given = text(author.get("family")), text(author.get("given"))
    return (f"{family}, {given}" if family and given else family) or text(author.get("name"))


def _retracted(raw: Mapping[str, Any]) -> bool:
    return any(
        "retract" in text(update.get("type")).lower() or text(update.get("type")) == "withdrawal"
        for update in dicts(raw.get("updated-by"))
    )


def _versions(raw: Mapping[str, Any]) -> str:
    related = raw.get("relation")
    return " ".join(
        doi
        for key in ("is-preprint-of", "has-preprint", "is-version-of", "has-version")
        for item in dicts(within(related, key))
        if (doi := doi_of(item.get("id")))
    )
