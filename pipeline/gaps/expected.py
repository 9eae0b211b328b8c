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

from pipeline.gaps.arithmetic import distinct, ratio

Reals = NDArray[np.float64]
Waves = NDArray[np.complex128]

MOST_STEPS = 40
CLOSE_ENOUGH = 1e-6
"""Largest relative error in how often a concept is named, at which the weights are taken. Where a
concept is in nearly every text that names any, its weight has no end; after so many steps the
error is below one in a thousand."""


@dataclass(frozen=True)
class Moments:
    """Expected number of texts that name both of two concepts, and its variance (K by K)."""

    mean: Reals
    variance: Reals


def moments(matrix: csr_array, stratum: NDArray[Any], block: NDArray[Any] | None = None) -> Moments:
    """Mean and variance of every pair's meetings with both margins kept within strata.

    Parameters
    ----------
    matrix : texts by concepts, 1 where a text names a concept.
    stratum : one label for each text.
    block : one label for each concept; where given, each text keeps how many concepts of each
        block it names, and not only how many in all.
    """
    concepts = matrix.shape[1]
    total = Moments(np.zeros((concepts, concepts)), np.zeros((concepts, concepts)))
    lengths = np.diff(matrix.indptr)
    blocks = np.zeros(concepts, np.int64) if block is None else block
    # The matrices are small: to share each among processors takes longer than to multiply it.
    with threadpool_limits(1, user_api="blas"):
        for texts in by_stratum(matrix[lengths > 0], stratum[lengths > 0]):
            if texts.nnz > texts.shape[0]:
                _add_stratum(total, texts, blocks)
    np.fill_diagonal(total.mean, 0)
    return total


def by_stratum(matrix: csr_array, stratum: NDArray[Any]) -> Iterator[csr_array]:
    """The texts of each stratum; sorted once, since there may be as many strata as documents."""
    if len(stratum) and (stratum == stratum[0]).all():
        yield matrix
        return
    order = np.argsort(stratum, kind="stable")
    ordered, label = matrix[order], stratum[order]
    ends = np.flatnonzero(np.diff(label, append=label[-1:] + 1)) + 1
    for start, end in zip([0, *ends], ends, strict=False):
        yield ordered[start:end]


def _add_stratum(total: Moments, texts: csr_array, blocks: NDArray[Any]) -> None:
    """Add the moments of one stratum, whose texts name at least one concept each."""
    named = np.bincount(texts.indices, minlength=len(blocks))
    # What every text names meets each other concept as often as that is named, without fail.
    always = np.flatnonzero(named == texts.shape[0])
    open_ = np.flatnonzero((named > 0) & (named < texts.shape[0]))
    total.mean[always] += named
    total.mean[np.ix_(open_, always)] += named[open_, None]
    parts = [_namings(texts, open_[blocks[open_] == one]) for one in np.unique(blocks[open_])]
    for number, part in enumerate(parts):
        _add(total, part.concepts, part.concepts, _within(part))
        for other in parts[:number]:
            across = _across(part, other)
            _add(total, part.concepts, other.concepts, across)
            turned = Moments(across.mean.T, across.variance.T)
            _add(total, other.concepts, part.concepts, turned)


def _add(total: Moments, rows: NDArray[Any], columns: NDArray[Any], part: Moments) -> None:
    place = np.ix_(rows, columns)
    total.mean[place] += part.mean
    total.variance[place] += part.variance


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


@dataclass(frozen=True)
class _Namings:
    """How texts name the C concepts of one block, each in at least one text.

    `length` has how many a text may name (L lengths), `texts` how many do, `of_text` the place of
    each text among them, and `single` the chance that a text of each length names each concept;
    `chances` are those of independent namings, from which chances of naming several are had.
    """

    concepts: NDArray[Any]
    named: Reals
    length: NDArray[Any]
    of_text: NDArray[Any]
    texts: NDArray[Any]
    chances: Reals
    single: Reals


def _namings(matrix: csr_array, columns: NDArray[Any]) -> _Namings:
    part = matrix[:, columns]
    named: Reals = np.bincount(part.indices, minlength=len(columns)).astype(float)
    lengths = np.diff(part.indptr)
    length, of_text = distinct(lengths, len(columns) + 1)
    texts = np.bincount(of_text)
    chances = _tilted(_weights(named, length, texts), length)
    single = [(wave @ factor).real for wave, factor in _waves(chances, length)]
    return _Namings(columns, named, length, of_text, texts, chances, np.array(single))


