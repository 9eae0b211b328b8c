"""What a cue matches in a folded text, in plain code.

The words of a text are its runs of letters, digits and `_`. Between two words of a phrase there
may be an `'s` and up to `MOST_SIGNS` blanks or signs. `a NEAR/n b` matches from the beginning of
the one to the end of the other where they do not overlap and at most n words lie between; an `'s`
at the end of a word is not a word.
"""

import re
from collections.abc import Callable, Iterator

from pipeline.taxonomy.cues import Either, Near, Node, Phrase
from pipeline.taxonomy.spelling import spellings

Span = tuple[int, int]
Memory = dict[tuple[int, int, int], list[Span]]
"""What large groups of words were found to match in parts of one text."""
Matcher = Callable[[str, str, int, int, Memory], list[Span]]
"""Spans, given the folded text in small letters, as written, where to begin and to stop, and what
was found in this text before."""

MOST_SIGNS = 6
LONGEST_WORD = 24
"""Letters that a word is taken to have at most, on average, between two parts of a cue."""

_WORTH_REMEMBERING = 6
_numbered: dict[Node, int] = {}
"""A number for each large group of words, the same for all cues that use it."""

SEPARATOR = rf"(?:'s)?[^\w]{{1,{MOST_SIGNS}}}"
_BETWEEN = re.compile(r"(?:'s\b)?[^\w]+", re.ASCII | re.IGNORECASE)


def word_pattern(word: str) -> str:
    """The regular expression of one word of a cue, in all its spellings."""
    options = [re.escape(s).replace(r"\*", r"\w*").replace(r"\?", r"\w") for s in spellings(word)]
    return options[0] if len(options) == 1 else f"(?:{'|'.join(options)})"


def phrase_pattern(phrase: Phrase) -> str:
    """The regular expression of a phrase, without a boundary at either end."""
    return SEPARATOR.join(word_pattern(word) for word in written(phrase))


def written(phrase: Phrase) -> tuple[str, ...]:
    """The words of a phrase as they are looked for: small letters unless it is exact."""
    return phrase.words if phrase.exact else tuple(word.lower() for word in phrase.words)


def beginning(word: str) -> str:
    """The letters of a word of a cue before its first `*` or `?`."""
    return re.split(r"[*?]", word)[0]


def reach(node: Node) -> int:
    """The most words that a match can span."""
    if isinstance(node, Phrase):
        return len(node.words)
    if isinstance(node, Either):
        return max(reach(option) for option in node.options)
    return reach(node.left) + reach(node.right) + node.between


def matcher(node: Node) -> Matcher:
    """A function that finds all spans of a node that begin at `low` or later and before `high`."""
    if isinstance(node, Phrase):
        return _phrase_matcher(node)
    if isinstance(node, Either):
        return _either_matcher(node)
    left, right = matcher(node.left), matcher(node.right)
    left_first = size(node.left) <= size(node.right)

    def near(lower: str, exact: str, low: int, high: int, memory: Memory) -> list[Span]:
        # The smaller side is the one that is more likely to be absent.
        if left_first:
            first = left(lower, exact, low, high, memory)
            second = right(lower, exact, low, high, memory) if first else []
        else:
            second = right(lower, exact, low, high, memory)
            first = left(lower, exact, low, high, memory) if second else []
        return list(_near(node, first, second, lower)) if first and second else []

    return near


def size(node: Node) -> int:
    """How many phrases a node is made of."""
    if isinstance(node, Phrase):
        return 1
    if isinstance(node, Either):
        return sum(map(size, node.options))
    return size(node.left) + size(node.right)


def _either_matcher(node: Either) -> Matcher:
    options = [matcher(option) for option in node.options]

    def either(lower: str, exact: str, low: int, high: int, memory: Memory) -> list[Span]:
        return [span for option in options for span in option(lower, exact, low, high, memory)]

    if size(node) < _WORTH_REMEMBERING:
        return either
    name = _numbered.setdefault(node, len(_numbered))

    def remembered(lower: str, exact: str, low: int, high: int, memory: Memory) -> list[Span]:
        key = (name, low, high)
        found = memory.get(key)
        if found is None:
            found = memory[key] = either(lower, exact, low, high, memory)
        return found

    return remembered


def minimal(found: list[Span]) -> list[Span]:
    """Spans in order, without those that hold another."""
    kept: list[Span] = []
    for start, end in sorted(set(found), key=lambda span: (span[1], -span[0])):
        if not kept or start > kept[-1][0]:
            kept.append((start, end))
    return kept


def apart(found: list[Span]) -> list[Span]:
    """The minimal spans, from left to right without those that overlap one already taken."""
    taken: list[Span] = []
    for start, end in minimal(found):
        if not taken or start >= taken[-1][1]:
            taken.append((start, end))
    return taken


def _phrase_matcher(phrase: Phrase) -> Matcher:
    pattern = re.compile(phrase_pattern(phrase) + r"\b", re.ASCII).match
    first = dict.fromkeys(beginning(s) for s in spellings(written(phrase)[0]))
    literals = [a for a in first if not any(a != b and a.startswith(b) for b in first)]

    def find(lower: str, exact: str, low: int, high: int, memory: Memory) -> list[Span]:
        text = exact if phrase.exact else lower
        found = []
        for literal in literals:
            at = text.find(literal, low, high)
            while at >= 0:
                if not at or not (text[at - 1].isalnum() or text[at - 1] == "_"):
                    match = pattern(text, at)
                    if match:
                        found.append((at, match.end()))
                at = text.find(literal, at + 1, high)
        return found

    return find


def _near(node: Near, left: list[Span], right: list[Span], text: str) -> Iterator[Span]:
    for a in left:
        for b in right:
            if a[1] <= b[0] and _few_between(text, a[1], b[0], node.between):
                yield a[0], b[1]
            elif not node.ordered and b[1] <= a[0] and _few_between(text, b[1], a[0], node.between):
                yield b[0], a[1]


def _few_between(text: str, end: int, start: int, most: int) -> bool:
    if start - end > (most + 1) * (LONGEST_WORD + MOST_SIGNS):
        return False
    return len(_BETWEEN.findall(text, end, start)) <= most + 1
