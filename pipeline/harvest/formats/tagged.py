"""What formats of tagged lines (RIS, MEDLINE, Web of Science, ProQuest) have in common."""

from collections.abc import Iterator


class Fields:
    """The values of one entry's tags, in order, and the line it begins on.

    `by` joins a value to the lines that continue it; `last` is the tag that was added last.
    """

    def __init__(self, line: int, by: str = "\n") -> None:
        self.line, self._by = line, by
        self._lines: dict[str, list[list[str]]] = {}
        self._last: list[str] = []
        self.last = ""

    def add(self, tag: str, value: str) -> None:
        """Take in a line with a tag."""
        self.last, self._last = tag, [value.strip()]
        self._lines.setdefault(tag, []).append(self._last)

    def go_on(self, line: str) -> None:
        """Take in a line that continues the last tag's value."""
        self._last.append(line.strip())

    @property
    def tags(self) -> set[str]:
        """The tags that the entry has."""
        return set(self._lines)

    def values(self, tag: str) -> Iterator[str]:
        """The values of a tag that are not blank."""
        for lines in self._lines.get(tag, ()):
            if value := self._by.join(filter(None, lines)):
                yield value

    def first(self, *tags: str) -> str:
        """The first value among those of the tags, in their order."""
        return next((value for tag in tags for value in self.values(tag)), "")

    def joined(self, *tags: str, by: str = "; ") -> str:
        """All values of the first of the tags that has any."""
        return next((found for tag in tags if (found := by.join(self.values(tag)))), "")

    def all(self, *tags: str, by: str = "; ") -> str:
        """All values of all the tags."""
        return by.join(value for tag in tags for value in self.values(tag))


def pages(first: str, last: str) -> str:
    """A range of pages from its ends."""
    return f"{first}-{last}" if first and last else first
