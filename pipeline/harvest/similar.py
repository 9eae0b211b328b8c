"""Copies of one work that no identifier tells: found among the works of several sources.

The records that identifiers alone could not join are compared with one another, what is surely one
work is joined, and what may be is written to `doubtful_pairs.csv`: a person writes yes or no into
its first column and runs the harvest again. A decision once made is kept there.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import RapportError
from pipeline.harvest import merge
from pipeline.harvest.deduplicate import Citation, Doubt, Found, find
from pipeline.harvest.reading import input_files
from pipeline.harvest.store import Store, Stored
from pipeline.study import BULK_KINDS, WEB_KINDS, Source, Study
from pipeline.tables import DOUBTFUL_PAIRS, harmless, written_whole

DOUBTFUL = f"{DOUBTFUL_PAIRS.name}.csv"
_ANSWERS = {
    **dict.fromkeys(("yes", "y", "same", "1", "true"), True),
    **dict.fromkeys(("no", "n", "different", "0", "false"), False),
}
_SHOWN = ("title", "authors", "year", "venue", "doi")
_HEAD = DOUBTFUL_PAIRS.schema.names
_COMPARED = 2_000


@dataclass(frozen=True)
class Joined:
    """What came of comparing works.

    Attributes
    ----------
    compared, joined, doubtful, decided : works, joins, pairs to decide, and pairs decided.
    versions : numbers of rows that are the first of two versions of one work.
    """

    compared: int = 0
    joined: int = 0
    doubtful: int = 0
    decided: int = 0
    versions: tuple[tuple[int, int], ...] = ()

    def facts(self) -> dict[str, int]:
        """The counts, for the manifest."""
        return {
            "compared": self.compared,
            "joined": self.joined,
            "doubtful": self.doubtful,
            "decided": self.decided,
            "versions": len(self.versions),
        }


def join_similar(store: Store, study: Study) -> Joined:
    """Join the rows of a store that are one work though they share no identifier.

    Nothing is compared where there is only one source on the web, or one file: it has each work
    once. Memory grows with the number of works, by about 6 kilobytes each.
    """
    path = study.folder / DOUBTFUL
    sources = {source.name: source for source in study.sources}
    apart = ("documents", *BULK_KINDS)
    research = [s for s in study.sources if s.corpus == "research" and s.kind not in apart]
    if sum(len(input_files(s)) if "path" in s.options else 1 for s in research) < 2:
        return Joined()
    numbers: list[int] = []
    citations: list[Citation] = []
    for copies in store.records():
        if sources[copies[0].source] in research and not copies[0].row.document:
            numbers.append(copies[0].number)
            citations.append(_citation(copies, sources))
    decisions = read_decisions(path)
    found = find(citations, decisions, study.asked.merge_preprints)
    for one, other, reason in found.joins:
        store.join(numbers[one], numbers[other], reason)
    _write_doubts(path, citations, found, decisions)
    return Joined(
        len(citations),
        len(found.joins),
        len(found.doubts),
        len(decisions),
        tuple((numbers[one], numbers[other]) for one, other in found.links),
    )


def _citation(copies: list[Stored], sources: Mapping[str, Source]) -> Citation:
    """A work as de-duplication sees it: of each field the first that a copy gives."""
    rows = [copy.row for copy in copies]

    def first(name: str) -> str:
        return next((value for row in rows if (value := getattr(row, name))), "")

    identified = next((copy for copy in copies if copy.row.doi and "doi" not in copy.apart), None)
    return Citation(
        name=merge.record_id(copies),
        sources=frozenset(_keeper(copy, sources[copy.source]) for copy in copies),
        title=first("title"),
        abstract=first("abstract")[:_COMPARED],
        authors=first("authors"),
        year=next((row.year for row in rows if row.year), None),
        venue=first("venue"),
        volume=first("volume"),
        pages=first("pages"),
        doi=identified.row.doi if identified else "",
        pmid=first("pmid"),
        type=first("type"),
        versions=tuple(first("versions").split()),
    )


def _keeper(copy: Stored, source: Source) -> str:
    """Who has a work once: a source on the web, or one file of a source of files."""
    if source.kind in WEB_KINDS:
        return source.name
    return f"{source.name}, {copy.row.place.rpartition(', ')[0]}"


def read_decisions(path: Path) -> dict[frozenset[str], bool]:
    """The pairs that a person decided, by the names of their records.

    Raises
    ------
    RapportError
        naming the row, for an answer that is neither yes nor no.
    """
    if not path.exists():
        return {}
    decisions = {}
    for number, row in _rows(path):
        answer = (row.get("same") or "").strip().lower()
        if not answer:
            continue
        if answer not in _ANSWERS:
            raise RapportError(
                f"{answer!r} is no answer",
                where=path,
                row=number,
                column="same",
                cure="Write yes or no",
            )
        decisions[frozenset((row["first"], row["second"]))] = _ANSWERS[answer]
    return decisions


def _rows(path: Path) -> Iterable[tuple[int, dict[str, str]]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        raise RapportError("cannot be read", where=path, cure="Save it as CSV in UTF-8") from error
    delimiter = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    reader = csv.DictReader(lines, delimiter=delimiter)
    if not {"same", "first", "second"} <= set(reader.fieldnames or ()):
        raise RapportError(
            "has no columns same, first and second",
            where=path,
            cure="Delete it: it is written anew",
        )
    return [(reader.line_num, row) for row in reader]


def _write_doubts(
    path: Path,
    citations: list[Citation],
    found: Found,
    decisions: Mapping[frozenset[str], bool],
) -> None:
    """Write the doubtful pairs, those that were decided first, so that no decision is lost."""
    earlier = [row for _, row in _rows(path)] if path.exists() else []
    kept = [
        [row.get(name) or "" for name in _HEAD] for row in earlier if (row["same"] or "").strip()
    ]
    pairs = [(doubt, citations[doubt.first], citations[doubt.second]) for doubt in found.doubts]
    asked = [
        _line(doubt, one, other)
        for doubt, one, other in pairs
        if frozenset((one.name, other.name)) not in decisions
    ]
    if not kept and not asked and not path.exists():
        return
    with written_whole(path, "w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(_HEAD)
        writer.writerows([harmless(cell) for cell in line] for line in (*kept, *asked))


def _line(doubt: Doubt, one: Citation, other: Citation) -> list[str]:
    shown = [str(getattr(citation, name) or "") for name in _SHOWN for citation in (one, other)]
    return ["", str(doubt.similarity), doubt.reason, one.name, other.name, *shown]
