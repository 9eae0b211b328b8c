"""Research against practice: for each strategy, how often it goes without a relationship."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.report.findings import Findings, Row
from pipeline.report.style import QUIET, RULE, SILENCE, VOICE, blank_axes, canvas, put, title
from pipeline.report.words import percent

MOST, FEWEST = 40, 5
"""Strategies drawn at most, and texts of a corpus that make a share worth drawing."""

LOOKS = {"research": (VOICE, "o", -0.045), "practice": (SILENCE, "s", 0.045)}
LABELS, LEFT, WIDTH, LINE, TOP = 4.1, 4.4, 4.6, 0.27, 1.75


def draw(findings: Findings, notice: str) -> Figure | None:
    """Draw both shares of each strategy with their intervals; None without two corpora."""
    strategies = choose(findings)
    if not strategies:
        return None
    depth = TOP + LINE * len(strategies)
    figure = canvas(LEFT + WIDTH + 1.6, depth + 0.55)
    axes = blank_axes(figure)
    title(axes, "Without a relationship: research against practice", notice, below=0.8)
    for step in range(5):
        x = LEFT + WIDTH * step / 4
        axes.plot([x, x], [TOP - 0.1, depth], color=RULE, lw=0.6, zorder=0)
        put(axes, x, TOP - 0.22, percent(step / 4), ha="center", size=8, color=QUIET)
    for number, (corpus, (colour, marker, _)) in enumerate(LOOKS.items()):
        x = LEFT + 1.2 * number
        axes.plot([x], [TOP - 0.5], marker, color=colour, ms=6)
        put(axes, x + 0.13, TOP - 0.5, corpus, size=9)
    for number, concept in enumerate(strategies):
        y = TOP + LINE * (number + 0.5)
        put(axes, LABELS, y, findings.label(concept), ha="right", size=8)
        for corpus in LOOKS:
            _share(axes, findings.gap("strategy", corpus, concept), y)
    put(
        axes, LEFT, depth + 0.25, "share of texts that name the strategy and no relationship,"
        " with its 95% interval", size=8, color=QUIET,
    )  # fmt: skip
    return figure


def choose(findings: Findings) -> list[str]:
    """Strategies that enough texts of both corpora name, the most silent in research first."""
    shares = {
        node["concept"]: [
            findings.gap("strategy", corpus, node["concept"]) for corpus in ("research", "practice")
        ]
        for node in findings.concepts("strategy", "research")
    }
    enough = {
        concept: rows[0]["unmentioned"]
        for concept, rows in shares.items()
        if all(row is not None and row["n"] >= FEWEST for row in rows) and rows[0] is not None
    }
    return sorted(enough, key=lambda c: (-enough[c], c))[:MOST]


def _share(axes: Axes, row: Row | None, y: float) -> None:
    if row is None or row["unmentioned"] is None:
        return
    colour, marker, shift = LOOKS[row["corpus"]]
    if row["low"] is not None:
        ends = [LEFT + WIDTH * row[end] for end in ("low", "high")]
        axes.plot(ends, [y + shift] * 2, color=colour, lw=1.2, alpha=0.6)
    axes.plot([LEFT + WIDTH * row["unmentioned"]], [y + shift], marker, color=colour, ms=5)


def sentence(findings: Findings) -> str:
    """What the figure shows, for those who cannot see it."""
    strategies = choose(findings)
    more = sum(
        practice["unmentioned"] < research["unmentioned"]
        for concept in strategies
        if (research := findings.gap("strategy", "research", concept)) is not None
        and (practice := findings.gap("strategy", "practice", concept)) is not None
    )
    return (
        f"Of {len(strategies)} strategies that both corpora name, {more} go without a "
        "relationship less often in practice than in research."
    )
