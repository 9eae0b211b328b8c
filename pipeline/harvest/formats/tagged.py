"""What formats of tagged lines (RIS, MEDLINE, Web of Science) have in common."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Fields:
    """The values of one entry's tags, in order, and the line it begins on."""

    line: int
    values: dict[str, list[str]] = field(default_factory=dict)
    _last: str = ""

    def add(self, tag: str, value: str) -> None:
        """Take in a line with a tag."""
        self.values.setdefault(tag, []).append(value.strip())
        self._last = tag

    def go_on(self, line: str, by: str = "\n") -> None:
        """Take in a line that continues the last tag's value."""
        if self._last:
            values = self.values[self._last]
            values[-1] = f"{values[-1]}{by}{line.strip()}".strip()

    def first(self, *tags: str) -> str:
        """The first value that is not blank among those of the tags, in their order."""
        return next(self._all(tags), "")

    def joined(self, *tags: str, by: str = "; ") -> str:
        """All values of the first of the tags that has any."""
        for tag in tags:
            if found := list(self._all((tag,))):
                return by.join(found)
        return ""

    def all(self, *tags: str, by: str = "; ") -> str:
        """All values of all the tags."""
        return by.join(self._all(tags))

    def _all(self, tags: tuple[str, ...]) -> Iterator[str]:
        return (value for tag in tags for value in self.values.get(tag, ()) if value)


def pages(first: str, last: str) -> str:
    """A range of pages from its ends."""
    return f"{first}-{last}" if first and last else first
