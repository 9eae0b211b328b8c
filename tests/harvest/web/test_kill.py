"""A harvest that is killed at any moment goes on where it was, and comes out identical."""

import os
from pathlib import Path

import pytest
from invented import with_troubles
from killing import kill_and_go_on, start

MOMENTS = int(os.environ.get("RAPPORT_KILLS", "10"))
"""How often the harvest is killed; set RAPPORT_KILLS=50 for the long run."""

STUDY = """
[study]
query = '"implementation strategies" AND "child welfare"'
languages = ["en"]
"""


@pytest.fixture
def study_file(replica, tmp_path):
    works = with_troubles(replica.works["pubmed"])
    replica.works.update(dict.fromkeys(replica.works, works))
    kinds = ("europepmc", "pubmed", "openalex", "doaj", "crossref")
    more = {"crossref": 'issn = ["1234-5678"]'}
    blocks = (
        f'[[source]]\nname = "{kind}"\nkind = "{kind}"\nbase_url = "{replica.base_url(kind)}"\n'
        + more.get(kind, "")
        for kind in kinds
    )
    path = tmp_path / "killed.toml"
    path.write_text(STUDY + "\n\n".join(blocks), encoding="utf-8")
    return path


def tables(folder):
    outputs = folder / "outputs" / "killed"
    return {
        path.relative_to(outputs).as_posix(): path.read_bytes()
        for path in outputs.rglob("*")
        if path.suffix in (".parquet", ".csv")
    }


def test_a_harvest_killed_at_random_moments_comes_out_identical(study_file, tmp_path):
    def start_in(folder):
        script = Path(__file__).with_name("harvest_once.py")
        return start(script, folder, study_file, folder / "cache")

    folder = kill_and_go_on(start_in, tmp_path, MOMENTS, tables)
    left = [path.name for path in folder.rglob(".*") if path.is_file()]
    assert left == []
