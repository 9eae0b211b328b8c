"""Web of Science plain text (`.txt`, `.ciw`): two-letter tags, continuation by three spaces."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.harvest.entries import Entry, Item, Note
from pipeline.harvest.formats.tagged import Fields, pages
from pipeline.harvest.reading import Text

_TAG = re.compile(r"([A-Z][A-Z0-9])(?: (.*)|)\Z", re.S)
_OF_THE_FILE = {"FN", "VR", "EF"}
_ONE_A_LINE = {"AU", "AF", "BA", "BF", "CA"}
_LONGEST_WRAPPED = 82


def entries(text: Text, options: Mapping[str, Any]) -> Iterator[Item]:
    """The entries of a Web of Science file, and a note for each `PT` or `ER` that is missing."""
    entry: Fields | None = None
    tag = ""
    for number, line in enumerate(text.lines(), 1):
        found = _TAG.match(line)
        if not found:
            if entry is not None and line.strip() and tag:
                if tag in _ONE_A_LINE:
                    entry.add(tag, line)
                else:
                    entry.go_on(line)
            continue
        tag, value = found[1], found[2] or ""
        if tag in _OF_THE_FILE:
            continue
        if tag == "ER":
            if entry is not None:
                yield _entry(text, entry)
            entry = None
            continue
        if tag == "PT" or entry is None:
            if entry is not None:
                yield Note(text.place(entry.line), "the entry has no ER; the next PT ends it")
                yield _entry(text, entry)
            elif tag != "PT":
                yield Note(text.place(number), "the entry has no PT; its first tag begins it")
            entry = Fields(number)
        entry.add(tag, value)
    if entry is not None:
        yield Note(
            text.place(entry.line), "the entry has no ER; the file may be cut short inside it"
        )
        yield _entry(text, entry)


def _entry(text: Text, fields: Fields) -> Entry:
    return Entry(
        place=text.place(fields.line),
        title=_unwrapped(fields.first("TI")),
        abstract=_unwrapped(fields.first("AB")),
        year=fields.first("PY", "EY", "EA"),
        venue=_unwrapped(fields.first("SO", "JI", "J9")),
        authors=fields.joined("AF", "AU", "BF", "BA", "CA"),
        keywords=_unwrapped(fields.all("DE", "ID")),
        doi=fields.first("DI", "D2"),
        pmid=fields.first("PM"),
        language=fields.first("LA"),
        type=_unwrapped(fields.first("DT", "PT")),
        source_id=fields.first("UT"),
        volume=fields.first("VL"),
        pages=pages(fields.first("BP", "AR"), fields.first("EP")),
    )


def _unwrapped(value: str) -> str:
    """A value whose lines were broken to fit a width as one line; else its lines as they are."""
    lines = value.split("\n")
    wrapped = max(map(len, lines)) <= _LONGEST_WRAPPED
    return " ".join(lines) if wrapped else value
