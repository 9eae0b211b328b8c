"""The coding scheme: the columns of a coding sheet, made from the taxonomy, and how to code them.

People code at the level of groups: several concepts of the taxonomy may fall under one group, and
each group is one column. A code is 1 (present), 0 (absent) or not coded.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import RapportError
from pipeline.taxonomy.concepts import (
    ACTIVE_ROLES,
    IMPLEMENTATION,
    IMPLEMENTER,
    NOT_TRANSACTIONAL_IF_RELATIONAL,
    PATIENT,
    ROLE_COLUMNS,
    ROLES,
    WITH_PATIENT,
    Taxonomy,
    asked_only_if,
)

Array = NDArray[np.float64]

ORIENTATIONS = ("relational", "transactional", "both", "none")
RELATIONSHIPS = ("implementer", "patient", "both", "none")
WHOSE = "whose relationship"
"""What tells the four apart is called so: `relationship` may be a code of the taxonomy."""


@dataclass(frozen=True)
class Code:
    """One column of the coding sheet: its name, its kind, and how to code it."""

    name: str
    family: str
    rule: str


@dataclass(frozen=True)
class Scheme:
    """The columns of the sheet in their order, and the column that each concept falls under."""

    codes: tuple[Code, ...]
    column_of: dict[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(code.name for code in self.codes)

    def family(self, family: str) -> tuple[str, ...]:
        """The names of the columns of one kind."""
        return tuple(code.name for code in self.codes if code.family == family)

    @property
    def asked_only_if(self) -> dict[str, tuple[str, ...]]:
        """The columns that are asked only where another one is present."""
        return asked_only_if((*self.family("strategy"), *self.family("relational")))

    def places(self, names: tuple[str, ...]) -> list[int]:
        """Where columns of these names stand; those that are no column are left out."""
        return [self.names.index(name) for name in names if name in self.names]


FIXED_RULES = {
    IMPLEMENTATION: (
        "1 where the text is about bringing evidence, a guideline, a programme or a new way of"
        " working into practice or policy, or keeping it there, or about helping those who do so."
        " 0 where it is only about what a treatment or service does, contains or costs, or about"
        " how common something is. With 0, leave the strategies, relational codes and roles blank."
    ),
    IMPLEMENTER: (
        "1 where the text speaks, in whatever role and whether good or bad, of how those who"
        " support, lead, pay for or study an implementation get on with those who carry it out or"
        " live with it as partners, or how those who carry it out together get on. That a team,"
        " board, contract or referral path exists is not enough."
    ),
    WITH_PATIENT: (
        "1 where the text speaks of trust, rapport, empathy or alliance between professionals and"
        " their patients, clients or families, or of relationships inside families. Relations"
        " between variables never count."
    ),
}

ROLE_RULES = {
    "strategy": "somebody builds, keeps or uses the relationship on purpose, to bring the change",
    "mechanism": "the relationship explains how another strategy works, or what it works through",
    "moderator": "another strategy works better or worse depending on the relationship",
    "precondition": "the relationship has to be there first, or nothing works without it",
    "outcome": "the relationship, or a change in it, is a result of the effort",
    "determinant": "the relationship, or its lack, is named among barriers or facilitators",
    "context": "the relationship is mentioned as background, value, setting or principle only",
}

GENERAL_RULES = (
    "Code what the text says, not what it probably means. In doubt, 0.",
    "1 is present, 0 is absent, blank is not coded. Blank never counts as 0.",
    "To save typing, mark only what is present and write 1 under rest_absent: every cell that is"
    " still blank in that row then counts as 0.",
    "Strategies and relational codes are coded only where implementation is 1; roles only where"
    " rel_implementer is 1. Otherwise leave them blank: they then count as 0.",
    "A strategy is used, planned, offered, tested or recommended in the text. A remark in passing,"
    " the treatment itself, and a barrier or facilitator that merely exists are no strategy.",
    "The orientation is worked out from your codes: a text is relational where rel_implementer is 1"
    " in the role of strategy, mechanism or precondition; it is transactional where any strategy is"
    " coded, except that collaboration alone does not make a relational text transactional too.",
    "Code alone. Do not look at the other coder's sheet before both are done.",
)


def read_scheme(taxonomy: Taxonomy) -> Scheme:
    """The coding scheme of a taxonomy.

    Raises
    ------
    RapportError
        where a group has the name of another column, so that a sheet could not tell them apart.
    """
    groups: dict[str, dict[str, list[str]]] = {"strategy": {}, "relationship": {}}
    column_of: dict[str, str] = {}
    for concept in taxonomy.concepts:
        if concept.facet not in groups or not concept.group:
            continue
        if concept.facet == "relationship" and concept.group == PATIENT:
            column_of[concept.id] = WITH_PATIENT
            continue
        column_of[concept.id] = concept.group
        meaning = f"{concept.label}: {concept.definition}" if concept.definition else concept.label
        groups[concept.facet].setdefault(concept.group, []).append(meaning)
    codes = (
        Code(IMPLEMENTATION, "implementation", FIXED_RULES[IMPLEMENTATION]),
        *(Code(g, "strategy", _any(m)) for g, m in groups["strategy"].items()),
        *(Code(g, "relational", _any(m)) for g, m in groups["relationship"].items()),
        Code(IMPLEMENTER, "relationship", FIXED_RULES[IMPLEMENTER]),
        Code(WITH_PATIENT, "relationship", FIXED_RULES[WITH_PATIENT]),
        *(
            Code(column, "role", f"1 where {ROLE_RULES[role]}.")
            for column, role in zip(ROLE_COLUMNS, ROLES, strict=True)
        ),
    )
    names = [code.name for code in codes]
    for name in names:
        if names.count(name) > 1 or name == "orientation":
            raise RapportError(
                f"group {name!r} is also another column of the coding sheet",
                where=taxonomy.path,
                cure="Give the group another name",
            )
    return Scheme(codes, column_of)


def _any(meanings: list[str]) -> str:
    return "1 where the text has any of these. " + " ".join(
        meaning if meaning.endswith(".") else f"{meaning}." for meaning in meanings
    )


def filled_by_rule(values: Array, scheme: Scheme) -> Array:
    """Blanks that the rules of the sheet make 0: what is asked only of some texts.

    Parameters
    ----------
    values : texts x codes, 1, 0 or nan where not coded.
    """
    filled = values.copy()
    for condition, names in scheme.asked_only_if.items():
        rows = np.flatnonzero(filled[:, scheme.names.index(condition)] == 0)
        for place in scheme.places(names):
            column = filled[rows, place]
            filled[rows, place] = np.where(np.isnan(column), 0.0, column)
    return filled


def any_of(values: Array) -> Array:
    """1 where any along the last axis is 1; 0 where all are 0; nan where it cannot be told."""
    one, unknown = (values == 1).any(axis=-1), np.isnan(values).any(axis=-1)
    return np.where(one, 1.0, np.where(unknown, np.nan, 0.0))


def all_of(values: Array) -> Array:
    """1 where all along the last axis are 1; 0 where any is 0; nan where it cannot be told."""
    return 1 - any_of(1 - values)


def any_strategy(values: Array, scheme: Scheme) -> Array:
    """Whether any strategy is coded, for each text (codes along the last axis)."""
    return any_of(values[..., scheme.places(scheme.family("strategy"))])


def orientation(values: Array, scheme: Scheme) -> Array:
    """1, 0 or nan for each of `ORIENTATIONS`, along the last axis, from codes along it."""
    implementer = values[..., scheme.names.index(IMPLEMENTER)]
    active = any_of(values[..., scheme.places(tuple(f"role_{role}" for role in ACTIVE_ROLES))])
    relational = all_of(np.stack([implementer, active], axis=-1))
    others = tuple(
        name for name in scheme.family("strategy") if name != NOT_TRANSACTIONAL_IF_RELATIONAL
    )
    counted = any_of(values[..., scheme.places(others)])
    together = any_of(values[..., scheme.places((NOT_TRANSACTIONAL_IF_RELATIONAL,))])
    alone = all_of(np.stack([together, 1 - relational], axis=-1))
    transactional = any_of(np.stack([counted, alone], axis=-1))
    return _crossed(relational, transactional)


def relationship(values: Array, scheme: Scheme) -> Array:
    """1, 0 or nan for each of `RELATIONSHIPS`, along the last axis, from codes along it."""
    return _crossed(
        values[..., scheme.names.index(IMPLEMENTER)], values[..., scheme.names.index(WITH_PATIENT)]
    )


def _crossed(first: Array, second: Array) -> Array:
    """First alone, second alone, both, neither."""
    pairs = ((first, 1 - second), (1 - first, second), (first, second), (1 - first, 1 - second))
    return np.stack([all_of(np.stack(pair, axis=-1)) for pair in pairs], axis=-1)
