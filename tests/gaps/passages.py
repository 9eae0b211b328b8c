"""Passages of documents that differ, made so that the true share and the spread are known."""

from typing import Any

import numpy as np
from pipeline.gaps.documents import spread_told
from pipeline.gaps.intervals import Shares, tally_documents

OTHERS = 25
"""Concepts of a corpus beside the one whose share is asked for."""
UNLIKE = 0.5
"""How unlike concepts are in their spread: the standard deviation of its logarithm."""


def sizes(random: np.random.Generator, number: int, passages: int) -> Any:
    """Passages in each of so many documents of very uneven length."""
    drawn = random.lognormal(np.log(passages) - 0.245, 0.7, number)
    return np.maximum(1, np.rint(drawn)).astype(int)


def chances(random: np.random.Generator, share: Any, spread: Any, number: int, kind: str) -> Any:
    """The chance of a yes in each document, for each share (shares by documents).

    Over documents it has the mean asked for. It is either beta or logit-normal, and its log odds
    have about the variance `spread` where the share is neither 0 nor 1.
    """
    share, spread = np.broadcast_arrays(np.asarray(share, float), spread)
    if not spread.any():
        return np.repeat(share[:, None], number, axis=1)
    if kind == "beta":
        likeness = np.clip(spread * share * (1 - share), 1e-9, 0.9)
        pieces = (1 / likeness - 1)[:, None]
        a, b = share[:, None] * pieces, (1 - share[:, None]) * pieces
        return random.beta(a, b, (len(share), number))
    points, weights = np.polynomial.hermite_e.hermegauss(15)
    low, high = np.full(len(share), -20.0), np.full(len(share), 20.0)
    for _ in range(40):  # the middle at which documents have the mean asked for
        middle = (low + high) / 2
        odds = middle[:, None] + np.sqrt(spread)[:, None] * points
        mean = (1 / (1 + np.exp(-odds)) @ weights) / weights.sum()
        low, high = np.where(mean < share, middle, low), np.where(mean < share, high, middle)
    off = np.sqrt(spread)[:, None] * random.standard_normal((len(share), number))
    return 1 / (1 + np.exp(-(middle[:, None] + off)))


def simulated(
    number: int, passages: int, share: float, spread: float, kind: str, corpora: int
) -> Shares:
    """One share in each of so many corpora, with the spread told from each corpus's concepts."""
    random = np.random.default_rng([number, passages, int(1000 * share), int(100 * spread)])
    counted, told = [], []
    for _ in range(corpora):
        others = np.exp(random.uniform(np.log(0.002), np.log(0.2), OTHERS))
        unlike = np.exp(UNLIKE * random.standard_normal(OTHERS + 1) - UNLIKE**2 / 2)
        size = sizes(random, number, passages)
        chance = chances(random, np.append(share, others), spread * unlike, number, kind)
        yes = random.binomial(size, chance)
        cell = np.repeat(np.arange(len(yes)), number)
        of_corpus = tally_documents(cell, np.tile(size, len(yes)), yes.ravel(), len(yes))
        told.append(spread_told(of_corpus))
        counted.append((size, yes[0]))
    cell = np.repeat(np.arange(corpora), number)
    size, yes = (np.concatenate(part) for part in zip(*counted, strict=True))
    return tally_documents(cell, size, yes, corpora, np.array(told))


def covered(shares: Shares, share: float) -> float:
    """In how many corpora the interval holds the true share."""
    low, high = shares.interval
    return float(((low <= share) & (share <= high)).mean())
