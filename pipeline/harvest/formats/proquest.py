"""ProQuest's text export: entries under a ruled line, fields as paragraphs `Name: value`."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.harvest.entries import Entry, Item
from pipeline.harvest.formats.tagged import Fields
from pipeline.harvest.reading import Text

_RULE = re.compile(r"_{20,}\s*\Z")
_COUNTER = re.compile(r"Document \d+ of \d+\s*\Z")
_FIELD = re.compile(r"([A-Z][A-Za-z/. \-()]{1,40}?):(?: (.*)|)\Z", re.S)
_NAMES = frozenset(
    name.casefold()
    for name in (
        "Abstract|Abstract (English)|Abstract (summary)|Accession number|Address"
        "|Alternate title|Author|Author affiliation|Author e-mail address"
        "|Author of reviewed work|Availability|Birth date|CODEN"
        "|Classification|Column|Company|Company / organization|Conference|Copyright"
        "|Corporate author|Correspondence author|Country of publication|DOI|Database"
        "|Degree|Department|Dissertation/thesis number|Document URL|Document feature|Document type"
        "|Document status|Edition|Editor|Education level|Entry month|First page|Full text|Funding"
        "|ISBN|ISSN|ISSN-L|Identifier / keyword|Illustrations|Issue|Journal section|Keywords"
        "|Language|Language of publication|Last updated|Links|Location|MeSH|Notes"
        "|Number of pages|Number of references|Original title|Pages|Peer reviewed|People"
        "|Place of publication|ProQuest document ID|Publication date|Publication frequency"
        "|Publication history|Publication info|Publication subject|Publication title"
        "|Publication title history"
        "|Publication type|Publication year|Publisher|Publisher e-mail|Related work|Review author"
        "|School|Section|Series|Source|Source attribution|Source type|Start page|Subfile|Subject"
        "|Subject area|Sub-heading|Summary language|Supplemental data|Target audience"
        "|Test and measure|Title|Translated title|URL|Update|Volume|Year|e-ISSN|Advisor"
    ).split("|")
)
_FOOT = re.compile(r"(?:Contact us at|Database copyright|Copyright ©|Terms and Conditions)", re.I)
_LONG = ("abstract", "full text", "heading", "title")
_DISCARDED = ("document url", "links", "url")


def entries(text: Text, options: Mapping[str, Any]) -> Iterator[Item]:
    """The entries of a ProQuest text export."""
    entry = Fields(0)
    after_blank = False
    for number, line in enumerate(text.lines(), 1):
        if _RULE.match(line):
            yield from _finished(text, entry)
            entry = Fields(number)
            after_blank = True
        elif not line.strip() or _COUNTER.match(line):
            after_blank = True
            continue
        elif field := _field(line, after_blank and _is_short(entry) and not _FOOT.match(line)):
            entry.add(*field)
        elif not entry.tags:
            entry.add("heading", line)
        elif not _FOOT.match(line):
            entry.go_on(line)
        after_blank = False
    yield from _finished(text, entry)


def _is_short(entry: Fields) -> bool:
    """Whether the last field of an entry is none that goes on after a blank line."""
    return bool(entry.tags - {"heading"}) and not entry.last.startswith(_LONG)


def _field(line: str, any_name: bool) -> tuple[str, str] | None:
    """The name and value of a field; in a long text only a known name begins one."""
    found = _FIELD.match(line)
    name = found[1].casefold() if found else ""
    return (name, found[2] or "") if found and (any_name or name in _NAMES) else None


def _finished(text: Text, fields: Fields) -> Iterator[Entry]:
    """The entry, if it is one and not what stands before the first or after the last."""
    if fields.tags <= {"heading"}:
        return
    yield Entry(
        place=text.place(fields.line),
        title=fields.first("title", "heading", "translated title", "original title"),
        abstract=fields.first("abstract", "abstract (english)", "abstract (summary)"),
        year=fields.first("publication year", "year", "publication date"),
        venue=fields.first("publication title", "source", "conference", "publisher", "school"),
        authors=re.sub(r"(?<=[^\W\d_])\d+(?=;|\Z)", "", fields.first("author")),
        keywords=fields.all("subject", "identifier / keyword", "keywords", "mesh"),
        doi=fields.first("doi"),
        language=fields.first("language of publication", "language"),
        type=fields.first("document type", "source type"),
        url=fields.first(*_DISCARDED).partition("\n")[0],
        source_id=fields.first("proquest document id", "accession number"),
        volume=fields.first("volume"),
        pages=fields.first("pages", "first page", "start page"),
    )
