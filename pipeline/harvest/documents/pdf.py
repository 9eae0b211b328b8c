"""PDF as blocks: lines put together into paragraphs, page heads and feet left out."""

import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.errors import RapportError
from pipeline.harvest.documents.blocks import (
    LIST_MARK,
    Document,
    ends_a_sentence,
    essence,
    is_page_number,
    of_lines,
)
from pypdf import PdfReader
from pypdf.errors import PyPdfError

_EDGE = 2
"""Lines at the top and at the foot of a page that may be its head or foot."""
_LEAST_PAGES = 3
_FULL_LINE = 0.75
_DAMAGED = (PyPdfError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What pypdf raises over a file that is not as it should be."""

_HYPHEN = re.compile(r"(?<=[a-z])[-\u00ad‐]\Z")

logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def read_pdf(path: Path) -> Document:
    """A PDF; `line` of its blocks is the page.

    Raises
    ------
    RapportError
        where it is damaged, protected by a password, or has no text but only pictures of it.
    """
    try:
        with path.open("rb") as stream:
            reader = PdfReader(stream)
            if reader.is_encrypted and not reader.decrypt(""):
                raise RapportError(
                    "is protected by a password", where=path, cure="Save a copy without one"
                )
            title = str(reader.metadata.title or "") if reader.metadata else ""
            pages = [page.extract_text().splitlines() for page in reader.pages]
    except _DAMAGED as error:
        raise RapportError(
            "is no PDF that can be read", where=path, cure="Print it to a new PDF, or save its text"
        ) from error
    if not any(line.strip() for page in pages for line in page):
        raise RapportError(
            "has no text, only pictures of pages",
            where=path,
            cure="Run text recognition on it (OCR)",
        )
    document = Document(title.strip(), [])
    pages = _without_edges(pages, document.left_out)
    document.blocks = list(of_lines(_paragraphs(pages)))
    return document


def _without_edges(pages: Sequence[list[str]], left_out: Counter[str]) -> list[list[str]]:
    """Pages without their heads, feet and numbers: edge lines that most pages share."""
    filled = [[line.rstrip() for line in page if line.strip()] for page in pages]
    times = Counter(text for page in filled for text in {essence(line) for line in _edges(page)})
    common = {text for text, n in times.items() if n >= max(_LEAST_PAGES, len(filled) / 3)}
    kept = []
    for page in filled:
        edges = {place % len(page) for place in range(-_EDGE, _EDGE)} if page else set()
        lines = []
        for place, line in enumerate(page):
            if place in edges and (is_page_number(line) or essence(line) in common):
                left_out["heads and feet of pages"] += 1
            else:
                lines.append(line)
        kept.append(lines)
    return kept


def _edges(page: Sequence[str]) -> Sequence[str]:
    return [*page[:_EDGE], *page[-_EDGE:]]


def _paragraphs(pages: Sequence[Sequence[str]]) -> Iterator[tuple[int, str]]:
    """Lines with a blank one where a paragraph ends: after a short line that ends a sentence.

    A paragraph may go on over the end of a page.
    """
    lines = [(number, line.strip()) for number, page in enumerate(pages, 1) for line in page]
    full = _usual_length([line for _, line in lines]) * _FULL_LINE
    known = {word for _, line in lines for word in re.findall(r"\w+", line.casefold())}
    waiting, first = "", 0
    for number, line in lines:
        if waiting and _HYPHEN.search(waiting) and line[:1].islower():
            waiting = _rejoined(waiting, line, known)
            continue
        if waiting:
            yield first, waiting
            if _begins_anew(waiting, line, full):
                yield first, ""
        waiting, first = line, number
    if waiting:
        yield first, waiting


def _rejoined(before: str, after: str, known: set[str]) -> str:
    """Two halves of a word without the hyphen, where the document has the word elsewhere."""
    word = re.findall(r"\w+", before)[-1] + re.findall(r"\w+", after)[0]
    return (before[:-1] if word.casefold() in known else before) + after


def _begins_anew(previous: str, line: str, full: float) -> bool:
    if LIST_MARK.match(line + " ") and not LIST_MARK.match(previous + " "):
        return False
    if len(previous) >= full:
        return False
    return ends_a_sentence(previous) or not line[:1].islower()


def _usual_length(lines: Sequence[str]) -> int:
    lengths = sorted(map(len, lines))
    return lengths[len(lengths) * 3 // 4] if lengths else 0
