"""study.toml: which texts, which taxonomy, which settings.

Every error names the file, the key and the cure.
"""

import difflib
import glob
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import RapportError
from pipeline.tables import CORPORA

OUTPUTS = Path("outputs")

COMMON_KEYS = {"kind", "corpus", "name"}
WEB_KEYS = {"query", "native_query", "years", "base_url", "allow_missing", "optional"}
WEB_KINDS = ("europepmc", "pubmed", "crossref", "openalex", "eric", "doaj", "semanticscholar")
"""Kinds of source that are fetched from the web."""
BY_JOURNAL = ("crossref", "openalex")
"""Kinds that can be asked for whole journals, by ISSN."""
BULK_KINDS = ("pubmed_baseline", "openalex_snapshot")
"""Kinds of source that are whole databases, as files."""
KEYS_OF_KIND: dict[str, set[str]] = {
    "file": {"path", "format", "columns", "list_key", "encoding"},
    "documents": {"path", "passage_words"},
    **{kind: {"path", "storage", "query", "years", "languages", "types"} for kind in BULK_KINDS},
    **{kind: WEB_KEYS | ({"issn"} if kind in BY_JOURNAL else set()) for kind in WEB_KINDS},
}
"""Keys that each kind of source takes beside `COMMON_KEYS`."""
REQUIRED_KEYS: dict[str, set[str]] = {kind: {"path"} for kind in ("file", "documents", *BULK_KINDS)}

STUDY_KEYS = {"title", "taxonomy", "seed", "rating", "notice"}
ASKED_KEYS = {"query", "years", "languages", "types", "keep_retracted", "merge_preprints"}
"""Keys of [study] that say which works are asked for."""


@dataclass(frozen=True)
class Source:
    """One `[[source]]`: a kind, the corpus it feeds, and what that kind needs."""

    name: str
    kind: str
    corpus: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """Which works a study asks for.

    Attributes
    ----------
    query : in the syntax of `pipeline.harvest.web.query`; a source may have one of its own.
    years : first and last year of publication.
    languages, types : those that are kept; empty for any language, and any kind of work.
    keep_retracted : whether retracted works stay in.
    merge_preprints : whether a preprint and its article are one record.
    """

    query: str = ""
    years: tuple[int, int] | None = None
    languages: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    keep_retracted: bool = False
    merge_preprints: bool = False


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
    asked: Asked = Asked()

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
    _only_known(head, STUDY_KEYS | ASKED_KEYS, path, "[study]")
    for key, kind in (
        ("title", str),
        ("seed", int),
        ("rating", str),
        ("taxonomy", str),
        ("notice", str),
    ):
        if key in head:
            _of_type(head[key], kind, path, f"[study] {key}")
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
        asked=_asked(path, head),
    )


def _asked(path: Path, head: dict[str, Any]) -> Asked:
    given = {key: head[key] for key in ASKED_KEYS if key in head}
    for key, kind in (("query", str), ("keep_retracted", bool), ("merge_preprints", bool)):
        if key in given:
            _of_type(given[key], kind, path, f"[study] {key}")
    for key in ("languages", "types"):
        if key in given:
            given[key] = _words_of(given[key], path, f"[study] {key}")
    if "years" in given:
        given["years"] = _years(given["years"], path, "[study] years")
    return Asked(**given)


def _web_options(path: Path, options: dict[str, Any], place: str) -> None:
    """Check the keys of a source on the web, and put its years into order."""
    for key, kind in (
        ("query", str),
        ("native_query", str),
        ("base_url", str),
        ("allow_missing", int),
        ("optional", bool),
    ):
        if key in options:
            _of_type(options[key], kind, path, f"{place} {key}")
    if "query" in options and "native_query" in options:
        raise RapportError(f"{place} has query and native_query", where=path, cure="Keep one")
    if not options.get("base_url", "https://").startswith(("http://", "https://")):
        raise RapportError(
            f"{place} base_url is {options['base_url']!r}",
            where=path,
            cure="Begin it with https://",
        )
    if "years" in options:
        options["years"] = _years(options["years"], path, f"{place} years")
    if "issn" in options:
        options["issn"] = _words_of(options["issn"], path, f"{place} issn")
        for issn in options["issn"]:
            if not re.fullmatch(r"\d{4}-\d{3}[\dX]", issn):
                raise RapportError(
                    f"{place} has issn {issn!r}", where=path, cure="Write it as 1748-5908"
                )


