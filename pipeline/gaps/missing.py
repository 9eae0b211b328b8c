"""Studies that nobody has written: pairs that the graph of concepts predicts and no text has."""

from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy import stats

from pipeline.gaps.expected import moments
from pipeline.gaps.incidence import NO_YEAR, Incidence, Places
from pipeline.gaps.null import together
from pipeline.gaps.unmentioned import Row

Reals = NDArray[np.float64]
Counts = NDArray[np.int64]

MOST_PAIRS = 100
"""Pairs listed for each corpus."""
NEAREST = 3
"""Texts named on either side of a pair."""
SPLITS = 3
"""Years from which the future is foretold, each a horizon before the next."""

RESOURCE_ALLOCATION = "resource allocation"
ADAMIC_ADAR = "Adamic-Adar"
EXPECTED = "expected by chance"


def missing_rows(corpus: str, texts: Incidence, expected: Reals) -> list[Row]:
    """Rows of the missing table: unwritten pairs with a strategy or a relationship in them.

    Ranked by resource allocation (Zhou and colleagues 2009, doi:10.1140/epjb/e2009-00335-8), then
    by the index of Adamic and Adar 2003 (doi:10.1016/S0378-8733(03)00009-1). Both count what the
    two concepts meet in common, and weigh it down where it meets everything.

    Parameters
    ----------
    expected : K by K, meetings expected by chance with both margins kept.
    """
    counts = together(texts.matrix)
    pairs = unwritten(counts)
    asked = np.zeros(len(texts.concepts), dtype=bool)
    asked[texts.of("strategy", "relationship")] = True
    pairs = pairs[asked[pairs].any(axis=1)]
    scores = predictions(counts, pairs, expected)
    allocation, adar = scores[RESOURCE_ALLOCATION], scores[ADAMIC_ADAR]
    order = np.lexsort((pairs[:, 1], pairs[:, 0], -adar, -allocation))[:MOST_PAIRS]
    order = order[allocation[order] > 0]
    degree = (counts > 0).sum(axis=1) - 1
    names = [concept.id for concept in texts.concepts]
    return [
        {
            "corpus": corpus,
            "rank": rank,
            "concept_a": names[a],
            "concept_b": names[b],
            "n_a": int(counts[a, a]),
            "n_b": int(counts[b, b]),
            "resource_allocation": float(allocation[place]),
            "adamic_adar": float(adar[place]),
            "expected": float(expected[a, b]),
            "near_a": nearest(texts, counts, degree, a, b),
            "near_b": nearest(texts, counts, degree, b, a),
        }
        for rank, (place, (a, b)) in enumerate(zip(order, pairs[order].tolist(), strict=True), 1)
    ]


def unwritten(counts: Counts) -> Places:
    """Pairs of concepts that are both named and that no text names together (pairs by 2)."""
    named = np.diagonal(counts) > 0
    first, second = np.nonzero(np.triu(counts == 0, 1) & named[:, None] & named[None, :])
    return np.stack([first, second], axis=1).astype(np.int32)


def predictions(counts: Counts, pairs: Places, expected: Reals) -> dict[str, Reals]:
    """What each way of foretelling says of some pairs: the more, the likelier they are to meet."""
    graph = nx.from_numpy_array(np.triu(counts > 0, 1))
    wanted = pairs.tolist()
    return {
        RESOURCE_ALLOCATION: _scores(nx.resource_allocation_index(graph, wanted)),
        ADAMIC_ADAR: _scores(nx.adamic_adar_index(graph, wanted)),
        EXPECTED: expected[pairs[:, 0], pairs[:, 1]],
    }


def _scores(told: Any) -> Reals:
    return np.array([score for _, _, score in told], dtype=float)


def nearest(texts: Incidence, counts: Counts, degree: Counts, one: int, other: int) -> str:
    """Records that name `one` and most of what it and `other` have in common, the nearest first.

    A common concept weighs as it does in resource allocation: one over how many it meets.
    """
    common = (counts[one] > 0) & (counts[other] > 0)
    weight = np.where(common, 1 / np.maximum(degree, 1), 0.0)
    weight[[one, other]] = 0
    naming = np.flatnonzero(texts.naming([one]))
    score = texts.matrix[naming] @ weight
    best = naming[np.argsort(-score, kind="stable")[:NEAREST]]
    return " | ".join(texts.record.take(best).to_pylist())


def forecast_rows(corpus: str, texts: Incidence, horizon: int) -> list[Row]:
    """Rows of the forecasts table: how well each way foretold which unwritten pairs got written.

    Texts up to a year foretell; texts of the years after it, as many as the horizon, tell.
    """
    rows = []
    for year in split_years(texts, horizon):
        past = texts.where((texts.year != NO_YEAR) & (texts.year <= year))
        future = texts.where((texts.year > year) & (texts.year <= year + horizon))
        counts = together(past.matrix)
        pairs = unwritten(counts)
        written = together(future.matrix)[pairs[:, 0], pairs[:, 1]] > 0
        expected = moments(past.matrix, np.zeros(len(past), np.int32)).mean
        for predictor, score in predictions(counts, pairs, expected).items():
            area, low, high = roc_area(score, written)
            rows.append(
                {
                    "corpus": corpus,
                    "year": year,
                    "horizon": horizon,
                    "predictor": predictor,
                    "pairs": len(pairs),
                    "written": int(written.sum()),
                    "auc": area,
                    "auc_low": low,
                    "auc_high": high,
                }
            )
    return rows


def split_years(texts: Incidence, horizon: int) -> list[int]:
    """Years with texts before and after them, a horizon apart, the last one first."""
    years = texts.year[texts.year != NO_YEAR]
    if not len(years):
        return []
    first, last = int(years.min()), int(years.max())
    return [y for n in range(1, SPLITS + 1) if (y := last - n * horizon) >= first]


def roc_area(
    score: Reals, positive: NDArray[np.bool_]
) -> tuple[float | None, float | None, float | None]:
    """The area under the ROC curve with its 95% interval; nothing where all or none are positive.

    The chance that a positive scores above a negative; its standard error is that of Hanley and
    McNeil 1982 (doi:10.1148/radiology.143.1.7063747).
    """
    yes, no = int(positive.sum()), int((~positive).sum())
    if not yes or not no:
        return None, None, None
    area = stats.mannwhitneyu(score[positive], score[~positive]).statistic / (yes * no)
    above, below = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (yes - 1) * (above - area**2) + (no - 1) * (below - area**2)
    reach = stats.norm.ppf(0.975) * np.sqrt(variance / (yes * no))
    return float(area), float(max(area - reach, 0)), float(min(area + reach, 1))
