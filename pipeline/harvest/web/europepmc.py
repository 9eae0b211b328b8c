"""Europe PMC: all of MEDLINE, preprints and agriculture; needs no key.

The end of a walk is an empty list or a cursor that comes back unchanged. A walk can repeat one
record and miss another though the count is right, so that `fetch` compares identifiers. Errors
arrive with status 200.
"""

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

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
    year_of,
)
from pipeline.harvest.web.client import Refusal, Request, Transient
from pipeline.harvest.web.query import Near, Phrase
from pipeline.harvest.web.source import Page, Part, WebSource, fewer
from pipeline.harvest.web.translate import Dialect, Exact


def _phrase(phrase: Phrase) -> Exact | None:
    if len(phrase.words) > 1 and phrase.truncated:
        return None
    return Exact(f"TITLE_ABS:{phrase}")


def _near(near: Near) -> None:
    return None


class EuropePMC(WebSource):
    """Europe PMC's search, by cursor."""

    kind, name = "europepmc", "Europe PMC"
    address = "https://www.ebi.ac.uk/europepmc/webservices/rest"
    interval, page_size, ceiling, dated, typical_seconds = 0.25, 1000, 10_000, True, 6.0
    longest_query = None
    dialect = Dialect(_phrase, _near, "has no proximity and no truncation in a phrase")

    def credentials(self) -> Mapping[str, str]:
        mailto = self.keys.get("mailto")
        return {"email": mailto} if mailto else {}

    def count(self, part: Part) -> Request:
        return replace(self.first(part), params={**self.first(part).params, "pageSize": "1"})

    def first(self, part: Part) -> Request:
        asked = [self.translation.text]
        if self.question.years:
            asked.append(f"PUB_YEAR:[{self.question.years[0]} TO {self.question.years[1]}]")
        if part.until:
            asked.append(f"FIRST_IDATE:[{part.since} TO {part.until}]")
        query = " AND ".join(f"({each})" for each in asked)
        params = {
            "query": query,
            "format": "json",
            "resultType": "core",
            "synonym": "false",
            "pageSize": str(self.page_size),
            "cursorMark": "*",
        }
        return Request("/searchPOST", params, post=True)

    def following(
        self, part: Part, request: Request, page: Page, first: Page, have: Set[str]
    ) -> Request | None:
        if not page.records or page.cursor in ("", request.params["cursorMark"]):
            return None
        return replace(request, params={**request.params, "cursorMark": page.cursor})

    def smaller(self, request: Request) -> Request | None:
        return fewer(request, "pageSize")

    def read(self, request: Request, body: bytes) -> Page:
        content = json_of(body)
        if "errCode" in content or "errMsg" in content:
            reason = text(content.get("errMsg")) or "an error"
            if str(content.get("errCode")) in ("400", "404"):
                raise Refusal(
                    f"does not understand the request: {reason[:300]}",
                    "Check the query",
                    misunderstood=True,
                )
            raise Transient(f"answered: {reason[:300]}")
        total = count_of(content.get("hitCount"))
        results = content.get("resultList")
        if not isinstance(results, dict):
            raise Transient("answered without resultList")
        records = [(_identifier(raw), raw) for raw in records_of(results, "result")]
        return Page(total, records, text(content.get("nextCursorMark")))

    def record(self, raw: Any) -> Entry:
        title = markup.title(raw.get("title"))
        types = texts(within(raw, "pubTypeList", "pubType"))
        preprint = raw.get("source") == "PPR"
        return Entry(
            place=_identifier(raw),
            title=title,
            abstract=markup.abstract(raw.get("abstractText")),
            year=year_of(raw.get("pubYear")) or year_of(raw.get("firstPublicationDate")),
            venue=text(within(raw, "journalInfo", "journal", "title"))
            or text(within(raw, "bookOrReportDetails", "publisher")),
            authors=listed(_authors(raw)),
            keywords=listed(_keywords(raw)),
            doi=doi_of(raw.get("doi")),
            pmid=text(raw.get("pmid")),
            language=text(raw.get("language")),
            type="; ".join(types) or ("Preprint" if preprint else ""),
            url=f"https://europepmc.org/article/{text(raw.get('source'))}/{text(raw.get('id'))}",
            volume=text(within(raw, "journalInfo", "volume")),
            pages=text(raw.get("pageInfo")),
            retracted=self.name if "Retracted Publication" in types else "",
        )


def _identifier(raw: Mapping[str, Any]) -> str:
    source, number = text(raw.get("source")), text(raw.get("id"))
    return f"{source}:{number}" if source and number else digest(raw)


def _authors(raw: Mapping[str, Any]) -> tuple[str, ...]:
    names = []
    for author in dicts(within(raw, "authorList", "author")):
        last, given = (
            text(author.get("lastName")),
            text(author.get("firstName")) or text(author.get("initials")),
        )
        names.append(
            (f"{last}, {given}" if last and given else last)
            or text(author.get("fullName"))
            or text(author.get("collectiveName"))
        )
    listed = text(raw.get("authorString")).rstrip(".").split(", ")
    return tuple(name for name in (names or listed) if name)


def _keywords(raw: Mapping[str, Any]) -> tuple[str, ...]:
    subjects = dicts(within(raw, "meshHeadingList", "meshHeading"))
    return (
        *texts(within(raw, "keywordList", "keyword")),
        *(name for subject in subjects if (name := text(subject.get("descriptorName")))),
    )
