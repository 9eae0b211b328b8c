"""What stands on the first screen: the strategies, how sure, and what practice says instead."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pipeline.report.findings import Findings, read_findings
from pipeline.report.glance import MOST, most_silent, practice_says
from pipeline.study import Study


@pytest.fixture
def findings(reported: Study) -> Findings:
    return read_findings(reported)


def test_the_strategies_told_are_those_whose_interval_begins_highest(findings: Findings) -> None:
    rows = [
        row
        for node in findings.concepts("strategy", "research")
        if (row := findings.gap("strategy", "research", node["concept"])) and row["n"] >= 5
    ]
    rows.sort(key=lambda row: -row["low"])
    told = [line["name"] for line in most_silent(findings)]
    assert told == [findings.label(row["concept"]) for row in rows[:MOST]]


def test_each_strategy_is_told_in_research_and_in_practice(findings: Findings) -> None:
    for line in most_silent(findings):
        assert len(line["shares"]) == 2
        assert line["shares"][0]["interval"]


def test_a_strategy_that_few_passages_name_has_no_share_in_practice(findings: Findings) -> None:
    first = most_silent(findings)[0]["name"]
    rare = {
        key: row | {"n": 4} if key[4] == "practice" and key[0] == "strategy" else row
        for key, row in findings.gaps.items()
    }
    told = most_silent(replace(findings, gaps=rare))
    assert told[0]["name"] == first
    assert all(line["shares"][1] is None for line in told)


def test_practice_is_said_to_name_more_only_where_the_interval_says_so(
    findings: Findings,
) -> None:
    def compared(low: float, high: float) -> str:
        row = {
            "concept": "coalition",
            "facet": "strategy",
            "research_share": 0.1,
            "practice_share": 0.3,
            "difference_low": low,
            "difference_high": high,
        }
        return practice_says(replace(findings, comparison=[row]))

    assert "Build a coalition (30% against 10%)" in compared(0.1, 0.3)
    assert compared(-0.01, 0.4) == compared(-0.4, -0.1) == ""


def test_the_page_shows_both(reported: Study, findings: Findings) -> None:
    page = Path(reported.folder, "report.html").read_text(encoding="utf-8")
    assert all(line["name"] in page for line in most_silent(findings))


def test_a_study_that_found_nothing_has_no_glance(make_study: Callable[..., Study]) -> None:
    assert most_silent(read_findings(make_study(count=0))) == []
