"""A query in the words of one source, and what that source cannot say.

A source that lacks an operator is asked for something *wider*, and each record that comes back is
checked here against the query as it was written: nothing is lost, and nothing is kept that was
not asked for. Whatever is widened is told before anything is fetched. Under a NOT the part must
not be widened, or records would be lost: there it is left out.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.errors import RapportError
from pipeline.harvest.web.query import Either, Every, Near, Node, Phrase, Without


@dataclass(frozen=True)
class Exact:
    """Words of a source for one leaf of a query; `wider` where they find more than was asked."""

    text: str
    wider: bool = False


@dataclass(frozen=True)
class Dialect:
    """How one source writes a query; a leaf that it cannot write is None.

    `every`, `either` and `without` join; `reason` says what the source lacks.
    """

    phrase: Callable[[Phrase], Exact | None]
    near: Callable[[Near], Exact | None]
    reason: str
    every: str = " AND "
    either: str = " OR "
    without: str = " NOT "


@dataclass(frozen=True)
class Translation:
    """What a source is asked, and what must be known about it.

    `checked` where each record is compared here with the query as it was written.
    """

    text: str
    notes: tuple[str, ...] = ()
    checked: bool = False


def translate(node: Node, dialect: Dialect, source: str) -> Translation:
    """Write a query in a source's own syntax.

    Raises
    ------
    RapportError
        where nothing that the source can say would narrow the search.
    """
    notes: list[str] = []
    text = _write(node, dialect, True, notes)
    if text is None:
        raise RapportError(
            f"{source} cannot be asked this query: {dialect.reason}",
            cure="Give the source a query of its own, or a native_query in its syntax",
        )
    lines = tuple(f"{source} {dialect.reason}: {note}" for note in dict.fromkeys(notes))
    return Translation(text, lines, bool(notes))


def _write(node: Node, dialect: Dialect, widening: bool, notes: list[str]) -> str | None:
    """The node in the source's syntax: a wider one where `widening`, else a narrower one.

    None stands for everything where widening, and for nothing where narrowing.
    """
    if isinstance(node, Phrase):
        return _leaf(node, dialect.phrase(node), dialect, widening, notes)
    if isinstance(node, Near):
        return _leaf(node, dialect.near(node), dialect, widening, notes)
    if isinstance(node, Either):
        parts = [_write(part, dialect, widening, notes) for part in node.parts]
        known = [part for part in parts if part is not None]
        return None if widening and len(known) < len(parts) else _joined(known, dialect.either)
    if isinstance(node, Without):
        raise TypeError("a NOT stands only beside a part that is wanted")
    return _every(node, dialect, widening, notes)


def _every(node: Every, dialect: Dialect, widening: bool, notes: list[str]) -> str | None:
    wanted: list[str] = []
    unwanted: list[str] = []
    unknown = 0
    for part in node.parts:
        if isinstance(part, Without):
            text, place = _write(part.part, dialect, not widening, notes), unwanted
        else:
            text, place = _write(part, dialect, widening, notes), wanted
        if text is None:
            unknown += 1
        else:
            place.append(text)
    if not wanted or (unknown and not widening):
        return None
    text = dialect.every.join(wanted) + "".join(dialect.without + part for part in unwanted)
    return f"({text})" if len(wanted) + len(unwanted) > 1 else text


def _leaf(
    node: Phrase | Near, exact: Exact | None, dialect: Dialect, widening: bool, notes: list[str]
) -> str | None:
    if exact is not None and not exact.wider:
        return exact.text
    if not widening:
        notes.append(f"NOT {node} is applied here")
        return None
    if exact is not None:
        notes.append(f"{node} is asked for as {exact.text} and checked here")
        return exact.text
    words = [Phrase((word,)) for word in _words(node)]
    known = [written for word in words if (written := dialect.phrase(word)) is not None]
    text = (
        _joined(list(dict.fromkeys(w.text for w in known)), dialect.every)
        if known and len(words) > 1
        else None
    )
    notes.append(
        f"{node} is asked for as {text} and checked here"
        if text
        else f"{node} is left out and checked here"
    )
    return text


def _words(node: Phrase | Near) -> tuple[str, ...]:
    return node.words if isinstance(node, Phrase) else node.left.words + node.right.words


def _joined(parts: list[str], joiner: str) -> str | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else f"({joiner.join(parts)})"
