"""What coders wrote, as arrays, and what the machine wrote in the same form."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.study import Study
from pipeline.tables import (
    CODED,
    CODES,
    ORIENTATION,
    RECONCILED,
    path_of,
    read_shard,
    read_table,
    shard_paths,
)
from pipeline.taxonomy.concepts import IMPLEMENTATION, IMPLEMENTER, WITH_PATIENT
from pipeline.validate.scheme import ORIENTATIONS, Array, Scheme, filled_by_rule


@dataclass(frozen=True)
class Codings:
    """The codes of several coders for the same texts.

    `values` is coders x texts x codes: 1, 0, or nan where a coder left a cell blank.
    `reconciled` is texts x codes: what the coders settled afterwards, nan where they did not.
    """

    ids: tuple[str, ...]
    coders: tuple[str, ...]
    values: Array
    reconciled: Array

    def settled(self) -> Array:
        """Coders x texts x codes, with what was settled in place of what differed.

        A disagreement that nobody settled stays: each coder then counts for an equal part. To
        leave such texts out would leave out the hard ones, and every share would be too sure.
        A text that only the reconciled sheet has counts as coded by the first coder.
        """
        known = ~np.isnan(self.reconciled)
        coded = ~np.isnan(self.values)
        # Nobody becomes a coder of a text through its reconciliation, except where nobody was.
        takes = coded.copy()
        takes[0] |= ~coded.any(axis=0)
        return np.where(takes & known, self.reconciled, self.values)

    def only(self, ids: Iterable[str]) -> "Codings":
        """The same for some of the texts."""
        wanted = set(ids)
        kept = [place for place, text in enumerate(self.ids) if text in wanted]
        return Codings(
            tuple(self.ids[place] for place in kept),
            self.coders,
            self.values[:, kept],
            self.reconciled[kept],
        )


def from_entries(entries: Iterable[tuple[str, str, str, int]], scheme: Scheme) -> Codings:
    """Codings from (record, coder, code, value), in the order of the records' identifiers."""
    kept = [entry for entry in entries if entry[2] in scheme.names]
    ids = tuple(sorted({record for record, *_ in kept}))
    coders = tuple(sorted({coder for _, coder, *_ in kept} - {RECONCILED}))
    rows, layers = {r: i for i, r in enumerate(ids)}, {c: i for i, c in enumerate(coders)}
    columns = {name: i for i, name in enumerate(scheme.names)}
    values = np.full((max(len(coders), 1), len(ids), len(columns)), np.nan)
    reconciled = np.full(values.shape[1:], np.nan)
    for record, coder, code, value in kept:
        target = reconciled if coder == RECONCILED else values[layers[coder]]
        target[rows[record], columns[code]] = value
    filled = [filled_by_rule(layer, scheme) for layer in values]
    return Codings(
        ids, coders or (RECONCILED,), np.stack(filled), filled_by_rule(reconciled, scheme)
    )


def read_codings(study: Study, scheme: Scheme) -> Codings:
    """The codes of a study's coders, as `rapport validate` kept them."""
    table = read_table(CODED, study.folder, ["record_id", "coder", "code", "value"])
    columns = (table.column(name).to_pylist() for name in table.column_names)
    return from_entries(zip(*columns, strict=True), scheme)


@dataclass(frozen=True)
class Machine:
    """The machine's codes for some texts.

    `values` is texts x codes and `orientation` texts x `ORIENTATIONS`, 1 or 0; `named` has, for
    each concept, which texts name it; `by_people` says which texts carry a code that a person gave.
    """

    ids: list[str]
    corpora: list[str]
    years: list[int | None]
    values: Array
    orientation: Array
    named: dict[str, NDArray[np.bool_]]
    by_people: NDArray[np.bool_]

    def names(self, concept: str) -> NDArray[np.bool_]:
        """Which texts name a concept."""
        return self.named.get(concept, np.zeros(len(self.ids), dtype=bool))

    def rows(self, rows: list[int]) -> "Machine":
        """The same for some of the texts, in this order."""
        return Machine(
            [self.ids[row] for row in rows],
            [self.corpora[row] for row in rows],
            [self.years[row] for row in rows],
            self.values[rows],
            self.orientation[rows],
            {concept: texts[rows] for concept, texts in self.named.items() if texts[rows].any()},
            self.by_people[rows],
        )


