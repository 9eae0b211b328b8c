"""Why Rogan and Gladen's correction (1978) is not used: it fails where a code is rare.

Run: python tests/benchmarks/rogan_gladen.py

The correction is (share by the machine + specificity - 1) / (sensitivity + specificity - 1), with
both estimated from a simple random sample of 200 coded texts. A code that 1% of texts have leaves
two texts to learn the sensitivity from. Told are the middle nine tenths of the corrected share, how
often it is below 0 or cannot be worked out, and the same for the design-based share.
"""

import numpy as np

CODED, TIMES, SENSITIVITY, SPECIFICITY = 200, 20_000, 0.80, 0.97


def corrected(share: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rogan and Gladen's and the design-based share, each from many samples; nan where undefined."""
    by_machine = share * SENSITIVITY + (1 - share) * (1 - SPECIFICITY)
    kinds = [
        share * SENSITIVITY,
        share * (1 - SENSITIVITY),
        (1 - share) * (1 - SPECIFICITY),
        (1 - share) * SPECIFICITY,
    ]
    hit, missed, alarm, neither = rng.multinomial(CODED, kinds, size=TIMES).T
    with np.errstate(divide="ignore", invalid="ignore"):
        sensitivity, specificity = hit / (hit + missed), neither / (neither + alarm)
        rogan_gladen = (by_machine + specificity - 1) / (sensitivity + specificity - 1)
    rogan_gladen[~np.isfinite(rogan_gladen)] = np.nan
    return rogan_gladen, by_machine + (missed - alarm) / CODED


def main() -> None:
    rng = np.random.default_rng(1)
    print(f"{'true':>6}{'machine':>9}{'Rogan-Gladen 90%':>20}{'no use':>8}{'design-based 90%':>20}")
    for share in (0.01, 0.02, 0.05, 0.20, 0.60):
        by_machine = share * SENSITIVITY + (1 - share) * (1 - SPECIFICITY)
        first, second = corrected(share, rng)
        no_use = np.mean(np.isnan(first) | (first < 0) | (first > 1))
        (a, b), (c, d) = (np.nanquantile(x, (0.05, 0.95)) for x in (first, second))
        told = f"{share:>6.0%}{by_machine:>9.1%}{f'{a:.1%} to {b:.1%}':>20}{no_use:>8.1%}"
        print(told + f"{f'{c:.1%} to {d:.1%}':>20}")


if __name__ == "__main__":
    main()
