"""Measures of how strongly two concepts are associated, from four counts.

All take arrays of equal length: `n_a` and `n_b`, the units (texts or sentences) that name each
concept, both at least 1; `n_ab`, the units that name both; and `n`, the units there are. All take
independence as what is expected. In abstracts that is a low bar: some texts name many concepts,
so most pairs meet more often than it expects. The measures are for reading and comparison with
other studies; the gaps stage tests silences against a null that keeps both margins.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy
from scipy.stats import false_discovery_control

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

SAME_CHANCE = 1e-7
"""Tables whose chances differ by less than this part count as equally likely, as in R."""

NEGLIGIBLE = 1e-17
"""A chance that adds less than this part to a sum adds nothing that a float can hold."""


def measures(n_a: Integers, n_b: Integers, n_ab: Integers, n: int) -> dict[str, Floats]:
    """Every measure, under the names that the pairs table gives them."""
    p = fisher_exact(n_a, n_b, n_ab, n)
    return {
        "expected": expected(n_a, n_b, n),
        "association_strength": association_strength(n_a, n_b, n_ab, n),
        "npmi": npmi(n_a, n_b, n_ab, n),
        "jaccard": jaccard(n_a, n_b, n_ab),
        "g2": signed_g2(n_a, n_b, n_ab, n),
        "p": p,
        "q": adjusted(p),
    }


def expected(n_a: Integers, n_b: Integers, n: int) -> Floats:
    """Units that would name both if the two were independent."""
    return n_a * (n_b / n)


def association_strength(n_a: Integers, n_b: Integers, n_ab: Integers, n: int) -> Floats:
    """Observed over expected: 1 for independence, 0 where the two never meet.

    Van Eck and Waltman (2009, doi:10.1002/asi.21075) leave out the constant n, which changes no
    ranking; with it the measure reads as a ratio. Elsewhere it is known as the proximity index,
    lift, or probabilistic affinity.
    """
    return n_ab / expected(n_a, n_b, n)


def npmi(n_a: Integers, n_b: Integers, n_ab: Integers, n: int) -> Floats:
    """Normalised pointwise mutual information (Bouma 2009), from -1 to 1.

    1 where neither is ever named without the other, 0 for independence, -1 where they never meet,
    however often chance would have them meet: it cannot rank pairs that never meet. NaN where
    every unit names both, for which it is not defined.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        information = np.log(association_strength(n_a, n_b, n_ab, n))
        value = information / -np.log(n_ab / n)
    return np.where(n_ab == 0, -1.0, np.where(n_ab == n, np.nan, value))


def jaccard(n_a: Integers, n_b: Integers, n_ab: Integers) -> Floats:
    """Of the units that name either, the share that name both."""
    return n_ab / (n_a + n_b - n_ab)


def signed_g2(n_a: Integers, n_b: Integers, n_ab: Integers, n: int) -> Floats:
    """Log-likelihood ratio of the two-by-two table (Dunning 1993, aclanthology.org/J93-1003).

    Negative where the two meet less often than independence expects.
    """
    observed = np.stack([n_ab, n_a - n_ab, n_b - n_ab, n - n_a - n_b + n_ab]).astype(np.float64)
    either = np.stack([n_a, n_a, n - n_a, n - n_a])
    other = np.stack([n_b, n - n_b, n_b, n - n_b])
    predicted = either * (other / n)
    ratio = np.divide(observed, predicted, out=np.ones_like(observed), where=predicted > 0)
    size = np.maximum(2 * xlogy(observed, ratio).sum(axis=0), 0)
    return np.asarray(np.sign(n_ab * n - n_a * n_b) * size)


def fisher_exact(n_a: Integers, n_b: Integers, n_ab: Integers, n: int) -> Floats:
    """Fisher's exact test, two-sided: the chance of a table no likelier than the one observed.

    The chances of the hypergeometric distribution rise to its mode and fall after it, so the
    tables no likelier than the observed one are two tails: one begins at the observed count, and
    where the other begins is found by halving, for all pairs at once. (SciPy's own test takes one
    table at a time, and its distribution factorises each count into primes.) Exact to seven
    figures for millions of units, and to more for fewer.
    """
    low, high = np.maximum(0, n_a + n_b - n), np.minimum(n_a, n_b)
    mode = np.clip(((n_a + 1) * (n_b + 1)) // (n + 2), low, high)
    limit = _log_chance(n_ab, n_a, n_b, n) + SAME_CHANCE
    all_in = _log_chance(mode, n_a, n_b, n) <= limit
    below = n_ab < mode
    outside = np.where(below, high + 1, low - 1)  # is in the other tail, whatever the counts
    inside = np.where(all_in, outside, mode)  # is not
    while (apart := np.abs(outside - inside) > 1).any():
        middle = (outside + inside) // 2
        in_tail = _log_chance(np.clip(middle, low, high), n_a, n_b, n) <= limit
        outside = np.where(apart & in_tail, middle, outside)
        inside = np.where(apart & ~in_tail, middle, inside)
    lower, upper = np.where(below, n_ab, outside), np.where(below, outside, n_ab)
    # As many with both is as many fewer with the first alone, so one function sums both tails.
    p = _tail(lower, n_a, n_b, n) + _tail(n_a - upper, n_a, n - n_b, n)
    return np.where(all_in, 1.0, np.minimum(p, 1.0))


def _log_chance(count: Integers, n_a: Integers, n_b: Integers, n: int) -> Floats:
    """Log of the hypergeometric chance that `count` units name both."""

    def ways(total: Any, chosen: Integers) -> Floats:
        return np.asarray(
            gammaln(total + 1.0) - gammaln(chosen + 1.0) - gammaln(total - chosen + 1.0)
        )

    return ways(n_a, count) + ways(n - n_a, n_b - count) - ways(n, n_b)


def _tail(count: Integers, n_a: Integers, n_b: Integers, n: int) -> Floats:
    """The chance that at most `count` units name both, where `count` is not above the mode."""
    possible = count >= np.maximum(0, n_a + n_b - n)
    count = np.where(possible, count, np.maximum(0, n_a + n_b - n))
    first = np.exp(_log_chance(count, n_a, n_b, n))
    term, total = np.ones(len(count)), np.ones(len(count))
    while (term > NEGLIGIBLE * total).any():
        # The next smaller count is as much less likely; 0 below the smallest that can be.
        term *= count * (n - n_a - n_b + count) / ((n_a - count + 1.0) * (n_b - count + 1.0))
        total += term
        count = np.maximum(count - 1, 0)
    return np.where(possible, first * total, 0.0)


def adjusted(p: Floats) -> Floats:
    """Probabilities adjusted for their number (Benjamini and Hochberg 1995).

    doi:10.1111/j.2517-6161.1995.tb02031.x
    """
    return np.asarray(false_discovery_control(p)) if len(p) else p
