"""A study of whole databases, written and harvested in a folder of its own."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from pipeline.harvest.stage import run
from pipeline.study import read_study

sys.path.insert(0, str(Path(__file__).parent))

from made_files import Harvested


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Write a study with these sources; gives what reads it."""
    monkeypatch.chdir(tmp_path)

    def study_of(*sources: dict[str, Any], head: str = ""):
        lines = ["[study]", head]
        for source in sources:
            lines += ["[[source]]", *(f"{key} = {_toml(value)}" for key, value in source.items())]
        path = tmp_path / "s.toml"
        path.write_text("\n".join(lines), encoding="utf-8")
        return read_study(path)

    return study_of


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    return json.dumps(value)


@pytest.fixture
def harvest(study):
    """Harvest a study with these sources, in this process, and read what came of it."""

    def harvest_it(*sources: dict[str, Any], head: str = "", workers: int = 1) -> Harvested:
        told = study(*sources, head=head)
        run(told, hands=(workers, None))
        return Harvested(told.folder)

    return harvest_it


@pytest.fixture
def real_api():
    """Recorded answers of real databases, beside the repository where they are there."""
    folder = Path(__file__).parents[4] / "shared" / "real" / "api"
    if not folder.is_dir():
        pytest.skip("../shared/real/api is not there")
    return folder
