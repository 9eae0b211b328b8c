"""manifest.json: what was run, on what, when, and what came of it.

One section for each stage. A stage begins by striking out its own section and those of the
stages after it, and ends by writing its section, so that a table without a section was not
finished, and nothing is read that a later edit made stale.
"""

import json
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pipeline
from pipeline.errors import RapportError
from pipeline.tables import TABLES, path_of, sha256, written_whole

STAGES = ("harvest", "classify", "graph", "gaps", "report")


def read(folder: Path) -> dict[str, Any]:
    """The manifest of an output folder; empty where there is none yet."""
    path = folder / "manifest.json"
    if not path.exists():
        return {}
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RapportError(
            "is damaged", where=path, cure="Delete it and run `rapport run`"
        ) from error
    return content


def begin(folder: Path, stage: str) -> None:
    """Strike out a stage and all after it, because their tables are about to change."""
    content = read(folder)
    for name in STAGES[STAGES.index(stage) :]:
        content.pop(name, None)
    _write(folder, content)


def finish(folder: Path, stage: str, **facts: Any) -> None:
    """Record that a stage is complete, with its facts and the hash of each of its tables."""
    content = read(folder)
    content["rapport"] = pipeline.__version__
    content["python"] = platform.python_version()
    tables = {
        table.name: sha256(path_of(table, folder))
        for table in TABLES.values()
        if table.stage == stage and path_of(table, folder).exists()
    }
    finished = datetime.now(UTC).isoformat(timespec="seconds")
    content[stage] = {"finished": finished, **facts, "tables": tables}
    _write(folder, {k: content[k] for k in sorted(content, key=_order)})


def require(folder: Path, stage: str) -> dict[str, Any]:
    """The section of a stage that must have run; raises where it has not, or was cut short."""
    section: dict[str, Any] | None = read(folder).get(stage)
    if section is None:
        raise RapportError(
            f"the {stage} stage has not finished", where=folder, cure=f"Run `rapport {stage}` first"
        )
    return section


def is_validated(folder: Path) -> bool:
    """Whether coders' codes were compared with these very codes, not with earlier ones."""
    told = read(folder)
    codes = told.get("classify", {}).get("tables")
    return codes is not None and told.get("validate", {}).get("codes") == codes


def _order(name: str) -> tuple[int, str]:
    return (STAGES.index(name) if name in STAGES else -1, name)


def _write(folder: Path, content: dict[str, Any]) -> None:
    with written_whole(folder / "manifest.json", "w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=2, ensure_ascii=False)
        stream.write("\n")


def versions(*packages: str) -> dict[str, str]:
    """Versions of the packages that a stage's results depend on."""
    from importlib.metadata import version

    return {"python": sys.version.split()[0], **{name: version(name) for name in packages}}
