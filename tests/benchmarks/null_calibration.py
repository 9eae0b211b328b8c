"""How often each null model cries wolf, on abstracts in which nothing has to do with anything.

Prints, for each way to expect how often two concepts meet, the share of all pairs that it calls
too rare and too frequent at 5%, and of 25 planted silences (half of the texts that name both lose
one of the two) how many it finds at a false-discovery rate of 5%, with how many false ones.

    python tests/benchmarks/null_calibration.py [CORPORA]
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).parents[1] / "gaps"))

from corpora import from_matrix, null_corpus, plant
from pipeline.gaps.chance import least_possible
from pipeline.gaps.expected import moments, rank_one
from pipeline.gaps.null import randomise, together
from pipeline.gaps.significance import Chance

PLANTED = 25
DRAWS = 200


def tails(matrix: Any) -> dict[str, tuple[Any, Any, Any]]:
    """Expected meetings and both probabilities of every pair, by each null model."""
    texts = from_matrix(matrix)
    label = np.zeros(len(texts), dtype=np.int32)
    met = together(texts.matrix)
    pairs = np.triu_indices(len(met), 1)
    named, n = np.diagonal(met), len(texts)
    a, b, n_ab = named[pairs[0]], named[pairs[1]], met[pairs]
    told = {}
    told["independence (Fisher)"] = (
        a * b / n,
        stats.hypergeom.cdf(n_ab, n, a, b),
        stats.hypergeom.sf(n_ab - 1, n, a, b),
    )
    expected = rank_one(texts.matrix, label)[pairs]
    told["rank-one closed form, Poisson"] = (
        expected,
        stats.poisson.cdf(n_ab, expected),
        stats.poisson.sf(n_ab - 1, expected),
    )
    floor = least_possible(texts, label)
    exact = moments(texts.matrix, label)
    drawn = randomise(texts.matrix, label, DRAWS, 1)
    for name, mean, variance in (
        ("closed form", exact.mean, exact.variance),
        (f"curveball, {DRAWS} draws", drawn.mean, drawn.variance),
    ):
        chance = Chance(floor, mean, variance).of(*pairs)
        told[name] = (chance.mean, chance.at_most(n_ab), chance.at_least(n_ab))
    told[f"curveball, {DRAWS} draws counted"] = (
        drawn.mean[pairs],
        (1 + drawn.as_few[pairs]) / (1 + DRAWS),
        (1 + drawn.as_many[pairs]) / (1 + DRAWS),
    )
    return told


def found(p_under: Any, silent: Any) -> tuple[int, int]:
    """Planted silences found, and others, at a false-discovery rate of 5%."""
    told = stats.false_discovery_control(p_under) <= 0.05
    return int(told[silent].sum()), int(told[~silent].sum())


def main(corpora: int) -> None:
    """Print the table over so many corpora."""
    rows: dict[str, list[Any]] = {}
    for seed in range(corpora):
        plain = null_corpus(seed)
        planted, silent = plant(plain, PLANTED, 0.5, seed)
        with_silences = tails(planted)
        for name, (mean, under, over) in tails(plain).items():
            reference = moments(from_matrix(plain).matrix, np.zeros(len(plain), np.int32)).mean
            ratio = np.median(mean / reference[np.triu_indices(len(reference), 1)])
            rows.setdefault(name, []).append(
                (
                    ratio,
                    (under < 0.05).mean(),
                    (over < 0.05).mean(),
                    *found(with_silences[name][1], silent),
                )
            )
    print(f"{'null':34} expected  under   over  found of {PLANTED}  false")
    for name, values in rows.items():
        ratio, under, over, hits, false = np.mean(values, axis=0)
        print(f"{name:34} {ratio:8.2f} {under:6.3f} {over:6.3f} {hits:12.1f} {false:6.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
