"""What rests on a single cue: the codes, and the relationships, that go if it is left out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.gaps.arithmetic import distinct
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
    concept = place(said["concept"], known, mentions)
    cue = _cue_numbers(concept, len(concepts), said["cue"], numbers)
    text = place(said["record_id"], record, mentions).astype(np.int64)
    # A cue is of one concept: sorted so, all mentions of a code lie side by side.
    mention = np.sort((text * len(concepts) + concept) * MOST_CUES + cue)
    mention = mention[np.diff(mention, prepend=-1) > 0]
    code, cue = np.divmod(mention, MOST_CUES)
    text, concept = np.divmod(code, len(concepts))

    coded = read_shard(CODES, codes, ["record_id", "concept", "decided_by"])
    coded = coded.filter(pc.equal(coded["decided_by"], "cue"))
    by_cue = np.zeros((len(record), len(concepts)), dtype=bool)
    by_cue[place(coded["record_id"], record, codes), place(coded["concept"], known, codes)] = True
    alone = _once(code) & by_cue[text, concept]
    ties = np.array([c.is_tie for c in concepts])[concept]
    tie_text, tie_cue = text[ties], cue[ties]
    tie_alone = _once(tie_text)
    return (text[alone], cue[alone]), (tie_text[tie_alone], tie_cue[tie_alone])


def _cue_numbers(
    concept: Any, concepts: int, cue: Any, numbers: dict[tuple[int, str], int]
) -> Places:
    """The number of each concept's cue; `numbers` takes up new ones."""
    cues = pc.dictionary_encode(cue).combine_chunks()
    words = cues.dictionary.to_pylist()
    span = len(words)
    key, entry = distinct(
        concept.astype(np.int64) * span + np.asarray(cues.indices), concepts * span
    )
    of_key = [
        numbers.setdefault((int(k // span), words[k % span]), len(numbers)) for k in key.tolist()
    ]
    return np.array(of_key, dtype=np.int64)[entry]


def _once(values: Places) -> NDArray[np.bool_]:
    """Which values occur once, of values in ascending order."""
    starts = np.diff(values, prepend=-1) > 0
    ends = np.diff(values, append=values[-1:] + 1) > 0
    return starts & ends
