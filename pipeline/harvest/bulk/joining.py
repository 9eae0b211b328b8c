"""What copies of a text are found by, in 64 bits each: so that millions fit in little memory."""

import hashlib
import re
import zlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\w+")


def keys(
    doi: str | None, pmid: str | None, text_key: str, title: str, abstract_key: str
) -> tuple[int, int, int, int, int]:
    """DOI, PubMed identifier, title and year, words of the title, beginning of the abstract.

    As with other sources, title and year stand in only where there is no identifier. 0 is none.
    """
    return (
        hashed(doi) if doi else 0,
        int(pmid) if pmid else 0,
        0 if doi or pmid else int(text_key, 16),
        words_of(title),
        hashed(abstract_key) if abstract_key else 0,
    )


def hashed(text: str) -> int:
    """64 bits of a text, never 0."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) or 1


def words_of(title: str) -> int:
    """A title's words as a set of 64 bits."""
    found = 0
    for word in _WORD.findall(title.casefold()):
        found |= _bit(word)
    return found


@lru_cache(maxsize=1 << 16)
def _bit(word: str) -> int:
    return 1 << (zlib.crc32(word.encode()) & 63)


def plainly_differ(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Whether two titles share less than half the words of the shorter; not where one has none."""
    shorter = np.minimum(np.bitwise_count(one), np.bitwise_count(other))
    return np.asarray(2 * np.bitwise_count(one & other) < shorter)
