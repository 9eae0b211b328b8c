"""How firm the findings are: what they hang on, and whether silences lasted."""

from collections.abc import Iterator

from pipeline.report.findings import SILENT, Findings, Row
from pipeline.report.words import listed, percent

OTHER = "not silent"


def firmness(findings: Findings, rating: str) -> list[str]:
    """A few sentences on what the silences would not stand without, and whether they lasted.

    `rating` is the one that the findings use.
    """
    corpora = findings.corpora()
    return [
        *(sentence for corpus in corpora for sentence in _stand(findings, corpus)),
        *_ratings(findings, rating),
        *(sentence for corpus in corpora for sentence in _lasted(findings, corpus)),
    ]


def foretold(findings: Findings) -> list[str]:
    """A sentence for each corpus on how well the graph foretold which pairs got written."""
    best: dict[str, Row] = {}
    for row in findings.further["forecasts"]:
        if row["predictor"] == "resource allocation" and row["auc"] is not None:
            latest = best.get(row["corpus"])
            if latest is None or row["year"] > latest["year"]:
                best[row["corpus"]] = row
    return [
        f"Of {row['pairs']:,} pairs that no {corpus} text had named by {row['year']}, "
        f"{row['written']:,} were named in the {row['horizon']} years after. Resource allocation "
        f"ranked a pair that got written above one that did not in {percent(row['auc'])} of cases "
        f"(95% CI {percent(row['auc_low'])} to {percent(row['auc_high'])}; 50% is chance)."
        for corpus, row in best.items()
    ]


def _stand(findings: Findings, corpus: str) -> Iterator[str]:
    silent = [
        row
        for row in findings.silences.values()
        if row["corpus"] == corpus and row["verdict"] in SILENT
    ]
    if silent:
        firm = sum(not row["vanishes_without"] for row in silent)
        pairs = "the one silent pair" if len(silent) == 1 else f"{len(silent):,} silent pairs"
        yield (
            f"Of {pairs} in {corpus}, {firm:,} would stand whichever single year, source or cue "
            "were left out."
        )


def _ratings(findings: Findings, rating: str) -> Iterator[str]:
    """How many silent pairs cross the orientations under each other rating."""
    rows = [row for row in findings.further["sensitivity"] if row["headline_silences"] is not None]
    here = {row["corpus"]: row for row in rows if row["change"] == "nothing"}
    others = sorted({row["value"] for row in rows if row["change"] == "rating"} - {rating})
    for other in others:
        told = [
            f"{row['headline_silences']:,} in {row['corpus']} "
            f"(here {here[row['corpus']]['headline_silences']:,})"
            for row in rows
            if row["value"] == other and row["corpus"] in here
        ]
        yield (
            f"Under the rating {other.replace('_', ' ')}, silent pairs that join a relational "
            f"and a transactional concept number {listed(told)}."
        )


def _lasted(findings: Findings, corpus: str) -> Iterator[str]:
    rows = [row for row in findings.further["backtest"] if row["corpus"] == corpus]
    latest = max((row["year"] for row in rows), default=None)
    groups = {row["group"]: row for row in rows if row["year"] == latest and row["pairs"]}
    if {"silent", OTHER} <= groups.keys():
        silent, other = groups["silent"], groups[OTHER]
        yield (
            f"Of the pairs that were silent in {corpus} up to {latest}, {silent['filled']:,} of "
            f"{silent['pairs']:,} ({percent(silent['share'])}) met as often as chance would have "
            f"it in the {silent['horizon']} years after, against {percent(other['share'])} of "
            f"{other['pairs']:,} that could have been told silent and were not."
        )
