"""The manifest knows which stages are finished, and nothing stale is read."""

import pytest
from pipeline import manifest
from pipeline.errors import RapportError


def test_a_stage_that_has_not_finished_cannot_be_read(tmp_path):
    manifest.begin(tmp_path, "harvest")
    with pytest.raises(RapportError, match="the harvest stage has not finished"):
        manifest.require(tmp_path, "harvest")


def test_a_stage_that_begins_again_strikes_out_all_after_it(tmp_path):
    for stage in manifest.STAGES:
        manifest.finish(tmp_path, stage)
    manifest.begin(tmp_path, "classify")
    assert [s for s in manifest.STAGES if s in manifest.read(tmp_path)] == ["harvest"]


def test_facts_of_a_stage_come_back(tmp_path):
    manifest.finish(tmp_path, "harvest", counts={"received": 3})
    assert manifest.require(tmp_path, "harvest")["counts"] == {"received": 3}


def test_a_damaged_manifest_is_told(tmp_path):
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(RapportError, match="is damaged"):
        manifest.read(tmp_path)
