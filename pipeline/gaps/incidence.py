"""Which text names which concept, read once for each corpus, shard by shard."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipeline.errors import RapportError
from pipeline.tables import (
    CODES,
    CORPORA,
    MENTIONS,
    ORIENTATION,
    RECORDS,
    read_shard,
    shard_paths,
)
from pipeline.taxonomy.concepts import ROLES, Concept, Taxonomy

Places = NDArray[np.int32]
Flags = NDArray[np.bool_]

NO_YEAR = np.iinfo(np.int32).min
NO_DOCUMENT = -1

RELATED = ("implementer", "both")
"""Values of `orientation.relationship` that name those who support and those who implement."""


@dataclass(frozen=True)
class Incidence:
    """The texts of one corpus, n of them, and which of K concepts each names.

    `matrix` is n by K, 1 where a text names a concept, concepts in ascending order in each row.
    `related` says whether a text mentions a relationship between those who support and those who
    implement, `roles` (n by 7) in which of `ROLES`, and `about_implementation` whether it is about
    bringing something into use, as far as that is known. `document` numbers the practice text that
    a passage was cut from, or is `NO_DOCUMENT`; `source` is a place in `sources`.
    """

    concepts: tuple[Concept, ...]
    matrix: csr_array
    related: Flags
    roles: Flags
    about_implementation: Flags
    year: Places
    document: Places
    source: Places
    sources: tuple[str, ...]
    record: pa.ChunkedArray

    def __len__(self) -> int:
        return len(self.related)

    def where(self, chosen: Flags) -> "Incidence":
        """Only the texts that are chosen."""
        return Incidence(
            self.concepts,
            self.matrix[chosen],
            self.related[chosen],
            self.roles[chosen],
            self.about_implementation[chosen],
            self.year[chosen],
            self.document[chosen],
            self.source[chosen],
            self.sources,
            self.record.filter(pa.array(chosen)),
        )

    def of(self, *facets: str) -> Places:
        """The columns of the concepts of some facets."""
        columns = [place for place, c in enumerate(self.concepts) if c.facet in facets]
        return np.array(columns, dtype=np.int32)

    def naming(self, columns: Sequence[int] | NDArray[Any]) -> Flags:
        """Which texts name at least one of these concepts."""
        wanted = np.zeros(len(self.concepts), dtype=np.int32)
        wanted[np.asarray(columns, dtype=np.int64)] = 1
        flags: Flags = (self.matrix @ wanted) > 0
        return flags

    @cached_property
    def cluster(self) -> Places | None:
        """A number for each document, and for each text of its own; None where none is a passage.

        Passages of one document are not independent of each other: whatever counts texts as
        evidence counts by these.
        """
        own = self.document == NO_DOCUMENT
        if own.all():
            return None
        first = int(self.document.max()) + 1
        return np.where(own, first + np.cumsum(own), self.document).astype(np.int32)


def read_incidences(folder: Path, taxonomy: Taxonomy) -> dict[str, Incidence]:
    """Read codes, orientation and records of a study, for each corpus.

    Raises
    ------
    RapportError
        where a stage has not run, shards are not aligned, or a record or concept is not known.
    """
    concepts = tuple(sorted(taxonomy.concepts, key=lambda concept: concept.id))
    known = pa.array([concept.id for concept in concepts], pa.string())
    paths = [shard_paths(table, folder) for table in (ORIENTATION, CODES, RECORDS, MENTIONS)]
    if len({tuple(path.name for path in one) for one in paths}) > 1:
        raise RapportError(
            "codes, mentions, orientation and records do not have the same shards",
            where=folder,
            cure="Run `rapport classify` again",
        )
    names: tuple[dict[str, int], dict[str, int]] = ({}, {})
    shards = [_read_shard(known, names, *three) for three in zip(*paths[:3], strict=True)]
    return {corpus: _join(concepts, shards, corpus, tuple(names[1])) for corpus in CORPORA}


def _read_shard(
    known: pa.Array,
    names: tuple[dict[str, int], dict[str, int]],
    orientation: Path,
    codes: Path,
    records: Path,
) -> dict[str, Any]:
    """One shard's columns, by text. `names` number documents and sources across shards."""
    columns = ["record_id", "corpus", "year", "document", "relationship", "roles"]
    columns.append("about_implementation")
    texts = read_shard(ORIENTATION, orientation, columns)
    coded = read_shard(CODES, codes, ["record_id", "concept"])
    source = read_shard(RECORDS, records, ["record_id", "source"])
    row = place(coded["record_id"], texts["record_id"], codes)
    column = place(coded["concept"], known, codes)
    matrix = csr_array((np.ones(len(row), np.int32), (row, column)), shape=(len(texts), len(known)))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    said = pc.split_pattern(texts["roles"], ";").combine_chunks()
    roles = np.zeros((len(texts), len(ROLES)), dtype=bool)
    role = pc.index_in(said.flatten(), pa.array(ROLES))
    ours = role.is_valid().to_numpy(zero_copy_only=False)
    of_text = np.asarray(pc.list_parent_indices(said))
    roles[of_text[ours], np.asarray(role.drop_null())] = True
    return {
        "matrix": matrix,
        "corpus": texts["corpus"],
        "related": pc.is_in(texts["relationship"], pa.array(RELATED)).to_numpy(),
        "roles": roles,
        "about_implementation": pc.fill_null(texts["about_implementation"], False).to_numpy(),
        "year": np.asarray(pc.fill_null(texts["year"], NO_YEAR)),
        "document": _numbered(texts["document"], names[0], NO_DOCUMENT),
        "source": _numbered(
            source["source"].take(
                pa.array(place(texts["record_id"], source["record_id"], records))
            ),
            names[1],
            NO_DOCUMENT,
        ),
        "record": texts["record_id"],
    }


