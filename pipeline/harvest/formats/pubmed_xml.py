"""One record of PubMed in XML, as E-utilities and the yearly files give it."""

import xml.etree.ElementTree as ET

from pipeline.harvest.entries import Entry
from pipeline.harvest.web import markup
from pipeline.harvest.web.answers import digest, doi_of, listed, year_of


def entry(article: ET.Element) -> Entry:
    """An entry from a `PubmedArticle` or a `PubmedBookArticle`."""
    book = article.find("BookDocument")
    citation = book if book is not None else article.find("MedlineCitation")
    content = citation if book is not None else _first(article, "MedlineCitation/Article")
    if citation is None or content is None:
        return Entry(place=digest(ET.tostring(article, encoding="unicode")))
    pmid = _text(citation.find("PMID"))
    title = markup.title(
        _text(content.find("ArticleTitle")) or _text(_first(content, "Book/BookTitle"))
    )
    types = [_text(kind) for kind in _all(content, "PublicationTypeList/PublicationType")] or [
        _text(kind) for kind in content.findall("PublicationType")
    ]
    return Entry(
        place=pmid,
        title="" if title == "Not Available" else title,
        abstract=_abstract(content.find("Abstract")),
        year=_year(content),
        venue=_text(_first(content, "Journal/Title"))
        or _text(_first(content, "Book/Publisher/PublisherName")),
        authors=listed(_name(a) for a in _all(content, "AuthorList/Author")),
        keywords=listed(
            [_text(k) for k in _all(citation, "KeywordList/Keyword")]
            + [_text(d) for d in _all(citation, "MeshHeadingList/MeshHeading/DescriptorName")]
        ),
        doi=_doi(article, content),
        pmid=pmid,
        language=_text(content.find("Language")),
        type="; ".join(kind for kind in types if kind),
        url=f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/",
        volume=_text(_first(content, "Journal/JournalIssue/Volume")),
        pages=_text(_first(content, "Pagination/MedlinePgn")),
        retracted="PubMed" if "Retracted Publication" in types else "",
    )


def _text(element: ET.Element | None) -> str:
    """All text of an element, that of its inline children included."""
    if element is None:
        return ""
    text = "".join(element.itertext()) if len(element) else element.text or ""
    return " ".join(text.split())


def _all(element: ET.Element, path: str) -> list[ET.Element]:
    """The elements at a path: as `findall` finds them, at half its price."""
    found = [element]
    for tag in path.split("/"):
        found = [child for parent in found for child in parent.findall(tag)]
    return found


def _first(element: ET.Element, path: str) -> ET.Element | None:
    return next(iter(_all(element, path)), None)


def _abstract(element: ET.Element | None) -> str:
    if element is None:
        return ""
    sections = [
        (" ".join(section.get("Label", "").split()), _text(section))
        for section in element.findall("AbstractText")
    ]
    return markup.abstract(markup.labelled(sections))


def _year(content: ET.Element) -> int | None:
    for path in ("Journal/JournalIssue/PubDate/Year", "Journal/JournalIssue/PubDate/MedlineDate",
                 "ArticleDate/Year", "Book/PubDate/Year"):  # fmt: skip
        year = year_of(_text(_first(content, path)))
        if year:
            return year
    return None


def _name(author: ET.Element) -> str:
    last = _text(author.find("LastName"))
    given = _text(author.find("ForeName")) or _text(author.find("Initials"))
    return (f"{last}, {given}" if last and given else last) or _text(author.find("CollectiveName"))


def _doi(article: ET.Element, content: ET.Element) -> str:
    located = [
        e
        for e in content.findall("ELocationID")
        if e.get("EIdType") == "doi" and e.get("ValidYN") != "N"
    ]
    listed = [
        e
        for path in ("PubmedData/ArticleIdList/ArticleId", "PubmedBookData/ArticleIdList/ArticleId")
        for e in _all(article, path)
        if e.get("IdType") == "doi"
    ]
    return next((doi for e in located + listed if (doi := doi_of(_text(e)))), "")
