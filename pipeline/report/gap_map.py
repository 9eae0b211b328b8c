"""The gap map: strategies by outcomes or settings, how many texts, how many without relationship.

The conventions are those of evidence gap maps (Saran and White 2018, doi:10.4073/cmdp.2018.2):
rows and columns in a fixed order, the number in every cell, empty cells shown, what cannot be
tested told apart from what is silent, and never colour alone.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from pipeline.report.findings import SILENT, Findings, Row
from pipeline.report.style import INK, QUIET, RULE, SHARES, SILENCE, blank_axes, canvas, put, title
from pipeline.report.words import counted, headline, listed, percent, units

MAX_ROWS, MAX_COLUMNS, FEWEST = 40, 14, 5
"""A figure on paper holds so many strategies and columns; a share of fewer texts says little."""

# All measures in inches.
LABELS, TEXTS, FOREST, SHARE, PAIRS, MATRIX = 4.0, 4.45, 4.65, 6.4, 7.25, 7.6
"""Right end of the labels and counts, left ends of the shares, their numbers, pairs and cells."""
FOREST_WIDTH, CELL, ROW, RADIUS = 1.6, 0.72, 0.26, 0.115
TOP, BOTTOM, NARROWEST = 2.1, 1.5, 11.0


@dataclass(frozen=True)
class GapMap:
    """What is drawn: strategies (as nodes, in order) by columns, and what was left out."""

    corpus: str
    by: str
    rows: list[Row]
    columns: list[Row]
    left_out: str


def choose(findings: Findings, corpus: str, by: str) -> GapMap | None:
    """Choose the rows and columns that have something to say; None where none has."""
    named = [r for r in findings.concepts("strategy", corpus) if r["n"]]
    rows = _largest([r for r in named if r["n"] >= FEWEST] or named, MAX_ROWS)
    across = [r for r in findings.concepts(by, corpus) if r["n"]]
    columns = _largest(across, MAX_COLUMNS)
    if not rows or not columns:
        return None
    unnamed = sum(not r["n"] for r in findings.concepts("strategy", corpus))
    left_out = {
        f"named in fewer {units(corpus)} ({{}})": len(named) - len(rows),
        f"that no {counted(1, corpus)[2:]} names ({{}})": unnamed,
    }
    parts = [words.format(n) for words, n in left_out.items() if n]
    sentence = f"strategies {listed(parts)}" if parts else ""
    if len(across) > len(columns):
        sentence += f"{'; ' if sentence else ''}{by}s named in fewer ({len(across) - len(columns)})"
    return GapMap(corpus, by, rows, columns, sentence)


def draw(findings: Findings, chosen: GapMap, notice: str) -> Figure:
    """Draw the map: shares with their intervals at the left, cells at the right."""
    places = list(_places(chosen.rows))
    depth = TOP + places[-1][0] + ROW
    width = max(NARROWEST, MATRIX + CELL * len(chosen.columns) + 0.35)
    figure = canvas(width, depth + BOTTOM)
    axes = blank_axes(figure)
    everything = findings.gap("all", chosen.corpus)
    _head(axes, chosen, everything, notice)
    biggest = _largest_cell(findings, chosen)
    crossed = crossed_pairs(findings, chosen.corpus)
    if everything is not None and everything["unmentioned"] is not None:
        middle = FOREST + FOREST_WIDTH * everything["unmentioned"]
        axes.plot([middle, middle], [TOP - 0.1, depth - 0.05], color=QUIET, lw=0.8, ls=(0, (3, 2)))
    for offset, cluster, row in places:
        y = TOP + offset + ROW / 2
        if row is None:
            put(axes, 0.3, y, cluster, weight="bold", size=8.5)
            axes.plot([0.3, width - 0.3], [y + ROW / 2] * 2, color=RULE, lw=0.6)
            _share(axes, findings.gap("cluster", chosen.corpus, cluster), y, "D")
            continue
        put(axes, LABELS, y, _short(row["label"], 62), size=7.8, ha="right")
        _share(axes, findings.gap("strategy", chosen.corpus, row["concept"]), y, "o")
        _pairs(axes, crossed.get(row["concept"], (0, 0)), y)
        _cells(axes, findings, chosen, row["concept"], y, biggest)
    _legend(axes, chosen, depth + 0.3, biggest, findings.false_discovery_rate)
    return figure


def _largest(rows: list[Row], most: int) -> list[Row]:
    """The rows with the most texts, in their given order."""
    kept = sorted(rows, key=lambda r: -r["n"])[:most]
    return [r for r in rows if r in kept]


def _places(rows: list[Row]) -> Iterator[tuple[float, str, Row | None]]:
    """Depth of each line below the head: a line for each cluster, then its strategies."""
    depth = 0.0
    for cluster, members in groupby(rows, key=lambda r: r["cluster"]):
        yield depth, cluster, None
        depth += ROW + 0.04
        for row in members:
            yield depth, cluster, row
            depth += ROW
        depth += 0.08


def _largest_cell(findings: Findings, chosen: GapMap) -> int:
    cells = (
        findings.gap("strategy", chosen.corpus, row["concept"], chosen.by, column["concept"])
        for row in chosen.rows
        for column in chosen.columns
    )
    return max((cell["n"] for cell in cells if cell is not None), default=0) or 1


def _head(axes: Axes, chosen: GapMap, everything: Row | None, notice: str) -> None:
    title(axes, f"Where relationships go unmentioned in {chosen.corpus}", notice, below=1.04)
    if everything is not None:
        put(axes, 0.3, 0.72, headline(everything), size=9, color=QUIET)
    y = TOP - 0.14
    small = {"size": 7.5, "color": QUIET, "va": "bottom"}
    put(axes, TEXTS, y, "texts", ha="right", **small)
    put(axes, FOREST, y, "share without any relationship\n0%", **small)
    put(axes, FOREST + FOREST_WIDTH, y, "100%", ha="right", **small)
    put(axes, PAIRS - 0.22, y, "silent\npairs", **small)
    tilted = {"rotation": 35, "rotation_mode": "anchor", "size": 8, "va": "bottom"}
    for number, column in enumerate(chosen.columns):
        put(axes, MATRIX + CELL * number + 0.12, y, _short(column["label"], 24), **tilted)


def _share(axes: Axes, row: Row | None, y: float, marker: str) -> None:
    """One share with its interval, its number of texts at the left and its value at the right."""
    if row is None or not row["n"]:
        return
    bold = {"weight": "bold"} if marker == "D" else {}
    put(axes, TEXTS, y, f"{row['n']:,}", size=8, ha="right", **bold)
    if row["low"] is not None:
        ends = [FOREST + FOREST_WIDTH * row[k] for k in ("low", "high")]
        axes.plot(ends, [y, y], color=INK, lw=1.1, solid_capstyle="butt")
    middle = FOREST + FOREST_WIDTH * row["unmentioned"]
    axes.plot([middle], [y], marker, ms=5, mec=INK, mew=0.7, mfc=_colour(row["unmentioned"]))
    put(axes, SHARE, y, percent(row["unmentioned"]), size=8, **bold)


def _pairs(axes: Axes, counts: tuple[int, int], y: float) -> None:
    """How many of the strategy's relational-transactional pairs are silent beyond chance."""
    silent, testable = counts
    if testable:
        words = f"▼ {silent}/{testable}" if silent else f"0/{testable}"
        colour = SILENCE if silent else QUIET
        put(axes, PAIRS + 0.1, y, words, size=7.5, ha="right", color=colour)


