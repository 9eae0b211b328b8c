"""Tables as text: CSV with commas or semicolons, TSV, whatever the quoting went through."""

import ast
import csv
import itertools
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.errors import RapportError
from pipeline.harvest.entries import Broken, Entry, Item, Note
from pipeline.harvest.formats.columns import Columns, check_named, is_known, no_columns, recognise
from pipeline.harvest.normalise import doi_of, year_of
from pipeline.harvest.reading import Text
from pipeline.harvest.web.markup import from_inverted_index

CUT_BY_SPREADSHEET = 32_767
"""Characters that a spreadsheet's cell holds; what is longer is cut without a word."""

_DELIMITERS = ",;\t|"
_HEADING_WITHIN, _LONGEST_HEADING = 30, 50_000
_INDEX = re.compile(r"""\{\s*(["']).*?\1\s*:\s*\[\s*\d""", re.S)
_END = "\x00end of the file\x00"
_LOOKED_AHEAD = 2_000
_TELLING, _LONGEST_NAME = 4, 40
_AS_TEXT = re.compile(r'="(.*)"\Z', re.S)

csv.field_size_limit(2**31 - 1)


def entries(text: Text, options: Mapping[str, Any]) -> Iterator[Item]:
    """The entries of a table, and what is broken in it.

    Lines before the heading, as Embase writes them, are passed over.

    Raises
    ------
    RapportError
        where no column of titles or abstracts is known, nor named in the study.
    """
    heading = _heading(text, options)
    lines = _Lines(text.lines())
    for _ in range(heading.after):
        next(lines)
    yield from missing_columns(heading.columns, text.name)
    cut = wide = 0
    for number, cells in _rows(lines, heading):
        place = text.place(number)
        if isinstance(cells, Broken):
            yield Broken(place, cells.reason, cells.title)
        elif heading.is_a_remark(cells):
            yield Note(place, f"is no row of the table: {cells[0][:80]}")
        elif heading.is_again(cells):
            yield Note(place, "the heading stands here again; the rows after it are read too")
        elif heading.is_another(cells):
            raise RapportError(
                "another heading stands inside the table",
                where=text.path,
                row=number,
                cure="Two exports were joined: save each as a file of its own",
            )
        elif any(cells):
            cut += max(map(len, cells)) == CUT_BY_SPREADSHEET
            if any(cells[len(heading.names) :]):
                wide += 1
                cells = cells[: heading.last_text + 1]
            yield Entry(place=place, **heading.columns.values(cells))
    if wide:
        yield Note(
            text.name,
            f"rows with more cells than the heading: {wide}; only their columns up to "
            f"{heading.names[heading.last_text]!r} are read",
        )
    if cut:
        yield Note(text.name, cut_texts(cut))


def missing_columns(columns: Columns, name: str) -> Iterator[Note]:
    """A note where a table has no titles, or no abstracts."""
    for field in ("title", "abstract"):
        if field not in columns.places:
            yield Note(name, f"there is no column of {field}s")


def cut_texts(rows: int) -> str:
    """What to say of rows whose text fills a spreadsheet's cell."""
    return f"rows with a text that a spreadsheet cut at {CUT_BY_SPREADSHEET:,} characters: {rows}"


@dataclass
class _Heading:
    """The names of the columns, the delimiter, and how many lines come before the first row."""

    names: Sequence[str]
    delimiter: str
    after: int
    columns: Columns

    @property
    def last_text(self) -> int:
        """The place of the last column of titles or abstracts."""
        places = self.columns.places
        return max(places[field][0] for field in ("title", "abstract") if field in places)

    def is_a_remark(self, cells: Sequence[str]) -> bool:
        """Whether a line stands between the rows, as Abstrackr writes them."""
        texts = {
            self.columns.places[name][0]
            for name in ("title", "abstract")
            if name in self.columns.places
        }
        return len(cells) == 1 < len(self.names) and bool(cells[0]) and 0 not in texts

    def is_again(self, cells: Sequence[str]) -> bool:
        """Whether a row is the heading, as where two exports were joined."""
        return [cell.strip() for cell in cells] == [name.strip() for name in self.names]

    def is_another(self, cells: Sequence[str]) -> bool:
        """Whether a row names columns instead of a work."""
        place = self.columns.places.get("title", (0,))[0]
        named = place < len(cells) and len(cells[place]) <= _LONGEST_NAME and is_known(cells[place])
        return named and len(recognise(cells).places) >= _TELLING

    def fits(self, cells: Sequence[str]) -> bool:
        """Whether a row with too many cells is in order up to its texts.

        Some of Scopus' exports have a column more in the rows than in the heading, after the
        abstract. A row cut in the wrong places looks otherwise: it has no quoted cell before the
        texts, or what should be a year or a DOI is none.
        """
        before = cells[: self.last_text + 1]
        shown = []
        for field, told in (("year", year_of), ("doi", doi_of)):
            for place in self.columns.places.get(field, ())[:1]:
                if place < self.last_text and cells[place]:
                    shown.append(bool(told(cells[place])))
        return bool(shown) and all(shown) and any(self.delimiter in cell for cell in before)


def told_by(start: str, options: Mapping[str, Any]) -> bool:
    """Whether a text that begins so has a heading of two known columns or more."""
    lines = start.split("\n")[:_HEADING_WITHIN]
    return any(len(heading.columns.places) > 1 for heading in _headings(lines, options))


