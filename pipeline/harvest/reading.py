"""Files as bytes and as lines, whatever their encoding; what had to be repaired is told."""

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO, cast

from pipeline.errors import RapportError
from pipeline.harvest.entries import Note
from pipeline.study import Source

_HEAD = 1 << 16
_SAMPLE = 1 << 18
_CHUNK = 1 << 18
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLANK = b"\xef\xbb\xbf\xfe\xff \t\r\n"
_DECLARED = re.compile(rb"<(?:\?xml[^>]{0,99}encoding|meta[^>]{0,99}charset)=[\"']?([\w-]+)", re.I)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_LINES_TOLD = 5


def _from_windows_1252(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("windows-1252", _from_windows_1252)


def input_files(source: Source) -> list[Path]:
    """The files that a source's path names: one, those of a pattern, or all in a folder.

    In order of name; hidden files and the lock files of word processors are no part of a folder.

    Raises
    ------
    RapportError
        where no file matches a pattern.
    """
    path: Path = source.options["path"]
    if path.is_dir():
        found = [each for each in path.rglob("*") if each.is_file() and not _hidden(each, path)]
    elif path.exists() or not (pattern := _pattern(path)):
        return [path]
    else:
        found = [each for each in pattern[0].glob(pattern[1]) if each.is_file()]
        if not found:
            raise RapportError("no file matches it", where=path, cure="Check the path")
    return sorted(found, key=lambda each: each.as_posix())


def _hidden(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    return any(part.startswith((".", "~$", "__MACOSX")) for part in parts) or (
        path.name in ("Thumbs.db", "desktop.ini")
    )


def _pattern(path: Path) -> tuple[Path, str] | None:
    """A path with `*` as the folder before it and the pattern in that folder."""
    for place, part in enumerate(path.parts):
        if "*" in part:
            return Path(*path.parts[:place]), str(Path(*path.parts[place:]))
    return None


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A file's bytes, decompressed where they are gzip.

    Raises
    ------
    RapportError
        where it is missing, a folder, empty, damaged, or may not be read.
    """
    if path.is_dir():
        raise RapportError(
            "is a folder",
            where=path,
            cure='Name a file, or a pattern such as "folder/*.ris"; documents are kind "documents"',
        )
    try:
        with path.open("rb") as stream:
            start = stream.read(2)
            stream.seek(0)
            if not start:
                raise _empty(path)
            if start == b"\x1f\x8b":
                with gzip.open(stream) as unpacked:
                    yield cast(BinaryIO, unpacked)
            else:
                yield stream
    except FileNotFoundError:
        raise RapportError("there is no such file", where=path, cure="Check the path") from None
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "it is damaged or cut short"
        raise RapportError(
            f"cannot be read: {reason}", where=path, cure="Export or copy it again"
        ) from error


def _empty(path: Path) -> RapportError:
    return RapportError("is empty", where=path, cure="Export or save it again")


def head(path: Path) -> bytes:
    """The first bytes of a file, decompressed."""
    with opened(path) as stream:
        return stream.read(_HEAD)


@dataclass
class Text:
    """A text file that is read line by line.

    `repaired` has the numbers of the lines that did not fit the encoding, once they were read.
    """

    path: Path
    encoding: str
    repaired: list[int] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The file's name, for places."""
        return self.path.name

    def place(self, line: int) -> str:
        """A line of this file, for a person."""
        return f"{self.name}, line {line}"

    def lines(self) -> Iterator[str]:
        """Its lines without their ends: `\\n`, `\\r\\n` or `\\r`, and nothing else, ends a line."""
        self.repaired.clear()
        with opened(self.path) as stream:
            for raw in self._raw_lines(stream):
                ended = raw[:-1] if raw.endswith("\n") else raw
                ended = ended[:-1] if ended.endswith("\r") else ended
                # A mark of the encoding inside a file shows that files were joined.
                yield from ended.replace("\ufeff", "").split("\r")

    def _raw_lines(self, stream: BinaryIO) -> Iterator[str]:
        if self.encoding != "utf-8":
            with io.TextIOWrapper(
                cast(IO[bytes], stream), self.encoding, "replace", newline=""
            ) as text:
                yield from text
            return
        for number, raw in enumerate(stream, 1):
            try:
                yield raw.decode("utf-8")
            except UnicodeDecodeError:
                self.repaired.append(number)
                yield raw.decode("utf-8", "windows-1252")

    def chunks(self) -> Iterator[str]:
        """The text in pieces of no particular length, for formats in which lines mean nothing."""
        errors = "windows-1252" if self.encoding == "utf-8" else "replace"
        with (
            opened(self.path) as stream,
            io.TextIOWrapper(cast(IO[bytes], stream), self.encoding, errors) as text,
        ):
            while chunk := text.read(_CHUNK):
                yield chunk.replace("\ufeff", "")

    def read(self) -> str:
        """The whole text, its lines ended by `\\n`."""
        return "\n".join(self.lines())

    def notes(self) -> Iterator[Note]:
        """What had to be supposed about the encoding, once the lines were read."""
        if self.encoding.startswith(("cp", "mac", "iso", "latin")):
            text = f"is not UTF-8; it was read as {self.encoding.replace('cp125', 'Windows-125')}"
            yield Note(self.name, text)
        if self.repaired:
            told = ", ".join(map(str, self.repaired[:_LINES_TOLD]))
            more = len(self.repaired) - _LINES_TOLD
            told += f" and {more} more" if more > 0 else ""
            text = f"what is not UTF-8 was read as Windows-1252, on lines {told}"
            yield Note(self.name, text)


def open_text(path: Path, encoding: str | None = None) -> Text:
    """A file as text in the encoding that is given, or that its bytes show.

    Raises
    ------
    RapportError
        where it cannot be opened, holds no text, or the encoding has no such name.
    """
    if encoding is not None:
        try:
            return Text(path, codecs.lookup(encoding).name)
        except LookupError:
            raise RapportError(
                f"there is no encoding {encoding!r}",
                where=path,
                cure="Try utf-8, utf-16 or windows-1252",
            ) from None
    start = head(path)
    if not start.strip(_BLANK):
        raise _empty(path)
    for mark, name in _BOMS:
        if start.startswith(mark):
            return Text(path, name)
    if b"\x00" in start:
        return Text(path, _utf_16(path, start))
    if len(_CONTROL.findall(start)) > len(start) / 50:
        raise _no_text(path)
    return Text(path, _eight_bit(path, start))


def _utf_16(path: Path, start: bytes) -> str:
    """UTF-16 without a mark: every second byte of Latin letters is zero."""
    pairs = len(start) // 2 or 1
    for offset, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = start[offset::2].count(0), start[1 - offset :: 2].count(0)
        if zeros > pairs / 2 and others < pairs / 50:
            return name
    raise _no_text(path)


def _no_text(path: Path) -> RapportError:
    return RapportError(
        "is not a text file", where=path, cure="Export it again as text, or as .xlsx if it is Excel"
    )


def _eight_bit(path: Path, start: bytes) -> str:
    """UTF-8, unless most lines with other than ASCII characters are not: then what they show."""
    good, bad, sample = 0, 0, bytearray()
    with opened(path) as stream:
        for line in stream:
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                good += 1
            except UnicodeDecodeError:
                bad += 1
                if len(sample) < _SAMPLE:
                    sample += line[:_SAMPLE]
    if bad <= good:
        return "utf-8"
    if declared := _DECLARED.search(start):
        with suppress(LookupError):
            return codecs.lookup(declared[1].decode()).name
    high = sum(byte > 127 for byte in sample)
    if high > 0.3 * len(sample.replace(b" ", b"")):
        from charset_normalizer import from_bytes

        best = from_bytes(bytes(sample)).best()
        return best.encoding if best else "cp1252"
    only_cr = b"\r" in start and b"\n" not in start
    return "mac-roman" if only_cr else "cp1252"