def crossed_pairs(findings: Findings, corpus: str) -> dict[str, tuple[int, int]]:
    """Each concept's pairs with the other orientation: how many silent, how many testable."""
    counts: dict[str, tuple[int, int]] = {}
    for (first, second, where), row in findings.silences.items():
        if where == corpus and row["kind"] == "relational-transactional":
            for concept in (first, second):
                silent, testable = counts.get(concept, (0, 0))
                silent += row["verdict"] in SILENT
                testable += row["verdict"] != "untestable"
                counts[concept] = (silent, testable)
    return counts


def _cells(
    axes: Axes, findings: Findings, chosen: GapMap, concept: str, y: float, most: int
) -> None:
    """The cells of one strategy: a bubble, the number of texts, a mark where they are silent."""
    looks: list[tuple[float, Any, str]] = []
    for number, column in enumerate(chosen.columns):
        cell = findings.gap("strategy", chosen.corpus, concept, chosen.by, column["concept"])
        test = findings.silence(concept, column["concept"], chosen.corpus)
        n = cell["n"] if cell is not None else 0
        verdict = test["verdict"] if test is not None else ""
        if cell is not None and n:
            looks.append((2 * _radius(n, most), _colour(cell["unmentioned"]), INK))
        else:
            untestable = verdict == "untestable"
            looks.append((0.02, QUIET, QUIET) if untestable else (0.06, "white", QUIET))
        x = MATRIX + CELL * number
        put(axes, x + 0.33, y, f"{n:,}", size=7.5, color=INK if n else QUIET)
        if verdict in SILENT:
            put(axes, x + CELL - 0.05, y, "▼", size=6.5, ha="right", color=SILENCE)
    left = [MATRIX + CELL * number for number in range(len(chosen.columns) + 1)]
    axes.vlines(left, y - ROW / 2, y + ROW / 2, color=RULE, lw=0.5)
    axes.hlines([y - ROW / 2, y + ROW / 2], left[0], left[-1], color=RULE, lw=0.5)
    widths, colours, edges = zip(*looks, strict=True)
    areas = [(72 * width) ** 2 for width in widths]
    middles = [x + 0.17 for x in left[:-1]]
    axes.scatter(middles, [y] * len(middles), areas, colours, edgecolors=edges, linewidths=0.5)


