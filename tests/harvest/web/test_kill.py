"""A harvest that is killed at any moment goes on where it was, and comes out identical."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from invented import with_troubles

MOMENTS = int(os.environ.get("RAPPORT_KILLS", "10"))
"""How often the harvest is killed; set RAPPORT_KILLS=50 for the long run."""

ROOT = Path(__file__).parents[3]
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


def start(study_file, folder):
    """A harvest in a process of its own, working in `folder`, that has just begun."""
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("harvest_once.py"), study_file, folder / "cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n", process.stderr.read()
    return process


def tables(folder):
    outputs = folder / "outputs" / "killed"
    return {
        path.relative_to(outputs).as_posix(): path.read_bytes()
        for path in outputs.rglob("*")
        if path.suffix in (".parquet", ".csv")
    }


def test_a_harvest_killed_at_random_moments_comes_out_identical(study_file, tmp_path):
    with start(study_file, tmp_path / "whole") as process:
        begun = time.monotonic()
        out, err = process.communicate()
        lasted = time.monotonic() - begun
    assert out == "done\n", err
    whole = tables(tmp_path / "whole")
    dice, killed, chain = random.Random(5), 0, 0
    while killed < MOMENTS:
        folder = tmp_path / f"chain-{chain}"
        with start(study_file, folder) as process:
            try:
                out, err = process.communicate(timeout=dice.uniform(0, lasted))
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                killed += 1
                continue
        assert out == "done\n", err
        assert tables(folder) == whole
        chain += 1
    with start(study_file, folder) as process:
        out, err = process.communicate()
    assert out == "done\n", err
    assert tables(folder) == whole
    left = [path.name for path in folder.rglob(".*") if path.is_file()]
    assert left == []
