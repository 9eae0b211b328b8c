"""Numbers and findings in words, the same in figures, terminal, methods and page."""

import math
from collections.abc import Sequence

from pipeline.report.findings import Row

RELATIONSHIP = "relationship between those who support and those who implement"

_UNITS = {
    "research": ("research text", "research texts"),
    "practice": ("practice passage", "practice passages"),
}


def percent(share: float | None) -> str:
    """A share as people read it; near 0% and 100% never rounded to none or all.

    >>> [percent(share) for share in (0.8333, 0.125, 0.004, 0.9961, 1e-5, 0.99999, 0.0, 1.0, None)]
    ['83%', '13%', '0.4%', '99.6%', '<0.1%', '>99.9%', '0%', '100%', '–']
    """
    if share is None:
        return "–"
    if 0 < share < 0.0005:
        return "<0.1%"
    if 0.9995 < share < 1:
        return ">99.9%"
    # Half is rounded up, as a person would and as the page does.
    if 0 < share < 0.01 or 0.99 < share < 1:
        return f"{math.floor(1000 * share + 0.5) / 10:.1f}%"
    return f"{math.floor(100 * share + 0.5)}%"


def interval(low: float | None, high: float | None) -> str:
    """A 95% interval in words, empty where there is none."""
    return "" if low is None or high is None else f"95% CI {percent(low)} to {percent(high)}"


def counted(n: int, corpus: str) -> str:
    """A number of texts in words.

    >>> counted(1, "research"), counted(1204, "practice")
    ('1 research text', '1,204 practice passages')
    """
    singular, plural = _UNITS[corpus]
    return f"{n:,} {singular if n == 1 else plural}"


def units(corpus: str) -> str:
    """What the texts of a corpus are called, in the plural."""
    return _UNITS[corpus][1]


def listed(parts: Sequence[str]) -> str:
    """A list in a sentence.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def headline(row: Row) -> str:
    """The finding that stands first: how often no relationship is mentioned, how surely.

    `row` is the row of the gaps table that asks about all texts of a corpus.
    """
    n, unmentioned = row["n"], row["n"] - row["with_relationship"]
    if not n:
        return f"No {_UNITS[row['corpus']][0]} names a strategy."
    sure = interval(row["low"], row["high"])
    share = percent(row["unmentioned"]) + (f", {sure}" if sure else "")
    one = _UNITS[row["corpus"]][0]
    texts = f"the one {one} that names" if n == 1 else f"{counted(n, row['corpus'])} that name"
    return f"In {unmentioned:,} of {texts} a strategy, no {RELATIONSHIP} is mentioned ({share})."


def contact_headline(row: Row) -> str:
    """The headline among texts that name a strategy that needs contact between people."""
    n, unmentioned = row["n"], row["n"] - row["with_relationship"]
    if not n:
        return ""
    sure = interval(row["low"], row["high"])
    share = percent(row["unmentioned"]) + (f", {sure}" if sure else "")
    return (
        f"Of the {counted(n, row['corpus'])} that name a strategy which cannot be done without "
        f"contact between people, {unmentioned:,} mention none ({share})."
    )


def trend_in_words(row: Row) -> str:
    """A trend in one sentence: its direction, how fast, how sure; empty where it is not told."""
    if row["slope"] is None:
        return ""
    low, middle, high = (
        round(100 * (math.exp(row[k]) - 1), 1) if row[k] is not None else None
        for k in ("slope_low", "slope", "slope_high")
    )
    sure = "" if low is None else f", 95% CI {low:+g}% to {high:+g}%"
    verdict = {"grows": "Silence grows", "shrinks": "Silence shrinks"}.get(row["trend"])
    return (
        f"{verdict or 'There is no clear trend'} from {row['first_year']} to {row['last_year']}: "
        f"the odds that a text mentions no relationship change by {middle:+g}% a year{sure}."
    )
