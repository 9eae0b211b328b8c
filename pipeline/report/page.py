"""report.html: one file that opens from disk in any browser, with nothing fetched."""

import base64
import hashlib
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from bokeh.resources import Resources
from jinja2 import Environment

from pipeline import manifest
from pipeline.report import charts, flow
from pipeline.report.findings import SILENT, Findings, Row
from pipeline.report.firmness import firmness, foretold
from pipeline.report.links import strongest_links
from pipeline.report.texts import IN_A_CHUNK, Texts, pack, read_texts
from pipeline.report.words import (
    counted,
    headline,
    interval,
    percent,
    trend_in_words,
)
from pipeline.study import Study
from pipeline.tables import CORPORA, written_whole

ROLES = ("strategy", "mechanism", "moderator", "precondition", "outcome", "determinant", "context")

COUNTED = ("unmentioned", "low", "high")
CORRECTED = ("corrected", "corrected_low", "corrected_high")
"""Columns of the gaps table: a share and its interval, as counted and as corrected."""

ANSWERS = ("relational only", "both", "transactional only", "neither", "no strategy")
MISFIT = "transactional only"
"""With what strategies a text meets a determinant, and what may not fit it."""

SCRIPTS = (
    "words.js",
    "counting.js",
    "drawing.js",
    "map.js",
    "comparison.js",
    "trend_and_roles.js",
    "graph.js",
    "tables.js",
    "texts.js",
    "page.js",
)
"""The page's own script, in the order in which its parts are put together."""

CODES_TOLD = {
    "rel_implementer": "relationships",
    "strategy (micro)": "strategies",
}
"""The codes whose accuracy stands at the top of the page, in words."""


def write(findings: Findings, study: Study) -> Path:
    """Write `report.html` into the study's folder and return its path."""
    concepts = sorted({concept for concept, _ in findings.nodes})
    texts = read_texts(study, concepts, list(ROLES))
    bokeh = Resources(mode="inline", components=["bokeh"]).js_raw[0]
    scripts = [bokeh, "\n".join(map(_asset, SCRIPTS))]
    page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        _asset("page.html")
    )
    content = page.render(
        title=study.title,
        notice=study.notice,
        policy=_policy(scripts),
        style=_asset("report.css"),
        scripts=scripts,
        study=pack(_study(findings, study, concepts, texts)),
        texts=pack(texts.columns),
        chunks=texts.chunks,
        flow_says=flow.sentence(findings.flow),
        flow_svg=_flow_svg(study),
        version=manifest.read(study.folder)["rapport"],
        methods=_methods(study),
        **_head(findings, study, texts),
    )
    path = study.folder / "report.html"
    with written_whole(path, "w", encoding="utf-8") as stream:
        stream.write(content)
    return path


def _asset(name: str) -> str:
    return (files("pipeline.report") / "assets" / name).read_text(encoding="utf-8")


