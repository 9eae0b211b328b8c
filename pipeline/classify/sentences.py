"""Sentences of a text, as the places where they begin."""

import re

_END = re.compile(r"[.!?][\"'”’)\]]*\s+(?=[\"'“‘(\[•*-]*\s?[A-Z0-9À-Þ])|\n\s*\n|\n(?=\s*[-•*] )")
_ABBREVIATIONS = frozenset(
    "al approx ca cf dr ed eds eg e.g fig figs hon i.e ie inc jr ltd mr mrs ms no nos pp prof"
    " resp sr st vol vs v u.s u.k d.c ph.d m.d a.m p.m dept est gov".split()
)
_LAST_WORD = re.compile(r"[\w.]+$")


def sentence_starts(text: str) -> list[int]:
    """Where each sentence of a text begins, in characters; the first is 0.

    A full stop after an abbreviation or an initial ends no sentence. Blank lines and the marks of
    a list begin a new one.
    """
    starts = [0]
    for end in _END.finditer(text):
        if text[end.start()] == "." and _is_abbreviation(text, end.start()):
            continue
        starts.append(end.end())
    return starts


def _is_abbreviation(text: str, stop: int) -> bool:
    word = _LAST_WORD.search(text, max(0, stop - 12), stop)
    if word is None:
        return False
    last = word.group().lower()
    return last in _ABBREVIATIONS or (len(last) == 1 and last.isalpha() and word.group().isupper())
