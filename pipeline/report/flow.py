"""The flow of records, as PRISMA 2020 has it (Page and colleagues 2021, doi:10.1136/bmj.n71)."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from pipeline.report.findings import Findings, Flow
from pipeline.report.style import INK, QUIET, RULE, blank_axes, canvas, put, title
from pipeline.report.words import counted, units

MOST_LINES = 8
"""Sources or reasons listed in a box; the rest are summed up in its last line."""


def draw(findings: Findings, notice: str) -> Figure:
    """Draw what was received, kept, turned away and found, from top to bottom."""
    boxes = _boxes(findings)
    heights = [0.3 + 0.19 * max(len(left), len(right)) for left, right in boxes]
    top = 1.05 if notice else 0.7
    figure = canvas(9.2, top + sum(heights) + 0.45 * len(boxes))
    axes = blank_axes(figure)
    title(axes, "From what was received to what was found", notice, below=0.72)
    y = top
    for number, ((left, right), height) in enumerate(zip(boxes, heights, strict=True)):
        _box(axes, 0.3, y, height, left)
        if right:
            _box(axes, 5.2, y, height, right)
            _arrow(axes, (4.5, y + height / 2), (5.2, y + height / 2))
        if number + 1 < len(boxes):
            _arrow(axes, (2.4, y + height), (2.4, y + height + 0.45))
        y += height + 0.45
    return figure


def _boxes(findings: Findings) -> list[tuple[list[str], list[str]]]:
    """Each step as the lines of its box and of the box beside it, the first line in bold."""
    flow = findings.flow
    kept = [f"Kept: {flow.kept.total():,}"]
    kept += [counted(flow.texts[c], c) for c in ("research", "practice") if flow.texts[c]]
    if flow.documents:
        kept[-1] += f" of {flow.documents:,} documents"
    steps: list[tuple[list[str], list[str]]] = [
        (
            [
                f"Entries received: {flow.received():,}",
                *_some([(s, flow.received(s)) for s in flow.sources]),
            ],
            [],
        ),
        (kept, [f"Merged with a record already there: {flow.merged.total():,}"]),
    ]
    if flow.rejected.total():
        steps[1][1].append(f"Rejected: {flow.rejected.total():,}")
        steps[1][1].extend(_some(flow.reasons.most_common()))
    for corpus in findings.corpora():
        row = findings.gap("all", corpus)
        if row is not None:
            named, without = row["n"], row["n"] - row["with_relationship"]
            steps.append(
                (
                    [
                        f"Name a strategy: {counted(named, corpus)}",
                        f"mention a relationship: {row['with_relationship']:,}",
                        f"mention none: {without:,}",
                    ],
                    [f"Name no strategy: {flow.texts[corpus] - named:,} {units(corpus)}"],
                )
            )
    return steps


def _some(counts: list[tuple[str, int]]) -> list[str]:
    """The largest counts, a line each, and the sum of the rest."""
    ordered = sorted(counts, key=lambda pair: (-pair[1], pair[0]))
    shown, rest = ordered[:MOST_LINES], ordered[MOST_LINES:]
    lines = [f"{name if len(name) <= 46 else name[:45] + '…'}: {n:,}" for name, n in shown]
    return lines + ([f"{len(rest)} others: {sum(n for _, n in rest):,}"] if rest else [])


def _box(axes: Axes, x: float, y: float, height: float, lines: list[str]) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (x, y),
            4.2 if x < 1 else 3.7,
            height,
            boxstyle="round,pad=0,rounding_size=0.06",
            fc="#f7f8f9",
            ec=RULE,
            lw=1,
        )
    )
    for number, line in enumerate(lines):
        first = number == 0 or line.startswith("Rejected:")
        put(
            axes,
            x + 0.15,
            y + 0.24 + 0.19 * number,
            line,
            size=9 if first else 8.5,
            va="center",
            weight="bold" if first else "normal",
            color=INK if first else QUIET,
        )


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": QUIET, "lw": 1})


def sentence(flow: Flow) -> str:
    """The flow in one sentence, for those who cannot see the figure."""
    return (
        f"Of {flow.received():,} entries received, {flow.kept.total():,} were kept, "
        f"{flow.merged.total():,} merged with a record already there and "
        f"{flow.rejected.total():,} rejected."
    )
