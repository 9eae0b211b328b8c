"""Probabilities, corrections for many tests, what can be tested, and power."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline.gaps.significance import Chance, adjusted, bar, could_be_told, detectable_ratio
from scipy import stats
from statsmodels.stats.multitest import multipletests


def chance(mean, variance, floor=0.0, draws=0):
    return Chance(np.array([floor]), np.array([mean]), np.array([variance]), draws)


@given(st.integers(1, 200), st.floats(0.01, 0.99), st.integers(0, 200))
def test_probabilities_are_those_of_the_binomial_with_these_moments(n, p, count):
    count = min(count, n)
    spread = chance(n * p, n * p * (1 - p))
    assert spread.at_most(count)[0] == pytest.approx(stats.binom.cdf(count, n, p), abs=1e-7)
    assert spread.at_least(count)[0] == pytest.approx(stats.binom.sf(count - 1, n, p), abs=1e-7)


@given(st.floats(0.01, 300), st.integers(0, 400))
def test_where_the_variance_is_no_smaller_than_the_mean_they_are_poisson(mean, count):
    spread = chance(mean, mean * 1.2)
    assert spread.at_most(count)[0] == pytest.approx(stats.poisson.cdf(count, mean), abs=1e-9)
    assert spread.at_least(count)[0] == pytest.approx(stats.poisson.sf(count - 1, mean), abs=1e-9)


def test_a_count_cannot_be_below_the_fewest_that_the_margins_allow():
    spread = chance(12.0, 2.0, floor=10.0)
    assert spread.at_most(9)[0] == 0
    assert spread.at_most(10)[0] == pytest.approx(stats.poisson.pmf(0, 2), abs=1e-6)
    assert spread.at_least(10)[0] == 1


def test_a_pair_that_must_meet_so_often_never_surprises():
    spread = chance(7.0, 0.0, floor=7.0)
    assert spread.at_most(7)[0] == 1
    assert spread.at_least(7)[0] == 1


def test_moments_of_few_draws_make_extremes_less_improbable():
    sure, unsure = chance(100.0, 64.0), chance(100.0, 64.0, draws=20)
    assert unsure.at_most(70)[0] > 5 * sure.at_most(70)[0]
    assert unsure.at_most(100)[0] == pytest.approx(sure.at_most(100)[0], abs=0.02)


@pytest.mark.parametrize("draws", [20, 100])
def test_with_few_draws_a_corpus_of_chance_is_told_as_often_as_it_should(draws):
    """Moments of so many draws, and one more draw, which comes out at or below p with chance p."""
    counts = np.random.default_rng(1).binomial(4_000, 0.1, (40_000, draws + 1))
    some, one = counts[:, :-1], counts[:, -1]
    mean, variance = some.mean(axis=1), some.var(axis=1, ddof=1)
    p = Chance(np.zeros(len(one)), mean, variance, draws).at_most(one)
    for level in (0.01, 0.05, 0.2):
        assert (p <= level).mean() == pytest.approx(level, rel=0.12)


@pytest.mark.parametrize(("name", "theirs"), [("bh", "fdr_bh"), ("by", "fdr_by")])
def test_adjusted_probabilities_agree_with_statsmodels(name, theirs):
    p = np.random.default_rng(1).uniform(size=40) ** 3
    assert adjusted(p, name) == pytest.approx(multipletests(p, method=theirs)[1])


@pytest.mark.parametrize("name", ["bh", "by"])
def test_the_bar_is_where_a_single_silence_would_just_be_told(name):
    level = float(bar(0.05, 30, name))
    p = np.ones(30)
    p[4] = level * 0.999
    assert adjusted(p, name)[4] <= 0.05
    p[4] = level * 1.001
    assert adjusted(p, name)[4] > 0.05


def test_what_can_be_tested_is_what_could_be_told_alone():
    least = np.array([1e-9, 1e-5, 0.004, 0.02, 0.04, 0.3, 0.9])
    able = could_be_told(least, 0.05, "bh")
    # Three pairs are below 0.05 / 3, and with a fourth the bar would be below 0.02.
    assert able.tolist() == [True, True, True, False, False, False, False]
    assert (least[able] <= bar(0.05, able.sum(), "bh")).all()


@given(st.lists(st.floats(0, 1), max_size=40), st.sampled_from(["bh", "by"]))
def test_every_pair_that_can_be_tested_could_be_told_alone(least, name):
    least = np.array(least)
    able = could_be_told(least, 0.05, name)
    if able.any():
        assert (least[able] <= bar(0.05, able.sum(), name) * (1 + 1e-12)).all()
        assert least[able].max() < least[~able].min(initial=2)


@given(st.lists(st.floats(0, 0.2), min_size=1, max_size=40))
def test_the_number_of_tests_is_that_of_tarone(least):
    """Tarone 1990: the smallest K of which no more than K could be told at alpha over K."""
    least = np.array(least)
    number = next(k for k in range(1, 41) if (least <= 0.05 / k).sum() <= k)
    assert (could_be_told(least, 0.05, "bh") == (least <= 0.05 / number)).all()


def test_a_silence_of_the_detectable_ratio_is_found_in_four_of_five_corpora():
    """Thin what chance brings together by that ratio, and count how often the test tells it."""
    random = np.random.default_rng(3)
    for mean, level in ((15, 0.001), (60, 0.001), (400, 0.00001)):
        spread = chance(float(mean), mean * 0.9)  # binomial of 10 means with chance 0.1
        mildest = detectable_ratio(spread, level)[0]
        met = random.binomial(random.binomial(10 * mean, 0.1, 20_000), mildest)
        p = Chance(np.zeros(1), np.array([float(mean)]), np.array([mean * 0.9])).at_most(met)
        assert (p <= level).mean() == pytest.approx(0.8, abs=0.012)


def test_where_even_nothing_observed_would_not_be_told_no_silence_is_detectable():
    assert np.isnan(detectable_ratio(chance(3.0, 3.0), 0.01)[0])
    assert detectable_ratio(chance(6.0, 6.0), 0.01)[0] == pytest.approx(0.0372, abs=0.001)


def test_more_is_detected_in_more_texts():
    ratios = [detectable_ratio(chance(float(m), m * 1.0), 0.001)[0] for m in (10, 50, 500, 5000)]
    assert ratios == sorted(ratios)
    assert ratios[-1] > 0.9
