"""What the words of a text say of it as a whole, each for or against."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipeline.taxonomy.index import portions, words_of, written_together
from pipeline.taxonomy.spelling import spellings

_NO_POINTS = -1


class WordPoints:
    """Adds up the points of the words of texts.

    A word counts in all its spellings; three times it counts double, seven times threefold.

    Parameters
    ----------
    scores : for each score the points of words, in small letters.
    """

    def __init__(self, scores: Sequence[Mapping[str, float]]) -> None:
        self.words = sorted(set().union(*scores))
        self._row = {
            spelt.encode(): row for row, word in enumerate(self.words) for spelt in spellings(word)
        }
        points = [[score.get(word, 0.0) for score in scores] for word in self.words]
        self.points = np.array(points).reshape(len(self.words), len(scores))

    def totals(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """The points of all words of each text: texts by scores."""
        if not self.words:
            return np.zeros((len(texts), self.points.shape[1]))
        return np.concatenate(
            [self._counted(texts[portion]) @ self.points for portion in portions(texts)]
        )

    def parts(self, text: str) -> list[tuple[str, list[float]]]:
        """The words of a text that have points, and what each adds to each score."""
        counted = self._counted([text])
        added = counted.data[:, None] * self.points[counted.indices]
        return [
            (self.words[row], points)
            for row, points in zip(counted.indices, added.tolist(), strict=True)
        ]

    def _counted(self, texts: Sequence[str]) -> csr_array:
        """How much each word counts in each text: texts by `words`."""
        written, begins = written_together(texts)
        starts, _, words = words_of(written)
        encoded = words.dictionary_encode()
        row_of = [
            self._row.get(word.rstrip(), _NO_POINTS) for word in encoded.dictionary.to_pylist()
        ]
        rows = np.array(row_of, dtype=np.int32)[encoded.indices.to_numpy()]
        has_points = rows != _NO_POINTS
        ends = np.searchsorted(starts[has_points], begins)
        counted = csr_array(
            (np.ones(has_points.sum()), rows[has_points], ends), shape=(len(texts), len(self.words))
        )
        counted.sum_duplicates()
        counted.data = np.log2(1 + counted.data)
        return counted
