"""Filled coding sheets read back, however a person left them.

XLSX or CSV in any of its dialects; columns and rows in any order, blank rows and rows above the
header, further columns, renamed files; marks as 1, 0, yes, no, x, TRUE, 1.0 or 1,0. What cannot be
understood is never guessed at: every such cell is named, all of them at once.

Texts that were drawn and coded elsewhere come in as a sheet, too, with two further columns: the
`stratum` that a text was drawn from and the `population` of texts in it (or, for the second, the
`probability` with which it was drawn). Records may then be known by their text where the sheet has
identifiers of its own.
"""

import csv
import difflib
import io
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from charset_normalizer import from_bytes
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from pipeline.errors import RapportError
from pipeline.tables import RECONCILED
from pipeline.validate.scheme import Scheme
from pipeline.validate.workbook import CODER, COMMENT, READ, REST_ABSENT

PRESENT = frozenset("1 x xx yes y true t present ja j oui si sí ✓ ✔ ☑ wahr vrai".split())
ABSENT = frozenset("0 no n false f absent nein non ☐ falsch faux".split())
NOT_CODED = frozenset(("", "na", "n/a", "not coded"))
SETTLED_NAMES = frozenset((RECONCILED, "settled", "consensus"))
"""Names that a sheet of settled codes goes by."""

CODE, SETTLED = "code", "settled"
"""Columns of a list of disagreements, beside the record's identifier."""

STRATUM, POPULATION, PROBABILITY = "stratum", "population", "probability"
"""Columns that tell how a text was drawn, where the sample is not the study's own."""

Find = Callable[[str, str], str | None]
"""The record with a title and a text, where there is one."""

MOST_TOLD = 50


@dataclass(frozen=True)
class Entry:
    """One cell that a person filled."""

    record: str
    coder: str
    code: str
    value: int
    place: str


