"""What the page's script is told beside the texts: the tables, in as few characters as can be."""

import math
from typing import Any

from pipeline.report import charts
from pipeline.report.findings import SILENT, Findings, Row
from pipeline.report.links import strongest_links
from pipeline.report.scheme import ANSWERS
from pipeline.report.texts import IN_A_CHUNK, Texts
from pipeline.report.words import trend_in_words
from pipeline.study import Study
from pipeline.tables import CORPORA
from pipeline.taxonomy.concepts import ROLES
from pipeline.taxonomy.fits import fits_path, read_fits
from pipeline.taxonomy.read import read_taxonomy


def payload(findings: Findings, study: Study, concepts: list[str], texts: Texts) -> dict[str, Any]:
    """Everything but the texts; concepts are told by their numbers."""
    number = {concept: place for place, concept in enumerate(concepts)}
    nodes = [_node(findings, concept) for concept in concepts]
    silences = sorted(findings.silences.items())
    told = ("verdict", "verdict_by_facet")
    verdicts = sorted({row[name] for _, row in silences for name in told if row[name]})
    kinds = sorted({row["kind"] for _, row in silences})
    return {
        "notice": study.notice,
        "corpora": findings.corpora() or [CORPORA[0]],
        "roles": ROLES,
        "in_a_chunk": IN_A_CHUNK,
        "concepts": [
            {"id": c} | {k: row[k] for k in ("label", "facet", "cluster", "orientation")}
            for c, row in zip(concepts, nodes, strict=True)
        ],
        "places": [None if row["x"] is None else [row["x"], row["y"]] for row in nodes],
        "edges": _edges(study, number),
        "false_discovery_rate": findings.false_discovery_rate,
        "spread": [findings.spread.get(corpus) for corpus in CORPORA],
        "intervals": {
            "|".join((*key[:4], str(CORPORA.index(key[4])))): [row["low"], row["high"]]
            for key, row in _with_interval(findings)
            if row["low"] is not None
        },
        "trends": {
            f"{r['question']}|{r['concept']}|{CORPORA.index(r['corpus'])}": trend_in_words(r)
            for r in findings.further["trends"]
        },
        "contrasts": _contrasts(findings),
        "kinds_of_answer": ANSWERS,
        "fits": _fits(study, number),
        "missing": [_missing(row, number, texts) for row in findings.further["missing"]],
        "verdicts": verdicts,
        "kinds": kinds,
        "silences": [
            [number[a], number[b], CORPORA.index(corpus), *_tested(row, verdicts, kinds)]
            for (a, b, corpus), row in silences
        ],
        "flow": _flow_rows(findings),
        "plots": charts.items(),
    }


def _with_interval(findings: Findings) -> list[tuple[tuple[str, ...], Row]]:
    """Every share that the gaps stage tells an interval of, under the key that the page asks by."""
    return [
        *findings.gaps.items(),
        *_role_rows(findings),
        *_answer_rows(findings),
        *_misfit_rows(findings),
    ]


def _role_rows(findings: Findings) -> list[tuple[tuple[str, ...], Row]]:
    """The rows of the roles table, under keys like those of the gaps table."""
    return [
        (("role", row["role"], "outcome", row["outcome"], row["corpus"]), row)
        for row in findings.further["roles"]
    ]


def _answer_rows(findings: Findings) -> list[tuple[tuple[str, ...], Row]]:
    """The rows of the answers table, under keys like those of the gaps table."""
    return [
        (("answer", row["answer"], "determinant", row["determinant"], row["corpus"]), row)
        for row in findings.further["answers"]
        if row["total"]
    ]


def _misfit_rows(findings: Findings) -> list[tuple[tuple[str, ...], Row]]:
    """The rows of the misfits table, under keys like those of the gaps table."""
    return [
        (("misfit", row["strategy"], "determinant", row["determinant"], row["corpus"]), row)
        for row in findings.further["misfits"]
    ]