def _legend(axes: Axes, chosen: GapMap, y: float, most: int, rate: float) -> None:
    for step in range(40):
        colour = _colour((step + 0.5) / 40)
        axes.add_artist(Rectangle((0.3 + step * 0.04, y - 0.07), 0.04, 0.14, fc=colour, lw=0))
    put(axes, 0.3, y + 0.2, "0%", size=8, color=QUIET)
    put(axes, 1.9, y + 0.2, "100%", ha="right", size=8, color=QUIET)
    put(axes, 2.0, y, "of texts mention no relationship", size=8)
    put(axes, 0.3, y + 0.52, f"◆ cluster   ● strategy   ┆ all {units(chosen.corpus)}", size=8)
    x = 4.7
    for n in sorted({most, max(1, most // 4), 1}, reverse=True):
        axes.add_artist(Circle((x, y), _radius(n, most), fc="white", ec=INK, lw=0.6))
        put(axes, x + 0.16, y, f"{n:,}", size=8)
        x += 0.42 + 0.07 * len(f"{n:,}")
    put(axes, x - 0.1, y, "texts (area)", size=8)
    put(axes, 4.58, y + 0.3, "▼", size=8, color=SILENCE)
    axes.plot([4.65], [y + 0.74], ".", ms=3, color=QUIET)
    for depth, words in (
        (
            0.3,
            f"meet in fewer texts than both margins imply (false discoveries {percent(rate)})",
        ),
        (0.52, "▼ 2/5: of 5 testable pairs with a concept of the other orientation, 2 are silent"),
        (0.74, "no text, and too few to tell silence from chance"),
    ):
        put(axes, 4.8, y + depth, words, size=8)
    if chosen.left_out:
        put(axes, 0.3, y + 0.98, f"Not shown: {chosen.left_out}.", size=8, color=QUIET)


def _radius(n: int, most: int) -> float:
    """Radius of a bubble whose area tells `n`, never too small to see."""
    return max(RADIUS * math.sqrt(n / most), 0.018)


def _colour(share: float | None) -> tuple[float, float, float, float]:
    red, green, blue, alpha = matplotlib.colormaps[SHARES](share if share is not None else 0.0)
    return (red, green, blue, alpha)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def sentence(findings: Findings, chosen: GapMap) -> str:
    """What the map shows, for those who cannot see it."""
    shares = [
        row
        for r in chosen.rows
        if (row := findings.gap("strategy", chosen.corpus, r["concept"])) is not None and row["n"]
    ]
    if not shares:
        return ""
    most = max(shares, key=lambda r: (r["unmentioned"], r["n"]))
    least = min(shares, key=lambda r: (r["unmentioned"], -r["n"]))
    return (
        f"Of {len(shares)} strategies, relationships go unmentioned most in texts that name "
        f"{findings.label(most['concept'])} ({percent(most['unmentioned'])} of "
        f"{counted(most['n'], chosen.corpus)}) and least in those that name "
        f"{findings.label(least['concept'])} ({percent(least['unmentioned'])} of {least['n']:,})."
    )
