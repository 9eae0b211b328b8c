"""Whether silence grows or shrinks over the years, over all texts and for each strategy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from pipeline.gaps.documents import spread_of
from pipeline.gaps.incidence import Incidence
from pipeline.gaps.membership import Membership, all_texts, by_concept, by_year, crossed
from pipeline.gaps.settings import Settings
from pipeline.gaps.significance import adjusted
from pipeline.gaps.unmentioned import count, naming_a_strategy, needing_contact

Row = dict[str, Any]
Reals = NDArray[np.float64]

GROWS, SHRINKS, UNCLEAR, UNTOLD = "grows", "shrinks", "no clear trend", "too few years"
MOST_STEPS = 50


def trend_rows(corpus: str, texts: Incidence, settings: Settings) -> list[Row]:
    """Rows of the trends table for one corpus: the unmentioned share against the year."""
    base = naming_a_strategy(texts)
    spread = spread_of(texts)
    years = by_year(base)
    when = np.array([float(label) for label in years.labels])
    asked = {
        "all": all_texts(base),
        "all_contact": all_texts(base).where(needing_contact(base)),
        "strategy": by_concept(base, "strategy"),
    }
    rows = []
    for question, members in asked.items():
        effect = count(base, members, spread).design_effect
        n, silent = _by_year(base, members, years)
        for place, label in enumerate(members.labels):
            row = _trend(when, n[place] / effect[place], silent[place] / effect[place])
            told = when[n[place] > 0]
            rows.append(
                {
                    "question": question,
                    "concept": label,
                    "corpus": corpus,
                    "first_year": int(told[0]) if len(told) else None,
                    "last_year": int(told[-1]) if len(told) else None,
                    "n": int(n[place].sum()),
                    **row,
                }
            )
    _tell(rows, settings)
    return rows


def _by_year(base: Incidence, members: Membership, years: Membership) -> tuple[Reals, Reals]:
    """Texts, and texts with no relationship, by cell and year."""
    text, cell, year = crossed(members, years)
    shape = (len(members.labels), len(years.labels))
    silent = ~base.related[text]

    def by_cell(chosen: Any) -> Reals:
        flat = np.bincount(cell[chosen] * shape[1] + year[chosen], minlength=shape[0] * shape[1])
        return flat.reshape(shape).astype(float)

    return by_cell(slice(None)), by_cell(silent)


def _trend(year: Reals, n: Reals, yes: Reals) -> Row:
    slope, error = logistic_slope(year, n, yes)
    reach = stats.norm.ppf(0.975) * error
    if np.isnan(slope):
        return {"slope": None, "slope_low": None, "slope_high": None, "p": None}
    return {
        "slope": slope,
        "slope_low": slope - reach,
        "slope_high": slope + reach,
        "p": cochran_armitage(year, n, yes),
    }


def _tell(rows: list[Row], settings: Settings) -> None:
    """Add to each row its false-discovery rate over all rows that have a trend, and the verdict."""
    tested = [row for row in rows if row["p"] is not None]
    q = adjusted(np.array([row["p"] for row in tested]), settings.correction)
    for row in rows:
        row |= {"q": None, "trend": UNTOLD}
    for row, rate in zip(tested, q.tolist(), strict=True):
        clear = rate <= settings.false_discovery_rate
        row |= {"q": rate, "trend": (GROWS if row["slope"] > 0 else SHRINKS) if clear else UNCLEAR}


def cochran_armitage(score: Reals, n: Reals, yes: Reals) -> float:
    """Two-sided probability of so clear a linear trend in shares (Cochran 1954, Armitage 1955).

    nan where all say yes, none does, or all stand at one score.
    """
    total = n.sum()
    share = yes.sum() / total if total else 0.0
    off = score - (n * score).sum() / total if total else score
    variance = share * (1 - share) * (n * off**2).sum()
    if variance <= 0:
        return float("nan")
    return float(2 * stats.norm.sf(abs((yes * off).sum()) / np.sqrt(variance)))


def logistic_slope(score: Reals, n: Reals, yes: Reals) -> tuple[float, float]:
    """Change of the log odds of yes for each unit of score, with its standard error.

    The maximum-likelihood fit of a logistic regression by Newton's method. nan for both where the
    shares do not determine it: one score only, all alike, or yes and no fully apart.
    """
    some = n > 0
    score, n, yes = score[some], n[some], yes[some]
    if len(score) < 2 or yes.sum() <= 0 or yes.sum() >= n.sum():
        return float("nan"), float("nan")
    design = np.stack([np.ones_like(score), score - (n * score).sum() / n.sum()])

    def likelihood(fit: Reals) -> float:
        odds = fit @ design
        return float((yes * odds - n * np.logaddexp(0, odds)).sum())

    share = yes.sum() / n.sum()
    fit = np.array([np.log(share / (1 - share)), 0.0])
    for _ in range(MOST_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(fit @ design, -500, 500)))
        information = (design * (n * chance * (1 - chance))) @ design.T
        if np.linalg.cond(information) > 1e12:
            break
        step = np.linalg.solve(information, design @ (yes - n * chance))
        # A whole step may lead away from the best fit where shares are few and far apart.
        while likelihood(fit + step) < likelihood(fit) - 1e-6:
            step = step / 2
        fit = fit + step
        if np.abs(step).max() < 1e-10:
            return float(fit[1]), float(np.sqrt(np.linalg.inv(information)[1, 1]))
    return float("nan"), float("nan")
