"""How probable it is to meet so seldom or so often, which pairs can be tested, and how well."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from pipeline.gaps.arithmetic import ratio

Reals = NDArray[np.float64]

POWER = 0.8
NEARLY_POISSON = 1e-6


@dataclass(frozen=True)
class Chance:
    """How a count is spread by chance: at least `floor`, with this mean and variance.

    Where `draws` is not 0 the moments were estimated from so many draws, and probabilities allow
    for that with Student's t.
    """

    floor: Reals
    mean: Reals
    variance: Reals
    draws: int = 0

    def of(self, first: Any, second: Any) -> "Chance":
        """The entries of some pairs, where arrays are by two concepts."""
        return Chance(
            self.floor[first, second],
            self.mean[first, second],
            self.variance[first, second],
            self.draws,
        )

    def at_most(self, count: Any) -> Reals:
        """Probability of so few or fewer: a binomial of the same mean and variance.

        Above the floor the count is a sum of rare events of which one makes another less likely,
        so that its variance is below its mean, as in a binomial; where it is not, a Poisson.
        """
        return self._for_few_draws(_binomial(count - self.floor, *self._binomial(), upper=False))

    def at_least(self, count: Any) -> Reals:
        """Probability of so many or more."""
        return self._for_few_draws(_binomial(count - self.floor, *self._binomial(), upper=True))

    def _binomial(self) -> tuple[Reals, Reals]:
        """Mean above the floor, and chance of each event."""
        mean = np.maximum(self.mean - self.floor, 0)
        return mean, 1 - np.clip(ratio(self.variance, mean, 1.0), 0, 1)

    def _for_few_draws(self, probability: Reals) -> Reals:
        if not self.draws:
            return probability
        # Foreseeing one more draw from moments of so many: the mean is itself uncertain.
        reach = stats.norm.ppf(probability) / np.sqrt(1 + 1 / self.draws)
        told: Reals = stats.t.cdf(reach, self.draws - 1)
        return told


def _binomial(count: Reals, mean: Reals, chance: Reals, upper: bool) -> Reals:
    """Tail of a binomial whose number of events need not be whole; Poisson as `chance` goes to 0.

    P(X <= count), or P(X >= count) for the upper tail.
    """
    count, mean, chance = np.broadcast_arrays(np.asarray(count, float), mean, chance)
    chance = np.minimum(chance, 1 - 1e-12)
    poisson = chance < NEARLY_POISSON
    events = mean / np.where(poisson, 1.0, chance)
    most = np.where(poisson, np.inf, events)
    inside = (count >= 0) & (count < most) if not upper else (count > 0) & (count < most + 1)
    k = np.where(inside, count, 1.0)
    rest = np.where(inside & ~poisson, events - k + (1 if upper else 0), 1.0)
    with np.errstate(invalid="ignore"):
        if upper:
            tail = np.where(poisson, special.gammainc(k, mean), special.betainc(k, rest, chance))
            return np.where(inside, tail, np.where(count <= 0, 1.0, 0.0))
        tail = np.where(
            poisson, special.gammaincc(k + 1, mean), special.betainc(rest, k + 1, 1 - chance)
        )
    return np.where(inside, tail, np.where(count < 0, 0.0, 1.0))


def bar(alpha: float, number: Any, correction: str) -> Reals:
    """The probability below which the smallest of `number` would be told, correcting for them all.

    Benjamini and Hochberg 1995 ("bh"), or Benjamini and Yekutieli 2001 ("by").
    """
    number = np.asarray(number, dtype=float)
    harmonic = special.digamma(number + 1) + np.euler_gamma if correction == "by" else 1.0
    level: Reals = alpha / (number * harmonic)
    return level


def could_be_told(least: Reals, alpha: float, correction: str) -> NDArray[np.bool_]:
    """Which pairs could be told even if they alone were silent, and as silent as can be.

    A pair whose `least` probability, that of nothing observed, stays above the bar can tell
    nothing, and to count it among the tests would raise the bar for the others (Tarone 1990,
    doi:10.2307/2531456; Gilbert 2005, doi:10.1111/j.1467-9876.2005.00475.x). The bar is that of the
    smallest number of tests that no more pairs can pass.
    """
    if not len(least):
        return np.zeros(0, dtype=bool)
    numbers = np.arange(1, len(least) + 1)
    levels = bar(alpha, numbers, correction)
    passing = np.searchsorted(np.sort(least), levels, side="right")
    able: NDArray[np.bool_] = least <= levels[np.argmax(passing <= numbers)]
    return able


def adjusted(p: Reals, correction: str) -> Reals:
    """False-discovery rates of probabilities, over all of them."""
    if not len(p):
        return p
    q: Reals = stats.false_discovery_control(np.clip(p, 0, 1), method=correction)
    return q


def detectable_ratio(chance: Chance, level: float) -> Reals:
    """The mildest silence found with 80% power, as observed over expected; nan where none is.

    A silence thins what chance brings together: each text that would name both is kept with the
    same probability. `level` is the probability at or below which a pair is told.
    """
    most = _most_telling(chance, level)
    above = np.maximum(chance.mean - chance.floor, 0)
    low, high = np.zeros(len(above)), np.ones(len(above))
    for _ in range(40):
        kept = (low + high) / 2
        thinned = Chance(
            chance.floor,
            chance.floor + kept * above,
            kept**2 * chance.variance + kept * (1 - kept) * above,
        )
        found = thinned.at_most(most) >= POWER
        low, high = np.where(found, kept, low), np.where(found, high, kept)
    mildest = ratio(chance.floor + low * above, chance.mean, np.nan)
    return np.where(most >= chance.floor, mildest, np.nan)


def _most_telling(chance: Chance, level: float) -> Reals:
    """The largest count whose probability is at or below the level; one below the floor if none."""
    low, high = chance.floor - 1, np.maximum(np.ceil(chance.mean), chance.floor)
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        telling = chance.at_most(middle) <= level
        narrower = high - low > 1
        low = np.where(narrower & telling, middle, low)
        high = np.where(narrower & ~telling, middle, high)
    return low