def machine_shards(study: Study, scheme: Scheme) -> Iterator[tuple[str, Machine]]:
    """The machine's codes in the columns of the coding sheet, by the names of the shards.

    A text is about implementation where a score says so; where none does, where it names a strategy
    or mentions a relationship of supporters and implementers.
    """
    for path in shard_paths(ORIENTATION, study.folder):
        yield path.name, _machine(study.folder, path.name, scheme)


def _machine(folder: Path, shard: str, scheme: Scheme) -> Machine:
    told = read_shard(ORIENTATION, path_of(ORIENTATION, folder) / shard)
    codes = read_shard(
        CODES, path_of(CODES, folder) / shard, ["record_id", "concept", "decided_by"]
    )
    ids: list[str] = told.column("record_id").to_pylist()
    place = {record: i for i, record in enumerate(ids)}
    named: dict[str, NDArray[np.bool_]] = {}
    by_people = np.zeros(len(ids), dtype=bool)
    for record, concept, decided in zip(*(c.to_pylist() for c in codes.columns), strict=True):
        by_people[place[record]] |= decided == "coder"
        named.setdefault(concept, np.zeros(len(ids), dtype=bool))[place[record]] = True
    values = np.zeros((len(ids), len(scheme.names)))
    columns = {code: i for i, code in enumerate(scheme.names)}
    for concept, texts in named.items():
        # A model may code a group as a whole, under the group's own name.
        column = scheme.column_of.get(concept, concept)
        if column in columns:
            values[texts, columns[column]] = 1
    relationships = told.column("relationship").to_pylist()
    for column, kind in ((IMPLEMENTER, "implementer"), (WITH_PATIENT, "patient")):
        values[:, columns[column]] = [whose in (kind, "both") for whose in relationships]
    for row, roles in enumerate(told.column("roles").to_pylist()):
        for role in filter(None, roles.split(";")):
            values[row, columns[f"role_{role}"]] = 1
    strategies = values[:, scheme.places(scheme.family("strategy"))].any(axis=1)
    implied = strategies | (values[:, columns[IMPLEMENTER]] == 1)
    about = told.column("about_implementation").to_pylist()
    values[:, columns[IMPLEMENTATION]] = [
        said if score is None else score for said, score in zip(implied, about, strict=True)
    ]
    orientations = told.column("orientation").to_pylist()
    return Machine(
        ids,
        told.column("corpus").to_pylist(),
        told.column("year").to_pylist(),
        values,
        (np.array(orientations)[:, None] == ORIENTATIONS).astype(float),
        named,
        by_people,
    )


def machine_of(study: Study, scheme: Scheme, ids: Iterable[str]) -> Machine:
    """The machine's codes of some records, in the order of the records' identifiers.

    Records that are no longer in the study are left out.
    """
    wanted = set(ids)
    parts = [
        shard.rows([row for row, record in enumerate(shard.ids) if record in wanted])
        for _, shard in machine_shards(study, scheme)
    ]
    joined = Machine(
        [record for part in parts for record in part.ids],
        [corpus for part in parts for corpus in part.corpora],
        [year for part in parts for year in part.years],
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.orientation for part in parts]),
        {
            concept: np.concatenate([part.names(concept) for part in parts])
            for concept in sorted({concept for part in parts for concept in part.named})
        },
        np.concatenate([part.by_people for part in parts]),
    )
    return joined.rows(sorted(range(len(joined.ids)), key=joined.ids.__getitem__))


def mean_of_coders(values: Array) -> Array:
    """Mean over coders (the first axis) of those who coded; nan where nobody did."""
    coded = ~np.isnan(values)
    count = coded.sum(axis=0)
    total = np.where(coded, values, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
