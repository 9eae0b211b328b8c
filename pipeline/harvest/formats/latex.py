"""LaTeX in BibTeX values as plain text."""

import re
import unicodedata

_ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308", "=": "\u0304",
    ".": "\u0307", "u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "k": "\u0328",
    "r": "\u030a", "d": "\u0323", "b": "\u0331",
}  # fmt: skip
_LETTERS = {
    "ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ",
    "aa": "å", "AA": "Å", "i": "i", "j": "j", "dh": "ð", "th": "þ", "textless": "<",
    "textgreater": ">", "textbar": "|", "textasciitilde": "~", "textbackslash": "\\",
    "textendash": "–", "textemdash": "—", "textquoteleft": "‘", "textquoteright": "’",
    "textquotedblleft": "“",
    "textquotedblright": "”", "ldots": "…", "dots": "…", "textellipsis": "…", "copyright": "©",
    "textregistered": "®", "texttrademark": "™", "textdegree": "°", "textmu": "µ", "pm": "±",
    "textpm": "±", "times": "×", "texttimes": "×", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥",
    "approx": "≈", "sim": "∼", "cdot": "·", "textbullet": "•", "alpha": "α", "beta": "β",
    "gamma": "γ", "delta": "δ", "Delta": "Δ", "epsilon": "ε", "eta": "η", "kappa": "κ",
    "lambda": "λ", "mu": "μ", "rho": "ρ", "sigma": "σ", "chi": "χ", "omega": "ω", "theta": "θ",
    "S": "§", "P": "¶", "pounds": "£", "texteuro": "€", "quad": " ", "newline": " ",
}  # fmt: skip
_ACCENT = re.compile(
    r"\\(?:([`'^~\"=.])|([uvHckrdb])(?![A-Za-z]))\s*(?:\{\s*(\\?[A-Za-z])\s*\}|(\\[ij](?![A-Za-z])|[A-Za-z]))"
)
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?(?:\s*\{\}|\s+(?=[^\s])|)")
_ESCAPED = re.compile(r"\\([&%$#_{}\s])")
_MATH = re.compile(r"(?<!\\)\$([^$]*)(?<!\\)\$")
_DASHES = re.compile(r"(?<!-)(-{2,3})(?!-)")


def plain(value: str) -> str:
    """A BibTeX value without LaTeX: accents put on their letters, commands and braces gone.

    A command that is not known goes, and what stood in its braces stays.
    """
    value = _MATH.sub(r"\1", value)
    if "\\" in value:
        value = _ACCENT.sub(_accented, value)
        value = _ESCAPED.sub(lambda match: _KEPT.get(match[1], match[1]), value)
        value = _COMMAND.sub(lambda match: _LETTERS.get(match[1], ""), value)
        value = value.replace("\\", "")
    value = _DASHES.sub(lambda match: "–" if len(match[1]) == 2 else "—", value)
    value = value.replace("{", "").replace("}", "").replace("~", " ")
    value = value.replace("``", "“").replace("''", "”")
    return value.replace(_LEFT, "{").replace(_RIGHT, "}")


_LEFT, _RIGHT = "\ue000", "\ue001"
_KEPT = {"{": _LEFT, "}": _RIGHT}


def _accented(match: re.Match[str]) -> str:
    mark = _ACCENTS[match[1] or match[2]]
    letter = (match[3] or match[4]).lstrip("\\")
    return unicodedata.normalize("NFC", letter + mark)
