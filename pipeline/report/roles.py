"""In what role relationships are mentioned, research beside practice."""

from matplotlib.figure import Figure

from pipeline.report.findings import Findings, Row
from pipeline.report.style import QUIET, RULE, SILENCE, VOICE, blank_axes, canvas, put, title
from pipeline.report.words import counted, listed, percent

COLOURS = {"research": VOICE, "practice": SILENCE}
LEFT, WIDTH, LINE, BAR, TOP = 1.6, 6.0, 0.5, 0.15, 1.45


def draw(findings: Findings, notice: str) -> Figure | None:
    """Draw a bar with its interval for each role and corpus; None where no text has any."""
    told = {c: rows for c in COLOURS if (rows := of_corpus(findings, c))}
    if not told:
        return None
    roles = sorted({role for rows in told.values() for role in rows})
    roles.sort(key=lambda role: -max(rows[role]["share"] for rows in told.values()))
    figure = canvas(LEFT + WIDTH + 1.0, TOP + LINE * len(roles) + 0.5)
    axes = blank_axes(figure)
    title(axes, "Where a relationship is mentioned, in what role?", notice, below=0.8)
    for number, corpus in enumerate(told):
        total = next(iter(told[corpus].values()))["total"]
        x = LEFT + 3.2 * number
        axes.plot([x], [TOP - 0.25], "s", ms=7, color=COLOURS[corpus])
        put(axes, x + 0.13, TOP - 0.25, counted(total, corpus), size=8.5)
    for place, role in enumerate(roles):
        y = TOP + LINE * (place + 0.5)
        put(axes, LEFT - 0.15, y, role, ha="right", size=9)
        for number, (corpus, rows) in enumerate(told.items()):
            row, at = rows[role], y + (BAR + 0.03) * (number - (len(told) - 1) / 2)
            end = LEFT + WIDTH * row["share"]
            axes.barh(at, end - LEFT, BAR, LEFT, color=COLOURS[corpus], alpha=0.85)
            if row["low"] is not None:
                ends = [LEFT + WIDTH * row[k] for k in ("low", "high")]
                axes.plot(ends, [at, at], color=QUIET, lw=1)
            right = max(end, LEFT + WIDTH * (row["high"] or 0))
            put(axes, right + 0.08, at, percent(row["share"]), size=7.5)
    axes.plot([LEFT, LEFT], [TOP, TOP + LINE * len(roles)], color=RULE, lw=1)
    words = "share of the texts that mention a relationship, with its 95% interval"
    put(axes, 0.3, TOP + LINE * len(roles) + 0.25, words, size=8, color=QUIET)
    return figure


def of_corpus(findings: Findings, corpus: str) -> dict[str, Row]:
    """The rows of the roles table over all texts of a corpus, by role; none where none has any."""
    return {
        row["role"]: row
        for row in findings.further["roles"]
        if row["corpus"] == corpus and not row["outcome"] and row["total"]
    }


def sentence(findings: Findings) -> str:
    """What the figure shows, for those who cannot see it."""
    told = []
    for corpus in COLOURS:
        rows = of_corpus(findings, corpus)
        if rows:
            most = max(rows.values(), key=lambda r: r["n"])
            share = f"{percent(most['share'])} of {counted(most['total'], corpus)}"
            told.append(f"in {corpus} as {most['role']} ({share})")
    return f"Relationships are mentioned most {listed(told)}." if told else ""
