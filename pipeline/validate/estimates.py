"""Shares corrected for coding error: what people would find had they coded every text.

Counting the machine's codes gives a biased share. The correction of Rogan and Gladen (1978) divides
by sensitivity + specificity - 1 and fails where a code is rare: a specificity wrong by one percent
then moves a share of two percent by half of itself (`tests/benchmarks/rogan_gladen.py` shows it).
It is not used. See `pipeline.validate.intervals` for what is.

Two measures are told. `coded` is the share of all texts with a code, a pair of codes or an
orientation. `unmentioned` is, among the texts that name something, the share in which no
relationship of supporters and implementers is mentioned: the question of the gaps stage, whose
rows are all about texts that name a strategy. Whether a text names a strategy, or the group that a
strategy falls under, is corrected. What people did not code (which strategy of the group, outcomes,
settings, years) is taken as the machine found it.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import RapportError
from pipeline.study import Study
from pipeline.tables import CODED, CODES, CORPORA, ESTIMATE, ESTIMATES, path_of
from pipeline.taxonomy.concepts import COLLAPSED, IMPLEMENTATION, IMPLEMENTER, Taxonomy
from pipeline.validate.accuracy import Sample, sample_of
from pipeline.validate.codings import (
    Machine,
    machine_of,
    machine_shards,
    mean_of_coders,
    read_codings,
)
from pipeline.validate.intervals import joined_cells, ratio
from pipeline.validate.sample import (
    drawn_before,
    is_drawn_here,
    populations_of,
    strata_of,
)
from pipeline.validate.scheme import (
    ORIENTATIONS,
    Array,
    Scheme,
    all_of,
    any_of,
    orientation,
)

FEWEST_NAMED = 10
"""Coded texts that must name a thing for its unmentioned share to be told."""

CONTACT_RATING = "orientation_generous"
"""The rating under which a strategy that is relational cannot be done without contact."""

SAID = 3
"""What the machine can say of a text: not named, named, or named and counted."""

Cells = NDArray[np.int_]
"""The cell of each coded text."""

Side = Callable[[Array, Machine], Array]
"""Whether each text is meant, from codes (texts x codes, perhaps x coders before), people's or the
machine's alike, and from what the machine found of things that people did not code."""


@dataclass(frozen=True)
class Question:
    """One share: which texts it is a share of (all where `named` is None), and which it counts."""

    measure: str
    question: str
    concept: str
    by: str
    by_value: str
    counted: Side
    named: Side | None = None

    @property
    def key(self) -> dict[str, str]:
        """What tells it from every other question."""
        names = ("measure", "question", "concept", "by", "by_value")
        return {name: getattr(self, name) for name in names}

    def told(self, values: Array, machine: Machine) -> tuple[Array, Array]:
        """1, 0 or nan for each text, above the line and below it."""
        shape = values.shape[:-1]
        below = self.named(values, machine) if self.named else np.ones(shape)
        above = all_of(np.stack([self.counted(values, machine), below], axis=-1))
        unknown = np.isnan(above) | np.isnan(below)
        return np.where(unknown, np.nan, above), np.where(unknown, np.nan, below)


def coded_sample(study: Study, scheme: Scheme) -> Sample:
    """The coded texts of the study's probability sample.

    Raises
    ------
    RapportError
        where there is none, or the machine's codes of its texts are the coders' own.
    """
    if not path_of(CODED, study.folder).exists():
        raise RapportError(
            "nothing is coded yet", where=study.folder, cure="Run `rapport validate` with sheets"
        )
    drawn = {r["record_id"]: r["stratum"] for r in drawn_before(study) if r["purpose"] == ESTIMATE}
    codings = read_codings(study, scheme)
    machine = machine_of(study, scheme, drawn.keys() & set(codings.ids))
    if not machine.ids:
        raise RapportError(
            "no text of a probability sample is coded",
            where=study.folder,
            cure="Draw a sample with `rapport sheet`, and code it",
        )
    if machine.by_people.any():
        raise RapportError(
            f"{machine.by_people.sum()} coded texts carry the coders' own codes in place of the"
            " machine's, so that no error is left to see",
            where=path_of(CODES, study.folder),
            cure="Run `rapport classify` so that the texts of the sample are coded by the machine",
        )
    return sample_of(codings, machine, drawn, populations_of(study), is_drawn_here(study))


def _population(study: Study, scheme: Scheme) -> Iterator[tuple[Machine, list[str | None]]]:
    """The machine's codes of all texts and the strata that they were in when the sample was drawn.

    A text that came to the study later has no stratum: the sample does not speak of it.
    """
    for shard, machine in machine_shards(study, scheme):
        yield machine, strata_of(study, shard, machine.ids)


