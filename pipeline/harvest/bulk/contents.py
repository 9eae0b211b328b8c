"""What each file of a whole database is: records, lists of identifiers, checksums, a manifest."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from pipeline.errors import RapportError
from pipeline.harvest.bulk.addresses import BulkFile, files_of, opened
from pipeline.harvest.bulk.items import Damaged
from pipeline.study import Source

_PUBMED = re.compile(r"\.xml(?:\.gz)?$")
_NUMBERED = re.compile(r"(pubmed\d\dn)(\d{4})\.xml(?:\.gz)?$")
_OPENALEX = re.compile(r"\.(?:gz|jsonl|parquet)$")
_LIST = re.compile(r"\.csv(?:\.gz)?$")
_PARTITION = re.compile(r"updated_date=(\d{4}-\d\d-\d\d)")
_OTHERS = {
    "authors", "awards", "concepts", "continents", "countries", "domains", "fields", "funders",
    "institution-types", "institutions", "keywords", "languages", "licenses", "publishers", "sdgs",
    "source-types", "sources", "subfields", "topics", "work-types",
}  # fmt: skip
"""Folders of a snapshot that hold no works."""


@dataclass
class Contents:
    """The files of one source.

    Attributes
    ----------
    parts : files of records; where two have one identifier, the later file tells better.
    lists : files of identifiers that are no longer records.
    missing : names of files that a manifest announces and that are not there.
    notes : what a person should know.
    """

    parts: list[BulkFile]
    lists: list[BulkFile] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def contents_of(source: Source) -> Contents:
    """Tell the files of a source apart.

    Raises
    ------
    RapportError
        where there is no file of records, or both forms of one snapshot, or a manifest is damaged.
    """
    files = files_of(source)
    found = _CONTENTS[source.kind](files, source)
    if not found.parts:
        raise RapportError(
            f"there is no file of {_WANTED[source.kind]}",
            where=source.options["path"],
            cure="Name the folder that they lie in",
        )
    return found


def _pubmed(files: Sequence[BulkFile], source: Source) -> Contents:
    sums = {file.name: file.address for file in files if file.name.endswith(".md5")}
    parts = [
        replace(file, md5_at=sums.get(f"{file.name}.md5", ""))
        for file in files
        if _PUBMED.search(file.base)
    ]
    parts.sort(key=lambda file: (file.base, file.name))
    return Contents(parts, notes=list(_gaps(parts)))


def _gaps(parts: Sequence[BulkFile]) -> list[str]:
    """Files that seem to be missing, for PubMed numbers them without a gap."""
    numbers: dict[str, set[int]] = {}
    for file in parts:
        if named := _NUMBERED.search(file.base):
            numbers.setdefault(named[1], set()).add(int(named[2]))
    return [
        f"{len(gap)} files seem to be missing, the first of them {prefix}{min(gap):04}.xml.gz"
        for prefix, there in sorted(numbers.items())
        if (gap := set(range(min(there), max(there))) - there)
    ]


def _openalex(files: Sequence[BulkFile], source: Source) -> Contents:
    ours = [file for file in files if not _OTHERS & set(PurePosixPath(file.name).parts)]
    parts = [file for file in ours if _OPENALEX.search(file.base) and not _LIST.search(file.base)]
    if len({file.base.endswith(".parquet") for file in parts}) > 1:
        raise RapportError(
            "holds the works twice, as JSON Lines and as Parquet",
            where=source.options["path"],
            cure="Name the folder of one of them",
        )
    announced: dict[str, int] = {}
    for file in ours:
        if file.base == "manifest.json":
            announced |= _announced(file)
    parts = [replace(file, announced=announced.get(_in_snapshot(file.name), 0)) for file in parts]
    parts.sort(key=lambda file: (_day(file), file.name))
    there = {_in_snapshot(file.name) for file in parts}
    return Contents(
        parts,
        [file for file in ours if _LIST.search(file.base)],
        sorted(name for name in announced if name not in there),
    )


def _announced(file: BulkFile) -> dict[str, int]:
    """The files that a manifest lists, by their names within the snapshot, with their bytes."""
    try:
        with opened(file.address, file.storage) as stream:
            entries = json.load(stream)["entries"]
        listed = {_in_snapshot(entry["url"]): _bytes(entry) for entry in entries}
    except (Damaged, OSError, ValueError, KeyError, TypeError) as error:
        raise RapportError(
            "is damaged", where=file.address, cure="Download it again, or delete it"
        ) from error
    return {name: size for name, size in listed.items() if not _OTHERS & set(name.split("/"))}


def _bytes(entry: dict[str, dict[str, int]]) -> int:
    return int((entry.get("meta") or {}).get("content_length") or 0)


def _in_snapshot(name: str) -> str:
    """The end of a name that is the same wherever the snapshot lies."""
    found = _PARTITION.search(name)
    return name[found.start() :] if found else PurePosixPath(name).name


def _day(file: BulkFile) -> str:
    found = _PARTITION.search(file.name)
    return found[1] if found else ""


_CONTENTS: dict[str, Callable[[Sequence[BulkFile], Source], Contents]] = {
    "pubmed_baseline": _pubmed,
    "openalex_snapshot": _openalex,
}
_WANTED = {
    "pubmed_baseline": "PubMed records (.xml.gz)",
    "openalex_snapshot": "works (part_*.gz or part_*.parquet)",
}
