"""What the report shows, read from the tables once and kept as plain rows."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline import manifest
from pipeline.study import Study
from pipeline.tables import (
    ACCURACY,
    ANSWERS,
    BACKTEST,
    COMPARISON,
    CONTRASTS,
    CORPORA,
    ESTIMATES,
    FORECASTS,
    GAPS,
    MISFITS,
    MISSING,
    NODES,
    ORIENTATION,
    RECORDS,
    REJECTED,
    ROLES,
    SENSITIVITY,
    SILENCES,
    TRENDS,
    read_batches,
    read_shard,
    read_table,
    shard_paths,
)

Row = dict[str, Any]

FURTHER = (ROLES, ANSWERS, MISFITS, TRENDS, CONTRASTS, MISSING, FORECASTS, BACKTEST, SENSITIVITY)

RELATED = ("implementer", "both")
"""Values of `orientation.relationship` that name those who support and those who implement."""

SILENT = ("never mentioned", "under-mentioned")
"""Verdicts of a pair that meets less often than its margins imply."""


@dataclass(frozen=True)
class Flow:
    """How many entries came, what became of them, and how many texts were coded.

    `received` is `kept + merged + rejected`, for each source and in all. The first three count
    entries by source, `reasons` rejected ones by reason, `texts` kept ones by corpus, `related`
    kept ones that mention a relationship between those who support and those who implement, by
    corpus. `documents` counts the practice texts that passages were cut from.
    """

    kept: Counter[str]
    merged: Counter[str]
    rejected: Counter[str]
    reasons: Counter[str]
    texts: Counter[str]
    related: Counter[str]
    documents: int

    @property
    def sources(self) -> list[str]:
        """Names of all sources that gave an entry, in alphabetical order."""
        return sorted({*self.kept, *self.merged, *self.rejected})

    def received(self, source: str | None = None) -> int:
        """Entries received from one source, or from all."""
        counters = (self.kept, self.merged, self.rejected)
        return sum(c[source] if source is not None else c.total() for c in counters)


@dataclass(frozen=True)
class Findings:
    """The tables that figures, summary and page are made from, as rows.

    `nodes` is keyed by concept and corpus, `gaps` by question, concept, by, by_value and corpus,
    `silences` by both concepts (in alphabetical order) and corpus, `accuracy` by code: over both
    corpora, weighted to stand for them, empty where no coded sample speaks of this coding;
    `further` holds the rows of the stage's other tables by their names,
    `false_discovery_rate` is that of the silences, and `spread` tells, for each corpus of passages,
    how much documents differ and how many degrees of freedom that is worth in an interval.
    """

    nodes: dict[tuple[str, str], Row]
    gaps: dict[tuple[str, str, str, str, str], Row]
    silences: dict[tuple[str, str, str], Row]
    comparison: list[Row]
    flow: Flow
    accuracy: dict[str, Row]
    further: dict[str, list[Row]]
    false_discovery_rate: float
    spread: dict[str, tuple[float, float]]

    def concepts(self, facet: str, corpus: str) -> list[Row]:
        """The concepts of a facet, in the order of their clusters and labels."""
        rows = [r for (_, c), r in self.nodes.items() if c == corpus and r["facet"] == facet]
        return sorted(rows, key=lambda r: (r["cluster"], r["label"].casefold(), r["concept"]))

    def label(self, concept: str) -> str:
        """The name of a concept as a person reads it; its id where the graph does not know it."""
        for corpus in CORPORA:
            if (concept, corpus) in self.nodes:
                return str(self.nodes[concept, corpus]["label"])
        return concept

    def gap(
        self, question: str, corpus: str, concept: str = "", by: str = "", value: str = ""
    ) -> Row | None:
        """One row of the gaps table, or None where it was not asked."""
        return self.gaps.get((question, concept, by, value, corpus))

    def silence(self, concept: str, other: str, corpus: str) -> Row | None:
        """The test of a pair in a corpus, or None where the pair was not tested."""
        first, second = sorted((concept, other))
        return self.silences.get((first, second, corpus))

    def corpora(self) -> list[str]:
        """The corpora in which a text names a strategy."""
        return [c for c in CORPORA if (row := self.gap("all", c)) is not None and row["n"]]


def read_findings(study: Study) -> Findings:
    """Read every table that the report shows, except the texts themselves."""
    folder = study.folder
    gaps = {tuple(r[k] for k in GAPS.key): r for r in read_table(GAPS, folder).to_pylist()}
    told = manifest.require(folder, "gaps")
    settings = told.get("settings", {})
    accuracy: dict[str, Row] = {}
    if manifest.is_validated(folder):
        accuracy = _accuracy(study)
        _correct(gaps, read_table(ESTIMATES, folder).to_pylist())
    return Findings(
        nodes={(r["concept"], r["corpus"]): r for r in read_table(NODES, folder).to_pylist()},
        gaps=gaps,
        silences={
            (r["concept_a"], r["concept_b"], r["corpus"]): r
            for r in read_table(SILENCES, folder).to_pylist()
        },
        comparison=read_table(COMPARISON, folder).to_pylist(),
        flow=read_flow(study),
        accuracy=accuracy,
        further={table.name: read_table(table, folder).to_pylist() for table in FURTHER},
        false_discovery_rate=settings.get("false_discovery_rate", 0.05),
        spread={
            corpus: (facts["passages"]["spread between documents"], facts["passages"]["worth"])
            for corpus, facts in told.get("corpora", {}).items()
            if "passages" in facts
        },
    )


def _accuracy(study: Study) -> dict[str, Row]:
    return {
        row["code"]: row
        for row in read_table(ACCURACY, study.folder).to_pylist()
        if row["corpus"] == "all" and row["weights"] == "corpus"
    }


def _correct(gaps: dict[tuple[Any, ...], Row], estimates: list[Row]) -> None:
    """Put corrected shares beside the uncorrected ones that they are about."""
    for row in estimates:
        asked = gaps.get(tuple(row[k] for k in GAPS.key))
        if asked is not None and row["measure"] == "unmentioned":
            asked |= {
                "corrected": row["corrected"],
                "corrected_low": row["low"],
                "corrected_high": row["high"],
            }


def _counted(column: pa.ChunkedArray) -> Counter[str]:
    """How often each value stands in a column, in the order of its first."""
    return Counter({row["values"]: row["counts"] for row in column.value_counts().to_pylist()})


def read_flow(study: Study) -> Flow:
    """Count the flow of entries from the tables themselves, a shard at a time."""
    kept: Counter[str] = Counter()
    texts: Counter[str] = Counter()
    related: Counter[str] = Counter()
    documents: set[str] = set()
    for path in shard_paths(RECORDS, study.folder):
        shard = read_shard(RECORDS, path, ["source", "corpus", "document"])
        kept.update(_counted(shard["source"]))
        texts.update(_counted(shard["corpus"]))
        documents.update(shard["document"].drop_null().unique().to_pylist())
    for path in shard_paths(ORIENTATION, study.folder):
        shard = read_shard(ORIENTATION, path, ["corpus", "relationship"])
        whose = pc.is_in(shard["relationship"], pa.array(RELATED))
        related.update(_counted(shard["corpus"].filter(whose)))
    turned_away: Counter[tuple[str, str]] = Counter()
    reasons: Counter[str] = Counter()
    for rows in read_batches(REJECTED, study.folder, ["source", "outcome", "reason"]):
        turned_away.update(zip(rows["outcome"], rows["source"], strict=True))
        told = zip(rows["outcome"], rows["reason"], strict=True)
        reasons.update(reason for outcome, reason in told if outcome == "rejected")
    return Flow(
        kept=kept,
        merged=_of_outcome("merged", turned_away),
        rejected=_of_outcome("rejected", turned_away),
        reasons=reasons,
        texts=texts,
        related=related,
        documents=len(documents),
    )


def _of_outcome(wanted: str, counts: Counter[tuple[str, str]]) -> Counter[str]:
    return Counter({source: n for (outcome, source), n in counts.items() if outcome == wanted})
