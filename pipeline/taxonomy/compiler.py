"""All cues of a taxonomy as one scanner that reads a text once.

A Hyperscan automaton looks for every phrase, and for each cue with NEAR or PRE only for the side
that is least likely to be met by chance; where that side is found, `matching` looks whether the
rest of the cue stands near it. So the automaton stays small and fast however many cues stand near
`program`, and what counts as a match is decided by plain code that can be read.
"""

import csv
import hashlib
import os
import platform
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path

import hyperscan

from pipeline.taxonomy.cues import Cue, Either, Near, Node, Phrase
from pipeline.taxonomy.folding import fold
from pipeline.taxonomy.matching import (
    LONGEST_WORD,
    MOST_SIGNS,
    SEPARATOR,
    Memory,
    Span,
    apart,
    beginning,
    matcher,
    minimal,
    phrase_pattern,
    reach,
    size,
    word_pattern,
    written,
)
from pipeline.taxonomy.spelling import spellings

Hit = tuple[int, int, int]
"""A cue's number, the first character of the match and the character after the last."""

Check = Callable[[str, str, int, Memory], Sequence[Span]]
"""Spans of a cue, given the text in small letters, as written, where its anchor ended, and what was
found in this text before."""

_CHARACTERS_A_WORD = LONGEST_WORD + MOST_SIGNS
_USUAL_WORD = 11
_FLAGS = hyperscan.HS_FLAG_CASELESS
_OFTEN = 120.0
"""Anchors in a million words above which a cue is left to the automaton as a whole, since to check
each would cost more."""
_SMALL, _FEW = 26, 8
"""Phrases in a cue, and words between, above which the automaton would grow too large with it."""


@dataclass
class Scanner:
    """Finds all cues in a text.

    Parameters
    ----------
    cues : the cues; a hit names a cue by its place in this sequence.
    cache : a folder in which the compiled automaton is kept between runs; None keeps nothing.
    """

    cues: Sequence[Cue]
    cache: Path | None = None

    def __post_init__(self) -> None:
        numbers: dict[str, int] = {}
        self._checks: list[list[tuple[int, Check]]] = []
        for number, cue in enumerate(self.cues):
            for pattern, check in _anchors(cue.node):
                place = numbers.setdefault(pattern, len(numbers))
                if place == len(self._checks):
                    self._checks.append([])
                self._checks[place].append((number, check))
        self._patterns = [pattern.encode() for pattern in numbers]

    @cached_property
    def automaton(self) -> hyperscan.Database:
        """The compiled automaton, read from the cache where the same one was compiled before."""
        saved = self.cache / f"{self._fingerprint}.automaton" if self.cache else None
        if saved is not None and saved.exists():
            try:
                loaded = hyperscan.loadb(saved.read_bytes(), mode=hyperscan.HS_MODE_BLOCK)
                loaded.scratch = hyperscan.Scratch(loaded)
                return loaded
            except hyperscan.error:
                saved.unlink(missing_ok=True)
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(
            expressions=self._patterns,
            ids=list(range(len(self._patterns))),
            flags=[_FLAGS] * len(self._patterns),
        )
        if saved is not None:
            _keep(saved, hyperscan.dumpb(database))
        return database

    def prepare(self) -> None:
        """Compile the automaton now, so that other processes find it in the cache."""
        if self._patterns:
            _ = self.automaton

    @property
    def _fingerprint(self) -> str:
        machine = f"{version('hyperscan')} {platform.machine()} {platform.system()}"
        content = b"\n".join([machine.encode(), *self._patterns])
        return hashlib.sha256(content).hexdigest()[:24]

    def anchors(self, folded: str) -> list[tuple[int, int]]:
        """The automaton alone: each anchor found, as its number and the character after it."""
        found: list[tuple[int, int]] = []
        if self._patterns and folded:
            add = found.append
            self.automaton.scan(
                folded.encode("ascii"),
                match_event_handler=lambda number, _start, end, _flags, _context: add(
                    (number, end)
                ),
            )
        return found

    def scan(self, text: str) -> list[Hit]:
        """Every match of every cue, by place, then by cue; places in characters of `text`."""
        exact = fold(text)
        anchors = self.anchors(exact)
        if not anchors:
            return []
        lower = exact.lower()
        found: dict[int, list[Span]] = {}
        memory: Memory = {}
        checks = self._checks
        for anchor, end in anchors:
            for cue, check in checks[anchor]:
                matched = check(lower, exact, end, memory)
                if matched:
                    found.setdefault(cue, []).extend(matched)
        hits = [
            (cue, start, end)
            for cue, matched in found.items()
            for start, end in (matched if len(matched) == 1 else apart(matched))
        ]
        hits.sort(key=lambda hit: (hit[1], hit[2], hit[0]))
        return hits


