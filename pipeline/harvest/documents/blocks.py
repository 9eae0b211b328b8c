"""Blocks: what every format of document is turned into before it is cut into passages."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

LIST_MARK = re.compile(
    r"\s*(?:[-*+•▪▫◦‣●○■□➢✓·–—](?=\s)|o(?=\s{2,})|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{2,5})[.)](?=\s))\s+"
)
"""What an item of a list begins with."""

_PAGE_NUMBER = re.compile(
    r"\W*(?:(?:page|pg|p)\b\.?)?\s*(?:\d{1,4}(?:\s*(?:of|/|\|)\s*\d{1,4})?|[ivxlc]{1,6})\W*", re.I
)
_LEADER = re.compile(r"(?:\.\s?){4,}\s*\d*\s*$|…\s*\d+\s*$")
_ENDS_IN_PAGE = re.compile(r"\D\s+\d{1,3}\s*$")
_CONTENTS = re.compile(r"\W*(?:table of )?contents\W*", re.I)
_SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*\s*\Z")
_RUNNING_WORDS, _RUNNING_TIMES = 15, 3
_HEADING_WORDS = 8
_IN_CONTENTS_WORDS = 20


@dataclass(slots=True)
class Block:
    """A piece of a document between two breaks: a heading, a paragraph, a list or a table.

    `parts` are its lines or items, of which a long one is cut between; `line` is where it begins
    (of a PDF, the page).
    """

    kind: str
    parts: list[str]
    line: int

    @property
    def text(self) -> str:
        """The whole block on one line."""
        return " ".join(self.parts)


@dataclass
class Document:
    """A document's title and blocks, and how much of it was left out as noise, by kind."""

    title: str
    blocks: list[Block]
    left_out: Counter[str] = field(default_factory=Counter)


def words(text: str) -> int:
    """How many words a text has."""
    return len(text.split())


def ends_a_sentence(text: str) -> bool:
    """Whether a text ends as a sentence does."""
    return _SENTENCE_END.search(text) is not None


def is_page_number(line: str) -> bool:
    """Whether a line is a page number and nothing else."""
    return len(line) < 30 and _PAGE_NUMBER.fullmatch(line) is not None and line.strip(" *•-") != ""


def without_noise(document: Document) -> Document:
    """A document without tables, contents, running heads and page numbers, which are counted.

    A heading that is a whole sentence, as conversion from PDF makes them, becomes a paragraph.
    """
    kept = []
    running = _running(document.blocks)
    in_contents = False
    for block in document.blocks:
        text = block.text
        if block.kind == "heading" and words(text) >= _HEADING_WORDS and ends_a_sentence(text):
            block = Block("paragraph", block.parts, block.line)
        if block.kind == "heading":
            in_contents = _CONTENTS.fullmatch(text) is not None
            if in_contents:
                document.left_out["tables of contents"] += 1
        reason = _noise(block, running, in_contents)
        if reason:
            document.left_out[reason] += 1
        else:
            kept.append(block)
    return Document(document.title, kept, document.left_out)


def _noise(block: Block, running: set[str], in_contents: bool) -> str:
    if block.kind == "heading":
        return ""
    if block.kind == "table":
        return "tables"
    text = block.text
    if is_page_number(text):
        return "page numbers"
    if not any(char.isalpha() for char in text):
        return "lines without words"
    if essence(text) in running:
        return "running heads"
    if _is_contents(block.parts) or (in_contents and not _is_prose(block)):
        return "lines of contents"
    return ""


def _is_prose(block: Block) -> bool:
    text = block.text
    return block.kind != "list" and words(text) >= _IN_CONTENTS_WORDS and ends_a_sentence(text)


def _is_contents(lines: Sequence[str]) -> bool:
    """Whether most lines end in dots and a page number, or several in a page number."""
    leaders = sum(_LEADER.search(line) is not None for line in lines)
    paged = sum(_ENDS_IN_PAGE.search(line) is not None for line in lines)
    return leaders * 2 > len(lines) or (len(lines) >= 4 and paged * 5 > len(lines) * 4)


def _running(blocks: Iterable[Block]) -> set[str]:
    """Short texts that stand again and again in a document: headers and footers."""
    short = (
        essence(b.text) for b in blocks if words(b.text) < _RUNNING_WORDS and b.kind == "paragraph"
    )
    return {text for text, times in Counter(short).items() if text and times >= _RUNNING_TIMES}


def essence(text: str) -> str:
    """A text without case, numbers and signs, so that page after page of it is the same."""
    return re.sub(r"[\W\d_]+", " ", text).strip().casefold()


def of_lines(lines: Iterable[tuple[int, str]]) -> Iterator[Block]:
    """Blocks of lines of plain text or Markdown: what stands between blank lines."""
    waiting: list[str] = []
    first = 0
    in_table = False
    for number, line in lines:
        text = line.strip()
        kind = "blank" if not text else _kind(text)
        if kind in ("paragraph", "list"):
            first = first or number
            waiting.append(line.rstrip())
            in_table = False
            continue
        if waiting:
            if kind == "underline" and len(waiting) == 1:
                kind = "heading"
                text, waiting = waiting.pop(), []
            else:
                yield _block(waiting, first)
        waiting, first = [], 0
        if kind == "heading":
            yield Block("heading", [text.strip("# \t*_")], number)
        elif kind == "table" and not in_table:
            yield Block("table", [text], number)
        in_table = kind == "table"
    if waiting:
        yield _block(waiting, first)


def _kind(text: str) -> str:
    if text.startswith("#") and re.match(r"#{1,6}\s+\S", text):
        return "heading"
    if text.startswith("|") or text.count("|") >= 3:
        return "table"
    if re.fullmatch(r"=+|-{2,}", text):
        return "underline"
    if re.fullmatch(r"(?:[-*_]\s*){3,}|`{3,}.*|~{3,}.*", text):
        return "break"
    return "list" if LIST_MARK.match(text) else "paragraph"


def _block(lines: list[str], first: int) -> Block:
    """Lines as one block: items with what continues them, and paragraphs unbroken."""
    parts: list[list[str]] = []
    items = 0
    for line in lines:
        text = line.strip()
        if LIST_MARK.match(line):
            items += 1
            parts.append([_item(text)])
        elif parts:
            parts[-1].append(text)
        else:
            parts.append([text])
    kind = "list" if items * 2 > len(parts) else "paragraph"
    return Block(kind, [" ".join(" ".join(part).split()) for part in parts], first)


def _item(text: str) -> str:
    """An item with a dash for any sign; a number or a letter stays."""
    return re.sub(r"^(?:[*+•▪▫◦‣●○■□➢✓·–—]|o(?=\s{2}))\s+", "- ", text)
