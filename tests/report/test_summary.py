"""What the terminal says: the flow, the shares, the silences, the files, in short lines."""

from collections.abc import Callable
from dataclasses import replace

from pipeline.report import stage
from pipeline.report.findings import read_findings
from pipeline.report.summary import largest_silences, summary
from pipeline.study import Study


def test_the_flow_of_counts_adds_up(study: Study) -> None:
    assert "162 received = 160 kept + 1 merged + 1 rejected" in summary(study)


def test_both_corpora_have_their_share_with_its_interval(study: Study) -> None:
    text = " ".join(summary(study).split())
    for corpus, unit in (("research", "research texts"), ("practice", "practice passages")):
        row = read_findings(study).gap("all", corpus)
        assert row is not None
        assert f"In {row['n'] - row['with_relationship']} of {row['n']} {unit}" in text
        assert f"{row['low']:.0%} to {row['high']:.0%}" in text


def test_shares_without_a_coded_sample_are_said_to_be_uncorrected(study: Study) -> None:
    assert "Not corrected for coding error" in summary(study)


def test_the_five_largest_silences_lead_with_relational_transactional_pairs(study: Study) -> None:
    found = largest_silences(read_findings(study))
    assert len(found) == 5
    kinds = [row["kind"] == "relational-transactional" for row in found]
    assert kinds == sorted(kinds, reverse=True)
    lacking = [
        row["expected"] - row["n_ab"] for row, first in zip(found, kinds, strict=True) if first
    ]
    assert lacking == sorted(lacking, reverse=True)


def test_pairs_without_a_strategy_or_a_relationship_are_no_silence_to_tell(study: Study) -> None:
    findings = read_findings(study)
    settings = {
        pair: row | {"kind": "setting-setting" if place % 2 else row["kind"]}
        for place, (pair, row) in enumerate(findings.silences.items())
    }
    told = largest_silences(replace(findings, silences=settings), most=1_000)
    assert told
    assert len(told) < len(largest_silences(findings, most=1_000))
    assert all(row["kind"] != "setting-setting" for row in told)


def test_only_files_that_are_there_are_named(study: Study) -> None:
    assert "methods.md" not in summary(study)
    stage.run(study)
    assert "methods.md" in summary(study)


def test_the_notice_stands_at_the_top(study: Study) -> None:
    assert summary(study).splitlines()[1] == "NOTE: The corpus is invented."


def test_no_line_is_wider_than_a_terminal(study: Study) -> None:
    assert max(map(len, summary(study).splitlines())) <= 88


def test_a_study_in_which_no_text_names_a_strategy_says_so(
    make_study: Callable[..., Study],
) -> None:
    assert "No text names a strategy" in summary(make_study(0))
