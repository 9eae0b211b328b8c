"""How often the intervals of precision, recall, F1 and kappa hold the truth, by simulation.

Run: python tests/benchmarks/accuracy_coverage.py [SAMPLES]

Corpora, samples and machines are those of `estimate_coverage.py`. For each sample the interval that
`rapport validate` tells is made, and the one that resampling the coded texts within strata gives.
"""

import sys

import estimate_coverage as simulated
import numpy as np
from pipeline.validate.accuracy import JEFFREYS
from pipeline.validate.intervals import draw_totals

SHARES = (0.02, 0.05, 0.10, 0.30)
MACHINES = (
    ("relationship", 0.90, 0.85),
    ("relationship", 0.60, 0.60),
    ("strategy", 0.75, 0.75),
    ("neither", 0.80, 0.50),
    ("strategy", 0.97, 0.97),
)
"""Where the texts with the code are, recall, and precision."""
FIGURES = ("precision", "recall", "F1", "kappa")


def figures(totals: np.ndarray) -> np.ndarray:
    """The four figures, of totals in the order neither, machine only, coder only, both."""
    neither, alarm, missed, both = np.moveaxis(totals.astype(float), -1, 0)
    n = neither + alarm + missed + both
    chance = ((both + alarm) * (both + missed) + (neither + alarm) * (neither + missed)) / n**2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack(
            [
                both / (both + alarm),
                both / (both + missed),
                2 * both / (2 * both + alarm + missed),
                ((both + neither) / n - chance) / (1 - chance),
            ],
            axis=-1,
        )


def held(drawn: np.ndarray, estimate: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """1 where the interval holds the truth, 0 where not, nan where no figure can be told."""
    defined = ~np.isnan(estimate)
    known = np.where(np.isnan(drawn), estimate, drawn)
    low, high = np.quantile(known, (0.025, 0.975), axis=0)
    inside = (np.minimum(low, estimate) <= truth) & (truth <= np.maximum(high, estimate))
    return np.where(defined, inside, np.nan)


def coverage(
    share: float, follows: str, recall: float, precision: float, times: int
) -> tuple[np.ndarray, np.ndarray]:
    """How often the intervals held the truth, as told and resampled, for each figure."""
    rng = np.random.default_rng([int(share * 1000), int(recall * 100)])
    told, resampled = [], []
    for number in range(times):
        near = simulated.spread(share * rng.uniform(0.85, 1.15), simulated.FOLLOWS[follows])
        corpus = simulated.whole(simulated.machine(near, recall, precision))
        counts = simulated.samples(corpus, rng, simulated.CODED).astype(float)
        texts, coded = corpus.sum(axis=1).astype(float), counts.sum(axis=1)
        truth = figures(corpus.sum(axis=0))
        estimate = figures((counts * (texts / coded)[:, None]).sum(axis=0))
        drawn = draw_totals(counts, texts, JEFFREYS / len(counts), [1, number])
        told.append(held(figures(drawn), estimate, truth))
        again = sum(
            rng.multinomial(int(n), row / n, size=1_000) * (size / n)
            for n, row, size in zip(coded, counts, texts, strict=True)
        )
        resampled.append(held(figures(np.asarray(again)), estimate, truth))
    return np.nanmean(told, axis=0), np.nanmean(resampled, axis=0)


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print(f"{times} samples of {simulated.CODED} texts: coverage as told, and by resampling")
    print(
        f"{'share':>6}{'follows':>14}{'recall':>8}{'prec.':>7}"
        + "".join(f"{f:>18}" for f in FIGURES)
    )
    for share in SHARES:
        for follows, recall, precision in MACHINES:
            told, resampled = coverage(share, follows, recall, precision, times)
            cells = "".join(f"{a:>10.0%} {b:>7.0%}" for a, b in zip(told, resampled, strict=True))
            print(f"{share:>6.0%}{follows:>14}{recall:>8}{precision:>7}{cells}", flush=True)


if __name__ == "__main__":
    main()
