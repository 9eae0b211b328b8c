"""An edited taxonomy: which texts it may read otherwise, and how they join those it does not.

A taxonomy bears on a text only by the cues that are found there, each with what rules and codes ask
of its concept: id, facet and group. A text in which no edited cue is found, of those that are gone
and those that are new, reads the same before and after, whatever the rules weigh.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import RapportError
from pipeline.tables import written_whole
from pipeline.taxonomy.concepts import Taxonomy
from pipeline.taxonomy.cues import Cue
from pipeline.taxonomy.read import read_taxonomy

AS_CODED = "taxonomy-as-coded.csv"
"""A copy of the taxonomy that all texts of a study were coded with last."""


class _Sought(NamedTuple):
    concept: str
    facet: str
    group: str
    excludes: bool
    cue: str


def _sought(taxonomy: Taxonomy) -> dict[_Sought, Cue]:
    """All of a taxonomy that the codes of a text depend on."""
    return {
        _Sought(concept.id, concept.facet, concept.group, excludes, cue.text): cue
        for concept in taxonomy.concepts
        for excludes, cues in ((False, concept.cues), (True, concept.exclude))
        for cue in cues
    }


def sought_hash(taxonomy: Taxonomy) -> str:
    """SHA-256 of all of a taxonomy that the codes of a text depend on."""
    return hashlib.sha256(repr(sorted(_sought(taxonomy))).encode()).hexdigest()


def edited_cues(old: Taxonomy, new: Taxonomy) -> list[Cue]:
    """The cues and excludes of one of two taxonomies only, or of a concept that is another now."""
    before, after = _sought(old), _sought(new)
    both = before | after
    return [both[only] for only in sorted(before.keys() ^ after.keys())]


def keep_taxonomy(taxonomy: Path, folder: Path) -> None:
    """Keep a copy of the taxonomy that all texts of a study are now coded with."""
    with written_whole(folder / AS_CODED) as stream:
        stream.write(taxonomy.read_bytes())


def taxonomy_before(folder: Path) -> Taxonomy | None:
    """The taxonomy that a study was coded with last; None where it is not known."""
    path = folder / AS_CODED
    try:
        return read_taxonomy(path) if path.exists() else None
    except RapportError:
        return None


def merged(old: pa.Table, new: pa.Table, records: Sequence[str], again: Sequence[int]) -> pa.Table:
    """What was said of the records of a shard, with what is said of some of them now.

    Parameters
    ----------
    records : the records in their order, which that of the rows follows.
    again : the numbers of those that `new` speaks of.
    """
    ids = pa.array(records, pa.string())
    stays = pc.invert(pc.is_in(old["record_id"], ids.take(pa.array(again, pa.int64()))))
    rows = pa.concat_tables([old.filter(stays), new])
    order = np.argsort(pc.index_in(rows["record_id"], ids).to_numpy(), kind="stable")
    return rows.take(order).combine_chunks()
