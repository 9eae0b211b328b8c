"""RIS, in the dialects of databases and reference managers.

`TY` opens an entry, whether or not the one before was closed, so that a missing `ER` loses
nothing; a tag outside an entry opens one too. What is out of order is told with its line.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.harvest.entries import Entry, Item, Note
from pipeline.harvest.formats.tagged import Fields, pages
from pipeline.harvest.reading import Text

_TAG = re.compile(r"\s*([A-Za-z][A-Za-z0-9])( {1,2})-(?:\s+(.*)|)\Z", re.S)
_KNOWN = frozenset(
    "TY A1 A2 A3 A4 A5 A6 AB AD AF AI AN AU AV BT C1 C2 C3 C4 C5 C6 C7 C8 CA CC CN CP CT CY DA DB"
    " DO DP ED EP ER ET FN ID IS J1 J2 JA JF JO K1 KW L1 L2 L3 L4 LA LB LK M1 M2 M3 M4 MH N1 N2 NO"
    " NV OP OT PA PB PD PG PM PN PP PT PY RI RN RP SE SI SN SO SP SR ST SV T1 T2 T3 T4 TA TI TT U1"
    " U2 U3 U4 U5 UR UT VL VO WP WT WV Y1 Y2".split()
)
_DOI = re.compile(r"(?:doi\.org/|\bdoi:?\s*|^\s*)(10\.\d{4,9}/[^\s&]+)", re.I)
_PMID = re.compile(r"(\d+)\s*\[pmid\]|\b(?:pmid|pubmed)\W{0,2}\s?(\d+)", re.I)


def entries(text: Text, options: Mapping[str, Any]) -> Iterator[Item]:
    """The entries of a RIS file, and a note for each tag that is missing."""
    entry: Fields | None = None
    for number, line in enumerate(text.lines(), 1):
        tag, value = _tag(line)
        if tag == "TY" or (tag and tag != "ER" and entry is None):
            if entry is not None:
                yield Note(text.place(entry.line), "the entry has no ER; the next TY ends it")
                yield _entry(text, entry)
            elif tag != "TY":
                yield Note(text.place(number), "the entry has no TY; its first tag begins it")
            entry = Fields(number)
        if tag == "ER" and not value:
            if entry is not None:
                yield _entry(text, entry)
            entry = None
        elif entry is not None and tag and tag != "ER":
            entry.add(tag, value)
        elif entry is not None:
            entry.go_on(line)
    if entry is not None:
        yield Note(
            text.place(entry.line), "the entry has no ER; the file may be cut short inside it"
        )
        yield _entry(text, entry)


def _tag(line: str) -> tuple[str, str]:
    """The tag and value of a line; no tag where it is none of RIS's."""
    found = _TAG.match(line) if "-" in line[:16] else None
    if not found:
        return "", ""
    tag = found[1].upper()
    if tag in _KNOWN or (found[2] == "  " and found[1].isupper()):
        return tag, (found[3] or "").strip()
    return "", ""


def _entry(text: Text, fields: Fields) -> Entry:
    return Entry(
        place=text.place(fields.line),
        title=fields.first("TI", "T1", "CT", "BT", "TT"),
        abstract=fields.joined("AB", "N2", by="\n"),
        year=fields.first("PY", "Y1", "DA"),
        venue=fields.first("T2", "JF", "JO", "JA", "J2", "J1", "BT", "SO", "PB"),
        authors=fields.joined("AU", "A1"),
        keywords=fields.joined("KW"),
        doi=fields.first("DO") or _found(_DOI, fields, "M3", "UR", "LK", "L3", "L2", "N1", "ID"),
        pmid=_pmid(fields),
        language=fields.first("LA"),
        type=fields.first("TY"),
        url=fields.first("UR", "LK", "L1", "L2").partition(" ")[0],
        source_id=fields.first("AN", "ID", "UT", "U2"),
        volume=fields.first("VL", "VO"),
        pages=pages(fields.first("SP", "PG"), fields.first("EP")),
    )


def _pmid(fields: Fields) -> str:
    number = fields.first("AN")
    if number.isdigit() and re.search("pubmed|medline|nlm", fields.all("DB", "DP"), re.I):
        return number
    if fields.first("C5").isdigit() and "embase" in fields.first("DB").casefold():
        return fields.first("C5")
    return fields.first("PM") or _found(_PMID, fields, "AN", "U1", "C3", "M1", "N1", "ID", "UR")


def _found(pattern: re.Pattern[str], fields: Fields, *tags: str) -> str:
    for tag in tags:
        if found := pattern.search(fields.all(tag)):
            return str(next(filter(None, found.groups())))
    return ""
