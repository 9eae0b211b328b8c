"""The sentences of a text in which something is mentioned, cut where mentions begin and end."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import pairwise

from pipeline.report.findings import Row
from pipeline.taxonomy.sentences import sentence_starts

Piece = str | list[object]
"""Plain words, or `[words, concept, concept, ...]` where concepts are mentioned."""


def excerpts(text: str, mentions: Sequence[Row], number: dict[str, int]) -> list[list[Piece]]:
    """Sentences with a mention, each as pieces; a concept is told by its number.

    Mentions may overlap: a piece then names every concept whose mention covers it.
    """
    ordered = sorted(mentions, key=lambda m: (m["start"], m["end"]))
    begins = [mention["start"] for mention in ordered]
    found: list[list[Piece]] = []
    for low, high in _sentences(text, ordered):
        inside = ordered[bisect_left(begins, low) : bisect_left(begins, high)]
        found.append(_pieces(text, low, high, inside, number))
    return found


def marked(text: str, mentions: Sequence[Row], number: dict[str, int]) -> list[Piece]:
    """A whole text, such as a title, as pieces."""
    return _pieces(text, 0, len(text), mentions, number)


def _sentences(text: str, ordered: Iterable[Row]) -> list[tuple[int, int]]:
    """Begin and end of each sentence that holds a mention; none is cut inside a mention."""
    breaks = [*sentence_starts(text), len(text)]
    spans: list[tuple[int, int]] = []
    for mention in ordered:
        low = breaks[bisect_right(breaks, mention["start"]) - 1]
        high = breaks[bisect_left(breaks, mention["end"])]
        if spans and low < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(high, spans[-1][1]))
        else:
            spans.append((low, high))
    return spans


def _pieces(
    text: str, low: int, high: int, mentions: Sequence[Row], number: dict[str, int]
) -> list[Piece]:
    while low < high and text[low].isspace():
        low += 1
    while low < high and text[high - 1].isspace():
        high -= 1
    ends = {min(max(end, low), high) for m in mentions for end in (m["start"], m["end"])}
    waiting = deque(sorted(mentions, key=lambda m: int(m["start"])))
    begun: list[Row] = []
    pieces: list[Piece] = []
    for start, end in pairwise(sorted(ends | {low, high})):
        while waiting and waiting[0]["start"] <= start:
            begun.append(waiting.popleft())
        begun = [m for m in begun if start < m["end"]]
        over = sorted({number[m["concept"]] for m in begun})
        pieces.append([text[start:end], *over] if over else text[start:end])
    return pieces
