"""Shares of gaps take their correction from a coded sample of these very codes."""

import json

import pytest
from pipeline.gaps.corrected import correct
from pipeline.tables import ESTIMATES, from_rows, write_table


@pytest.fixture
def folder(tmp_path):
    estimate = {
        "measure": "unmentioned",
        "question": "all",
        "concept": "",
        "by": "",
        "by_value": "",
        "corpus": "research",
        "corrected": 0.9,
        "low": 0.8,
        "high": 0.95,
        "n_coded": 100,
        "n_named": 60.0,
        "population": 1000,
        "method": "made",
    }
    write_table(ESTIMATES, from_rows(ESTIMATES, [estimate]), tmp_path)
    return tmp_path


def coded(folder, classify, validate):
    """Codes with this hash, and an estimate that rests on codes with that hash."""
    told = {"classify": {"tables": {"codes": classify}}, "validate": {"codes": {"codes": validate}}}
    (folder / "manifest.json").write_text(json.dumps(told), encoding="utf-8")


def row(**other):
    return {
        "question": "all",
        "concept": "",
        "by": "",
        "by_value": "",
        "corpus": "research",
    } | other


def test_a_share_with_an_estimate_is_corrected(folder):
    coded(folder, "a", "a")
    rows = [row(), row(corpus="practice")]
    correct(rows, folder)
    assert (rows[0]["corrected"], rows[0]["corrected_low"], rows[0]["corrected_high"]) == (
        0.9,
        0.8,
        0.95,
    )
    assert "corrected" not in rows[1]


def test_an_estimate_of_other_codes_is_left_out(folder):
    coded(folder, "b", "a")
    rows = [row()]
    correct(rows, folder)
    assert "corrected" not in rows[0]


def test_without_a_coded_sample_nothing_is_corrected(tmp_path):
    rows = [row()]
    correct(rows, tmp_path)
    assert rows == [row()]
