"""BibTeX and BibLaTeX, an entry at a time, so that a damaged entry spoils no other."""

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bibtexparser.entrypoint import parse_string
from bibtexparser.exceptions import ParsingException
from bibtexparser.model import (
    DuplicateBlockKeyBlock,
    DuplicateFieldKeyBlock,
    ParsingFailedBlock,
)
from bibtexparser.model import Entry as Block
from pipeline.harvest.entries import Broken, Entry, Item, Note
from pipeline.harvest.formats import latex
from pipeline.harvest.reading import Text

_BEGINNING = re.compile(r"\s*@\s*([A-Za-z]+)\s*[{(]")
_NO_ENTRIES = {"comment", "preamble", "string"}
_SWALLOWED = re.compile(r"[}\"]\s+([A-Za-z][\w-]*)\s*=\s*[{\"]")
_BARE = re.compile(r"=\s*[A-Za-z][\w-]*\s*[,#}\n]|#")
_ADDRESSES = {"doi", "url"}
_ESCAPED = re.compile(r"\\(.)")
_WITHOUT_KEY = re.compile(r"\A(\s*@\s*[A-Za-z]+\s*[{(])\s*(?=,|[A-Za-z][\w-]*\s*=)")
_NO_KEY = "no-key"
_PMID = re.compile(r"\bPMID:\s*(\d+)")
_TITLE = re.compile(r"\btitle\s*=\s*[{\"]+(.*)", re.I)

logging.getLogger("bibtexparser").setLevel(logging.ERROR)


def entries(text: Text, options: Mapping[str, Any]) -> Iterator[Item]:
    """The entries of a BibTeX file; what cannot be parsed is told with its line."""
    strings = ""
    for number, kind, block in _blocks(text):
        if kind == "string":
            strings += block
        if kind in _NO_ENTRIES:
            continue
        yield from _read(text.place(number), strings if _BARE.search(block) else "", block)


def _blocks(text: Text) -> Iterator[tuple[int, str, str]]:
    """Each block's first line, kind and text: from a line that begins with `@` to the next."""
    first, kind, lines = 0, "", list[str]()
    for number, line in enumerate(text.lines(), 1):
        found = _BEGINNING.match(line) if "@" in line else None
        if found:
            if kind:
                yield first, kind, "\n".join(lines)
            first, kind, lines = number, found[1].casefold(), []
        lines.append(line)
    if kind:
        yield first, kind, "\n".join(lines) + "\n"


def _read(place: str, strings: str, block: str) -> Iterator[Item]:
    # EndNote leaves the key out where a record has no label.
    block = _WITHOUT_KEY.sub(lambda match: f"{match[1]}{_NO_KEY}{_comma(match)}", block)
    try:
        library = parse_string(strings + block)
    except ParsingException as error:
        yield _broken(place, f"is not BibTeX: {error}", block)
        return
    for entry in library.entries:
        yield _entry(place, entry)
    for failed in library.failed_blocks:
        saved = (
            failed.ignore_error_block
            if isinstance(failed, DuplicateFieldKeyBlock | DuplicateBlockKeyBlock)
            else None
        )
        if isinstance(failed, DuplicateFieldKeyBlock):
            names = ", ".join(sorted(failed.duplicate_keys))
            yield Note(place, f"the entry has a field twice, of which the first counts: {names}")
        if isinstance(saved, Block):
            yield _entry(place, saved)
        else:
            yield _broken(place, _reason(failed), block)
    if not library.entries and not library.failed_blocks:
        yield _broken(place, "is not BibTeX", block)


def _comma(match: re.Match[str]) -> str:
    return "" if match.string[match.end() :].startswith(",") else ","


def _broken(place: str, reason: str, block: str) -> Broken:
    title = _TITLE.search(block)
    return Broken(place, reason, latex.plain(title[1]).strip(" ,")[:200] if title else "")


def _reason(failed: ParsingFailedBlock) -> str:
    reason = str(getattr(failed.error, "abort_reason", failed.error)).rstrip(".")
    if "end of file" in reason:
        return "is not whole: a brace or quote is never closed"
    return f"is not BibTeX: {reason}"


def _entry(place: str, block: Block) -> Entry:
    fields: dict[str, str] = {}
    for field in block.fields:
        for name, value in _split(field.key, str(field.value)):
            name = name.casefold().replace("_", "-")
            text = _ESCAPED.sub(r"\1", value) if name in _ADDRESSES else latex.plain(value)
            fields.setdefault(name, text.strip())

    def first(*names: str) -> str:
        return next((fields[name] for name in names if fields.get(name)), "")

    title, subtitle = first("title"), first("subtitle")
    return Entry(
        place=place,
        title=f"{title}: {subtitle}" if title and subtitle else title,
        abstract=first("abstract"),
        year=first("year", "date"),
        venue=first("journal", "journaltitle", "booktitle", "series", "publisher", "school"),
        authors="; ".join(re.split(r"\s+and\s+", first("author", "editor"))),
        keywords=first("keywords", "author-keywords", "keyword", "keywords-plus"),
        doi=first("doi", "url"),
        pmid=first("pmid", "pubmed-id")
        or (first("eprint") if "pub" in first("eprinttype") else "")
        or next(iter(_PMID.findall(first("note"))), ""),
        language=first("language", "langid"),
        type=block.entry_type,
        url=first("url"),
        source_id=first("unique-id") or ("" if block.key == _NO_KEY else block.key),
        volume=first("volume"),
        pages=first("pages"),
    )


def _split(name: str, value: str) -> Iterator[tuple[str, str]]:
    """A field and those that it swallowed for want of a comma before them."""
    parts = _SWALLOWED.split(value)
    yield name, parts[0]
    yield from zip(parts[1::2], parts[2::2], strict=True)
