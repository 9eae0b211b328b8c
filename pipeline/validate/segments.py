"""Coded segments from software for qualitative analysis, as it exports them to CSV."""

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import RapportError
from pipeline.study import Study
from pipeline.tables import (
    FIELDS,
    RECORDS,
    SEGMENTS,
    from_rows,
    read_shard,
    shard_paths,
    write_table,
)
from pipeline.taxonomy.read import read_taxonomy
from pipeline.validate.qda import guid, place_in_source, source_text
from pipeline.validate.read_sheets import all_told, csv_rows, is_filled
from pipeline.validate.sample import texts_of
from pipeline.validate.scheme import Scheme, read_scheme
from pipeline.validate.sheet import FOLDER
from pipeline.validate.workbook import CODER, REST_ABSENT, write_sheet

_HEADERS = {
    "file": ("file", "source", "document", "document_name", "file_name", "filename", "record_id"),
    "code": ("code", "code_name", "codename", "name"),
    "start": ("start", "start_position", "startposition", "pos0", "beginning", "begin"),
    "end": ("end", "end_position", "endposition", "pos1"),
    "text": ("text", "segment", "quoted_text", "seltext", "coded_text", "quotation", "content"),
    "coder": ("coder", "owner", "created_by", "author", "user"),
}
"""What the columns are called in the exports of several programs."""

DRIFT = 100
"""Characters by which line endings may have moved a segment from where it says it is."""


def import_segments(study: Study, path: Path) -> Path:
    """Bring in segments that people coded in other software.

    Columns, in any order: `file` (the name of the source: a record's identifier, or the name that
    the project gave it), `code`, and `start` and `end` (characters in the source) or `text` (the
    words that were marked) or both; `coder` if there are several. Places are checked against the
    words where both are given, and found anew from the words where line endings moved them.

    Writes the table `segments`, and a coding sheet with 1 for every code that a text has a segment
    of. Nothing is made 0, for whoever codes segments marks only what is there: a person who has
    coded a text through and through says so with 1 under `rest_absent`, and gives the sheet to
    `rapport validate`.

    Returns
    -------
    The coding sheet.

    Raises
    ------
    RapportError
        naming every row that cannot be placed, all of them at once.
    """
    taxonomy = read_taxonomy(study.taxonomy)
    scheme = read_scheme(taxonomy)
    if not path.is_file():
        raise RapportError("there is no such file", where=path, cure="Name the exported CSV")
    rows = csv_rows(path.read_bytes(), "code")
    header = [re.sub(r"\W+", "_", name.strip().casefold()) for name in rows[0]] if rows else []
    columns = {known: header.index(name) for known, name in _headers(header)}
    if not {"file", "code"} <= columns.keys() or not columns.keys() & {"start", "text"}:
        raise RapportError(
            "needs the columns file, code, and start and end or text",
            where=path,
            row=1,
            cure="Export the coded segments with their sources, or rename the columns",
        )
    sources = _sources(study)
    found: list[dict[str, Any]] = []
    problems: list[RapportError] = []
    cells = [
        (number, {name: row[at].strip() if at < len(row) else "" for name, at in columns.items()})
        for number, row in enumerate(rows[1:], 2)
        if any(cell.strip() for cell in row)
    ]
    texts = texts_of(study, {sources[c["file"]] for _, c in cells if c["file"] in sources})
    for number, cell in cells:
        try:
            segment = _segment(cell, sources, texts, scheme)
        except ValueError as error:
            what, _, cure = str(error).partition(". ")
            problems.append(RapportError(what, where=path, row=number, cure=cure or None))
        else:
            coder = segment["coder"] or path.stem
            found.append(segment | {"coder": coder, "place": f"{path.name}, row {number}"})
    if problems:
        raise all_told(problems)
    return _write_segments(study, scheme, path, found, texts)


def _headers(header: list[str]) -> Iterator[tuple[str, str]]:
    for known, names in _HEADERS.items():
        name = next((name for name in names if name in header), None)
        if name:
            yield known, name