def _within(part: _Namings) -> Moments:
    """Moments of two concepts of one block, which crowd each other out."""
    size = len(part.named)
    both, both_squared, both_one = (np.zeros((size, size)) for _ in range(3))
    waves = _waves(part.chances, part.length)
    for n, single, (wave, factor) in zip(part.texts, part.single, waves, strict=True):
        pair = ((wave * factor) @ wave.T).real
        np.fill_diagonal(pair, 0)
        both += n * pair
        both_squared += n * pair**2
        both_one += n * pair * single[:, None]
    one_one = (part.single * part.texts[:, None]).T @ part.single
    spread = part.named - np.diag(one_one)
    variance = _left_over(
        both - both_squared, both - both_one, (both - both_one).T, spread, spread, both - one_one
    )
    return Moments(both, variance * _few(part))


def _across(part: _Namings, other: _Namings) -> Moments:
    """Moments of concepts of two blocks, which are named independently given both lengths."""
    shape = len(part.length), len(other.length)
    texts = np.bincount(part.of_text * shape[1] + other.of_text, minlength=shape[0] * shape[1])
    texts = texts.reshape(shape)
    row, column = part.single, other.single
    rest_row, rest_column = row * (1 - row), column * (1 - column)
    both = row.T @ texts @ column
    variance = _left_over(
        both - (row**2).T @ texts @ column**2,
        rest_row.T @ texts @ column,
        row.T @ texts @ rest_column,
        part.texts @ rest_row,
        other.texts @ rest_column,
        np.zeros_like(both),
    )
    return Moments(both, variance * _few(part))


def _few(part: _Namings) -> float:
    """As in the hypergeometric distribution, a fixed margin of few texts leaves a little more."""
    number = len(part.of_text)
    return number / max(number - 1, 1)


def _left_over(
    variance: Reals,
    with_row: Reals,
    with_column: Reals,
    of_row: Reals,
    of_column: Reals,
    across: Reals,
) -> Reals:
    """Variance of the meetings once it is known how often each of the two is named.

    The variance of meetings, their covariances with how often the row's and the column's concept
    is named, the variances of these (one for each row and column), and their covariance.
    """
    row, column = of_row[:, None], of_column[None, :]
    spread = row * column - across**2
    explained = with_row**2 * column + with_column**2 * row - 2 * with_row * with_column * across
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
            for n, (wave, factor) in zip(texts, _waves(chance, length), strict=True)
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
    """Chances of independent namings that add up to each length, nearly (lengths by concepts)."""
    low, high = np.full(len(length), -60.0), np.full(len(length), 60.0)
    target = np.minimum(length, len(weights) - 0.5)
    for _ in range(24):
        middle = (low + high) / 2
        short = _chances(weights, middle).sum(axis=1) < target
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return _chances(weights, (low + high) / 2)


def _chances(weights: Reals, tilt: Reals) -> Reals:
    odds = np.exp(tilt)[:, None] * weights
    chances: Reals = odds / (1 + odds)
    return chances


def _waves(chances: Reals, length: NDArray[Any]) -> Iterator[tuple[Waves, Waves]]:
    """For each length, what gives the chances that one, two or more concepts are named together.

    Independent namings are held to their number by a discrete Fourier transform (Fernandez and
    Williams 2010, doi:10.1109/TAES.2010.5461658): the chance that a set of concepts is among
    those named is the real part of the sum over frequencies of `factor` times the `wave` of each
    concept of the set. Frequencies come in conjugate pairs, of which one is kept and counted
    twice; there are enough of them that a sum of namings so far above the length that it would be
    taken for it has a chance below 1e-18.
    """
    for chance, number in zip(chances, length.tolist(), strict=True):
        pairs = (min(len(chance), number + 40) + 1) // 2
        turn = np.exp(2j * np.pi * np.arange(pairs + 1) / (2 * pairs + 1))
        either = 1 - chance[:, None] + chance[:, None] * turn
        factor = np.multiply.reduce(either, axis=0) * turn**-number
        factor[1:] *= 2
        yield chance[:, None] * turn / either, factor / factor.sum().real
