"""Texts to measure on: real abstracts where ../shared is there, else the invented ones repeated."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pipeline import manifest
from pipeline.study import Source, Study, default_taxonomy
from pipeline.tables import (
    RECORDS,
    REJECTED,
    SHARD_ROWS,
    empty,
    from_columns,
    path_of,
    write_parquet,
    write_table,
)

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared" / "real" / "literature"

PASSAGES = 20
"""Passages of a practice document; and one block of so many texts in as many is one."""


def texts() -> list[str]:
    """Titles and abstracts, as one text each."""
    if not REAL.is_dir():
        with (ROOT / "data" / "demo" / "research.csv").open(
            encoding="utf-8-sig", newline=""
        ) as file:
            return [f"{row['title']}. {row['abstract']}" for row in csv.DictReader(file)] * 50
    found = []
    for path in sorted(REAL.glob("sswr/*.json")):
        records = json.loads(path.read_text(encoding="utf-8"))["data"]
        found += [f"{r['title']}. {r['abstract']}" for r in records if r.get("abstract")]
    with (REAL / "nagtegaal_2019.csv").open(encoding="utf-8-sig", newline="") as file:
        found += [f"{r['title']}. {r['abstract']}" for r in csv.DictReader(file) if r["abstract"]]
    return found


def empty_study(name: str, taxonomy: Path | None = None) -> Study:
    """A study of that name, with the taxonomy that comes along where no other is given."""
    source = Source("s", "file", "research", {})
    return Study(ROOT / f"{name}.toml", name, name, taxonomy or default_taxonomy(), (source,))


def harvested(name: str, n: int) -> Study:
    """A study whose harvest is done: `n` records made by repeating the texts with fresh ids.

    One text in twenty is a passage of a practice document of twenty passages.
    """
    study = empty_study(name)
    shutil.rmtree(study.folder, ignore_errors=True)
    abstract = pa.array(texts())
    title = pc.utf8_slice_codeunits(abstract, 0, 80)
    for start in range(0, n, SHARD_ROWS):
        place = np.arange(start, min(start + SHARD_ROWS, n))
        text = pa.array(place % len(abstract))
        passage = place // PASSAGES % PASSAGES == 0
        columns = {
            "record_id": [f"text:{number:016x}" for number in place],
            "corpus": np.where(passage, "practice", "research"),
            "source": ["s"] * len(place),
            "source_id": place.astype(str),
            "document": [
                f"plan-{p // PASSAGES}" if d else None for p, d in zip(place, passage, strict=True)
            ],
            "title": title.take(text),
            "abstract": abstract.take(text),
            "year": 2005 + place % 20,
        }
        blank = {c.name: [None if not c.required else ""] * len(place) for c in RECORDS.columns}
        write_parquet(
            from_columns(RECORDS, blank | columns),
            path_of(RECORDS, study.folder) / f"{start // SHARD_ROWS:05}.parquet",
        )
    write_table(REJECTED, empty(REJECTED), study.folder)
    manifest.finish(study.folder, "harvest", counts={"kept": n}, sources={}, unreadable=0)
    return study
