"""What stands in an answer, whatever its shape: helpers that several sources share.

Sources send null where text was, numbers as text, a single value for a list, HTML for JSON. Here
that is a blank, a number, a list, or a fault that may pass.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.harvest import normalise
from pipeline.harvest.web.client import Transient


def json_of(body: bytes) -> dict[str, Any]:
    """A JSON object. Raises Transient, as a page of HTML or half an answer may pass."""
    try:
        content = json.loads(body.decode("utf-8"), strict=False)
    except ValueError:
        what = "HTML" if b"<html" in body[:1000].lower() else "something that is not JSON"
        raise Transient(f"answered with {what}" if body else "answered with nothing") from None
    if not isinstance(content, dict):
        raise Transient("answered with JSON of another shape")
    return content


def count_of(value: Any) -> int:
    """A count, given as a number or as text. Raises Transient where it is neither."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Transient("did not say how many records there are")
    try:
        return int(value)
    except ValueError:
        raise Transient("did not say how many records there are") from None


def records_of(content: Mapping[str, Any], key: str) -> list[Any]:
    """The list of records in an answer. Raises Transient where there is none."""
    records = content.get(key)
    if not isinstance(records, list):
        raise Transient(f"answered without {key}")
    return [record for record in records if isinstance(record, dict)]


def identified(records: Sequence[Any], key: str) -> list[tuple[str, Any]]:
    """Records with their identifiers; one that has none gets one from its content."""
    return [(text(record.get(key)) or digest(record), record) for record in records]


def digest(record: Any) -> str:
    """An identifier made from what a record says, for a record that came without one."""
    content = json.dumps(record, sort_keys=True, ensure_ascii=False, default=str)
    return "none:" + hashlib.sha256(content.encode()).hexdigest()[:16]


def text(value: Any) -> str:
    """Text or a number as text; empty for anything else, such as a null where text should be."""
    if isinstance(value, str):
        return " ".join(value.split())
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def texts(value: Any) -> tuple[str, ...]:
    """The texts in a list, or one text; without blanks."""
    values = value if isinstance(value, list) else [value]
    return tuple(found for item in values if (found := text(item)))


def listed(values: Iterable[str]) -> str:
    """Names separated by semicolons, without blanks."""
    return "; ".join(filter(None, (value.replace(";", ",") for value in values)))


def within(value: Any, *path: str | int) -> Any:
    """What stands at a path of keys and places; None where the path breaks off."""
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def dicts(value: Any) -> list[dict[str, Any]]:
    """The objects in a list; none where it is not a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def doi_of(value: Any) -> str:
    """A DOI in small letters, without address; empty where there is none."""
    return normalise.doi_of(text(value))


def year_of(value: Any) -> int | None:
    """The first year in a date, however it is written."""
    return normalise.year_of(value if isinstance(value, int) else text(value))