def _join(
    concepts: tuple[Concept, ...],
    shards: list[dict[str, Any]],
    corpus: str,
    sources: tuple[str, ...],
) -> Incidence:
    """The texts of one corpus from all shards."""
    ours = [pc.equal(shard["corpus"], corpus).to_numpy() for shard in shards]

    def joined(name: str, nothing: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate(
            [nothing, *(shard[name][here] for shard, here in zip(shards, ours, strict=True))]
        )

    parts = [shard["matrix"][here] for shard, here in zip(shards, ours, strict=True)]
    no_place = np.zeros(0, np.int32)
    return Incidence(
        concepts=concepts,
        matrix=_stacked(parts, len(concepts)),
        related=joined("related", np.zeros(0, bool)),
        roles=joined("roles", np.zeros((0, len(ROLES)), bool)),
        about_implementation=joined("about_implementation", np.zeros(0, bool)),
        year=joined("year", no_place),
        document=joined("document", no_place),
        source=joined("source", no_place),
        sources=sources,
        record=pa.chunked_array(
            [
                chunk
                for shard, here in zip(shards, ours, strict=True)
                for chunk in shard["record"].filter(pa.array(here)).chunks
            ],
            pa.string(),
        ),
    )


def _stacked(parts: list[csr_array], columns: int) -> csr_array:
    """Rows of several matrices below each other."""
    indices = np.concatenate([np.zeros(0, np.int32), *(part.indices for part in parts)])
    lengths = np.concatenate([np.zeros(0, np.int64), *(np.diff(part.indptr) for part in parts)])
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    data = np.ones(len(indices), np.int32)
    return csr_array((data, indices.astype(np.int32), starts), shape=(len(lengths), columns))


def place(values: Any, among: Any, where: Path) -> Places:
    """The place of each value among others, from 0; raises where one is not there."""
    found = pc.index_in(values, among)
    if found.null_count:
        stranger = values.filter(pc.is_null(found))[0].as_py()
        raise RapportError(
            f"{stranger!r} is not known", where=where, cure="Run `rapport classify` again"
        )
    return np.asarray(found).astype(np.int32)


def _numbered(values: Any, numbers: dict[str, int], nothing: int) -> Places:
    """A number for each text, the same wherever it stands; `numbers` takes up new ones."""
    encoded = pc.dictionary_encode(values).combine_chunks()
    of_code = [numbers.setdefault(v, len(numbers)) for v in encoded.dictionary.to_pylist()]
    codes = np.asarray(pc.fill_null(encoded.indices, -1))
    return np.where(codes < 0, nothing, np.array([*of_code, nothing], np.int32)[codes])
