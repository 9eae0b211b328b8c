"""Shares with 95% intervals, for independent texts and for passages cut from documents."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from pipeline.gaps.arithmetic import ratio

Reals = NDArray[np.float64]
Integers = NDArray[np.int64]

CONFIDENCE = 0.95
Z = float(stats.norm.ppf((1 + CONFIDENCE) / 2))


TRUST = 12.0
"""Degrees of freedom that what all shares say of the spread between documents counts for.

Among the concepts of prevention plans of 42 states the spread differs as about ten would have it.
"""
UNKNOWN = 100.0
"""The spread where nothing is known of it: one document then tells nothing about others."""

_HALVINGS = 50


@dataclass(frozen=True)
class Shares:
    """Shares of texts that say yes, one for each of a number of cells.

    `n` texts of which `yes` say yes; `share` is nan where there is none. `documents` is how many
    documents of equal size the texts amount to (Kish 1965), as many as texts where these are
    independent. `measured` is the design effect measured in the cell itself, with `freedom` degrees
    of freedom: 0 where it cannot be measured, infinite where texts are independent. `spread` is the
    variance of the log odds between documents, from all that the texts say.
    """

    n: Integers
    yes: Integers
    documents: Reals
    measured: Reals
    freedom: Reals
    spread: float | Reals

    @property
    def share(self) -> Reals:
        """Share that say yes."""
        return ratio(self.yes, self.n, np.nan)

    @property
    def critical(self) -> Reals:
        """How many standard errors an interval reaches."""
        reach: Reals = stats.t.ppf((1 + CONFIDENCE) / 2, self.freedom + TRUST)
        return reach

    @property
    def interval(self) -> tuple[Reals, Reals]:
        """Both ends of the 95% interval of each share.

        The shares that the observed one is not too far from, each with the variance that it would
        have itself: for independent texts the interval of Wilson 1927, in closed form.
        """
        if np.isinf(self.freedom).all():
            return wilson(self.share, self.n)
        low = self._end(np.zeros(len(self.n)))
        high = self._end(np.ones(len(self.n)))
        return np.where(self.yes == 0, 0.0, low), np.where(self.yes == self.n, 1.0, high)

    def _end(self, outer: Reals) -> Reals:
        """Halve the way from the share outwards until what is too far and what is not meet."""
        share, critical = self.share, self.critical
        inner = share
        for _ in range(_HALVINGS):
            middle = (inner + outer) / 2
            variance = middle * (1 - middle) * ratio(self._effect_at(middle), self.n, np.nan)
            near = np.abs(share - middle) <= critical * np.sqrt(variance)
            inner, outer = np.where(near, middle, inner), np.where(near, outer, middle)
        return inner

    def _effect_at(self, share: Reals) -> Reals:
        """The design effect if this were the true share.

        Documents whose log odds differ by so much differ in the share itself the more the nearer
        it is to a half; what was measured is taken to that share in the same way.
        """
        variance, observed = share * (1 - share), self.share * (1 - self.share)
        beyond = self.measured - 1
        measured = np.where(beyond > 0, beyond * ratio(variance, observed, 0.0), beyond)
        told_by_all = (ratio(self.n, self.documents, 1.0) - 1) * self.spread * variance
        weight = 1 - TRUST / (self.freedom + TRUST)
        effect: Reals = 1 + weight * measured + (1 - weight) * told_by_all
        return effect

    @property
    def design_effect(self) -> Reals:
        """Texts for each independent text; 1 where texts are independent.

        Taken at a share with two more of either kind, which is never 0 or 1 (Agresti and Coull
        1998).
        """
        return self._effect_at((self.yes + 2) / (self.n + 4))


def share_rows(shares: Shares) -> list[dict[str, Any]]:
    """Each cell as plain values, null where there is no text: n, yes, share, low and high."""
    low, high = shares.interval
    columns = (shares.n, shares.yes, shares.share, low, high)
    return [
        {
            "n": n,
            "yes": yes,
            "share": share if n else None,
            "low": bottom if n else None,
            "high": top if n else None,
        }
        for n, yes, share, bottom, top in zip(*(c.tolist() for c in columns), strict=True)
    ]


def wilson(share: Any, n: Any, critical: Any = Z) -> tuple[Reals, Reals]:
    """The score interval of Wilson 1927 (doi:10.1080/01621459.1927.10502953).

    Parameters
    ----------
    share, n : share and the number of independent observations; arrays broadcast.
    critical : standard errors that the interval reaches to either side.

    Returns
    -------
    lower and upper ends, between 0 and 1; nan where `n` is 0.
    """
    share, n, critical = np.broadcast_arrays(share, n, critical)
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = critical**2 / n
        middle = (share + weight / 2) / (1 + weight)
        half = np.sqrt(share * (1 - share) * weight + weight**2 / 4) / (1 + weight)
        low, high = middle - half, middle + half
    # The ends are exactly 0 and 1 where nothing, or everything, says yes.
    low = np.where(share == 0, 0.0, np.clip(low, 0, 1))
    high = np.where(share == 1, 1.0, np.clip(high, 0, 1))
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def newcombe(
    one: Any, one_interval: tuple[Any, Any], other: Any, other_interval: tuple[Any, Any]
) -> tuple[Reals, Reals]:
    """Interval of the difference `other - one` of two independent shares from their own intervals.

    Newcombe 1998, method 10 (doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I),
    which asks of the two intervals only that they are good ones, so that either may be clustered.
    """
    difference = np.subtract(other, one)
    low = difference - np.hypot(other - other_interval[0], one_interval[1] - one)
    high = difference + np.hypot(other_interval[1] - other, one - one_interval[0])
    return low, high


def tally(
    cell: NDArray[Any],
    yes: NDArray[np.bool_],
    cells: int,
    cluster: NDArray[Any] | None = None,
    spread: float = UNKNOWN,
) -> Shares:
    """Count texts and those that say yes in each cell; say how much evidence they are.

    A text stands in each cell that it belongs to: `cell` and `yes` have one entry for each text
    and cell of its own, and so has `cluster`, the document that a passage was cut from.

    Passages of one document are alike, so n of them tell less than n texts. How much less, the
    design effect, is the variance of the share between documents over the variance that
    independent texts would have (Kish 1965). Measured in one cell it is itself uncertain, above
    all where documents are few or the share is rare, and too small just where the share comes out
    too small. So it is averaged with what all concepts together say of how documents differ,
    `spread`, as variances are in Smyth 2004 (doi:10.2202/1544-6115.1027), with Student's t of the
    degrees of freedom of both; and, as in Wilson's interval, with the variance that a share
    would have were it the true one. `tests/benchmarks/interval_coverage.py` shows by simulation
    that such intervals cover 93 to 97% for shares from 1 to 60%.
    """
    if cluster is None:
        n = np.bincount(cell, minlength=cells)
        return independent(n, np.bincount(cell[yes], minlength=cells))
    span = int(cluster.max(initial=0)) + 1
    key, member = np.unique(cell.astype(np.int64) * span + cluster, return_inverse=True)
    passages = np.bincount(member, minlength=len(key))
    said = np.bincount(member[yes], minlength=len(key))
    return tally_documents(key // span, passages, said, cells, spread)


def independent(n: Integers, yes: Integers) -> Shares:
    """Shares of texts that are independent of each other."""
    ones = np.ones(len(n))
    return Shares(n, yes, n.astype(float), ones, ones * np.inf, 0.0)


def tally_documents(
    cell: NDArray[Any],
    passages: NDArray[Any],
    said: NDArray[Any],
    cells: int,
    spread: float | Reals = UNKNOWN,
) -> Shares:
    """As `tally`, from one entry for each document in a cell: passages, and those that say yes.

    The residual of a document is divided by the root of one less its share of the passages,
    because a large document drags the mean towards itself (Bell and McCaffrey 2002). Where few
    passages of a document say yes the variance measured tells little: its degrees of freedom are
    those of documents, less one, times 2m / (2m + 1) for m expected in each, as the variance of a
    squared deviation is (2 + 1/m) times the square of its mean for a Poisson count.
    """
    n = np.bincount(cell, passages, minlength=cells)
    yes = np.bincount(cell, said, minlength=cells)
    number = np.bincount(cell, minlength=cells)
    weight = passages / n[cell]
    documents = ratio(1, np.bincount(cell, weight**2, minlength=cells), 0.0)
    share = ratio(yes, n, 0.0)
    squared = ratio((said - share[cell] * passages) ** 2, n[cell] ** 2 * (1 - weight), 0.0)
    between = np.bincount(cell, squared, minlength=cells)
    measured = ratio(between * n, share * (1 - share), 1.0)
    expected = ratio(yes * (1 - share), number, 0.0)
    freedom = np.maximum(documents - 1, 0) * 2 * expected / (2 * expected + 1)
    return Shares(n.astype(np.int64), yes.astype(np.int64), documents, measured, freedom, spread)
