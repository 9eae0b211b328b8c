"""How often the corrected intervals hold the truth, by simulation.

Run: python tests/benchmarks/estimate_coverage.py [SAMPLES]

A corpus of 6,000 texts is made, of which people would give a known share the code. The machine
finds a part of them and raises false alarms. 200 texts are drawn as `rapport sheet` draws them, a
third from each stratum, and coded; the interval is made as `rapport validate` makes it. Counted is
in how many of the samples it holds the true share of the corpus. Of a pair of codes, the machine
finds what it finds of both: its recall and precision are those of one code, squared.
"""

import sys
from collections.abc import Iterator

import numpy as np
from pipeline.validate.intervals import Estimate, joined_cells, ratio

TEXTS, CODED = 6_000, 200
STRATA = np.array([0.08, 0.50, 0.42])
SHARES = (0.01, 0.02, 0.05, 0.10, 0.20, 0.40, 0.60)
FOLLOWS = {
    "relationship": np.array([0.75, 0.20, 0.05]),
    "strategy": np.array([0.10, 0.80, 0.10]),
    "neither": STRATA,
}
"""Where the texts with the code are, by stratum: found by the cues, in part, or not at all."""
MACHINES = ((0.90, 0.85), (0.75, 0.75), (0.60, 0.60), (0.80, 0.50))
"""Recall and precision."""

Draw = tuple[float, Estimate]


def spread(share: float, follows: np.ndarray, most: float = 0.9) -> np.ndarray:
    """The share of texts with the code in each stratum; where one would overflow, others take it."""
    wanted = share * follows
    for _ in range(20):
        over = np.maximum(wanted - most * STRATA, 0)
        room = np.where(over > 0, 0, most * STRATA - wanted)
        wanted = wanted - over + over.sum() * room / max(room.sum(), 1e-12)
    return wanted / STRATA


def machine(truth: np.ndarray, recall: float, precision: float) -> np.ndarray:
    """Strata x (neither, machine only, coder only, both) from the share with the code."""
    share = STRATA @ truth
    alarms = min(share * recall * (1 - precision) / precision / (1 - share), 0.5)
    hit, miss = truth * recall, truth * (1 - recall)
    return np.stack([(1 - truth) * (1 - alarms), (1 - truth) * alarms, miss, hit], axis=1)


def whole(shares: np.ndarray) -> np.ndarray:
    """Texts of each kind in each stratum."""
    counts = np.floor(shares * STRATA[:, None] * TEXTS).astype(int)
    counts[:, 0] += np.round(STRATA * TEXTS).astype(int) - counts.sum(axis=1)
    return counts


def samples(corpus: np.ndarray, rng: np.random.Generator, coded: int) -> np.ndarray:
    """How many of each kind are drawn from each stratum."""
    each = [coded // 3 + (h < coded % 3) for h in range(3)]
    return np.stack(
        [rng.multivariate_hypergeometric(c, n) for c, n in zip(corpus, each, strict=True)]
    )


def shares_of_texts(
    share: float, follows: str, recall: float, precision: float, times: int, coded: int = CODED
) -> Iterator[Draw]:
    """The true share of texts with a code, and its estimate from each of many samples."""
    rng = np.random.default_rng([int(share * 1000), len(follows), int(recall * 100)])
    coder, said = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    for number in range(times):
        near = share * rng.uniform(0.85, 1.15)
        corpus = whole(machine(spread(near, FOLLOWS[follows]), recall, precision))
        drawn = samples(corpus, rng, coded)
        stratum, kind = (
            np.repeat(i, drawn.ravel()) for i in np.indices(drawn.shape).reshape(2, -1)
        )
        populations = np.stack([corpus[:, said == m].sum(axis=1) for m in (0, 1)], axis=1)
        cell, sizes = joined_cells(stratum, said[kind], populations.astype(float))
        human = coder[kind].astype(float)
        truth = corpus[:, coder == 1].sum() / corpus.sum()
        yield truth, ratio(human, np.ones(len(human)), cell, sizes, [1, number])


def ratios(share: float, recall: float, precision: float, times: int) -> Iterator[Draw]:
    """The same for a share among the texts that name a strategy, itself coded with error."""
    rng = np.random.default_rng([int(share * 1000), 7, int(recall * 100)])
    naming = np.array([0.90, 0.85, 0.05])
    for number in range(times):
        near = share * rng.uniform(0.85, 1.15)
        among = near * np.array([1.4, 0.95, 0.8])
        codes = np.stack([1 - naming, naming * (1 - among), naming * among], axis=1)
        alarm = (1 - precision) * 0.3
        said = np.array(
            [
                [1 - alarm, alarm * 0.9, alarm * 0.1],
                [0.15, 0.85 * (1 - alarm * near), 0.85 * alarm * near],
                [0.15, 0.85 * (1 - recall), 0.85 * recall],
            ]
        )
        corpus = whole((codes[:, :, None] * said[None]).reshape(3, 9))
        drawn = samples(corpus, rng, CODED)
        stratum, kind = (
            np.repeat(i, drawn.ravel()) for i in np.indices(drawn.shape).reshape(2, -1)
        )
        coder, told = kind // 3, kind % 3
        populations = corpus.reshape(3, 3, 3).sum(axis=1).astype(float)
        cell, sizes = joined_cells(stratum, told, populations)
        by_coder = corpus.reshape(3, 3, 3).sum(axis=(0, 2))
        truth = by_coder[2] / by_coder[1:].sum()
        estimate = ratio((coder == 2) * 1.0, (coder > 0) * 1.0, cell, sizes, [2, number])
        yield truth, estimate


def draws(
    what: str, share: float, follows: str, recall: float, precision: float, times: int
) -> Iterator[Draw]:
    """True shares and estimates of one kind."""
    if what == "of some texts":
        return ratios(share, recall, precision, times)
    if what == "of pairs":
        recall, precision = recall**2, precision**2
    return shares_of_texts(share, follows, recall, precision, times)


def coverage(drawn: Iterator[Draw]) -> tuple[float, float, float]:
    """Share of intervals that hold the truth, mean error of the estimate, mean length."""
    held = [(e.low <= t <= e.high, e.value - t, e.high - e.low) for t, e in drawn]
    return tuple(float(np.mean(column)) for column in zip(*held, strict=True))  # type: ignore[return-value]


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    print(f"{times} samples of {CODED} of {TEXTS} texts for each machine and kind of code")
    print(
        f"{'':>14}{'true share':>12}{'covered':>9}{'lowest':>8}{'highest':>9}{'bias':>8}{'length':>8}"
    )
    for what in ("of all texts", "of pairs", "of some texts"):
        for share in SHARES:
            results = [
                coverage(draws(what, share, follows, *skill, times))
                for skill in MACHINES
                for follows in (("",) if what == "of some texts" else FOLLOWS)
            ]
            held = [r[0] for r in results]
            bias, length = (float(np.mean([r[i] for r in results])) for i in (1, 2))
            print(
                f"{what:>14}{share:>12.0%}{np.mean(held):>9.1%}{min(held):>8.1%}{max(held):>9.1%}"
                f"{bias:>8.2%}{length:>8.1%}",
                flush=True,
            )


if __name__ == "__main__":
    main()