def _policy(scripts: list[str]) -> str:
    """A content security policy under which only these scripts run and nothing is fetched."""
    hashes = (base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts)
    allowed = " ".join(f"'sha256-{value}'" for value in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _head(findings: Findings, study: Study, texts: Texts) -> dict[str, Any]:
    """What stands above the figures: the finding, its intervals, and what it all rests on."""
    rows = [row for c in findings.corpora() if (row := findings.gap("all", c)) is not None]
    return {
        "finding": headline(rows[0]) if rows else "No text of this study names a strategy.",
        "firmness": firmness(findings, study.rating),
        "foretold": foretold(findings),
        "strips": [strip for row in rows for strip in _strips(findings, row)],
        "rests": _rests(findings),
        "accuracy": _accuracy(findings, rows),
        "corrected": bool(rows) and all(row["corrected"] is not None for row in rows),
        "carried": ""
        if texts.carried == texts.coded
        else f"Every number counts all {texts.coded:,} coded texts. To stay small enough to open, "
        f"the page carries the sentences of {texts.carried:,} of them, a random sample.",
    }


def _strips(findings: Findings, row: Row) -> list[dict[str, Any]]:
    """The lines below the headline for one corpus: as counted and, where it can be, corrected;
    and as counted where a strategy is named that needs contact between people.
    """
    name = row["corpus"].capitalize()
    lines = [_strip(name, row, COUNTED)]
    if row["corrected"] is not None:
        lines.append(_strip(f"{name}, corrected", row, CORRECTED))
    contact = findings.gap("all_contact", row["corpus"])
    if contact is not None and contact["n"]:
        lines.append(_strip(f"{name}, strategies that need contact", contact, COUNTED))
    return lines


def _strip(name: str, row: Row, columns: tuple[str, str, str]) -> dict[str, Any]:
    """One line; places in percent of the width."""
    share, low, high = (row[column] for column in columns)
    bare = low is None or high is None
    return {
        "name": name,
        "n": f"{row['n']:,}",
        "share": percent(share),
        "interval": "" if bare else f"({percent(low)} to {percent(high)})",
        "low": 0 if bare else round(100 * low, 1),
        "width": 0 if bare else round(100 * (high - low), 1),
        "at": round(100 * share, 1),
    }


def _rests(findings: Findings) -> str:
    told = findings.flow
    texts = [counted(told.texts[c], c) for c in CORPORA if told.texts[c]]
    return (
        f"{flow.sentence(told)} They are {' and '.join(texts) or 'none'}. A text is coded where a "
        "cue of the taxonomy stands in its title or abstract and is read as meant; each number "
        "below opens to the sentences behind it. Full texts were not read: silence here is "
        "silence in titles and abstracts."
    )


def _accuracy(findings: Findings, rows: list[Row]) -> str:
    """How far the coding can be trusted: against people's codes, or that there are none."""
    told = [
        f"Against {row['n']:,} texts that people coded, {what} were found with a precision of "
        f"{_measured(row, 'precision')} and a recall of {_measured(row, 'recall')}."
        for code, what in CODES_TOLD.items()
        if (row := findings.accuracy.get(code)) is not None and row["precision"] is not None
    ]
    told += [
        f"Corrected for coding error with the coded sample, the share in {row['corpus']} is "
        f"{percent(row['corrected'])} ({interval(row['corrected_low'], row['corrected_high'])})."
        for row in rows
        if row["corrected"] is not None
    ]
    bare = [row["corpus"] for row in rows if row["corrected"] is None]
    if bare:
        told.append(
            f"The figures for {' and '.join(bare)} are uncorrected: no coded sample tells how "
            "often the coding errs, and the true share may lie outside the interval. "
            "`rapport sheet` draws a sample to code."
        )
    return " ".join(told)


def _measured(row: Row, what: str) -> str:
    sure = interval(row[f"{what}_low"], row[f"{what}_high"])
    return f"{percent(row[what])}{f' ({sure})' if sure else ''}"


def _study(findings: Findings, study: Study, concepts: list[str], texts: Texts) -> dict[str, Any]:
    """What the page's script is told beside the texts; concepts are told by their numbers."""
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
        "intervals": {
            "|".join((*key[:4], str(CORPORA.index(key[4])))): [row["low"], row["high"]]
            for key, row in [*findings.gaps.items(), *_role_rows(findings)]
            if row["low"] is not None
        },
        "trends": {
            f"{r['question']}|{r['concept']}|{CORPORA.index(r['corpus'])}": trend_in_words(r)
            for r in findings.further["trends"]
        },
        "contrasts": _contrasts(findings),
        "kinds_of_answer": ANSWERS,
        "answers": _answers(findings),
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


def _role_rows(findings: Findings) -> list[tuple[tuple[str, ...], Row]]:
    """The rows of the roles table, under keys like those of the gaps table."""
    return [
        (("role", row["role"], "outcome", row["outcome"], row["corpus"]), row)
        for row in findings.further["roles"]
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


def _answers(findings: Findings) -> list[Row]:
    """For each determinant and corpus how many texts meet it in which way, most named first."""
    met: dict[tuple[str, str], Row] = {}
    for row in findings.further["answers"]:
        if row["total"]:
            told = met.setdefault(
                (row["determinant"], row["corpus"]),
                {
                    "determinant": findings.label(row["determinant"]),
                    "corpus": CORPORA.index(row["corpus"]),
                    "total": row["total"],
                    "n": {},
                },
            )
            told["n"][row["answer"]] = row["n"]
            if row["answer"] == MISFIT:
                told |= {name: row[name] for name in ("share", "low", "high")}
    return sorted(met.values(), key=lambda told: (-told["total"], told["determinant"]))


def _contrasts(findings: Findings) -> dict[str, list[float | None]]:
    """Practice less research with its interval, and the stratified odds ratio with its own.

    Keyed by what is compared, the share without a relationship or the share that names the
    strategy, and by the strategy.
    """
    columns = [
        f"{name}{end}"
        for name in ("difference", "stratified_odds_ratio")
        for end in ("", "_low", "_high")
    ]
    unmentioned = [r for r in findings.further["contrasts"] if r["question"] == "strategy"]
    named = [r for r in findings.comparison if r["facet"] == "strategy"]
    return {
        f"{what}|{row['concept']}": [row[column] for column in columns]
        for what, rows in (("unmentioned", unmentioned), ("named", named))
        for row in rows
    }


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


def _flow_svg(study: Study) -> str:
    """The flow as it was drawn, without what only a file of its own needs."""
    svg = (study.folder / "figures" / "flow.svg").read_text(encoding="utf-8")
    return re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)


def _methods(study: Study) -> list[tuple[str, str]]:
    """The paragraphs of methods.md, each told as a heading or not, without the marks."""
    parts: list[tuple[str, str]] = []
    text = (study.folder / "methods.md").read_text(encoding="utf-8")
    for line in filter(None, (line.strip() for line in text.splitlines()[1:])):
        heading = line.startswith("#")
        parts.append(("h" if heading else "p", line.lstrip("#- ").replace("**", "")))
    return parts
