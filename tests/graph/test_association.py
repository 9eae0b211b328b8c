"""Measures of association against published examples and independent implementations."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipeline.graph import association
from scipy.stats import chi2_contingency, hypergeom
from scipy.stats import fisher_exact as scipy_fisher
from scipy.stats.contingency import expected_freq
from sklearn.metrics import jaccard_score, mutual_info_score

unhurried = settings(deadline=None)
"""The first call of a library may take longer than a test may."""


@st.composite
def counts(draw, largest=40):
    """n_a, n_b, n_ab and n of a table that can be."""
    n = draw(st.integers(1, largest))
    n_a, n_b = draw(st.integers(1, n)), draw(st.integers(1, n))
    n_ab = draw(st.integers(max(0, n_a + n_b - n), min(n_a, n_b)))
    return n_a, n_b, n_ab, n


def one(measure, n_a, n_b, n_ab, n=None):
    """A measure of a single pair."""
    arrays = [np.array([value]) for value in (n_a, n_b, n_ab)]
    return float(measure(*arrays, n)[0] if n is not None else measure(*arrays)[0])


def table_of(n_a, n_b, n_ab, n):
    return [[n_ab, n_a - n_ab], [n_b - n_ab, n - n_a - n_b + n_ab]]


def indicators(n_a, n_b, n_ab, n):
    """Whether each unit names the first, and the second."""
    first = np.arange(n) < n_a
    second = (np.arange(n) < n_ab) | ((np.arange(n) >= n_a) & (np.arange(n) < n_a + n_b - n_ab))
    return first, second


def test_association_strength_is_observed_over_expected():
    # 20 of 200 texts name a, 50 name b: 5 are expected to name both, and 10 do.
    n_a, n_b, n_ab = np.array([20]), np.array([50]), np.array([10])
    assert association.expected(n_a, n_b, 200) == pytest.approx([5])
    assert association.association_strength(n_a, n_b, n_ab, 200) == pytest.approx([2])


@unhurried
@given(counts())
def test_expected_units_and_association_strength_agree_with_scipy(table):
    n_a, n_b, n_ab, n = table
    theirs = expected_freq(table_of(*table))[0, 0]
    assert association.expected(np.array([n_a]), np.array([n_b]), n) == pytest.approx([theirs])
    strength = association.association_strength(np.array([n_a]), np.array([n_b]), n_ab, n)
    assert strength == pytest.approx([n_ab / theirs])


@unhurried
@given(counts())
def test_jaccard_agrees_with_scikit_learn(table):
    n_a, n_b, n_ab, _ = table
    expected = jaccard_score(*indicators(*table))
    assert one(association.jaccard, n_a, n_b, n_ab) == pytest.approx(expected)


@unhurried
@given(counts())
def test_g2_agrees_with_scipy_and_with_mutual_information(table):
    n_a, n_b, n_ab, n = table
    g2 = one(association.signed_g2, n_a, n_b, n_ab, n)
    assert abs(g2) == pytest.approx(2 * n * mutual_info_score(*indicators(*table)), abs=1e-9)
    if n_a < n and n_b < n:  # scipy refuses a margin of zero
        told = chi2_contingency(table_of(*table), correction=False, lambda_="log-likelihood")
        assert abs(g2) == pytest.approx(told.statistic, abs=1e-9)


@unhurried
@given(counts())
def test_g2_is_negative_where_the_two_meet_less_than_independence_expects(table):
    n_a, n_b, n_ab, n = table
    difference = Fraction(n_ab) - Fraction(n_a * n_b, n)
    g2 = one(association.signed_g2, n_a, n_b, n_ab, n)
    assert (g2 > 0) == (difference > 0) or abs(g2) < 1e-12
    assert (g2 < 0) == (difference < 0) or abs(g2) < 1e-12


@pytest.mark.parametrize(
    ("table", "npmi"),
    [
        ((10, 10, 10, 100), 1),  # never one without the other
        ((10, 20, 2, 100), 0),  # independent
        ((10, 20, 0, 100), -1),  # never together
        ((2, 2, 1, 8), 1 / 3),  # log2(2) over log2(8)
    ],
)
def test_npmi_has_the_values_that_bouma_gives_it(table, npmi):
    assert one(association.npmi, *table) == pytest.approx(npmi)


@unhurried
@given(counts())
def test_npmi_is_the_surprise_that_two_concepts_share_over_that_of_meeting(table):
    """Bouma 2009, equation 3, from the surprise of what each unit names."""
    n_a, n_b, n_ab, n = table
    if not 0 < n_ab < n:
        return
    first, second = indicators(*table)
    surprise = [-np.log2(np.mean(named)) for named in (first, second, first & second)]
    shared = surprise[0] + surprise[1] - surprise[2]
    told = one(association.npmi, n_a, n_b, n_ab, n)
    assert told == pytest.approx(shared / surprise[2], abs=1e-9)


def test_npmi_is_not_defined_where_every_unit_names_both():
    assert np.isnan(one(association.npmi, 5, 5, 5, 5))


@unhurried
@given(counts())
def test_npmi_lies_between_minus_one_and_one(table):
    value = one(association.npmi, *table)
    assert np.isnan(value) or -1 <= value <= 1 + 1e-12


def test_fisher_gives_the_probability_of_his_lady_tasting_tea():
    # Fisher 1935: three of four cups told right, one-sided 17/70, two-sided 34/70.
    assert one(association.fisher_exact, 4, 4, 3, 8) == pytest.approx(34 / 70)
    assert one(association.fisher_exact, 4, 4, 4, 8) == pytest.approx(2 / 70)


@unhurried
@given(counts())
def test_fisher_is_the_exact_sum_over_tables_that_are_no_likelier(table):
    n_a, n_b, n_ab, n = table

    def chance(count):
        return Fraction(comb(n_a, count) * comb(n - n_a, n_b - count), comb(n, n_b))

    possible = range(max(0, n_a + n_b - n), min(n_a, n_b) + 1)
    exact = sum(chance(count) for count in possible if chance(count) <= chance(n_ab))
    assert one(association.fisher_exact, *table) == pytest.approx(float(exact), rel=1e-12)


def test_fisher_counts_an_equally_likely_table_on_the_other_side_however_many_units():
    # Half of all units name the first, so tables are as likely as their mirror images.
    n, n_b = 1_000_000, 1_001
    for n_ab in (430, 480, 500):
        below = hypergeom.cdf(n_ab, n, n // 2, n_b)
        assert one(association.fisher_exact, n // 2, n_b, n_ab, n) == pytest.approx(2 * below)


@pytest.mark.parametrize("n", [300, 20_000, 5_000_000])
def test_fisher_agrees_with_scipy_on_many_pairs_at_once(n):
    random = np.random.default_rng(n)
    n_a, n_b = random.integers(1, n // 5, (2, 500))
    shift = random.integers(-60, 60, 500)
    near = random.hypergeometric(n_a, n - n_a, n_b) + shift
    n_ab = np.clip(near, np.maximum(0, n_a + n_b - n), np.minimum(n_a, n_b))
    told = [
        scipy_fisher(table_of(a, b, ab, n)).pvalue
        for a, b, ab in zip(n_a.tolist(), n_b.tolist(), n_ab.tolist(), strict=True)
    ]
    np.testing.assert_allclose(association.fisher_exact(n_a, n_b, n_ab, n), told, rtol=1e-7)


def test_adjusted_probabilities_find_what_benjamini_and_hochberg_found():
    # Benjamini and Hochberg 1995, section 3.2: 15 comparisons, the first 4 below 0.05.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240]
    p += [0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    q = association.adjusted(np.array(p))
    assert (q <= 0.05).sum() == 4
    assert q[3] == pytest.approx(0.0095 * 15 / 4)


@unhurried
@given(st.lists(st.floats(0, 1), max_size=30))
def test_an_adjusted_probability_is_the_least_rate_at_which_it_is_found(p):
    q = association.adjusted(np.array(p))
    ranks = [sum(other <= value for other in p) for value in p]
    for value, found in zip(p, q, strict=True):
        above = [v * len(p) / r for v, r in zip(p, ranks, strict=True) if v >= value]
        assert found == pytest.approx(min(1, *above))


def test_measures_of_no_pair_are_empty():
    nothing = np.array([], dtype=np.int64)
    assert {len(v) for v in association.measures(nothing, nothing, nothing, 0).values()} == {0}
