"""Pairs of concepts judged against chance: what is silence, what is not, what cannot be told."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.gaps import significance
from pipeline.gaps.arithmetic import ratio
from pipeline.gaps.chance import Null
from pipeline.gaps.incidence import Incidence, Places
from pipeline.gaps.settings import Settings
from pipeline.gaps.significance import Chance
from pipeline.taxonomy.concepts import Concept, pair_kind

Row = dict[str, Any]
Reals = NDArray[np.float64]
Counts = NDArray[np.int64]

NEVER = "never mentioned"
UNDER = "under-mentioned"
BY_CHANCE = "consistent with chance"
OVER = "over-mentioned"
UNTESTABLE = "untestable"
VERDICTS = (NEVER, UNDER, BY_CHANCE, OVER, UNTESTABLE)
SILENT = (NEVER, UNDER)


@dataclass(frozen=True)
class Judged:
    """The pairs of concepts that the texts of a corpus name, tested; one entry for each pair.

    `first` and `second` are places of concepts, `q` and `q_over` nan where a pair was not among
    those tested. `level` is the probability at or below which a silence was told.
    """

    first: Places
    second: Places
    n_a: Counts
    n_b: Counts
    n_ab: Counts
    chance: Chance
    p_under: Reals
    p_over: Reals
    q: Reals
    q_over: Reals
    verdict: NDArray[np.str_]
    level: float
    counted: bool

    @property
    def silent(self) -> NDArray[np.bool_]:
        """Which pairs meet less often than chance would have them meet."""
        return np.isin(self.verdict, SILENT)

    def tally(self, chosen: NDArray[np.bool_] | None = None) -> dict[str, int]:
        """How many pairs, of all or of those chosen, have each verdict."""
        verdict = self.verdict if chosen is None else self.verdict[chosen]
        return {name: int((verdict == name).sum()) for name in VERDICTS}


def judge(null: Null, settings: Settings) -> Judged:
    """Test every two concepts that are named, for meeting too seldom and for meeting too often.

    Probabilities are counted over the draws where these are so many that the smallest count could
    be told after correction, and else those of a binomial with the mean and variance that chance
    has. Silences are told among the pairs that could be silent enough to be told, and pairs that
    meet too often among all.
    """
    alpha, correction = settings.false_discovery_rate, settings.correction
    named = np.diagonal(null.named_together)
    first, second = np.triu_indices(len(named), 1)
    both = (named[first] > 0) & (named[second] > 0)
    first, second = first[both], second[both]
    n_ab = null.named_together[first, second]
    chance = null.chance.of(first, second)
    least = np.where(chance.variance > 0, chance.at_most(chance.floor), 1.0)
    able = significance.could_be_told(least, alpha, correction)

    highest = float(significance.bar(alpha, max(int(able.sum()), 1), correction))
    draws = null.draws
    counted = draws is not None and 1 / (draws.number + 1) <= highest
    if draws is not None and counted:
        p_under = (1 + draws.as_few[first, second]) / (1 + draws.number)
        p_over = (1 + draws.as_many[first, second]) / (1 + draws.number)
    else:
        p_under, p_over = chance.at_most(n_ab), chance.at_least(n_ab)

    q = np.full(len(first), np.nan)
    q[able] = significance.adjusted(p_under[able], correction)
    q_over = significance.adjusted(p_over, correction)
    verdict = np.select(
        [q_over <= alpha, ~able, (q <= alpha) & (n_ab == 0), q <= alpha],
        [OVER, UNTESTABLE, NEVER, UNDER],
        BY_CHANCE,
    )
    level = highest * max(int((q[able] <= alpha).sum()), 1)
    return Judged(
        first.astype(np.int32),
        second.astype(np.int32),
        named[first],
        named[second],
        n_ab,
        chance,
        p_under,
        p_over,
        q,
        q_over,
        verdict,
        level,
        counted,
    )


def silence_rows(
    corpus: str,
    texts: Incidence,
    judged: Judged,
    by_facet: Judged | None,
    rating: str,
    needs: list[str],
) -> list[Row]:
    """Rows of the silences table for one corpus, in alphabetical order of both concepts.

    `by_facet` has the same pairs, judged with each text keeping how many concepts of each facet
    it names. `needs` says of each silent pair what it would not stand without.
    """
    names = np.array([concept.id for concept in texts.concepts])
    detectable = significance.detectable_ratio(judged.chance, judged.level)
    detectable[judged.verdict == UNTESTABLE] = np.nan
    nothing = np.full(len(judged.first), None, dtype=object)
    vanishes = nothing.copy()
    vanishes[judged.silent] = [need or None for need in needs]
    columns = {
        "concept_a": names[judged.first],
        "concept_b": names[judged.second],
        "kind": kinds(texts.concepts, judged, rating),
        "n_a": judged.n_a,
        "n_b": judged.n_b,
        "n_ab": judged.n_ab,
        "expected": judged.chance.mean,
        "sd": np.sqrt(judged.chance.variance),
        "ratio": _or_null(ratio(judged.n_ab, judged.chance.mean, np.nan)),
        "p_under": judged.p_under,
        "p_over": judged.p_over,
        "q": _or_null(judged.q),
        "q_over": _or_null(judged.q_over),
        "verdict": judged.verdict,
        "detectable_ratio": _or_null(detectable),
        "vanishes_without": vanishes,
        "expected_by_facet": nothing if by_facet is None else by_facet.chance.mean,
        "q_by_facet": nothing if by_facet is None else _or_null(by_facet.q),
        "verdict_by_facet": nothing if by_facet is None else by_facet.verdict,
    }
    return [
        {"corpus": corpus, **dict(zip(columns, values, strict=True))}
        for values in zip(*(np.asarray(c, dtype=object) for c in columns.values()), strict=True)
    ]


def kinds(concepts: tuple[Concept, ...], judged: Judged, rating: str) -> NDArray[np.str_]:
    """What kind of pair each is, as `pair_kind` tells: a kind of each two kinds of concept."""
    alike = [(concept.facet, concept.side(rating)) for concept in concepts]
    of_kind = dict(zip(alike, concepts, strict=True))
    number = {key: place for place, key in enumerate(of_kind)}
    one = list(of_kind.values())
    table = np.array([[pair_kind(a, b, rating) for b in one] for a in one])
    which = np.array([number[key] for key in alike])
    told: NDArray[np.str_] = table[which[judged.first], which[judged.second]]
    return told


def _or_null(values: Reals) -> NDArray[Any]:
    nullable = values.astype(object)
    nullable[np.isnan(values)] = None
    return nullable