@dataclass
class Filled:
    """What the sheets say: entries, problems to mend, and what was passed over, in words.

    `drawn` has the stratum of each record and how many texts it has, where the sheets tell.
    """

    entries: list[Entry] = field(default_factory=list)
    drawn: dict[str, tuple[str, int]] = field(default_factory=dict)
    problems: list[RapportError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Grid:
    """One sheet: where it is, its rows with their numbers, and the name that the file gives."""

    where: str
    rows: list[tuple[int, Sequence[Any]]]
    stem: str


def read_sheets(
    paths: Sequence[Path], scheme: Scheme, records: set[str], find: Find = lambda *_: None
) -> Filled:
    """Read filled coding sheets and lists of settled disagreements.

    Parameters
    ----------
    records : identifiers of the records of the study.
    find : what finds a record by its title and text, where a sheet has other identifiers.

    Raises
    ------
    RapportError
        naming every cell that cannot be understood, with file, row, column and cure; where two
        cells of one coder contradict each other; where there is nothing coded.
    """
    filled = Filled()
    design = _Design(filled)
    for path in paths:
        found = False
        for grid in _grids(path):
            heads = (i for i, (_, row) in enumerate(grid.rows) if READ[0] in map(_name, row))
            header = next(heads, None)
            if header is not None:
                found = True
                _Sheet(grid, header, scheme, records, find, filled, design).read()
        if not found:
            filled.problems.append(
                RapportError(
                    "no column is named record_id",
                    where=path,
                    cure="Name the column of identifiers so",
                )
            )
    filled.entries = _one_each(filled)
    _contradictions(filled, scheme)
    filled.drawn = design.drawn()
    if filled.problems:
        raise all_told(filled.problems)
    if not filled.entries:
        raise RapportError("nothing is coded yet", where=paths[0] if paths else None)
    return filled


def mark_of(value: Any) -> int | None:
    """1, 0, or None for a cell that says nothing.

    Raises
    ------
    ValueError
        for what is neither.
    """
    if value is None:
        return None
    if isinstance(value, bool | int | float) and value in (0, 1):
        return int(value)
    word = str(value).replace("\u00a0", " ").strip().lstrip("'").strip().casefold()
    word = re.sub(r"^([01])[.,]0*$", r"\1", word)
    if word in NOT_CODED:
        return None
    if word in PRESENT or word in ABSENT:
        return int(word in PRESENT)
    raise ValueError(str(value).strip())


class _Design:
    """How texts were drawn, as the rows of the sheets tell it."""

    def __init__(self, filled: Filled) -> None:
        self.filled = filled
        self.told: dict[str, tuple[str, int | None, float | None]] = {}

    def add(self, record: str, cells: dict[str, Any]) -> str | None:
        """Take what a row tells; return what is wrong with it, if anything."""
        stratum = "" if _is_blank(cells.get(STRATUM)) else str(cells[STRATUM]).strip()
        size, probability = _number(cells.get(POPULATION)), _number(cells.get(PROBABILITY))
        if size is not None and not (size >= 1 and size == int(size)):
            return f"{cells[POPULATION]!r} is no number of texts"
        if probability is not None and not 0 < probability <= 1:
            return f"{cells[PROBABILITY]!r} is no probability above 0 and up to 1"
        if size is None and probability is None:
            return "neither a population nor a probability is given for a text that was drawn"
        if size is not None and not stratum:
            return "a population is given, but no stratum that has it"
        stratum = stratum or f"drawn with probability {probability:g}"
        told = (stratum, None if size is None else int(size), probability)
        if self.told.setdefault(record, told) != told:
            return f"another row tells of {record} that it was drawn otherwise"
        return None

    def drawn(self) -> dict[str, tuple[str, int]]:
        """The stratum of each record and its size, worked out from probabilities if need be."""
        times = Counter(stratum for stratum, *_ in self.told.values())
        return {
            record: (stratum, round(times[stratum] / (probability or 1)) if size is None else size)
            for record, (stratum, size, probability) in self.told.items()
        }


class _Sheet:
    """One sheet on its way to entries."""

    def __init__(
        self,
        grid: _Grid,
        header: int,
        scheme: Scheme,
        records: set[str],
        find: Find,
        filled: Filled,
        design: _Design,
    ) -> None:
        self.where, self.stem = grid.where, grid.stem
        self.scheme, self.records, self.filled = scheme, records, filled
        self.find, self.design, self.known_by_text = find, design, 0
        self.columns = self._columns(*grid.rows[header])
        self.rows = grid.rows[header + 1 :]

    def read(self) -> None:
        """Add what the rows say to the entries, and what cannot be understood to the problems."""
        take = self._settled if {CODE, SETTLED} <= self.columns.keys() else self._coded
        for number, row in self.rows:
            if all(_is_blank(cell) for cell in row):
                continue
            cells = {name: row[at] if at < len(row) else None for name, at in self.columns.items()}
            if record := self._record(number, cells):
                take(number, record, cells)
                if self.tells_design and (wrong := self.design.add(record, cells)):
                    cure = f"Fill in {STRATUM}, and {POPULATION} or {PROBABILITY}, in every row"
                    self._problem(number, self.columns[READ[0]], wrong, cure)
        if self.known_by_text:
            self.filled.notes.append(
                f"{self.where}: {self.known_by_text} rows were known by their text alone"
            )

    @property
    def tells_design(self) -> bool:
        """Whether the sheet tells how its texts were drawn."""
        return bool({POPULATION, PROBABILITY} & self.columns.keys())

    def _problem(self, row: int, at: int, what: str, cure: str) -> None:
        letter = get_column_letter(at + 1)
        self.filled.problems.append(
            RapportError(what, where=self.where, row=row, column=letter, cure=cure)
        )

    def _columns(self, row: int, given: Sequence[Any]) -> dict[str, int]:
        """Where each known column is; a name that looks like a slip of the pen is a problem."""
        names = [_name(cell) for cell in given]
        known = {*READ, *self.scheme.names, REST_ABSENT, COMMENT, CODER, CODE, SETTLED}
        known |= {STRATUM, POPULATION, PROBABILITY}
        lost = [name for name in self.scheme.names if name not in names]
        columns: dict[str, int] = {}
        for at, name in enumerate(names):
            if name in columns:
                self._problem(row, at, f"a second column is named {name}", "Delete one of them")
            elif name in known:
                columns[name] = at
            elif near := difflib.get_close_matches(name, lost, 1, 0.8):
                self._problem(row, at, f"no code is named {given[at]!r}", f"Write {near[0]}")
            elif name and SETTLED not in names:
                self.filled.notes.append(f"{self.where}: column {given[at]!r} was passed over")
        if lost and SETTLED not in columns:
            self.filled.notes.append(f"{self.where}: not there, so not coded: {', '.join(lost)}")
        return columns

    def _record(self, row: int, cells: dict[str, Any]) -> str | None:
        """The record of a row; None, and a problem told, where it cannot be one of the study's."""
        cell = cells[READ[0]]
        record = "" if _is_blank(cell) else str(cell).strip().lstrip("'")
        if record in self.records:
            return record
        title, text = (str(cells.get(name) or "") for name in READ[1:])
        if record and text and (found := self.find(title, text)):
            self.known_by_text += 1
            return found
        near = difflib.get_close_matches(record, sorted(self.records), 1, 0.8) if record else []
        cure = f"Did you mean {near[0]}?" if near else "Copy it from the sheet as it was drawn"
        if self.tells_design:
            cure = (
                "Add this text to the study, or delete the row: what else was drawn from its"
                " stratum then stands for it"
            )
        what = f"there is no record {record!r} in the study" if record else "there is no record_id"
        self._problem(row, self.columns[READ[0]], what, cure)
        return None

    def _coded(self, row: int, record: str, cells: dict[str, Any]) -> None:
        """The codes of one row of a coding sheet."""
        coder = self.stem if _is_blank(cells.get(CODER)) else str(cells[CODER]).strip()
        marks = {
            name: self._mark(row, name, cells[name])
            for name in (*self.scheme.names, REST_ABSENT)
            if name in self.columns
        }
        rest = 0 if marks.pop(REST_ABSENT, None) == 1 else None
        for name, mark in marks.items():
            self._add(row, record, coder, name, rest if mark is None else mark)

    def _settled(self, row: int, record: str, cells: dict[str, Any]) -> None:
        """The settled code of one row of a list of disagreements."""
        name = _name(cells[CODE])
        if name in self.scheme.names:
            self._add(row, record, RECONCILED, name, self._mark(row, SETTLED, cells[SETTLED]))
        else:
            what = f"there is no code {cells[CODE]!r}"
            self._problem(row, self.columns[CODE], what, "Copy it from the list as it was written")

    def _add(self, row: int, record: str, coder: str, code: str, value: int | None) -> None:
        coder = RECONCILED if coder.casefold() in SETTLED_NAMES else coder
        if value is not None:
            place = f"{self.where}, row {row}"
            self.filled.entries.append(Entry(record, coder, code, value, place))

    def _mark(self, row: int, column: str, value: Any) -> int | None:
        try:
            return mark_of(value)
        except ValueError as error:
            near = difflib.get_close_matches(
                str(error).casefold(), ("yes", "no", "true", "false"), 1
            )
            cure = f"Did you mean {near[0]}? " if near else ""
            what = f"{str(error)[:40]!r} is neither 1 nor 0"
            self._problem(row, self.columns[column], what, f"{cure}Write 1, 0, or leave it blank")
            return None


def is_filled(path: Path, column: str) -> bool:
    """Whether there is such a workbook and somebody wrote something into this column."""
    if not path.exists():
        return False
    for grid in _grids(path):
        for at, name in enumerate(map(_name, grid.rows[0][1] if grid.rows else ())):
            if name == column:
                return any(at < len(row) and not _is_blank(row[at]) for _, row in grid.rows[1:])
    return False


def _one_each(filled: Filled) -> list[Entry]:
    """The entries without repetitions; one coder's two answers to one question are a problem."""
    found: dict[tuple[str, str, str], Entry] = {}
    for entry in filled.entries:
        first = found.setdefault((entry.record, entry.coder, entry.code), entry)
        if first.value != entry.value:
            filled.problems.append(
                RapportError(
                    f"coder {entry.coder} has {entry.code} as {entry.value} for {entry.record}, but"
                    f" as {first.value} in {first.place}",
                    where=entry.place,
                    cure="Make them agree, or name the coders apart in the column coder",
                )
            )
    return sorted(found.values(), key=lambda e: (e.record, e.coder, e.code))


def _contradictions(filled: Filled, scheme: Scheme) -> None:
    """Codes present where the question that they hang on was answered with absent."""
    asked = {condition: set(codes) for condition, codes in scheme.asked_only_if.items()}
    absent = {(e.record, e.coder, e.code) for e in filled.entries if not e.value}
    for entry in filled.entries:
        for condition, codes in asked.items():
            if (
                entry.value
                and entry.code in codes
                and (entry.record, entry.coder, condition) in absent
            ):
                filled.problems.append(
                    RapportError(
                        f"{entry.code} is 1 where {condition} is 0 (record {entry.record})",
                        where=entry.place,
                        cure=f"Make {condition} 1, or {entry.code} 0 or blank",
                    )
                )


def all_told(problems: list[RapportError]) -> RapportError:
    """One error that tells them all, in order."""
    if len(problems) == 1:
        return problems[0]
    told = [f"  {problem}" for problem in problems[:MOST_TOLD]]
    if len(problems) > MOST_TOLD:
        told.append(f"  and {len(problems) - MOST_TOLD} more")
    return RapportError("\n".join([f"{len(problems)} places need mending:", *told]))


def _number(value: Any) -> float | None:
    """A number; None for a blank; not a number where it cannot be told."""
    if _is_blank(value):
        return None
    try:
        return float(str(value).strip().replace(",", "."))
    except ValueError:
        return math.nan


def _name(value: Any) -> str:
    """A column's name as it is known: lower case, one underscore for blanks and hyphens."""
    text = "" if value is None else str(value).replace("\ufeff", "").replace("\u00a0", " ")
    return re.sub(r"[\s_-]+", "_", text.strip().lstrip("'").casefold()).strip("_")


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.replace("\u00a0", " ").strip())


