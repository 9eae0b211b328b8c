"""The gaps stage: from codes to where relationships go unmentioned, and how sure that is."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline import datapackage, manifest
from pipeline.gaps.backtest import backtest_rows
from pipeline.gaps.chance import CLOSED_FORM, Null, closed_null, null_of
from pipeline.gaps.comparison import comparison_rows, contrast_rows
from pipeline.gaps.corrected import correct
from pipeline.gaps.cues import Reliance, read_reliance
from pipeline.gaps.documents import spread_of
from pipeline.gaps.incidence import Incidence, read_incidences
from pipeline.gaps.intervals import TRUST
from pipeline.gaps.misfits import misfit_rows
from pipeline.gaps.missing import forecast_rows, missing_rows
from pipeline.gaps.roles import answer_rows, role_rows
from pipeline.gaps.sensitivity import findings, needed, outcomes, sensitivity_rows
from pipeline.gaps.settings import Settings, settings_of
from pipeline.gaps.trends import trend_rows
from pipeline.gaps.unmentioned import unmentioned_rows
from pipeline.gaps.verdicts import Judged, judge, kinds, silence_rows
from pipeline.study import Study
from pipeline.tables import (
    ANSWERS,
    BACKTEST,
    COMPARISON,
    CONTRASTS,
    FORECASTS,
    GAPS,
    MISFITS,
    MISSING,
    ROLES,
    SENSITIVITY,
    SILENCES,
    TRENDS,
    Table,
    from_rows,
    write_table,
)
from pipeline.taxonomy.coded import taxonomy_as_coded
from pipeline.taxonomy.concepts import RELATIONAL_TRANSACTIONAL, Taxonomy
from pipeline.taxonomy.fits import fits_path, read_fits

TABLES_OF_A_CORPUS = (
    GAPS,
    SILENCES,
    ROLES,
    ANSWERS,
    MISFITS,
    TRENDS,
    MISSING,
    FORECASTS,
    BACKTEST,
    SENSITIVITY,
)

Row = dict[str, Any]


def run(study: Study) -> None:
    """Measure what goes unmentioned in a study, and write the tables of the stage.

    Raises
    ------
    RapportError
        where classify has not finished, the taxonomy was edited since or lacks the rating asked
        for, or a setting is wrong.
    """
    settings = settings_of(study)
    taxonomy = taxonomy_as_coded(study)
    manifest.begin(study.folder, "gaps")
    fits = read_fits(fits_path(study.taxonomy), taxonomy)
    facts = build(study.folder, taxonomy, fits, settings, study.rating, study.seed)
    datapackage.write(study.folder)
    manifest.finish(
        study.folder,
        "gaps",
        seed=study.seed,
        rating=study.rating,
        settings=asdict(settings),
        **facts,
        versions=manifest.versions("networkx", "numpy", "pyarrow", "scipy"),
    )


def build(
    folder: Path,
    taxonomy: Taxonomy,
    fits: dict[str, frozenset[str]],
    settings: Settings,
    rating: str,
    seed: int,
) -> dict[str, Any]:
    """Write the tables of the stage into a study's folder; return what the manifest tells."""
    texts = read_incidences(folder, taxonomy)
    reliance = read_reliance(folder, texts["research"].concepts)
    rows: dict[Table, list[Row]] = {table: [] for table in TABLES_OF_A_CORPUS}
    facts: dict[str, Any] = {}
    for number, (corpus, part) in enumerate(texts.items()):
        if len(part):
            told, facts[corpus] = measure(
                corpus, part, reliance[corpus], settings, rating, [seed, number]
            )
            told[MISFITS] = misfit_rows(corpus, part, fits)
            for table, more in told.items():
                rows[table] += more
    correct(rows[GAPS], folder)
    rows[COMPARISON] = comparison_rows(texts["research"], texts["practice"])
    rows[CONTRASTS] = contrast_rows(texts["research"], texts["practice"])
    for table, of_table in rows.items():
        ordered = sorted(of_table, key=lambda row: tuple(row[name] for name in table.key))
        write_table(table, from_rows(table, ordered), folder)
    return {"corpora": facts}


def measure(
    corpus: str,
    texts: Incidence,
    reliance: Reliance,
    settings: Settings,
    rating: str,
    seed: list[int],
) -> tuple[dict[Table, list[Row]], dict[str, Any]]:
    """The rows of one corpus for each table, and what the manifest tells of it."""
    null = null_of(texts, settings.year_window, settings.randomisations, seed)
    judged = judge(null, settings)
    by_facet = judged_by_facet(texts, null, settings)
    found = findings(texts, judged, settings, rating)
    told = list(outcomes(found, reliance))
    rows = {
        GAPS: unmentioned_rows(corpus, texts),
        SILENCES: silence_rows(corpus, texts, judged, by_facet, rating, needed(found, told)),
        ROLES: role_rows(corpus, texts),
        ANSWERS: answer_rows(corpus, texts, rating),
        TRENDS: trend_rows(corpus, texts, settings),
        MISSING: missing_rows(corpus, texts, null.chance.mean),
        FORECASTS: forecast_rows(corpus, texts, settings.horizon),
        BACKTEST: backtest_rows(corpus, texts, settings),
        SENSITIVITY: sensitivity_rows(corpus, found, told),
    }
    [overall] = [row for row in rows[GAPS] if row["question"] == "all"]
    headline = kinds(texts.concepts, judged, rating) == RELATIONAL_TRANSACTIONAL
    facts: dict[str, Any] = {
        "texts": len(texts),
        "name a strategy": overall["n"],
        "of these, mention no relationship": {
            name: overall[name] for name in ("unmentioned", "low", "high")
        },
        "null": null.facts | {"probabilities": "counted" if judged.counted else "binomial"},
        "pairs": judged.tally(),
        "relational-transactional pairs": judged.tally(headline),
        "told at a probability of": judged.level,
    }
    if texts.cluster is not None:
        facts["passages"] = {"spread between documents": spread_of(texts), "worth": TRUST}
    if by_facet is not None:
        facts["pairs, keeping the facets of a text"] = by_facet.tally()
        facts["relational-transactional pairs, keeping the facets of a text"] = by_facet.tally(
            headline
        )
    return rows, facts


def judged_by_facet(texts: Incidence, null: Null, settings: Settings) -> Judged | None:
    """The pairs judged with each text keeping how many concepts of each facet it names.

    Nothing where strata are so small that the closed form does not hold.
    """
    if null.facts["moments"] != CLOSED_FORM:
        return None
    return judge(closed_null(texts, settings.year_window, by_facet=True), settings)
