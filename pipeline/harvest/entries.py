"""What a source yields: entries as they came, broken ones with the reason, and notes.

A source is a function `(Source) -> Iterator[Item]`. Every `Entry` and every `Broken` counts as
one received; a `Note` counts as nothing and goes into the manifest and to the terminal.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.study import Source


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as the source gives it; `normalise.row` makes it clean.

    Attributes
    ----------
    place : where it came from, for a person: file and line, or identifier in the source.
    source_id : its identifier in the source; the place stands in where there is none.
    document : practice text that a passage was cut from.
    year : a year, or a date in any form that names one.
    authors, keywords : separated by semicolons.
    volume, pages : no columns of the records, but they tell two works of one title apart.
    withheld : why there is no abstract, where the source had one and it could not be used.
    retracted : who says that the work was retracted; empty where nobody does.
    versions : DOIs of other versions of the work (preprint, article), separated by blanks.
    unasked : why the work is not what the study asks for, where the source gave more than that.
    """

    place: str
    title: str = ""
    abstract: str = ""
    year: str | int | None = None
    venue: str = ""
    authors: str = ""
    keywords: str = ""
    doi: str = ""
    pmid: str = ""
    language: str = ""
    type: str = ""
    url: str = ""
    source_id: str = ""
    document: str = ""
    volume: str = ""
    pages: str = ""
    withheld: str = ""
    retracted: str = ""
    versions: str = ""
    unasked: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """An entry that was received and cannot be read: where it is and why, in words."""

    place: str
    reason: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a person should know about a source, such as a line that was repaired."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


Item = Entry | Broken | Note
Reader = Callable[[Source], Iterator[Item]]
