"""What was fetched, as it came: one compressed file for each answer, named by its checksum.

::

    snapshot/<source>/<query>/plan.json                  what is asked, in which parts, and when
    snapshot/<source>/<query>/round-1/part-001/done.json what came of a part that is complete
    snapshot/<source>/<query>/round-1/part-001/walk-1/00001-<checksum>.gz

A page file is gzip: a line of JSON that says what was asked, then the answer. It appears under its
name only when it is whole, so that a harvest can be cut off at any byte and goes on where it was.
"""

import gzip
import hashlib
import itertools
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.errors import RapportError
from pipeline.harvest.web.client import Request
from pipeline.harvest.web.source import Part
from pipeline.tables import written_whole

_CHECKSUM = 16


@dataclass(frozen=True)
class PlannedPart:
    """A part of a round, how many records it should have, and the folder of its pages."""

    part: Part
    expected: int
    folder: str


@dataclass(frozen=True)
class Round:
    """One harvest of a query: the first, or what `--refresh` added.

    `expected` is what the source announced for the whole, `parts` how it was divided.
    """

    planned: date
    part: Part
    expected: int
    parts: tuple[PlannedPart, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """All rounds of one query at one source, and what was asked in its own syntax."""

    asked: str
    rounds: tuple[Round, ...] = ()


@dataclass(frozen=True)
class Done:
    """What came of a part: unique records, walks it took, and records that came more than once."""

    expected: int
    received: int
    walks: int
    repeated: int
    pages: tuple[str, ...] = field(default=())


class Snapshot:
    """The folder of one query at one source."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def plan(self) -> Plan | None:
        """The plan; None where nothing was asked yet."""
        content = _json(self.folder / "plan.json")
        return None if content is None else _plan(content)

    def keep_plan(self, plan: Plan) -> None:
        """Write the plan whole."""
        _keep(self.folder / "plan.json", asdict(plan))

    def done(self, planned: PlannedPart) -> Done | None:
        """What came of a part; None where it is not complete, or a page of it is gone."""
        content = _json(self.folder / planned.folder / "done.json")
        if content is None or not all((self.folder / name).exists() for name in content["pages"]):
            return None
        return Done(**{**content, "pages": tuple(content["pages"])})

    def keep_done(self, planned: PlannedPart, done: Done) -> None:
        """Mark a part as complete."""
        _keep(self.folder / planned.folder / "done.json", asdict(done))

    def walks(self, planned: PlannedPart) -> list[Path]:
        """The walks through a part so far, in order."""
        folders = (self.folder / planned.folder).glob("walk-*")
        return sorted(folders, key=lambda folder: int(folder.name.removeprefix("walk-")))

    def new_walk(self, planned: PlannedPart) -> Path:
        """The folder for another walk through a part."""
        return self.folder / planned.folder / f"walk-{len(self.walks(planned)) + 1}"

    def name(self, path: Path) -> str:
        """A page's path within the snapshot."""
        return path.relative_to(self.folder).as_posix()


def pages(walk: Path) -> list[Path]:
    """The pages of a walk that follow one another without a gap, from the first."""
    found: dict[int, Path] = {}
    for path in sorted(walk.glob("[0-9]*.gz")):
        found.setdefault(int(path.name.partition("-")[0]), path)
    unbroken = itertools.takewhile(found.__contains__, itertools.count(1))
    return [found[number] for number in unbroken]


def pages_to_go_on_from(walk: Path) -> list[Path]:
    """The pages of a walk from which it can go on; what stands after a gap is removed."""
    kept = pages(walk)
    for path in set(walk.glob("[0-9]*.gz")) - set(kept):
        path.unlink()
    return kept


def keep_page(walk: Path, number: int, request: Request, day: date, body: bytes) -> Path:
    """Write one answer whole, with what was asked and on which day."""
    asked = {"day": day.isoformat(), **asdict(request)}
    content = json.dumps(asked, ensure_ascii=False, sort_keys=True).encode() + b"\n" + body
    path = walk / f"{number:05d}-{_checksum(content)}.gz"
    with written_whole(path) as stream:
        stream.write(gzip.compress(content, 6, mtime=0))
    return path


def read_page(path: Path) -> tuple[Request, date, bytes]:
    """One answer, with what was asked and when.

    Raises
    ------
    RapportError
        where the file is not what was written.
    """
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(path) from error
    if _checksum(content) != path.stem.partition("-")[2]:
        raise _damaged(path)
    head, _, body = content.partition(b"\n")
    asked = json.loads(head)
    day = date.fromisoformat(asked.pop("day"))
    return Request(**asked), day, body


def sweep(folder: Path) -> None:
    """Remove what a run that was cut off left half-written."""
    for path in folder.rglob(".*"):
        path.unlink(missing_ok=True)


def fingerprint(*facts: Any) -> str:
    """A short name for what is asked: the same question has the same folder."""
    return _checksum(json.dumps(facts, ensure_ascii=False, default=str).encode())[:12]


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_CHECKSUM]


def _damaged(path: Path) -> RapportError:
    return RapportError(
        "is damaged: it is not what was fetched",
        where=path,
        cure="Delete it and run `rapport harvest` again: it is fetched once more",
    )


def _keep(path: Path, content: Mapping[str, Any]) -> None:
    with written_whole(path, "w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=1, ensure_ascii=False, default=str)
        stream.write("\n")


def _json(path: Path) -> dict[str, Any] | None:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _damaged(path) from error
    return content


def _plan(content: Mapping[str, Any]) -> Plan:
    return Plan(content["asked"], tuple(_round(entry) for entry in content["rounds"]))


def _round(entry: Mapping[str, Any]) -> Round:
    parts = tuple(PlannedPart(_part(p["part"]), p["expected"], p["folder"]) for p in entry["parts"])
    return Round(
        date.fromisoformat(entry["planned"]),
        _part(entry["part"]),
        entry["expected"],
        parts,
        tuple(entry["notes"]),
    )


def _part(entry: Mapping[str, str | None]) -> Part:
    since, until = entry["since"], entry["until"]
    return Part(
        date.fromisoformat(since) if since else None, date.fromisoformat(until) if until else None
    )


def all_pages(snapshot: Snapshot, planned: PlannedPart) -> Iterator[Path]:
    """Every page of a part, walk by walk."""
    for walk in snapshot.walks(planned):
        yield from pages(walk)
