"""Excel workbooks (`.xlsx`): every sheet that has titles or abstracts."""

import datetime
import itertools
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from pipeline.errors import RapportError
from pipeline.harvest.entries import Entry, Item, Note
from pipeline.harvest.formats.columns import Columns, check_named, no_columns, recognise
from pipeline.harvest.formats.table import CUT_BY_SPREADSHEET, cut_texts, missing_columns
from pipeline.harvest.reading import Text

_HEADING_WITHIN = 30


def entries(text: Text, options: Mapping[str, Any]) -> Iterator[Item]:
    """The entries of each of a workbook's sheets in which titles or abstracts are named.

    Raises
    ------
    RapportError
        where there is no such sheet, or the workbook is damaged.
    """
    try:
        with text.path.open("rb") as stream:
            workbook = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            try:
                yield from _entries(text, options, workbook.worksheets)
            finally:
                workbook.close()
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        ParseError,
        KeyError,
        ValueError,
        EOFError,
    ) as error:
        raise RapportError(
            f"is a damaged workbook ({error})", where=text.path, cure="Save it again"
        ) from error


def _entries(text: Text, options: Mapping[str, Any], sheets: Sequence[Any]) -> Iterator[Item]:
    named = options.get("columns")
    first_rows: list[list[str]] = []
    unread = []
    read = 0
    for sheet in sheets:
        sheet.reset_dimensions()
        rows = (
            (number, [_text(cell) for cell in cells])
            for number, cells in enumerate(sheet.iter_rows(values_only=True), 1)
        )
        filled = []
        for heading, names in itertools.islice(rows, _HEADING_WITHIN):
            filled += [names] if any(names) else []
            if columns := recognise(names, named if isinstance(named, Mapping) else None):
                check_named(named, names, text.path, heading)
                yield from missing_columns(columns, text.name)
                yield from _rows(f"{text.name}, sheet {sheet.title}", rows, columns)
                read += 1
                break
        else:
            first_rows += filled[:1]
            unread += [sheet.title] if filled else []
    if not read:
        names = next(iter(first_rows), [])
        check_named(named, names, text.path, 1)
        raise no_columns(names, text.path, 1)
    for title in unread:
        yield Note(text.name, f"sheet {title} has no column of titles or abstracts; it is not read")


def _rows(place: str, rows: Iterable[tuple[int, list[str]]], columns: Columns) -> Iterator[Item]:
    cut = 0
    for number, cells in rows:
        if any(cells):
            cut += max(map(len, cells)) >= CUT_BY_SPREADSHEET
            yield Entry(place=f"{place}, row {number}", **columns.values(cells))
    if cut:
        yield Note(place, cut_texts(cut))


def _text(cell: Any) -> str:
    """A cell as text: a whole number without `.0`, a date as year, month and day."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime | datetime.date):
        return cell.isoformat()[:10]
    return str(cell).strip()
