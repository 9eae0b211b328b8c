"""Small invented corpora, in memory or on disk, and larger ones drawn from a true null."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pipeline.gaps.incidence import NO_DOCUMENT, NO_YEAR, Incidence
from pipeline.tables import (
    CODES,
    MENTIONS,
    ORIENTATION,
    RECORDS,
    from_rows,
    path_of,
    write_parquet,
)
from pipeline.taxonomy.concepts import ROLES, Concept, Taxonomy
from scipy.sparse import csr_array

Row = dict[str, Any]


def concept(
    name: str,
    facet: str = "strategy",
    orientation: str = "",
    generous: str | None = None,
    cluster: str = "",
    group: str = "",
) -> Concept:
    ratings = {
        "orientation": orientation,
        "orientation_generous": orientation if generous is None else generous,
    }
    return Concept(
        id=name,
        label=name.capitalize(),
        facet=facet,
        cluster=cluster,
        group=group,
        number="",
        ratings=ratings,
        cues=(),
        exclude=(),
        definition="",
        source="",
        row=2,
    )


CONCEPTS = (
    concept("audit", orientation="highly transactional", cluster="evaluate"),
    concept("coaching", orientation="semi-relational", cluster="support"),
    concept("cost", "outcome"),
    concept("distrust", "determinant"),
    concept(
        "facilitation", orientation="operational", generous="semi-relational", cluster="support"
    ),
    concept("hospital", "setting"),
    concept("listening", "relationship", "highly relational"),
    concept("nurse", "actor"),
    concept("rapport", "relationship", "highly relational", group="patient"),
    concept("reach", "outcome"),
    concept("trust", "relationship", "highly relational"),
    concept("workshop", orientation="highly transactional", cluster="educate"),
)
TAXONOMY = Taxonomy(CONCEPTS, "hash-of-an-invented-taxonomy", "taxonomy.csv")


def incidence(
    texts: Sequence[Sequence[str]],
    concepts: Sequence[Concept] = CONCEPTS,
    related: Sequence[bool] | None = None,
    year: Sequence[int | None] | None = None,
    document: Sequence[int | None] | None = None,
    source: Sequence[int] | None = None,
    roles: Sequence[Sequence[str]] | None = None,
    about_implementation: Sequence[bool] | None = None,
) -> Incidence:
    """The incidence of a corpus: which text names which concepts.

    Where `related` is not given, a text is related that names a concept of the relationship facet.
    """
    ordered = tuple(sorted(concepts, key=lambda c: c.id))
    place = {c.id: number for number, c in enumerate(ordered)}
    facet = {c.id: c.facet for c in ordered}
    matrix = np.zeros((len(texts), len(ordered)), dtype=np.int32)
    for row, names in enumerate(texts):
        for name in names:
            matrix[row, place[name]] = 1
    if related is None:
        related = [any(facet[n] == "relationship" for n in names) for names in texts]
    flags = np.zeros((len(texts), len(ROLES)), dtype=bool)
    for row, said in enumerate(roles or []):
        for role in said:
            flags[row, ROLES.index(role)] = True
    return Incidence(
        ordered,
        csr_array(matrix),
        np.array(related, dtype=bool),
        flags,
        np.array(about_implementation or [False] * len(texts), dtype=bool),
        _places(year, len(texts), NO_YEAR),
        _places(document, len(texts), NO_DOCUMENT),
        np.array(source if source is not None else [0] * len(texts), dtype=np.int32),
        ("first", "second", "third"),
        pa.chunked_array([pa.array([f"text:{n:06d}" for n in range(len(texts))], pa.string())]),
    )


def _places(values: Sequence[int | None] | None, number: int, nothing: int) -> Any:
    values = [None] * number if values is None else values
    return np.array([nothing if v is None else v for v in values], dtype=np.int32)


def from_matrix(matrix: Any, document: Any = None, year: Any = None) -> Incidence:
    """The incidence of a matrix of texts by concepts, whose concepts are plain strategies."""
    width = len(str(matrix.shape[1]))
    concepts = tuple(concept(f"c{n:0{width}d}") for n in range(matrix.shape[1]))
    number = matrix.shape[0]
    sparse = csr_array(matrix.astype(np.int32))
    sparse.sort_indices()
    return Incidence(
        concepts,
        sparse,
        np.zeros(number, bool),
        np.zeros((number, len(ROLES)), bool),
        np.zeros(number, bool),
        _places(year, number, NO_YEAR),
        _places(document, number, NO_DOCUMENT),
        np.zeros(number, np.int32),
        ("only",),
        pa.chunked_array([pa.array([f"text:{n:07d}" for n in range(number)], pa.string())]),
    )


def null_corpus(seed: int, texts: int = 6600, concepts: int = 60, mean: float = 3.1) -> Any:
    """Abstracts in which no concept has to do with any other (texts by concepts).

    Concepts differ in how often, and texts in how much, they are named; given both, namings are
    independent, so that all matrices with the same margins are equally likely.
    """
    random = np.random.default_rng(seed)
    often = random.normal(-3.2, 1.0, concepts)
    much = random.normal(0.0, 0.5, texts)
    for _ in range(30):  # shift until texts name so many concepts on average
        chance = 1 / (1 + np.exp(-(often[None, :] + much[:, None])))
        much += np.log(mean / chance.sum(axis=1).mean())
    return (random.random((texts, concepts)) < chance).astype(np.int32)


def plant(matrix: Any, number: int, kept: float, seed: int) -> tuple[Any, Any]:
    """Make some pairs that are common by chance silent: of their texts, keep each with `kept`.

    A text that is not kept loses one of the two concepts. Returns the texts, and which of all
    pairs (in the order of `numpy.triu_indices`) are silent.
    """
    random = np.random.default_rng([seed, 1])
    matrix = matrix.copy()
    together = matrix.T @ matrix
    first, second = np.triu_indices(matrix.shape[1], 1)
    common = np.flatnonzero(together[first, second] >= 15)
    silent = np.zeros(len(first), dtype=bool)
    silent[random.choice(common, number, replace=False)] = True
    for a, b in zip(first[silent], second[silent], strict=True):
        both = np.flatnonzero(matrix[:, a] & matrix[:, b])
        lost = both[random.random(len(both)) >= kept]
        matrix[lost, np.where(random.random(len(lost)) < 0.5, a, b)] = 0
    return matrix, silent


def write_texts(folder: Path, shards: Sequence[Sequence[Row]]) -> None:
    """Write the tables that the stage reads, one shard for each sequence of texts.

    A text has `corpus`, `concepts` (a list, or a mapping to the cues that found each), and may
    have `year`, `document`, `source`, `relationship`, `roles` and `about_implementation`.
    """
    facet = {c.id: c.facet for c in CONCEPTS}
    count = 0
    for number, texts in enumerate(shards):
        tables: dict[Any, list[Row]] = {RECORDS: [], ORIENTATION: [], CODES: [], MENTIONS: []}
        for text in texts:
            count += 1
            head = {
                "record_id": text.get("record_id", f"text:{count:05d}"),
                "corpus": text.get("corpus", "research"),
                "year": text.get("year"),
                "document": text.get("document"),
            }
            cues = text["concepts"]
            if not isinstance(cues, dict):
                cues = {name: [name] for name in cues}
            said = any(facet[c] == "relationship" for c in cues)
            tables[RECORDS].append(
                {
                    **head,
                    "source": text.get("source", "first"),
                    "source_id": head["record_id"],
                    "title": "",
                    "abstract": "An invented text.",
                }
            )
            tables[ORIENTATION].append(
                {
                    **head,
                    "orientation": "none",
                    "relationship": text.get("relationship", "implementer" if said else "none"),
                    "roles": text.get("roles", ""),
                    "about_implementation": text.get("about_implementation"),
                }
            )
            for name, found in sorted(cues.items()):
                tables[CODES].append(
                    {
                        "record_id": head["record_id"],
                        "concept": name,
                        "decided_by": text.get("decided_by", "cue"),
                        "probability": 1.0,
                    }
                )
                for place, cue in enumerate(found):
                    tables[MENTIONS].append(
                        {
                            "record_id": head["record_id"],
                            "concept": name,
                            "field": "abstract",
                            "start": place * 10,
                            "end": place * 10 + 5,
                            "sentence": 0,
                            "section": "",
                            "text": cue,
                            "cue": cue,
                            "reading": "kept",
                            "role": "",
                            "rule": "",
                        }
                    )
        for table, rows in tables.items():
            write_parquet(from_rows(table, rows), path_of(table, folder) / f"{number:05d}.parquet")


@functools.cache
def cached_null_corpus(seed: int) -> Any:
    """A null corpus that several tests look at."""
    return null_corpus(seed)
