"""The classify stage: records to mentions, codes and orientation, shard by shard."""

import hashlib
import json
import logging
import platform
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import __version__, manifest
from pipeline.classify import edited, recoded
from pipeline.classify.coder import Coder, Mention, Reading
from pipeline.classify.model import meaning, model_hash, read_model
from pipeline.classify.readings import KEPT, Rules, read_rules
from pipeline.classify.recoded import Moves
from pipeline.engine import map_shards
from pipeline.errors import Halt
from pipeline.progress import track
from pipeline.study import Study
from pipeline.tables import (
    CODES,
    MENTIONS,
    ORIENTATION,
    RECORDS,
    Table,
    from_columns,
    path_of,
    read_shard,
    sha256,
    shard_paths,
    write_parquet,
)
from pipeline.taxonomy.concepts import Taxonomy
from pipeline.taxonomy.read import read_taxonomy
from pipeline.taxonomy.search import Search

if TYPE_CHECKING:
    from pipeline.classify.learned import Learned

log = logging.getLogger(__name__)

OUTPUTS = (MENTIONS, CODES, ORIENTATION)
_NEEDED = ("record_id", "corpus", "year", "document", "title", "abstract")


def run(study: Study, workers: int | None = None, scheduler: str | None = None) -> None:
    """Code every record of a study; shards that nothing has changed are left as they are.

    Local processes, or the workers of a Dask scheduler, do it (see `engine.map_shards`).
    """
    manifest.require(study.folder, "harvest")
    taxonomy, rules = read_taxonomy(study.taxonomy), read_rules()
    shards = shard_paths(RECORDS, study.folder)
    manifest.begin(study.folder, "classify")
    _drop_stale(study.folder, {shard.name for shard in shards})
    model = read_model(study.folder, meaning(taxonomy, rules))
    arguments = (study.taxonomy, study.folder, _meaning(taxonomy, rules, study.folder))
    results = map_shards(make_worker, arguments, shards, workers, scheduler)
    counts: Counter[str] = Counter()
    told: Moves = Counter()
    for result, moves in track(results, "classify", len(shards)):
        counts.update(result)
        told.update(moves)
    if told:
        log.warning("classify: %s", recoded.in_words(told))
    edited.keep_taxonomy(study.taxonomy, study.folder)
    manifest.finish(
        study.folder,
        "classify",
        taxonomy={
            "path": study.taxonomy.name,
            "hash": taxonomy.hash,
            "concepts": len(taxonomy.concepts),
        },
        readings={"hash": rules.hash, "rules": len(rules.rules)},
        learned={"model": model_hash(study.folder), "used": list(model.targets) if model else []},
        counts=dict(sorted(counts.items())),
        moved=recoded.by_concept(told),
        versions=manifest.versions("numpy", "pyarrow"),
    )


def make_worker(
    taxonomy: Path, folder: Path, meant: str
) -> Callable[[Path], tuple[dict[str, int], Moves]]:
    """A function that codes one shard of records; it returns counts and the codes that moved."""
    ready: _Ready | None = None

    def work(shard: Path) -> tuple[dict[str, int], Moves]:
        nonlocal ready
        moves: Moves = Counter()
        content = sha256(shard)
        key = _key_of(meant, content)
        counts = _counts(folder, shard.name, key)
        if counts is None:
            ready = ready or _get_ready(taxonomy, folder, meant)
            before = recoded.coded(folder, shard.name)
            earlier = ready.earlier
            if earlier and _counts(folder, shard.name, _key_of(earlier.meant, content)) is not None:
                counts = recode_shard(ready.coder, earlier.search, shard, folder, key)
            else:
                counts = code_shard(ready.coder, shard, folder, key, ready.learned)
            if before[0]:  # else nothing was coded that could have moved
                moves = recoded.moves(before, recoded.coded(folder, shard.name))
        return counts, moves

    return work


@dataclass(frozen=True)
class _Earlier:
    """The taxonomy before it was edited: its meaning, and what finds the texts it may differ in."""

    meant: str
    search: Search


@dataclass(frozen=True)
class _Ready:
    """What a worker codes with."""

    coder: Coder
    learned: "Learned | None" = None
    earlier: _Earlier | None = None


def _get_ready(path: Path, folder: Path, meant: str) -> _Ready:
    """The coder and the model of the run: raises where a worker finds other files."""
    taxonomy, rules = read_taxonomy(path), read_rules()
    if _meaning(taxonomy, rules, folder) != meant:
        raise Halt(
            "the taxonomy, the reading rules or the model are others here than where the run began",
            where=f"{path} on {platform.node()}",
            cure="Give every worker the same files, and edit none while it runs",
        )
    coder = Coder(taxonomy, rules)
    model = read_model(folder, meaning(taxonomy, rules))
    if model is not None:
        # What works with a model takes as long to load as all the rest of this stage.
        from pipeline.classify.learned import Learned

        return _Ready(coder, learned=Learned(model, coder.concepts))
    before = edited.taxonomy_before(folder)
    if before is None:
        return _Ready(coder)
    search = Search(edited.edited_cues(before, taxonomy))
    return _Ready(coder, earlier=_Earlier(_meaning(before, rules, folder), search))


def _meaning(taxonomy: Taxonomy, rules: Rules, folder: Path) -> str:
    """What the codes of a shard depend on, beside the shard itself."""
    columns = " ".join(name for table in OUTPUTS for name in table.schema.names)
    sought = edited.sought_hash(taxonomy)
    return f"{__version__} {sought} {rules.hash} {model_hash(folder)} {columns}"


