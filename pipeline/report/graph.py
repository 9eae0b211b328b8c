"""The co-occurrence graph where the graph stage placed it: silent pairs are dashed."""

import math
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.report.findings import SILENT, Findings, Row
from pipeline.report.links import strongest_links
from pipeline.report.style import AMBER, INK, QUIET, SILENCE, VOICE, blank_axes, canvas, put, title
from pipeline.study import Study

LOOKS = {
    "relationship": ("D", SILENCE),
    "relational": ("o", VOICE),
    "mixed": ("^", "#7b8794"),
    "transactional": ("s", AMBER),
    "other": ("o", "white"),
}
"""Marker and colour of a concept, by facet and orientation."""

SIDE, TOP, LETTER = 10.0, 1.5, 0.062
MOST_SILENT = 40

Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""


def draw(findings: Findings, study: Study, corpus: str) -> Figure | None:
    """Draw the concepts of a corpus with their strongest links; None where none has a place."""
    nodes = [
        row
        for (_, where), row in sorted(findings.nodes.items())
        if where == corpus and row["n"] and row["x"] is not None
    ]
    if len(nodes) < 2:
        return None
    figure = canvas(SIDE, SIDE + TOP)
    axes = blank_axes(figure)
    title(axes, f"What {corpus} writes about together", study.notice, below=0.72)
    places = _places(nodes)
    links = [
        r
        for r in strongest_links(study, corpus)
        if {r["concept_a"], r["concept_b"]} <= places.keys()
    ]
    thickest = max((row["n_ab"] for row in links), default=1)
    for row in links:
        _line(axes, places, row, color=QUIET, lw=0.4 + 3 * row["n_ab"] / thickest, alpha=0.25)
    for row in silent_pairs(findings, corpus)[:MOST_SILENT]:
        if _both(row) <= places.keys():
            _line(axes, places, row, color=SILENCE, lw=1.1, ls=(0, (4, 3)))
    _nodes(axes, nodes, places)
    _legend(axes)
    return figure


def silent_pairs(findings: Findings, corpus: str) -> list[Row]:
    """Relational-transactional pairs that meet less often than chance, most lacking first."""
    rows = [
        row
        for row in findings.silences.values()
        if row["corpus"] == corpus
        and row["kind"] == "relational-transactional"
        and row["verdict"] in SILENT
    ]
    return sorted(rows, key=lambda r: (r["n_ab"] - r["expected"], r["concept_a"], r["concept_b"]))


def _both(row: Row) -> set[str]:
    return {row["concept_a"], row["concept_b"]}


def look(node: Row) -> str:
    """What a concept looks like: relationship, an orientation, or other."""
    if node["facet"] == "relationship":
        return "relationship"
    known = node["facet"] == "strategy" and node["orientation"] in LOOKS
    return str(node["orientation"]) if known else "other"


def _places(nodes: list[Row]) -> dict[str, tuple[float, float]]:
    """Where each concept stands, in inches."""
    xs, ys = [n["x"] for n in nodes], [n["y"] for n in nodes]
    across, down = (max(xs) - min(xs)) or 1.0, (max(ys) - min(ys)) or 1.0
    return {
        n["concept"]: (
            0.8 + (SIDE - 1.6) * (n["x"] - min(xs)) / across,
            TOP + 0.3 + (SIDE - 1.2) * (max(ys) - n["y"]) / down,
        )
        for n in nodes
    }


def _line(axes: Axes, places: dict[str, tuple[float, float]], row: Row, **how: object) -> None:
    (x0, y0), (x1, y1) = places[row["concept_a"]], places[row["concept_b"]]
    axes.plot([x0, x1], [y0, y1], zorder=1, **how)  # type: ignore[arg-type]


def _nodes(axes: Axes, nodes: list[Row], places: dict[str, tuple[float, float]]) -> None:
    """Draw the nodes, and the names of as many as fit without overlap, the most named first."""
    most = max(node["n"] for node in nodes)
    sizes = {node["concept"]: 4 + 15 * math.sqrt(node["n"] / most) for node in nodes}
    taken = [
        (x - half, y - half, x + half, y + half)
        for concept, (x, y) in places.items()
        for half in [sizes[concept] / 160]
    ]
    for node in sorted(nodes, key=lambda n: (-n["n"], n["concept"])):
        x, y = places[node["concept"]]
        marker, colour = LOOKS[look(node)]
        size = sizes[node["concept"]]
        edge = QUIET if colour == "white" else "white"
        axes.plot([x], [y], marker, ms=size, mfc=colour, mec=edge, mew=0.8, zorder=2)
        half, gap = LETTER * len(node["label"]) / 2 + 0.04, size / 144 + 0.1
        side = gap + half - 0.04
        places_around = [(x, y + gap), (x, y - gap), (x + side, y), (x - side, y)]
        boxes = [(a - half, b - 0.08, a + half, b + 0.08) for a, b in places_around]
        box = next((box for box in boxes if _is_free(box, taken)), None)
        if box is None:
            continue
        taken.append(box)
        style: dict[str, Any] = {"size": 7, "ha": "center", "zorder": 3}
        style["color"] = SILENCE if node["facet"] == "relationship" else INK
        style["bbox"] = {"fc": "white", "ec": "none", "alpha": 0.7, "pad": 0.5}
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        put(axes, *middle, node["label"], **style)


def _is_free(box: Box, taken: list[Box]) -> bool:
    """Whether a box lies within the drawing and touches no other."""
    within = box[0] >= 0 and box[2] <= SIDE
    return within and not any(
        t[0] < box[2] and box[0] < t[2] and t[1] < box[3] and box[1] < t[3] for t in taken
    )


def _legend(axes: Axes) -> None:
    names = {
        "relationship": "relationship",
        "relational": "relational strategy",
        "mixed": "mixed",
        "transactional": "transactional",
        "other": "outcome, determinant, setting, actor",
    }
    x = 0.35
    for kind, name in names.items():
        marker, colour = LOOKS[kind]
        axes.plot([x], [1.12], marker, ms=7, mfc=colour, mec=QUIET, mew=0.6)
        put(axes, x + 0.12, 1.12, name, size=8)
        x += 0.4 + 0.075 * len(name)
    axes.plot([x, x + 0.3], [1.12, 1.12], color=SILENCE, lw=1.1, ls=(0, (4, 3)))
    put(axes, x + 0.38, 1.12, "silent pair", size=8)


def sentence(findings: Findings, corpus: str) -> str:
    """What the figure shows, for those who cannot see it."""
    named = sum(1 for (_, where), row in findings.nodes.items() if where == corpus and row["n"])
    silent = len(silent_pairs(findings, corpus))
    return (
        f"{named} concepts of {corpus} and their strongest links; {silent} pairs of a relational "
        "and a transactional concept meet less often than chance."
    )
