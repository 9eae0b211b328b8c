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
from pipeline.report import flow
from pipeline.report.counts import Packed, packed, read_counts
from pipeline.report.findings import Findings
from pipeline.report.head import head
from pipeline.report.payload import payload
from pipeline.report.scheme import Scheme
from pipeline.report.texts import pack, read_texts
from pipeline.study import Study
from pipeline.tables import written_whole
from pipeline.taxonomy.concepts import ROLES

SCRIPTS = (
    "words.js",
    "intervals.js",
    "counting.js",
    "added.js",
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


def write(findings: Findings, study: Study) -> Path:
    """Write `report.html` into the study's folder and return its path."""
    concepts = sorted({concept for concept, _ in findings.nodes})
    near = {
        record
        for row in findings.further["missing"]
        for side in ("near_a", "near_b")
        for record in row[side].split(" | ")
    }
    texts = read_texts(study, concepts, ROLES, near)
    told = payload(findings, study, concepts, texts)
    added = None if texts.are_all_there else _added(findings, study, told)
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
        study=pack(told | {"counted": added.layout if added else None}),
        texts=pack(texts.columns),
        chunks=texts.chunks,
        counts=added.parts if added else {},
        flow_says=flow.sentence(findings.flow),
        flow_svg=_flow_svg(study),
        version=manifest.read(study.folder)["rapport"],
        methods=_methods(study),
        **head(findings, study, texts, added.left_out if added else 0),
    )
    path = study.folder / "report.html"
    with written_whole(path, "w", encoding="utf-8") as stream:
        stream.write(content)
    return path


def _added(findings: Findings, study: Study, told: dict[str, Any]) -> Packed:
    """What a page tells that cannot count the texts itself: see `payload` for what is `told`."""
    scheme = Scheme(told["concepts"], told["edges"], told["fits"], ROLES)
    return packed(read_counts(study, scheme, list(findings.spread)), scheme)


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
