"""All cues of a taxonomy as one scanner that reads many texts at once.

The words of the texts are indexed by place (`index`), and each cue is a question to the index: a
phrase asks for words at following places, NEAR and PRE for two parts a few places apart. What
several cues have in common, such as a list of parties, is asked once.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeGuard

import numpy as np
from numpy.typing import NDArray

from pipeline.taxonomy.cues import Cue, Either, Near, Node, Phrase
from pipeline.taxonomy.index import Index, Places, Vocabulary
from pipeline.taxonomy.spelling import spellings


class Hits(NamedTuple):
    """The matches in many texts, by text, then by place, then by cue: one row each.

    `text` and `cue` are numbers, `start` and `end` the first character and the one after the last.
    """

    text: Places
    cue: Places
    start: Places
    end: Places

    def which(self, rows: NDArray[np.bool_]) -> "Hits":
        """Some of the hits."""
        return Hits(*(column[rows] for column in self))

    def bounds(self, texts: int) -> list[int]:
        """Where the rows of each text begin, and after the last where they end."""
        bounds: list[int] = np.searchsorted(self.text, np.arange(texts + 1)).tolist()
        return bounds


Spans = tuple[Places, Places]
"""Places of the first and of the last word of each span, by the first."""

_NONE = np.empty(0, dtype=np.int64)
_NOTHING: Spans = (_NONE, _NONE)


class Scanner:
    """Finds all cues in texts.

    Parameters
    ----------
    cues : the cues; a hit names a cue by its place in this sequence.
    """

    def __init__(self, cues: Sequence[Cue]) -> None:
        terms = Terms()
        questions = _Questions(terms)
        self._asked = [questions.number(cue.node) for cue in cues]
        self._questions = questions.all
        self._vocabulary = Vocabulary(terms.of_word)

    def scan(self, texts: Sequence[str], breaks: Sequence[Sequence[int]]) -> Hits:
        """Every match of every cue in each text.

        Parameters
        ----------
        texts : the texts; places are told in their characters.
        breaks : for each text, the characters that no match crosses: where sentences begin.
        """
        index = Index(texts, breaks, self._vocabulary)
        answers: list[Spans] = []
        for question in self._questions:
            answers.append(question.answer(index, answers))
        found = [_apart(*answers[asked]) for asked in self._asked]
        cue = np.repeat(np.arange(len(found)), [len(first) for first, _ in found])
        first = np.concatenate([_NONE, *(first for first, _ in found)])
        last = np.concatenate([_NONE, *(last for _, last in found)])
        # The sort is stable: of equal places, the order stays that of the cues.
        order = np.lexsort((last, first))
        text, start, end = index.characters(first[order], last[order])
        return Hits(text, cue[order], start, end)


class Terms:
    """The words and lists of words that cues look for, each with a number."""

    def __init__(self) -> None:
        self._numbers: dict[frozenset[str], int] = {}
        self._whole: dict[str, list[int]] = {}
        self._beginnings: dict[str, list[tuple[re.Pattern[str], int]]] = {}

    def number(self, words: Iterable[str]) -> int:
        """The number of a list of words in small letters, in all their spellings."""
        listed = frozenset(spelt for word in words for spelt in spellings(word))
        if listed not in self._numbers:
            self._numbers[listed] = len(self._numbers)
            self._add(listed, self._numbers[listed])
        return self._numbers[listed]

    def _add(self, words: Iterable[str], number: int) -> None:
        for word in words:
            beginning = re.split(r"[*?]", word)[0]
            if beginning == word:
                self._whole.setdefault(word, []).append(number)
            else:
                pattern = re.compile(word_pattern(word))
                self._beginnings.setdefault(beginning, []).append((pattern, number))

    def of_word(self, word: str) -> list[int]:
        """The numbers of the terms that a word in small letters belongs to."""
        found = set(self._whole.get(word, ()))
        for length in range(1, len(word) + 1):
            for pattern, number in self._beginnings.get(word[:length], ()):
                if pattern.fullmatch(word):
                    found.add(number)
        return sorted(found)


def word_pattern(word: str) -> str:
    """The regular expression of one word of a cue."""
    return re.escape(word).replace(r"\*", r"\w*").replace(r"\?", r"\w")


class Question(Protocol):
    """What is asked of the index, given the answers to the questions before."""

    def answer(self, index: Index, answers: Sequence[Spans]) -> Spans:
        """The spans that match."""


class _Questions:
    """The questions of all cues, each asked once, and those that it builds upon before it."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._numbers: dict[Node, int] = {}
        self.all: list[Question] = []

    def number(self, node: Node) -> int:
        """The number of the question that a part of a cue asks."""
        if node not in self._numbers:
            question = self._question(node)
            self._numbers[node] = len(self.all)
            self.all.append(question)
        return self._numbers[node]

    def _question(self, node: Node) -> Question:
        if isinstance(node, Near):
            left, right = self.number(node.left), self.number(node.right)
            return _AskNear(left, right, node.between, node.ordered)
        if isinstance(node, Phrase):
            return self._phrase(node)
        options = list(_options(node))
        single = [option.words[0].lower() for option in options if _is_word(option)]
        others = tuple(self.number(option) for option in options if not _is_word(option))
        words = _AskWords((self._terms.number(single),)) if single else None
        return _AskEither(words, others) if others or words is None else words

    def _phrase(self, phrase: Phrase) -> Question:
        words = _AskWords(tuple(self._terms.number([word.lower()]) for word in phrase.words))
        if not phrase.exact:
            return words
        patterns = ("|".join(map(word_pattern, spellings(word))) for word in phrase.words)
        return _AskExact(words, tuple(map(re.compile, patterns)))


