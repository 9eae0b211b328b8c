"""Intervals of shares: worked examples, an independent library, and how often they are right."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from passages import chances, covered, simulated, sizes
from pipeline.gaps.intervals import TRUST, independent, newcombe, share_rows, tally, wilson
from scipy import stats
from statsmodels.regression.linear_model import OLS
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


def documents(random, number, share, spread, passages=30):
    """Passages of documents of uneven length: the document of each, and whether it says yes."""
    size = sizes(random, number, passages)
    own = chances(random, [share], spread, number, "beta")[0]
    document = np.repeat(np.arange(number), size)
    return document, random.random(len(document)) < own[document]


@pytest.mark.parametrize("number", [6, 42])
@pytest.mark.parametrize("share", [0.01, 0.05, 0.3, 0.6])
@pytest.mark.parametrize("kind", ["beta", "logit"])
def test_intervals_by_document_cover_the_truth_in_93_to_97_percent(number, share, kind):
    # 600 corpora, a Monte Carlo error of 0.9 percent; benchmarks/interval_coverage.py draws more.
    shares = simulated(number, 30, share, 0.5, kind, corpora=600)
    assert 0.93 - 0.015 <= covered(shares, share) <= 0.97 + 0.015


@pytest.mark.parametrize("share", [0.02, 0.3])
def test_they_cover_it_where_documents_do_not_differ(share):
    assert 0.93 - 0.015 <= covered(simulated(42, 30, share, 0, "beta", 600), share) <= 0.985


def test_intervals_that_take_passages_for_texts_do_not_cover():
    random = np.random.default_rng(1)
    hits = 0
    for _ in range(300):
        _, yes = documents(random, 20, 0.5, 0.5)
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


def test_where_all_say_the_same_the_spread_of_all_concepts_stands_in():
    document, yes = np.repeat(np.arange(10), 10), np.zeros(100, bool)
    cell = np.zeros(100, int)
    ends = [float(tally(cell, yes, 1, document, spread).interval[1][0]) for spread in (0, 0.5, 9)]
    assert ends == sorted(ends)
    assert ends[0] < 0.05 < 0.2 < ends[2]


def test_where_the_cell_says_nothing_of_documents_the_interval_is_the_score_of_rao_and_scott():
    """No yes, so the spread alone tells: the end is where (p - 0)^2 is t^2 of its own variance."""
    shares = tally(np.zeros(100, int), np.zeros(100, bool), 1, np.repeat(np.arange(10), 10), 0.5)
    high = float(shares.interval[1][0])
    variance = high * (1 - high) / 100 * (1 + 9 * 0.5 * high * (1 - high))
    assert high**2 == pytest.approx(stats.t.ppf(0.975, TRUST) ** 2 * variance)


def test_what_is_measured_in_the_cell_is_the_cluster_robust_variance_of_statsmodels():
    """Residuals over the root of 1 - weight, as in Bell and McCaffrey 2002 for a mean."""
    random = np.random.default_rng(3)
    document, yes = documents(random, 12, 0.3, 1.0)
    shares = tally(np.zeros(len(yes), int), yes, 1, document)
    fit = OLS(yes.astype(float), np.ones(len(yes))).fit()
    weight = np.bincount(document) / len(yes)
    scores = np.bincount(document, yes - yes.mean())
    plain = fit.get_robustcov_results("cluster", groups=document, use_correction=False)
    corrected = (scores**2 / (1 - weight)).sum() / (scores**2).sum()
    p = yes.mean()
    assert shares.measured[0] == pytest.approx(
        plain.bse[0] ** 2 * corrected / (p * (1 - p) / len(yes))
    )


def test_with_many_documents_the_cell_is_believed_and_with_few_all_concepts():
    def effect(number, spread):
        yes = np.tile(np.arange(10) < 5, number)
        document = np.repeat(np.arange(number), 10)
        return tally(np.zeros(len(yes), int), yes, 1, document, spread).design_effect[0]

    # Every document says yes in five of ten: far more alike than chance would have them.
    assert effect(400, 0.5) < 0.15
    assert effect(3, 0.5) > 1.5


def test_texts_that_each_are_a_document_are_as_good_as_independent():
    yes = np.arange(200) < 60
    apart = tally(np.zeros(200, int), yes, 1)
    own = tally(np.zeros(200, int), yes, 1, np.arange(200), 0.5)
    assert np.allclose(apart.interval, own.interval, atol=0.002)


def test_the_order_of_passages_does_not_matter():
    random = np.random.default_rng(2)
    document, yes = documents(random, 12, 0.4, 0.5)
    order = random.permutation(len(yes))
    one = tally(np.zeros(len(yes), int), yes, 1, document)
    other = tally(np.zeros(len(yes), int), yes[order], 1, document[order])
    assert np.allclose(one.interval, other.interval)
