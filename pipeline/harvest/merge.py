"""Copies of one work become one record.

What is the same is told by identifiers: the DOI, then the PubMed identifier, and for what has
neither, the title and year. Blank never equals blank. Two works that are plainly different and
share an identifier by mistake (the abstracts of a supplement often share one DOI) stay two.
"""

import re
from collections.abc import Iterable
from typing import Any

from pipeline.harvest.normalise import Row, digest, named_by
from pipeline.harvest.store import Store, Stored
from pipeline.harvest.text import letters_and_digits

_OVERLAP = 0.5
_COMPARED = 4_000
_LIKE = {
    "doi": "the same DOI",
    "pmid": "the same PubMed identifier",
    "text": "the same title and year",
    "passage": "the same passage of the same document",
}
_FIELDS = (
    "document title year venue authors keywords doi pmid language type url".split()
)  # fields that the first copy to have one gives


def keys(row: Row) -> list[str]:
    """What other copies of a row can be found by, the kind first."""
    if row.document:
        return [f"passage:{row.text_key}"]
    known = [f"{kind}:{value}" for kind, value in (("doi", row.doi), ("pmid", row.pmid)) if value]
    return known or [f"text:{row.text_key}"]


def join_copies(store: Store) -> None:
    """Join the rows of a store that are copies of one work.

    A row with a DOI and a row with a PubMed identifier are joined where a third carries both.
    """
    for kind, like in _LIKE.items():
        for _, numbers in store.shared_keys(kind):
            _join(store, kind, like, map(store.get, numbers))


def _join(store: Store, kind: str, like: str, rows: Iterable[Stored]) -> None:
    """Join rows that share a key to the first of them that is the same work."""
    works: list[list[Stored]] = []
    for stored in rows:
        work = next((work for work in works if _is_one(kind, stored, work)), None)
        if work:
            store.join(stored.number, work[0].number, like)
            _remember(work, stored)
        else:
            works.append(work := [stored])
        if work is not works[0]:
            store.set_apart(stored.number, kind)


def _remember(work: list[Stored], stored: Stored) -> None:
    """Keep a copy for comparison where it is the first to have an abstract or a DOI."""
    if any(
        getattr(stored.row, name) and not any(getattr(copy.row, name) for copy in work)
        for name in ("abstract_key", "doi")
    ):
        work.append(stored)


def _is_one(kind: str, stored: Stored, work: list[Stored]) -> bool:
    if kind == "passage":
        return True
    if kind == "text":
        return _same_text(stored, work[-1])
    return all(_same_identified(stored.row, copy.row) for copy in work)


def _same_identified(one: Row, other: Row) -> bool:
    if one.doi and other.doi and one.doi != other.doi:
        return False
    return not (
        _differ(one.title, other.title, one.title_key, other.title_key)
        and _differ(one.abstract, other.abstract, one.abstract_key, other.abstract_key)
    )


def _same_text(one: Stored, other: Stored) -> bool:
    """Whether two rows with one title and year, and no identifier, are one work.

    Where both have an abstract, the abstracts decide. Where one has none, nothing may speak
    against it; where neither has, something more than the title must speak for it.
    """
    a, b = one.row, other.row
    if a.abstract_key and b.abstract_key:
        return _begins_alike(a.abstract_key, b.abstract_key)
    places = [(_number(a.volume), _number(b.volume)), (_number(a.pages), _number(b.pages))]
    if any(x and y and x != y for x, y in places):
        return False
    if a.abstract_key or b.abstract_key:
        return True
    authors = _surname(a.authors), _surname(b.authors)
    if all(authors) and authors[0] != authors[1]:
        return False
    if one.source == other.source and _own_id(a) and _own_id(b) and a.source_id != b.source_id:
        return bool(a.pages) and places[1][0] == places[1][1]
    venues = letters_and_digits(a.venue), letters_and_digits(b.venue)
    return a.year is not None or any(x and x == y for x, y in (*places, authors, venues))


def _own_id(row: Row) -> bool:
    return row.source_id != row.place


def _number(text: str) -> str:
    found = re.search(r"\d+", text)
    return found[0] if found else ""


def _surname(authors: str) -> str:
    found = re.match(r"\W*([^\W\d_]+)", authors)
    return found[1].casefold() if found else ""


def _begins_alike(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _differ(one: str, other: str, one_key: str, other_key: str) -> bool:
    """Whether two texts are both there and plainly not the same."""
    if not one_key or not other_key or one_key in other_key or other_key in one_key:
        return False
    a, b = (set(text[:_COMPARED].casefold().split()) for text in (one, other))
    return len(a & b) < _OVERLAP * min(len(a), len(b))


def record_id(copies: list[Stored]) -> str:
    """The identifier of a record, by what its copies do not share with another work by mistake."""
    doi, pmid = (
        next((v for c in copies if (v := getattr(c.row, kind)) and kind not in c.apart), "")
        for kind in ("doi", "pmid")
    )
    first = copies[0].row
    text = first.text_key
    if any(copy.apart for copy in copies):
        text = digest(text, first.abstract_key or first.source_id)
    return named_by(doi, pmid, text)


def record(copies: list[Stored], corpus: str, givers: dict[str, Stored]) -> dict[str, Any]:
    """One record from the copies of a work, each field from the copy that gives it."""
    merged: dict[str, Any] = dict.fromkeys(_FIELDS) | {
        name: getattr(copy.row, name) for name, copy in givers.items()
    }
    return merged | {
        "record_id": record_id(copies),
        "corpus": corpus,
        "source": copies[0].source,
        "source_id": copies[0].row.source_id,
        "title": merged["title"] or "",
        "abstract": merged.get("abstract") or "",
    }


def givers(copies: list[Stored]) -> dict[str, Stored]:
    """For each field that any copy of a work has, the copy that gives it: the first that has it.

    An abstract that is only the beginning of another copy's gives way to the whole one.
    """
    found = {
        name: copy
        for name in _FIELDS
        if (copy := next((copy for copy in copies if getattr(copy.row, name)), None))
    }
    abstract = _abstract(copies)
    return found | ({"abstract": abstract} if abstract else {})


def _abstract(copies: list[Stored]) -> Stored | None:
    best: Stored | None = None
    for copy in copies:
        text = copy.row.abstract
        if text and (
            best is None
            or (
                len(text) > len(best.row.abstract)
                and letters_and_digits(text).startswith(letters_and_digits(best.row.abstract))
            )
        ):
            best = copy
    return best
