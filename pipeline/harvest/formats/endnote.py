"""EndNote XML, of EndNote itself and of reference managers that write it.

Each `<record>` is cut out of the text and parsed alone, so that a damaged one spoils no other.
"""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pipeline.errors import RapportError
from pipeline.harvest.entries import Broken, Entry, Item
from pipeline.harvest.formats.tagged import pages
from pipeline.harvest.reading import Text

_OPENING = re.compile(r"<record(?=[\s>])", re.I)
_EITHER = re.compile(r"</record\s*>|<record(?=[\s>])", re.I)
_LONGEST_TAG = 40
_ENTITY = re.compile(r"<!ENTITY|<!DOCTYPE[^>]*\[", re.I)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&(?:(#[0-9]{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]*);)?")
_OWN = {"amp", "lt", "gt", "quot", "apos"}


def entries(text: Text, options: Mapping[str, Any]) -> Iterator[Item]:
    """The entries of an EndNote XML file.

    Raises
    ------
    RapportError
        where the file declares entities, which can grow without end.
    """
    for number, (line, piece) in enumerate(_records(text), 1):
        place = f"{text.place(line)}, record {number}"
        try:
            yield _entry(place, fromstring(_ILLEGAL.sub("", _REFERENCE.sub(_as_xml, piece))))
        except ParseError as error:
            title = re.search(r"<title>(.*?)</title>", piece, re.S | re.I)
            reason = f"is not well-formed XML ({str(error).partition(':')[0]})"
            yield Broken(place, reason, re.sub(r"<[^>]*>", "", title[1]) if title else "")
        except DefusedXmlException:
            raise _refused(text) from None


def _records(text: Text) -> Iterator[tuple[int, str]]:
    """Each record's first line and its text; one that is not closed ends where the next begins."""
    waiting, line, looked = "", 1, 0
    inside = False
    for chunk in text.chunks():
        waiting += chunk
        while found := (_EITHER if inside else _OPENING).search(waiting, looked):
            end = found.end() if inside and found[0].startswith("</") else found.start()
            if inside:
                yield line, waiting[:end]
            elif _ENTITY.search(waiting, 0, end):
                raise _refused(text)
            line += waiting.count("\n", 0, end)
            waiting = waiting[end:]
            inside = not found[0].startswith("</")
            looked = 1 if inside else 0
        looked = max(looked, len(waiting) - _LONGEST_TAG)
    if inside:
        yield line, waiting
    elif _ENTITY.search(waiting):
        raise _refused(text)


def _refused(text: Text) -> RapportError:
    return RapportError(
        "declares entities, which can hide an endless text",
        where=text.path,
        cure="Export it again from the reference manager",
    )


def _as_xml(match: re.Match[str]) -> str:
    """A reference that XML understands: a bare `&` and HTML's names are written out."""
    name = match[1]
    if name is None:
        return "&amp;"
    if name in _OWN:
        return match[0]
    return html.escape(html.unescape(match[0]))


def _entry(place: str, record: Element) -> Entry:
    def first(*names: str) -> str:
        return next((value for name in names for value in every(name)), "")

    def every(name: str) -> list[str]:
        return [
            value for each in fields.get(name, ()) if (value := "".join(each.itertext()).strip())
        ]

    fields: dict[str, list[Element]] = {}
    for element in record.iter():
        fields.setdefault(element.tag.casefold().replace("_", "-"), []).append(element)
    kinds = fields.get("ref-type", [])
    authors = [
        "".join(each.itertext()).strip() for each in next(iter(fields.get("authors", [])), [])
    ]
    return Entry(
        place=place,
        title=first("title", "short-title"),
        abstract=first("abstract"),
        year=first("year", "date"),
        venue=first("full-title", "secondary-title", "abbr-1", "publisher"),
        authors="; ".join(authors),
        keywords="; ".join(every("keyword")),
        doi=first("electronic-resource-num", "doi"),
        pmid=first("accession-num") if "pubmed" in first("remote-database-name").casefold() else "",
        language=first("language"),
        type=kinds[0].get("name", "") if kinds else first("reference-type"),
        url=first("url"),
        source_id=first("accession-num", "rec-number"),
        volume=first("volume"),
        pages=pages(first("pages"), ""),
    )