def _sources(study: Study) -> dict[str, str]:
    """The record of each name that a source may go by."""
    names: dict[str, str] = {}
    for path in shard_paths(RECORDS, study.folder):
        for record in read_shard(RECORDS, path, ["record_id"]).column(0).to_pylist():
            file = guid("source", record)
            plain = re.sub(r"[^A-Za-z0-9.]+", "_", record)
            for name in (record, file, f"{file}.txt", plain, f"{plain}.txt", f"{record}.txt"):
                names[name] = record
    return names


def _segment(
    cell: dict[str, str],
    sources: dict[str, str],
    texts: dict[str, dict[str, Any]],
    scheme: Scheme,
) -> dict[str, Any]:
    """One row as a segment. Raises ValueError, what and cure, where it cannot be placed."""
    record = sources.get(cell["file"])
    if record is None:
        near = difflib.get_close_matches(cell["file"], list(sources), 1, 0.8)
        raise ValueError(
            f"there is no record {cell['file']!r}. "
            + (f"Did you mean {near[0]}?" if near else "Sources are named by their record_id")
        )
    code = scheme.column_of.get(cell["code"], cell["code"])
    if code not in scheme.names:
        near = difflib.get_close_matches(code, scheme.names, 1, 0.6)
        raise ValueError(
            f"there is no code {cell['code']!r}. "
            + (f"Did you mean {near[0]}?" if near else "Codes are named as in the codebook")
        )
    title, abstract = texts[record]["title"], texts[record]["abstract"]
    start, end = _placed(cell, source_text(title, abstract))
    offset = place_in_source(title, "abstract", 0)
    field = FIELDS[1] if start >= offset else FIELDS[0]
    shift = offset if field == FIELDS[1] else 0
    whole = texts[record][field]
    return {
        "record_id": record,
        "coder": cell.get("coder", ""),
        "code": code,
        "field": field,
        "start": start - shift,
        "end": min(end - shift, len(whole)),
        "text": whole[start - shift : end - shift],
    }


def _placed(cell: dict[str, str], text: str) -> tuple[int, int]:
    """Where in a source a segment stands: where it says, if the words are there, else the words."""
    words = cell.get("text", "").split()
    try:
        start, end = (int(float(cell.get(side, "").replace(",", "."))) for side in ("start", "end"))
    except ValueError:
        start = end = -1
    if 0 <= start < end <= len(text) and (not words or words == text[start:end].split()):
        return start, end
    if not words:
        place = f"{cell.get('start') or 'nowhere'} to {cell.get('end') or 'nowhere'}"
        raise ValueError(
            f"{place} is no place in a text of {len(text)} characters. Give start and end, or words"
        )
    shown = " ".join(words)[:60]
    pattern = r"\s+".join(map(re.escape, words))
    matches = [match.span() for match in re.finditer(pattern, text)]
    if not matches:
        raise ValueError(f"the words {shown!r} are not in the text. Copy them as they stand")
    nearest = min(matches, key=lambda span: abs(span[0] - start))
    if len(matches) > 1 and (start < 0 or abs(nearest[0] - start) > DRIFT):
        raise ValueError(f"the words {shown!r} come {len(matches)} times. Give start and end too")
    return nearest


def _write_segments(
    study: Study,
    scheme: Scheme,
    path: Path,
    found: list[dict[str, Any]],
    texts: dict[str, dict[str, Any]],
) -> Path:
    rows = sorted(found, key=lambda segment: tuple(segment[name] for name in SEGMENTS.key))
    write_table(SEGMENTS, from_rows(SEGMENTS, rows), study.folder)
    sheet: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows:
        record, coder = row["record_id"], row["coder"]
        text = texts[record]
        line = sheet.setdefault(
            (coder, record),
            {
                "record_id": record,
                "title": text["title"],
                "text": text["abstract"][:32_000],
                CODER: coder,
            },
        )
        line[row["code"]] = "1"
    to = study.folder / FOLDER / f"segments-{path.stem}.xlsx"
    if is_filled(to, REST_ABSENT):
        raise RapportError(
            "somebody has filled this in already", where=to, cure="Give it another name first"
        )
    write_sheet(to, scheme, [line for _, line in sorted(sheet.items())], f"Segments of {path.name}")
    return to
