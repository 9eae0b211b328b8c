"""Markdown and plain text as blocks."""

import re
from collections.abc import Iterable, Iterator

from pipeline.harvest.documents.blocks import Document, of_lines
from pipeline.harvest.reading import Text

Numbered = tuple[int, str]

_INLINE = (
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), ""),
    (re.compile(r"\[([^\]]+)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)"), r"\1"),
    (re.compile(r"\[\^[^\]]+\]"), ""),
    (re.compile(r"<!--.*?-->"), ""),
    (re.compile(r"(?<![\\\w])(\*{1,3}|_{1,3})(?=\S)([^*_]+?)(?<=\S)(?<!\\)\1(?!\w)"), r"\2"),
    (re.compile(r"`([^`]+)`"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|~>@:-])"), r"\1"),
)
_QUOTED = re.compile(r"\s{0,3}>\s?")
_SPEAKER = re.compile(r"[A-Z][\w.'’-]*(?: [\w.'’-]+){0,3}:\s")
_TURNS = 3
_TITLE_WITHIN = 40
_LONG_LINE = 120


def read_markdown(text: Text) -> Document:
    """A Markdown file; its title is its first heading, if that stands near the beginning."""
    lines = list(_plain(_without_front_matter(text.lines())))
    blocks = list(of_lines(_turns_apart(lines)))
    first = next((block for block in blocks if block.kind == "heading"), None)
    return Document(first.text if first and first.line <= _TITLE_WITHIN else "", blocks)


def read_plain(text: Text) -> Document:
    """A plain text. Where no line is blank and lines are long, each line is a paragraph."""
    lines = list(enumerate((line.replace("\f", "") for line in text.lines()), 1))
    filled = [line for _, line in lines if line.strip()]
    if len(filled) >= len(lines) - 1 and max(map(len, filled), default=0) > _LONG_LINE:
        lines = [each for number, line in lines for each in ((number, line), (number, ""))]
    return Document("", list(of_lines(_turns_apart(lines))))


def _turns_apart(lines: list[Numbered]) -> Iterator[Numbered]:
    """Lines with a blank one before each turn of a speaker, where a text is a conversation."""
    turns = sum(_SPEAKER.match(line) is not None for _, line in lines)
    for number, line in lines:
        if turns >= _TURNS and _SPEAKER.match(line):
            yield number, ""
        yield number, line


def _without_front_matter(lines: Iterable[str]) -> Iterator[Numbered]:
    """Numbered lines, without the settings between two `---` that a file may begin with."""
    inside = False
    for number, line in enumerate(lines, 1):
        if number == 1 and line.strip() == "---":
            inside = True
        elif inside and line.strip() in ("---", "..."):
            inside = False
        elif not inside:
            yield number, line


def _plain(lines: Iterable[Numbered]) -> Iterator[Numbered]:
    """Lines without Markdown's signs for links, emphasis, images and quotations."""
    for number, line in lines:
        line = _QUOTED.sub("", line, count=1) if ">" in line[:5] else line
        if any(sign in line for sign in "*_`[\\<!"):
            for pattern, replacement in _INLINE:
                line = pattern.sub(replacement, line)
        yield number, line
