"""The words of many texts, by place: an inverted index, as search engines keep one.

The words of a text are its runs of letters, digits and `_`; an `'s` at the end of a word is not a
word. Each word has a place, counted through all the texts; between two sentences places are left
out, so that nothing is near what stands in another sentence.
"""

import string
from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.taxonomy.cues import MOST_WORDS_BETWEEN
from pipeline.taxonomy.folding import fold

Places = NDArray[np.int64]

_APART = MOST_WORDS_BETWEEN + 2
"""Places left out between two sentences: more than any cue may have between its parts."""
_MOST_WORDS_KEPT = 400_000
"""Different words whose terms are remembered, so that memory does not grow with the corpus."""
_WORD = (string.ascii_letters + string.digits + "_").encode()
_IS_WORD = bytes(code in _WORD for code in range(256))


class Vocabulary(dict[bytes, int]):
    """The terms that each word belongs to, as the number of a kind: words of one kind are alike.

    Parameters
    ----------
    terms_of : the terms of a word in small letters, as numbers.
    """

    def __init__(self, terms_of: Callable[[str], Sequence[int]]) -> None:
        super().__init__()
        self._terms_of = terms_of
        self._kinds: dict[tuple[int, ...], int] = {(): 0}
        self._with_term: dict[int, list[int]] = {}

    @property
    def kinds(self) -> int:
        """How many kinds of words there are."""
        return len(self._kinds)

    def kinds_with(self, term: int) -> list[int]:
        """The kinds of the words that a term stands for."""
        return self._with_term.get(term, [])

    def __missing__(self, word: bytes) -> int:
        terms = tuple(self._terms_of(word.decode("ascii")))
        kind = self._kinds.get(terms)
        if kind is None:
            kind = self._kinds[terms] = len(self._kinds)
            for term in terms:
                self._with_term.setdefault(term, []).append(kind)
        self[word] = kind
        return kind

    def kinds_of(self, words: pa.LargeBinaryArray) -> NDArray[np.int32]:
        """The kind of each word."""
        if len(self) > _MOST_WORDS_KEPT:
            self.clear()
        encoded = words.dictionary_encode()
        different = encoded.dictionary.to_pylist()
        kinds = np.fromiter(map(self.__getitem__, different), np.int32, len(different))
        found: NDArray[np.int32] = kinds[encoded.indices.to_numpy()]
        return found


class Index:
    """Where each term stands in some texts.

    Parameters
    ----------
    texts : the texts.
    breaks : for each text, the characters at which a sentence begins.
    vocabulary : the terms of each word.
    """

    def __init__(
        self,
        texts: Sequence[str],
        breaks: Sequence[Sequence[int]],
        vocabulary: Vocabulary,
    ) -> None:
        self._vocabulary = vocabulary
        self.written = "\n".join(map(fold, texts))
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        self._begins = np.concatenate(([0], np.cumsum(lengths + 1)))
        self._starts, self._ends, kinds = _words(self.written.encode("ascii"), vocabulary)
        apart = np.zeros(len(self._starts) + 1, dtype=np.int64)
        for cut in (self._begins[:-1], self._all_breaks(breaks)):
            apart[np.searchsorted(self._starts, cut)] = _APART
        self._places = np.arange(len(self._starts)) + np.cumsum(apart[:-1])
        self._word_at = np.zeros(int(self._places[-1]) + 1 if len(self._places) else 0, np.int32)
        self._word_at[self._places] = np.arange(len(self._places), dtype=np.int32)
        # Numbers of two bytes or fewer are sorted in one pass.
        order = np.argsort(kinds.astype(np.min_scalar_type(vocabulary.kinds)), kind="stable")
        self._by_kind = self._places[order]
        counts = np.bincount(kinds, minlength=vocabulary.kinds)
        self._bounds = [0, *np.cumsum(counts).tolist()]
        self._places_of_term: dict[int, Places] = {}

    def _all_breaks(self, breaks: Sequence[Sequence[int]]) -> Places:
        counts = np.fromiter(map(len, breaks), dtype=np.int64, count=len(breaks))
        within = np.fromiter(chain.from_iterable(breaks), dtype=np.int64, count=int(counts.sum()))
        found: Places = within + np.repeat(self._begins[:-1], counts)
        return found

    def places(self, term: int) -> Places:
        """The places of a term, in order."""
        found = self._places_of_term.get(term)
        if found is None:
            found = self._places_of_term[term] = self._gather(term)
        return found

    def _gather(self, term: int) -> Places:
        kinds = self._vocabulary.kinds_with(term)
        parts = [self._by_kind[self._bounds[kind] : self._bounds[kind + 1]] for kind in kinds]
        parts = [part for part in parts if len(part)]
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return self._by_kind[:0]
        places = np.concatenate(parts)
        places.sort(kind="stable")
        return places

    def word(self, place: int) -> str:
        """The word at a place, as written."""
        number = self._word_at[place]
        return self.written[self._starts[number] : self._ends[number]]

    def characters(self, first: Places, last: Places) -> tuple[Places, Places, Places]:
        """For spans from a first to a last word: their text, first character and end in it."""
        starts = self._starts[self._word_at[first]]
        ends = self._ends[self._word_at[last]]
        text = np.searchsorted(self._begins, starts, side="right") - 1
        return text, starts - self._begins[text], ends - self._begins[text]


def _words(content: bytes, vocabulary: Vocabulary) -> tuple[Places, Places, NDArray[np.int32]]:
    """First character, end and kind of each word."""
    signs = np.frombuffer(content, dtype=np.uint8)
    is_word = np.frombuffer(content.translate(_IS_WORD), dtype=np.bool_)
    edges = np.flatnonzero(np.diff(is_word, prepend=False, append=False))
    starts, ends = edges[::2], edges[1::2]
    own = ~_genitives(signs, is_word, starts, ends)
    offsets = np.zeros(len(starts) + 1, dtype=np.int64)
    np.cumsum(ends - starts, out=offsets[1:])
    letters = np.frombuffer(content.lower(), dtype=np.uint8)[is_word]
    words = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(starts), [None, pa.py_buffer(offsets), pa.py_buffer(letters)]
    )
    return starts[own], ends[own], vocabulary.kinds_of(words)[own]


def _genitives(
    signs: NDArray[np.uint8], is_word: NDArray[np.bool_], starts: Places, ends: Places
) -> NDArray[np.bool_]:
    """Which words are the s of an `'s` that ends another word."""
    genitive = np.zeros(len(starts), dtype=bool)
    alone = np.flatnonzero((ends - starts == 1) & (starts > 1))
    at = starts[alone]
    genitive[alone] = (
        np.isin(signs[at], list(b"sS")) & (signs[at - 1] == ord("'")) & is_word[at - 2]
    )
    return genitive
