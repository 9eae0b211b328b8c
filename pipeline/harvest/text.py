"""Text as people wrote it: what a wrong encoding or a lost line break spoiled is put right."""

import re
import string

_BYTE_OF = {
    bytes([byte]).decode("cp1252", "replace").replace("\ufffd", chr(byte)): byte
    for byte in range(128, 256)
}
"""Byte of each character of Windows-1252; the five that it leaves out stand for themselves."""

_TAIL = "[" + re.escape("".join(char for char, byte in _BYTE_OF.items() if byte < 0xC0)) + "]"
_MISREAD = re.compile(f"[Â-ß]{_TAIL}|[à-ï]{_TAIL}{{2}}|[ð-ô]{_TAIL}{{3}}")
_SURELY_MISREAD = re.compile(f"Ã{_TAIL}|Â[\xa0-º¼-¿]|Î[±-¿]|â{_TAIL}{{2}}|ð{_TAIL}{{3}}")
_SIGNS = "ÃÂÎâð" + "".join(map(chr, range(0x80, 0xA0)))
"""Without one of these, a text was not misread."""
_LOST_SPACE = re.compile("Â+(?=\\s|$)")
_LOST_QUOTE = re.compile(f"â€(?!{_TAIL})")
_C1 = re.compile("[\x80-\x9f]")
_ROUNDS = 3
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_LABELS = (
    "Abstract Aim Background Conclusion Context Design Discussion Finding Implication Importance"
    " Interpretation Intervention Introduction Limitation Main Material Measure Method Objective"
    " Participant Patient Population Principal Purpose Rationale Recommendation Relevance Result"
    " Setting Significance Subject"
).split()
"""How the labels of structured abstracts begin."""

_LABEL = (
    f"(?:Main [Oo]utcome [Mm]easures?|Main [Rr]esults|Materials? [Aa]nd [Mm]ethods|Methodology"
    f"|Principal [Ff]indings|(?:{'|'.join(_LABELS)})s?)"
)
_LABEL_LINE = re.compile(
    rf"^({_LABEL}(?:(?: and | & | ?/ ?)[A-Za-z]+(?: [a-z]+)?)?)[:.]?\n(?-i:(?=[A-Z0-9\"“(]))",
    re.M | re.I,
)
_LABEL_BEGINS = re.compile("|".join(_LABELS))
_GLUED_LABEL = re.compile(rf"{_LABEL}(?=[A-Z][a-z])")
_CASES = bytes.maketrans(
    (string.ascii_lowercase + string.ascii_uppercase).encode(), b"a" * 26 + b"A" * 26
)
_RUN_TOGETHER = b"aAa"
"""A small letter before a capital and a small one: where a label is run into a word, and seldom
anywhere else."""
_BEFORE_LABEL = re.compile(r"(?:\A|\n|[.!?)\]%])\s*\Z")
_NEITHER = bytes(code for code in range(128) if not chr(code).isalnum())
_SPACE_LIKE = re.compile("[\x0b\x0c\u2028\u2029\ue000-\uf8ff]")


def repair(text: str) -> str:
    """Put right UTF-8 that was read as Windows-1252, even twice, and Windows-1252 read as Latin-1.

    Only a text with a sequence that no writer would mean is touched, so that a French capital
    before a closing quote stays what it is.
    """
    if text.isascii() or not any(sign in text for sign in _SIGNS):
        return text
    if _C1.search(text) and not _SURELY_MISREAD.search(text):
        text = _C1.sub(_from_windows_1252, text)
    for _ in range(_ROUNDS):
        if not _SURELY_MISREAD.search(text):
            break
        text = _LOST_SPACE.sub("", _MISREAD.sub(_as_utf_8, text))
        text = _LOST_QUOTE.sub("”", text)
    return text


def _from_windows_1252(match: re.Match[str]) -> str:
    return match[0].encode("latin-1").decode("cp1252", "replace")


def _as_utf_8(match: re.Match[str]) -> str:
    try:
        return bytes(_BYTE_OF[char] for char in match[0]).decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def visible(text: str) -> str:
    """A text without control characters; a page break or a sign of a symbol font is a space."""
    if text.isprintable() or text.replace("\n", " ").replace("\xa0", " ").isprintable():
        return text
    return _SPACE_LIKE.sub(" ", _UNSEEN.sub("", text))


def labels_apart(text: str) -> str:
    """A structured abstract with its labels as `LABEL: text`, where they had lost their mark.

    A label may stand on a line of its own (Web of Science), or be run into the word after it.
    """
    if "\n" in text:
        text = _LABEL_LINE.sub(lambda match: f"{match[1].upper()}: ", text)
    glued = _glued_labels(text)
    if not glued:
        return text
    parts, place = [], 0
    for match in glued:
        parts += [text[place : match.start()].rstrip(), f"\n{match[0].upper()}: "]
        place = match.end()
    return "".join([*parts, text[place:]]).lstrip("\n")


def _glued_labels(text: str) -> list[re.Match[str]]:
    """The labels that are run into the word after them, in order; found by their beginnings."""
    if _RUN_TOGETHER not in text.encode("utf-8", "surrogatepass").translate(_CASES):
        return []
    found = []
    for begun in _LABEL_BEGINS.finditer(text):
        match = _GLUED_LABEL.match(text, begun.start())
        if match and _BEFORE_LABEL.search(text[max(0, begun.start() - 3) : begun.start()]):
            found.append(match)
    return found


def letters_and_digits(text: str) -> str:
    """A text's letters and digits alone, without case: what two copies of it share."""
    if text.isascii():
        return text.lower().encode().translate(None, _NEITHER).decode()
    return "".join(filter(str.isalnum, text.casefold()))
