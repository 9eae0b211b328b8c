"""PubMed's E-utilities: first the identifiers of a part, then the records in batches.

A query gives at most 9,999 records, so parts are split by the day a record entered PubMed
(`edat`, which never changes). Errors come with status 200, as XML where JSON was asked or the
other way round, and an answer to too many requests repeats the key: bodies of errors are not shown.
"""

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Set
from typing import Any

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException
from pipeline.harvest.entries import Entry
from pipeline.harvest.formats import pubmed_xml
from pipeline.harvest.web.answers import count_of, json_of, text, within
from pipeline.harvest.web.client import Answer, Refusal, Request, Transient
from pipeline.harvest.web.query import Near, Phrase
from pipeline.harvest.web.source import Page, Part, WebSource
from pipeline.harvest.web.translate import Dialect, Exact

_FEWEST_LETTERS = 4
_SMALLEST_BATCH = 10
_SAYS = {
    "not found": ("errorlist", "phrasesnotfound"),
    "field not found": ("errorlist", "fieldsnotfound"),
    "ignored": ("warninglist", "phrasesignored"),
    "phrase not indexed, searched as words": ("warninglist", "quotedphrasesnotfound"),
}
"""What PubMed says of terms that it did not search for as they were written."""


def _phrase(phrase: Phrase) -> Exact | None:
    short = any(word.endswith("*") and len(word) <= _FEWEST_LETTERS for word in phrase.words)
    inside = any(word.endswith("*") for word in phrase.words[:-1])
    return None if short or inside else Exact(f"{phrase}[tiab]")


def _near(near: Near) -> Exact | None:
    if near.left.truncated or near.right.truncated:
        return None
    words = " ".join(near.left.words + near.right.words)
    single = len(near.left.words) == len(near.right.words) == 1
    return Exact(f'"{words}"[tiab:~{near.between}]', wider=near.ordered or not single)


class PubMed(WebSource):
    """ESearch for the identifiers of a part, then EFetch for their records."""

    kind, name = "pubmed", "PubMed"
    address = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
    interval, page_size, ceiling, dated, typical_seconds = 0.34, 200, 9_999, True, 3.0
    key, key_from = "ncbi", "https://account.ncbi.nlm.nih.gov/settings/"
    longest_query = None
    dialect = Dialect(
        _phrase,
        _near,
        "has proximity only for whole words in either order, "
        "and truncation only at the end of a phrase",
        without=" NOT ",
    )

    def credentials(self) -> Mapping[str, str]:
        given = {
            "tool": "rapport",
            "email": self.keys.get("mailto"),
            "api_key": self.keys.get("ncbi"),
        }
        return {name: value for name, value in given.items() if value}

    def learn(self, headers: Mapping[str, str]) -> float | None:
        limit = headers.get("X-RateLimit-Limit", "")
        return 1.05 / int(limit) if limit.isdigit() and int(limit) else None

    def count(self, part: Part) -> Request:
        return self._search(part, 0)

    def first(self, part: Part) -> Request:
        return self._search(part, self.ceiling)

    def _search(self, part: Part, most: int) -> Request:
        term = self.translation.text
        if self.question.years:
            term = f"({term}) AND {self.question.years[0]}:{self.question.years[1]}[dp]"
        params = {"db": "pubmed", "term": term, "retmode": "json", "retmax": str(most)}
        if part.until:
            params |= {
                "datetype": "edat",
                "mindate": f"{part.since:%Y/%m/%d}",
                "maxdate": f"{part.until:%Y/%m/%d}",
            }
        return Request("/esearch.fcgi", params, post=True)

    def following(
        self, part: Part, request: Request, page: Page, first: Page, have: Set[str]
    ) -> Request | None:
        position = request.position
        wanted: list[str] = []
        while position < len(first.pending) and len(wanted) < self.page_size:
            if first.pending[position] not in have:
                wanted.append(first.pending[position])
            position += 1
        return _batch(wanted, position) if wanted else None

    def smaller(self, request: Request) -> Request | None:
        wanted = request.params.get("id", "").split(",")
        half = len(wanted) // 2
        return (
            _batch(wanted[:half], request.position - (len(wanted) - half))
            if half >= _SMALLEST_BATCH
            else None
        )

    def requests_for(self, records: int) -> int:
        return super().requests_for(records) + -(-records // 9_999)

    def judge(self, answer: Answer) -> None:
        if answer.status == 400 and b"Timeout" in answer.body[:2000]:
            raise Transient("took too long over so many records", load=True)
        if answer.status == 400 and b"API key invalid" in answer.body[:2000]:
            raise Refusal("does not accept the key", f"Get one at {self.key_from}")

    def read(self, request: Request, body: bytes) -> Page:
        if request.path == "/esearch.fcgi":
            return _identifiers(body)
        wanted = set(request.params["id"].split(","))
        return Page(None, [(pmid, raw) for pmid, raw in _articles(body) if pmid in wanted])

    def record(self, raw: Any) -> Entry:
        return pubmed_xml.entry(raw)

    def limit_left(self, answer: Answer) -> str:
        left, limit = (answer.headers.get(f"X-RateLimit-{name}") for name in ("Remaining", "Limit"))
        return f"{left} of {limit} requests a second" if left and limit else ""


def _batch(wanted: list[str], position: int) -> Request:
    params = {"db": "pubmed", "rettype": "abstract", "retmode": "xml", "id": ",".join(wanted)}
    return Request("/efetch.fcgi", params, post=True, position=position)


def _identifiers(body: bytes) -> Page:
    content = json_of(body)
    result = content.get("esearchresult")
    if not isinstance(result, dict):
        raise Transient("answered without esearchresult")
    if "ERROR" in result:
        raise Transient("had an error in its search")
    listed = result.get("idlist")
    if not isinstance(listed, list):
        raise Transient("answered without idlist")
    said = tuple(
        f"{what}: {text(term)}"
        for what, where in _SAYS.items()
        for term in within(result, *where) or []
    )
    pending = list(dict.fromkeys(text(pmid) for pmid in listed if text(pmid)))
    return Page(count_of(result.get("count")), pending=pending, notes=said)


def _articles(body: bytes) -> list[tuple[str, ET.Element]]:
    try:
        root = defusedxml.ElementTree.fromstring(body)
    except (ET.ParseError, DefusedXmlException, ValueError):
        raise Transient("answered with something that is not whole XML") from None
    if root.tag != "PubmedArticleSet":
        raise Transient("answered with an error in place of records")
    found = []
    for article in root:
        pmid = article.findtext("MedlineCitation/PMID") or article.findtext("BookDocument/PMID")
        if pmid:
            found.append((pmid.strip(), article))
    return found
