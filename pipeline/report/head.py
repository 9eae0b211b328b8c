"""What stands above the figures of the page: the finding, how sure it is, and what it rests on."""

from typing import Any

from pipeline.report import flow
from pipeline.report.findings import Findings, Row
from pipeline.report.firmness import firmness, foretold
from pipeline.report.glance import most_silent, practice_says
from pipeline.report.texts import Texts
from pipeline.report.words import counted, headline, interval, percent
from pipeline.study import Study
from pipeline.tables import CORPORA

COUNTED = ("unmentioned", "low", "high")
CORRECTED = ("corrected", "corrected_low", "corrected_high")
"""Columns of the gaps table: a share and its interval, as counted and as corrected."""

CODES_TOLD = {"rel_implementer": "relationships", "strategy (micro)": "strategies"}
"""The codes whose accuracy is told, in words."""


def head(findings: Findings, study: Study, texts: Texts, left_out: int) -> dict[str, Any]:
    """What the page's template is told beside the figures.

    `left_out` is how many settings cannot be chosen, for want of room.
    """
    rows = [row for c in findings.corpora() if (row := findings.gap("all", c)) is not None]
    return {
        "finding": headline(rows[0]) if rows else "No text of this study names a strategy.",
        "firmness": firmness(findings, study.rating),
        "foretold": foretold(findings),
        "strips": [strip for row in rows for strip in _strips(findings, row)],
        "silent": most_silent(findings),
        "sides": findings.corpora(),
        "practice_says": practice_says(findings),
        "rests": _rests(findings),
        "accuracy": _accuracy(findings, rows),
        "corrected": bool(rows) and all(row["corrected"] is not None for row in rows),
        "carried": _carried(texts, left_out),
    }


def _carried(texts: Texts, left_out: int) -> str:
    """What the page counts and what of it can be read or chosen, where that is not all."""
    if texts.carried == texts.coded:
        return ""
    sample = (
        f"Every number counts all {texts.coded:,} coded texts, whatever you choose. To stay small "
        f"enough to open, the page carries the sentences of {texts.carried:,} of them: those "
        "nearest to a pair that nobody has written, and a random sample of the others."
    )
    if not left_out:
        return sample
    return (
        f"{sample} For the same reason the settings that the fewest texts name ({left_out}) cannot "
        "be chosen."
    )


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
