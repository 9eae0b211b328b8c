"""The cue syntax: what a person writes into the taxonomy, read into a small tree.

A cue is written as librarians write a search:

========================  ======================================================================
``facilitat*``            a word; ``*`` stands for any further letters, ``?`` for exactly one
``"learning network*"``   a phrase: its words in order, any punctuation or hyphen between them
``audit* NEAR/2 feedback``  at most two words between, in either order
``train PRE/1 trainer*``  at most one word between, in this order
``(build* OR earn*) NEAR/3 trust``  alternatives, in parentheses
``^LOCI``                 capital letters as written; without ``^`` case never matters
========================  ======================================================================

A chain reads from left to right: ``a NEAR/4 b NEAR/6 c`` is ``(a NEAR/4 b) NEAR/6 c``. Hyphen and
space are the same, and so are British and American spellings, accented and plain letters, curly
and straight quotes. An apostrophe with an s at the end of a word is not part of the word.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from pipeline.taxonomy.folding import fold

_WORD_CHARACTER = r"[A-Za-z0-9_*?]"
_SMART = {
    **dict.fromkeys(map(ord, "“”„«»"), '"'),
    **dict.fromkeys(map(ord, "‘’"), "'"),
    **dict.fromkeys(map(ord, "–—‐‑"), "-"),
    **dict.fromkeys(map(ord, "\u00a0\t\n\r"), " "),
}
_TOKEN = re.compile(r'\s+|[()]|\^?"[^"]*"?|[^\s()"]+')
_OPERATOR = re.compile(r"(NEAR|PRE)/(\d+)$")
_FOREIGN = re.compile(r"(?:ADJ|NEAR|PRE|NEXT|ONEAR|W|N|P)/?\d*$|AND$|NOT$")
_FEWEST_LETTERS = 3
_CUES_KEPT = 20_000
"""Cues that are remembered: a taxonomy is often read again, as it was or with few edits."""
MOST_WORDS_BETWEEN = 50


class CueError(ValueError):
    """A cue that cannot be read: what is wrong, and at which character (from 0) of the cue."""

    def __init__(self, message: str, position: int) -> None:
        self.message, self.position = message, position
        super().__init__(message)


@dataclass(frozen=True)
class Phrase:
    """One word or several in order; `*` and `?` as written. `exact` keeps capital letters."""

    words: tuple[str, ...]
    exact: bool = False


@dataclass(frozen=True)
class Either:
    """Any one of the options."""

    options: tuple["Node", ...]


@dataclass(frozen=True)
class Near:
    """Two parts with at most `between` words between them; `ordered` where left comes first."""

    left: "Node"
    right: "Node"
    between: int
    ordered: bool


Node = Phrase | Either | Near


@dataclass(frozen=True)
class Cue:
    """A cue as it was written, and what it means."""

    text: str
    node: Node


def split(cell: str) -> list[tuple[int, str]]:
    """The cues of a cell, separated by semicolons, each with the place where it begins."""
    found = []
    for match in re.finditer(r"[^;]+", cell):
        stripped = match.group().strip()
        if stripped:
            found.append((match.start() + match.group().index(stripped), stripped))
    return found


@lru_cache(maxsize=_CUES_KEPT)
def parse(text: str) -> Cue:
    """Read one cue.

    Raises
    ------
    CueError
        with the character at fault, and in words how to write it instead.
    """
    tokens = _tokens(text.translate(_SMART))
    node, rest = _alternatives(tokens, 0)
    if rest < len(tokens):
        place, token = tokens[rest]
        if token == ")":
            raise CueError("this parenthesis was never opened", place)
        raise _needs_operator(tokens, rest)
    return Cue(text.strip(), node)


def _tokens(text: str) -> list[tuple[int, str]]:
    tokens = [(m.start(), m.group()) for m in _TOKEN.finditer(text) if not m.group().isspace()]
    if not tokens:
        raise CueError("the cue is empty", 0)
    return tokens


def _alternatives(tokens: list[tuple[int, str]], at: int) -> tuple[Node, int]:
    options = []
    while True:
        node, at = _chain(tokens, at)
        options.append(node)
        if at >= len(tokens) or tokens[at][1] != "OR":
            return (options[0] if len(options) == 1 else Either(tuple(options))), at
        at += 1


def _chain(tokens: list[tuple[int, str]], at: int) -> tuple[Node, int]:
    node, at = _part(tokens, at)
    while at < len(tokens) and (operator := _OPERATOR.match(tokens[at][1])):
        between = int(operator[2])
        if between > MOST_WORDS_BETWEEN:
            raise CueError(
                f"more than {MOST_WORDS_BETWEEN} words between is not a cue", tokens[at][0]
            )
        right, after = _part(tokens, at + 1)
        node, at = Near(node, right, between, operator[1] == "PRE"), after
    return node, at


def _part(tokens: list[tuple[int, str]], at: int) -> tuple[Node, int]:
    if at >= len(tokens):
        place = tokens[-1][0] + len(tokens[-1][1])
        raise CueError("the cue ends where a word should follow", place)
    place, token = tokens[at]
    if token == "(":
        node, end = _alternatives(tokens, at + 1)
        if end >= len(tokens):
            raise CueError("this parenthesis is never closed", place)
        if tokens[end][1] != ")":
            raise _needs_operator(tokens, end)
        return node, end + 1
    if token == ")":
        raise CueError("a word should come before this parenthesis", place)
    if token == "OR" or _OPERATOR.match(token):
        raise CueError(f"{token} needs a word on both sides", place)
    if _FOREIGN.match(token):
        raise CueError(_foreign(token), place)
    return _phrase(place, token), at + 1


def _phrase(place: int, token: str) -> Phrase:
    exact = token.startswith("^")
    body = token.removeprefix("^")
    if body.startswith('"') and (len(body) < 2 or not body.endswith('"')):
        raise CueError("this quotation mark is never closed", place + exact)
    body = re.sub(r"'s\b", "", body)
    words = tuple(re.findall(_WORD_CHARACTER + "+", fold(body)))
    if not words:
        raise CueError("there is no letter or digit in it", place)
    for word in words:
        at = place + max(token.find(word), 0)
        letters = word.replace("*", "").replace("?", "")
        if word.startswith("*"):
            raise CueError("* cannot come first: a word is found by its beginning", at)
        if not letters:
            raise CueError("it would match nearly every word", at)
        if "*" in word and len(words) == 1 and len(beginning(word)) < _FEWEST_LETTERS:
            raise CueError(
                f"it would match too many words: write at least {_FEWEST_LETTERS} letters before *",
                at,
            )
        if word.startswith("?"):
            raise CueError("? cannot come first: a word is found by its beginning", at)
    return Phrase(words, exact)


def beginning(word: str) -> str:
    """What a word of a cue has before its first `*` or `?`."""
    return re.split(r"[*?]", word)[0]


def _needs_operator(tokens: list[tuple[int, str]], at: int) -> CueError:
    place, token = tokens[at]
    if _FOREIGN.match(token) and not _OPERATOR.match(token):
        return CueError(_foreign(token), place)
    phrase = f"{tokens[at - 1][1]} {token}".replace('"', "")
    return CueError(
        f'two words without an operator: write "{phrase}" for a phrase,'
        " or OR, NEAR/n or PRE/n between them",
        place,
    )


def _foreign(token: str) -> str:
    digits = re.sub(r"\D", "", token)
    if token in ("AND", "NOT"):
        return f"{token} is not part of a cue: " + (
            "write NEAR/n with the most words that may come between"
            if token == "AND"
            else "put what must not match into the exclude column"
        )
    if token.startswith("ADJ"):
        between = max(int(digits or 1) - 1, 0)
        return f"{token} counts differently: write NEAR/{between}, at most {between} words between"
    if token.startswith(("NEXT", "ONEAR", "P")):
        return f"write PRE/{digits or 0}: at most {digits or 0} words between, in this order"
    return f"write NEAR/{digits or 3}: at most {digits or 3} words between, in either order"
