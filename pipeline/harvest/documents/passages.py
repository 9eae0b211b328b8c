"""Passages: the unit that a coder reads, a paragraph or a run of items or short paragraphs."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.harvest.documents.blocks import Block, ends_a_sentence, words

_SHORT = 45
"""Words below which a paragraph is put together with its neighbours."""
_FRAGMENT = 8
_SENTENCE = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9])")


@dataclass(slots=True)
class Passage:
    """A text to be coded, and the line on which it begins."""

    text: str
    line: int


def cut(blocks: Iterable[Block], most_words: int) -> Iterator[Passage]:
    """Cut the blocks of a document into passages of at most `most_words` words.

    A paragraph or a list of `_SHORT` words or more is a passage of its own; shorter ones are put
    together with those next to them, never across a heading. What is too long is cut between
    items or sentences into pieces of like length.
    """
    section: list[Block] = []
    for block in blocks:
        if block.kind == "heading":
            yield from _of_section(section, most_words)
            section = []
        else:
            section.append(block)
    yield from _of_section(section, most_words)


def _of_section(blocks: Sequence[Block], most_words: int) -> Iterator[Passage]:
    short: list[Block] = []
    size = 0
    for block in blocks:
        length = words(block.text)
        introduces = bool(short) and short[-1].text.endswith(":")
        if length < _SHORT or (introduces and size + length <= most_words):
            if size + length > most_words:
                yield _joined(short)
                short, size = [], 0
            short.append(block)
            size += length
            if size >= _SHORT:
                yield _joined(short)
                short, size = [], 0
            continue
        if short:
            yield _joined(short)
            short, size = [], 0
        for text in _pieces(block, most_words):
            yield Passage(text, block.line)
    if short:
        yield _joined(short)


def _joined(blocks: Sequence[Block]) -> Passage:
    return Passage(" ".join(block.text for block in blocks), blocks[0].line)


def is_fragment(passage: Passage) -> bool:
    """Whether a passage is a few words that are no sentence: a label, a caption, a date."""
    text = passage.text
    return words(text) < _FRAGMENT and not ends_a_sentence(text) and not text.startswith("- ")


def _pieces(block: Block, most_words: int) -> Iterator[str]:
    """A block whole, or cut into as few pieces as possible, of like length."""
    total = words(block.text)
    if total <= most_words:
        yield block.text
        return
    units = list(_units(block.parts, most_words))
    pieces = -(-total // most_words)
    wanted = total / pieces
    current: list[str] = []
    size = 0
    for unit in units:
        length = words(unit)
        if current and (size + length > most_words or size + length / 2 > wanted):
            yield " ".join(current)
            current, size = [], 0
        current.append(unit)
        size += length
    if current:
        yield " ".join(current)


def _units(parts: Iterable[str], most_words: int) -> Iterator[str]:
    """Items, sentences of items that are too long, and words of sentences that are too long."""
    for part in parts:
        for unit in [part] if words(part) <= most_words else _SENTENCE.split(part):
            told = unit.split()
            for start in range(0, len(told), most_words):
                yield " ".join(told[start : start + most_words])