def _options(node: Either) -> Iterator[Node]:
    for option in node.options:
        if isinstance(option, Either):
            yield from _options(option)
        else:
            yield option


def _is_word(node: Node) -> TypeGuard[Phrase]:
    return isinstance(node, Phrase) and len(node.words) == 1 and not node.exact


@dataclass(frozen=True)
class _AskWords:
    """Terms at places that follow each other."""

    terms: tuple[int, ...]

    def answer(self, index: Index, answers: Sequence[Spans]) -> Spans:
        places = [index.places(term) for term in self.terms]
        if len(places) == 1:
            return places[0], places[0]
        by_rarity = sorted(range(len(places)), key=lambda at: len(places[at]))
        first = places[by_rarity[0]] - by_rarity[0]
        for at in by_rarity[1:]:
            if not len(first):
                return _NOTHING
            first = first[_among(first + at, places[at])]
        return first, first + len(places) - 1


@dataclass(frozen=True)
class _AskExact:
    """A phrase with its capital letters as written."""

    words: _AskWords
    written: tuple[re.Pattern[str], ...]

    def answer(self, index: Index, answers: Sequence[Spans]) -> Spans:
        first, last = self.words.answer(index, answers)
        same = [
            all(word.fullmatch(index.word(place + at)) for at, word in enumerate(self.written))
            for place in first.tolist()
        ]
        return (first[same], last[same]) if same else _NOTHING


@dataclass(frozen=True)
class _AskEither:
    """Any of several parts."""

    words: _AskWords | None
    options: tuple[int, ...]

    def answer(self, index: Index, answers: Sequence[Spans]) -> Spans:
        found = [answers[option] for option in self.options]
        if self.words is not None:
            found.append(self.words.answer(index, answers))
        found = [spans for spans in found if len(spans[0])]
        if len(found) < 2:
            return found[0] if found else _NOTHING
        return _distinct(
            np.concatenate([first for first, _ in found]),
            np.concatenate([last for _, last in found]),
        )


@dataclass(frozen=True)
class _AskNear:
    """Two parts with at most so many words between."""

    left: int
    right: int
    between: int
    ordered: bool

    def answer(self, index: Index, answers: Sequence[Spans]) -> Spans:
        left, right = answers[self.left], answers[self.right]
        if not len(left[0]) or not len(right[0]):
            return _NOTHING
        spans = _followed(left, right, self.between)
        if self.ordered:
            return spans
        others = _followed(right, left, self.between)
        if not len(others[0]):
            return spans
        if not len(spans[0]):
            return others
        return _distinct(
            np.concatenate((spans[0], others[0])), np.concatenate((spans[1], others[1]))
        )


def _among(wanted: Places, places: Places) -> NDArray[np.bool_]:
    """Which of the wanted places are among others, which are in order."""
    at = np.searchsorted(places, wanted)
    at[at == len(places)] = 0
    found: NDArray[np.bool_] = places[at] == wanted
    return found


def _followed(before: Spans, after: Spans, between: int) -> Spans:
    """Spans from one that comes before to one that comes after it, few words between."""
    if len(before[0]) <= len(after[0]):
        low = np.searchsorted(after[0], before[1], side="right")
        high = np.searchsorted(after[0], before[1] + between + 1, side="right")
        one, other = _pairs(low, high)
    else:
        order = np.argsort(before[1], kind="stable")
        ends = before[1][order]
        low = np.searchsorted(ends, after[0] - between - 1)
        high = np.searchsorted(ends, after[0])
        other, one = _pairs(low, high)
        one = order[one]
    return _distinct(before[0][one], after[1][other]) if len(one) else _NOTHING


def _pairs(low: Places, high: Places) -> tuple[Places, Places]:
    """Each row with each number from its low to before its high."""
    times = high - low
    rows = np.repeat(np.arange(len(times)), times)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(times) - times, times)
    return rows, low[rows] + within


def _distinct(first: Places, last: Places) -> Spans:
    """Spans by their first word, then their last, each once."""
    order = np.lexsort((last, first))
    first, last = first[order], last[order]
    new = np.concatenate(([True], (first[1:] != first[:-1]) | (last[1:] != last[:-1])))
    return first[new], last[new]


def _apart(first: Places, last: Places) -> Spans:
    """Spans that hold no other, from left to right without those that overlap one taken."""
    if first is last or (first[1:] > last[:-1]).all():
        return first, last
    order = np.lexsort((-first, last))
    first, last = first[order], last[order]
    minimal = np.concatenate(([True], first[1:] > np.maximum.accumulate(first)[:-1]))
    first, last = first[minimal], last[minimal]
    taken, end = [], -1
    for at, (begins, ends) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        if begins > end:
            taken.append(at)
            end = ends
    return first[taken], last[taken]
