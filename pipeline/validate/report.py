"""validation.md: what coders and machine make of the same texts, ready for a methods section."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

import pipeline
from pipeline import manifest
from pipeline.study import Study
from pipeline.tables import CORPORA
from pipeline.taxonomy.concepts import IMPLEMENTER, WITH_PATIENT
from pipeline.validate.accuracy import Sample
from pipeline.validate.codings import Codings
from pipeline.validate.scheme import WHOSE

Row = dict[str, Any]

TOLD_ERRORS = 10
LONGEST_TEXT = 1_500

_HEADLINES = {
    IMPLEMENTER: "a relationship between those who support and those who implement",
    WITH_PATIENT: "a relationship with patients or families",
    "orientation": "orientation",
}
_DENOMINATORS = {"implementation": "about implementation", "all": "that name a strategy"}
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
    parts.append(" ".join(_methods(study, codings, sample, tables)))
    parts += ["## To check it by hand", *_by_hand(tables.get("estimates", []))]
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
    study: Study,
    codings: Codings,
    sample: Sample | None,
    tables: dict[str, list[Row]],
) -> Iterable[str]:
    yield from _how_coded(codings, sample)
    yield from _how_agreed(codings, tables["agreement"])
    if sample is None:
        yield "Accuracy and corrected shares need a probability sample (`rapport sheet` draws one)."
        return
    yield from _how_accurate(study, tables["accuracy"])
    yield from _how_corrected(sample, tables["estimates"])


def _how_coded(codings: Codings, sample: Sample | None) -> Iterable[str]:
    coders = _coders(len(codings.coders))
    if sample is None:
        yield f"{coders.capitalize()} coded {len(codings.ids)} texts, no probability sample."
        return
    per_corpus = Counter(sample.machine.corpora)
    parts = " and ".join(f"{per_corpus[c]} of {c}" for c in CORPORA if per_corpus[c])
    texts = (
        f"a stratified random sample of {len(sample.strata)} texts ({parts}) from"
        f" {sum(sample.populations.values()):,}"
    )
    if sample.drawn_here:
        yield (
            f"We drew {texts}, with strata by corpus and by what the cues said of a text (a"
            " relationship, a strategy without one, nothing). It was coded by"
            f" {coders}, blind to the machine's codes."
        )
    else:
        strata = len(set(sample.strata))
        yield f"We used {texts}, drawn in {strata} strata and coded by {coders} elsewhere."


def _how_agreed(codings: Codings, rows: Sequence[Row]) -> Iterable[str]:
    agreed = {row["code"]: row for row in rows}
    double = max((row["n"] for row in rows), default=0)
    if not double:
        yield "No text was coded by two coders, so that nothing can be said of agreement."
        return
    told = [
        f"{words}: Cohen's kappa {_with_interval(agreed[name], 'kappa')}, Gwet's AC1"
        f" {_with_interval(agreed[name], 'ac1')}, Krippendorff's alpha"
        f" {_with_interval(agreed[name], 'alpha')}"
        for name, words in _HEADLINES.items()
        if agreed.get(name, {}).get("n")
    ]
    told += [
        f"{words}: F1 between coders {_with_interval(agreed[f'{family} (all)'], 'f1')}"
        for family, words in _FAMILIES.items()
        if agreed[f"{family} (all)"].get("f1") is not None
    ]
    several = ", means over pairs of coders" if len(codings.coders) > 2 else ""
    yield (
        f"On the {double} texts coded by more than one, before anything was settled, coders agreed"
        f" thus{several}: {'; '.join(told)} (95% intervals from resampled texts)."
    )
    texts_settled = int((~np.isnan(codings.reconciled)).any(axis=1).sum())
    if texts_settled:
        yield f"For {texts_settled} texts the coders then settled their codes together."
    said = codings.settled()
    unsettled = ((said == 1).any(axis=0) & (said == 0).any(axis=0)).any(axis=1).sum()
    if unsettled:
        yield (
            f"In {unsettled} texts coders differed and have not settled it: each counted for an"
            " equal part."
        )


def _how_accurate(study: Study, rows: Sequence[Row]) -> Iterable[str]:
    machine = {row["code"]: row for row in rows if _headline(row)}
    told = [
        f"{words}: precision {_with_interval(machine[name], 'precision')}, recall"
        f" {_with_interval(machine[name], 'recall')}, F1 {_with_interval(machine[name], 'f1')},"
        f" kappa {_with_interval(machine[name], 'kappa')}"
        for name, words in list(_HEADLINES.items())[:2]
    ]
    told.append(
        f"{_HEADLINES['orientation']}: kappa {_with_interval(machine['orientation'], 'kappa')}"
    )
    told += [
        f"{words}: micro-averaged F1 {_with_interval(machine[f'{family} (micro)'], 'f1')}"
        for family, words in _FAMILIES.items()
    ]
    taxonomy = manifest.read(study.folder).get("classify", {}).get("taxonomy", {}).get("hash", "")
    yield (
        f"Against these codes, each text weighted by the inverse of its probability of being drawn,"
        f" the codes of Rapport {pipeline.__version__}"
        + (f" (taxonomy {taxonomy[:12]})" if taxonomy else "")
        + f" reached, with 95% intervals: {'; '.join(told)}."
    )


def _how_corrected(sample: Sample, rows: Sequence[Row]) -> Iterable[str]:
    if sample.drawn_here:
        yield (
            "Shares were corrected for coding error by prediction-powered, design-based estimation"
            " within strata and the machine's codes (Angelopoulos et al. 2023,"
            " doi:10.1126/science.adi6000; Egami et al. 2023, doi:10.48550/arXiv.2306.04746)."
        )
    else:
        yield (
            "Shares were estimated from the coded texts, weighted by stratum: in which stratum a"
            " text is that was not drawn is not known, so that the machine's codes of it add"
            " nothing (the design-based estimator of Egami et al. 2023,"
            " doi:10.48550/arXiv.2306.04746, without its prediction). They speak of the texts that"
            " the sample was drawn from."
        )
    yield (
        "Their 95% intervals are from a Dirichlet posterior in each cell with Kerman's neutral"
        " prior (2011, doi:10.1214/11-EJS648), drawn for the texts that nobody coded."
    )
    for question, of in _DENOMINATORS.items():
        for row in sorted(rows, key=lambda row: CORPORA.index(row["corpus"])):
            if row["question"] == question and not row["by"] and row.get("corrected") is not None:
                yield (
                    f"Of the {row['corpus']} texts {of}, {_percent(1 - row['corrected'])} (95% CI"
                    f" {_percent(1 - row['high'])} to {_percent(1 - row['low'])};"
                    f" {row['n_named']:g} coded texts) mention a relationship between those who"
                    " support and those who implement; by the machine's codes of all texts of the"
                    f" study it would be {_percent(_one_less(row['uncorrected']))}."
                )


def _one_less(share: float | None) -> float | None:
    return None if share is None else 1 - share


def _headline(row: Row) -> bool:
    return bool(row["corpus"] == "all" and row["weights"] == "corpus")


def _coders(coders: int) -> str:
    words = {1: "one coder", 2: "two coders", 3: "three coders", 4: "four coders"}
    return words.get(coders, f"{coders} coders")


def _by_hand(estimates: Sequence[Row]) -> Iterable[str]:
    yield (
        "Every figure can be worked out again from the tables beside this file. `coded.csv` has"
        " what each coder wrote, with file and row, `sample.csv` how likely each text was to be"
        " drawn. Kappa follows from `both_present`, `both_absent`, `prevalence` and `bias` in"
        " `agreement.csv`; precision is `both` / (`both` + `machine_only`) and recall `both` /"
        " (`both` + `coder_only`) in `accuracy.csv`, where a text counts for as many as it stands"
        " for; `confusion.csv` and `errors.csv` have every difference, with its text and what the"
        " machine saw. A corrected share is written out in the column `worked` of `estimates.csv`:"
        " texts of a cell / its coded texts x those counted."
    )
    for row in estimates:
        if row["question"] == "implementation" and row.get("corrected") is not None:
            yield (
                f"- {row['corpus']} texts about implementation that mention no relationship:"
                f" {row['worked']} = {row['corrected']:.4f}"
            )


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
    for what in ("orientation", WHOSE):
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
