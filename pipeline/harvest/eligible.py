"""Which works a study asks for: not retracted, of its languages and kinds, and with an abstract.

What is left out is counted and listed with one of these reasons; nothing is dropped in silence.
Where a source says nothing of language or kind, the work stays in.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from pipeline.errors import RapportError
from pipeline.harvest.normalise import Row
from pipeline.study import Asked

KINDS = {
    "notice": r"retraction (?:of publication|notice)|\berrat|corrigend|\bcorrection|concern"
    r"|\bretraction$",
    "peer review": r"peer.?review|decision letter",
    "preprint": r"preprint|posted.?content|unpublished",
    "book review": r"book.?review",
    "review": r"review|meta.?analy|guideline|jour.*review",
    "conference": r"conference|proceeding|\bcpaper\b|\bconf\b|meeting",
    "thesis": r"thesis|dissertation|\bthes\b",
    "chapter": r"chapter|\bchap\b|reference.?entry|inbook|incollection",
    "report": r"(?<!case )\breports?\b(?! -)|working.?paper|\brprt\b|grey|standard",
    "editorial": r"editorial|comment|letter|news|note\b|opinion|interview|introduct|perspective",
    "protocol": r"protocol|registered",
    "data": r"data.?(?:set|base|paper)|software|component|paratext|supplementary|grant",
    "book": r"\bbook|monograph|edited",
    "article": r"article|journal|\bjour\b|trial|study|studies|research|validation",
}
"""Kinds of works, and how sources call them; the first that fits counts."""

LEFT_OUT_BY_DEFAULT = ("notice", "peer review", "data")
"""Kinds that are no texts on anything, left out where a study does not ask for kinds."""

_LANGUAGES = {
    "en": "eng english", "de": "ger deu german deutsch", "fr": "fre fra french francais",
    "es": "spa spanish castilian espanol", "pt": "por portuguese", "it": "ita italian",
    "nl": "dut nld dutch flemish", "sv": "swe swedish", "no": "nor norwegian nb nob nn nno",
    "da": "dan danish", "fi": "fin finnish", "pl": "pol polish", "ru": "rus russian",
    "zh": "chi zho chinese", "ja": "jpn japanese", "ko": "kor korean", "tr": "tur turkish",
    "ar": "ara arabic", "fa": "per fas persian farsi", "cs": "cze ces czech", "el": "gre ell greek",
    "hu": "hun hungarian", "he": "heb hebrew", "uk": "ukr ukrainian", "id": "ind indonesian",
}  # fmt: skip
_CODES = {name: code for code, names in _LANGUAGES.items() for name in (code, *names.split())}
_RETRACTED_TITLE = re.compile(r"\W*(?:retracted|withdrawn)(?: article| chapter)?\s*[:\]]", re.I)


def check(asked: Asked, where: str, place: str = "[study]") -> None:
    """Raise where a study asks for a kind or a language that is not known, at `place`."""
    for key, known, given in (
        ("types", sorted(KINDS), asked.types),
        ("languages", sorted(_LANGUAGES), [language_of(name) or name for name in asked.languages]),
    ):
        for value in given:
            if value not in known:
                raise RapportError(
                    f"{place} {key} has {value!r}",
                    where=where,
                    cure=f"Choose from {', '.join(known)}",
                )


def why_not(copies: Sequence[Row], asked: Asked, needs_abstract: bool) -> str:
    """Why a work is left out, given all copies of it; empty where it stays in.

    Parts of practice documents always stay in.
    """
    if any(copy.document for copy in copies):
        return ""
    readable = any(copy.abstract for copy in copies)
    if readable and all(copy.unasked for copy in copies):
        return copies[0].unasked
    if not asked.keep_retracted and any(is_retracted(copy) for copy in copies):
        return "retracted"
    languages = {code for copy in copies for code in _languages_of(copy.language)}
    if asked.languages and languages and not languages & set(map(language_of, asked.languages)):
        return "in a language that was not asked for"
    kinds = {kind for copy in copies if (kind := kind_of(copy.type))}
    if kinds and not any(_is_wanted(kind, asked) for kind in kinds):
        return "of a kind that was not asked for"
    if needs_abstract and not readable:
        withheld = any(copy.withheld for copy in copies)
        return "its abstract has words missing" if withheld else "has no abstract"
    return ""


def is_retracted(row: Row) -> bool:
    """Whether a source, the kind of the work, or its own title says that it was retracted."""
    return bool(
        row.retracted
        or "retracted publication" in row.type.lower()
        or _RETRACTED_TITLE.match(row.title)
    )


@lru_cache(maxsize=4_096)
def kind_of(type_: str) -> str:
    """The kind of a work, of those in `KINDS`; empty where its source does not say."""
    told = type_.lower()
    return next((kind for kind, words in KINDS.items() if told and re.search(words, told)), "")


def language_of(name: str) -> str:
    """The two-letter code of a language, from its code or name; empty where it is not known."""
    return _CODES.get(name.strip().lower().replace("ç", "c").replace("ñ", "n"), "")


@lru_cache(maxsize=4_096)
def _languages_of(names: str) -> frozenset[str]:
    return frozenset(code for name in re.split(r"[;,/|]", names) if (code := language_of(name)))


def _is_wanted(kind: str, asked: Asked) -> bool:
    return kind in asked.types if asked.types else kind not in LEFT_OUT_BY_DEFAULT
