"""What stands around a mention: the signals of its sentence, its neighbours and its text."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import sub

from pipeline.classify.readings import NEAR, SENTENCE


@dataclass(slots=True)
class Field:
    """A title or an abstract: where its sentences begin, and the signals in it, by place.

    `names`, `begins` and `ends` have an entry for each signal. A sentence may be as long as a text
    without full stops: nothing here is compared with all of it.
    """

    name: str
    text: str
    starts: list[int]
    names: list[str]
    begins: list[int]
    ends: list[int]
    _longest: int = -1
    _known: dict[tuple[int, int], tuple[dict[str, int], dict[str, int]]] = field(
        default_factory=dict
    )

    def sentence(self, place: int) -> int:
        """The number of the sentence that a character stands in."""
        return bisect_right(self.starts, place) - 1

    def signals(self, where: str, start: int, end: int) -> set[str]:
        """Names of the signals found there, for a mention from `start` to `end`."""
        number = self.sentence(start)
        around = 1 if where == "neighbours" else 0
        rows = self._rows(number - around, number + around)
        if where == "near":
            return self._within(rows, start - NEAR, end + NEAR)
        if where == "following":
            return set(self.names[slice(*self._beginning(rows, start, end + NEAR))])
        if where == "mention":
            return self._within(rows, start, end)
        ended, begun = self._ends_and_beginnings(rows)
        if where == "before":
            return {name for name, first in ended.items() if first <= start}
        if where == "after":
            return {name for name, last in begun.items() if last >= end}
        return set(ended)

    def _ends_and_beginnings(self, rows: tuple[int, int]) -> tuple[dict[str, int], dict[str, int]]:
        """For each name in a range of signals, where its first ends and its last begins."""
        if rows not in self._known:
            ended: dict[str, int] = {}
            begun: dict[str, int] = {}
            for row in range(*rows):
                name, end = self.names[row], self.ends[row]
                begun[name] = self.begins[row]
                if end < ended.get(name, end + 1):
                    ended[name] = end
            self._known[rows] = ended, begun
        return self._known[rows]

    def _within(self, rows: tuple[int, int], low: int, high: int) -> set[str]:
        """Names of the signals of which a part lies between two characters."""
        if self._longest < 0:
            self._longest = max(map(sub, self.ends, self.begins), default=0)
        first, last = self._beginning(rows, low - self._longest, high)
        return {self.names[row] for row in range(first, last) if self.ends[row] > low}

    def _beginning(self, rows: tuple[int, int], low: int, high: int) -> tuple[int, int]:
        """Of a range of signals, those that begin between two characters."""
        first = bisect_left(self.begins, low, *rows)
        return first, bisect_left(self.begins, high, first, rows[1])

    def _rows(self, first: int, last: int) -> tuple[int, int]:
        """The signals of sentences that follow each other, as a range."""
        low = bisect_left(self.begins, self.starts[max(0, first)])
        if last + 1 >= len(self.starts):
            return low, len(self.begins)
        return low, bisect_left(self.begins, self.starts[last + 1], lo=low)


def signals_of_text(fields: Sequence[Field], facets: Iterable[str]) -> Counter[str]:
    """How often each signal is found in a text.

    Parameters
    ----------
    facets : for each mention that may count, the signal that it is by itself.
    """
    found = Counter(name for field in fields for name in field.names)
    found.update(facets)
    found[SENTENCE] = sum(len(field.starts) for field in fields)
    return found
