"""Where each field of a merged record comes from, and which records are versions of one work."""

from pathlib import Path

from pipeline.harvest.store import Stored
from pipeline.tables import FIELD_SOURCES, VERSIONS, from_rows, write_table

_FIELDS = tuple(column.name for column in FIELD_SOURCES.columns[1:])


class Notes:
    """What is noted of records as they are written, and written as tables at the end."""

    def __init__(self, versions: tuple[tuple[int, int], ...]) -> None:
        self._versions = versions
        self._linked = {number for pair in versions for number in pair}
        self._names: dict[int, str] = {}
        self._sources: list[dict[str, str]] = []

    def add(self, copies: list[Stored], record_id: str, givers: dict[str, Stored]) -> None:
        """Note a record that was made from these copies."""
        for copy in copies:
            if copy.number in self._linked:
                self._names[copy.number] = record_id
        if len({copy.source for copy in copies}) > 1:
            given = {name: givers[name].source for name in _FIELDS if name in givers}
            self._sources.append({"record_id": record_id, **given})

    def write(self, folder: Path) -> None:
        """Write both tables."""
        pairs = [
            {"record_id": self._names[one], "version_of": self._names[other]}
            for one, other in self._versions
            if one in self._names and other in self._names
        ]
        write_table(FIELD_SOURCES, from_rows(FIELD_SOURCES, self._sources), folder)
        write_table(VERSIONS, from_rows(VERSIONS, pairs), folder)
