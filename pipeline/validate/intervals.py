"""A share of all texts, or a ratio of two, from a stratified sample of coded texts.

The sample is split into cells: the strata it was drawn in and, inside a stratum, what the machine
says of the text. How many texts of the corpus are in each cell is known, because the machine has
read them all; what people would say of those not coded is not. With Y what people say, M what the
machine says, h a stratum with N_h texts of which n_h were coded, the share is

    sum_h N_h/N * ( mean of M over all of h + mean of (Y - M) over the coded texts of h )

which is the design-based estimator of Egami and colleagues (2023, doi:10.48550/arXiv.2306.04746)
and the prediction-powered one of Angelopoulos and colleagues (2023, doi:10.1126/science.adi6000).
For a machine that says yes or no, weighing its part as well as can be inside each stratum (the
tuning of Angelopoulos, Duchi and Zrnic 2023, doi:10.48550/arXiv.2311.01453) makes it the mean of Y
in each cell, weighted by the texts in the cell. That is what is computed here. It is right on
average whatever the machine does; a better machine only makes the interval shorter.

The interval does not come from a normal approximation, which fails where a code is rare: it would
be empty where no coded text has the code. In each cell the unknown shares of the kinds of text get
Kerman's neutral prior (2011, doi:10.1214/11-EJS648: a third of a text for each kind); the texts
that nobody coded are then drawn, and the 2.5% and 97.5% points of the share are the interval. All
of a cell coded means no doubt left about it. The two ends have been checked by simulation to cover
the truth in 93 to 97% of samples, for shares from 1% to 60%: see
`tests/benchmarks/estimate_coverage.py`.

The corpus held is what the share speaks of. Passages are drawn one by one, not by document, so
that passages of one document being alike makes the sample no less sure of the corpus; how far the
documents held stand for others is another question, which no sample of their passages answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.validate.scheme import Array

FEWEST_IN_CELL = 12
"""Coded texts to be expected in a cell that stands alone; a smaller one is joined to its neighbour
in the stratum. What is expected decides, not what chance gave: joining cells where chance gave few
would miss what those few show, and the share would come out too low."""

SPARSE = 4
"""A cell is joined, too, where chance gave it less than a fourth of `FEWEST_IN_CELL`."""

_TWO_SIDED = 1.959964
"""The 97.5% point of the standard normal distribution."""

NEUTRAL = 1 / 3
DRAWS = 4_000
KINDS = np.array([(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
"""What a text can be for a ratio: (counted above, counted below the line)."""


@dataclass(frozen=True)
class Estimate:
    """A share with its 95% interval; nan where nothing is below the line."""

    value: float
    low: float
    high: float


def ratio(
    numerator: Array,
    denominator: Array,
    cell: NDArray[np.int_],
    populations: Array,
    seed: Sequence[int],
) -> Estimate:
    """A ratio of two totals over the corpus; with a denominator of ones, a share of all texts.

    Parameters
    ----------
    numerator, denominator : what people say of each coded text, from 0 to 1, the first never more
        than the second; between 0 and 1 where coders differ.
    cell : the cell of each coded text, from 0.
    populations : texts of the corpus in each cell, coded or not. A cell with texts has at least
        one coded text: see `joined_cells`.
    seed : seed of the drawing.
    """
    pairs = np.column_stack([numerator, denominator])
    kinds, kind = np.unique(np.concatenate([pairs, KINDS]), axis=0, return_inverse=True)
    counts = np.zeros((len(populations), len(kinds)))
    np.add.at(counts, (cell, kind.ravel()[: len(pairs)]), 1)
    coded = counts.sum(axis=1)
    value = _over((counts * (populations / coded)[:, None] @ kinds).sum(axis=0))
    prior = np.zeros(len(kinds))
    prior[kind.ravel()[len(pairs) :]] = min(NEUTRAL, 1 / len(populations))
    if (denominator == 1).all():
        prior[kinds[:, 1] == 0] = 0
    drawn = _over(draw_totals(counts, populations, prior, seed) @ kinds)
    if np.isnan(value):
        return Estimate(float("nan"), float("nan"), float("nan"))
    low, high = np.nanquantile(drawn, (0.025, 0.975))
    return Estimate(float(value), float(min(low, value)), float(max(high, value)))


def draw_totals(
    counts: Array, populations: Array, prior: Array | float, seed: int | Sequence[int]
) -> Array:
    """How many texts of each kind the corpus may have, drawn from what the coded texts leave open.

    Parameters
    ----------
    counts : cells x kinds, coded texts; a part of one where coders differ.
    populations : texts of the corpus in each cell.
    prior : texts taken to have been seen before of each kind in each cell.

    Returns
    -------
    Draws x kinds, texts.
    """
    coded = counts.sum(axis=1, keepdims=True)
    rng = np.random.default_rng(seed)
    # A Dirichlet of n texts spreads as n + 1 would; this one spreads as the variance over n - 1.
    told = counts * np.maximum(coded - 2, 1) / np.maximum(coded, 1)
    shares = rng.gamma(told + prior, size=(DRAWS, *counts.shape))
    shares /= np.maximum(shares.sum(axis=2, keepdims=True), np.finfo(float).tiny)
    uncoded = np.maximum(np.round(populations - coded[:, 0]), 0).astype(int)
    totals: Array = (rng.multinomial(uncoded, shares) + counts).sum(axis=1)
    return totals


def least_share(texts: float) -> float:
    """The lower end of the 95% interval of Wilson (1927) for a share of which all texts are."""
    return float(texts / (texts + _TWO_SIDED**2))


def _over(totals: Array) -> Array:
    """The first over the second of the last axis; nan where the second is 0."""
    above, below = totals[..., 0], totals[..., 1]
    return np.where(below > 0, above / np.where(below > 0, below, 1), np.nan)


def joined_cells(
    stratum: NDArray[np.int_], said: NDArray[np.int_], populations: Array
) -> tuple[NDArray[np.int_], Array]:
    """The cells to estimate in: strata, split by what the machine says where texts allow.

    Parameters
    ----------
    stratum, said : of each coded text, the stratum and what the machine says, both from 0; what
        is said is in an order in which neighbours are alike.
    populations : strata x what is said, texts of the corpus.

    Returns
    -------
    The cell of each coded text, from 0, and the texts of the corpus in each cell. Every cell has
    `FEWEST_IN_CELL` coded texts, or is a whole stratum.
    """
    cell = np.zeros(len(stratum), dtype=int)
    sizes: list[float] = []
    for h, texts in enumerate(populations):
        coded = np.bincount(said[stratum == h], minlength=len(texts))
        expected = coded.sum() * texts / max(texts.sum(), 1)
        groups = [[s] for s in range(len(texts))]
        while len(groups) > 1:
            counts = [min(expected[g].sum(), SPARSE * coded[g].sum()) for g in groups]
            least = int(np.argmin(counts))
            if counts[least] >= FEWEST_IN_CELL:
                break
            beside = [i for i in (least - 1, least + 1) if 0 <= i < len(groups)]
            other = min(beside, key=counts.__getitem__)
            first, second = sorted((least, other))
            groups[first : second + 1] = [groups[first] + groups[second]]
        for group in groups:
            cell[(stratum == h) & np.isin(said, group)] = len(sizes)
            sizes.append(float(texts[group].sum()))
    return cell, np.array(sizes)