def estimates(
    study: Study, taxonomy: Taxonomy, scheme: Scheme, sample: Sample
) -> list[dict[str, Any]]:
    """Rows of the table `estimates`, in the order of their key."""
    strata = sorted(sample.populations)
    years = sorted({year for year in sample.machine.years if year is not None})
    asked = [q for q in questions(taxonomy, scheme, years) if _worth_asking(q, sample)]
    sizes = np.zeros((len(asked), len(strata), SAID))
    counted = np.zeros((len(asked), len(CORPORA), SAID))
    for machine, of in _population(study, scheme):
        stratum = np.array([strata.index(s) if s in sample.populations else -1 for s in of], int)
        corpus = np.array([CORPORA.index(c) for c in machine.corpora], int)
        for at, question in enumerate(asked):
            said = _said(question, machine)
            np.add.at(sizes[at], (stratum[stratum >= 0], said[stratum >= 0]), 1)
            np.add.at(counted[at], (corpus, said), 1)
    rows = [
        _estimate(question, corpus, sample, sizes[at], counted[at, place], study.seed)
        for at, question in enumerate(asked)
        for place, corpus in enumerate(CORPORA)
        if any(stratum.startswith(f"{corpus}:") for stratum in strata)
    ]
    kept = [
        row for row in rows if row["measure"] != "unmentioned" or row["n_named"] >= FEWEST_NAMED
    ]
    return sorted(kept, key=lambda row: tuple(row[name] for name in ESTIMATES.key))


def _worth_asking(question: Question, sample: Sample) -> bool:
    """Whether enough coded texts, of all corpora, name what is asked about."""
    if question.measure != "unmentioned":
        return True
    _, below = question.told(sample.human, sample.machine)
    return bool(np.nansum(mean_of_coders(below)) >= FEWEST_NAMED)


def _said(question: Question, machine: Machine) -> Any:
    """What the machine says of each text: 0 not named, 1 named, 2 named and counted."""
    above, below = question.told(machine.values, machine)
    return (above + below).astype(int)


def _estimate(
    question: Question, corpus: str, sample: Sample, sizes: Array, counted: Array, seed: int
) -> dict[str, Any]:
    """The row of one question and corpus.

    Parameters
    ----------
    sizes : strata x what the machine says, texts; not used where the study does not know in which
        stratum its texts are.
    counted : texts of the whole corpus by what the machine says.
    """
    strata = sorted(sample.populations)
    inside = [h for h, stratum in enumerate(strata) if stratum.startswith(f"{corpus}:")]
    names = [strata[h] for h in inside]
    above, below = (mean_of_coders(side) for side in question.told(sample.human, sample.machine))
    texts = [i for i, s in enumerate(sample.strata) if s in names and not np.isnan(below[i])]
    stratum = np.array([names.index(sample.strata[i]) for i in texts], dtype=int)
    populations = np.array([sample.populations[name] for name in names], dtype=float)
    row: dict[str, Any] = question.key | {
        "corpus": corpus,
        "n_coded": len(texts),
        "n_named": float(below[texts].sum()),
        "population": int(populations.sum()),
    }
    named = counted[1:].sum()
    row["uncorrected"] = float(counted[2] / named) if named else None
    empty = [name for h, name in enumerate(names) if populations[h] and h not in stratum]
    if empty:
        return row | {"method": f"not corrected: no text is coded of {', '.join(empty)}"}
    if sample.drawn_here:
        said = _said(question, sample.machine)[texts]
        cell, cells = joined_cells(stratum, said, sizes[inside])
        method = f"prediction-powered, in {len(cells)} cells of strata and machine's codes"
    else:
        cell, cells = stratum, populations
        method = f"design-based, in the {len(cells)} strata of a sample drawn elsewhere"
    key = zlib.crc32(repr((question.key, corpus)).encode())
    told = ratio(above[texts], below[texts], cell, cells, [seed, key])
    if np.isnan(told.value):
        return row | {"method": "not corrected: no coded text names it"}
    return row | {
        "corrected": told.value,
        "low": told.low,
        "high": told.high,
        "method": method,
        "worked": _written_out(above[texts], below[texts], cell, cells),
    }


def _written_out(above: Array, below: Array, cell: Cells, texts: Array) -> str:
    """A corrected share as a sum that can be worked out again by hand."""

    def total(side: Array) -> str:
        of = np.bincount(cell, side, len(texts))
        coded = np.bincount(cell, minlength=len(texts))
        terms = [
            f"{n:.0f}/{m} x {yes:g}" for n, m, yes in zip(texts, coded, of, strict=True) if yes
        ]
        return f"({' + '.join(terms) or '0'})"

    return f"{total(above)} / " + (f"{texts.sum():.0f}" if (below == 1).all() else total(below))


