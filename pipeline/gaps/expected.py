"""What chance alone would do, without a draw: expected meetings and their variance.

Of all texts with both margins kept, those of one length are like sets of so many concepts drawn
with unequal weights, each set as likely as the product of its weights (Chen, Dempster and Liu
1994, doi:10.1093/biomet/81.3.457); the weights are those under which every concept is named as
often as it is. That fixes the lengths exactly and how often a concept is named on average; the
variance is then reduced to what is left once both are fixed. With many texts in a stratum this is
what the draws of `null.py` converge to, and the stage lets them confirm it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from pipeline.gaps.arithmetic import ratio

Reals = NDArray[np.float64]
Waves = NDArray[np.complex128]

MOST_STEPS = 100
CLOSE_ENOUGH = 1e-8
"""Largest relative error in how often a concept is named, at which the weights are taken."""


@dataclass(frozen=True)
class Moments:
    """Expected number of texts that name both of two concepts, and its variance (K by K)."""

    mean: Reals
    variance: Reals


def moments(matrix: csr_array, stratum: NDArray[Any]) -> Moments:
    """Mean and variance of every pair's meetings with both margins kept within strata.

    Parameters
    ----------
    matrix : texts by concepts, 1 where a text names a concept.
    stratum : one label for each text.
    """
    concepts = matrix.shape[1]
    total = Moments(np.zeros((concepts, concepts)), np.zeros((concepts, concepts)))
    lengths = np.diff(matrix.indptr)
    # The matrices are small: to share each among processors takes longer than to multiply it.
    with threadpool_limits(1, user_api="blas"):
        for label in np.unique(stratum[lengths > 1]):
            texts = matrix[(stratum == label) & (lengths > 0)]
            named = np.bincount(texts.indices, minlength=concepts)
            here = np.flatnonzero(named)
            part = _in_stratum(named[here].astype(float), np.diff(texts.indptr))
            total.mean[np.ix_(here, here)] += part.mean
            total.variance[np.ix_(here, here)] += part.variance
    return total


def rank_one(matrix: csr_array, stratum: NDArray[Any]) -> Reals:
    """Expected meetings at a glance: E = T c_a c_b / sum of c_a c_b over all pairs (K by K).

    T is the number of pairs that the texts of a stratum hold, c_a how many of them name a; strata
    add up. It ignores how lengths differ and is off by some percent where texts or concepts are
    very unequal, but how it changes when a few texts are left out can be asked a thousand times.
    """
    labels, stratum = np.unique(stratum, return_inverse=True)
    expected = rank_one_of(*margins(matrix, stratum, len(labels)))
    np.fill_diagonal(expected, 0)
    return expected


def margins(matrix: csr_array, stratum: NDArray[Any], strata: int) -> tuple[Reals, Reals]:
    """How often each concept is named (S by K), and how many pairs texts hold (S), by stratum."""
    texts = np.arange(len(stratum))
    sums = csr_array((np.ones(len(texts)), (stratum, texts)), shape=(strata, len(texts)))
    length = np.diff(matrix.indptr).astype(float)
    pairs = np.bincount(stratum, length * (length - 1) / 2, minlength=strata)
    return (sums @ matrix).toarray().astype(float), pairs.astype(float)


def rank_one_of(named: Reals, pairs: Reals) -> Reals:
    """The same from its margins: see `margins`."""
    every = (named.sum(axis=1) ** 2 - (named**2).sum(axis=1)) / 2
    expected: Reals = (named * ratio(pairs, every, 0.0)[:, None]).T @ named
    return expected


def _in_stratum(named: Reals, lengths: NDArray[Any]) -> Moments:
    """Moments from how often each concept is named (never 0) and how many each text names."""
    length, texts = np.unique(lengths, return_counts=True)
    weights = _weights(named, length, texts)
    size, number = len(named), len(lengths)
    both, both_squared, both_one, one_one = (np.zeros((size, size)) for _ in range(4))
    for n, (wave, factor) in zip(texts, _waves(weights, length), strict=True):
        single = (wave @ factor).real
        pair = ((wave * factor) @ wave.T).real
        np.fill_diagonal(pair, 0)
        both += n * pair
        both_squared += n * pair**2
        both_one += n * pair * single[:, None]
        one_one += n * np.outer(single, single)
    left = _left_over(named, both, both_squared, both_one, one_one)
    # As in the hypergeometric distribution, fixing a margin of few texts leaves a little more.
    return Moments(both, left * number / max(number - 1, 1))


def _left_over(
    named: Reals, both: Reals, both_squared: Reals, both_one: Reals, one_one: Reals
) -> Reals:
    """Variance of the meetings once it is known how often each of the two is named.

    Each argument is a sum over texts of products of probabilities: of naming both, of naming both
    squared, of naming both and of naming the row's concept, of naming the row's and the column's.
    """
    variance = both - both_squared
    with_row, with_column = both - both_one, both - both_one.T
    own = named - np.diag(one_one)
    of_row, of_column, across = own[:, None], own[None, :], both - one_one
    spread = of_row * of_column - across**2
    explained = (
        with_row**2 * of_column + with_column**2 * of_row - 2 * with_row * with_column * across
    )
    left = variance - ratio(explained, np.where(spread > 1e-9, spread, 0), 0.0)
    return np.maximum(left, 0)


def _weights(named: Reals, length: NDArray[Any], texts: NDArray[Any]) -> Reals:
    """Weights under which each concept is named as often as it is, on average.

    Newton's method on their logarithms, with the variances of independent namings for a slope.
    """
    weights: Reals = named / named.sum()
    for _ in range(MOST_STEPS):
        chance = _tilted(weights, length)
        expected = sum(
            n * (wave @ factor).real
            for n, (wave, factor) in zip(texts, _waves(weights, length), strict=True)
        )
        missing = named - expected
        if np.max(np.abs(missing) / named) < CLOSE_ENOUGH:
            break
        spread = chance * (1 - chance)
        slope = (
            np.diag(texts @ spread) - (spread * (texts / spread.sum(axis=1))[:, None]).T @ spread
        )
        # Weights are known up to a factor: one more equation keeps their product as it is.
        size = np.trace(slope) / len(named)
        full = slope + size / len(named) + 1e-12 * size * np.eye(len(named))
        step = np.linalg.solve(full, missing)
        weights *= np.exp(np.clip(step, -2, 2))
    return weights


def _tilted(weights: Reals, length: NDArray[Any]) -> Reals:
    """Chances of independent namings that add up to each length (lengths by concepts)."""
    low, high = np.full(len(length), -60.0), np.full(len(length), 60.0)
    target = np.minimum(length, len(weights) - 0.5)
    for _ in range(60):
        middle = (low + high) / 2
        short = _chances(weights, middle).sum(axis=1) < target
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return _chances(weights, (low + high) / 2)


def _chances(weights: Reals, tilt: Reals) -> Reals:
    odds = np.exp(tilt)[:, None] * weights
    chances: Reals = odds / (1 + odds)
    return chances


def _waves(weights: Reals, length: NDArray[Any]) -> Iterator[tuple[Waves, Waves]]:
    """For each length, what gives the chances that one, two or more concepts are named together.

    Independent namings are held to their number by a discrete Fourier transform (Fernandez and
    Williams 2010, doi:10.1109/TAES.2010.5461658): the chance that a set of concepts is among
    those named is the real part of the sum over frequencies of `factor` times the `wave` of each
    concept of the set. Frequencies come in conjugate pairs, of which one is kept and counted
    twice; there are enough of them that a sum of namings so far above the length that it would be
    taken for it has a chance below 1e-18.
    """
    for chance, number in zip(_tilted(weights, length), length.tolist(), strict=True):
        pairs = (min(len(weights), number + 40) + 1) // 2
        turn = np.exp(2j * np.pi * np.arange(pairs + 1) / (2 * pairs + 1))
        either = 1 - chance[:, None] + chance[:, None] * turn
        factor = np.multiply.reduce(either, axis=0) * turn**-number
        factor[1:] *= 2
        yield chance[:, None] * turn / either, factor / factor.sum().real
