"""Research and practice side by side: what each names, and where each leaves relationships out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.gaps.documents import named, spread_of
from pipeline.gaps.incidence import NO_YEAR, Incidence
from pipeline.gaps.intervals import Shares, newcombe
from pipeline.gaps.membership import Membership, all_texts, by_cluster, by_concept
from pipeline.gaps.odds import Estimate, mantel_haenszel, odds_ratio
from pipeline.gaps.unmentioned import ASKED_BY, count, naming_a_strategy, needing_contact

Row = dict[str, Any]
Integers = NDArray[np.int64]

LENGTHS = (2, 3, 4, 5, 7, 10)
"""Where a new stratum of length begins, in concepts named beside the one asked about."""
YEARS = 5
"""Years in a stratum of years."""


@dataclass(frozen=True)
class Strata:
    """Strata of length and, where both corpora have years, of years.

    `year` is the stratum of years of each text of a corpus; there are `years` of them.
    """

    year: dict[str, Integers]
    years: int

    @property
    def number(self) -> int:
        """How many strata there are."""
        return (len(LENGTHS) + 1) * self.years

    def of(self, corpus: str, text: Any, length: Any) -> Integers:
        """The stratum of some texts of a corpus, given how many concepts they are said to name."""
        place: Integers = np.digitize(length, LENGTHS) * self.years + self.year[corpus][text]
        return place


def strata_of(texts: dict[str, Incidence]) -> Strata:
    """Strata in which texts of two corpora are alike in length and year."""
    if not all((part.year != NO_YEAR).any() for part in texts.values()):
        return Strata({corpus: np.zeros(len(part), np.int64) for corpus, part in texts.items()}, 1)
    windows = {c: np.where(p.year == NO_YEAR, NO_YEAR, p.year // YEARS) for c, p in texts.items()}
    labels = np.unique(np.concatenate(list(windows.values())))
    return Strata({c: np.searchsorted(labels, w) for c, w in windows.items()}, len(labels))


def comparison_rows(research: Incidence, practice: Incidence) -> list[Row]:
    """Rows of the comparison table: how often each concept is named, in texts with a strategy."""
    bases = {"research": naming_a_strategy(research), "practice": naming_a_strategy(practice)}
    strata = strata_of(bases)
    spread = {"research": spread_of(research), "practice": spread_of(practice)}
    told_of = {corpus: named(base, spread=spread[corpus]) for corpus, base in bases.items()}
    counts = {corpus: _named_in_strata(corpus, base, strata) for corpus, base in bases.items()}
    unmentioned = {
        corpus: count(base, _each_concept(base), spread[corpus]).share.tolist()
        for corpus, base in bases.items()
    }
    told = _contrast(
        told_of["research"], told_of["practice"], counts["research"], counts["practice"]
    )
    rows = []
    for place, concept in enumerate(research.concepts):
        rows.append(
            {
                "concept": concept.id,
                "facet": concept.facet,
                **{f"{c}_n": int(told_of[c].yes[place]) for c in bases},
                **{f"{c}_total": len(bases[c]) for c in bases},
                **{f"{c}_share": _number(told_of[c].share[place]) for c in bases},
                **{name: _number(values[place]) for name, values in told.items()},
                **{f"{c}_unmentioned": _number(unmentioned[c][place]) for c in bases},
            }
        )
    return rows


def contrast_rows(research: Incidence, practice: Incidence) -> list[Row]:
    """Rows of the contrasts table: how often each corpus leaves relationships unmentioned."""
    bases = {"research": naming_a_strategy(research), "practice": naming_a_strategy(practice)}
    strata = strata_of(bases)
    spread = {"research": spread_of(research), "practice": spread_of(practice)}
    asked = {corpus: _asked(base) for corpus, base in bases.items()}
    rows = []
    for question, members in asked["research"].items():
        # Clusters and concepts are the taxonomy's, so both corpora have the same cells.
        both = {"research": members, "practice": asked["practice"][question]}
        shares = {c: count(bases[c], both[c], spread[c]) for c in bases}
        counts = {c: _silent_in_strata(c, bases[c], both[c], strata) for c in bases}
        told = _contrast(
            shares["research"], shares["practice"], counts["research"], counts["practice"]
        )
        rows += [
            {
                "question": question,
                "concept": label,
                **{f"{c}_n": int(shares[c].n[place]) for c in bases},
                **{f"{c}_unmentioned": _number(shares[c].share[place]) for c in bases},
                **{name: _number(values[place]) for name, values in told.items()},
            }
            for place, label in enumerate(members.labels)
        ]
    return rows


def _asked(base: Incidence) -> dict[str, Membership]:
    everything = all_texts(base)
    return {
        "all": everything,
        "all_contact": everything.where(needing_contact(base)),
        "cluster": by_cluster(base, "strategy"),
        **{facet: by_concept(base, facet) for facet in ("strategy", *ASKED_BY)},
    }


def _contrast(
    research: Shares, practice: Shares, research_counts: Integers, practice_counts: Integers
) -> dict[str, NDArray[np.float64]]:
    """Difference and odds ratio of practice against research, plain and over strata, by cell.

    Counts are cells by 2 (yes and no) by strata. Clustered counts are divided by the design effect
    of their share, after which the formulas for independent texts hold (Rao and Scott 1992,
    doi:10.2307/2532311), and intervals reach as far as the share's own.
    """
    reach = np.maximum(research.critical, practice.critical)
    low, high = newcombe(research.share, research.interval, practice.share, practice.interval)
    c, d = np.moveaxis(research_counts / research.design_effect[:, None, None], 1, 0)
    a, b = np.moveaxis(practice_counts / practice.design_effect[:, None, None], 1, 0)
    plain = odds_ratio(a.sum(axis=-1), b.sum(axis=-1), c.sum(axis=-1), d.sum(axis=-1), reach)
    stratified = mantel_haenszel(a, b, c, d, reach)
    return {
        "difference": practice.share - research.share,
        "difference_low": low,
        "difference_high": high,
        **_named_estimate("odds_ratio", plain),
        **_named_estimate("stratified_odds_ratio", stratified),
    }


def _named_estimate(name: str, estimate: Estimate) -> dict[str, NDArray[np.float64]]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), estimate, strict=True))


def _each_concept(base: Incidence) -> Membership:
    text = np.repeat(np.arange(len(base)), np.diff(base.matrix.indptr))
    return Membership([c.id for c in base.concepts], text, base.matrix.indices.astype(np.int64))


def _named_in_strata(corpus: str, base: Incidence, strata: Strata) -> Integers:
    """Texts with and without each concept, by stratum of the number of other concepts named."""
    entries, length = _each_concept(base), np.diff(base.matrix.indptr)
    shape = (len(base.concepts), strata.number)
    others = strata.of(corpus, entries.text, length[entries.text] - 1)
    whole = strata.of(corpus, np.arange(len(base)), length)
    having = _count(entries.cell, others, shape)
    without = np.bincount(whole, minlength=strata.number) - _count(
        entries.cell, whole[entries.text], shape
    )
    return np.stack([having, without], axis=1)


def _silent_in_strata(
    corpus: str, base: Incidence, members: Membership, strata: Strata
) -> Integers:
    """Texts of each cell with no relationship and with one, by stratum of the rest of concepts."""
    rest = np.ones(len(base.concepts), dtype=np.int32)
    rest[base.of("relationship")] = 0
    length = base.matrix @ rest
    stratum = strata.of(corpus, members.text, length[members.text])
    silent = ~base.related[members.text]
    shape = (len(members.labels), strata.number)
    return np.stack(
        [_count(members.cell[said], stratum[said], shape) for said in (silent, ~silent)], axis=1
    )


def _count(row: Any, column: Any, shape: tuple[int, int]) -> Integers:
    flat = np.bincount(row * shape[1] + column, minlength=shape[0] * shape[1])
    return flat.reshape(shape).astype(np.int64)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
