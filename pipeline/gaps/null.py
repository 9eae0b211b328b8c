"""What chance alone would do: random texts that keep both margins of the real ones.

Long texts mention more of everything and rare concepts seldom meet, so how often two concepts
meet is judged against texts in which each concept keeps how often it is named, and each text how
many concepts it names, and all else is random (Strona and colleagues 2014,
doi:10.1038/ncomms5114; Godard and Neal 2022, doi:10.1093/comnet/cnac049). Strata (years, or the
documents that passages were cut from) keep both margins each for itself.

A text is a set of bits, one for each concept, so that a trade between two texts is a few
operations on words, and half a million trades are done at once.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Words = NDArray[np.uint64]
Counts = NDArray[np.int64]
Reals = NDArray[np.float64]

CHAINS = 2
"""Random walks side by side. A constant, and not the number of processors: draws depend on it."""
BURN_IN = 20
BETWEEN_DRAWS = 5
"""Trades that a text has made, on average, before the first draw and from one draw to the next.

Measured on simulated abstracts, the number of texts that name a pair is correlated 0.1 to 0.2
from one draw to the next.
"""
PAIRS_AT_ONCE = 8192
"""Pairs of texts that trade in one step: their words stay in the processor's cache."""
TEXTS_AT_ONCE = 4 * PAIRS_AT_ONCE
"""Texts that are counted in one step, for the same reason: it takes a third of the time."""


@dataclass(frozen=True)
class Draws:
    """How often each two of K concepts met in random texts with both margins kept.

    `mean` and `variance` (K by K) are over the draws; `as_few` and `as_many` count the draws in
    which a pair met as seldom, or as often, as it really does.
    """

    number: int
    mean: Reals
    variance: Reals
    as_few: Counts
    as_many: Counts


def together(matrix: csr_array) -> Counts:
    """How many texts name both of two concepts (K by K), from a matrix of texts by concepts."""
    total = np.zeros((matrix.shape[1], matrix.shape[1]), dtype=np.int64)
    for start in range(0, matrix.shape[0], TEXTS_AT_ONCE):
        part = matrix[start : start + TEXTS_AT_ONCE]
        total += (part.T @ part).toarray()
    return total


