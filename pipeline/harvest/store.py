"""The scratch file of a harvest: rows and their keys on disk, so that memory does not grow.

Rows are numbered in the order in which they were received. A row that turns out to be another
copy of an earlier one is joined to it; what was joined or rejected stays in the file until the
tables are written.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from operator import attrgetter
from pathlib import Path

from pipeline.errors import RapportError
from pipeline.harvest.normalise import Row

_COLUMNS = tuple(field.name for field in fields(Row))
_SCHEMA = f"""
CREATE TABLE rows (number INTEGER PRIMARY KEY, source TEXT, {", ".join(_COLUMNS)},
                   apart TEXT NOT NULL DEFAULT '');
CREATE TABLE keys (key TEXT, number INTEGER);
CREATE TABLE joined (number INTEGER PRIMARY KEY, first INTEGER, reason TEXT, record_id TEXT);
CREATE TABLE refused (first INTEGER PRIMARY KEY, reason TEXT);
CREATE TABLE rejected (number INTEGER PRIMARY KEY, source TEXT, place TEXT, reason TEXT,
                       title TEXT);
"""
_INSERT = f"INSERT INTO rows VALUES (?, ?, {', '.join('?' * len(_COLUMNS))}, '')"  # noqa: S608
_SELECT = f"SELECT number, source, apart, {', '.join(_COLUMNS)} FROM rows"  # noqa: S608
_BATCH = 1_000
_values = attrgetter(*_COLUMNS)
_CACHE_KIB = 32 * 1024


class Stored:
    """A row with its number and source.

    `apart` names the identifiers (doi, pmid, text) that it shares with another work by mistake.
    """

    __slots__ = ("apart", "number", "row", "source")

    def __init__(self, number: int, source: str, apart: str, *columns: object) -> None:
        self.number, self.source, self.apart = number, source, apart.split()
        self.row = Row(*columns)  # type: ignore[arg-type]


@contextmanager
def open_store(folder: Path) -> Iterator["Store"]:
    """A store in a scratch file inside `folder`, which is removed when it is closed.

    Raises
    ------
    RapportError
        where the folder cannot be written to, or the disk is full.
    """
    path = folder / ".harvest.sqlite"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        connection = sqlite3.connect(path, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise RapportError(
            f"cannot write here ({error})", where=folder, cure="Choose a folder you can write to"
        ) from error
    try:
        yield Store(connection)
    except sqlite3.OperationalError as error:
        raise RapportError(
            f"cannot be written ({error})",
            where=path,
            cure="Free some space, then run the same command again",
        ) from error
    finally:
        connection.close()
        path.unlink(missing_ok=True)


class Store:
    """Rows, what was rejected, and which rows were joined to which."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._database = connection
        self._number = 0
        self._waiting: list[tuple[object, ...]] = []
        self._waiting_keys: list[tuple[str, int]] = []
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        self._database.executescript(_SCHEMA)

    # -- while sources are read

    def add(self, source: str, row: Row, keys: list[str]) -> None:
        """Take in a row and the keys under which its copies will be found."""
        self._number += 1
        self._waiting.append((self._number, source, *_values(row)))
        self._waiting_keys += [(key, self._number) for key in keys]
        if len(self._waiting) >= _BATCH:
            self._flush()

    def reject(self, source: str, place: str, reason: str, title: str) -> None:
        """Take in an entry that can be no record."""
        self._number += 1
        self._database.execute(
            "INSERT INTO rejected VALUES (?, ?, ?, ?, ?)",
            (self._number, source, place, reason, title),
        )

    def _flush(self) -> None:
        self._database.execute("BEGIN")
        self._database.executemany(_INSERT, self._waiting)
        self._database.executemany("INSERT INTO keys VALUES (?, ?)", self._waiting_keys)
        self._database.execute("COMMIT")
        self._waiting.clear()
        self._waiting_keys.clear()

    def index(self) -> None:
        """Make keys searchable, once all sources are read."""
        self._flush()
        self._database.execute("CREATE INDEX by_key ON keys (key, number)")

    # -- while copies are joined

    def shared_keys(self, kind: str) -> Iterator[tuple[str, list[int]]]:
        """Each key of a kind that several rows have, and their numbers in order."""
        found = self._database.execute(
            "SELECT key FROM keys WHERE key >= ? AND key < ? GROUP BY key HAVING COUNT(*) > 1",
            (f"{kind}:", f"{kind};"),
        )
        for (key,) in found:
            numbers = self._database.execute(
                "SELECT number FROM keys WHERE key = ? ORDER BY number", (key,)
            )
            yield key, [number for (number,) in numbers]

    def get(self, number: int) -> Stored:
        """The row of a number."""
        found = self._database.execute(f"{_SELECT} WHERE number = ?", (number,))
        return Stored(*found.fetchone())

    def first_of(self, number: int) -> int:
        """The first row among those that a row was joined to; itself where it was not."""
        while found := self._database.execute(
            "SELECT first FROM joined WHERE number = ?", (number,)
        ).fetchone():
            number = found[0]
        return number

    def join(self, number: int, other: int, reason: str) -> None:
        """Make two rows, and all that are joined to either, one record: the earliest of them."""
        first, later = sorted((self.first_of(number), self.first_of(other)))
        if first != later:
            self._database.execute(
                "INSERT INTO joined VALUES (?, ?, ?, NULL)", (later, first, reason)
            )

    def set_apart(self, number: int, kind: str) -> None:
        """Mark an identifier of a row as one that it shares with another work by mistake."""
        self._database.execute(
            "UPDATE rows SET apart = apart || ' ' || ? WHERE number = ?", (kind, number)
        )

    def settle(self) -> None:
        """Lead every joined row straight to its first, once all copies are joined."""
        further = "SELECT onward.first FROM joined onward WHERE onward.number = joined.first"
        while self._database.execute(
            f"UPDATE joined SET first = ({further}) WHERE EXISTS ({further})"  # noqa: S608
        ).rowcount:
            pass
        self._database.execute("CREATE INDEX IF NOT EXISTS by_first ON joined (first, number)")

    # -- while tables are written

    def records(self) -> Iterator[list[Stored]]:
        """The rows of each record, the first first, in the order of the first."""
        reader = self._database.execute(
            f"{_SELECT} WHERE number NOT IN (SELECT number FROM joined) ORDER BY number"  # noqa: S608
        )
        for columns in reader:
            first = Stored(*columns)
            copies = self._database.execute(
                "SELECT number FROM joined WHERE first = ? ORDER BY number", (first.number,)
            ).fetchall()
            yield [first, *(self.get(number) for (number,) in copies)]

    def name(self, number: int, record_id: str) -> None:
        """Tell all rows that were joined to a first one which record they are part of."""
        self._database.execute(
            "UPDATE joined SET record_id = ? WHERE first = ?", (record_id, number)
        )

    def refuse(self, number: int, reason: str) -> None:
        """Reject a first row, and with it all that are joined to it, though they can be records."""
        self._database.execute("INSERT INTO refused VALUES (?, ?)", (number, reason))

    def left_out(self) -> Iterator[tuple[str, str, str, str, str | None, str]]:
        """Source, place, outcome, reason, record_id and title of all that was merged or rejected.

        In the order in which they were received.
        """
        yield from self._database.execute(
            "SELECT source, place, CASE WHEN refused.reason IS NULL THEN 'merged' ELSE 'rejected'"
            " END, COALESCE(refused.reason, joined.reason), record_id, title, number"
            " FROM joined JOIN rows USING (number) LEFT JOIN refused USING (first)"
            " UNION ALL SELECT source, place, 'rejected', refused.reason, NULL, title, number"
            " FROM rows JOIN refused ON number = first"
            " UNION ALL SELECT source, place, 'rejected', reason, NULL, title, number FROM rejected"
            " ORDER BY number"
        )

    def shared_source_ids(self) -> Iterator[tuple[str, str, int, str]]:
        """Source, identifier, count and first places of works that a source calls by one name."""
        yield from self._database.execute(
            "SELECT source, source_id, COUNT(*), MIN(place) || ' and ' || MAX(place) FROM rows"
            " WHERE source_id <> place AND number NOT IN (SELECT number FROM joined)"
            " GROUP BY source, source_id HAVING COUNT(*) > 1 ORDER BY MIN(number)"
        )

    def counts(self) -> Iterator[tuple[str, int, int]]:
        """For each source, the rows that were merged and the entries that were rejected."""
        yield from self._database.execute(
            "SELECT source, SUM(merged), SUM(1 - merged) FROM ("
            " SELECT source, refused.first IS NULL AS merged"
            " FROM joined JOIN rows USING (number) LEFT JOIN refused USING (first)"
            " UNION ALL SELECT source, 0 FROM rows JOIN refused ON number = first"
            " UNION ALL SELECT source, 0 FROM rejected) GROUP BY source"
        )
