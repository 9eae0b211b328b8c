"""Small coded studies made in the test."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pipeline.tables import (
    CODES,
    MENTIONS,
    ORIENTATION,
    RECORDS,
    from_rows,
    path_of,
    write_parquet,
)
from pipeline.taxonomy.concepts import Concept, Taxonomy

FACETS = {"s": "strategy", "r": "relationship", "o": "outcome", "d": "determinant"}
RATINGS = {"s": "semi-transactional", "r": "highly relational"}


def make_taxonomy(ids: Sequence[str], **labels: str) -> Taxonomy:
    """Concepts whose facet the first letter of their id tells: s, r, o or d."""
    concepts = tuple(
        Concept(
            id=name,
            label=labels.get(name, name.upper()),
            facet=FACETS[name[0]],
            cluster="",
            group="",
            number="",
            ratings={"orientation": RATINGS.get(name[0], "")},
            cues=(),
            exclude=(),
            definition="",
            source="",
            row=row,
        )
        for row, name in enumerate(ids, 2)
    )
    return Taxonomy(concepts=concepts, hash="of the test", path="taxonomy.csv")


def write_study(folder: Path, texts: Sequence[dict[str, Any]], shard_rows: int = 50) -> Path:
    """Write the tables that graph reads.

    A text has `codes` and, where it matters, `corpus`, `year`, `relationship`, `abstract` and
    `mentions`, each a concept, a field and the number of a sentence (and a reading).
    """
    shards = [texts[at : at + shard_rows] for at in range(0, len(texts), shard_rows)]
    for number, shard in enumerate(shards):
        rows: dict[str, list[dict[str, Any]]] = {"records": [], "orientation": []}
        rows |= {"codes": [], "mentions": []}
        for text in shard:
            name = {"record_id": text["id"], "corpus": text.get("corpus", "research")}
            name["year"] = text.get("year")
            rows["records"].append(
                {**name, "source": "test", "source_id": "", "title": text.get("title", "")}
                | {"abstract": text.get("abstract", "")}
            )
            rows["orientation"].append(
                {**name, "relationship": text.get("relationship", "none")}
                | {"orientation": "none", "roles": ""}
            )
            for concept in text["codes"]:
                code = {"record_id": text["id"], "concept": concept}
                rows["codes"].append({**code, "decided_by": "cue", "probability": 1.0})
            for place, (concept, field, sentence, *reading) in enumerate(text.get("mentions", ())):
                rows["mentions"].append(
                    {"record_id": text["id"], "concept": concept, "field": field}
                    | {"start": place, "end": place + 1, "sentence": sentence, "section": ""}
                    | {"text": "x", "cue": "x", "role": "", "rule": ""}
                    | {"reading": reading[0] if reading else "kept"}
                )
        for table in (RECORDS, ORIENTATION, CODES, MENTIONS):
            path = path_of(table, folder) / f"{number:05}.parquet"
            write_parquet(from_rows(table, rows[table.name]), path)
    for table in (RECORDS, ORIENTATION, CODES, MENTIONS):
        path_of(table, folder).mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def taxonomy_of() -> Callable[..., Taxonomy]:
    """`make_taxonomy`."""
    return make_taxonomy


@pytest.fixture
def study_of() -> Callable[..., Path]:
    """`write_study`."""
    return write_study
