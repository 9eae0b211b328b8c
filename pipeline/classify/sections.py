"""Sections of a structured abstract, told from its labels."""

import re

SECTIONS = ("background", "objective", "methods", "results", "conclusions")

_LABELS = {
    "background": "background|introduction|context|rationale|problem|significance|importance",
    "objective": "objectives?|aims?|purpose|goals?|hypothes[ie]s|research questions?",
    "methods": (
        "methods?|methodology|materials? and methods?|patients and methods|participants?|subjects"
        "|design|setting|study design|data sources?|data|measures?|interventions?|procedures?"
        "|sample|analysis|approach|search strategy|study selection|main outcome measures?"
        "|trial registration|eligibility criteria|data extraction|population|outcome measures?"
    ),
    "results": "results?|findings?|main results|observations|outcomes?",
    "conclusions": (
        "conclusions?|discussion|interpretation|implications?|recommendations?|summary|comment"
        "|limitations?|relevance|practice implications|lessons learned"
    ),
}
_SECTION_OF = [(section, re.compile(words, re.I)) for section, words in _LABELS.items()]
_ANY = "|".join(_LABELS.values())
_LABEL = re.compile(
    rf"(?:^|(?<=[.!?;)\]\"'”])\s*|\n\s*)"
    rf"((?:{_ANY})(?:(?:\s*(?:and|&|/|,)\s*|\s+)[A-Za-z]+){{0,3}})\s*(?::|\.(?=\s)|\s[-–—]\s)",
    re.I,
)
_CAPITALS = re.compile(
    rf"(?:^|(?<=[.!?)\]])\s+)((?:{_ANY.upper()})(?:(?: AND |/)[A-Z]+)?)(?=\s+[A-Z])".replace(
        "[IE]", "(?:I|E)"
    )
)


def sections(text: str) -> list[tuple[int, str]]:
    """Where each labelled section of an abstract begins, and which of `SECTIONS` it is."""
    found = {match.start(1): match.group(1) for match in _LABEL.finditer(text)}
    found |= {match.start(1): match.group(1) for match in _CAPITALS.finditer(text)}
    return [(start, _section(label)) for start, label in sorted(found.items())]


def _section(label: str) -> str:
    """The section whose words the label begins with: 'Background and purpose' is background."""
    return max(
        _SECTION_OF, key=lambda known: len(m.group()) if (m := known[1].match(label)) else 0
    )[0]
