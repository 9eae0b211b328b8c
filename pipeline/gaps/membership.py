"""Which text stands in which cell of a table: concepts, clusters, years, or two of them crossed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.gaps.incidence import NO_YEAR, Flags, Incidence
from pipeline.pairs import of_same

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Membership:
    """Texts in cells: entry i says that text `text[i]` stands in cell `cell[i]`.

    A text may stand in several cells or in none; texts are in ascending order. `labels` names the
    cells, also those that no text stands in.
    """

    labels: list[str]
    text: Places
    cell: Places

    def where(self, chosen: Flags) -> "Membership":
        """Only the texts that are chosen."""
        kept = chosen[self.text]
        return Membership(self.labels, self.text[kept], self.cell[kept])


def all_texts(texts: Incidence) -> Membership:
    """Every text in one cell, which has no name."""
    return Membership([""], np.arange(len(texts)), np.zeros(len(texts), np.int64))


def by_concept(texts: Incidence, facet: str) -> Membership:
    """A cell for each concept of a facet: the texts that name it."""
    columns = texts.of(facet)
    return Membership([texts.concepts[c].id for c in columns], *_named(texts, columns))


def by_cluster(texts: Incidence, facet: str) -> Membership:
    """A cell for each cluster of a facet: the texts that name any concept of it."""
    columns = texts.of(facet)
    labels, cluster = np.unique(
        np.array([texts.concepts[c].cluster for c in columns], dtype=str), return_inverse=True
    )
    text, concept = _named(texts, columns)
    span = max(len(labels), 1)
    once = np.sort(text * span + cluster[concept])
    once = once[np.diff(once, prepend=-1) > 0]
    return Membership(labels.tolist(), once // span, once % span)


def by_year(texts: Incidence) -> Membership:
    """A cell for each year of which there is a text."""
    dated = np.flatnonzero(texts.year != NO_YEAR)
    years, year = np.unique(texts.year[dated], return_inverse=True)
    return Membership([str(y) for y in years], dated, year)


def crossed(rows: Membership, columns: Membership) -> tuple[Places, Places, Places]:
    """Texts that stand in a cell of each: text, cell of the one and cell of the other."""
    row, column = of_same(rows.text, columns.text)
    return rows.text[row], rows.cell[row], columns.cell[column]


def _named(texts: Incidence, columns: NDArray[Any]) -> tuple[Places, Places]:
    part = texts.matrix[:, columns]
    part.sort_indices()
    text = np.repeat(np.arange(len(texts)), np.diff(part.indptr))
    return text, part.indices.astype(np.int64)
