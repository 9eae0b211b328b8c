"""`rapport sheet`: draw texts and write a coding workbook for each coder."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pipeline import manifest
from pipeline.errors import RapportError
from pipeline.study import Study
from pipeline.tables import ESTIMATE, RECONCILED, written_whole
from pipeline.taxonomy.read import read_taxonomy
from pipeline.validate.sample import (
    choose_for_training,
    draw_sample,
    number_of,
    texts_of,
)
from pipeline.validate.scheme import read_scheme
from pipeline.validate.workbook import CODER, MOST_CHARACTERS, write_sheet

FOLDER = "coding"
"""The folder of a study that its coding sheets are in."""

_ROOM_FOR_NOTE = 300


def draw(
    study: Study,
    n: int = 200,
    seed: int | None = None,
    coders: Sequence[str] = ("a", "b"),
    mode: Literal["probability", "active"] = "probability",
) -> list[Path]:
    """Draw texts to be coded and write a workbook and a CSV file for each coder.

    Parameters
    ----------
    n : texts to draw; fewer are drawn where there are fewer.
    seed : seed of the drawing; the study's where none is given.
    coders : names of the coders, each of whom gets a copy of the same texts in the same order.
    mode : `probability` draws a stratified random sample, to estimate with; `active` chooses the
        texts most worth coding next, which train a model and never estimate anything.

    Returns
    -------
    The files written, in `coding/` of the study's folder. A text too long for a cell is written
    whole to a file of its own, which the cell names.

    Raises
    ------
    RapportError
        for a number below 1, for names of coders that are no use, where nothing is left to draw.
    """
    _check(n, coders)
    manifest.require(study.folder, "classify")
    taxonomy = read_taxonomy(study.taxonomy)
    scheme = read_scheme(taxonomy)
    seed = study.seed if seed is None else seed
    drawing = draw_sample if mode == "probability" else choose_for_training
    drawn = drawing(study, taxonomy, n, seed)
    texts = texts_of(study, [row["record_id"] for row in drawn])
    # Strata are mixed, so that the place in the sheet tells nothing of what the machine saw.
    order = sorted(texts, key=lambda record: number_of(seed + 1, record))
    folder = study.folder / FOLDER
    kind = "sheet" if drawn[0]["purpose"] == ESTIMATE else "training"
    written: list[Path] = []
    rows = []
    for record in order:
        text, whole = _readable(texts[record]["abstract"], record, folder)
        written += [whole] if whole else []
        rows.append({"record_id": record, "title": texts[record]["title"], "text": text})
    for coder in coders:
        path = folder / f"{kind}-{drawn[0]['round']}-{coder}.xlsx"
        title = " ".join(filter(None, (f"{study.title}, coder {coder}.", study.notice)))
        write_sheet(path, scheme, [{**row, CODER: coder} for row in rows], title)
        written += [path, path.with_suffix(".csv")]
    return written


def _check(n: int, coders: Sequence[str]) -> None:
    if n < 1:
        raise RapportError(f"{n} texts cannot be drawn", cure="Draw at least 1")
    for coder in coders:
        if not re.fullmatch(r"[\w.-]+", coder) or coder == RECONCILED:
            raise RapportError(
                f"{coder!r} cannot name a coder",
                cure="Use letters, digits, hyphens and full stops",
            )
    if not coders or len({coder.casefold() for coder in coders}) < len(coders):
        raise RapportError("coders need a name each", cure="Name each coder once, such as a and b")


def _readable(text: str, record: str, folder: Path) -> tuple[str, Path | None]:
    """A text as a cell holds it and, where it is longer, the file that it is whole in."""
    if len(text) < MOST_CHARACTERS:
        return text, None
    path = folder / "long_texts" / f"{re.sub(r'[^A-Za-z0-9]+', '-', record)}.txt"
    with written_whole(path, "w", encoding="utf-8") as stream:
        stream.write(text)
    note = f"\n[Too long for a cell: read all of it in long_texts/{path.name}]"
    return text[: MOST_CHARACTERS - _ROOM_FOR_NOTE] + note, path
