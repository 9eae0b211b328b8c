"""How often the intervals of clustered shares hold the truth, by simulation.

Run: python tests/benchmarks/interval_coverage.py [CORPORA]

So many corpora of 6, 20 or 42 documents are made, with 5, 30 or 300 passages on average and very
uneven. Documents differ in their log odds by a variance of 0, of 0.5 as those of prevention plans
do, or of 2; how unlike concepts are in it, and how it is told from 25 other concepts, is simulated
too. Counted is in how many corpora the 95% interval holds the true share, in percent.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "gaps"))

from passages import covered, simulated

SHARES = (0.01, 0.02, 0.05, 0.1, 0.3, 0.6)


def main(corpora: int) -> None:
    """Print the coverage of each setting, and how many of them lie within 93 to 97%."""
    print("documents passages spread     kind", *(f"{share:>6.0%}" for share in SHARES))
    for spread in (0.0, 0.5, 2.0):
        found = []
        for number in (6, 20, 42):
            for passages in (5, 30, 300):
                for kind in ("beta", "logit") if spread else ("beta",):
                    told = [
                        covered(simulated(number, passages, p, spread, kind, corpora), p)
                        for p in SHARES
                    ]
                    found += told
                    cells = " ".join(f"{100 * t:6.1f}" for t in told)
                    print(f"{number:9} {passages:8} {spread:6} {kind:>8} {cells}", flush=True)
        within = sum(0.93 <= t <= 0.97 for t in found) / len(found)
        print(
            f"spread {spread}: {min(found):.1%} to {max(found):.1%}, {within:.0%} within 93 to 97%"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