def _keep(path: Path, content: bytes) -> None:
    """Keep a compiled automaton; a folder that cannot be written to costs only time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError:
        return


def _anchors(node: Node) -> Iterator[tuple[str, Check]]:
    """What the automaton looks for, each with the check to make where it is found."""
    if isinstance(node, Either):
        for option in node.options:
            yield from _anchors(option)
    elif isinstance(node, Near):
        check = _near_check(node)
        for pattern in _near_patterns(node):
            yield pattern, check
    elif len(node.words) == 1:
        for word in spellings(written(node)[0]):
            yield _word_anchor(word), _word_check(word, node.exact)
    else:
        for pattern in _patterns(node):
            yield pattern, _phrase_check(node)


def _patterns(phrase: Phrase) -> Iterator[str]:
    """A pattern of the automaton for a phrase; one for each spelling of a single word."""
    words = [word.lower() for word in phrase.words]
    if len(words) == 1:
        yield from map(_word_anchor, spellings(words[0]))
        return
    before = SEPARATOR.join(word_pattern(word) for word in words[:-1])
    for last in spellings(words[-1]):
        yield r"\b" + before + SEPARATOR + _word_anchor(last).removeprefix(r"\b")


def _word_anchor(word: str) -> str:
    """A word up to its `*`: the automaton need not read the letters that a `*` stands for."""
    head, star, _ = word.lower().partition("*")
    return r"\b" + re.escape(head).replace(r"\?", r"\w") + ("" if star else r"\b")


def _near_patterns(node: Near) -> list[str]:
    """The rarer side of a cue; where both sides are frequent, all of it or of a part with NEAR."""
    needed = list(dict.fromkeys(_needed(node)))
    if sum(map(_frequency, needed)) > _OFTEN:
        for part in (node, node.left, node.right):
            if isinstance(part, Near) and (patterns := _whole_patterns(part)):
                return patterns
    return [pattern for phrase in needed for pattern in _patterns(phrase)]


def _whole_patterns(node: Near) -> list[str]:
    """All of a cue as patterns of the automaton; none where they would be too large for it."""
    left, right = _alternatives(node.left), _alternatives(node.right)
    if not left or not right or size(node) > _SMALL or node.between > _FEW:
        return []
    orders = [(left, right)] if node.ordered else [(left, right), (right, left)]
    return [rf"\b(?:{first}){_gap(node.between)}(?:{second})\b" for first, second in orders]


def _gap(most: int) -> str:
    """At most so many words between, as a pattern of the automaton; an `'s` counts as one here."""
    return r"(?:'s)?[^\w]+" + (rf"(?:\w+[^\w]+){{0,{2 * most}}}" if most else "")


def _alternatives(node: Node) -> str:
    """A side of a cue as one pattern; empty where the side has a NEAR of its own."""
    if isinstance(node, Near):
        return ""
    if isinstance(node, Either):
        options = [_alternatives(option) for option in node.options]
        return "|".join(options) if all(options) else ""
    return SEPARATOR.join(word_pattern(word.lower()) for word in node.words)


def _word_check(word: str, exact: bool) -> Check:
    length = len(word.partition("*")[0])
    pattern = re.compile(word_pattern(word) + r"\b", re.ASCII)
    if "*" not in word and not exact:
        return lambda lower, as_written, end, memory: ((end - length, end),)

    def check(lower: str, as_written: str, end: int, memory: Memory) -> Sequence[Span]:
        match = pattern.match(as_written if exact else lower, end - length)
        return (match.span(),) if match else ()

    return check


def _phrase_check(phrase: Phrase) -> Check:
    """The automaton tells where a phrase ends, up to a last `*`; this finds where it begins."""
    words = written(phrase)
    head = SEPARATOR.join(
        [*map(word_pattern, words[:-1]), word_pattern(words[-1].partition("*")[0])]
    )
    before = re.compile(r"\b" + head + r"\Z", re.ASCII)
    whole = re.compile(phrase_pattern(phrase) + r"\b", re.ASCII)
    back = len(words) * _CHARACTERS_A_WORD

    def check(lower: str, exact: str, end: int, memory: Memory) -> Sequence[Span]:
        text = exact if phrase.exact else lower
        begun = before.search(text, max(0, end - back), end)
        match = whole.match(text, begun.start()) if begun else None
        return (match.span(),) if match else ()

    return check


def _near_check(node: Near) -> Check:
    words = reach(node)
    # Windows come in a few sizes, so that cues share what was found in them.
    usual = 1 << (words * _USUAL_WORD).bit_length()
    widest = words * _CHARACTERS_A_WORD
    groups = sorted((tuple(dict.fromkeys(group)) for group in _beginnings(node)), key=len)
    find = matcher(node)

    def check(lower: str, as_written: str, end: int, memory: Memory) -> Sequence[Span]:
        low, high = max(0, end - usual), end + usual
        # Where the words around are long, or few, the usual window might hold too few of them.
        if len(lower[low:end].split()) <= words + 1 or len(lower[end:high].split()) <= words + 1:
            low, high = max(0, end - widest), end + widest
        around = lower[low:high]
        for group in groups:
            for literal in group:
                if literal in around:
                    break
            else:
                return ()
        found = find(lower, as_written, low, high, memory)
        return minimal(found) if len(found) > 1 else found

    return check


def _beginnings(node: Node) -> Iterator[list[str]]:
    """For each part that a match cannot lack, the letters that it may begin with."""
    if isinstance(node, Near):
        yield from _beginnings(node.left)
        yield from _beginnings(node.right)
    else:
        yield [
            beginning(word)
            for phrase in _phrases(node)
            for word in spellings(phrase.words[0].lower())
        ]


def _phrases(node: Node) -> Iterator[Phrase]:
    if isinstance(node, Phrase):
        yield node
    elif isinstance(node, Either):
        for option in node.options:
            yield from _phrases(option)
    else:
        yield from _phrases(node.left)
        yield from _phrases(node.right)


def _needed(node: Node) -> list[Phrase]:
    """Phrases of which every match of the node holds at least one, seldom met in a text."""
    if isinstance(node, Near):
        return min((_needed(node.left), _needed(node.right)), key=lambda p: sum(map(_frequency, p)))
    if isinstance(node, Either):
        return [phrase for option in node.options for phrase in _needed(option)]
    return [node]


def _frequency(phrase: Phrase) -> float:
    """About how often a phrase is met in a million words: its rarest word, less for each more."""
    rarest = min(_word_frequency(word.lower()) for word in phrase.words)
    return rarest * 0.1 ** (len(phrase.words) - 1)


@cache
def _word_frequency(word: str) -> float:
    literal = beginning(word)
    if literal == word:
        return _frequencies().get(word, 100.0)
    return sum(n for known, n in _frequencies().items() if known.startswith(literal)) + 100.0


@cache
def _frequencies() -> dict[str, float]:
    """The most frequent words of 11,521 abstracts of health and social research."""
    with (Path(__file__).parent / "word_frequency.csv").open(
        encoding="utf-8", newline=""
    ) as stream:
        return {row["word"]: float(row["per_million"]) for row in csv.DictReader(stream)}
