"""What the findings hang on: which silences vanish when one thing is left out or seen otherwise.

Leaving out one year, source or cue changes how often two concepts meet and how often they would
by chance. The former is counted anew. The latter is not drawn again: the expectation changes as
its rank-one form does, and a silence stands if it would still be told at the same level.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipeline.gaps.arithmetic import ratio
from pipeline.gaps.chance import strata
from pipeline.gaps.cues import Reliance
from pipeline.gaps.expected import margins, rank_one_of
from pipeline.gaps.incidence import NO_YEAR, Flags, Incidence, Places
from pipeline.gaps.null import together
from pipeline.gaps.significance import Chance
from pipeline.gaps.unmentioned import contact_strategies, needing_contact
from pipeline.gaps.verdicts import Judged, kinds
from pipeline.taxonomy.concepts import RELATIONAL_TRANSACTIONAL

Row = dict[str, Any]
Reals = NDArray[np.float64]
Counts = NDArray[np.int64]

NOTHING, RATING, YEAR, SOURCE, CUE = "nothing", "rating", "year", "source", "cue"


@dataclass(frozen=True)
class Findings:
    """What is asked again: the silent pairs of a corpus, and the texts that shares are over.

    `headline` says which silent pairs are of a relational and a transactional concept.
    """

    texts: Incidence
    first: Places
    second: Places
    n_ab: Counts
    chance: Chance
    level: float
    headline: Flags
    base: Flags
    contact: Flags

    def stand(self, n_ab: Any, change: Any) -> Flags:
        """Which pairs would be told if they met `n_ab` times and chance had `change` of them."""
        moved = Chance(
            np.minimum(self.chance.floor, n_ab),
            self.chance.mean * change,
            self.chance.variance * change,
            self.chance.draws,
        )
        flags: Flags = moved.at_most(n_ab) <= self.level
        return flags

    def shares(self, chosen: Flags) -> tuple[int, int, int, int]:
        """Texts with a strategy and of these related ones, and the same where contact is needed."""
        base, contact = self.base & chosen, self.contact & chosen
        related = self.texts.related
        return (
            int(base.sum()),
            int((base & related).sum()),
            int(contact.sum()),
            int((contact & related).sum()),
        )


@dataclass(frozen=True)
class Outcome:
    """What became of the findings: `shares` as in `Findings.shares`, and which pairs stand.

    `texts` were left out, or lost a code.
    """

    change: str
    value: str
    concept: str
    texts: int
    shares: tuple[int, int, int, int]
    stands: Flags
    headline: int


def findings(texts: Incidence, judged: Judged, rating: str) -> Findings:
    """The findings of a corpus, to be asked again."""
    silent = judged.silent
    chance = judged.chance
    kind = kinds(texts.concepts, judged, rating)
    return Findings(
        texts,
        judged.first[silent],
        judged.second[silent],
        judged.n_ab[silent],
        Chance(chance.floor[silent], chance.mean[silent], chance.variance[silent], chance.draws),
        judged.level,
        kind[silent] == RELATIONAL_TRANSACTIONAL,
        texts.naming(texts.of("strategy")),
        needing_contact(texts),
    )


def outcomes(
    found: Findings, judged: Judged, reliance: Reliance, year_window: int
) -> Iterator[Outcome]:
    """The findings as they are, then under each rating and without each year, source and cue."""
    texts = found.texts
    everything = np.ones(len(texts), dtype=bool)
    all_stand = np.ones(len(found.first), dtype=bool)
    headline = int(found.headline.sum())
    yield Outcome(NOTHING, "", "", 0, found.shares(everything), all_stand, headline)
    yield from _other_ratings(found, judged)
    label = strata(texts, year_window)
    years = [(str(y), texts.year == y) for y in np.unique(texts.year[texts.year != NO_YEAR])]
    sources = [(name, texts.source == n) for n, name in enumerate(texts.sources)]
    for change, groups in ((YEAR, years), (SOURCE, sources)):
        present = [(value, out) for value, out in groups if out.any()]
        if len(present) > 1:
            yield from _without_groups(found, change, present, label)
    yield from _without_cues(found, reliance)


def _other_ratings(found: Findings, judged: Judged) -> Iterator[Outcome]:
    """Under another rating a silent pair may no longer be relational and transactional."""
    concepts = found.texts.concepts
    for rating in sorted({name for concept in concepts for name in concept.ratings}):
        kind = kinds(concepts, judged, rating)[judged.silent] == RELATIONAL_TRANSACTIONAL
        contact = needing_contact(found.texts, rating)
        seen = replace(found, contact=contact)
        everything = np.ones(len(found.texts), dtype=bool)
        stands = kind | ~found.headline
        yield Outcome(RATING, rating, "", 0, seen.shares(everything), stands, int(kind.sum()))


def _without_groups(
    found: Findings, change: str, groups: list[tuple[str, Flags]], label: Places
) -> Iterator[Outcome]:
    """Without the texts of each group in turn: how often pairs meet, and would by chance."""
    matrix = found.texts.matrix
    labels, stratum = np.unique(label, return_inverse=True)
    named, pairs = margins(matrix, stratum, len(labels))
    before = _expected(found, named, pairs)
    for value, out in groups:
        part = matrix[out]
        named_out, pairs_out = margins(part, stratum[out], len(labels))
        after = _expected(found, named - named_out, pairs - pairs_out)
        met = found.n_ab - together(part)[found.first, found.second]
        stands = found.stand(met, ratio(after, before, 0.0))
        headline = int((stands & found.headline).sum())
        yield Outcome(change, value, "", int(out.sum()), found.shares(~out), stands, headline)


def _expected(found: Findings, named: Reals, pairs: Reals) -> Reals:
    return rank_one_of(named, pairs)[found.first, found.second]


def _without_cues(found: Findings, reliance: Reliance) -> Iterator[Outcome]:
    """Without each cue in turn: codes that rest on it alone go, and so do relationships."""
    texts = found.texts
    number = len(reliance.cues)
    losing = csr_array(
        (np.ones(len(reliance.code_cue), np.int64), (reliance.code_cue, reliance.code_text)),
        shape=(number, len(texts)),
    )
    met_out = (losing @ texts.matrix).toarray()
    named = np.bincount(texts.matrix.indices, minlength=len(texts.concepts))
    lost = _lost_shares(found, reliance)
    whole = np.array(found.shares(np.ones(len(texts), dtype=bool)))
    for cue, (concept, words) in enumerate(reliance.cues):
        gone = int(met_out[cue, concept])
        if not gone:
            continue
        of_first, of_second = found.first == concept, found.second == concept
        other = np.where(of_first, found.second, found.first)
        touched = of_first | of_second
        met = found.n_ab - np.where(touched, met_out[cue, other], 0)
        change = np.where(touched, 1 - gone / named[concept], 1.0)
        stands = ~touched | found.stand(met, change)
        headline = int((stands & found.headline).sum())
        shares = whole - lost[:, cue]
        name = texts.concepts[concept].id
        yield Outcome(CUE, words, name, gone, tuple(shares.tolist()), stands, headline)


def _lost_shares(found: Findings, reliance: Reliance) -> Counts:
    """What each cue takes with it from each of `Findings.shares` (4 by cues)."""
    texts, number = found.texts, len(reliance.cues)
    of_cue = np.array([concept for concept, _ in reliance.cues], dtype=np.int64)
    lost = []
    for columns, within in (
        (texts.of("strategy"), found.base),
        (contact_strategies(texts.concepts), found.contact),
    ):
        counted = np.zeros(len(texts.concepts), dtype=np.int64)
        counted[columns] = 1
        # A text leaves the texts counted if the code it loses is the only one that let it in.
        only = (texts.matrix @ counted)[reliance.code_text] == 1
        leaves = only & (counted[of_cue[reliance.code_cue]] == 1) if number else only
        cue, text = reliance.code_cue[leaves], reliance.code_text[leaves]
        silenced = texts.related[reliance.tie_text] & within[reliance.tie_text]
        related = np.bincount(cue[texts.related[text]], minlength=number)
        related += np.bincount(reliance.tie_cue[silenced], minlength=number)
        lost += [np.bincount(cue, minlength=number), related]
    return np.array(lost)


def sensitivity_rows(corpus: str, found: Findings, told: list[Outcome]) -> list[Row]:
    """Rows of the sensitivity table for one corpus."""
    names = [concept.id for concept in found.texts.concepts]
    pairs = np.array(
        [f"{names[a]} + {names[b]}" for a, b in zip(found.first, found.second, strict=True)]
    )
    rows = []
    for outcome in told:
        n, related, contact_n, contact_related = outcome.shares
        rows.append(
            {
                "corpus": corpus,
                "change": outcome.change,
                "value": outcome.value,
                "concept": outcome.concept,
                "texts": outcome.texts,
                "n": n,
                "unmentioned": _share(n - related, n),
                "contact_n": contact_n,
                "contact_unmentioned": _share(contact_n - contact_related, contact_n),
                "silences": int(outcome.stands.sum()),
                "headline_silences": outcome.headline,
                "vanished": int((~outcome.stands).sum()),
                "vanished_pairs": " | ".join(pairs[~outcome.stands]),
            }
        )
    return rows


def needed(found: Findings, told: list[Outcome]) -> list[str]:
    """For each silent pair, all that it would vanish without, one thing at a time."""
    return [
        " | ".join(
            f"{o.change} {o.value}" + (f" of {o.concept}" if o.concept else "")
            for o in told
            if not o.stands[place]
        )
        for place in range(len(found.first))
    ]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
