"""What the findings hang on: which silences vanish when one thing is left out or seen otherwise.

Leaving out one year, source or cue changes how often two concepts meet and how often they would
by chance. The former is counted anew. The latter is not drawn again: the expectation changes as
its rank-one form does. All pairs are then corrected for together anew, as if the study had been
so from the start, and a silence stands if it is still told.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipeline.gaps import significance
from pipeline.gaps.arithmetic import ratio
from pipeline.gaps.chance import strata
from pipeline.gaps.cues import Reliance
from pipeline.gaps.expected import margins, rank_one_of
from pipeline.gaps.incidence import NO_YEAR, Flags, Incidence, Places
from pipeline.gaps.null import together
from pipeline.gaps.settings import Settings
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

    `first` and `second` are the places of both concepts of each silent pair, `headline` says which
    of them are of a relational and a transactional concept.
    """

    texts: Incidence
    judged: Judged
    settings: Settings
    headline: Flags
    base: Flags
    contact: Flags

    @property
    def first(self) -> Places:
        """The first concept of each silent pair."""
        return self.judged.first[self.judged.silent]

    @property
    def second(self) -> Places:
        """The second concept of each silent pair."""
        return self.judged.second[self.judged.silent]

    def stand(self, asked: Any, n_ab: Any, change: Any) -> Flags:
        """Which silent pairs would still be told, if those asked about were otherwise.

        `asked` chooses among all pairs judged, which then meet `n_ab` times where chance has
        `change` of what it had. What the others tell stays; all that were tested are corrected
        for together.
        """
        judged = self.judged
        chance = judged.chance
        moved = Chance(
            np.minimum(chance.floor[asked], n_ab),
            chance.mean[asked] * change,
            chance.variance[asked] * change,
            chance.draws,
        )
        p, tested = judged.p_under.copy(), ~np.isnan(judged.q)
        p[asked] = moved.at_most(n_ab)
        told = np.zeros(len(p), dtype=bool)
        q = significance.adjusted(p[tested], self.settings.correction)
        told[tested] = q <= self.settings.false_discovery_rate
        return told[judged.silent]

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


def findings(texts: Incidence, judged: Judged, settings: Settings, rating: str) -> Findings:
    """The findings of a corpus, to be asked again."""
    kind = kinds(texts.concepts, judged, rating)
    return Findings(
        texts,
        judged,
        settings,
        kind[judged.silent] == RELATIONAL_TRANSACTIONAL,
        texts.naming(texts.of("strategy")),
        needing_contact(texts),
    )


def outcomes(found: Findings, reliance: Reliance) -> Iterator[Outcome]:
    """The findings as they are, then under each rating and without each year, source and cue."""
    texts = found.texts
    everything = np.ones(len(texts), dtype=bool)
    all_stand = np.ones(len(found.first), dtype=bool)
    headline = int(found.headline.sum())
    yield Outcome(NOTHING, "", "", 0, found.shares(everything), all_stand, headline)
    yield from _other_ratings(found)
    label = strata(texts, found.settings.year_window)
    years = [(str(y), texts.year == y) for y in np.unique(texts.year[texts.year != NO_YEAR])]
    sources = [(name, texts.source == n) for n, name in enumerate(texts.sources)]
    for change, groups in ((YEAR, years), (SOURCE, sources)):
        present = [(value, out) for value, out in groups if out.any()]
        if len(present) > 1:
            yield from _without_groups(found, change, present, label)
    yield from _without_cues(found, reliance)


def _other_ratings(found: Findings) -> Iterator[Outcome]:
    """Under another rating a silent pair may no longer be relational and transactional."""
    concepts = found.texts.concepts
    for rating in sorted({name for concept in concepts for name in concept.ratings}):
        every = kinds(concepts, found.judged, rating)
        kind = every[found.judged.silent] == RELATIONAL_TRANSACTIONAL
        contact = needing_contact(found.texts, rating)
        seen = replace(found, contact=contact)
        everything = np.ones(len(found.texts), dtype=bool)
        stands = kind | ~found.headline
        yield Outcome(RATING, rating, "", 0, seen.shares(everything), stands, int(kind.sum()))


def _without_groups(
    found: Findings, change: str, groups: list[tuple[str, Flags]], label: Places
) -> Iterator[Outcome]:
    """Without the texts of each group in turn: how often pairs meet, and would by chance."""
    matrix, judged = found.texts.matrix, found.judged
    labels, stratum = np.unique(label, return_inverse=True)
    named, pairs = margins(matrix, stratum, len(labels))
    before = _expected(found, named, pairs)
    for value, out in groups:
        part = matrix[out]
        named_out, pairs_out = margins(part, stratum[out], len(labels))
        after = _expected(found, named - named_out, pairs - pairs_out)
        met = judged.n_ab - together(part)[judged.first, judged.second]
        stands = found.stand(slice(None), met, ratio(after, before, 0.0))
        headline = int((stands & found.headline).sum())
        yield Outcome(change, value, "", int(out.sum()), found.shares(~out), stands, headline)


def _expected(found: Findings, named: Reals, pairs: Reals) -> Reals:
    return rank_one_of(named, pairs)[found.judged.first, found.judged.second]


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
    lost, judged = _lost_shares(found, reliance), found.judged
    pairs_of = [
        np.flatnonzero((judged.first == c) | (judged.second == c)) for c in range(len(named))
    ]
    whole = np.array(found.shares(np.ones(len(texts), dtype=bool)))
    for cue, (concept, words) in enumerate(reliance.cues):
        gone = int(met_out[cue, concept])
        if not gone:
            continue
        asked = pairs_of[concept]
        other = np.where(judged.first[asked] == concept, judged.second[asked], judged.first[asked])
        met = judged.n_ab[asked] - met_out[cue, other]
        stands = found.stand(asked, met, 1 - gone / named[concept])
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
