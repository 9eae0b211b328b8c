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


@dataclass(frozen=True)
class Shares:
    """Shares of texts that say yes, one for each of a number of cells.

    `n` texts of which `yes` say yes; `share` is nan where there is none. `documents` is how many
    documents of equal size the texts amount to, as many as texts where these are independent;
    `effective` is the number of independent texts that would tell as much, and `critical` how many
    standard errors an interval reaches.
    """

    n: Integers
    yes: Integers
    documents: Reals
    effective: Reals
    critical: Reals

    @property
    def share(self) -> Reals:
        """Share that say yes."""
        return ratio(self.yes, self.n, np.nan)

    @property
    def interval(self) -> tuple[Reals, Reals]:
        """Both ends of the 95% interval of each share."""
        return wilson(self.share, self.effective, self.critical)

    @property
    def design_effect(self) -> Reals:
        """Texts for each independent text; 1 where texts are independent or there is none."""
        return ratio(self.n, self.effective, 1.0)

    @property
    def likeness(self) -> Reals:
        """How alike passages of one document are: 0 not at all, 1 all the same (Kish 1965)."""
        size = ratio(self.n, self.documents, 1.0)
        return np.clip(ratio(self.design_effect - 1, size - 1, 1.0), 0, 1)


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
    likeness: float = 1.0,
) -> Shares:
    """Count texts and those that say yes in each cell; say how much evidence they are.

    A text stands in each cell that it belongs to: `cell` and `yes` have one entry for each text
    and cell of its own, and so has `cluster`, the document that a passage was cut from.

    Passages of one document are alike, so n of them tell less than n texts. How much less, the
    design effect, is the variance of the share between documents over the variance that
    independent texts would have; n over the design effect is taken for the number of texts in
    Wilson's interval (Korn and Graubard 1998; Franco and colleagues 2019,
    doi:10.1093/jssam/smy019). The residual of a document is divided by one less its share of the
    passages, as in a jackknife (Bell and McCaffrey 2002), because a large document drags the mean
    towards itself; and the interval reaches as far as Student's t does for the number of
    documents of equal size that would tell as much (Kish 1965), less one. In simulations with 10
    to 40 documents of unequal size it covers 93 to 97% for shares from 5 to 95%. Where all
    passages of a cell say the same, `likeness`, that of the whole corpus, stands in for theirs.
    """
    if cluster is None:
        n = np.bincount(cell, minlength=cells)
        return independent(n, np.bincount(cell[yes], minlength=cells))
    span = int(cluster.max(initial=0)) + 1
    key, member = np.unique(cell.astype(np.int64) * span + cluster, return_inverse=True)
    passages = np.bincount(member, minlength=len(key))
    said = np.bincount(member[yes], minlength=len(key))
    return tally_documents(key // span, passages, said, cells, likeness)


def independent(n: Integers, yes: Integers) -> Shares:
    """Shares of texts that are independent of each other."""
    return Shares(n, yes, n.astype(float), n.astype(float), np.full(len(n), Z))


def tally_documents(
    cell: NDArray[Any], passages: NDArray[Any], said: NDArray[Any], cells: int, likeness: float
) -> Shares:
    """As `tally`, from one entry for each document in a cell: passages, and those that say yes."""
    n = np.bincount(cell, passages, minlength=cells)
    total = np.bincount(cell, said, minlength=cells)
    number = np.bincount(cell, minlength=cells)
    weight = passages / n[cell]
    documents = ratio(1, np.bincount(cell, weight**2, minlength=cells), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = total / n
        residual = (said - share[cell] * passages) / (n[cell] * (1 - weight))
        between = np.bincount(cell, residual**2, minlength=cells)
        effect = between * n / (share * (1 - share))
        assumed = 1 + (n / documents - 1) * np.where(number > 1, likeness, 1.0)
    measured = (number > 1) & (total > 0) & (total < n) & (between > 0)
    effective = np.maximum(ratio(n, np.where(measured, effect, assumed), 0.0), n > 0)
    reach = stats.t.ppf((1 + CONFIDENCE) / 2, np.maximum(documents - 1, 1))
    return Shares(n.astype(np.int64), total.astype(np.int64), documents, effective, reach)
