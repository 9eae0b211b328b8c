"""What stands around a mention: the signals of its sentence, its neighbours and its text."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.classify.readings import NEAR, SENTENCE, Score


@dataclass(slots=True)
class Field:
    """A title or an abstract: where its sentences begin, and the signals in it, by place.

    `names`, `begins` and `ends` have an entry for each signal.
    """

    name: str
    text: str
    starts: list[int]
    names: list[str]
    begins: list[int]
    ends: list[int]

    def sentence(self, place: int) -> int:
        """The number of the sentence that a character stands in."""
        return bisect_right(self.starts, place) - 1

    def signals(self, where: str, start: int, end: int) -> set[str]:
        """Names of the signals found there, for a mention from `start` to `end`."""
        number = self.sentence(start)
        around = 1 if where == "neighbours" else 0
        low, high = self._rows(number - around, number + around)
        if where in ("neighbours", "sentence"):
            return set(self.names[low:high])
        return {
            self.names[row]
            for row in range(low, high)
            if _stands(where, self.begins[row], self.ends[row], start, end)
        }

    def _rows(self, first: int, last: int) -> tuple[int, int]:
        """The signals of sentences that follow each other, as a range."""
        low = bisect_left(self.begins, self.starts[max(0, first)])
        if last + 1 >= len(self.starts):
            return low, len(self.begins)
        return low, bisect_left(self.begins, self.starts[last + 1], lo=low)


def _stands(where: str, first: int, last: int, start: int, end: int) -> bool:
    """Whether a signal from `first` to `last` stands where a rule looks."""
    if where == "before":
        return last <= start
    if where == "after":
        return first >= end
    if where == "near":
        return first < end + NEAR and last > start - NEAR
    if where == "following":
        return start <= first < end + NEAR
    return first < end and last > start


def signals_of_text(
    fields: Sequence[Field], facets: Iterable[str], scores: Sequence[Score]
) -> set[str]:
    """Names of the signals found anywhere in a text, and of the scores that are above zero.

    Parameters
    ----------
    facets : for each mention that may count, the signal that it is by itself.
    """
    found = Counter(name for field in fields for name in field.names)
    found.update(facets)
    found[SENTENCE] = sum(len(field.starts) for field in fields)
    return set(found).union(score.id for score in scores if score.of(found) > 0)
