"""The share without a relationship by year, with its interval."""

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from pipeline.report.findings import Findings, Row
from pipeline.report.style import QUIET, RULE, SILENCE, VOICE, blank_axes, canvas, put, title
from pipeline.report.words import percent

LOOKS = {"research": (VOICE, "o"), "practice": (SILENCE, "s")}


def draw(findings: Findings, notice: str) -> Figure | None:
    """Draw a line for each corpus that has at least two years; None where none has."""
    lines = {corpus: rows for corpus in LOOKS if len(rows := years(findings, corpus)) > 1}
    if not lines:
        return None
    figure = canvas(9.0, 4.6)
    frame = blank_axes(figure)
    title(frame, "Does silence grow or shrink?", notice, below=0.8)
    axes = figure.add_axes((0.08, 0.12, 0.88, 0.6))
    for corpus, rows in lines.items():
        colour, marker = LOOKS[corpus]
        at = [int(row["concept"]) for row in rows]
        low, share, high = ([row[k] for row in rows] for k in ("low", "unmentioned", "high"))
        axes.fill_between(at, low, high, color=colour, alpha=0.15, lw=0)
        axes.plot(at, share, f"{marker}-", color=colour, ms=5, label=corpus)
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", color=RULE, lw=0.6)
    axes.tick_params(length=0, labelcolor=QUIET)
    axes.legend(frameon=False, loc="lower left")
    words = "share of texts that name a strategy and no relationship, with its 95% interval"
    put(frame, 0.72, 4.4, words, size=8, color=QUIET)
    return figure


def years(findings: Findings, corpus: str) -> list[Row]:
    """The rows of the gaps table that ask about a year, in order."""
    rows = [
        row
        for (question, _, by, _, where), row in findings.gaps.items()
        if question == "year" and not by and where == corpus and row["low"] is not None
    ]
    return sorted(rows, key=lambda r: int(r["concept"]))


def sentence(findings: Findings) -> str:
    """What the figure shows, for those who cannot see it."""
    told = []
    for corpus in LOOKS:
        rows = years(findings, corpus)
        if len(rows) > 1:
            first, last = rows[0], rows[-1]
            told.append(
                f"In {corpus}, {percent(first['unmentioned'])} of {first['n']:,} texts of "
                f"{first['concept']} mention no relationship, and {percent(last['unmentioned'])} "
                f"of {last['n']:,} texts of {last['concept']}."
            )
    return " ".join(told)
