"""Text folded for matching: one plain ASCII character for each character of the text.

The length never changes, so that a place in the folded text is the same place in the text.
"""

import codecs
import unicodedata
from functools import cache

_OTHER_LETTER, _OTHER_SIGN = "_", " "
_BY_HAND = {
    **dict.fromkeys("‘’ʼ‛´`", "'"),
    **dict.fromkeys("“”„«»", '"'),
    **dict(zip("ßæÆœŒøØłŁđĐıðþ", "saAoOoOlLdDidt", strict=True)),
}


def fold(text: str) -> str:
    """Letters without accents, quotes and dashes plain, anything else a blank or `_`."""
    return text if text.isascii() else text.encode("ascii", _FOLDED).decode("ascii")


@cache
def _folded(character: str) -> str:
    if ord(character) > 0xFFFF:
        return _OTHER_SIGN
    if character in _BY_HAND:
        return _BY_HAND[character]
    kind = unicodedata.category(character)
    if kind == "Pd" or character == "\u2212":
        return "-"
    base = unicodedata.normalize("NFKD", character)[0]
    if kind[0] in "LN" and base.isascii() and base.isalnum():
        return base
    return _OTHER_LETTER if kind[0] in "LNM" else _OTHER_SIGN


def _fold_what_is_not_ascii(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    others = error.object[error.start : error.end]
    return "".join(map(_folded, others)), error.end


_FOLDED = "rapport.folded"
codecs.register_error(_FOLDED, _fold_what_is_not_ascii)
