"""All cues of a taxonomy as one scanner that reads many texts at once.

The words of the texts are indexed by place (`index`), and each cue is a question to the index: a
phrase asks for words at following places, NEAR and PRE for two parts a few places apart. What
several cues have in common, such as a list of parties, is asked once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import NamedTuple, Protocol, TypeGuard

import numpy as np
from numpy.typing import NDArray

from pipeline.pairs import Numbers, in_ranges
from pipeline.taxonomy.cues import Cue, Either, Near, Node, Phrase
from pipeline.taxonomy.index import ANY_WORD, Index, Places, Vocabulary, portions
from pipeline.taxonomy.spelling import spellings


class Hits(NamedTuple):
    """The matches in many texts, by text, then by place, then by cue: one row each.

    `text` and `cue` are numbers, `start` and `end` the first character and the one after the last.
    """

    text: Numbers
    cue: Numbers
    start: Numbers
    end: Numbers

    def which(self, rows: NDArray[np.bool_]) -> "Hits":
        """Some of the hits."""
        return Hits(*(column[rows] for column in self))

    def bounds(self, texts: int) -> list[int]:
        """Where the rows of each text begin, and after the last where they end."""
        bounds: list[int] = np.searchsorted(self.text, np.arange(texts + 1)).tolist()
        return bounds


Spans = tuple[Places, Places]
"""Places of the first and of the last word of each span, by the first."""

_NONE = np.empty(0, dtype=np.int32)
_NOTHING: Spans = (_NONE, _NONE)


class Scanner:
    """Finds all cues in texts.

    Parameters
    ----------
    cues : the cues; a hit names a cue by its place in this sequence.
    """

    def __init__(self, cues: Sequence[Cue]) -> None:
        terms = Terms()
        self._phrases = _Phrases(terms, (cue.node for cue in cues))
        questions = _Questions(terms, self._phrases.numbers)
        self._asked = [questions.number(cue.node) for cue in cues]
        self._questions = questions.all
        self._vocabulary = Vocabulary(terms.of_word, len(terms))

    def scan(self, texts: Sequence[str], breaks: Sequence[Sequence[int]]) -> Hits:
        """Every match of every cue in each text.

        Parameters
        ----------
        texts : the texts; places are told in their characters.
        breaks : for each text, the characters that no match crosses: where sentences begin.
        """
        parts = []
        for portion in portions(texts):
            hits = self._scan(texts[portion], breaks[portion])
            parts.append(hits._replace(text=hits.text + portion.start))
        return Hits(*map(np.concatenate, zip(*parts, strict=True)))

    def _scan(self, texts: Sequence[str], breaks: Sequence[Sequence[int]]) -> Hits:
        index = Index(texts, breaks, self._vocabulary)
        answers = self._phrases.answers(index)
        for question in self._questions:
            answers.append(question.answer(index, answers))
        found = [_apart(*answers[asked]) for asked in self._asked]
        cue = np.repeat(np.arange(len(found)), [len(first) for first, _ in found])
        first, last = _joined(found)
        # The sort is stable: of equal places, the order stays that of the cues.
        order = np.argsort(_together(first, last), kind="stable")
        text, start, end = index.characters(first[order], last[order])
        return Hits(text, cue[order], start, end)


class Terms:
    """The words and lists of words that cues look for, each with a number."""

    def __init__(self) -> None:
        self._numbers: dict[frozenset[str], int] = {}
        self._whole: dict[str, list[int]] = {}
        self._beginnings: dict[str, list[tuple[re.Pattern[str], int]]] = {}

    def __len__(self) -> int:
        return len(self._numbers)

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


class _Phrases:
    """All phrases of two words or more, looked for at once.

    Parameters
    ----------
    terms : gets the words of the phrases.
    nodes : the cues.

    Attributes
    ----------
    numbers : the number of each phrase, by its words.
    """

    def __init__(self, terms: Terms, nodes: Iterable[Node]) -> None:
        self.numbers: dict[tuple[str, ...], int] = {}
        for phrase in chain.from_iterable(map(_phrases, nodes)):
            self.numbers.setdefault(_small_words(phrase), len(self.numbers))
        lengths = [len(words) for words in self.numbers]
        self._lengths = np.array(lengths, dtype=np.int32)
        self._terms = np.full((len(lengths), max(lengths, default=1)), ANY_WORD, dtype=np.int32)
        for number, words in enumerate(self.numbers):
            self._terms[number, : len(words)] = [terms.number([word]) for word in words]

    def answers(self, index: Index) -> list[Spans]:
        """The spans of each phrase: its rarest word is looked up, the next rarest beside it."""
        if not self.numbers:
            return []
        by_rarity = np.argsort(index.counts[self._terms], axis=1, kind="stable").astype(np.int32)
        terms = np.take_along_axis(self._terms, by_rarity, axis=1)
        phrase, place = index.places_of_each(terms[:, 0])
        place -= by_rarity[phrase, 0]
        for nth in range(1, terms.shape[1]):
            same = index.are(place + by_rarity[phrase, nth], terms[phrase, nth])
            phrase, place = phrase[same], place[same]
        whole = index.sentences[place] == index.sentences[place + self._lengths[phrase] - 1]
        phrase, place = _sorted(phrase[whole], place[whole])
        last = place + self._lengths[phrase] - 1
        bounds = np.searchsorted(phrase, np.arange(len(terms) + 1)).tolist()
        return [(place[low:high], last[low:high]) for low, high in pairwise(bounds)]


class Question(Protocol):
    """What is asked of the index, given the answers to the questions before."""

    def answer(self, index: Index, answers: Sequence[Spans]) -> Spans:
        """The spans that match."""


class _Questions:
    """The questions of all cues, each asked once, and those that it builds upon before it.

    Parameters
    ----------
    terms : gets the words and lists of words.
    phrases : the numbers of the phrases, whose answers come before those of the questions.
    """

    def __init__(self, terms: Terms, phrases: Mapping[tuple[str, ...], int]) -> None:
        self._terms = terms
        self._phrases = phrases
        self._numbers: dict[Question, int] = {}

    @property
    def all(self) -> list[Question]:
        """The questions, in the order of their numbers."""
        return list(self._numbers)

    def number(self, node: Node) -> int:
        """The number of the question that a part of a cue asks."""
        part = self._part(node)
        return part if isinstance(part, int) else self._ask(part)

    def _part(self, node: Node) -> "int | _AskWord":
        """The number of a question, or a list of words that need not be looked up by itself."""
        if isinstance(node, Near):
            left, right = self._part(node.left), self._part(node.right)
            return self._ask(_AskNear(left, right, node.between, node.ordered))
        if isinstance(node, Phrase):
            return self._phrase(node)
        options = list(_options(node))
        single = [option.words[0].lower() for option in options if _is_word(option)]
        asked = [self.number(option) for option in options if not _is_word(option)]
        if single:
            words = _AskWord(self._terms.number(single))
            if not asked:
                return words
            asked.append(self._ask(words))
        return self._ask(_AskEither(tuple(asked)))

    def _phrase(self, phrase: Phrase) -> "int | _AskWord":
        words = _small_words(phrase)
        alike = self._phrases[words] if len(words) > 1 else _AskWord(self._terms.number(words))
        if not phrase.exact:
            return alike
        if not isinstance(alike, int):
            alike = self._ask(alike)
        patterns = ("|".join(map(word_pattern, spellings(word))) for word in phrase.words)
        return self._ask(_AskExact(alike, tuple(map(re.compile, patterns))))

    def _ask(self, question: Question) -> int:
        return self._numbers.setdefault(question, len(self._phrases) + len(self._numbers))


def _small_words(phrase: Phrase) -> tuple[str, ...]:
    """The words of a phrase in small letters."""
    return tuple(word.lower() for word in phrase.words)


def _phrases(node: Node) -> Iterator[Phrase]:
    """The phrases of two words or more in a cue."""
    if isinstance(node, Phrase):
        if len(node.words) > 1:
            yield node
    elif isinstance(node, Either):
        yield from chain.from_iterable(map(_phrases, node.options))
    else:
        yield from _phrases(node.left)
        yield from _phrases(node.right)


def _options(node: Either) -> Iterator[Node]:
    for option in node.options:
        if isinstance(option, Either):
            yield from _options(option)
        else:
            yield option


def _is_word(node: Node) -> TypeGuard[Phrase]:
    return isinstance(node, Phrase) and len(node.words) == 1 and not node.exact


@dataclass(frozen=True)
class _AskWord:
    """A word, or any of a list of words."""

    term: int

    def answer(self, index: Index, answers: Sequence[Spans]) -> Spans:
        places = index.places(self.term)
        return places, places


@dataclass(frozen=True)
class _AskExact:
    """A phrase with its capital letters as written."""

    phrase: int
    written: tuple[re.Pattern[str], ...]

    def answer(self, index: Index, answers: Sequence[Spans]) -> Spans:
        first, last = answers[self.phrase]
        same = [
            all(word.fullmatch(index.word(place + at)) for at, word in enumerate(self.written))
            for place in first.tolist()
        ]
        return (first[same], last[same]) if same else _NOTHING


@dataclass(frozen=True)
class _AskEither:
    """Any of several parts."""

    options: tuple[int, ...]

    def answer(self, index: Index, answers: Sequence[Spans]) -> Spans:
        return _distinct(_joined([answers[option] for option in self.options]), index)


@dataclass(frozen=True)
class _AskNear:
    """Two parts of one sentence with at most so many words between.

    A part is the number of a question, or a word or a list of words, which are often many: then
    they are not looked up but looked for beside the other part.
    """

    left: int | _AskWord
    right: int | _AskWord
    between: int
    ordered: bool

    def answer(self, index: Index, answers: Sequence[Spans]) -> Spans:
        left, right = (
            index.counts[part.term] if isinstance(part, _AskWord) else len(answers[part][0])
            for part in (self.left, self.right)
        )
        if not left or not right:
            return _NOTHING
        if isinstance(self.right, _AskWord) and left * (self.between + 1) < right:
            spans = _spans(self.left, index, answers)
            return self._beside(spans, self.right.term, index, (1,) if self.ordered else (1, -1))
        if isinstance(self.left, _AskWord) and right * (self.between + 1) < left:
            spans = _spans(self.right, index, answers)
            return self._beside(spans, self.left.term, index, (-1,) if self.ordered else (1, -1))
        return self._met(
            _spans(self.left, index, answers), _spans(self.right, index, answers), index
        )

    def _beside(self, spans: Spans, term: int, index: Index, ways: Sequence[int]) -> Spans:
        """Spans with a word of a term after (1) or before (-1) them."""
        first, last = spans
        away = np.arange(1, self.between + 2, dtype=np.int32)
        found = []
        for way in ways:
            at = (last if way > 0 else first)[:, np.newaxis] + way * away
            row, nth = index.are(at, term).nonzero()
            word = at[row, nth]
            found.append((first[row], word) if way > 0 else (word, last[row]))
        return _distinct(_joined(found), index)

    def _met(self, left: Spans, right: Spans, index: Index) -> Spans:
        """Spans from one part to the other."""
        found = [_followed(left, right, self.between)]
        if not self.ordered:
            found.append(_followed(right, left, self.between))
        return _distinct(_joined(found), index)


def _spans(part: int | _AskWord, index: Index, answers: Sequence[Spans]) -> Spans:
    return part.answer(index, answers) if isinstance(part, _AskWord) else answers[part]


def _joined(parts: Sequence[Spans]) -> Spans:
    """The spans of several answers."""
    return (
        np.concatenate([_NONE, *(first for first, _ in parts)]),
        np.concatenate([_NONE, *(last for _, last in parts)]),
    )


def _followed(before: Spans, after: Spans, between: int) -> Spans:
    """Spans from one to one that comes after it, few words between."""
    if len(before[0]) <= len(after[0]):
        low = np.searchsorted(after[0], before[1], side="right")
        high = np.searchsorted(after[0], before[1] + (between + 1), side="right")
        one, other = in_ranges(low, high)
    else:
        order = np.argsort(before[1], kind="stable")
        ends = before[1][order]
        low = np.searchsorted(ends, after[0] - (between + 1))
        high = np.searchsorted(ends, after[0])
        other, one = in_ranges(low, high)
        one = order[one]
    return before[0][one], after[1][other]


def _distinct(spans: Spans, index: Index) -> Spans:
    """Spans that stay within a sentence, by their first word, then their last, each once."""
    first, last = spans
    whole = index.sentences[first] == index.sentences[last]
    first, last = _sorted(first[whole], last[whole])
    new = np.ones(len(first), dtype=np.bool_)
    new[1:] = (first[1:] != first[:-1]) | (last[1:] != last[:-1])
    return first[new], last[new]


def _sorted(one: Places, other: Places) -> tuple[Places, Places]:
    """Rows of two columns in order."""
    both = _together(one, other)
    both.sort(kind="stable")
    return (both >> 32).astype(np.int32), both.astype(np.int32)


def _together(one: Places, other: Places) -> NDArray[np.int64]:
    """One number for each row of two columns, in the same order."""
    return (one.astype(np.int64) << 32) | other


def _apart(first: Places, last: Places) -> Spans:
    """Spans that hold no other, from left to right without those that overlap one taken."""
    if first is last or len(first) < 2 or (first[1:] > last[:-1]).all():
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
