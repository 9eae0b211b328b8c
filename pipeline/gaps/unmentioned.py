"""How often a text that names a strategy mentions no relationship, for each thing asked."""

from typing import Any

from pipeline.gaps.arithmetic import distinct
from pipeline.gaps.documents import spread_of
from pipeline.gaps.incidence import Flags, Incidence
from pipeline.gaps.intervals import Shares, share_rows, tally
from pipeline.gaps.membership import (
    Membership,
    all_texts,
    by_cluster,
    by_concept,
    by_year,
    crossed,
)
from pipeline.taxonomy.concepts import COLLAPSED, Concept

Row = dict[str, Any]

STRICT, GENEROUS = "orientation", "orientation_generous"
"""Ratings: under the second a strategy that only leans towards contact counts as one that needs
it. A taxonomy may do without the second."""

ASKED_BY = ("outcome", "determinant", "setting", "actor")
CROSSED_WITH = ("outcome", "setting", "year")


def unmentioned_rows(corpus: str, texts: Incidence) -> list[Row]:
    """Rows of the gaps table for one corpus.

    Every row is about texts that name a strategy, except the one about implementation: it is about
    texts that are about bringing something into use, whether by a named strategy or not. Concepts
    of the relationship facet are not asked about, for a text that names one mentions it.
    """
    base = naming_a_strategy(texts)
    contact = needing_contact(base)
    years = by_year(base)
    parts = {facet: by_concept(base, facet) for facet in ("strategy", *ASKED_BY)}
    spread = spread_of(texts)

    questions = {"all": all_texts(base), "all_contact": all_texts(base).where(contact)}
    questions |= parts | {"cluster": by_cluster(base, "strategy"), "year": years}
    rows = [
        row
        for question, members in questions.items()
        for row in _rows(base, question, members, spread)
    ]
    about = texts.where(texts.about_implementation)
    rows += _rows(about, "implementation", all_texts(about), spread)
    crossings = [("strategy", parts["strategy"], by) for by in CROSSED_WITH]
    crossings += [("all_contact", questions["all_contact"], by) for by in (*ASKED_BY, "year")]
    for question, members, by in crossings:
        rows += _crossed_rows(base, question, members, by, (parts | {"year": years})[by], spread)
    return [{**row, "corpus": corpus} for row in rows]


def naming_a_strategy(texts: Incidence) -> Incidence:
    """Only the texts that name a strategy."""
    return texts.where(texts.naming(texts.of("strategy")))


def needing_contact(texts: Incidence, rating: str | None = None) -> Flags:
    """Which texts name a strategy that cannot be done without contact between people.

    It is one that is relational under a rating that leaves in what only leans that way, unless
    another rating is given.
    """
    return texts.naming(contact_strategies(texts.concepts, rating))


def contact_strategies(concepts: tuple[Concept, ...], rating: str | None = None) -> list[int]:
    """The places of the strategies that cannot be done without contact: see `needing_contact`."""
    rated = {name for concept in concepts for name in concept.ratings}
    rating = rating or (GENEROUS if GENEROUS in rated else STRICT)
    return [
        place
        for place, concept in enumerate(concepts)
        if concept.facet == "strategy"
        and COLLAPSED[concept.ratings.get(rating, "")] == "relational"
    ]


def count(base: Incidence, members: Membership, spread: float) -> Shares:
    """The share of texts in each cell that mention no relationship."""
    return _tally(base, members.text, members.cell, len(members.labels), spread)


def _tally(base: Incidence, text: Any, cell: Any, cells: int, spread: float) -> Shares:
    cluster = None if base.cluster is None else base.cluster[text]
    return tally(cell, ~base.related[text], cells, cluster, spread)


def _rows(base: Incidence, question: str, members: Membership, spread: float) -> list[Row]:
    shares = count(base, members, spread)
    keys = [{"concept": label, "by": "", "by_value": ""} for label in members.labels]
    return [
        {"question": question, **key, **row}
        for key, row in zip(keys, unmentioned_columns(shares), strict=True)
    ]


def _crossed_rows(
    base: Incidence, question: str, members: Membership, by: str, other: Membership, spread: float
) -> list[Row]:
    """One row for each two cells that a text stands in."""
    text, row, column = crossed(members, other)
    span = len(other.labels)
    cells, cell = distinct(row * span + column, len(members.labels) * span)
    shares = _tally(base, text, cell, len(cells), spread)
    rows = []
    for key, told in zip(cells.tolist(), unmentioned_columns(shares), strict=True):
        concept, value = divmod(key, len(other.labels))
        place = {"concept": members.labels[concept], "by": by, "by_value": other.labels[value]}
        rows.append({"question": question, **place, **told})
    return rows


def unmentioned_columns(shares: Shares) -> list[Row]:
    """The columns that tell an unmentioned share, one row for each cell."""
    return [
        {
            "n": row["n"],
            "with_relationship": row["n"] - row["yes"],
            "unmentioned": row["share"],
            "low": row["low"],
            "high": row["high"],
        }
        for row in share_rows(shares)
    ]
