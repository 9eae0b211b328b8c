"""The words of many texts, by place: an inverted index, as search engines keep one.

The words of a text are its runs of letters, digits and `_`; an `'s` at the end of a word is not a
word. Each word has a place, counted through all the texts, and the number of its sentence.
"""

import string
from collections.abc import Callable, Sequence
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.pairs import Numbers, in_ranges
from pipeline.taxonomy.folding import fold

Places = NDArray[np.int32]

ANY_WORD = -1
"""A term that every word belongs to."""
_NO_TERMS = 0
"""The kind of a word that no term stands for."""
_MOST_WORDS_KEPT = 400_000
"""Different words whose terms are remembered, so that memory does not grow with the corpus."""
_MOST_CHARACTERS = 50_000_000
"""Characters read at once, so that memory is bounded whatever the texts' lengths."""
_BLANK = ord(" ")
_WORD = (string.ascii_letters + string.digits + "_").encode()
_WORDS_ONLY = bytes(code if code in _WORD else _BLANK for code in bytes(range(256)).lower())


class Belonging(NamedTuple):
    """Which terms stand for the words of which kinds.

    `table` says it of a term (row) and a kind (column); the last row is `ANY_WORD`. `term` and
    `kind` are the same as pairs, by the term, without `ANY_WORD`.
    """

    table: NDArray[np.bool_]
    term: Numbers
    kind: Numbers


class Vocabulary(dict[bytes, int]):
    """The terms that each word belongs to, as the number of a kind: words of one kind are alike.

    A word may have blanks behind it, so that the words of a text need not be cut out of it.

    Parameters
    ----------
    terms_of : the terms of a word in small letters, as numbers.
    terms : how many terms there are.
    """

    def __init__(self, terms_of: Callable[[str], Sequence[int]], terms: int) -> None:
        super().__init__()
        self._terms_of = terms_of
        self._kinds: dict[tuple[int, ...], int] = {(): _NO_TERMS}
        self._rows = terms + 1
        self._belonging: Belonging | None = None

    def belonging(self) -> Belonging:
        """Which terms stand for the kinds of words seen so far."""
        found = self._belonging
        if found is None or found.table.shape[1] < len(self._kinds):
            table = np.zeros((self._rows, len(self._kinds)), dtype=np.bool_)
            for kind, terms in enumerate(self._kinds):
                table[list(terms), kind] = True
            term, kind_of_term = table.nonzero()
            table[ANY_WORD] = True
            found = self._belonging = Belonging(table, term, kind_of_term)
        return found

    def __missing__(self, word: bytes) -> int:
        terms = tuple(self._terms_of(word.decode("ascii").rstrip()))
        kind = self._kinds.get(terms)
        if kind is None:
            kind = self._kinds[terms] = len(self._kinds)
        self[word] = kind
        return kind

    def kinds_of(self, words: pa.BinaryArray) -> Numbers:
        """The kind of each word."""
        if len(self) > _MOST_WORDS_KEPT:
            self.clear()
        encoded = words.dictionary_encode()
        different = encoded.dictionary.to_pylist()
        kinds = np.fromiter(map(self.__getitem__, different), np.int32, len(different))
        # Numbers of two bytes or fewer are sorted in one pass.
        small = kinds.astype(np.min_scalar_type(len(self._kinds)))
        found: Numbers = small[encoded.indices.to_numpy()]
        return found


