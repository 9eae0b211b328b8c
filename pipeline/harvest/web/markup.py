"""Markup of abstracts and titles made plain: JATS, HTML, inverted indexes.

Sources send raw `<` beside tags ("p < .05 <b>..."), undeclared prefixes, tags cut in two and
entities escaped twice, so nothing here parses XML: known tags go, everything else is text. A
heading of a structured abstract becomes a line of its own that begins `Heading: `.
"""

import html
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from itertools import chain
from typing import Any

_INLINE = (
    "i|b|u|s|em|strong|italic|bold|underline|strike|sub|sup|sc|small|span|font|a|ext-link|xref|"
    "inline-formula|inline-graphic|named-content|styled-content|monospace|roman|fn|email|uri|tt|q"
)
_BLOCK = (
    "p|br|hr|div|sec|list|list-item|ul|ol|li|abstract|break|disp-formula|disp-quote|table|tr|td|th|"
    "tbody|thead|def-list|def-item|def|term|article-title|label|graphic|media|"
    "supplementary-material|title-group"
)
_HEADING = re.compile(
    r"<(?:jats:)?(h[1-6]|title)\b[^<>]*>(.{0,2000}?)</(?:jats:)?\1\s*>", re.I | re.S
)
_FORMULA = re.compile(
    r"<(?:jats:|mml:)?(tex-math|annotation)\b[^<>]*>.{0,2000}?</(?:jats:|mml:)?\1\s*>", re.I | re.S
)
_MATHML = re.compile(
    r"</?mml:[a-z]+\b[^<>]*>|</?(?:math|mrow|mi|mo|mn|msub|msup|mtext|mfrac|mspace|mstyle|semantics)\b[^<>]*>",
    re.I,
)
_INLINE_TAG = re.compile(rf"</?(?:jats:)?(?:{_INLINE})(?:\s[^<>]*)?/?>", re.I)
_BLOCK_TAG = re.compile(rf"</?(?:jats:)?(?:{_BLOCK}|h[1-6]|title)(?:\s[^<>]*)?/?>", re.I)
_COMMENT = re.compile(r"<!--.{0,2000}?-->|<!\[CDATA\[|\]\]>", re.S)
_CUT_TAG = re.compile(rf"</?(?:jats:)?(?:{_INLINE}|{_BLOCK})?$", re.I)
_TAG_BEGINS = re.compile(r"</?[a-z]", re.I)
_PERHAPS_TAG = re.compile(r"<(?:[a-z/!]|$)|\]\]>", re.I)
_FIRST_HEADING = re.compile(r"\s*(?:abstract|summary)\s*:\s*(?=\S)", re.I)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff]")

_TEXTS_KEPT = 16
"""Texts of which it is remembered whether they are plain: each is asked about twice in short order,
by the source and where its row is made."""

NOT_AN_ABSTRACT = re.compile(
    r"\W*(?:(?:abstract|summary|n/?a|none|not available)\W*"
    r"|(?:no abstract(?: is)? available|an abstract is not available for this content"
    r"|click to increase image size)\b.{0,200})",
    re.I | re.S,
)
"""What publishers put where an abstract should be."""


def plain(text: Any) -> str:
    """Markup made plain text: NFC, single spaces, one line for each section or paragraph."""
    if not isinstance(text, str):
        return ""
    if not is_plain(text):
        if "&" in text or "<" in text:
            text = _without_markup(text)
        text = unicodedata.normalize("NFC", text)
        if not _is_tidy(text):
            lines = (" ".join(line.split()) for line in _CONTROL.sub(" ", text).splitlines())
            return "\n".join(filter(None, lines))
    return "\n".join(filter(None, (line.strip(" ") for line in text.split("\n"))))


@lru_cache(maxsize=_TEXTS_KEPT)
def is_plain(text: str) -> bool:
    """Whether a text has nothing to make plain but blank ends of lines: it is soon told."""
    if not _is_tidy(text) or "&" in text:
        return False
    if "<" in text and ("\n" in text or _PERHAPS_TAG.search(text)):
        return False
    return text.isascii() or bool(unicodedata.is_normalized("NFC", text))


def _is_tidy(text: str) -> bool:
    """Whether a text has no signs but visible ones, line breaks and single spaces."""
    return "  " not in text and all(map(str.isprintable, text.split("\n")))


def _without_markup(text: str) -> str:
    if _BLOCK_TAG.search(text) or "&lt;" in text:  # then its line breaks are only layout
        text = re.sub(r"\s*\n\s*", " ", text)
    text = _without_tags(text)
    if "&" in text or "<" in text:  # escaped twice
        text = _without_tags(text)
    last = max(text.rfind("<"), 0)
    return text[:last] + _CUT_TAG.sub("", text[last:])


def _without_tags(text: str) -> str:
    text = html.unescape(text)
    if "<!" in text or "]]>" in text:
        text = _COMMENT.sub(" ", text)
    text = _FORMULA.sub(" ", text)
    if "<" not in text:
        return text
    if _TAG_BEGINS.search(text):
        text = _HEADING.sub(lambda match: f"\n{_heading(match[2])}", text)
        text = _BLOCK_TAG.sub("\n", text)
        text = _MATHML.sub("", _INLINE_TAG.sub("", text))
    return re.sub(r"(:)\s*\n\s*", r"\1 ", text)


def _heading(text: str) -> str:
    return plain(text).replace("\n", " ").rstrip(" :.") + ": " if text.strip() else ""


def title(text: Any) -> str:
    """A title made plain, on one line, without the full stop that some sources end it with."""
    line = plain(text).replace("\n", " ")
    if line.startswith("[") and line.rstrip(".").endswith("]"):
        line = line.rstrip(".")[1:-1]
    return line[:-1] if line.endswith(".") and not line.endswith("..") else line


def abstract(text: Any) -> str:
    """An abstract made plain; empty where a publisher's notice stands in its place."""
    words = plain(text)
    if heading := _FIRST_HEADING.match(words):
        words = words[heading.end() :]
    return "" if NOT_AN_ABSTRACT.fullmatch(words) else words


def labelled(sections: list[tuple[str, str]]) -> str:
    """An abstract from its labelled sections, a line for each."""
    return "\n".join(f"{label}: {text}" if label else text for label, text in sections if text)


def from_inverted_index(index: Any) -> tuple[str, int]:
    """The text of OpenAlex's `abstract_inverted_index`, and how many words are missing in it.

    OpenAlex cuts the index at 32,760 bytes, so that words which first occur late are lost: the
    text then has holes in it and not a clean end.
    """
    if isinstance(index, Mapping) and isinstance(index.get("InvertedIndex"), Mapping):
        index = index["InvertedIndex"]
    if not isinstance(index, Mapping):
        return "", 0
    if whole := _without_holes(index):
        return whole, 0
    placed = {
        place: word
        for word, places in index.items()
        if isinstance(places, list)
        for place in places
        if isinstance(place, int) and place >= 0
    }
    if not placed:
        return "", 0
    return " ".join(placed[place] for place in sorted(placed)), max(placed) + 1 - len(placed)


def _without_holes(index: Mapping[str, Any]) -> str:
    """The text of an index that has every place once, as most have; else nothing."""
    try:
        count = sum(map(len, index.values()))
        words = [""] * count
        for word, places in index.items():
            for place in places:
                words[place] = word
        # Each place is filled; were one of them counted from the end, their sum would be less.
        total = sum(chain.from_iterable(index.values()))
        whole = "" not in words and total == count * (count - 1) // 2
    except (TypeError, IndexError):
        return ""
    return " ".join(words) if whole else ""
