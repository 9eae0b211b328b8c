"""Were the silences of a year filled in the years after it, more than other pairs were?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.gaps.chance import closed_null
from pipeline.gaps.incidence import NO_YEAR, Incidence
from pipeline.gaps.intervals import independent, share_rows
from pipeline.gaps.missing import split_years
from pipeline.gaps.settings import Settings
from pipeline.gaps.verdicts import BY_CHANCE, judge

Row = dict[str, Any]

SILENT, OTHER = "silent", "not silent"


def backtest_rows(corpus: str, texts: Incidence, settings: Settings) -> list[Row]:
    """Rows of the backtest table: what became of silences told from the texts up to a year.

    A pair is filled if the texts of the years after, as many as the horizon, name both at least
    as often as chance would have them, given their own margins. Silent pairs are held against
    those that could have been told silent and were not. `ratio` is how often a group met in the
    later texts over how often chance would have it: below 1 the silence went on. Nothing is told
    of passages of documents, which speak for the years of few.
    """
    rows: list[Row] = []
    if texts.cluster is not None:
        return rows
    for year in split_years(texts, settings.horizon):
        past = texts.where((texts.year != NO_YEAR) & (texts.year <= year))
        future = texts.where((texts.year > year) & (texts.year <= year + settings.horizon))
        told = judge(closed_null(past, settings.year_window), settings)
        later = closed_null(future, settings.year_window)
        met = later.named_together[told.first, told.second]
        expected = later.chance.mean[told.first, told.second]
        for group, chosen in ((SILENT, told.silent), (OTHER, told.verdict == BY_CHANCE)):
            here = chosen & (expected > 0)
            rows.append(
                {"corpus": corpus, "year": year, "horizon": settings.horizon, "group": group}
                | _group(met[here], expected[here])
            )
    return rows


def _group(met: NDArray[np.int64], expected: NDArray[np.float64]) -> Row:
    filled = int((met >= expected).sum())
    [share] = share_rows(independent(np.array([len(met)]), np.array([filled])))
    total = float(expected.sum())
    return {
        "pairs": share["n"],
        "filled": share["yes"],
        "share": share["share"],
        "low": share["low"],
        "high": share["high"],
        "met": int(met.sum()),
        "expected": total,
        "ratio": float(met.sum()) / total if total else None,
    }
