"""Workbooks that people code in: the sheet to fill, the codebook beside it, and a CSV twin."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.tables import harmless, written_whole
from pipeline.validate.scheme import GENERAL_RULES, Scheme

CODING, CODEBOOK = "coding", "codebook"
READ = ("record_id", "title", "text")
"""Columns to read, before those to fill."""

REST_ABSENT, COMMENT, CODER = "rest_absent", "comment", "coder"
MOST_CHARACTERS = 32_767
"""A cell of a spreadsheet holds no more: Excel cuts the rest without a word."""

_TINTS = {
    "implementation": "DDE6EE",
    "strategy": "F3E7D3",
    "relational": "DDEBDD",
    "relationship": "DDE6EE",
    "role": "E9E1EE",
}
_WIDTHS = {"record_id": 14.0, "title": 28.0, "text": 78.0, COMMENT: 40.0, CODER: 10.0}
_CODE_WIDTH = 5.0
_LINE, _TALLEST = 15.0, 409.0
"""Height of a line, and of the tallest row that Excel knows, in points."""


def columns_of(scheme: Scheme) -> tuple[str, ...]:
    """The columns of a coding sheet in their order."""
    return (*READ, *scheme.names, REST_ABSENT, COMMENT, CODER)


def write_sheet(path: Path, scheme: Scheme, rows: Sequence[dict[str, str]], title: str) -> None:
    """Write one coder's workbook and its CSV twin, with nothing filled in but what is in `rows`."""
    columns = columns_of(scheme)
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = CODING
    _fill(sheet, columns, ([row.get(name, "") for name in columns] for row in rows))
    _lay_out(sheet, scheme, len(rows))
    _codebook(book.create_sheet(CODEBOOK), scheme, title)
    save(book, path)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([harmless(row.get(name, "")) for name in columns] for row in rows)
    with written_whole(path.with_suffix(".csv")) as stream:
        stream.write(b"\xef\xbb\xbf" + text.getvalue().encode())


def write_list(
    path: Path, name: str, columns: dict[str, float], rows: Iterable[Sequence[Any]], marks: str = ""
) -> None:
    """Write a workbook of one plain sheet: its columns with their widths, and what is in them.

    `marks` names the column that takes 1 or 0.
    """
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = name
    _fill(sheet, tuple(columns), rows)
    for place, width in enumerate(columns.values(), 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "A2"
    _read_well(sheet, max(columns.values()))
    if marks:
        letter = get_column_letter(list(columns).index(marks) + 1)
        sheet.add_data_validation(_mark(f"{letter}2:{letter}{sheet.max_row + 1}", marks, ""))
    save(book, path)


def save(book: Workbook, path: Path) -> None:
    """Write a workbook whole or not at all."""
    with written_whole(path) as stream:
        book.save(stream)


def _fill(sheet: Worksheet, columns: tuple[str, ...], rows: Iterable[Sequence[Any]]) -> None:
    sheet.append(list(columns))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        sheet.append([_clean(value) for value in row])


def _clean(value: Any) -> Any:
    """A cell that no spreadsheet runs or refuses."""
    if not isinstance(value, str):
        return value
    return harmless(ILLEGAL_CHARACTERS_RE.sub(" ", value)) or None


def _lay_out(sheet: Worksheet, scheme: Scheme, rows: int) -> None:
    family = {code.name: code.family for code in scheme.codes}
    rules = {code.name: code.rule for code in scheme.codes}
    rules[REST_ABSENT] = "1: every cell still blank in this row counts as 0."
    edge = Border(left=Side(style="thin", color="BFBFBF"))
    last = max(rows + 1, 2)
    for place, cell in enumerate(sheet[1], 1):
        name, letter = str(cell.value), get_column_letter(place)
        marked = name in rules
        sheet.column_dimensions[letter].width = _CODE_WIDTH if marked else _WIDTHS[name]
        if not marked:
            continue
        cell.alignment = Alignment(text_rotation=90, vertical="bottom", horizontal="center")
        cell.fill = PatternFill("solid", fgColor=_TINTS.get(family.get(name, ""), "EEEEEE"))
        sheet.add_data_validation(_mark(f"{letter}2:{letter}{last}", name, rules[name]))
        for (below,) in sheet[f"{letter}2:{letter}{last}"]:
            below.border = edge
            below.alignment = Alignment(horizontal="center", vertical="top")
    sheet.row_dimensions[1].height = 130
    sheet.freeze_panes = f"{get_column_letter(len(READ) + 1)}2"
    _read_well(sheet, _WIDTHS["text"])


def _mark(cells: str, name: str, rule: str) -> DataValidation:
    """A drop-down of 1 and 0 that may stay blank, with the rule shown when a cell is chosen."""
    mark = DataValidation(
        type="list",
        formula1='"1,0"',
        allow_blank=True,
        showErrorMessage=True,
        errorTitle="1, 0 or blank",
        error="1 is present, 0 is absent, blank is not coded.",
        showInputMessage=bool(rule),
        promptTitle=name[:32],
        prompt=rule if len(rule) <= 255 else f"{rule[:230]}... (see the codebook)",
    )
    mark.sqref = cells
    return mark


def _read_well(sheet: Worksheet, width: float) -> None:
    """Text wrapped and from the top, in rows as high as their longest text needs."""
    for number, row in enumerate(sheet.iter_rows(min_row=2), 2):
        longest = ""
        for cell in row:
            if isinstance(cell.value, str):
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                longest = max(longest, cell.value, key=len)
        lines = sum(1 + len(line) / (1.05 * width) for line in longest.split("\n"))
        sheet.row_dimensions[number].height = min(_TALLEST, _LINE * (int(lines) + 1))


def _codebook(sheet: Worksheet, scheme: Scheme, title: str) -> None:
    _fill(
        sheet,
        ("column", "kind", "how to code it"),
        [
            *(("", "", rule) for rule in (title, *GENERAL_RULES)),
            *((code.name, code.family, code.rule) for code in scheme.codes),
        ],
    )
    for letter, width in (("A", 26.0), ("B", 16.0), ("C", 110.0)):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    _read_well(sheet, 110.0)
