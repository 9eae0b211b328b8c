"""The answer at a glance: which strategies go without relationships, and what practice says."""

from typing import Any

from pipeline.report.findings import Findings, Row
from pipeline.report.words import interval, listed, percent

MOST, FEWEST = 5, 5
"""Strategies listed, and texts of a corpus that make a share worth telling."""
MOST_SAID = 3
"""Concepts of each kind that practice is said to name more often."""
KINDS = {"strategy": "strategies", "relationship": "relationships"}


def most_silent(findings: Findings) -> list[dict[str, Any]]:
    """The strategies most surely without a relationship in research, with practice beside.

    Most surely are those whose interval begins highest, so that none comes first for being rare.
    """
    corpora = findings.corpora()
    if not corpora:
        return []
    first = corpora[0]
    shares = {
        node["concept"]: _told(findings.gap("strategy", first, node["concept"]))
        for node in findings.concepts("strategy", first)
    }
    known = {concept: told for concept, told in shares.items() if told is not None}
    ordered = sorted(known, key=lambda concept: (-known[concept]["from"], concept))[:MOST]
    return [
        {
            "name": findings.label(concept),
            "shares": [_told(findings.gap("strategy", corpus, concept)) for corpus in corpora],
        }
        for concept in ordered
    ]


def _told(row: Row | None) -> dict[str, Any] | None:
    """A share in words, with the places of its drawing in percent of the width."""
    if row is None or row["n"] < FEWEST or row["low"] is None:
        return None
    return {
        "share": percent(row["unmentioned"]),
        "interval": interval(row["low"], row["high"]).removeprefix("95% CI "),
        "n": f"{row['n']:,}",
        "from": 100 * row["low"],
        "width": 100 * (row["high"] - row["low"]),
        "at": 100 * row["unmentioned"],
    }


def practice_says(findings: Findings) -> str:
    """What practice names more often than research beyond chance; empty where there is nothing.

    Of texts that name a strategy, the strategies and relationships whose share in practice
    exceeds that in research by most, going by the lower end of the interval.
    """
    sentences = []
    for facet, kind in KINDS.items():
        more = [
            row
            for row in findings.comparison
            if row["facet"] == facet and (row["difference_low"] or 0) > 0
        ]
        more.sort(key=lambda row: (-row["difference_low"], row["concept"]))
        told = [
            f"{findings.label(row['concept'])} ({percent(row['practice_share'])} against "
            f"{percent(row['research_share'])})"
            for row in more[:MOST_SAID]
        ]
        if told:
            sentences.append(f"among {kind}, {listed(told)}")
    if not sentences:
        return ""
    return f"More often than research, and beyond chance, practice names {'; '.join(sentences)}."
