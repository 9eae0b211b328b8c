"""The validate stage: coding sheets out and in, and what they say of the machine's codes."""

from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import datapackage, manifest
from pipeline.study import Study
from pipeline.tables import (
    ACCURACY,
    AGREEMENT,
    CODED,
    CONFUSION,
    ERRORS,
    ESTIMATE,
    ESTIMATES,
    RECORDS,
    TRAINING,
    Table,
    from_rows,
    path_of,
    read_shard,
    shard_paths,
    write_table,
    written_whole,
)
from pipeline.taxonomy.coded import taxonomy_as_coded
from pipeline.validate.accuracy import accuracy, confusions, errors
from pipeline.validate.agreement import agreement, disagreements
from pipeline.validate.codings import Codings, read_codings
from pipeline.validate.estimates import coded_sample, estimates
from pipeline.validate.qda import export_qda
from pipeline.validate.read_sheets import CODE, SETTLED, is_filled, read_sheets
from pipeline.validate.report import validation_report
from pipeline.validate.sample import (
    by_text,
    drawn_before,
    keep_sample,
    mentions_of,
    texts_of,
)
from pipeline.validate.scheme import Scheme, read_scheme
from pipeline.validate.segments import import_segments
from pipeline.validate.sheet import FOLDER, draw
from pipeline.validate.workbook import write_list

__all__ = ["draw", "export_qda", "import_segments", "tell_again", "validate"]

Row = dict[str, Any]

REPORT = "validation.md"


def validate(study: Study, sheets: Sequence[Path]) -> Path:
    """Read filled coding sheets into `coded`, and tell what they say: see `tell`.

    Returns
    -------
    The report.

    Raises
    ------
    RapportError
        for cells that cannot be understood, all of them at once; where classify has not finished,
        or the taxonomy was edited since.
    """
    scheme = read_scheme(taxonomy_as_coded(study, rated=False))
    filled = read_sheets(sheets, scheme, _records(study), by_text(study))
    if filled.drawn:
        keep_sample(study, filled.drawn)
    rows = [
        {
            "record_id": entry.record,
            "coder": entry.coder,
            "code": entry.code,
            "value": entry.value,
            "place": entry.place,
        }
        for entry in filled.entries
    ]
    _write(study, CODED, rows)
    return tell(study, filled.notes)


def tell_again(study: Study) -> None:
    """Tell anew what the coders' codes say of the machine's, where a sample has been coded.

    To be called when the machine's codes have changed, so that no corrected share is lost and none
    is of codes that are no more.
    """
    told = manifest.read(study.folder).get("validate")
    if told is not None and path_of(CODED, study.folder).exists():
        tell(study, told.get("passed over", []))


def tell(study: Study, notes: Sequence[str]) -> Path:
    """Tell agreement, accuracy and corrected shares, from `coded` and the machine's codes.

    Writes `agreement`, `accuracy`, `confusion`, `errors` and `estimates`, the report
    `validation.md`, and a workbook of the disagreements, to be settled by the coders and given back
    as one more sheet. Agreement is told of the texts as each coder coded them alone; everything
    else of what was settled. Texts chosen for training are kept in `coded` and left out of every
    figure.

    Parameters
    ----------
    notes : what was passed over when the sheets were read.
    """
    taxonomy = taxonomy_as_coded(study, rated=False)
    scheme = read_scheme(taxonomy)
    coded = read_codings(study, scheme)
    codings = coded.only(_records(study))
    purposes = {(row["record_id"], row["purpose"]) for row in drawn_before(study)}
    drawn = {record for record, purpose in purposes if purpose == ESTIMATE}
    chosen = {record for record, purpose in purposes if purpose == TRAINING} - drawn
    outside = len(set(codings.ids) - drawn - chosen)
    gone = len(coded.ids) - len(codings.ids)
    remarks = [f"{outside} coded texts were never drawn: no share rests on them"] * bool(outside)
    remarks += [f"{gone} coded texts are no longer in the study"] * bool(gone)
    told = codings.only(drawn & set(codings.ids) or set(codings.ids) - chosen)
    tables: dict[str, list[Row]] = {"agreement": agreement(told, scheme, study.seed)}
    sample = None
    if drawn & set(codings.ids):
        sample = coded_sample(study, scheme)
        ids = sample.machine.ids
        tables |= {
            "accuracy": accuracy(sample, scheme, study.seed),
            "confusion": confusions(sample, scheme),
            "errors": errors(sample, scheme, texts_of(study, ids), mentions_of(study, ids)),
            "estimates": estimates(study, taxonomy, scheme, sample),
        }
    for table in (AGREEMENT, ACCURACY, CONFUSION, ERRORS, ESTIMATES):
        _write(study, table, tables.get(table.name, []))
    _write_disagreements(study, told, scheme)
    report = study.folder / REPORT
    with written_whole(report, "w", encoding="utf-8") as stream:
        stream.write(validation_report(study, told, sample, tables, [*notes, *remarks]))
    datapackage.write(study.folder)
    manifest.finish(
        study.folder,
        "validate",
        codes=manifest.require(study.folder, "classify")["tables"],
        coders=list(codings.coders),
        texts={"coded": len(codings.ids), "in the sample": len(sample.strata) if sample else 0},
        **{"passed over": list(notes)},
        versions=manifest.versions("krippendorff", "numpy", "scikit-learn", "scipy"),
    )
    return report


def _records(study: Study) -> set[str]:
    return {
        record
        for path in shard_paths(RECORDS, study.folder)
        for record in read_shard(RECORDS, path, ["record_id"]).column(0).to_pylist()
    }


def _write(study: Study, table: Table, rows: Iterable[Row]) -> None:
    write_table(table, from_rows(table, list(rows)), study.folder)


def _write_disagreements(study: Study, codings: Codings, scheme: Scheme) -> None:
    """A workbook with one row for each code that coders differ on, to be settled.

    One that somebody began to fill in is left alone, and the next number taken.
    """
    folder = study.folder / FOLDER
    names = (f"disagreements{'' if n == 1 else f'-{n}'}.xlsx" for n in count(1))
    path = next(path for path in (folder / name for name in names) if not is_filled(path, SETTLED))
    found = disagreements(codings, scheme)
    if not found:
        path.unlink(missing_ok=True)
        return
    texts = texts_of(study, {record for record, *_ in found})
    columns = {"record_id": 14.0, CODE: 22.0, SETTLED: 9.0}
    columns |= {f"coder {coder}": 9.0 for coder in codings.coders}
    columns |= {"title": 28.0, "text": 90.0}
    rows = [
        (
            record,
            code,
            None,
            *(None if np.isnan(value) else int(value) for value in said),
            texts[record]["title"],
            texts[record]["abstract"][:32_000],
        )
        for record, code, said in found
    ]
    write_list(path, "disagreements", columns, rows, marks=SETTLED)
