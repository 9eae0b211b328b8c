"""Read a taxonomy that can be used."""

import hashlib
from dataclasses import replace
from pathlib import Path

from pipeline.taxonomy.check import built, error_of
from pipeline.taxonomy.concepts import Taxonomy
from pipeline.taxonomy.sheet import read_sheet


def read_taxonomy(path: Path) -> Taxonomy:
    """Read a taxonomy.

    Raises
    ------
    RapportError
        for a file that cannot be read, and for the first problem that makes it unusable, with
        row, column and cure.
    """
    taxonomy, problems = built(read_sheet(path))
    error = error_of(problems, path)
    if error:
        raise error
    return replace(taxonomy, hash=_hash(taxonomy))


def _hash(taxonomy: Taxonomy) -> str:
    """SHA-256 of what the concepts say; the same however a spreadsheet saved them."""
    content = [
        (c.id, c.label, c.facet, c.cluster, c.group, c.number, sorted(c.ratings.items()),
         [cue.text for cue in c.cues], [cue.text for cue in c.exclude], c.definition, c.source)
        for c in taxonomy.concepts
    ]  # fmt: skip
    return hashlib.sha256(repr(content).encode()).hexdigest()
