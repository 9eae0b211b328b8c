"""Odds ratios of two by two tables, one or many at once, and over strata."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.gaps.arithmetic import ratio
from pipeline.gaps.intervals import Z

Reals = NDArray[np.float64]
Estimate = tuple[Reals, Reals, Reals]
"""A figure with the lower and upper end of its 95% interval; nan where it cannot be told."""


def odds_ratio(a: Any, b: Any, c: Any, d: Any, critical: Any = Z) -> Estimate:
    """(a/b) / (c/d) with the interval of Woolf 1955 (doi:10.1111/j.1469-1809.1955.tb01348.x).

    Where a count is 0, one half is added to all four (Haldane 1956, Anscombe 1956).
    """
    a, b, c, d = (np.asarray(x, dtype=float) for x in (a, b, c, d))
    empty = (a + b == 0) | (c + d == 0)
    half = np.where((a == 0) | (b == 0) | (c == 0) | (d == 0), 0.5, 0.0)
    a, b, c, d = a + half, b + half, c + half, d + half
    log = np.log(a) - np.log(b) - np.log(c) + np.log(d)
    return _interval(np.where(empty, np.nan, log), np.sqrt(1 / a + 1 / b + 1 / c + 1 / d), critical)


def mantel_haenszel(a: Any, b: Any, c: Any, d: Any, critical: Any = Z) -> Estimate:
    """The odds ratio of Mantel and Haenszel 1959 over strata, the last axis.

    The interval is from the variance of Robins, Breslow and Greenland 1986
    (doi:10.2307/2531052). A stratum with texts of one side only tells nothing, and counts for
    nothing. nan where either sum of products is 0, as no ratio can be told.
    """
    a, b, c, d = (np.asarray(x, dtype=float) for x in (a, b, c, d))
    n = a + b + c + d
    r, s = ratio(a * d, n, 0.0), ratio(b * c, n, 0.0)
    p, q = ratio(a + d, n, 0.0), ratio(b + c, n, 0.0)
    up, down = r.sum(axis=-1), s.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (
            (p * r).sum(axis=-1) / (2 * up**2)
            + (p * s + q * r).sum(axis=-1) / (2 * up * down)
            + (q * s).sum(axis=-1) / (2 * down**2)
        )
        log = np.where((up > 0) & (down > 0), np.log(up / down), np.nan)
    return _interval(log, np.sqrt(variance), critical)


def _interval(log: Reals, error: Reals, critical: Any) -> Estimate:
    return np.exp(log), np.exp(log - critical * error), np.exp(log + critical * error)
