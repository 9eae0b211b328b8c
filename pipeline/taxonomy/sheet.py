"""A taxonomy as a spreadsheet left it: encodings, separators, blanks and all."""

import csv
import difflib
import io
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import RapportError

REQUIRED = ("id", "label", "facet", "cues")
OPTIONAL = ("cluster", "group", "number", "orientation", "exclude", "definition", "source")
RATING = "orientation"
"""Every column whose name begins so holds a rating of orientation."""


@dataclass(frozen=True)
class Sheet:
    """The cells of a file by column, with the number of the row that each record begins in."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]

    @property
    def ratings(self) -> tuple[str, ...]:
        """The columns that hold ratings of orientation."""
        return tuple(column for column in self.columns if column.startswith(RATING))


def read_sheet(path: Path) -> Sheet:
    """Read the cells of a taxonomy, in any encoding and with any usual separator.

    Raises
    ------
    RapportError
        for a file that is missing, empty, no text, or lacks a column.
    """
    text = _text(path)
    if not text.strip():
        raise RapportError(
            "is empty", where=path, cure=f"It needs the columns {', '.join(REQUIRED)}"
        )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
    columns: tuple[str, ...] = ()
    rows = []
    begins = 1
    try:
        for cells in reader:
            row, begins = begins, reader.line_num + 1
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if not columns:
                columns = _columns(cells, path, row)
            else:
                padded = [*cells, *[""] * (len(columns) - len(cells))]
                rows.append((row, dict(zip(columns, padded, strict=False))))
    except csv.Error as error:
        raise RapportError(
            f"cannot be read as CSV ({error})", where=path, row=reader.line_num
        ) from error
    return Sheet(path, columns, tuple(rows))


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise RapportError("there is no such taxonomy", where=path, cure="Check the path") from None
    except IsADirectoryError:
        raise RapportError("is a folder", where=path, cure="Name the taxonomy's CSV file") from None
    except OSError as error:
        raise RapportError(f"cannot be read ({error.strerror})", where=path) from error
    if content[:4] == b"PK\x03\x04":
        raise RapportError(
            "is a workbook", where=path, cure="Save it as CSV (UTF-8) from the spreadsheet"
        )
    encodings = (
        ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    )
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise RapportError(
        "is not text", where=path, cure="Save it as CSV (UTF-8) from the spreadsheet"
    )


def _separator(text: str) -> str:
    """The separator that the header is split by."""
    header = next(line for line in text.splitlines() if line.strip())
    return max(",;\t|", key=header.count)


def _columns(cells: list[str], path: Path, row: int) -> tuple[str, ...]:
    columns = tuple(cell.casefold().replace(" ", "_") for cell in cells)
    known = (*REQUIRED, *OPTIONAL)
    for column in REQUIRED:
        if column not in columns:
            near = difflib.get_close_matches(column, [c for c in columns if c not in known], 1, 0.7)
            cure = (
                f"Is {near[0]!r} meant for it?" if near else f"The header has {', '.join(columns)}"
            )
            raise RapportError(f"there is no column {column!r}", where=path, row=row, cure=cure)
    for column in columns:
        near = difflib.get_close_matches(column, known, 1, 0.8)
        if column not in known and near and not column.startswith(RATING):
            raise RapportError(
                f"there is an unknown column {column!r}",
                where=path,
                row=row,
                cure=f"Did you mean {near[0]!r}?",
            )
    for column in columns:
        if column and columns.count(column) > 1:
            raise RapportError(f"two columns are named {column!r}", where=path, row=row)
    return columns
