"""PubMed's MEDLINE format (`.nbib`): a tag in four columns, a dash, continuation by six spaces."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.harvest.entries import Entry, Item, Note
from pipeline.harvest.formats.tagged import Fields
from pipeline.harvest.reading import Text

_TAG = re.compile(r"([A-Z][A-Z0-9]{1,3}) *-(?: (.*)|)\Z", re.S)
_TAG_COLUMNS = 4


def entries(text: Text, options: Mapping[str, Any]) -> Iterator[Item]:
    """The entries of a MEDLINE file; `PMID-` begins one, with or without a blank line before.

    Entries that have none, as those of ERIC, begin after a blank line with the tag that the first
    of them begins with.
    """
    entry: Fields | None = None
    begins_with = {"PMID"}
    after_blank = True
    for number, line in enumerate(text.lines(), 1):
        tag, value = _tag(line)
        if tag == "PMID" or (tag and entry is None) or (tag in begins_with and after_blank):
            if entry is not None:
                yield _entry(text, entry)
            if tag not in begins_with:
                yield Note(text.place(number), "the entry has no PMID; its first tag begins it")
                begins_with.add(tag)
            entry = Fields(number, by=" ")
        after_blank = not line.strip()
        if entry is not None and tag:
            entry.add(tag, value)
        elif entry is not None and line.strip():
            entry.go_on(line)
    if entry is not None:
        yield _entry(text, entry)


def _tag(line: str) -> tuple[str, str]:
    found = _TAG.match(line) if line[_TAG_COLUMNS : _TAG_COLUMNS + 1] == "-" else None
    return (found[1], found[2] or "") if found else ("", "")


def _entry(text: Text, fields: Fields) -> Entry:
    return Entry(
        place=text.place(fields.line),
        title=fields.first("TI", "BTI", "CTI", "TT"),
        abstract=fields.joined("AB", "OAB", by=" "),
        year=fields.first("DP", "DEP", "EDAT"),
        venue=fields.first("JT", "TA", "BTI"),
        authors=fields.joined("FAU", "AU", "CN"),
        keywords=fields.all("OT", "MH"),
        doi=_doi(fields),
        pmid=fields.first("PMID"),
        language=fields.all("LA"),
        type=fields.all("PT"),
        source_id=fields.first("PMID"),
        volume=fields.first("VI"),
        pages=fields.first("PG"),
    )


def _doi(fields: Fields) -> str:
    for value in (*fields.values("LID"), *fields.values("AID")):
        if value.endswith("[doi]"):
            return value.removesuffix("[doi]")
    found = re.search(r"doi: (\S+)", fields.first("SO"))
    return found[1] if found else ""
