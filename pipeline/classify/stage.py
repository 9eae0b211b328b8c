"""The classify stage: records to mentions, codes and orientation, shard by shard."""

import gc
import hashlib
import logging
import platform
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import manifest
from pipeline.classify import recoded
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
    coder: Coder | None = None
    learned: Learned | None = None

    def work(shard: Path) -> tuple[dict[str, int], Moves]:
        nonlocal coder, learned
        moves: Moves = Counter()
        key = hashlib.sha256(f"{meant} {sha256(shard)}".encode()).hexdigest()
        if not _is_done(folder, shard.name, key):
            if coder is None:
                coder, learned = _ready(taxonomy, folder, meant)
            before = recoded.coded(folder, shard.name)
            code_shard(coder, shard, folder, key, learned)
            if before[0]:  # else nothing was coded that could have moved
                moves = recoded.moves(before, recoded.coded(folder, shard.name))
        return _counts(folder, shard.name), moves

    return work


def _ready(path: Path, folder: Path, meant: str) -> tuple[Coder, "Learned | None"]:
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
    if model is None:
        return coder, None
    # What works with a model takes as long to load as all the rest of this stage.
    from pipeline.classify.learned import Learned

    return coder, Learned(model, coder.concepts)


def _meaning(taxonomy: Taxonomy, rules: Rules, folder: Path) -> str:
    """What the codes of a shard depend on, beside the shard itself."""
    columns = " ".join(name for table in OUTPUTS for name in table.schema.names)
    return f"{meaning(taxonomy, rules)} {model_hash(folder)} {columns}"


def code_shard(
    coder: Coder, shard: Path, folder: Path, key: str = "", learned: "Learned | None" = None
) -> None:
    """Code one shard of records; `key` is kept in each file, to know the same work again."""
    columns = read_texts(shard)
    ids, texts = columns["record_id"], (columns["title"], columns["abstract"])
    decided: list[dict[str, float]] = [{} for _ in ids]
    with _no_garbage_collection():
        readings = coder.read_all(*texts)
        if learned:
            readings, decided = learned.adjust(ids, *texts, readings)
    for table, content in (
        (MENTIONS, _mentions(ids, readings)),
        (CODES, _codes(ids, readings, decided)),
        (ORIENTATION, _orientation(columns, readings)),
    ):
        path = path_of(table, folder) / shard.name
        write_parquet(from_columns(table, content), path, {"key": key})


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


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Readings hold no cycles, and to look for them among so many takes a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


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


def _is_done(folder: Path, name: str, key: str) -> bool:
    return all(_key(path_of(table, folder) / name) == key for table in OUTPUTS)


def _key(path: Path) -> str:
    if not path.exists():
        return ""
    try:
        key: bytes = (pq.read_schema(path).metadata or {}).get(b"key", b"")
        return key.decode()
    except (OSError, ValueError):
        return ""


def _counts(folder: Path, name: str) -> dict[str, int]:
    """Counts of one shard for the manifest, read back from what was written."""

    def column(table: Table, which: str) -> Any:
        return read_shard(table, path_of(table, folder) / name, [which]).column(0)

    told = column(MENTIONS, "reading").value_counts().to_pylist()
    readings = Counter({row["values"]: row["counts"] for row in told})
    return {
        "records": len(column(ORIENTATION, "record_id")),
        "mentions": readings.total(),
        "mentions kept": readings[KEPT],
        "records coded": pc.count_distinct(column(CODES, "record_id")).as_py(),
        **{f"mentions {name}": n for name, n in readings.items() if name != KEPT},
    }
