"""Sentences of a text, as the places where they begin."""

import re

_OPENING = r"(?=[\"'“‘(\[•*-]*\s?[A-Z0-9À-Þ])"
_ENDS = tuple(
    # One pattern for each sign: a pattern that begins with a known sign is searched for fastest.
    (sign, re.compile(re.escape(sign) + r"[\"'”’)\]]*\s+" + _OPENING))
    for sign in ".?!"
)
_BREAK = re.compile(r"\n\s*\n|\n(?=\s*[-•*] )")
_ABBREVIATIONS = frozenset(
    "al approx ca cf dr ed eds eg e.g fig figs hon i.e ie inc jr ltd mr mrs ms no nos pp prof"
    " resp sr st vol vs v u.s u.k d.c ph.d m.d a.m p.m dept est gov".split()
)
_LONGEST_ABBREVIATION = 8


def sentence_starts(text: str) -> list[int]:
    """Where each sentence of a text begins, in characters; the first is 0.

    A sentence ends at a full stop, question or exclamation mark that a blank and then a capital
    letter or a digit follow. A full stop after an abbreviation or an initial ends no sentence.
    Blank lines and the marks of a list begin a new one.
    """
    starts = {0}
    for sign, pattern in _ENDS:
        if sign in text:
            for end in pattern.finditer(text):
                if sign != "." or not _is_abbreviation(text, end.start()):
                    starts.add(end.end())
    if "\n" in text:
        starts.update(end.end() for end in _BREAK.finditer(text))
    return sorted(starts)


def _is_abbreviation(text: str, stop: int) -> bool:
    word = text[text.rfind(" ", 0, stop) + 1 : stop]
    if len(word) > _LONGEST_ABBREVIATION:
        return False
    word = word.lstrip("([\"'“")
    return word.lower() in _ABBREVIATIONS or (len(word) == 1 and word.isupper())