def _bulk_options(path: Path, options: dict[str, Any], place: str) -> None:
    """Check the keys of a source that is a whole database."""
    if "query" in options:
        _of_type(options["query"], str, path, f"{place} query")
    if "years" in options:
        options["years"] = _years(options["years"], path, f"{place} years")
    for key in ("languages", "types"):
        if key in options:
            options[key] = _words_of(options[key], path, f"{place} {key}")
    if "storage" in options:
        if not isinstance(options["storage"], dict):
            raise RapportError(
                f"{place} storage is {options['storage']!r}",
                where=path,
                cure="Write it as storage = { anon = true }",
            )
        if "://" not in str(options["path"]):
            raise RapportError(
                f"{place} has storage, and its path is a folder",
                where=path,
                cure="Leave storage out, or give an address such as s3://...",
            )


def _years(value: Any, path: Path, place: str) -> tuple[int, int]:
    """First and last year, from `[2015, 2025]` or `"2015-2025"` or one year."""
    if isinstance(value, str):
        value = [int(year) if year.strip().isdigit() else year for year in value.split("-")]
    elif isinstance(value, int) and not isinstance(value, bool):
        value = [value]
    if (
        not isinstance(value, list)
        or len(value) not in (1, 2)
        or not all(isinstance(year, int) and 1000 <= year <= 2999 for year in value)
        or value[0] > value[-1]
    ):
        raise RapportError(f"{place} is {value!r}", where=path, cure="Write it as [2015, 2025]")
    return value[0], value[-1]


def _words_of(value: Any, path: Path, place: str) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
        raise RapportError(
            f"{place} is {value!r}", where=path, cure='Give it a list of texts, such as ["en"]'
        )
    return tuple(v.strip() for v in values)


def _of_type(value: Any, kind: type, path: Path, place: str) -> None:
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise RapportError(f"{place} is {value!r}", where=path, cure=f"Give it a {_words(kind)}")


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
    for key in sorted(REQUIRED_KEYS.get(kind, set()) - entry.keys()):
        raise RapportError(
            f"{place} has no {key}", where=path, cure=f"A source of kind {kind} needs it"
        )
    corpus = entry.get("corpus", "practice" if kind == "documents" else "research")
    if corpus not in CORPORA:
        raise RapportError(
            f"{place} has corpus {corpus!r}", where=path, cure="Choose research or practice"
        )
    options = {key: value for key, value in entry.items() if key not in COMMON_KEYS}
    if "path" in options and not (kind in BULK_KINDS and "://" in str(options["path"])):
        options["path"] = _existing(path, options["path"], f"{place} path")
    if kind in BULK_KINDS:
        _bulk_options(path, options, place)
    if kind in WEB_KINDS:
        _web_options(path, options, place)
    name = entry.get("name", f"{kind}-{number}")
    if not isinstance(name, str) or not name.strip():
        raise RapportError(f"{place} has name {name!r}", where=path, cure="Give it a text")
    return Source(name, kind, corpus, options)


def _existing(study: Path, value: Any, place: str) -> Path:
    """A path relative to the study's file; a pattern with `*` must match at least one file."""
    if not isinstance(value, str) or not value:
        raise RapportError(f"{place} is {value!r}", where=study, cure="Give it a path as text")
    path = study.parent / value
    if path.exists() or ("*" in value and glob.glob(str(path))):
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
    return {str: "text in quotes", int: "whole number", bool: "true or false, without quotes"}[kind]
