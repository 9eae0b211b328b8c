"""What the learned classifier sees of a text: its words, their letters, and how its cues were read.

A feature has a name that a person can read:

- `word: training`: a word;
- `letters: <coac`: letters in a row within a word, `<` where it begins and `>` where it ends;
- `cues say training`: what the cues alone decide;
- `training kept`, `training kept in methods`, `trust statistical`, `trust kept as outcome`: a
  mention of a concept of this group, how it was read, in which section, and in which role.

A word counts once for a text, letters once for each distinct word that has them, and both are
divided by the square root of the number of distinct words, so that a long abstract weighs no more
than a short passage. A way of reading counts as the square root of its times, three at most.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeVar

import numpy as np
from scipy.sparse import csr_array, diags_array, hstack

from pipeline.classify.coder import Mention, Reading
from pipeline.classify.decisions import Sheet
from pipeline.classify.model import Array
from pipeline.taxonomy.concepts import Concept
from pipeline.taxonomy.folding import fold

LETTERS = (3, 4, 5)
"""How many letters in a row are looked at within a word."""

MOST_COUNTED = 3
"""Times that one way of reading counts at most."""

MOST_WORDS = 200_000
"""Distinct words whose scores are kept at hand; beyond it they are worked out anew."""

_LETTERS_ONLY = {code: chr(code).lower() if chr(code).isalpha() else " " for code in range(128)}

Key = TypeVar("Key", bound=Hashable)


def words_of(title: str, abstract: str) -> list[str]:
    """The words of a text in their order, in lower case and without accents or digits."""
    return fold(f"{title} . {abstract}").translate(_LETTERS_ONLY).split()


def names_of_word(word: str) -> list[str]:
    """The features of one word: itself and its letters."""
    marked = f"<{word}>"
    letters = {marked[i : i + n] for n in LETTERS for i in range(len(marked) - n + 1)}
    return [f"word: {word}", *(f"letters: {part}" for part in sorted(letters))]


def names_of_mention(mention: Mention, concept: Concept) -> list[str]:
    """The features of how one mention was read."""
    of_group = f"{concept.group or concept.id} {mention.reading}"
    return [
        of_group,
        f"{of_group} in {mention.section or mention.field}",
        f"any {concept.facet} {mention.reading}",
        *(f"{of_group} as {role}" for role in mention.role.split(";") if role),
    ]


def names_of_verdict(targets: Iterable[str]) -> list[str]:
    """The features of what the cues alone decide."""
    return [f"cues say {target}" for target in sorted(targets)]


def incidence(rows: Iterable[Iterable[Key]], numbers: dict[Key, int], grow: bool) -> csr_array:
    """Which row has which key, in the order of the row, so that sums never depend on the numbers.

    Parameters
    ----------
    numbers : the column of each key. Where `grow`, it takes up new ones; else they are left out.
    """
    if grow:
        known = [[numbers.setdefault(key, len(numbers)) for key in row] for row in rows]
    else:
        known = [[numbers[key] for key in row if key in numbers] for row in rows]
    return _matrix(known, len(numbers))


def _matrix(rows: Sequence[Sequence[int]], width: int) -> csr_array:
    """A 1 in each row for each of its columns, in their order."""
    columns = np.array(list(chain.from_iterable(rows)), np.int32)
    ends = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    return csr_array((np.ones(len(columns)), columns, ends), shape=(len(rows), width))


def _distinct(keys: Iterable[Key]) -> list[Key]:
    """Each key once, in the order of its first time: a set would have another order each run."""
    return list(dict.fromkeys(keys))


def _by_length(distinct: Sequence[Sequence[str]]) -> Any:
    """What divides the words of each text: the root of how many distinct ones it has."""
    return diags_array(1 / np.sqrt([max(len(words), 1) for words in distinct]))


def _dampened(times: csr_array) -> csr_array:
    times.sum_duplicates()
    times.data = np.sqrt(np.minimum(times.data, MOST_COUNTED))
    return times


@dataclass(frozen=True)
class Table:
    """Texts by features; the features that speak of words stand before `cues_from`."""

    names: list[str]
    matrix: csr_array
    cues_from: int


def features(
    titles: Sequence[str],
    abstracts: Sequence[str],
    readings: Sequence[Reading],
    concepts: Mapping[str, Concept],
) -> Table:
    """All features of some texts, named in alphabetical order within each kind."""
    words = [words_of(*text) for text in zip(titles, abstracts, strict=True)]
    distinct = [_distinct(known) for known in words]
    by_length = _by_length(distinct)
    numbers: dict[str, int] = {}
    has_word = incidence(distinct, numbers, grow=True)
    parts: dict[str, int] = {}
    in_word = incidence(map(names_of_word, numbers), parts, grow=True)
    ways: dict[str, int] = {}
    sheet = Sheet(concepts)
    names_read = (
        [
            *names_of_verdict(sheet.by_cues(reading)),
            *(n for m in reading.mentions for n in names_of_mention(m, concepts[m.concept])),
        ]
        for reading in readings
    )
    read = incidence(names_read, ways, grow=True)
    blocks = (
        (list(parts), by_length @ has_word @ in_word),
        (list(ways), _dampened(read)),
    )
    names: list[str] = []
    ordered = []
    for block, matrix in blocks:
        order = sorted(range(len(block)), key=block.__getitem__)
        names += [block[place] for place in order]
        ordered.append(csr_array(matrix)[:, order])
    return Table(names, csr_array(hstack(ordered, format="csr")), len(parts))


class Weigher:
    """Adds up the weights of a text's features, those of each distinct word worked out once.

    Parameters
    ----------
    names : the features.
    weights : features x targets.
    """

    def __init__(
        self, names: Sequence[str], weights: Array, concepts: Mapping[str, Concept]
    ) -> None:
        self._numbers = {name: place for place, name in enumerate(names)}
        self._weights = weights
        self._concepts = concepts
        self._sheet = Sheet(concepts)
        self._of_mention: dict[tuple[str, ...], list[int]] = {}
        self._forget()

    def _forget(self) -> None:
        """Begin without any word at hand."""
        self._words: dict[str, int] = {}
        self._of_words = np.zeros((0, self._weights.shape[1]))

    def totals(
        self, titles: Sequence[str], abstracts: Sequence[str], readings: Sequence[Reading]
    ) -> Array:
        """The sum of weights, texts x targets."""
        if len(self._words) > MOST_WORDS:
            self._forget()
        distinct = [_distinct(words_of(*text)) for text in zip(titles, abstracts, strict=True)]
        has_word = incidence(distinct, self._words, grow=True)
        self._weigh_new_words()
        read = _dampened(_matrix(list(map(self._numbers_of, readings)), len(self._numbers)))
        return np.asarray(_by_length(distinct) @ (has_word @ self._of_words) + read @ self._weights)

    def parts(
        self, title: str, abstract: str, reading: Reading, target: int
    ) -> list[tuple[str, float]]:
        """What each word, its letters with it, and each way of reading adds to one total."""
        words = _distinct(words_of(title, abstract))
        in_words = incidence(map(names_of_word, words), self._numbers, grow=False)
        of_words = in_words @ self._weights[:, target] / np.sqrt(max(len(words), 1))
        read = _dampened(_matrix([self._numbers_of(reading)], len(self._numbers)))
        names = list(self._numbers)
        return [
            *zip((f"“{word}”" for word in words), of_words.tolist(), strict=True),
            *(
                (names[number], times * float(self._weights[number, target]))
                for number, times in zip(read.indices.tolist(), read.data.tolist(), strict=True)
            ),
        ]

    def _weigh_new_words(self) -> None:
        new = list(self._words)[len(self._of_words) :]
        parts = incidence(map(names_of_word, new), self._numbers, grow=False)
        self._of_words = np.vstack([self._of_words, parts @ self._weights])

    def _numbers_of(self, reading: Reading) -> list[int]:
        """The features of a reading that weigh anything, each as often as it holds."""
        numbers = self._known(names_of_verdict(self._sheet.by_cues(reading)))
        for m in reading.mentions:
            way = (m.concept, m.reading, m.section or m.field, m.role)
            known = self._of_mention.get(way)
            if known is None:
                known = self._known(names_of_mention(m, self._concepts[m.concept]))
                self._of_mention[way] = known
            numbers += known
        return numbers

    def _known(self, names: Iterable[str]) -> list[int]:
        return [self._numbers[name] for name in names if name in self._numbers]
