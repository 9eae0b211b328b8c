"""Which codes moved where records that were coded before are coded anew.

A cue that is edited may move the codes of other concepts too: rules weigh what else a text names.
So every text is read again, and what was said of it before is held against what is said now.
"""

from collections import Counter
from pathlib import Path

from pipeline.errors import RapportError
from pipeline.tables import CODES, ORIENTATION, path_of, read_shard

GAINED, LOST = "gained", "lost"
MOST_NAMED = 12
"""Concepts that are named on the terminal; the manifest has them all."""

Moves = Counter[tuple[str, str]]
"""How many texts gained or lost each concept, by concept and `GAINED` or `LOST`."""
Coded = tuple[set[str], set[tuple[str, str]]]
"""The records of a shard, and each record and concept that is one of its codes."""


def coded(folder: Path, name: str) -> Coded:
    """What was coded in a shard; nothing where it was not, or cannot be read."""
    orientation, codes = (path_of(table, folder) / name for table in (ORIENTATION, CODES))
    if not (orientation.exists() and codes.exists()):
        return set(), set()
    try:
        records = read_shard(ORIENTATION, orientation, ["record_id"])["record_id"].to_pylist()
        pairs = read_shard(CODES, codes, ["record_id", "concept"]).to_pydict().values()
    except RapportError:
        return set(), set()
    return set(records), set(zip(*pairs, strict=True))


def moves(before: Coded, after: Coded) -> Moves:
    """The codes that moved, of the records that were there before and still are."""
    both = before[0] & after[0]
    told: Moves = Counter()
    for way, pairs in ((GAINED, after[1] - before[1]), (LOST, before[1] - after[1])):
        told.update((concept, way) for record, concept in pairs if record in both)
    return told


def by_concept(told: Moves) -> dict[str, dict[str, int]]:
    """For each concept the texts that gained and lost it, most moved first."""
    names = sorted({concept for concept, _ in told}, key=lambda c: (-_both(told, c), c))
    return {name: {way: told[name, way] for way in (GAINED, LOST)} for name in names}


def in_words(told: Moves) -> str:
    """The moves as a line for the terminal."""
    concepts = by_concept(told)
    parts = [
        f"{name} +{ways[GAINED]:,} -{ways[LOST]:,}"
        for name, ways in list(concepts.items())[:MOST_NAMED]
    ]
    more = f" and {len(concepts) - MOST_NAMED} concepts more" if len(concepts) > MOST_NAMED else ""
    return f"{told.total():,} codes moved: {', '.join(parts)}{more}"


def _both(told: Moves, concept: str) -> int:
    return told[concept, GAINED] + told[concept, LOST]
