"""The gaps stage: from codes to where relationships go unmentioned, and how sure that is."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline import manifest
from pipeline.errors import RapportError
from pipeline.gaps.chance import null_of
from pipeline.gaps.comparison import comparison_rows, contrast_rows
from pipeline.gaps.incidence import read_incidences
from pipeline.gaps.settings import Settings, settings_of
from pipeline.gaps.unmentioned import unmentioned_rows
from pipeline.gaps.verdicts import judge, silence_rows
from pipeline.study import Study
from pipeline.tables import COMPARISON, CONTRASTS, GAPS, SILENCES, Table, from_rows, write_table
from pipeline.taxonomy.concepts import Taxonomy
from pipeline.taxonomy.read import read_taxonomy

Row = dict[str, Any]


def run(study: Study) -> None:
    """Measure what goes unmentioned in a study, and write the tables of the stage.

    Raises
    ------
    RapportError
        where classify has not finished, the taxonomy was edited since, or a setting is wrong.
    """
    settings = settings_of(study)
    taxonomy = _taxonomy_as_coded(study)
    manifest.begin(study.folder, "gaps")
    facts = build(study.folder, taxonomy, settings, study.rating, study.seed)
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
    folder: Path, taxonomy: Taxonomy, settings: Settings, rating: str, seed: int
) -> dict[str, Any]:
    """Write the tables of the stage into a study's folder; return what the manifest tells."""
    texts = read_incidences(folder, taxonomy)
    gaps: list[Row] = []
    silences: list[Row] = []
    facts: dict[str, Any] = {}
    for number, (corpus, part) in enumerate(texts.items()):
        if not len(part):
            continue
        gaps += unmentioned_rows(corpus, part)
        null = null_of(part, settings.year_window, settings.randomisations, [seed, number])
        judged = judge(null, settings)
        silences += silence_rows(corpus, part, judged, rating)
    research, practice = texts["research"], texts["practice"]
    _write(folder, GAPS, gaps)
    _write(folder, SILENCES, silences)
    _write(folder, COMPARISON, comparison_rows(research, practice))
    _write(folder, CONTRASTS, contrast_rows(research, practice))
    return facts


def _taxonomy_as_coded(study: Study) -> Taxonomy:
    """The taxonomy; raises where it is not the one that the texts were coded with."""
    classified = manifest.require(study.folder, "classify")
    taxonomy = read_taxonomy(study.taxonomy)
    if classified["taxonomy"]["hash"] != taxonomy.hash:
        raise RapportError(
            "the taxonomy was edited since the texts were coded",
            where=study.taxonomy,
            cure="Run `rapport classify`",
        )
    return taxonomy


def _write(folder: Path, table: Table, rows: list[Row]) -> None:
    """Write a table with its rows in the order of its key."""
    ordered = sorted(rows, key=lambda row: tuple(row[name] for name in table.key))
    write_table(table, from_rows(table, ordered), folder)