def _heading(text: Text, options: Mapping[str, Any]) -> _Heading:
    """The first row that names the most fields, under the delimiter with which it does."""
    named = options.get("columns")
    lines = list(itertools.islice(text.lines(), _HEADING_WITHIN))
    found = list(_headings(lines, options))
    if not found:
        delimiter = max(_DELIMITERS, key=lines[0].count)
        names = next(csv.reader([lines[0][:_LONGEST_HEADING]], delimiter=delimiter), [])
        check_named(named, names, text.path, 1)
        raise no_columns(names, text.path, 1)
    best = max(found, key=lambda each: len(each.columns.places))
    if len(best.columns.places) == 1 and _fields_in_rows(lines, best.delimiter):
        raise RapportError(
            "has a field on each row, and not in each column",
            where=text.path,
            row=best.after,
            cure="Export it again with the fields in columns, or as RIS",
        )
    check_named(named, best.names, text.path, best.after)
    return best


def _headings(lines: Sequence[str], options: Mapping[str, Any]) -> Iterator[_Heading]:
    """Rows that may be the heading, under each delimiter."""
    named = options.get("columns")
    for delimiter in _DELIMITERS:
        reader = csv.reader((line[:_LONGEST_HEADING] + "\n" for line in lines), delimiter=delimiter)
        for names in reader:
            columns = recognise(names, named if isinstance(named, Mapping) else None)
            if columns:
                yield _Heading(names, delimiter, reader.line_num, columns)


def _fields_in_rows(lines: Sequence[str], delimiter: str) -> bool:
    """Whether rows begin with the names of different fields, as in one of Embase's exports."""
    first = [cells[0] for cells in csv.reader(lines, delimiter=delimiter) if cells]
    return len(recognise([cell for cell in first if cell]).places) >= _TELLING


class _Lines:
    """Lines and `_END` after them, of which those of the current row can be put back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._back = itertools.chain(lines, [_END]), deque[str]()
        self.taken: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._lines) + "\n"
        self.taken.append(line)
        self.number += 1
        return line

    def put_back(self, kept: int) -> None:
        """Give all lines but the first `kept` of the current row again."""
        self._back.extendleft(reversed(self.taken[kept:]))
        self.number -= len(self.taken) - kept
        del self.taken[kept:]


def _rows(lines: _Lines, heading: _Heading) -> Iterator[tuple[int, list[str] | Broken]]:
    """Each row with the number of its first line; `Broken` where cells and heading do not agree.

    A quote that is never closed takes in the rows after it: these are looked for and read.
    """
    delimiter, width = heading.delimiter, len(heading.names)
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        lines.taken.clear()
        number = lines.number + 1
        cells = next(reader)
        ended = lines.taken[-1] == _END + "\n"
        if ended and len(lines.taken) == 1:
            return
        if not ended and _is_whole(cells, lines.taken, heading):
            yield number, [_plain_cell(cell) for cell in cells]
            continue
        if ended:
            lines.put_back(len(lines.taken) - 1)
        alone = next(csv.reader([lines.taken[0]], delimiter=delimiter, quoting=csv.QUOTE_NONE))
        if len(alone) == width > 1 and not _splits_a_quoted_cell(alone):
            lines.put_back(1)
            yield number, [cell.strip(' "') for cell in alone]
        else:
            lines.put_back(_next_whole_row(lines.taken, delimiter, width))
            reason = (
                "a quote that begins a cell is never closed"
                if ended
                else f"has {len(cells)} cells where the heading has {width}"
            )
            yield number, Broken("", reason, cells[0][:200])
        reader = csv.reader(lines, delimiter=delimiter)


def _is_whole(cells: Sequence[str], taken: Sequence[str], heading: _Heading) -> bool:
    """Whether a row has as many cells as the heading, or fewer or more for no fault of quoting."""
    width = len(heading.names)
    if len(cells) < width:
        try:
            list(csv.reader(taken, delimiter=heading.delimiter, strict=True))
        except csv.Error:
            return False
    return not any(cells[width:]) or heading.fits(cells)


def _splits_a_quoted_cell(cells: Sequence[str]) -> bool:
    """Whether a quote opens in one cell and closes in a later one."""
    opened = False
    for cell in map(str.strip, cells):
        if opened and cell.endswith('"'):
            return True
        opened = opened or (cell.startswith('"') and not (len(cell) > 1 and cell.endswith('"')))
    return False


def _next_whole_row(taken: Sequence[str], delimiter: str, width: int) -> int:
    """The first line after a broken row's first from which a row of the right width is read."""
    for place in range(1, min(len(taken), _LOOKED_AHEAD)):
        if len(next(csv.reader(taken[place:], delimiter=delimiter))) == width > 1:
            return place
    return len(taken)


def _plain_cell(cell: str) -> str:
    """A cell without the `="..."` that keeps a spreadsheet from reading it as a number."""
    found = _AS_TEXT.match(cell)
    plain = (found[1] if found else cell).strip()
    return _from_index(plain) if _INDEX.match(plain) else plain


def _from_index(cell: str) -> str:
    """The text of an inverted index, as OpenAlex gives abstracts; other text as it is."""
    try:
        return from_inverted_index(ast.literal_eval(cell))[0]
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return cell
