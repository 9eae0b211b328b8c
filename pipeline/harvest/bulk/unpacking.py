"""A file's bytes decompressed, with the sums of the bytes as they lie there."""

import hashlib
import io
import re
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from isal import igzip
from isal.igzip_lib import IsalError
from pipeline.harvest.bulk.addresses import BulkFile, opened
from pipeline.harvest.bulk.items import Damaged, Items

_BLOCK = 1 << 20
_FAULTS: tuple[type[BaseException], ...] = (OSError, EOFError, cast(type[Exception], IsalError))
_MD5 = re.compile(rb"\b[0-9a-fA-F]{32}\b")


class _Summed(io.RawIOBase):
    """A stream that keeps sums of what is read from it."""

    def __init__(self, stream: BinaryIO, md5: bool) -> None:
        self._stream = stream
        self.sha256 = hashlib.sha256()
        self.md5 = hashlib.md5(usedforsecurity=False) if md5 else None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        block = self._stream.read(len(buffer))
        buffer[: len(block)] = block
        self.sha256.update(block)
        if self.md5:
            self.md5.update(block)
        return len(block)


def items(file: BulkFile, read: Callable[[BinaryIO], Items], sums: dict[str, str]) -> Items:
    """The entries of a file; its sums are put into `sums` once all are read.

    Raises
    ------
    Damaged
        where the file is gone, is not as long as announced, does not have the sum that its
        checksum file gives, or cannot be decompressed and read to its end.
    """
    if file.announced and file.size != file.announced:
        raise Damaged(f"has {file.size:,} bytes, not the {file.announced:,} of the manifest")
    wanted = _checksum(file) if file.md5_at else ""
    try:
        with opened(file.address, file.storage) as raw:
            if file.base.endswith(".parquet"):
                yield from read(raw)
                return
            summed = _Summed(raw, bool(wanted))
            buffered = io.BufferedReader(summed, _BLOCK)
            packed = buffered.peek(2)[:2] == b"\x1f\x8b"
            if file.base.endswith(".gz") and not packed:
                raise Damaged("is no gzip file")
            unpack: Any = igzip.IGzipFile
            yield from read(cast(BinaryIO, unpack(fileobj=buffered) if packed else buffered))
            while buffered.read(_BLOCK):
                pass
    except _FAULTS as error:
        told = getattr(error, "strerror", None) or "it is damaged or cut short"
        raise Damaged(f"cannot be read to its end: {told}") from error
    if summed.md5 and summed.md5.hexdigest() != wanted:
        raise Damaged(f"does not have the MD5 sum that {file.base}.md5 gives")
    sums["sha256"] = summed.sha256.hexdigest()
    sums["md5"] = "verified" if wanted else "no checksum file"


def _checksum(file: BulkFile) -> str:
    with opened(file.md5_at, file.storage) as stream:
        found = _MD5.search(stream.read(4_096))
    if not found:
        raise Damaged(f"{file.base}.md5 holds no MD5 sum")
    return found[0].decode().lower()
