"""PubMed's yearly and daily files of XML, record by record.

A file is cut at its records, and each record is parsed alone: memory does not grow, a record that
is not well-formed costs no other, and there is no document type in what is parsed, so that no
entity can be declared. References and affiliations are cut out before, for they are half of the
bytes; a record without an abstract is not parsed at all.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import BinaryIO

from pipeline.harvest.bulk.items import Damaged, Item, Items, Kind
from pipeline.harvest.formats import pubmed_xml

_BLOCK = 1 << 20
_LARGEST = 1 << 26
"""Bytes of the largest record that is believed to be one."""

_OPENING = re.compile(rb"<(PubmedArticle|PubmedBookArticle|DeleteCitation)>")
_ROOT = re.compile(rb"<PubmedArticleSet\b[^<>]*>")
_END = b"</PubmedArticleSet>"
_COMMENT = re.compile(rb"<!--.*?-->", re.S)
_PMID = re.compile(rb"<PMID\b[^<>]*>\s*(\d+)\s*</PMID>")
_REFERENCES = re.compile(rb"<ReferenceList>.*</ReferenceList>", re.S)
_AFFILIATION = re.compile(
    rb"<AffiliationInfo>[^<]*(?:<(?!/?AffiliationInfo>)[^<]*)*</AffiliationInfo>"
)


def items(stream: BinaryIO) -> Items:
    """The records of a file, and the identifiers that it takes back.

    Raises
    ------
    Damaged
        where the file is no set of PubMed records, is cut short, or holds something between two
        records.
    """
    for tag, line, raw in _elements(stream):
        if tag == b"DeleteCitation":
            for found in _PMID.finditer(raw):
                yield Item(int(found[1]), line, Kind.RETIRED)
        else:
            yield _item(line, raw)


def _item(line: int, raw: bytes) -> Item:
    named = _PMID.search(raw)
    if not named:
        return Item(0, line, Kind.BROKEN, reason="has no PubMed identifier")
    number = int(named[1])
    if b"<Abstract>" not in raw:
        return Item(number, line, Kind.REFUSED, reason="has no abstract")
    try:
        article = ET.fromstring(_without_what_nobody_reads(raw))  # noqa: S314 (no document type)
    except (ET.ParseError, ValueError) as error:
        at = getattr(error, "position", (1, 0))[0]
        return Item(0, line + at - 1, Kind.BROKEN, reason="is not well-formed XML")
    return Item(number, line, Kind.TEXT, pubmed_xml.entry(article))


def _without_what_nobody_reads(raw: bytes) -> bytes:
    """A record without references and affiliations; line breaks stay, so that lines can be told."""
    first = raw.find(b"<ReferenceList>")
    if first >= 0:
        raw = raw[:first] + _REFERENCES.sub(b"", raw[first:])
    return _AFFILIATION.sub(lambda found: b"\n" * found[0].count(b"\n"), raw)


def _elements(stream: BinaryIO) -> Iterator[tuple[bytes, int, bytes]]:
    """Tag, first line and bytes of each record and each list of deletions."""
    buffer, line, begun = b"", 1, False
    while block := stream.read(_BLOCK):
        buffer += block
        place = 0
        while opening := _OPENING.search(buffer, place):
            closing = b"</" + opening[1] + b">"
            end = buffer.find(closing, opening.end())
            if end < 0:
                break
            end += len(closing)
            _check_between(buffer[place : opening.start()], line, begun)
            begun = True
            line += buffer.count(b"\n", place, opening.start())
            yield opening[1], line, buffer[opening.start() : end]
            line += buffer.count(b"\n", opening.start(), end)
            place = end
        buffer = buffer[place:]
        if len(buffer) > _LARGEST:
            raise _damaged("has a record that does not end", line)
    _check_end(buffer, line, begun)


def _check_between(between: bytes, line: int, begun: bool) -> None:
    if begun:
        if _COMMENT.sub(b"", between).strip():
            blank = between[: len(between) - len(between.lstrip())]
            raise _damaged("has something between two records", line + blank.count(b"\n"))
    elif not _ROOT.search(between):
        raise _damaged("is no set of PubMed records", line)


def _check_end(rest: bytes, line: int, begun: bool) -> None:
    """After the last record there is the end of the set, and nothing else."""
    last = line + rest.count(b"\n")
    if not begun and (root := _ROOT.search(rest)):
        rest = rest[root.end() :]
    elif not begun:
        raise _damaged("is no set of PubMed records", line)
    if _COMMENT.sub(b"", rest).strip() != _END:
        raise _damaged("is cut short, or has something after the last whole record", last)


def _damaged(what: str, line: int) -> Damaged:
    return Damaged(f"line {line}: {what}")
