"""Where the files of a whole database lie: a folder, or an address that fsspec can read."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from pipeline.errors import RapportError
from pipeline.harvest.bulk.items import Damaged
from pipeline.harvest.reading import input_files
from pipeline.study import Source


@dataclass(frozen=True)
class BulkFile:
    """One file of a source.

    Attributes
    ----------
    name : its path within the source.
    size, state : bytes, and the time or tag that changes where the file does.
    storage : what its file system needs beside the address; empty for a local file.
    md5_at : address of the file with its checksum; empty where there is none.
    announced : bytes that the manifest of its database gives it; 0 where there is none.
    """

    name: str
    address: str
    size: int
    state: str
    storage: Mapping[str, Any] = field(default_factory=dict)
    md5_at: str = ""
    announced: int = 0

    @property
    def base(self) -> str:
        """The last part of its name."""
        return PurePosixPath(self.name).name


def slug(name: str) -> str:
    """A name in letters, digits and hyphens, for the names of what is made of it."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")


def is_remote(path: str | Path) -> bool:
    """Whether a path is an address of fsspec."""
    return "://" in str(path)


def files_of(source: Source) -> list[BulkFile]:
    """All files at a source's path, in order of name.

    Raises
    ------
    RapportError
        where the address cannot be listed, or fsspec is needed and missing.
    """
    path = source.options["path"]
    return _remote_files(source, str(path)) if is_remote(path) else _local_files(source, path)


def _local_files(source: Source, path: Path) -> list[BulkFile]:
    found = input_files(source)
    top = path if path.is_dir() else path.parent
    while "*" in str(top):
        top = top.parent
    files = []
    for each in found:
        try:
            facts = each.stat()
        except OSError as error:
            raise _unreadable(each, error) from error
        name = each.relative_to(top).as_posix()
        files.append(BulkFile(name, str(each), facts.st_size, str(facts.st_mtime_ns)))
    return files


def _remote_files(source: Source, address: str) -> list[BulkFile]:
    storage = dict(source.options.get("storage", {}))
    system, top = _filesystem(address, storage)
    try:
        if "*" in top:
            found = system.glob(top, detail=True)
            top = re.split(r"/[^/]*\*", top)[0]
        else:
            found = system.find(top, detail=True)
    except Exception as error:
        raise _unreadable(address, error) from error
    files = []
    for place, facts in sorted(found.items()):
        if facts.get("type", "file") == "file":
            name = place.removeprefix(top).lstrip("/") or PurePosixPath(place).name
            told = next((facts[k] for k in ("ETag", "etag", "mtime", "created") if k in facts), "")
            size = int(facts.get("size") or 0)
            files.append(BulkFile(name, system.unstrip_protocol(place), size, str(told), storage))
    return files


def _filesystem(address: str, storage: Mapping[str, Any]) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise RapportError(
            "reading from an address needs fsspec, which is not there",
            where=address,
            cure="pip install 'rapport[bulk]'",
        ) from None
    try:
        system, path = url_to_fs(address, **storage)
    except (ImportError, ValueError, TypeError, OSError) as error:
        raise _unreadable(address, error) from error
    return system, str(path)


@contextmanager
def opened(address: str, storage: Mapping[str, Any]) -> Iterator[BinaryIO]:
    """The bytes of a file as they lie there.

    Raises
    ------
    Damaged
        where it is not there any more.
    """
    try:
        if is_remote(address):
            system, path = _filesystem(address, storage)
            with system.open(path, "rb") as remote:
                yield cast(BinaryIO, remote)
        else:
            with open(address, "rb") as stream:
                yield stream
    except FileNotFoundError:
        raise Damaged("is not there any more") from None


def _unreadable(where: str | Path, error: Exception) -> RapportError:
    told = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
    return RapportError(f"cannot be read ({told})", where=where, cure="Check the path")
