"""Every problem of a taxonomy, with the place and the cure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import RapportError
from pipeline.taxonomy.concepts import CONTINUUM, FACETS, Concept, Taxonomy
from pipeline.taxonomy.cues import Cue, CueError, parse, split
from pipeline.taxonomy.sheet import Sheet, read_sheet

RATED_FACETS = ("strategy", "relationship")

PROBLEMS = {
    "T01": ("no id", True),
    "T02": ("an id that is used twice", True),
    "T03": ("an id with blanks or signs", True),
    "T04": ("an unknown facet", True),
    "T05": ("a cue that cannot be read", True),
    "T06": ("an unknown orientation", True),
    "T07": ("a concept without a cue", True),
    "T08": ("no concept at all", True),
    "T11": ("a cue that stands twice in one concept", False),
    "T12": ("a cue that two concepts of one facet share", False),
    "T13": ("an exclude in which no cue of the concept can be found", False),
    "T14": ("an orientation on a facet that has none", False),
    "T15": ("no definition", False),
    "T16": ("no source", False),
}
"""What can be wrong, by code: what it is, and whether the taxonomy cannot be used with it."""


@dataclass(frozen=True)
class Problem:
    """One problem, its place, and the cue with the character at fault where it lies in one."""

    code: str
    message: str
    row: int
    column: str
    cue: str = ""
    position: int | None = None

    @property
    def fatal(self) -> bool:
        """Whether the taxonomy cannot be used with it."""
        return PROBLEMS[self.code][1]


def check(path: Path) -> list[Problem]:
    """All problems of a taxonomy, by row.

    Raises
    ------
    RapportError
        for a file that cannot be read at all.
    """
    sheet = read_sheet(path)
    taxonomy, problems = built(sheet)
    return sorted([*problems, *_doubtful(taxonomy.concepts, sheet)], key=lambda p: p.row)


def built(sheet: Sheet) -> tuple[Taxonomy, list[Problem]]:
    """The taxonomy that a sheet holds, as far as it can be read, and what keeps it from being used.

    Problems come by row; some that are only doubtful are among them.
    """
    concepts: list[Concept] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    if not sheet.rows:
        problems.append(Problem("T08", "there is no concept below the heading", 2, "id"))
    for row, cells in sheet.rows:
        problems += _identity_problems(row, cells, seen)
        cues, bad = _cues(row, "cues", cells["cues"])
        exclude, worse = _cues(row, "exclude", cells.get("exclude", ""))
        problems += [*bad, *worse]
        if not cues and not bad:
            problems.append(Problem("T07", "it has no cue", row, "cues"))
        ratings, wrong = _ratings(row, cells, sheet.ratings)
        problems += wrong
        concepts.append(
            Concept(
                id=cells["id"],
                label=cells["label"] or cells["id"],
                facet=cells["facet"].casefold(),
                cluster=cells.get("cluster", ""),
                group=cells.get("group", ""),
                number=cells.get("number", ""),
                ratings=ratings,
                cues=cues,
                exclude=exclude,
                definition=cells.get("definition", ""),
                source=cells.get("source", ""),
                row=row,
            )
        )
    return Taxonomy(tuple(concepts), "", str(sheet.path)), problems


def render(problems: list[Problem], path: Path) -> str:
    """The problems as lines for a terminal, each with a caret under the spot."""
    lines: list[str] = []
    for problem in problems:
        kind = "error" if problem.fatal else "warning"
        place = f"{path}, row {problem.row}, column {problem.column}"
        lines.append(f"{place}: {kind} {problem.code}: {problem.message}")
        if problem.position is not None:
            lines += [f"    {problem.cue}", f"    {' ' * problem.position}^"]
    fatal = sum(problem.fatal for problem in problems)
    lines.append(f"{path}: {fatal} errors, {len(problems) - fatal} warnings")
    return "\n".join(lines)


def error_of(problems: list[Problem], path: Path) -> RapportError | None:
    """The first problem that makes a taxonomy unusable, as an error; None where there is none."""
    fatal = [problem for problem in problems if problem.fatal]
    if not fatal:
        return None
    first = fatal[0]
    what = f"{first.code}: {first.message}"
    if first.position is not None:
        what += f", at character {first.position + 1} of the cue {first.cue}"
    more = f"; {len(fatal) - 1} more problems" if len(fatal) > 1 else ""
    return RapportError(
        what,
        where=path,
        row=first.row,
        column=first.column,
        cure=f"`rapport taxonomy check {path}` tells every problem{more}",
    )


def _identity_problems(row: int, cells: dict[str, str], seen: dict[str, int]) -> Iterator[Problem]:
    name = cells["id"]
    if not name:
        yield Problem("T01", "it has no id", row, "id")
    elif name in seen:
        yield Problem("T02", f"the id {name!r} stands in row {seen[name]} too", row, "id")
    elif not re.fullmatch(r"[\w-]+", name):
        yield Problem(
            "T03", f"the id {name!r} has blanks or signs: use letters, digits and _", row, "id"
        )
    seen.setdefault(name, row)
    if cells["facet"].casefold() not in FACETS:
        message = f"the facet is {cells['facet']!r}: choose one of {', '.join(FACETS)}"
        yield Problem("T04", message, row, "facet")


def _cues(row: int, column: str, cell: str) -> tuple[tuple[Cue, ...], list[Problem]]:
    cues, problems = [], []
    for _, text in split(cell):
        try:
            cues.append(parse(text))
        except CueError as error:
            problems.append(Problem("T05", error.message, row, column, text, error.position))
    texts = [cue.text for cue in cues]
    for text in sorted({text for text in texts if texts.count(text) > 1}):
        problems.append(Problem("T11", f"the cue {text} stands twice", row, column))
    return tuple(cues), problems


def _ratings(
    row: int, cells: dict[str, str], columns: tuple[str, ...]
) -> tuple[dict[str, str], list[Problem]]:
    ratings, problems = {}, []
    known = {step.replace("-", " "): step for step in CONTINUUM} | {"": ""}
    for column in columns:
        given = cells[column]
        step = known.get(" ".join(given.casefold().replace("-", " ").split()))
        if step is None:
            message = f"the orientation is {given!r}: choose one of {', '.join(CONTINUUM)}"
            problems.append(Problem("T06", message, row, column))
        ratings[column] = step or ""
        if step and cells["facet"].casefold() not in RATED_FACETS:
            message = f"only {' and '.join(RATED_FACETS)} have an orientation"
            problems.append(Problem("T14", message, row, column))
    return ratings, problems


def _doubtful(concepts: Iterable[Concept], sheet: Sheet) -> Iterator[Problem]:
    owners: dict[tuple[str, str], Concept] = {}
    for concept in concepts:
        for text in dict.fromkeys(cue.text for cue in concept.cues):
            other = owners.setdefault((concept.facet, text), concept)
            if other is not concept:
                message = f"the cue {text} stands in {other.id} (row {other.row}) too"
                yield Problem("T12", message, concept.row, "cues")
        for cue in concept.exclude:
            if not any(_may_lie_in(own, cue) for own in concept.cues):
                message = f"no cue of the concept can be found in the exclude {cue.text}"
                yield Problem("T13", message, concept.row, "exclude")
        for code, column in (("T15", "definition"), ("T16", "source")):
            if column in sheet.columns and not getattr(concept, column):
                yield Problem(code, f"it has no {column}", concept.row, column)


_LETTERS = re.compile(r"[a-z0-9?]+")


def _may_lie_in(cue: Cue, exclude: Cue) -> bool:
    """Whether some word of a cue might be met by some word of an exclude."""
    return any(
        own.startswith(other) or other.startswith(own)
        for own in _heads(cue)
        for other in _heads(exclude)
    )


def _heads(cue: Cue) -> set[str]:
    text = re.sub(r"\b(?:NEAR|PRE)/\d+|\bOR\b", " ", cue.text).lower()
    return {word.replace("?", "") for word in _LETTERS.findall(text)}
