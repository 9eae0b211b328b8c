"""Invented exports, read alone or harvested in a study."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pipeline import manifest, tables
from pipeline.harvest.entries import Broken, Entry, Item, Note
from pipeline.harvest.files import read as read_files
from pipeline.harvest.stage import run
from pipeline.study import Source, read_study

sys.path.insert(0, str(Path(__file__).parent))


@dataclass
class Items:
    """What a file gave, told apart."""

    all: list[Item]

    @property
    def entries(self) -> list[Entry]:
        return [item for item in self.all if isinstance(item, Entry)]

    @property
    def broken(self) -> list[Broken]:
        return [item for item in self.all if isinstance(item, Broken)]

    @property
    def notes(self) -> list[str]:
        return [str(item) for item in self.all if isinstance(item, Note)]

    @property
    def titles(self) -> list[str]:
        return [entry.title for entry in self.entries]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Items]:
    """Write a file and read it as a source of kind `file`."""

    def read_it(name: str, content: str | bytes, **options: Any) -> Items:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return Items(list(read_files(Source("s", "file", "research", {"path": path, **options}))))

    return read_it


@dataclass
class Harvested:
    """The tables and the manifest's section that a harvest wrote."""

    folder: Path
    records: list[dict[str, Any]]
    rejected: list[dict[str, Any]]
    section: dict[str, Any]

    @property
    def ids(self) -> list[str]:
        return [record["record_id"] for record in self.records]

    def counts(self, source: str) -> tuple[int, int, int, int]:
        section = self.section["sources"][source]
        return (
            section["received"],
            section["kept"],
            section["merged"],
            section["rejected"],
        )


@pytest.fixture
def harvest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Harvested]:
    """Write files, harvest a study with one source for each of them, and read what came of it."""
    monkeypatch.chdir(tmp_path)

    def harvest_it(files: dict[str, str | bytes], **options: dict[str, Any]) -> Harvested:
        lines = ["[study]", 'title = "Invented"']
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            own = {"kind": "file", "name": name, "path": name, **options.get(path.stem, {})}
            lines += ["[[source]]", *(f"{key} = {_toml(value)}" for key, value in own.items())]
        (tmp_path / "s.toml").write_text("\n".join(lines))
        study = read_study(tmp_path / "s.toml")
        run(study)
        return Harvested(
            study.folder,
            tables.read_table(tables.RECORDS, study.folder).to_pylist(),
            tables.read_table(tables.REJECTED, study.folder).to_pylist(),
            manifest.require(study.folder, "harvest"),
        )

    return harvest_it


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + "}"
    return str(value) if isinstance(value, int) else f"'{value}'"
