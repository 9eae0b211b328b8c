"""validation.md: what coders and machine make of the same texts, ready for a methods section."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from pipeline.study import Study
from pipeline.validate.accuracy import Sample
from pipeline.validate.codings import Codings
from pipeline.validate.scheme import IMPLEMENTER, WITH_PATIENT

Row = dict[str, Any]

TOLD_ERRORS = 10
LONGEST_TEXT = 1_500

_HEADLINES = (IMPLEMENTER, WITH_PATIENT, "orientation")
_FAMILIES = {
    "strategy": "strategies",
    "relational": "relational codes",
    "role": "roles of the relationship",
}


def validation_report(
    study: Study,
    codings: Codings,
    sample: Sample | None,
    tables: dict[str, list[Row]],
    notes: Sequence[str],
) -> str:
    """The report in Markdown.

    Parameters
    ----------
    sample : the coded probability sample; None where only other texts are coded.
    tables : rows of `agreement`, `accuracy`, `confusion`, `errors` and `estimates`.
    notes : what was passed over when the sheets were read.
    """
    parts = [f"# Validation of {study.title}", study.notice, "## For a methods section"]
    parts.append(" ".join(_methods(codings, sample, tables)))
    parts += [
        "Every figure here can be worked out again from the tables beside this file: `coded.csv`"
        " (what each coder wrote, with file and row), `sample.csv` (with what probability each text"
        " was drawn), `agreement.csv`, `accuracy.csv`, `confusion.csv`, `estimates.csv` and"
        " `errors.csv` (every difference, with its text and what the machine saw)."
    ]
    if sample is not None:
        parts += ["## The sample", _sample_table(sample)]
    parts += ["## Agreement of the coders", _agreement(tables["agreement"])]
    if sample is not None:
        parts += ["## Accuracy of the machine's codes", _accuracy(tables["accuracy"])]
        parts += _confusions(tables["confusion"])
        parts += ["## Corrected shares", *_corrected(tables["estimates"])]
        parts += _errors(tables["errors"])
    if notes:
        parts += ["## Passed over in the sheets", "\n".join(f"- {note}" for note in notes)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _methods(
    codings: Codings, sample: Sample | None, tables: dict[str, list[Row]]
) -> Iterable[str]:
    agreed = {row["code"]: row for row in tables["agreement"]}
    coders = len(codings.coders)
    double = max((row["n"] for row in tables["agreement"]), default=0)
    if sample is None:
        yield f"{_people(coders)} coded {len(codings.ids)} texts that are no probability sample."
    else:
        yield (
            f"We drew a stratified random sample of {len(sample.strata)} texts from"
            f" {sum(sample.populations.values()):,}, with strata by corpus and by what the cues"
            " said of the text (a relationship, a strategy without one, nothing);"
            f" {_people(coders)} coded them blind to the machine's codes."
        )
    if double:
        told = [
            f"{name} kappa {_with_interval(agreed[name], 'kappa')}, AC1"
            f" {_with_interval(agreed[name], 'ac1')}, alpha {_with_interval(agreed[name], 'alpha')}"
            for name in _HEADLINES
            if agreed.get(name, {}).get("n")
        ]
        told += [
            f"{words} F1 {_with_interval(agreed[f'{family} (all)'], 'f1')}"
            for family, words in _FAMILIES.items()
            if agreed[f"{family} (all)"].get("f1") is not None
        ]
        yield f"Agreement on the {double} texts coded more than once: {'; '.join(told)}."
    else:
        yield "No text was coded by two people, so that nothing can be said of agreement."
    if sample is None:
        yield "Accuracy and corrected shares need a probability sample (`rapport sheet` draws one)."
        return
    yield "Intervals of agreement and accuracy are 95% percentiles of resampled texts."
    machine = {row["code"]: row for row in tables["accuracy"] if _headline(row)}
    told = [
        f"{name} precision {_with_interval(machine[name], 'precision')}, recall"
        f" {_with_interval(machine[name], 'recall')}, F1 {_with_interval(machine[name], 'f1')}"
        for name in _HEADLINES[:2]
    ]
    told.append(f"orientation kappa {_with_interval(machine['orientation'], 'kappa')}")
    told += [
        f"{words} micro-F1 {_with_interval(machine[f'{family} (micro)'], 'f1')}"
        for family, words in _FAMILIES.items()
    ]
    yield (
        "Against the coders, and weighted by the inverse of the probability of being drawn, the"
        f" machine reached: {'; '.join(told)}."
    )
    yield (
        "Shares were corrected for coding error by prediction-powered, design-based estimation in"
        " cells of stratum and machine's code (Angelopoulos et al. 2023,"
        " doi:10.1126/science.adi6000; Egami et al. 2023, doi:10.48550/arXiv.2306.04746), with 95%"
        " intervals from Kerman's neutral prior (2011, doi:10.1214/11-EJS648)."
    )
    for row in tables["estimates"]:
        if row["question"] == "implementation" and row.get("corrected") is not None:
            yield (
                f"Of the {row['corpus']} texts about implementation,"
                f" {_percent(1 - row['corrected'])} (95% CI {_percent(1 - row['high'])} to"
                f" {_percent(1 - row['low'])}) mention a relationship between those who support and"
                f" those who implement; the machine's codes alone would say"
                f" {_percent(1 - row['uncorrected'])}."
            )
    if codings.coders and coders > 1:
        yield "Where coders differed and had not settled it, each counted for an equal part."


def _headline(row: Row) -> bool:
    return bool(row["corpus"] == "all" and row["weights"] == "corpus")


def _people(coders: int) -> str:
    words = {1: "one person", 2: "two people", 3: "three people", 4: "four people"}
    return words.get(coders, f"{coders} people")


def _sample_table(sample: Sample) -> str:
    coded = Counter(sample.strata)
    return _table(
        ("stratum", "texts", "coded", "each stands for"),
        (
            (
                stratum,
                f"{texts:,}",
                str(coded[stratum]),
                f"{texts / coded[stratum]:.1f}" if coded[stratum] else "",
            )
            for stratum, texts in sorted(sample.populations.items())
        ),
    )


def _agreement(rows: Sequence[Row]) -> str:
    if not any(row["n"] for row in rows):
        return "No text was coded by two people."
    note = (
        "Prevalence is the share of codes that say present, bias the difference between coders'"
        " shares. Where no text was coded apart, resampling cannot show how well it might have gone"
        " otherwise: see the interval of the share agreed."
    )
    figures = ("agreed", "kappa", "ac1", "alpha", "f1")
    return (
        _table(
            ("code", "texts", "prevalence", "bias", "agreed", "kappa", "AC1", "alpha", "F1"),
            (
                (
                    row["code"],
                    str(row["n"]),
                    _number(row.get("prevalence")),
                    _number(row.get("bias")),
                    *(_with_interval(row, figure) for figure in figures),
                )
                for row in rows
                if row["n"]
            ),
        )
        + f"\n\n{note}"
    )


def _accuracy(rows: Sequence[Row]) -> str:
    figures = ("precision", "recall", "f1", "kappa")
    return "\n\n".join(
        f"{title}\n\n"
        + _table(
            ("code", "texts", "precision", "recall", "F1", "kappa"),
            (
                (row["code"], str(row["n"]), *(_with_interval(row, figure) for figure in figures))
                for row in rows
                if row["corpus"] == "all" and row["weights"] == weights
            ),
        )
        for weights, title in (
            ("corpus", "What holds for the corpus: each text stands for those not drawn."),
            ("sample", "What holds for the texts as drawn, each counted once."),
        )
    )


def _confusions(rows: Sequence[Row]) -> Iterable[str]:
    for what in ("orientation", "relationship"):
        cells = {
            (r["coder"], r["machine"]): r["texts"]
            for r in rows
            if r["what"] == what and r["corpus"] == "all"
        }
        names = list(dict.fromkeys(coder for coder, _ in cells))
        yield f"### {what.capitalize()}: coders (rows) and machine (columns), texts"
        yield _table(
            ("", *names),
            ((a, *(f"{cells[a, b]:g}" for b in names)) for a in names),
        )


def _corrected(rows: Sequence[Row]) -> Iterable[str]:
    for measure, title in (
        ("unmentioned", "Share that mentions no relationship, among the texts that name it."),
        ("coded", "Share of all texts."),
    ):
        told = [
            r
            for r in rows
            if r["measure"] == measure and not r["by"] and r.get("corrected") is not None
        ]
        yield title
        yield _table(
            ("question", "what", "corpus", "coded texts", "machine alone", "corrected", "95% CI"),
            (
                (
                    r["question"],
                    r["concept"],
                    r["corpus"],
                    f"{r['n_named'] if measure == 'unmentioned' else r['n_coded']:g}",
                    _percent(r["uncorrected"]),
                    _percent(r["corrected"]),
                    f"{_percent(r['low'])} to {_percent(r['high'])}",
                )
                for r in told
            ),
        )
    refused = sorted({r["method"] for r in rows if r.get("corrected") is None})
    yield "\n".join(f"- {reason}" for reason in refused)


def _errors(rows: Sequence[Row]) -> Iterable[str]:
    for direction, title in (
        ("false alarm", "False alarms: the machine codes what the coders do not"),
        ("missed", "Missed: the coders code what the machine does not"),
    ):
        told = [row for row in rows if row["direction"] == direction]
        yield f"## {title} ({len(told)} in all)"
        for row in told[:TOLD_ERRORS]:
            text = " ".join(row["text"].split())
            text = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} ..."
            seen = f"The machine saw: {row['mentions']}." if row["mentions"] else "It saw no cue."
            yield f"**{row['code']}**, {row['record_id']}. *{row['title']}*\n\n> {text}\n\n{seen}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(c).replace('|', '/') for c in line)} |" for line in lines)


def _with_interval(row: Row, figure: str) -> str:
    if row.get(figure) is None:
        return "n/a"
    if row.get(f"{figure}_low") is None:
        return f"{row[figure]:.2f}"
    return f"{row[figure]:.2f} ({row[f'{figure}_low']:.2f} to {row[f'{figure}_high']:.2f})"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _percent(value: float | None) -> str:
    return "n/a" if value is None else f"{100 * value:.1f}%"
