"""Intervals of shares: worked examples, an independent library, and how often they are right."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline.gaps.intervals import independent, newcombe, share_rows, tally, wilson
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_wilson_contains_the_share_and_stays_within_0_and_1(n, fraction):
    yes = round(n * fraction)
    low, high = wilson(yes / n, n)
    assert 0 <= low <= yes / n <= high <= 1


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_wilson_is_the_same_seen_from_the_other_side(n, fraction):
    yes = round(n * fraction)
    low, high = wilson(yes / n, n)
    other_low, other_high = wilson(1 - yes / n, n)
    assert low == pytest.approx(1 - other_high, abs=1e-9)
    assert high == pytest.approx(1 - other_low, abs=1e-9)


@given(st.integers(1, 5_000), st.floats(0, 1))
def test_wilson_agrees_with_statsmodels(n, fraction):
    yes = round(n * fraction)
    ours, theirs = wilson(yes / n, n), proportion_confint(yes, n, method="wilson")
    assert ours[0] == pytest.approx(theirs[0], abs=1e-9)
    assert ours[1] == pytest.approx(theirs[1], abs=1e-9)


def test_wilson_gives_the_published_example():
    """Newcombe 1998 (Statistics in Medicine 17:857): 81 of 263 is 0.2553 to 0.3662."""
    low, high = wilson(81 / 263, 263)
    assert (round(float(low), 4), round(float(high), 4)) == (0.2553, 0.3662)


def test_there_is_no_interval_without_a_text():
    assert np.isnan(wilson(np.nan, 0)).all()


def test_newcombe_gives_the_published_example():
    """Newcombe 1998 (Statistics in Medicine 17:873): 56/70 less 48/80 is 0.0524 to 0.3339."""
    shares = (48 / 80, wilson(48 / 80, 80), 56 / 70, wilson(56 / 70, 70))
    low, high = newcombe(*shares)
    assert (round(float(low), 4), round(float(high), 4)) == (0.0524, 0.3339)


@given(st.integers(0, 50), st.integers(0, 80))
def test_newcombe_agrees_with_statsmodels(one, other):
    low, high = newcombe(one / 50, wilson(one / 50, 50), other / 80, wilson(other / 80, 80))
    theirs = confint_proportions_2indep(other, 80, one, 50, method="newcomb", compare="diff")
    assert (low, high) == pytest.approx(theirs, abs=1e-9)


def test_texts_are_counted_in_their_cells():
    told = share_rows(tally(np.array([0, 0, 2]), np.array([True, False, True]), 3))
    assert [(row["n"], row["yes"], row["share"]) for row in told] == [
        (2, 1, 0.5),
        (0, 0, None),
        (1, 1, 1.0),
    ]
    assert told[1]["low"] is None


def documents(random, number, share, likeness, passages=30):
    """Passages of documents of unequal length: the document of each, and whether it says yes."""
    size = np.maximum(1, np.rint(random.lognormal(np.log(passages) - 0.25, 0.7, number))).astype(
        int
    )
    own = np.full(number, share)
    if likeness:
        spread = 1 / likeness - 1
        own = random.beta(share * spread, (1 - share) * spread, number)
    document = np.repeat(np.arange(number), size)
    return document, random.random(len(document)) < own[document]


def coverage(number, share, likeness, corpora=1500):
    """How many of so many corpora have the true share in the interval."""
    random = np.random.default_rng([number, int(100 * share), int(100 * likeness)])
    parts = [documents(random, number, share, likeness) for _ in range(corpora)]
    cell = np.repeat(np.arange(corpora), [len(yes) for _, yes in parts])
    document, yes = (np.concatenate([part[n] for part in parts]) for n in (0, 1))
    low, high = tally(cell, yes, corpora, document).interval
    return float(((low <= share) & (share <= high)).mean())


@pytest.mark.parametrize("number", [10, 20, 40])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("likeness", [0.03, 0.1])
def test_intervals_by_document_cover_the_truth_in_93_to_97_percent(number, share, likeness):
    # 1,500 corpora: a Monte Carlo error of half a percent, twice that allowed on either side.
    assert 0.93 - 0.01 <= coverage(number, share, likeness) <= 0.97 + 0.01


@pytest.mark.parametrize("number", [10, 40])
def test_they_cover_a_rare_share_too(number):
    assert 0.92 <= coverage(number, 0.05, 0.05) <= 0.98


def test_intervals_that_take_passages_for_texts_do_not_cover():
    random = np.random.default_rng(1)
    hits = 0
    for _ in range(300):
        _, yes = documents(random, 20, 0.5, 0.1)
        low, high = wilson(yes.mean(), len(yes))
        hits += low <= 0.5 <= high
    assert hits / 300 < 0.8


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5])
@pytest.mark.parametrize("n", [40, 400])
def test_intervals_of_independent_texts_cover_the_truth(share, n):
    yes = np.random.default_rng(1).binomial(n, share, 20_000)
    low, high = independent(np.full(20_000, n), yes).interval
    assert 0.93 <= ((low <= share) & (share <= high)).mean() <= 0.97


def test_passages_of_one_document_tell_next_to_nothing_about_others():
    [told] = share_rows(tally(np.zeros(50, int), np.arange(50) < 20, 1, np.zeros(50, int)))
    assert told["low"] < 0.05
    assert told["high"] > 0.95


def test_where_all_say_the_same_the_likeness_of_the_corpus_stands_in():
    document, yes = np.repeat(np.arange(10), 10), np.zeros(100, bool)
    cell = np.zeros(100, int)
    ends = [
        float(tally(cell, yes, 1, document, likeness).interval[1][0]) for likeness in (0, 0.2, 1)
    ]
    assert ends == sorted(ends)
    assert ends[0] < 0.06 < 0.3 < ends[2]


def test_the_design_effect_is_that_of_the_ratio_of_totals():
    """Equal documents: the variance between them over that of independent texts (Cochran 1977)."""
    said = np.array([2, 5, 1, 8, 4])
    document = np.repeat(np.arange(5), 10)
    yes = np.concatenate([np.arange(10) < n for n in said])
    shares = tally(np.zeros(50, int), yes, 1, document)
    between = np.var(said / 10, ddof=1) / 5
    p = said.sum() / 50
    # The residuals are divided by 1 - 1/5, which is 5/4 of the unbiased variance between five.
    assert shares.design_effect[0] == pytest.approx(5 / 4 * between / (p * (1 - p) / 50))


def test_the_order_of_passages_does_not_matter():
    random = np.random.default_rng(2)
    document, yes = documents(random, 12, 0.4, 0.1)
    order = random.permutation(len(yes))
    one = tally(np.zeros(len(yes), int), yes, 1, document)
    other = tally(np.zeros(len(yes), int), yes[order], 1, document[order])
    assert np.allclose(one.interval, other.interval)
