"""British and American spellings of one word."""

import re
from functools import lru_cache

_WORDS_KEPT = 20_000
"""Words whose spellings are remembered: many cues share them."""
_RULES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern), options)
    for pattern, options in (
        # Endings in -ise and -ize. A spelling that no one writes costs nothing: it is never found.
        (r"([a-z]{3})i[sz](?=e|ing|ation|abl|\*|$)", (r"\1is", r"\1iz")),
        (r"(aly|cataly|raly)[sz](?=e|ing|\*|$)", (r"\1s", r"\1z")),
        (
            r"\b(behavi|endeav|fav|col|lab|hon|rum|hum|tum|vig|harb|neighb)ou?r(?!g|e)",
            (r"\1our", r"\1or"),
        ),
        (r"\b(cent|theat|fib|lit|met)(?:er|re)(?=s?(?:\b|\*))", (r"\1er", r"\1re")),
        (r"\bprogram(?:me)?(?=s?\b(?!\*))", ("program", "programme")),
        (r"(counse|mode|labe|trave|cance|signa|leve)ll?(?=or|ing|ed|er)", (r"\1l", r"\1ll")),
        (r"\b(enrol|fulfil)l?(?=s?\b(?!\*)|ment)", (r"\1", r"\1l")),
        (r"\bskill?ful", ("skilful", "skillful")),
        (r"\bpa?ed(?=iatr)", ("ped", "paed")),
        (r"\b(orthop|gyn|an|leuk|isch)a?e(?=d|c|sth|m)", (r"\1e", r"\1ae")),
        (r"\bha?em(?=a|o)", ("hem", "haem")),
        (r"\bo?e(?=strogen|dema)", ("e", "oe")),
        (r"(defen|offen|licen|preten|\bpracti)[cs](?=e)", (r"\1c", r"\1s")),
        (r"(judg|acknowledg)e?(?=ment)", (r"\1", r"\1e")),
        (r"\bage?ing\b", ("aging", "ageing")),
        (r"(catal|dial|anal)og(?:ue)?(?=s?\b(?!\*))", (r"\1og", r"\1ogue")),
        (r"\bgr[ae]y\b", ("gray", "grey")),
        (r"\bs[ck]eptic", ("sceptic", "skeptic")),
    )
)


@lru_cache(maxsize=_WORDS_KEPT)
def spellings(word: str) -> tuple[str, ...]:
    """All spellings of a word of a cue, itself first; `*` and `?` are left as they are."""
    found = [word]
    for pattern, options in _RULES:
        for known in tuple(found):
            if pattern.search(known.lower()):
                found += [_replaced(pattern, option, known) for option in options]
    return tuple(dict.fromkeys(found))


def _replaced(pattern: re.Pattern[str], option: str, word: str) -> str:
    new = pattern.sub(option, word.lower())
    if word.isupper():
        return new.upper()
    return new.capitalize() if word[:1].isupper() else new
