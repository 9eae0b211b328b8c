"""What a file of a whole database yields, entry by entry."""

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from pipeline.errors import RapportError
from pipeline.harvest.entries import Entry


class Kind(IntEnum):
    """What becomes of an entry, as far as its own file tells."""

    TEXT = 0
    """A record that the study asks for."""
    REFUSED = 1
    """A record that the study does not ask for."""
    BROKEN = 2
    """An entry that cannot be read."""
    RETIRED = 3
    """No record: the database says that an identifier is no longer one of its records."""


class Item(NamedTuple):
    """One entry.

    Attributes
    ----------
    number : identifier in the database, without its letter; 0 where there is none.
    line : line of the file on which it begins, or its number in a file without lines.
    entry : the record, where it could be read and was worth reading.
    reason : why there is no entry.
    """

    number: int
    line: int
    kind: Kind
    entry: Entry | None = None
    reason: str = ""


Items = Iterator[Item]


class Damaged(RapportError):
    """A file that cannot be read as a whole: nothing of it is taken, all other files are read."""
