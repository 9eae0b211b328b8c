"""Entries into rows: clean text, checked identifiers, and what two copies of a work share."""

import hashlib
import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from pipeline.harvest.entries import Entry
from pipeline.harvest.text import labels_apart, letters_and_digits, repair, visible
from pipeline.harvest.web import markup

_ABSTRACT_KEY = 240
"""Letters and digits of an abstract that are enough to know it by."""

_DOI = re.compile(r"10\.\d{4,9}/\S+")
_PMID = re.compile(r"(?:.*pubmed\D*|pmid\W*|medline\W*)?0*([1-9]\d{0,8})(?:\.0)?/?", re.I | re.S)
_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?=(?:[01]\d[0-3]\d)?(?:\D|$))")
_SPREADSHEET_DAY = re.compile(r"([2-6]\d{4})(?:\.\d+)?")
_LONGEST_NOTICE = 80
_NO_ABSTRACT = re.compile(
    r"\W*(?:(?:(?:no|none|abstract|summary|is|not|yet|un)\W*){0,5}(?:available|provided|supplied)"
    r"|no abstract|null|nan|none|not applicable)\W*",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Row:
    """A clean entry on its way to the records.

    Attributes
    ----------
    title_key : letters and digits of the title; empty where it has none.
    abstract_key : the first of those of the abstract.
    text_key : what the record is named by where it has neither DOI nor PMID.
    repaired : whether characters that a wrong encoding spoiled were put right.
    """

    place: str
    source_id: str
    document: str
    title: str
    abstract: str
    year: int | None
    venue: str
    authors: str
    keywords: str
    doi: str
    pmid: str
    language: str
    type: str
    url: str
    volume: str
    pages: str
    title_key: str
    abstract_key: str
    text_key: str
    repaired: bool
    withheld: str
    retracted: str
    versions: str
    unasked: str


def row(entry: Entry) -> Row | str:
    """An entry made clean, or the reason why it can be no record."""
    title, title_repaired = _plain(entry.title, markup.title)
    abstract, abstract_repaired = _plain(entry.abstract, markup.abstract)
    if len(abstract) < _LONGEST_NOTICE and _NO_ABSTRACT.fullmatch(abstract):
        abstract = ""
    if not entry.document:
        abstract = labels_apart(abstract)
    title_key = letters_and_digits(title)
    abstract_key = key_of_abstract(abstract)
    if not title_key and not abstract_key:
        return "has neither title nor abstract"
    year = year_of(entry.year)
    return Row(
        place=entry.place,
        source_id=one_line(entry.source_id) or entry.place,
        document=entry.document,
        title=title,
        abstract=abstract,
        year=year,
        venue=one_line(entry.venue),
        authors=_people(entry.authors),
        keywords=one_line(entry.keywords).strip("; "),
        doi=doi_of(entry.doi),
        pmid=pmid_of(entry.pmid),
        language=one_line(entry.language),
        type=one_line(entry.type),
        url=one_line(entry.url),
        volume=one_line(entry.volume),
        pages=one_line(entry.pages),
        title_key=title_key,
        abstract_key=abstract_key,
        text_key=(
            digest(entry.document, letters_and_digits(abstract))
            if entry.document
            else text_key(title_key, abstract, year)
        ),
        repaired=title_repaired or abstract_repaired,
        withheld=entry.withheld,
        retracted=entry.retracted,
        versions=" ".join(filter(None, map(doi_of, entry.versions.split()))),
        unasked=entry.unasked,
    )


def _plain(text: str, without_markup: Callable[[str], str]) -> tuple[str, bool]:
    """Text without markup and spoiled characters, and whether there were any spoiled ones."""
    if not text:
        return "", False
    repaired = repair(text)
    seen = repaired if markup.is_plain(repaired) else visible(repaired)
    return without_markup(seen), repaired != text


def key_of_abstract(abstract: str) -> str:
    """The first letters and digits of an abstract, as many as are enough to know it by."""
    for most in (2 * _ABSTRACT_KEY, 4 * _ABSTRACT_KEY):
        found = letters_and_digits(abstract[:most])
        if len(found) >= _ABSTRACT_KEY:
            break
    return found[:_ABSTRACT_KEY]


def text_key(title_key: str, abstract: str, year: int | None) -> str:
    """What a text is named by where it has no identifier: its title, or else itself, and year."""
    return digest((title_key or letters_and_digits(abstract)) + str(year or ""))


def named_by(doi: str | None, pmid: str | None, text: str) -> str:
    """What a record is named by: its DOI, else its PubMed identifier, else one from its text."""
    if doi:
        return f"doi:{doi}"
    return f"pmid:{pmid}" if pmid else f"text:{text}"


def digest(*parts: str) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of texts, one to a line."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def one_line(text: str) -> str:
    """A short field: visible characters, single spaces, entities and tags made plain."""
    if not text:
        return ""
    if text.isascii() and text.isprintable() and not ("&" in text or "<" in text or "  " in text):
        return text.strip()
    return markup.plain(visible(repair(text))).replace("\n", " ")


def _people(text: str) -> str:
    """Names with semicolons between, which some write as `A|B` or `Doe, A and Roe, B`."""
    names = one_line(text).strip("; ")
    if ";" in names:
        return names
    if "|" in names:
        return "; ".join(filter(None, map(str.strip, names.split("|"))))
    parts = names.split(" and ")
    return "; ".join(parts) if all("," in part for part in parts) else names


def doi_of(text: str) -> str:
    """The DOI in a text, in lower case and without address; empty where there is none."""
    if "10." not in text:
        return ""
    text = html.unescape(text) if "&" in text else text
    found = _DOI.search(unquote(text) if "%2f" in text.casefold() else text)
    if not found:
        return ""
    doi = visible(found[0]).rstrip(".,;:'\"<>}]")
    while doi.endswith(")") and doi.count(")") > doi.count("("):
        doi = doi[:-1].rstrip(".,;")
    return doi.casefold() if _DOI.fullmatch(doi) else ""


def pmid_of(text: str) -> str:
    """The PubMed identifier that a text is, or names; empty where it is none."""
    found = _PMID.fullmatch(text.strip()) if text else None
    return found[1] if found else ""


def year_of(value: str | int | None) -> int | None:
    """The year in a date: `1999/08//`, `20200330`, `Spring 1989`, or a spreadsheet's day number."""
    if not value:
        return None
    if isinstance(value, int) and 1500 <= value < 2100:
        return value
    text = str(value)
    found = _YEAR.search(text)
    if found:
        return int(found[1])
    day = _SPREADSHEET_DAY.fullmatch(text.strip())
    return 1900 + int(int(day[1]) / 365.25) if day else None
