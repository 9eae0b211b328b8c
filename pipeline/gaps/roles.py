"""In what role a relationship is mentioned, and with what strategies a barrier is met."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.gaps.documents import spread_of
from pipeline.gaps.incidence import Incidence
from pipeline.gaps.intervals import share_rows, tally
from pipeline.gaps.membership import Membership, all_texts, by_concept
from pipeline.taxonomy.concepts import ROLES

Row = dict[str, Any]

ANSWERS = ("relational only", "transactional only", "both", "neither", "no strategy")


def role_rows(corpus: str, texts: Incidence) -> list[Row]:
    """Rows of the roles table: of texts that mention a relationship, how many in each role.

    Over all of them, and over those that name each outcome. A text may give several roles.
    """
    related, spread = texts.where(texts.related), spread_of(texts)
    return [
        {"role": role, "outcome": label, "corpus": corpus, **share}
        for members in (all_texts(related), by_concept(related, "outcome"))
        for role, said in zip(ROLES, related.roles.T, strict=True)
        for label, share in zip(
            members.labels, _shares(related, members, said, spread), strict=True
        )
    ]


def answer_rows(corpus: str, texts: Incidence, rating: str) -> list[Row]:
    """Rows of the answers table: of texts that name a determinant, with what strategies.

    A relationship in the role of a strategy counts as a relational strategy.
    """
    strategies = texts.of("strategy")
    side = np.array([texts.concepts[place].side(rating) for place in strategies])
    warm = texts.naming(strategies[side == "relational"])
    warm |= texts.roles[:, ROLES.index("strategy")]
    cold = texts.naming(strategies[side == "transactional"])
    any_strategy = texts.naming(strategies) | warm
    answer = np.select([warm & cold, warm, cold, any_strategy], [2, 0, 1, 3], 4)
    members, spread = by_concept(texts, "determinant"), spread_of(texts)
    return [
        {"determinant": label, "answer": name, "corpus": corpus, **share}
        for number, name in enumerate(ANSWERS)
        for label, share in zip(
            members.labels, _shares(texts, members, answer == number, spread), strict=True
        )
    ]


def _shares(
    texts: Incidence, members: Membership, said: NDArray[np.bool_], spread: float
) -> list[Row]:
    """Of the texts of each cell, how many say so, with the share and its interval."""
    cluster = None if texts.cluster is None else texts.cluster[members.text]
    shares = tally(members.cell, said[members.text], len(members.labels), cluster, spread)
    return [
        {"n": row["yes"], "total": row["n"]}
        | {name: row[name] for name in ("share", "low", "high")}
        for row in share_rows(shares)
    ]
