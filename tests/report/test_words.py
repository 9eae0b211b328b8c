"""Numbers in words are never rounded into a claim, and read as sentences."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline.report.words import counted, headline, listed, percent, trend_in_words


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "0%"),
        (0.0001, "<0.1%"),
        (0.004, "0.4%"),
        (0.125, "13%"),
        (0.8333, "83%"),
        (0.9961, "99.6%"),
        (0.9999, ">99.9%"),
        (1.0, "100%"),
        (None, "–"),
    ],
)
def test_a_share_in_words(share: float | None, words: str) -> None:
    assert percent(share) == words


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_all_and_none_are_said_only_of_all_and_none(k: int, n: int) -> None:
    k = min(k, n)
    assert (percent(k / n) == "0%") == (k == 0)
    assert (percent(k / n) == "100%") == (k == n)


def row(
    n: int, related: int, low: float | None = 0.1, high: float | None = 0.9
) -> dict[str, object]:
    share = (n - related) / n if n else None
    return {
        "corpus": "research",
        "n": n,
        "with_relationship": related,
        "unmentioned": share,
        "low": low,
        "high": high,
    }


def test_the_headline_counts_shares_and_says_how_sure() -> None:
    told = headline(row(1204, 301))
    assert told.startswith("In 903 of 1,204 research texts that name a strategy, no relationship")
    assert told.endswith("(75%, 95% CI 10% to 90%).")


def test_the_headline_of_one_text_is_a_sentence_too() -> None:
    assert headline(row(1, 0)).startswith("In 1 of the one research text that names a strategy")


def test_the_headline_of_no_text_claims_nothing() -> None:
    assert headline(row(0, 0)) == "No research text names a strategy."


def test_a_headline_without_an_interval_has_no_empty_brackets() -> None:
    assert headline(row(4, 1, None, None)).endswith("is mentioned (75%).")


def test_a_trend_is_told_as_a_change_of_the_odds_a_year() -> None:
    trend = {
        "trend": "shrinks",
        "first_year": 2005,
        "last_year": 2020,
        "slope": math.log(0.9),
        "slope_low": math.log(0.85),
        "slope_high": math.log(0.95),
    }
    assert trend_in_words(trend) == (
        "Silence shrinks from 2005 to 2020: the odds that a text mentions no relationship "
        "change by -10% a year, 95% CI -15% to -5%."
    )
    assert trend_in_words({**trend, "trend": "no clear trend"}).startswith(
        "There is no clear trend"
    )
    assert trend_in_words({**trend, "slope": None, "trend": "too few years"}) == ""


def test_lists_and_counts_read_as_english() -> None:
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert counted(1, "practice") == "1 practice passage"
    assert counted(2, "practice") == "2 practice passages"
