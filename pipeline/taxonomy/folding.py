"""Text folded for matching: one plain ASCII character for each character of the text.

The length never changes, so that a place in the folded text is the same place in the text.
"""

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

_OTHER_LETTER, _OTHER_SIGN = ord("_"), ord(" ")
_BY_HAND = {
    **dict.fromkeys("‘’ʼ‛´`", "'"),
    **dict.fromkeys("“”„«»", '"'),
    **dict(zip("ßæÆœŒøØłŁđĐıðþ", "saAoOoOlLdDidt", strict=True)),
}


def fold(text: str) -> str:
    """Letters without accents, quotes and dashes plain, anything else a blank or `_`."""
    if text.isascii():
        return text
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    table = _table()
    folded = table[np.minimum(codes, len(table) - 1)]
    return bytes(folded).decode("ascii")


@cache
def _table() -> NDArray[np.uint8]:
    """What each character of the basic plane folds to; the last entry is for all beyond it."""
    table = np.full(0x10001, _OTHER_SIGN, dtype=np.uint8)
    for code in range(0x10000):
        table[code] = ord(_folded(chr(code)))
    return table


def _folded(character: str) -> str:
    if character.isascii():
        return character
    if character in _BY_HAND:
        return _BY_HAND[character]
    kind = unicodedata.category(character)
    if kind == "Pd" or character == "\u2212":
        return "-"
    base = unicodedata.normalize("NFKD", character)[0]
    if kind[0] in "LN" and base.isascii() and base.isalnum():
        return base
    return chr(_OTHER_LETTER) if kind[0] in "LNM" else chr(_OTHER_SIGN)
