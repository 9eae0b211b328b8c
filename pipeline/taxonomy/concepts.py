"""The taxonomy's columns and what a concept is, once read and checked."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.taxonomy.cues import Cue

FACETS = ("strategy", "relationship", "outcome", "determinant", "setting", "actor")
CONTINUUM = (
    "highly relational",
    "semi-relational",
    "operational",
    "semi-transactional",
    "highly transactional",
)
"""The ordered continuum of Bartley, Metz and Fleming 2022 (doi:10.3389/frhs.2022.913585)."""

COLLAPSED = {
    "highly relational": "relational",
    "semi-relational": "relational",
    "operational": "mixed",
    "semi-transactional": "transactional",
    "highly transactional": "transactional",
    "": "",
}

ROLES = ("strategy", "mechanism", "moderator", "precondition", "outcome", "determinant", "context")
"""The roles in which a text may speak of a relationship."""

ACTIVE_ROLES = ("strategy", "mechanism", "precondition")
"""Roles in which a text is relational in what it does."""

PATIENT = "patient"
"""The group of concepts that are about patients and families, not about those who implement."""

NOT_A_RELATIONSHIP = ("credibility",)
"""Groups of the relationship facet that do not by themselves speak of a relationship."""

NOT_TRANSACTIONAL_IF_RELATIONAL = "collaboration"
"""The group of strategies that alone does not make a relational text transactional too."""

IMPLEMENTATION, IMPLEMENTER, WITH_PATIENT = "implementation", "rel_implementer", "rel_patient"
"""Columns of a coding sheet that every taxonomy has: what a text is about, whose relationship."""

ROLE_COLUMNS = tuple(f"role_{role}" for role in ROLES)
"""Columns of a coding sheet, one for each role."""

RELATIONAL_TRANSACTIONAL = "relational-transactional"
"""The kind of a pair of a relational and a transactional concept."""


@dataclass(frozen=True)
class Concept:
    """One row of the taxonomy.

    `ratings` holds each orientation column by its name (`orientation`, `orientation_generous`
    and any other that begins with `orientation`), each a step of `CONTINUUM` or empty. `group` is
    the code of the coding scheme that the concept falls under (several concepts may share one),
    empty where it has none. `number` is the number in the published list, where there is one.
    """

    id: str
    label: str
    facet: str
    cluster: str
    group: str
    number: str
    ratings: dict[str, str]
    cues: tuple[Cue, ...]
    exclude: tuple[Cue, ...]
    definition: str
    source: str
    row: int

    @property
    def is_tie(self) -> bool:
        """Whether to name it is to mention a relationship of those who support and implement."""
        others = (*NOT_A_RELATIONSHIP, PATIENT)
        return self.facet == "relationship" and self.group not in others

    def side(self, rating: str) -> str:
        """Relational, mixed, transactional or empty, under a rating.

        A relationship between those who support and those who implement is relational however it
        is rated; one with patients is neither, and so is whatever is no strategy.
        """
        if self.facet == "relationship":
            return "" if self.group == PATIENT else "relational"
        return COLLAPSED[self.ratings.get(rating, "")] if self.facet == "strategy" else ""


def asked_only_if(groups: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The columns of a coding sheet that are asked only where another one is present.

    Parameters
    ----------
    groups : the columns of groups of strategies and of ways of relating.
    """
    return {IMPLEMENTATION: (*groups, IMPLEMENTER), IMPLEMENTER: ROLE_COLUMNS}


def pair_kind(a: Concept, b: Concept, rating: str) -> str:
    """`relational-transactional` where the two are so under a rating, else their two facets."""
    if {a.side(rating), b.side(rating)} == {"relational", "transactional"}:
        return RELATIONAL_TRANSACTIONAL
    return "-".join(sorted((a.facet, b.facet), key=FACETS.index))


@dataclass(frozen=True)
class Taxonomy:
    """The concepts in the order of the file, with the hash of what they say."""

    concepts: tuple[Concept, ...]
    hash: str
    path: str

    def by_id(self) -> dict[str, Concept]:
        """The concepts by their ids."""
        return {concept.id: concept for concept in self.concepts}

    def orientation(self, rating: str = "orientation") -> dict[str, str]:
        """Relational, mixed, transactional or empty for each concept, under one rating."""
        return {c.id: COLLAPSED[c.ratings.get(rating, "")] for c in self.concepts}
