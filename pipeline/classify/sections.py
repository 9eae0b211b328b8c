"""Sections of a structured abstract, told from its labels."""

import re
from bisect import bisect_right
from functools import cache
from operator import itemgetter

SECTIONS = ("background", "objective", "methods", "results", "conclusions")

_LABELS = {
    "background": "background|introduction|context|rationale|problem|significance|importance",
    "objective": "objectives?|aims?|purpose|goals?|hypothes(?:i|e)s|research questions?",
    "methods": (
        "methods?|methodology|materials? and methods?|patients and methods|participants?|subjects"
        "|design|setting|study design|data sources?|data|measures?|interventions?|procedures?"
        "|sample|analysis|approach|search strategy|study selection|main outcome measures?"
        "|trial registration|eligibility criteria|data extraction|population|outcome measures?"
        "|program(?:me)? design|implementation|dissemination|evaluation|strategies for change"
    ),
    "results": "results?|findings?|main results|observations|outcomes?",
    "conclusions": (
        "conclusions?|discussion|interpretation|implications?|recommendations?|summary|comment"
        "|limitations?|relevance|practice implications|lessons learned"
    ),
}
_SECTION_OF = [(section, re.compile(words, re.I)) for section, words in _LABELS.items()]
_ANY = "|".join(_LABELS.values())
_MORE = r"(?:(?:\s*(?:and|&|/|,)\s*|\s+)[A-Za-z]+){0,3}"
_LABEL = re.compile(rf"\s*((?:{_ANY}){_MORE})\s*\Z", re.I)
_LONGEST_LABEL = 70
_ENDS_BEFORE = '.!?;)]\n"”'

_USUAL_WORDS = "Background Introduction Objective Aim Method Result Finding Conclusion Discussion"
_USUAL = tuple(form for word in _USUAL_WORDS.split() for form in (word, word.upper()))
_WITHOUT_COLON = re.compile(
    r"([A-Za-z]{2,}(?:(?i: and |/)[A-Za-z]+)?)(?:\.\s|\s[-–—]\s|\s)(?=[A-Z0-9])"
)


def sections(text: str) -> list[tuple[int, str]]:
    """Where each labelled section of an abstract begins, and which of `SECTIONS` it is.

    A label ends with a colon. Where there is no such label and two or more of the usual ones stand
    at the beginning of a sentence, they need no colon.
    """
    found: dict[int, str] = {}
    colon = text.find(":")
    while colon >= 0:
        low = max(0, colon - _LONGEST_LABEL)
        before = text[low:colon]
        begin = max(map(before.rfind, _ENDS_BEFORE)) + 1
        label = _LABEL.match(text, low + begin, colon) if begin or not low else None
        if label:
            found[label.start(1)] = label.group(1)
        colon = text.find(":", colon + 1)
    if not found:
        found = _without_colon(text)
    return [(start, _section(label)) for start, label in sorted(found.items())]


def section_at(labels: list[tuple[int, str]], place: int) -> str:
    """The section that a character stands in; empty before the first."""
    before = bisect_right(labels, place, key=itemgetter(0)) if labels else 0
    return labels[before - 1][1] if before else ""


def _without_colon(text: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for word in _USUAL:
        at = text.find(word)
        while at >= 0:
            before = text[max(0, at - 2) : at]
            begins = not at or (before[-1].isspace() and before[0] in ".!?)]\n ")
            label = _WITHOUT_COLON.match(text, at) if begins else None
            if label:
                found[at] = label.group(1)
            at = text.find(word, at + 1)
    return found if len(found) > 1 else {}


@cache
def _section(label: str) -> str:
    """The section whose words the label begins with: 'Background and purpose' is background."""
    return max(
        _SECTION_OF, key=lambda known: len(m.group()) if (m := known[1].match(label)) else 0
    )[0]
