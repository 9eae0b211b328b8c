"""study.toml: which texts, which taxonomy, which settings.

Every error names the file, the key and the cure.
"""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import RapportError
from pipeline.tables import CORPORA

OUTPUTS = Path("outputs")

COMMON_KEYS = {"kind", "corpus", "name"}
KEYS_OF_KIND: dict[str, set[str]] = {
    "file": {"path", "format", "columns", "list_key", "encoding"},
    "documents": {"path", "passage_words"},
}
"""Keys that each kind of source takes beside `COMMON_KEYS`."""
REQUIRED_KEYS: dict[str, set[str]] = {"file": {"path"}, "documents": {"path"}}

STUDY_KEYS = {"title", "taxonomy", "seed", "rating", "notice"}


@dataclass(frozen=True)
class Source:
    """One `[[source]]`: a kind, the corpus it feeds, and what that kind needs."""

    name: str
    kind: str
    corpus: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Study:
    """A study as its file tells it, with every path resolved.

    `notice` is shown wherever results are shown (the demo says that its corpus is invented);
    `rating` names the taxonomy's column of orientation ratings that headline figures use.
    """

    path: Path
    name: str
    title: str
    taxonomy: Path
    sources: tuple[Source, ...]
    seed: int = 1
    rating: str = "orientation"
    notice: str = ""
    gaps: Mapping[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the study's outputs go."""
        return OUTPUTS / self.name


def read_study(path: Path) -> Study:
    """Read and check a study file.

    Raises
    ------
    RapportError
        naming the file, the key and the cure, for a file that is missing or is not TOML, for an
        unknown or missing key, a value of the wrong type, or a path that does not exist.
    """
    content = _toml(path)
    _only_known(content, {"study", "source", "gaps"}, path, "the file")
    head = content.get("study", {})
    if not isinstance(head, dict):
        raise RapportError("study is not a table", where=path, cure="Begin it with [study]")
    _only_known(head, STUDY_KEYS, path, "[study]")
    for key, kind in (
        ("title", str),
        ("seed", int),
        ("rating", str),
        ("taxonomy", str),
        ("notice", str),
    ):
        if key in head and (not isinstance(head[key], kind) or isinstance(head[key], bool)):
            raise RapportError(
                f"[study] {key} is {head[key]!r}", where=path, cure=f"Give it a {_words(kind)}"
            )
    sources = content.get("source", [])
    if not isinstance(sources, list) or not sources:
        raise RapportError("there is no source", where=path, cure="Add a [[source]] with a kind")
    taxonomy = (
        _existing(path, head.get("taxonomy", ""), "[study] taxonomy")
        if "taxonomy" in head
        else default_taxonomy()
    )
    built = tuple(_source(path, entry, number) for number, entry in enumerate(sources, 1))
    _unique([s.name for s in built], path)
    gaps = content.get("gaps", {})
    return Study(
        path=path,
        name=path.stem if path.stem != "study" else path.resolve().parent.name,
        title=head.get("title", path.stem),
        taxonomy=taxonomy,
        sources=built,
        seed=head.get("seed", 1),
        rating=head.get("rating", "orientation"),
        notice=head.get("notice", ""),
        gaps=gaps,
    )


def default_taxonomy() -> Path:
    """The taxonomy that comes with Rapport."""
    return Path(__file__).resolve().parent.parent / "data" / "taxonomy.csv"


def _toml(path: Path) -> dict[str, Any]:
    if path.is_dir():
        raise RapportError("is a folder", where=path, cure="Name the study's .toml file")
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        near = difflib.get_close_matches(path.name, [p.name for p in path.parent.glob("*.toml")], 1)
        cure = f"Did you mean {path.parent / near[0]}?" if near else "Check the path"
        raise RapportError("there is no such study", where=path, cure=cure) from None
    except OSError as error:
        raise RapportError(f"cannot be read ({error.strerror})", where=path) from error
    except UnicodeDecodeError as error:
        raise RapportError("is not UTF-8 text", where=path, cure="Save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise RapportError(f"is not valid TOML: {error}", where=path) from error


def _source(path: Path, entry: Any, number: int) -> Source:
    place = f"[[source]] {number}"
    if not isinstance(entry, dict):
        raise RapportError(f"{place} is not a table", where=path, cure="Begin it with [[source]]")
    kind = entry.get("kind")
    if kind not in KEYS_OF_KIND:
        raise RapportError(
            f"{place} has kind {kind!r}" if "kind" in entry else f"{place} has no kind",
            where=path,
            cure=f"Choose one of {', '.join(sorted(KEYS_OF_KIND))}",
        )
    _only_known(entry, COMMON_KEYS | KEYS_OF_KIND[kind], path, place)
    for key in sorted(REQUIRED_KEYS[kind] - entry.keys()):
        raise RapportError(
            f"{place} has no {key}", where=path, cure=f"A source of kind {kind} needs it"
        )
    corpus = entry.get("corpus", "practice" if kind == "documents" else "research")
    if corpus not in CORPORA:
        raise RapportError(
            f"{place} has corpus {corpus!r}", where=path, cure="Choose research or practice"
        )
    options = {key: value for key, value in entry.items() if key not in COMMON_KEYS}
    if "path" in options:
        options["path"] = _existing(path, options["path"], f"{place} path")
    name = entry.get("name", f"{kind}-{number}")
    if not isinstance(name, str) or not name.strip():
        raise RapportError(f"{place} has name {name!r}", where=path, cure="Give it a text")
    return Source(name, kind, corpus, options)


def _existing(study: Path, value: Any, place: str) -> Path:
    """A path relative to the study's file; a pattern with `*` must match at least one file."""
    if not isinstance(value, str) or not value:
        raise RapportError(f"{place} is {value!r}", where=study, cure="Give it a path as text")
    path = study.parent / value
    if path.exists() or ("*" in value and any(study.parent.glob(value))):
        return path
    raise RapportError(
        f"{place} does not exist: {value}",
        where=study,
        cure="Paths are relative to the study's file",
    )


def _only_known(given: Mapping[str, Any], known: set[str], path: Path, place: str) -> None:
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, sorted(known), 1)
            raise RapportError(
                f"{place} has an unknown key {key!r}",
                where=path,
                cure=f"Did you mean {near[0]}?" if near else f"It takes {', '.join(sorted(known))}",
            )


def _unique(names: list[str], path: Path) -> None:
    for name in names:
        if names.count(name) > 1:
            raise RapportError(
                f"two sources are named {name!r}", where=path, cure="Give each a name of its own"
            )


def _words(kind: type) -> str:
    return {str: "text in quotes", int: "whole number"}[kind]