def randomise(matrix: csr_array, stratum: NDArray[Any], number: int, seed: Any) -> Draws:
    """Draw random texts with both margins of the real ones, within strata.

    Parameters
    ----------
    matrix : texts by concepts, 1 where a text names a concept, without duplicates.
    stratum : one label for each text; texts trade only with those of their own stratum.
    number : draws.
    seed : anything that seeds a `numpy.random.SeedSequence`.
    """
    observed = together(matrix)
    named = np.diff(matrix.indptr) > 0
    _, stratum = np.unique(stratum[named], return_inverse=True)
    order = np.argsort(stratum, kind="stable")
    texts, stratum = matrix[named][order], stratum[order].astype(np.int32)
    shares = [number // CHAINS + (chain < number % CHAINS) for chain in range(CHAINS)]
    seeds = np.random.SeedSequence(seed).spawn(CHAINS)
    with ThreadPoolExecutor(CHAINS) as pool:
        walks = list(
            pool.map(
                lambda args: _walk(texts, stratum, observed, *args), zip(shares, seeds, strict=True)
            )
        )
    off, squares, as_few, as_many = (sum(parts) for parts in zip(*walks, strict=True))
    mean_off = off / number
    variance = (squares - number * mean_off**2) / max(number - 1, 1)
    return Draws(number, observed + mean_off, np.maximum(variance, 0), as_few, as_many)


def _walk(
    texts: csr_array, stratum: NDArray[np.int32], observed: Counts, number: int, seed: Any
) -> tuple[Reals, Reals, Counts, Counts]:
    """Sums over draws of (drawn - observed) and its square, and counts of as few and as many."""
    random = np.random.Generator(np.random.SFC64(seed))
    bits = pack(texts)
    off, squares = np.zeros(observed.shape), np.zeros(observed.shape)
    as_few, as_many = np.zeros_like(observed), np.zeros_like(observed)
    if number:
        bits, sweeps = _burn_in(bits, stratum, random)
    for _ in range(number):
        for _ in range(sweeps):
            bits, _ = sweep(bits, stratum, random)
        difference = count(bits, len(observed)) - observed
        off += difference
        squares += difference.astype(float) ** 2
        as_few += difference <= 0
        as_many += difference >= 0
    return off, squares, as_few, as_many


def _burn_in(
    bits: Words, stratum: NDArray[np.int32], random: np.random.Generator
) -> tuple[Words, int]:
    """Walk away from the real texts; return also how many sweeps to make from draw to draw."""
    trades = sweeps = 0.0
    while trades < BURN_IN and sweeps < 10 * BURN_IN:
        bits, share = sweep(bits, stratum, random)
        trades += share
        sweeps += 1
    return bits, round(np.ceil(sweeps * BETWEEN_DRAWS / BURN_IN))


def sweep(
    bits: Words, stratum: NDArray[np.int32], random: np.random.Generator
) -> tuple[Words, float]:
    """Shuffle the texts within strata, then let each trade with the next and with the one before.

    Parameters
    ----------
    bits : W by n, the words of each text; texts of a stratum lie side by side.
    stratum : of each of the n texts, in order.

    Returns
    -------
    the texts after it, and the trades made by a text on average, of those that could be made.
    """
    order = random.permutation(len(stratum))
    if len(stratum) and stratum[0] != stratum[-1]:
        order = order[np.argsort(stratum[order], kind="stable")]
    bits = np.take(bits, order, axis=1)
    made = possible = 0
    for start in (0, 1):
        for left in range(start, len(stratum) - 1, 2 * PAIRS_AT_ONCE):
            right = min(left + 2 * PAIRS_AT_ONCE, len(stratum) - (len(stratum) - start) % 2)
            block = slice(left, right, 2), slice(left + 1, right, 2)
            alike = stratum[block[0]] == stratum[block[1]]
            made_here, possible_here = _trade(bits[:, block[0]], bits[:, block[1]], alike, random)
            made, possible = made + made_here, possible + possible_here
    return bits, 2 * made / possible if possible else float(BURN_IN)


def _trade(
    one: Words, other: Words, allowed: NDArray[np.bool_], random: np.random.Generator
) -> tuple[int, int]:
    """Let pairs of texts trade the concepts that only one of them names, all pairs at once.

    A trade pools those concepts and deals them out anew at random, each text getting as many as
    it gave. Here each pooled concept goes to the text that gave fewer with a fixed probability,
    and the deal is made only if that text then has the right number: given that it is made, every
    deal is as likely as any other, as it should be, and otherwise the texts stay as they are,
    which slows the walk and leaves its target unchanged.
    """
    gave, pool = one & ~other, one ^ other
    of_one, of_both = _size(gave), _size(pool)
    fewer = np.minimum(of_one, of_both - of_one)
    coins = random.integers(0, 2**64, size=(3, *one.shape), dtype=np.uint64)
    half, quarter = coins[0], coins[0] & coins[1]
    eighth = quarter & coins[2]
    dealt = np.where(
        fewer * 20 > of_both * 7, half, np.where(fewer * 50 > of_both * 9, quarter, eighth)
    )
    dealt &= pool
    possible = allowed & (fewer > 0)
    right = possible & (_size(dealt) == fewer)
    dealt ^= np.where(of_one > fewer, pool, np.uint64(0))
    change = (dealt ^ gave) * right
    one ^= change
    other ^= change
    return int(right.sum()), int(possible.sum())


def _size(bits: Words) -> NDArray[np.int32]:
    sizes: NDArray[np.int32] = np.bitwise_count(bits).sum(axis=0, dtype=np.int32)
    return sizes


def pack(matrix: csr_array) -> Words:
    """The concepts of each text as bits of 64-bit words, W words by n texts."""
    texts, concepts = matrix.shape
    bits = np.zeros((-(-concepts // 64), texts), dtype=np.uint64)
    row = np.repeat(np.arange(texts), np.diff(matrix.indptr))
    word, place = np.divmod(matrix.indices, 64)
    np.bitwise_or.at(bits, (word, row), np.uint64(1) << place.astype(np.uint64))
    return bits


def unpack(bits: Words, concepts: int) -> csr_array:
    """The matrix of texts by concepts that `pack` made bits of."""
    rows, columns = [], []
    for number, word in enumerate(bits):
        row = np.flatnonzero(word).astype(np.int32)
        left = word[row]
        while len(row):
            lowest = left & (~left + np.uint64(1))
            rows.append(row)
            columns.append(np.bitwise_count(lowest - np.uint64(1)).astype(np.int32) + 64 * number)
            left ^= lowest
            row, left = row[left != 0], left[left != 0]
    row, column = (np.concatenate(part or [np.zeros(0, np.int32)]) for part in (rows, columns))
    return csr_array((np.ones(len(row), np.int32), (row, column)), shape=(bits.shape[1], concepts))


def count(bits: Words, concepts: int) -> Counts:
    """How many texts name both of two concepts, from bits, some thousands of texts at a time."""
    total = np.zeros((concepts, concepts), dtype=np.int64)
    for start in range(0, bits.shape[1], TEXTS_AT_ONCE):
        total += together(unpack(bits[:, start : start + TEXTS_AT_ONCE], concepts))
    return total