def _key_of(meant: str, content: str) -> str:
    return hashlib.sha256(f"{meant} {content}".encode()).hexdigest()


def code_shard(
    coder: Coder, shard: Path, folder: Path, key: str = "", learned: "Learned | None" = None
) -> dict[str, int]:
    """Code one shard of records; `key` is kept in each file, to know the same work again."""
    return _write(_coded(coder, read_texts(shard), learned), folder, shard.name, key)


def recode_shard(
    coder: Coder, search: Search, shard: Path, folder: Path, key: str
) -> dict[str, int]:
    """Code again, of a shard that was coded, the texts in which the search finds something."""
    texts = read_texts(shard)
    records = texts["record_id"]
    found = search.places([*texts["title"], *texts["abstract"]])
    again = sorted({place % len(records) for place in found})
    new = _coded(
        coder, {name: [column[place] for place in again] for name, column in texts.items()}
    )
    whole = {
        table: edited.merged(
            read_shard(table, path_of(table, folder) / shard.name), content, records, again
        )
        for table, content in new.items()
    }
    return _write(whole, folder, shard.name, key)


def _coded(
    coder: Coder, texts: dict[str, list[Any]], learned: "Learned | None" = None
) -> dict[Table, pa.Table]:
    """What is said of some texts, table by table."""
    ids, fields = texts["record_id"], (texts["title"], texts["abstract"])
    decided: list[dict[str, float]] = [{} for _ in ids]
    readings = coder.read_all(*fields)
    if learned:
        readings, decided = learned.adjust(ids, *fields, readings)
    columns = {
        MENTIONS: _mentions(ids, readings),
        CODES: _codes(ids, readings, decided),
        ORIENTATION: _orientation(texts, readings),
    }
    return {table: from_columns(table, content) for table, content in columns.items()}


def _write(content: dict[Table, pa.Table], folder: Path, name: str, key: str) -> dict[str, int]:
    """Write what is said of a shard, with its key and its counts in each file."""
    counts = _counted(content)
    for table in OUTPUTS:
        path = path_of(table, folder) / name
        write_parquet(content[table], path, {"key": key, "counts": json.dumps(counts)})
    return counts


def read_texts(shard: Path) -> dict[str, list[Any]]:
    """The columns of a shard of records that a coder needs, by name."""
    records = read_shard(RECORDS, shard, _NEEDED)
    columns = {name: records.column(name).to_pylist() for name in _NEEDED}
    # The title of a passage is that of its document: it is no part of the passage.
    columns["title"] = [
        "" if document else title
        for document, title in zip(columns["document"], columns["title"], strict=True)
    ]
    return columns


def _mentions(ids: list[str], readings: list[Reading]) -> dict[str, list[Any]]:
    mentions = [mention for reading in readings for mention in reading.mentions]
    columns: dict[str, list[Any]] = {name: [] for name in Mention._fields}
    if mentions:
        columns = dict(zip(Mention._fields, map(list, zip(*mentions, strict=True)), strict=True))
    columns["record_id"] = [
        record for record, reading in zip(ids, readings, strict=True) for _ in reading.mentions
    ]
    return columns


def _codes(
    ids: list[str], readings: list[Reading], decided: list[dict[str, float]]
) -> dict[str, list[Any]]:
    """`decided` has the probability of each concept that a model decided."""
    codes = [
        (record, concept, by_model.get(concept))
        for record, reading, by_model in zip(ids, readings, decided, strict=True)
        for concept in reading.concepts
    ]
    return {
        "record_id": [record for record, _, _ in codes],
        "concept": [concept for _, concept, _ in codes],
        "decided_by": ["cue" if p is None else "model" for _, _, p in codes],
        "probability": [1.0 if p is None else p for _, _, p in codes],
    }


def _orientation(columns: dict[str, list[Any]], readings: list[Reading]) -> dict[str, list[Any]]:
    return {name: columns[name] for name in ("record_id", "corpus", "year", "document")} | {
        name: [getattr(reading, name) for reading in readings]
        for name in ("orientation", "relationship", "roles", "about_implementation")
    }


def _drop_stale(folder: Path, names: set[str]) -> None:
    for table in OUTPUTS:
        for path in path_of(table, folder).glob("*.parquet"):
            if path.name not in names:
                path.unlink()


def _counts(folder: Path, name: str, key: str) -> dict[str, int] | None:
    """The counts of a shard whose files all have this key; None where one has not."""
    told = [_kept_with(path_of(table, folder) / name) for table in OUTPUTS]
    if any(kept.get(b"key") != key.encode() or b"counts" not in kept for kept in told):
        return None
    counts: dict[str, int] = json.loads(told[0][b"counts"])
    return counts


def _kept_with(path: Path) -> dict[bytes, bytes]:
    """What is kept in a Parquet file beside its rows; nothing where it cannot be read."""
    try:
        return (path.exists() and pq.read_schema(path).metadata) or {}
    except (OSError, ValueError):
        return {}


def _counted(content: dict[Table, pa.Table]) -> dict[str, int]:
    """Counts of one shard for the manifest."""
    told = content[MENTIONS]["reading"].value_counts().to_pylist()
    readings = Counter({row["values"]: row["counts"] for row in told})
    return {
        "records": len(content[ORIENTATION]),
        "mentions": readings.total(),
        "mentions kept": readings[KEPT],
        "records coded": pc.count_distinct(content[CODES]["record_id"]).as_py(),
        **{f"mentions {name}": n for name, n in sorted(readings.items()) if name != KEPT},
    }