def questions(taxonomy: Taxonomy, scheme: Scheme, years: Sequence[int]) -> Iterator[Question]:
    """Everything that a share is told of."""
    yield from _shares_of_all(scheme)
    yield from _unmentioned(taxonomy, scheme, years)


def _shares_of_all(scheme: Scheme) -> Iterator[Question]:
    """Each code, each orientation, and each pair of groups."""
    for name in scheme.names:
        yield Question("coded", "code", name, "", "", _all_codes(scheme, name))
    for at, name in enumerate(ORIENTATIONS):
        yield Question("coded", "orientation", name, "", "", _orientation(scheme, at))
    groups = (*scheme.family("strategy"), *scheme.family("relational"), IMPLEMENTER)
    for a, b in combinations(groups, 2):
        yield Question("coded", "pair", a, "code", b, _all_codes(scheme, a, b))


def _unmentioned(taxonomy: Taxonomy, scheme: Scheme, years: Sequence[int]) -> Iterator[Question]:
    """Shares without a relationship among the texts that name something."""
    mentioned = scheme.names.index(IMPLEMENTER)

    def ask(
        named: Side, question: str, concept: str = "", by: str = "", value: str = ""
    ) -> Question:
        return Question("unmentioned", question, concept, by, value, silent, named)

    def silent(values: Array, _: Machine) -> Array:
        return 1 - values[..., mentioned]

    yield ask(_all_codes(scheme, IMPLEMENTATION), "implementation")
    strategy = _any_code(scheme, scheme.family("strategy"))
    yield ask(strategy, "all")
    for group in scheme.family("strategy"):
        yield ask(_all_codes(scheme, group), "group", group)
    strategies = [c for c in taxonomy.concepts if c.facet == "strategy"]
    members = {c.id: [c.id] for c in strategies}
    clusters = {
        cluster: [c.id for c in strategies if c.cluster == cluster]
        for cluster in sorted({c.cluster for c in strategies if c.cluster})
    }
    contact = [
        c.id for c in strategies if COLLAPSED[c.ratings.get(CONTACT_RATING, "")] == "relational"
    ]
    others = {
        (concept.facet, concept.id): _found([concept.id])
        for concept in taxonomy.concepts
        if concept.facet in ("outcome", "determinant", "setting", "actor")
    } | {("year", str(year)): _in_year(year) for year in years}
    for (by, value), found in others.items():
        yield ask(_both(strategy, found), by, value)
    named = {("all_contact", ""): contact}
    named |= {("cluster", name): ids for name, ids in clusters.items()}
    named |= {("strategy", name): ids for name, ids in members.items()}
    for (question, concept), ids in named.items():
        side = _strategies(scheme, ids)
        yield ask(side, question, concept)
        for (by, value), found in others.items():
            if question == "all_contact" or (
                question == "strategy" and by in ("outcome", "setting", "year")
            ):
                yield ask(_both(side, found), question, concept, by, value)


def _strategies(scheme: Scheme, concepts: Iterable[str]) -> Side:
    """Any of some strategies: their groups as coded, and which of a group as the machine found.

    Where all strategies of the groups are meant, the groups as coded say it all.
    """
    concepts = set(concepts)
    groups = {scheme.column_of[c] for c in concepts if c in scheme.column_of}
    coded = _any_code(scheme, tuple(sorted(groups)) or scheme.family("strategy"))
    whole = {c for c, column in scheme.column_of.items() if column in groups} == concepts
    return coded if whole else _both(coded, _found(sorted(concepts)))


def _all_codes(scheme: Scheme, *names: str) -> Side:
    places = scheme.places(names)
    return lambda values, _: all_of(values[..., places])


def _any_code(scheme: Scheme, names: tuple[str, ...]) -> Side:
    places = scheme.places(names)
    return lambda values, _: any_of(values[..., places])


def _orientation(scheme: Scheme, at: int) -> Side:
    return lambda values, _: orientation(values, scheme)[..., at]


def _found(concepts: Sequence[str]) -> Side:
    """Whether the machine found any of some concepts."""

    def found(values: Array, machine: Machine) -> Array:
        any_ = np.any([machine.names(concept) for concept in concepts], axis=0)
        return np.broadcast_to(any_ * 1.0, values.shape[:-1])

    return found


def _in_year(year: int) -> Side:
    def inside(values: Array, machine: Machine) -> Array:
        return np.broadcast_to([float(y == year) for y in machine.years], values.shape[:-1])

    return inside


def _both(first: Side, second: Side) -> Side:
    return lambda values, machine: all_of(
        np.stack([first(values, machine), second(values, machine)], axis=-1)
    )
