"""One search syntax for every source: Boolean operators, phrases, truncation, proximity.

==============================  ================================================================
``trust``                       a word
``facilitat*``                  a word cut short: any ending
``"implementation strategy"``   a phrase: its words in order; hyphen and space are the same
``audit NEAR/3 feedback``       at most three words between, in either order
``train PRE/1 trainer``         at most one word between, in this order
``a AND b``, ``a OR b``         both, either
``a NOT b``, ``a AND NOT b``    the first without the second
==============================  ================================================================

A query is looked for in title, abstract and keywords; case and accents never matter. Sources
disagree on whether AND or OR goes first, so the two are only mixed with parentheses. `matches`
reads a query on a record that is at hand: that is how a record is checked where its source could
only be asked for something wider.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.errors import RapportError

FEWEST_LETTERS = 3
"""Letters that a truncated word must begin with."""
MOST_BETWEEN = 50

_TOKEN = re.compile(r'\s+|[()]|"[^"]*"?|[^\s()"]+')
_NEAR = re.compile(r"(NEAR|PRE)/(\d+)$")
_FOREIGN = re.compile(
    r"(?:(?:ADJ|NEAR|PRE|NEXT|ONEAR|W|N|P)/?\d*|and|or|not|And|Or|Not|&&?|\|\|?)$"
)
_WORD = re.compile(r"[^\W_]+\*?")
_SMART = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "’": "'", "‘": "'"})


@dataclass(frozen=True)
class Phrase:
    """One word or several in order, in small letters; a word that ends in `*` is cut short."""

    words: tuple[str, ...]

    @property
    def truncated(self) -> bool:
        """Whether any of its words is cut short."""
        return any(word.endswith("*") for word in self.words)

    def __str__(self) -> str:
        text = " ".join(self.words)
        return f'"{text}"' if len(self.words) > 1 else text


@dataclass(frozen=True)
class Near:
    """Two phrases with at most `between` words between them; `ordered` where left comes first."""

    left: Phrase
    right: Phrase
    between: int
    ordered: bool

    def __str__(self) -> str:
        return f"{self.left} {'PRE' if self.ordered else 'NEAR'}/{self.between} {self.right}"


@dataclass(frozen=True)
class Every:
    """All of the parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Either:
    """Any one of the parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Without:
    """Not the part; only ever one of the parts of an `Every`, beside a part that is wanted."""

    part: "Node"


Node = Phrase | Near | Every | Either | Without


def parse(text: str, where: str = "query") -> Node:
    """Read a query into its tree.

    Raises
    ------
    RapportError
        with the query, a caret under the spot, and how to mend it.
    """
    text = text.translate(_SMART)
    return _Reader(text, where).read()


class _Reader:
    """A reader by recursive descent: an expression, its operands, a chain of NEARs, one term."""

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where = text, where
        self.tokens = [
            (match.start(), match.group())
            for match in _TOKEN.finditer(text)
            if not match.group().isspace()
        ]
        self.at = 0

    def read(self) -> Node:
        if not self.tokens:
            raise self.fault("the query is empty", 0, "Write at least one word")
        node = self.expression()
        if self.at < len(self.tokens):
            raise self.fault("a parenthesis is closed that was not opened", self.place)
        if isinstance(node, Without):
            raise self.fault("the query only says what is not wanted", 0, "Begin with what is")
        return node

    @property
    def token(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    @property
    def place(self) -> int:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else len(self.text)

    def expression(self) -> Node:
        begin = self.place
        operator, parts = "", [self.operand()]
        while self.token not in ("", ")"):
            place, found = self.place, self.operator()
            if operator and found != operator:
                raise self.fault(
                    "AND and OR stand side by side, and sources disagree on which goes first",
                    place,
                    "Put parentheses around one of them",
                )
            operator = found
            parts.append(self.operand())
        if len(parts) == 1:
            return parts[0]
        unwanted = sum(isinstance(part, Without) for part in parts)
        if unwanted and (operator == "OR" or unwanted == len(parts)):
            raise self.fault("NOT needs something to take away from", begin, "Write a NOT b")
        return Either(tuple(parts)) if operator == "OR" else Every(tuple(parts))

    def operator(self) -> str:
        """AND or OR; a NOT between two operands is an AND, and is left for the operand to read."""
        if self.token in ("AND", "OR"):
            self.at += 1
            return self.tokens[self.at - 1][1]
        if self.token == "NOT":
            return "AND"
        small = self.token.upper() if self.token.upper() in ("AND", "OR", "NOT") else ""
        raise self.fault(
            f"{self.token} is read as a word" if small else "an operator is missing",
            self.place,
            f"Write {small} in capital letters"
            if small
            else 'Put AND or OR between the two, or quotes around them: "..." is a phrase',
        )

    def operand(self) -> Node:
        if self.token == "NOT":
            self.at += 1
            inner = self.operand()
            return inner.part if isinstance(inner, Without) else Without(inner)
        node = self.term()
        while match := _NEAR.match(self.token):
            place = self.place
            self.at += 1
            node = self.near(node, self.term(), match, place)
        return node

    def near(self, left: Node, right: Node, match: re.Match[str], place: int) -> Node:
        between, ordered = int(match[2]), match[1] == "PRE"
        if between > MOST_BETWEEN:
            raise self.fault(f"{match[0]} reaches too far", place, f"At most {MOST_BETWEEN} words")
        pairs = [
            Near(one, other, between, ordered)
            for one in self.phrases(left, place)
            for other in self.phrases(right, place)
        ]
        return pairs[0] if len(pairs) == 1 else Either(tuple(pairs))

    def phrases(self, node: Node, place: int) -> tuple[Phrase, ...]:
        if isinstance(node, Phrase):
            return (node,)
        if isinstance(node, Either) and all(isinstance(part, Phrase) for part in node.parts):
            return tuple(part for part in node.parts if isinstance(part, Phrase))
        raise self.fault("only words, phrases and (word OR word) can be near each other", place)

    def term(self) -> Node:
        place, token = self.place, self.token
        if token in ("", ")", "AND", "OR", "NOT") or _NEAR.match(token):
            what = (
                f"{token} has nothing before it" if token not in ("", ")") else "a term is missing"
            )
            raise self.fault(what, place)
        self.at += 1
        if token == "(":
            node = self.expression()
            if self.token != ")":
                raise self.fault("the parenthesis is not closed", place)
            self.at += 1
            return node
        if token.startswith('"'):
            if len(token) == 1 or not token.endswith('"'):
                raise self.fault("the quotation mark is not closed", place)
        elif _FOREIGN.match(token):
            raise self.fault(
                f"{token} is not part of this syntax",
                place,
                "It knows AND, OR, NOT, NEAR/n and PRE/n",
            )
        return self.phrase(token, place)

    def phrase(self, token: str, place: int) -> Phrase:
        words = tuple(_WORD.findall(fold(token)))
        if not words:
            raise self.fault("there is no word here", place)
        if re.search(r"\*[^\W_]|(?<![^\W_])\*|[?:$#]", fold(token)):
            raise self.fault(
                f"{token} cannot be searched for",
                place,
                "A * may only end a word; fields (title:) belong into native_query",
            )
        for word in words:
            if word.endswith("*") and len(word) <= FEWEST_LETTERS:
                raise self.fault(
                    f"{word} would find nearly everything",
                    place,
                    f"Give at least {FEWEST_LETTERS} letters before the *",
                )
        return Phrase(words)

    def fault(self, what: str, place: int, cure: str | None = None) -> RapportError:
        start = max(0, place - 40)
        shown = self.text[start : place + 40].replace("\n", " ")
        caret = " " * (place - start) + "^"
        return RapportError(
            f"{what}, at character {place + 1}",
            where=self.where,
            cure=f"{cure or 'Mend it'}:\n  {shown}\n  {caret}",
        )


def fold(text: str) -> str:
    """Small letters without accents."""
    if not text.isascii():
        text = "".join(
            c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)
        )
    return text.lower()


def matches(node: Node, *texts: str | None) -> bool:
    """Whether a query is met by a record: its title, abstract and keywords."""
    return _met(node, [_Text(text) for text in texts if text])


class _Text:
    """Where each word of a text stands."""

    def __init__(self, text: str) -> None:
        self.places: dict[str, list[int]] = {}
        for place, match in enumerate(re.finditer(r"[^\W_]+", fold(text))):
            self.places.setdefault(match.group(), []).append(place)

    def word(self, word: str) -> list[int]:
        if not word.endswith("*"):
            return self.places.get(word, [])
        stem = word[:-1]
        return [
            p for found, places in self.places.items() if found.startswith(stem) for p in places
        ]

    def phrase(self, phrase: Phrase) -> list[int]:
        """The first word's place of each occurrence."""
        first, *rest = phrase.words
        starts = self.word(first)
        for step, word in enumerate(rest, 1):
            if not starts:
                break
            following = set(self.word(word))
            starts = [start for start in starts if start + step in following]
        return starts

    def near(self, node: Near) -> bool:
        rights = self.phrase(node.right)
        for left in self.phrase(node.left) if rights else ():
            for right in rights:
                after = right - (left + len(node.left.words))
                before = left - (right + len(node.right.words))
                if 0 <= after <= node.between or (not node.ordered and 0 <= before <= node.between):
                    return True
        return False


def _met(node: Node, texts: list[_Text]) -> bool:
    if isinstance(node, Phrase):
        return any(text.phrase(node) for text in texts)
    if isinstance(node, Near):
        return any(text.near(node) for text in texts)
    if isinstance(node, Every):
        return all(_met(part, texts) for part in node.parts)
    if isinstance(node, Either):
        return any(_met(part, texts) for part in node.parts)
    return not _met(node.part, texts)


def leaves(node: Node) -> Iterator[Phrase | Near]:
    """The words, phrases and nears of a query, in order."""
    if isinstance(node, Phrase | Near):
        yield node
    elif isinstance(node, Without):
        yield from leaves(node.part)
    else:
        for part in node.parts:
            yield from leaves(part)
