"""How each source answers: one function a source, from what is asked to status, body, headers."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import escape

from invented import Invented

Answer = tuple[int, bytes, dict[str, str]]
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Asked:
    """One request: its path, its parameters, its headers, and what goes wrong with the answer."""

    path: str
    given: dict[str, str]
    headers: dict[str, str]
    fault: str = ""


def _json(content: Any, status: int = 200, **headers: str) -> Answer:
    return status, json.dumps(content, ensure_ascii=False).encode(), {**JSON, **headers}


def _cut(works: list[Invented], start: int, size: int, fault: str) -> tuple[list[Invented], int]:
    """A page of works and the count announced with it, with what goes wrong."""
    page, total = works[start : start + size], len(works)
    if fault == "record twice" and len(page) > 1:
        page = [*page[:-1], page[0]]
    if fault == "page twice" and start:
        page = works[max(0, start - size) : start]
    if fault == "short page":
        page, total = page[: len(page) // 2], len(page) // 2
    return page, total + {"count up": 3, "count down": -2 if total > 2 else 0}.get(fault, 0)


def _window(works: list[Invented], since: str, until: str) -> list[Invented]:
    first, last = (date.fromisoformat(day.replace("/", "-")) for day in (since, until))
    return [work for work in works if first <= work.added <= last]


# -- Europe PMC


def europepmc(replica: Any, asked: Asked) -> Answer:
    if asked.path not in ("search", "searchPOST"):
        return 404, b"", {}
    if asked.fault == "own error":
        return _json({"version": "6.9", "errCode": 500, "errMsg": "Something went wrong"})
    size = int(asked.given.get("pageSize", 25))
    if not 1 <= size <= 1000:
        return _json(
            {
                "errCode": 404,
                "errMsg": "Invalid page size provided. Valid size is between 1 and 1000",
            }
        )
    if not asked.given.get("query"):
        return _json({"errCode": 404, "errMsg": "No search criteria provided."})
    works = replica.works["europepmc"]
    window = re.search(r"FIRST_IDATE:\[(\S+) TO (\S+)\]", asked.given["query"])
    if window:
        works = _window(works, *window.groups())
    mark = asked.given.get("cursorMark", "*")
    start = 0 if mark == "*" else int(base64.b64decode(mark).decode().partition(":")[2])
    page, total = _cut(works, start, size, asked.fault)
    following = base64.b64encode(f"Ao:{start + len(page)}".encode()).decode() if page else mark
    if asked.fault == "cursor again":
        following = mark
    core = asked.given.get("resultType") == "core"
    return _json(
        {
            "version": "6.9",
            "hitCount": total,
            "nextCursorMark": following,
            "request": {"queryString": asked.given["query"], "cursorMark": "%2A", "synonym": False},
            "resultList": {"result": [_europepmc(work, core) for work in page]},
        }
    )


def _europepmc(work: Invented, core: bool) -> dict[str, Any]:
    record: dict[str, Any] = {
        "id": f"PPR{work.number}" if work.preprint else work.pmid,
        "source": "PPR" if work.preprint else "MED",
        "doi": work.doi,
        "title": f"&lt;i&gt;{work.title}&lt;/i&gt;.",
        "authorString": ", ".join(f"{family} {given[0]}" for family, given in work.authors) + ".",
        "pubYear": str(work.year),
        "firstPublicationDate": f"{work.year}-01-01",
        "citedByCount": 0,
    }
    if not work.preprint:
        record |= {"pmid": work.pmid, "pageInfo": work.pages}
        record["journalInfo"] = {"volume": work.volume, "journal": {"title": work.venue}}
    else:
        record["bookOrReportDetails"] = {"publisher": "PsyArXiv", "yearOfPublication": work.year}
    if core:
        kinds = ["Preprint"] if work.preprint else ["Journal Article"]
        record["pubTypeList"] = {"pubType": kinds + ["Retracted Publication"] * work.retracted}
        record["language"] = {"en": "eng", "de": "ger"}[work.language]
        record["keywordList"] = {"keyword": list(work.keywords)}
        record["authorList"] = {
            "author": [
                {"fullName": f"{f} {g[0]}", "firstName": g, "lastName": f} for f, g in work.authors
            ]
        }
        if work.abstract:
            record["abstractText"] = (
                f"<h4>Background</h4>{work.background}<h4>Methods</h4>{work.methods}"
            )
    return record


# -- PubMed


def pubmed(replica: Any, asked: Asked) -> Answer:
    if replica.key.get("pubmed", asked.given.get("api_key", "")) != asked.given.get("api_key", ""):
        return _json(
            {"error": "API key invalid", "api-key": asked.given.get("api_key", ""), "count": "4"},
            400,
        )
    limits = {
        "X-RateLimit-Limit": "10" if "api_key" in asked.given else "3",
        "X-RateLimit-Remaining": "2",
    }
    if asked.path == "esearch.fcgi":
        return _esearch(replica, asked, limits)
    if asked.path == "efetch.fcgi":
        return _efetch(replica, asked, limits)
    return 404, b"", {}


def _esearch(replica: Any, asked: Asked, limits: dict[str, str]) -> Answer:
    if asked.fault == "own error":
        return 200, b'{"esearchresult":{"ERROR":"Search Backend failed: Exception:\n\'oh\'"}}', JSON
    works = replica.works["pubmed"]
    if "mindate" in asked.given:
        works = _window(works, asked.given["mindate"], asked.given["maxdate"])
    ceiling = replica.page_ceiling["pubmed"]
    most = min(int(asked.given.get("retmax", 20)), ceiling)
    page, total = _cut(works, 0, most, asked.fault)
    warnings = {"outputmessages": ["Restrictions achieved."]} if len(works) > ceiling else {}
    result = {
        "count": str(total),
        "retmax": str(len(page)),
        "retstart": "0",
        "idlist": [work.pmid for work in page],
        "querytranslation": asked.given["term"],
        "errorlist": {"phrasesnotfound": [], "fieldsnotfound": []},
        "warninglist": {"phrasesignored": [], "quotedphrasesnotfound": [], **warnings},
    }
    return _json({"header": {"type": "esearch"}, "esearchresult": result}, **limits)


def _efetch(replica: Any, asked: Asked, limits: dict[str, str]) -> Answer:
    if asked.fault == "own error":
        return 200, b"<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>", {}
    wanted = asked.given["id"].split(",")
    if len(wanted) > 500:
        return 400, b"<ERROR>Empty Response. Bytes read: 0 Status: Timeout</ERROR>", {}
    known = {work.pmid: work for work in replica.works["pubmed"]}
    works = [known[pmid] for pmid in wanted if pmid in known]
    page, _ = _cut(works, 0, len(works), asked.fault)
    body = "".join(_article(work) for work in page)
    xml = f'<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle//EN" "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n<PubmedArticleSet>{body}</PubmedArticleSet>'
    return 200, xml.encode(), {"Content-Type": "text/xml; charset=UTF-8", **limits}


def _article(work: Invented) -> str:
    abstract = (
        f'<Abstract><AbstractText Label="Background" NlmCategory="BACKGROUND">{escape(work.background)}</AbstractText>'
        f'<AbstractText Label="Methods"><i>{escape(work.methods[:7])}</i>{escape(work.methods[7:])}</AbstractText>'
        "<CopyrightInformation>© Nobody.</CopyrightInformation></Abstract>"
    )
    authors = "".join(
        f"<Author><LastName>{f}</LastName><ForeName>{g}</ForeName></Author>"
        for f, g in work.authors
    )
    kinds = ["Journal Article"] + ["Retracted Publication"] * work.retracted
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="1">{work.pmid}</PMID><Article><Journal>'
        f"<JournalIssue><Volume>{work.volume}</Volume><PubDate><MedlineDate>{work.year} Mar-Apr</MedlineDate></PubDate></JournalIssue>"
        f"<Title>{work.venue}</Title></Journal><ArticleTitle>{escape(work.title)}.</ArticleTitle>"
        f"<Pagination><MedlinePgn>{work.pages}</MedlinePgn></Pagination>"
        f'<ELocationID EIdType="doi" ValidYN="Y">{work.doi}</ELocationID>{abstract if work.abstract else ""}'
        f"<AuthorList>{authors}</AuthorList><Language>{ {'en': 'eng', 'de': 'ger'}[work.language] }</Language>"
        f"<PublicationTypeList>{''.join(f'<PublicationType>{k}</PublicationType>' for k in kinds)}</PublicationTypeList></Article>"
        f"<KeywordList>{''.join(f'<Keyword>{k}</Keyword>' for k in work.keywords)}</KeywordList></MedlineCitation>"
        f'<PubmedData><ReferenceList><Reference><ArticleIdList><ArticleId IdType="doi">10.9999/other</ArticleId></ArticleIdList></Reference></ReferenceList></PubmedData></PubmedArticle>'
    )


# -- Crossref


def crossref(replica: Any, asked: Asked) -> Answer:
    pool = (
        "polite-array"
        if "mailto" in asked.given or "mailto" in asked.headers.get("User-Agent", "")
        else "public-array"
    )
    limits = {"x-api-pool": pool, "x-rate-limit-limit": "3" if pool[0] == "p" and pool[1] == "o" else "1",
              "x-rate-limit-interval": "1s", "x-concurrency-limit": "1"}  # fmt: skip
    if asked.path != "works":
        return 404, b"Resource not found.", JSON
    if asked.fault == "own error":
        return _json({"status": "failed", "message-type": "exception"})
    rows, offset = int(asked.given.get("rows", 20)), int(asked.given.get("offset", 0))
    if rows > 1000 or offset > 10_000:
        failure = {
            "type": "integer-not-valid",
            "value": str(rows),
            "message": "Integer specified as things but must be a positive integer less than or equal to 1000. ",
        }
        return _json(
            {"status": "failed", "message-type": "validation-failure", "message": [failure]}, 400
        )
    works = sorted(replica.works["crossref"], key=lambda work: (work.added, work.number))
    filters = dict(f.split(":", 1) for f in asked.given.get("filter", "").split(",") if f)
    if "from-created-date" in filters:
        works = _window(works, filters["from-created-date"], filters["until-created-date"])
    page, total = _cut(works, offset, rows, asked.fault)
    message = {
        "facets": {},
        "total-results": total,
        "items-per-page": rows,
        "items": [_crossref(work) for work in page],
    }
    return _json({"status": "ok", "message-type": "work-list", "message": message}, **limits)


def _crossref(work: Invented) -> dict[str, Any]:
    record: dict[str, Any] = {
        "DOI": work.doi.upper(),
        "title": [work.title],
        "container-title": [] if work.preprint else [work.venue],
        "type": "posted-content" if work.preprint else "journal-article",
        "publisher": "Nobody Press",
        "issued": {"date-parts": [[work.year, 3]]},
        "created": {"date-parts": [[work.added.year, work.added.month, work.added.day]]},
        "author": [{"given": g, "family": f, "sequence": "first"} for f, g in work.authors],
        "language": work.language,
        "subject": list(work.keywords),
        "URL": f"https://doi.org/{work.doi}",
        "volume": work.volume,
        "page": work.pages,
    }
    if work.preprint:
        record["subtype"] = "preprint"
    if work.abstract:
        record["abstract"] = (
            "<jats:title>Abstract</jats:title>\n               <jats:sec><jats:title>Background</jats:title>"
            f"<jats:p>{escape(work.background).replace('&lt;', '&amp;lt;')}</jats:p></jats:sec>"
            f"<jats:sec>\n   <jats:title>Methods</jats:title>\n <jats:p>{escape(work.methods)}</jats:p></jats:sec>"
        )
    if work.retracted:
        record["updated-by"] = [
            {"DOI": "10.9999/notice", "type": "retraction", "label": "Retraction"}
        ]
    if work.article_doi:
        record["relation"] = {
            "is-preprint-of": [{"id-type": "doi", "id": work.article_doi, "asserted-by": "subject"}]
        }
    return record


# -- OpenAlex


def openalex(replica: Any, asked: Asked) -> Answer:
    key = asked.headers.get("Authorization", "").removeprefix("Bearer ")
    if key and key != replica.key.get("openalex", key):
        return _json(
            {"error": "Invalid or missing API key", "message": "Invalid or missing API key"}, 401
        )
    day = "1" if key else "0.1"
    limits = {
        "X-RateLimit-Limit-USD": day,
        "X-RateLimit-Remaining-USD": "0.05",
        "X-RateLimit-Cost-USD": "0.001",
    }
    if asked.path != "works":
        return 404, b"<html>404</html>", {}
    known = {"select", "per_page", "cursor", "sort", "filter", "search.title_and_abstract.exact"}
    if set(asked.given) - known:
        return _json(
            {"error": "Invalid query parameters error.", "message": f"{set(asked.given) - known}"},
            400,
        )
    if asked.fault == "own error":
        return _json({"error": "Gateway timeout", "message": "…", "reason": "query_timeout"}, 504)
    works = replica.works["openalex"]
    size = int(asked.given.get("per_page", 25))
    mark = asked.given.get("cursor", "*")
    start = 0 if mark == "*" else int(base64.b64decode(mark).decode().partition(":")[2])
    page, total = _cut(works, start, size, asked.fault)
    ended = len(page) < size
    following = None if ended else base64.b64encode(f"Il:{start + size}".encode()).decode()
    if asked.fault == "cursor again" and not ended:
        following = mark
    meta = {
        "count": total,
        "page": None,
        "per_page": size,
        "next_cursor": following,
        "cost_usd": 0.001,
    }
    return _json(
        {"meta": meta, "results": [_openalex(work) for work in page], "group_by": []}, **limits
    )


def _openalex(work: Invented) -> dict[str, Any]:
    index: dict[str, list[int]] = {}
    text = f"{work.background} {work.methods}"
    for place, word in enumerate(text.split()):
        index.setdefault(word, []).append(place)
    return {
        "id": f"https://openalex.org/W{9_000_000_000 + work.number}",
        "doi": f"https://doi.org/{work.doi}",
        "title": work.title,
        "publication_year": work.year,
        "publication_date": f"{work.year}-03-04",
        "ids": {"pmid": f"https://pubmed.ncbi.nlm.nih.gov/{work.pmid}"},
        "language": work.language,
        "type": "preprint" if work.preprint else "article",
        "is_retracted": work.retracted,
        "primary_location": {"source": {"display_name": work.venue}} if not work.preprint else None,
        "authorships": [
            {"author": {"display_name": f"{g} {f}"}, "raw_author_name": f} for f, g in work.authors
        ],
        "keywords": [{"display_name": k, "score": 0.5} for k in work.keywords],
        "abstract_inverted_index": index if work.abstract else None,
        "biblio": {
            "volume": work.volume,
            "first_page": work.pages.split("-")[0],
            "last_page": work.pages.split("-")[1],
        },
    }


# -- ERIC


def eric(replica: Any, asked: Asked) -> Answer:
    if asked.path != "eric/":
        return 404, b"", {}
    if asked.fault == "own error":
        return _json({"error": {"msg": "maxClauseCount", "code": 500}})
    works = replica.works["eric"]
    start, rows = int(asked.given.get("start", 0)), int(asked.given.get("rows", 20))
    page, total = _cut(works, start, min(rows, 2000), asked.fault)
    docs = [_eric(work) for work in page]
    return _json(
        {"response": {"numFound": total, "start": start, "numFoundExact": True, "docs": docs}}
    )


def _eric(work: Invented) -> dict[str, Any]:
    record: dict[str, Any] = {
        "id": f"EJ{1_000_000 + work.number}",
        "title": work.title,
        "author": [f"{family}, {given}" for family, given in work.authors],
        "publicationdateyear": work.year if work.number % 2 else str(work.year),
        "source": work.venue,
        "subject": list(work.keywords),
        "publicationtype": ["Journal Articles", "Reports - Research"],
        "url": f"http://dx.doi.org/{work.doi}",
        "language": [{"en": "English", "de": "German"}[work.language]],
    }
    if work.abstract:
        record["description"] = f"{work.background} {work.methods}"
    return record


# -- DOAJ


def doaj(replica: Any, asked: Asked) -> Answer:
    path = asked.path
    if not path.startswith("api/search/articles/"):
        return 403, b"<html>403</html>", {}
    query = unquote(path.removeprefix("api/search/articles/"))
    if "*" in query or "~" in query or "?" in query:
        return _json(
            {"status": "bad_request", "error": "Query contains disallowed Lucene features"}, 400
        )
    if asked.fault == "own error":
        return _json({"status": "error", "error": "An unknown error occurred"})
    works = sorted(replica.works["doaj"], key=lambda work: (work.added, work.number))
    window = re.search(r"created_date:\[(\S+) TO (\S+)\]", query)
    if window:
        works = _window(works, *window.groups())
    number, size = int(asked.given.get("page", 1)), int(asked.given.get("pageSize", 10))
    if number * size > replica.page_ceiling["doaj"]:
        return _json(
            {"status": "bad_request", "error": "You cannot access results beyond 1000"}, 400
        )
    page, total = _cut(works, (number - 1) * size, size, asked.fault)
    return _json(
        {
            "total": total,
            "page": number,
            "pageSize": size,
            "query": query,
            "results": [_doaj(work) for work in page],
        }
    )


def _doaj(work: Invented) -> dict[str, Any]:
    start, end = work.pages.split("-")
    bibjson: dict[str, Any] = {
        "title": work.title,
        "year": str(work.year),
        "journal": {
            "title": work.venue,
            "language": [work.language.upper()],
            "volume": work.volume,
        },
        "identifier": [{"type": "eissn", "id": "0000-0000"}, {"type": "doi", "id": work.doi}],
        "author": [{"name": f"{given} {family}"} for family, given in work.authors],
        "keywords": list(work.keywords),
        "start_page": start,
        "end_page": end,
    }
    if work.abstract:
        bibjson["abstract"] = f"<p>{escape(work.background)} {escape(work.methods)}</p>"
    return {
        "id": f"{work.number:032x}",
        "created_date": f"{work.added}T10:00:00Z",
        "bibjson": bibjson,
    }


# -- Semantic Scholar


def semanticscholar(replica: Any, asked: Asked) -> Answer:
    if asked.path != "paper/search/bulk":
        return 404, b"", {}
    if asked.headers.get("x-api-key", "") != replica.key.get(
        "semanticscholar", asked.headers.get("x-api-key", "")
    ):
        return _json({"message": "Forbidden"}, 403)
    if asked.fault == "own error":
        return _json({"message": "Internal Server Error", "code": "500"})
    works = replica.works["semanticscholar"]
    size = replica.page_ceiling.get("semanticscholar", 1000)
    mark = asked.given.get("token", "")
    start = int(base64.b64decode(mark).decode()) if mark else 0
    page, total = _cut(works, start, size, asked.fault)
    following = (
        base64.b64encode(str(start + size).encode()).decode() if start + size < len(works) else None
    )
    if asked.fault == "cursor again" and mark and following:
        following = mark
    if asked.fault == "short page":
        following = None
    return _json({"total": total, "token": following, "data": [_scholar(work) for work in page]})


def _scholar(work: Invented) -> dict[str, Any]:
    return {
        "paperId": f"{work.number:040x}",
        "externalIds": {"DOI": work.doi, "PubMed": work.pmid},
        "url": f"https://www.semanticscholar.org/paper/{work.number:040x}",
        "title": work.title,
        "abstract": f"{work.background} {work.methods}" if work.abstract else None,
        "year": work.year,
        "venue": work.venue,
        "journal": {"name": work.venue, "volume": work.volume, "pages": f"\n {work.pages}\n "},
        "authors": [
            {"authorId": "1", "name": f"{given} {family}"} for family, given in work.authors
        ],
        "publicationTypes": ["JournalArticle"],
    }


SOURCES: dict[str, Callable[[Any, Asked], Answer]] = {
    "europepmc": europepmc,
    "pubmed": pubmed,
    "crossref": crossref,
    "openalex": openalex,
    "eric": eric,
    "doaj": doaj,
    "semanticscholar": semanticscholar,
}
