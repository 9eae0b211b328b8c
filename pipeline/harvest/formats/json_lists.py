"""JSON (a list of objects, or one under a key) and JSON Lines, a record at a time.

The file is decoded value by value as it is read, so that memory depends on one record.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.errors import RapportError
from pipeline.harvest.entries import Broken, Entry, Item
from pipeline.harvest.formats.columns import Columns, check_named, is_known, recognise
from pipeline.harvest.reading import Text
from pipeline.harvest.web.markup import from_inverted_index

_DECODER = json.JSONDecoder(strict=False)
_SPACE = re.compile(r"[ \t\r\n]*")
_NEXT_OBJECT = re.compile(r"\}\s*,\s*(?=\{)")
_NAMES = (
    "name", "display_name", "full_name", "fullName", "author", "value", "term", "label", "title",
    "text",
)  # fmt: skip
_PERSON = (("family", "given"), ("last_name", "first_name"), ("lastName", "firstName"))
_NEAR_THE_END = 16
_SHARED_KEYS = 0.5
_DEEPEST = 2


def told_by(start: str) -> str | None:
    """Whether a text that begins with a bracket is JSON Lines, JSON or neither."""
    first, _, rest = start.strip().partition("\n")
    try:
        value = json.loads(first, strict=False)
    except ValueError:
        return "json" if re.match(r'\s*[{\[]\s*(?:["{\[\]}]|-?\d|\Z)', start) else None
    return "jsonl" if isinstance(value, dict) and rest.strip() else "json"


# -- a line for each record


def lines(text: Text, options: Mapping[str, Any]) -> Iterator[Item]:
    """The entries of a JSON Lines file; a line that is no object is broken."""
    read = _Objects(text, options)
    for number, line in enumerate(text.lines(), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, strict=False)
        except (ValueError, RecursionError) as error:
            yield Broken(text.place(number), f"is not JSON ({_reason(error)})", line[:80])
            continue
        yield read.entry(value, text.place(number))


def _reason(error: Exception) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)


# -- a list, or a list under a key


def entries(text: Text, options: Mapping[str, Any]) -> Iterator[Item]:
    """The entries of a JSON file.

    Raises
    ------
    RapportError
        where it has no list of objects, or several and the study's `list_key` names none of them.
    """
    wanted = options.get("list_key")
    if wanted is None:
        found = list(dict.fromkeys(_lists(text)))
        if len(found) > 1:
            raise RapportError(
                f"has several lists of records: {', '.join(map(repr, found))}",
                where=text.path,
                cure=f'Name one: list_key = "{found[0]}"',
            )
        wanted = found[0] if found else None
    reader = _Reader(text)
    try:
        if wanted is None:
            yield from _one_after_another(reader, _Objects(text, options), text)
        elif _go_to(reader, str(wanted)):
            yield from _elements(reader, _Objects(text, options), text)
        else:
            raise RapportError(
                f"has no list {wanted!r}",
                where=text.path,
                cure="Its lists are " + (", ".join(map(repr, _lists(text))) or "none"),
            )
    except (ValueError, RecursionError) as error:
        yield Broken(text.place(reader.line), f"is not JSON from here on ({error})")


def _one_after_another(reader: "_Reader", read: "_Objects", text: Text) -> Iterator[Item]:
    """Objects without a list around them, or one alone."""
    while reader.peek():
        line = reader.line
        yield read.entry(reader.value(), text.place(line))


def _elements(reader: "_Reader", read: "_Objects", text: Text) -> Iterator[Item]:
    """The objects of a list; after a broken one, from the next that is like those before."""
    usual: set[str] = set()
    reader.skip("[")
    number = 0
    while reader.peek() not in ("]", ""):
        number += 1
        place = f"{text.place(reader.line)}, record {number}"
        try:
            value = reader.value()
        except (ValueError, RecursionError) as error:
            yield Broken(place, f"is not JSON ({error})")
            value = _next_like(reader, usual)
            if value is None:
                return
            place = text.place(reader.line)
        yield read.entry(value, place)
        usual = usual or (set(value) if isinstance(value, dict) else set())
        if reader.peek() == ",":
            reader.skip(",")


def _next_like(reader: "_Reader", usual: set[str]) -> Any:
    """The next object with at least half of the usual keys; None where there is none."""
    while reader.find(_NEXT_OBJECT):
        try:
            value = reader.value()
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and len(usual & set(value)) >= _SHARED_KEYS * len(usual):
            return value
    return None


def _lists(text: Text) -> Iterator[str]:
    """Paths, with dots, of the lists of objects in a file; empty for one that is the whole."""
    reader = _Reader(text)
    try:
        yield from _lists_within(reader, ())
    except (ValueError, RecursionError):
        return  # what is broken is told when the list is read


def _lists_within(reader: "_Reader", path: tuple[str, ...]) -> Iterator[str]:
    opening = reader.peek()
    if opening == "[":
        reader.skip("[")
        if reader.peek() == "{":
            yield ".".join(path)
            if not path:
                return
        while reader.peek() not in ("]", ""):
            reader.value()
            if reader.peek() == ",":
                reader.skip(",")
        reader.skip("]")
    elif opening == "{":
        for key in reader.members():
            yield from _lists_within(reader, (*path, key))
    else:
        reader.value()


def _go_to(reader: "_Reader", path: str) -> bool:
    """Go to the list of a path; whether it is there."""
    while path:
        if reader.peek() != "{":
            return False
        for key in reader.members():
            if path == key or path.startswith(f"{key}."):
                path = path[len(key) + 1 :]
                break
            reader.value()
        else:
            return False
    return reader.peek() == "["


class _Reader:
    """A JSON text of which no more is kept than the value that is being read."""

    def __init__(self, text: Text) -> None:
        self._chunks = text.chunks()
        self._waiting, self._at, self.line = "", 0, 1

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            space = _SPACE.match(self._waiting, self._at)
            self._move_to(space.end() if space else self._at)
            if self._at < len(self._waiting):
                return self._waiting[self._at]
            if not self._more():
                return ""

    def skip(self, sign: str) -> None:
        """Pass over a sign that must come next."""
        if self.peek() != sign:
            raise ValueError(f"{sign} is missing")
        self._move_to(self._at + 1)

    def value(self) -> Any:
        """The next value. Raises ValueError where it is broken or cut short."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._waiting, self._at)
            except json.JSONDecodeError as error:
                may_go_on = error.msg.startswith("Unterminated") or (
                    error.pos >= len(self._waiting) - _NEAR_THE_END
                )
                if may_go_on and self._more():
                    continue
                raise ValueError(error.msg) from None
            if end == len(self._waiting) and self._more():
                continue
            self._move_to(end)
            return value

    def members(self) -> Iterator[str]:
        """The keys of an object; the value of each is to be read before the next key."""
        self.skip("{")
        while self.peek() not in ("}", ""):
            key = self.value()
            self.skip(":")
            yield str(key)
            if self.peek() == ",":
                self.skip(",")
        self.skip("}")

    def find(self, pattern: re.Pattern[str]) -> bool:
        """Go to the end of the next match of a pattern; whether there is one."""
        while not (found := pattern.search(self._waiting, self._at)):
            self._move_to(max(self._at, len(self._waiting) - _NEAR_THE_END))
            if not self._more():
                return False
        self._move_to(found.end())
        return True

    def _move_to(self, place: int) -> None:
        self.line += self._waiting.count("\n", self._at, place)
        self._at = place

    def _more(self) -> bool:
        """Read on, at least as much as is waiting, so that a long value is not decoded often."""
        waiting = [self._waiting[self._at :]]
        wanted = len(waiting[0])
        for chunk in self._chunks:
            waiting.append(chunk)
            wanted -= len(chunk)
            if wanted <= 0:
                break
        self._waiting, self._at = "".join(waiting), 0
        return len(waiting) > 1


