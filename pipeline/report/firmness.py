"""How firm the findings are: what they hang on, and whether silences lasted."""

from collections.abc import Iterator

from pipeline.report.findings import SILENT, Findings, Row
from pipeline.report.words import percent

OTHER = "not silent"


def firmness(findings: Findings) -> list[str]:
    """A few sentences on what the silences would not stand without, and on the back-test."""
    return [
        sentence
        for corpus in findings.corpora()
        for sentence in (*_stand(findings, corpus), *_ratings(findings, corpus))
    ] + [sentence for corpus in findings.corpora() for sentence in _lasted(findings, corpus)]


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
        yield (
            f"Of {len(silent):,} silent pairs in {corpus}, {firm:,} stand whichever single year, "
            "source or cue is left out."
        )


def _ratings(findings: Findings, corpus: str) -> Iterator[str]:
    rows = [row for row in findings.further["sensitivity"] if row["corpus"] == corpus]
    told = next((row for row in rows if row["change"] == "nothing"), None)
    for row in rows:
        if told is not None and row["change"] == "rating":
            yield (
                f"Under the rating {row['value']}, {row['headline_silences']:,} silent pairs in "
                f"{corpus} join a relational and a transactional concept, against "
                f"{told['headline_silences']:,} under the rating used here."
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
