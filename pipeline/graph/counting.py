"""How often concepts are named, alone and together, in texts and in sentences.

Each shard is counted for itself, by the product of a sparse incidence matrix (texts or sentences by
concepts) with itself, and the counts are summed, so memory depends on the shard and on the number
of concepts, and not on the number of texts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipeline.engine import default_workers, map_shards
from pipeline.errors import RapportError
from pipeline.progress import track
from pipeline.tables import (
    CODES,
    CORPORA,
    FIELDS,
    MENTIONS,
    ORIENTATION,
    RECORDS,
    path_of,
    read_shard,
    shard_paths,
)

Integers = NDArray[np.int64]

UNITS = ("abstract", "sentence")

CODED = (ORIENTATION, CODES, MENTIONS)
"""The tables whose shards hold the same records as those of the records table."""

IMPLEMENTER = ("implementer", "both")
"""Values of `orientation.relationship` that name those who support and those who implement."""

SENTENCE_END = r"""[.!?]['"”’)\]]*\s+['"“‘(\[]*[\p{Lu}\d]"""
"""An end mark, then a capital or a digit.

Sentences that name nothing are split nowhere and only counted, by this. It takes some abbreviations
for ends: 4% too many in 22,000 real texts.
"""

WORTH_A_PROCESS = 25
"""Shards that take about as long to count as one more process takes to start."""

NO_YEAR = (np.iinfo(np.int64).max, np.iinfo(np.int64).min)
"""First and last year of a concept that no text with a year names."""


@dataclass
class Counts:
    """What was counted in one corpus, for K concepts.

    `together[unit]` is K by K: units that name both, on the diagonal units that name the concept.
    `units[unit]` is the number of units, whether they name anything or not. `related` has, for each
    concept, the texts that name it and mention a relationship between those who support and those
    who implement.
    """

    concepts: int
    units: dict[str, int] = field(default_factory=lambda: dict.fromkeys(UNITS, 0))
    together: dict[str, Integers] = field(init=False)
    related: Integers = field(init=False)
    first_year: Integers = field(init=False)
    last_year: Integers = field(init=False)

    def __post_init__(self) -> None:
        k = self.concepts
        self.together = {unit: np.zeros((k, k), dtype=np.int64) for unit in UNITS}
        self.related = np.zeros(k, dtype=np.int64)
        self.first_year = np.full(k, NO_YEAR[0], dtype=np.int64)
        self.last_year = np.full(k, NO_YEAR[1], dtype=np.int64)

    def named(self, unit: str) -> Integers:
        """Units that name each concept."""
        return np.diagonal(self.together[unit])

    def add(self, other: "Counts") -> None:
        """Take in what was counted in other texts of the corpus."""
        for unit in UNITS:
            self.units[unit] += other.units[unit]
            self.together[unit] += other.together[unit]
        self.related += other.related
        np.minimum(self.first_year, other.first_year, out=self.first_year)
        np.maximum(self.last_year, other.last_year, out=self.last_year)


def count(
    folder: Path,
    concepts: Sequence[str],
    workers: int | None = 1,
    scheduler: str | None = None,
) -> dict[str, Counts]:
    """Count concepts and pairs of them in every shard of a study, for each corpus.

    Parameters
    ----------
    folder : the study's output folder, with records, orientation, codes and mentions.
    concepts : ids of the concepts, in the order that rows and columns of the counts follow.
    workers, scheduler : who counts (see `engine.map_shards`).

    Raises
    ------
    RapportError
        where shards are not aligned, or a table names a record or a concept that is not known.
    """
    counts = {corpus: Counts(len(concepts)) for corpus in CORPORA}
    shards = shard_paths(RECORDS, folder)
    for table in CODED:
        if [path.name for path in shard_paths(table, folder)] != [path.name for path in shards]:
            raise RapportError(
                "has not the same shards as records",
                where=path_of(table, folder),
                cure="Run `rapport classify` again",
            )
    tasks = [(shard, *(path_of(table, folder) / shard.name for table in CODED)) for shard in shards]
    workers = workers or min(default_workers(), 1 + len(tasks) // WORTH_A_PROCESS)
    of_shards = map_shards(make_worker, (tuple(concepts),), tasks, workers, scheduler)
    for of_shard in track(of_shards, "graph", len(tasks)):
        for corpus, counted in of_shard.items():
            counts[corpus].add(counted)
    return counts


def make_worker(concepts: Sequence[str]) -> Callable[[tuple[Path, ...]], dict[str, Counts]]:
    """A function that counts one shard of each table, given their paths."""
    known = pa.array(concepts, type=pa.string())
    return lambda paths: count_shard(known, *paths)


def count_shard(
    known: pa.Array, records: Path, orientation: Path, codes: Path, mentions: Path
) -> dict[str, Counts]:
    """The counts of one shard, for each corpus."""
    counts: dict[str, Counts] = {}
    texts = read_shard(ORIENTATION, orientation, ["record_id", "corpus", "year", "relationship"])
    corpus_of = _place(texts["corpus"], pa.array(CORPORA), orientation)
    related = pc.is_in(texts["relationship"], pa.array(IMPLEMENTER)).to_numpy()
    coded = read_shard(CODES, codes, ["record_id", "concept"])
    text = _place(coded["record_id"], texts["record_id"], codes)
    concept = _place(coded["concept"], known, codes)
    incidence = _incidence(text, concept, len(texts), len(known))
    unit, sentence_concept, text_of_sentence = _sentences(mentions, texts, known)
    sentence_incidence = _incidence(unit, sentence_concept, len(text_of_sentence), len(known))
    length = _sentence_lengths(records, texts)

    for number, corpus in enumerate(CORPORA):
        here = corpus_of == number
        if not here.any():
            continue
        into = counts[corpus] = Counts(len(known))
        own = incidence[here]
        into.together["abstract"] += (own.T @ own).toarray()
        into.units["abstract"] += int(here.sum())
        into.related += np.asarray(incidence[here & related].sum(axis=0), dtype=np.int64)
        spoken = sentence_incidence[here[text_of_sentence]]
        into.together["sentence"] += (spoken.T @ spoken).toarray()
        into.units["sentence"] += max(int(length[here].sum()), spoken.shape[0])
        _span(into, text, concept, here, texts["year"])
    return counts


def _place(values: Any, among: Any, where: Path) -> Integers:
    """The place of each value among others, from 0; raises where one is not there."""
    place = pc.index_in(values, among)
    if place.null_count:
        stranger = values.filter(pc.is_null(place))[0].as_py()
        raise RapportError(
            f"{stranger!r} is not known", where=where, cure="Run `rapport classify` again"
        )
    return np.asarray(place.to_numpy(), dtype=np.int64)


def _sentences(
    mentions: Path, texts: pa.Table, known: pa.Array
) -> tuple[Integers, Integers, Integers]:
    """Kept mentions as sentence and concept numbers, and the text that each sentence is in."""
    kept = read_shard(MENTIONS, mentions, ["record_id", "concept", "field", "sentence", "reading"])
    kept = kept.filter(pc.equal(kept["reading"], "kept"))
    text = _place(kept["record_id"], texts["record_id"], mentions)
    concept = _place(kept["concept"], known, mentions)
    field_number = _place(kept["field"], pa.array(FIELDS), mentions)
    sentence = kept["sentence"].to_numpy().astype(np.int64)
    span = int(sentence.max(initial=0)) + 1
    keys, unit = np.unique(
        (text * len(FIELDS) + field_number) * span + sentence, return_inverse=True
    )
    return unit, concept, keys // (len(FIELDS) * span)


def _incidence(row: Integers, concept: Integers, rows: int, concepts: int) -> Any:
    """Which row names which concept, 1 however often."""
    matrix = csr_array((np.ones(len(row), dtype=np.int64), (row, concept)), shape=(rows, concepts))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def _sentence_lengths(records: Path, texts: pa.Table) -> Integers:
    """Sentences in the title and abstract of each text, told by their end marks."""
    table = read_shard(RECORDS, records, ["record_id", *FIELDS])
    place = _place(texts["record_id"], table["record_id"], records)
    total = np.zeros(len(table), dtype=np.int64)
    for name in FIELDS:
        ends = pc.count_substring_regex(table[name], SENTENCE_END).to_numpy()
        total += np.where(pc.equal(table[name], "").to_numpy(), 0, ends + 1)
    return total[place]


def _span(into: Counts, text: Integers, concept: Integers, here: Any, years: Any) -> None:
    """Widen each concept's first and last year by the texts of one corpus that name it."""
    dated = here & pc.is_valid(years).to_numpy()
    year = pc.fill_null(years, 0).to_numpy().astype(np.int64)
    of_text = dated[text]
    np.minimum.at(into.first_year, concept[of_text], year[text[of_text]])
    np.maximum.at(into.last_year, concept[of_text], year[text[of_text]])