# -- an object


class _Objects:
    """Makes entries of objects, whose keys are told like the names of columns."""

    def __init__(self, text: Text, options: Mapping[str, Any]) -> None:
        self._where, self._named = text.path, options.get("columns")
        self._known: dict[tuple[str, ...], Columns] = {}

    def entry(self, value: Any, place: str) -> Entry | Broken:
        """An object as an entry; anything else is broken."""
        if not isinstance(value, dict):
            return Broken(place, "is no object with a title or an abstract", _text(value)[:80])
        if isinstance(self._named, Mapping):
            value = value | {
                name: _within(value, name)
                for names in self._named.values()
                for name in (names if isinstance(names, list) else [names])
                if name not in value
            }
        value = value | {name: each for name, each in _nested(value) if is_known(name)}
        keys = tuple(value)
        if keys not in self._known:
            if not self._known:
                check_named(self._named, keys, self._where)
            self._known[keys] = recognise(keys, self._named)
        fields = self._known[keys].values([_text(each) for each in value.values()])
        return Entry(place=place, **fields)


def _nested(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """The members of the objects in an object, named by their keys with dots between."""
    for key, each in value.items():
        if path:
            yield path + key, each
        if isinstance(each, dict) and path.count(".") < _DEEPEST and not _is_index(each):
            yield from _nested(each, f"{path}{key}.")


def _is_index(value: Mapping[str, Any]) -> bool:
    """Whether an object is an inverted index: words, each with the list of its places."""
    return bool(value) and all(
        isinstance(places, list) and all(isinstance(place, int) for place in places)
        for places in value.values()
    )


def _within(value: Any, path: str) -> Any:
    """What stands at a path of keys with dots between."""
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _text(value: Any) -> str:
    """A value as text: lists with semicolons, people and labels by name, indexes put in order."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, list):
        return "; ".join(filter(None, map(_text, value)))
    if not isinstance(value, dict):
        return str(value)
    if "date-parts" in value:
        return "-".join(_text(value["date-parts"]).split("; "))
    for family, given in _PERSON:
        if family in value:
            return ", ".join(filter(None, (_text(value[family]), _text(value.get(given)))))
    if _is_index(value):
        return from_inverted_index(value)[0]
    if len(value) == 1:
        return _text(*value.values())
    return next((text for name in _NAMES if (text := _text(value.get(name)))), "")
