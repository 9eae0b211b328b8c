"""Names of columns, as databases and reference managers write them, and what they stand for."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import RapportError

ALIASES: dict[str, tuple[str, ...]] = {
    "title": (
        "title", "article title", "document title", "title primary", "primary title", "paper title",
        "publication name", "display name", "original title", "TI", "T1",
    ),
    "abstract": (
        "abstract", "abstract note", "abstract text", "notes abstract", "abstracts", "summary",
        "description", "original abstract", "abstract inverted index", "text", "AB", "N2",
    ),
    "year": (
        "publication year", "year", "pub year", "published year", "year published", "PY", "Y1",
        "date published", "publication date", "pub date", "date", "published", "issued",
        "cover date", "year of publication", "DP",
    ),
    "venue": (
        "source title", "publication title", "journal", "journal title", "journal name",
        "journal book", "container title", "periodical full", "secondary title", "venue",
        "primary location source display name", "journal info journal title", "publication",
        "conference name", "SO", "JF", "T2", "JO", "book title", "source", "publisher",
    ),
    "authors": (
        "authors", "author", "author s", "author names", "author full names", "authors primary",
        "authorships author display name", "author string", "authorships", "creators", "creator",
        "AU", "AF", "A1",
    ),
    "keywords": (
        "author keywords", "keywords", "keyword", "keywords plus", "index keywords",
        "manual tags", "automatic tags", "mesh terms", "subjects", "subject",
        "keywords display name", "DE", "KW",
    ),
    "doi": (
        "doi", "digital object identifier", "doi link", "doi url", "ids doi", "external ids doi",
        "DI", "DO",
    ),
    "pmid": ("pmid", "pubmed id", "medline pmid", "ids pmid", "external ids pub med", "pubmed",
             "PM"),
    "language": (
        "language", "language of original document", "article language", "output language",
        "original language", "lang", "LA",
    ),
    "type": (
        "item type", "publication type", "document type", "reference type", "type", "doctype",
        "genre", "DT", "PT", "TY",
    ),
    "url": (
        "url", "link", "external url", "source urls", "full text link", "landing page url",
        "primary location landing page url", "p link", "UR",
    ),
    "source_id": (
        "record id", "eid", "lens id", "ut unique wos id", "ut unique id", "accession number",
        "embase accession id", "central id", "internal id", "reference id", "key", "id", "UT",
        "AN", "ID",
    ),
    "volume": ("volume", "vol", "VL"),
    "pages": ("pages", "page start", "start page", "first page", "page", "BP", "SP"),
}  # fmt: skip
"""Names of each field's columns, the best first; those in capitals only where all are tags."""

_MANY = ("keywords",)
_FIELDS = (*ALIASES, "document")


def plain_name(name: str) -> str:
    """A column's name without case, punctuation and spaces."""
    return re.sub(r"[\W_]+", "", name).casefold()


_RANK = {
    (alias if alias.isupper() else plain_name(alias)): (field, rank)
    for field, aliases in ALIASES.items()
    for rank, alias in enumerate(aliases)
}


def is_known(name: str) -> bool:
    """Whether a column of this name is recognised without being named in the study."""
    return plain_name(name) in _RANK


@dataclass(frozen=True)
class Columns:
    """For each field, the places of its columns, the best first."""

    places: Mapping[str, tuple[int, ...]]

    def __bool__(self) -> bool:
        return "title" in self.places or "abstract" in self.places

    def values(self, cells: Sequence[str]) -> dict[str, str]:
        """The fields of a row: the first column of each that is not blank; all of keywords."""
        found = {}
        for field, places in self.places.items():
            filled = [cells[place] for place in places if place < len(cells) and cells[place]]
            if filled:
                found[field] = "; ".join(filled) if field in _MANY else filled[0]
        return found


def recognise(names: Sequence[str], named: Mapping[str, Any] | None = None) -> Columns:
    """Tell the fields of columns by their names; those that a study names come first.

    `named` gives for a field the name of its column, or a list of them.
    """
    ranked: dict[str, list[tuple[int, int]]] = {}
    tags = {"TI", "AB", "PT", "AU"} & set(names)
    for place, name in enumerate(names):
        key = name.strip() if tags else plain_name(name)
        if key in _RANK:
            field, rank = _RANK[key]
            ranked.setdefault(field, []).append((rank, place))
    for field, wanted in _wanted(named).items():
        places = [place for place, name in enumerate(names) if plain_name(name) in wanted]
        if places:
            ranked[field] = [(wanted.index(plain_name(names[place])), place) for place in places]
    return Columns({field: tuple(p for _, p in sorted(found)) for field, found in ranked.items()})


def _wanted(named: Mapping[str, Any] | None) -> dict[str, list[str]]:
    return {
        field: [plain_name(str(name)) for name in (names if isinstance(names, list) else [names])]
        for field, names in (named or {}).items()
    }


def check_named(named: Any, names: Iterable[str], where: Path, row: int | None = None) -> None:
    """Raise where a study names a field or a column that there is not."""
    if named is None:
        return
    if not isinstance(named, Mapping):
        raise RapportError(
            f"columns is {named!r}", where=where, cure='Write columns = {title = "...", ...}'
        )
    there = {plain_name(name): name for name in names}
    for field, wanted in _wanted(named).items():
        if field not in _FIELDS:
            raise RapportError(
                f"columns has an unknown field {field!r}",
                where=where,
                cure=f"It takes {', '.join(_FIELDS)}",
            )
        for name in wanted:
            if name not in there:
                near = difflib.get_close_matches(name, there, 1)
                raise RapportError(
                    f"has no column for {field}: {named[field]!r}",
                    where=where,
                    row=row,
                    cure=f"Did you mean {there[near[0]]!r}?" if near else _list(there.values()),
                )


def no_columns(names: Iterable[str], where: Path, row: int | None = None) -> RapportError:
    """A table in which neither title nor abstract can be told."""
    return RapportError(
        "has no column of titles or abstracts",
        where=where,
        row=row,
        cure=f'{_list(names)}. Name them: columns = {{title = "...", abstract = "..."}}',
    )


def _list(names: Iterable[str]) -> str:
    shown = [name.strip()[:40] for name in names if name.strip()][:12]
    return "Its columns are " + ", ".join(shown) if shown else "Its first row is blank"