class Index:
    """Where each term stands in some texts.

    Parameters
    ----------
    texts : the texts.
    breaks : for each text, the characters at which a sentence begins.
    vocabulary : the terms of each word.

    Attributes
    ----------
    sentences : the number of the sentence at each place.
    counts : how often each term stands in the texts; the last is `ANY_WORD`.
    """

    def __init__(
        self,
        texts: Sequence[str],
        breaks: Sequence[Sequence[int]],
        vocabulary: Vocabulary,
    ) -> None:
        self._written, self._begins = written_together(texts)
        self._starts, self._ends, words = words_of(self._written)
        kinds = vocabulary.kinds_of(words)
        self._kinds = np.append(kinds, kinds.dtype.type(_NO_TERMS))
        self.sentences = self._sentences(breaks)
        self._belongs, term, self._kinds_of_terms = vocabulary.belonging()
        self._of_term = np.searchsorted(term, np.arange(len(self._belongs)))
        times = np.bincount(kinds, minlength=self._belongs.shape[1])
        self._by_kind = np.argsort(kinds, kind="stable").astype(np.int32)
        self._of_kind = np.concatenate(([0], np.cumsum(times)))
        self.counts = np.bincount(term, times[self._kinds_of_terms], len(self._belongs))
        self.counts[ANY_WORD] = len(kinds)
        self._places_of_term: dict[int, Places] = {}

    def _sentences(self, breaks: Sequence[Sequence[int]]) -> Places:
        begins = np.zeros(len(self._starts) + 1, dtype=np.int8)
        for cut in (self._begins, self._all_breaks(breaks)):
            begins[np.searchsorted(self._starts, cut.astype(np.int32))] = 1
        found: Places = np.cumsum(begins[:-1], dtype=np.int32)
        return found

    def _all_breaks(self, breaks: Sequence[Sequence[int]]) -> NDArray[np.int64]:
        counts = np.fromiter(map(len, breaks), dtype=np.int64, count=len(breaks))
        within = np.fromiter(chain.from_iterable(breaks), dtype=np.int64, count=int(counts.sum()))
        found: NDArray[np.int64] = within + np.repeat(self._begins[:-1], counts)
        return found

    def places(self, term: int) -> Places:
        """The places of a term, in order."""
        found = self._places_of_term.get(term)
        if found is None:
            found = self._places_of_term[term] = self._gather(term)
        return found

    def _gather(self, term: int) -> Places:
        kinds = self._kinds_of_terms[self._of_term[term] : self._of_term[term + 1]].tolist()
        bounds = self._of_kind
        parts = [self._by_kind[bounds[kind] : bounds[kind + 1]] for kind in kinds]
        places = np.concatenate([self._by_kind[:0], *parts])
        # Each part is in order, which this sort makes use of.
        places.sort(kind="stable")
        return places

    def places_of_each(self, terms: Numbers) -> tuple[Numbers, Places]:
        """The places of several terms, in no order, each with the row of its term."""
        row, of_term = in_ranges(self._of_term[terms], self._of_term[terms + 1])
        kind = self._kinds_of_terms[of_term]
        of_row, at = in_ranges(self._of_kind[kind], self._of_kind[kind + 1])
        return row[of_row], self._by_kind[at]

    def are(self, places: Places, terms: Numbers | int) -> NDArray[np.bool_]:
        """Whether a term stands for the word at each place; for no place outside the texts."""
        # As numbers without a sign, places before the first are beyond the last.
        kinds = self._kinds.take(places.astype(np.uint32), mode="clip")
        found: NDArray[np.bool_] = self._belongs[terms, kinds]
        return found

    def word(self, place: int) -> str:
        """The word at a place, as written."""
        return self._written[self._starts[place] : self._ends[place]].decode("ascii")

    def characters(self, first: Places, last: Places) -> tuple[Numbers, Numbers, Numbers]:
        """For spans from a first to a last word: their text, first character and end in it."""
        starts, ends = self._starts[first], self._ends[last]
        text = np.searchsorted(self._begins, starts, side="right") - 1
        return text, starts - self._begins[text], ends - self._begins[text]


def portions(texts: Sequence[str]) -> list[slice]:
    """Texts that follow each other, cut so that each portion can be read at once; at least one."""
    bounds, characters = [0], 0
    for place, text in enumerate(texts):
        characters += len(text)
        if characters > _MOST_CHARACTERS and place > bounds[-1]:
            bounds.append(place)
            characters = len(text)
    return [slice(*ends) for ends in pairwise([*bounds, len(texts)])]


def written_together(texts: Sequence[str]) -> tuple[bytes, NDArray[np.int64]]:
    """Texts folded and joined, and where each begins; last, where one more would.

    A sign stands before each text and after the last, so that no word is at either end.
    """
    written = "\n".join(["", *map(fold, texts), ""]).encode("ascii")
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    return written, np.cumsum(np.concatenate(([1], lengths + 1)))


def words_of(written: bytes) -> tuple[Places, Places, pa.BinaryArray]:
    """First character, end and small letters of each word; blanks may follow a word."""
    plain = bytearray(written.translate(_WORDS_ONLY))
    letters = np.frombuffer(plain, dtype=np.uint8)
    letters[_genitives(np.frombuffer(written, dtype=np.uint8), letters)] = _BLANK
    is_word = letters != _BLANK
    edges = np.flatnonzero(is_word[1:] != is_word[:-1]).astype(np.int32)
    edges += 1
    starts, ends = edges[::2], edges[1::2]
    bounds = np.append(starts, np.int32(len(plain)))
    words = pa.BinaryArray.from_buffers(
        pa.binary(), len(starts), [None, pa.py_buffer(bounds), pa.py_buffer(plain)]
    )
    return starts, ends, words


def _genitives(signs: NDArray[np.uint8], letters: NDArray[np.uint8]) -> Numbers:
    """Where the `s` of each `'s` that ends a word stands."""
    at = np.flatnonzero(signs[1:-2] == ord("'")) + 2
    ends_a_word = (letters[at - 2] != _BLANK) & (letters[at + 1] == _BLANK)
    found: Numbers = at[ends_a_word & (letters[at] == ord("s"))]
    return found
