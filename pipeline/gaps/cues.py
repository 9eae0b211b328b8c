"""What rests on a single cue: the codes, and the relationships, that go if it is left out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.gaps.incidence import place
from pipeline.tables import CODES, CORPORA, MENTIONS, ORIENTATION, read_shard, shard_paths
from pipeline.taxonomy.concepts import Concept

Places = NDArray[np.int64]

MOST_CUES = 1 << 20
"""More cues than any taxonomy has: a text and a cue make one number."""


@dataclass(frozen=True)
class Reliance:
    """What rests on one cue only in the texts of one corpus.

    `cues` are pairs of a concept's place and a cue. `code_text` and `code_cue` have an entry for
    each code that rests on one cue, `tie_text` and `tie_cue` for each text in which whatever is
    said of a relationship does.
    """

    cues: list[tuple[int, str]]
    code_text: Places
    code_cue: Places
    tie_text: Places
    tie_cue: Places


def read_reliance(folder: Path, concepts: tuple[Concept, ...]) -> dict[str, Reliance]:
    """Read what rests on one cue only, for each corpus, shard by shard.

    A code that a model or a coder decided does not rest on a cue. Texts are numbered as in
    `incidence.read_incidences`.
    """
    numbers: dict[tuple[int, str], int] = {}
    before = dict.fromkeys(CORPORA, 0)
    found: dict[str, list[tuple[Places, ...]]] = {corpus: [] for corpus in CORPORA}
    tables = (ORIENTATION, CODES, MENTIONS)
    for paths in zip(*(shard_paths(table, folder) for table in tables), strict=True):
        corpus = read_shard(ORIENTATION, paths[0], ["corpus"])["corpus"]
        parts = _read_shard(concepts, numbers, *paths)
        for name in CORPORA:
            here = np.asarray(pc.equal(corpus, name))
            number = before[name] + np.cumsum(here) - 1
            chosen = [(number[text[here[text]]], cue[here[text]]) for text, cue in parts]
            found[name].append(tuple(column for pair in chosen for column in pair))
            before[name] += int(here.sum())
    nothing = [np.zeros(0, np.int64)] * 4
    return {
        name: Reliance(list(numbers), *map(np.concatenate, zip(nothing, *parts, strict=True)))
        for name, parts in found.items()
    }


def _read_shard(
    concepts: tuple[Concept, ...],
    numbers: dict[tuple[int, str], int],
    orientation: Path,
    codes: Path,
    mentions: Path,
) -> tuple[tuple[Places, Places], tuple[Places, Places]]:
    """Text and cue of each code, and of each relationship, that rests on one cue."""
    known = pa.array([concept.id for concept in concepts], pa.string())
    record = read_shard(ORIENTATION, orientation, ["record_id"])["record_id"]
    said = read_shard(MENTIONS, mentions, ["record_id", "concept", "cue", "reading"])
    said = said.filter(pc.equal(said["reading"], "kept"))
    cue = _cue_numbers(place(said["concept"], known, mentions), said["cue"], numbers)
    text, cue = np.divmod(
        np.unique(place(said["record_id"], record, mentions).astype(np.int64) * MOST_CUES + cue),
        MOST_CUES,
    )
    of_cue = np.array([concept for concept, _ in numbers], dtype=np.int64)
    concept = of_cue[cue] if len(cue) else cue
    tie = np.array([c.is_tie for c in concepts])

    coded = read_shard(CODES, codes, ["record_id", "concept", "decided_by"])
    coded = coded.filter(pc.equal(coded["decided_by"], "cue"))
    key = place(coded["record_id"], record, codes).astype(np.int64) * len(concepts)
    key += place(coded["concept"], known, codes)
    code = text * len(concepts) + concept
    alone = _once(code) & np.isin(code, key)
    ties = tie[concept]
    tie_text, tie_cue = text[ties], cue[ties]
    tie_alone = _once(tie_text)
    return (text[alone], cue[alone]), (tie_text[tie_alone], tie_cue[tie_alone])


def _cue_numbers(concept: Any, cue: Any, numbers: dict[tuple[int, str], int]) -> Places:
    """The number of each concept's cue; `numbers` takes up new ones."""
    cues = pc.dictionary_encode(cue).combine_chunks()
    words = cues.dictionary.to_pylist()
    span = max(len(words), 1)
    key, entry = np.unique(
        concept.astype(np.int64) * span + np.asarray(cues.indices), return_inverse=True
    )
    of_key = [
        numbers.setdefault((int(k // span), words[k % span]), len(numbers)) for k in key.tolist()
    ]
    return np.array(of_key, dtype=np.int64)[entry]


def _once(values: Places) -> NDArray[np.bool_]:
    """Which values occur once."""
    _, entry, times = np.unique(values, return_inverse=True, return_counts=True)
    once: NDArray[np.bool_] = times[entry] == 1
    return once
