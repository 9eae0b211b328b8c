"""Texts to measure on: real abstracts where ../shared is there, else the invented ones repeated."""

import csv
import json
import shutil
from itertools import cycle, islice
from pathlib import Path

from pipeline import manifest
from pipeline.study import Source, Study, default_taxonomy
from pipeline.tables import RECORDS, SHARD_ROWS, from_rows, path_of, write_parquet

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared" / "real" / "literature"


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


def empty_study(name: str) -> Study:
    """A study of that name with the taxonomy that comes along."""
    source = Source("s", "file", "research", {})
    return Study(ROOT / f"{name}.toml", name, name, default_taxonomy(), (source,))


def harvested(name: str, n: int) -> Study:
    """A study whose harvest is done: `n` records made by repeating the texts with fresh ids."""
    study = empty_study(name)
    shutil.rmtree(study.folder, ignore_errors=True)
    stream = enumerate(islice(cycle(texts()), n))
    for number in range(-(-n // SHARD_ROWS)):
        rows = [
            {
                "record_id": f"text:{place:016x}",
                "corpus": "research",
                "source": "s",
                "source_id": str(place),
                "title": text[:80],
                "abstract": text,
                "year": 2005 + place % 20,
            }
            for place, text in islice(stream, SHARD_ROWS)
        ]
        write_parquet(
            from_rows(RECORDS, rows), path_of(RECORDS, study.folder) / f"{number:05}.parquet"
        )
    manifest.finish(study.folder, "harvest", counts={"kept": n})
    return study