def _grids(path: Path) -> Iterator[_Grid]:
    """The sheets of a file."""
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "there is no such file"
        raise RapportError(what, where=path, cure="Name the filled sheets")
    content = path.read_bytes()
    if content[:4] == b"PK\x03\x04":
        yield from _workbook(path, content)
    elif content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise RapportError(
            "is an old Excel file, or has a password",
            where=path,
            cure="Save it as .xlsx without a password",
        )
    else:
        rows = csv_rows(content, READ[0])
        yield _Grid(path.name, list(enumerate(rows, 1)), path.stem)


def _workbook(path: Path, content: bytes) -> Iterator[_Grid]:
    try:
        values = load_workbook(io.BytesIO(content), data_only=True)
        formulas = load_workbook(io.BytesIO(content))
    except (InvalidFileException, BadZipFile, KeyError, ValueError, OSError) as error:
        raise RapportError(
            "is no workbook that can be read", where=path, cure="Open it and save it as .xlsx"
        ) from error
    for sheet in values.worksheets:
        written = formulas[sheet.title]
        rows: list[tuple[int, Sequence[Any]]] = []
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            cells = list(row)
            for at, cell in enumerate(cells):
                if cell is None:
                    # A formula that no program has worked out yet must not read as a blank.
                    cells[at] = written.cell(number, at + 1).value
            rows.append((number, cells))
        yield _Grid(f"{path.name}, sheet {sheet.title}", rows, path.stem)


def csv_rows(content: bytes, column: str) -> list[list[str]]:
    """The rows of a CSV file in whatever encoding; `column` is a name in its header."""
    text = _decoded(content)
    lines = text.splitlines() or [""]
    header = next((line for line in lines if column in line.casefold()), lines[0])
    separator = max(",;\t", key=header.count)
    csv.field_size_limit(max(len(text) + 1, csv.field_size_limit()))
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def _decoded(content: bytes) -> str:
    """The text of a file; what is no Unicode is what spreadsheets write on Windows, if it can be.

    Of a short file of marks and names any other guess is worse.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    guess = from_bytes(content).best()
    return str(guess) if guess else content.decode("cp1252", errors="replace")