def _fits(study: Study, number: dict[str, int]) -> list[list[object]]:
    """For each determinant that has them, the strategies that fit it, by their numbers."""
    if not study.taxonomy.exists():
        return []
    fits = read_fits(fits_path(study.taxonomy), read_taxonomy(study.taxonomy))
    return [
        [number[determinant], sorted(number[s] for s in fitting if s in number)]
        for determinant, fitting in sorted(fits.items())
        if determinant in number
    ]


def _tested(row: Row, verdicts: list[str], kinds: list[str]) -> list[object]:
    """What the page is told of a pair: texts with both, expected, q, verdict, kind, what it
    hangs on; and what is expected and judged where a text keeps its facets too.
    """
    by_facet = row["verdict_by_facet"]
    return [
        row["n_ab"],
        round(row["expected"], 2),
        row["q"],
        verdicts.index(row["verdict"]),
        kinds.index(row["kind"]),
        (row["vanishes_without"] or "") if row["verdict"] in SILENT else "",
        None if row["expected_by_facet"] is None else round(row["expected_by_facet"], 2),
        verdicts.index(by_facet) if by_facet else None,
    ]


def _contrasts(findings: Findings) -> dict[str, list[float | None]]:
    """The stratified odds ratio of practice over research with its interval.

    Keyed by what is compared, the share without a relationship or the share that names the
    strategy, and by the strategy.
    """
    columns = [f"stratified_odds_ratio{end}" for end in ("", "_low", "_high")]
    unmentioned = [r for r in findings.further["contrasts"] if r["question"] == "strategy"]
    named = [r for r in findings.comparison if r["facet"] == "strategy"]
    return {
        f"{what}|{row['concept']}": [_finite(row[column]) for column in columns]
        for what, rows in (("unmentioned", unmentioned), ("named", named))
        for row in rows
    }


def _finite(value: float | None) -> float | None:
    """A number that JSON can hold; an odds ratio over nothing has none."""
    return value if value is not None and math.isfinite(value) else None


def _missing(row: Row, number: dict[str, int], texts: Texts) -> Row:
    """An unwritten pair, with the places of the texts that come nearest to either side."""
    return {
        "corpus": CORPORA.index(row["corpus"]),
        "a": number[row["concept_a"]],
        "b": number[row["concept_b"]],
        **{name: row[name] for name in ("n_a", "n_b", "resource_allocation", "expected")},
        **{name: _places(row[name], texts) for name in ("near_a", "near_b")},
    }


def _places(records: str, texts: Texts) -> list[int]:
    return [texts.places[r] for r in records.split(" | ") if r in texts.places]


def _node(findings: Findings, concept: str) -> Row:
    return next(findings.nodes[concept, c] for c in CORPORA if (concept, c) in findings.nodes)


def _edges(study: Study, number: dict[str, int]) -> list[list[int]]:
    """The links to draw in any corpus, as pairs of numbers."""
    rows = [row for corpus in CORPORA for row in strongest_links(study, corpus)]
    drawn = {(number[row["concept_a"]], number[row["concept_b"]]) for row in rows}
    return [list(pair) for pair in sorted(drawn)]


def _flow_rows(findings: Findings) -> list[list[object]]:
    told = findings.flow
    rows: list[list[object]] = [["Received", told.received()]]
    rows += [[f"Received from {name}", told.received(name)] for name in told.sources]
    rows += [["Kept", told.kept.total()], ["Merged", told.merged.total()]]
    rows += [["Rejected", told.rejected.total()]]
    rows += [[f"Rejected: {reason}", n] for reason, n in told.reasons.most_common()]
    for corpus in findings.corpora():
        row = findings.gap("all", corpus)
        if row is not None:
            rows += [
                [f"Kept in {corpus}", told.texts[corpus]],
                [f"Name a strategy, in {corpus}", row["n"]],
                [f"Mention a relationship, in {corpus}", row["with_relationship"]],
                [f"Mention none, in {corpus}", row["n"] - row["with_relationship"]],
            ]
    return rows
