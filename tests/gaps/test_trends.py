"""Trends over years: against scipy and statsmodels, and what is said of them."""

import numpy as np
import pytest
import statsmodels.api as sm
from corpora import incidence
from hypothesis import example, given
from hypothesis import strategies as st
from pipeline.gaps.settings import Settings
from pipeline.gaps.trends import (
    GROWS,
    SHRINKS,
    UNCLEAR,
    UNTOLD,
    cochran_armitage,
    logistic_slope,
    trend_rows,
)
from scipy.stats import norm

SERIES = st.lists(st.tuples(st.integers(1, 60), st.floats(0.05, 0.95)), min_size=3, max_size=12)


def arrays(series):
    score = np.arange(len(series), dtype=float)
    n = np.array([float(size) for size, _ in series])
    return score, n, np.round(n * [share for _, share in series])


@pytest.mark.filterwarnings("ignore:Perfect separation")  # statsmodels takes a good fit for one
@given(SERIES)
@example([(1, 0.75), (1, 0.5), (26, 0.0625)])
def test_a_slope_agrees_with_statsmodels(series):
    score, n, yes = arrays(series)
    slope, error = logistic_slope(score, n, yes)
    if yes.sum() in (0, n.sum()) or separated(score, n, yes):
        assert np.isnan(slope)
        return
    fit = sm.GLM(
        np.stack([yes, n - yes], axis=1), sm.add_constant(score), family=sm.families.Binomial()
    ).fit()
    assert slope == pytest.approx(fit.params[1], abs=1e-5)
    assert error == pytest.approx(fit.bse[1], rel=1e-3)


def separated(score, n, yes):
    """Whether all that say yes stand on one side of all that say no, touching at most."""
    said, unsaid = score[yes > 0], score[yes < n]
    return said.min() >= unsaid.max() or said.max() <= unsaid.min()


@given(SERIES)
def test_a_trend_test_is_the_score_test_of_that_slope(series):
    """Cochran and Armitage's statistic is N times the squared correlation of score and answer."""
    score, n, yes = arrays(series)
    p = cochran_armitage(score, n, yes)
    if 0 < yes.sum() < n.sum():
        each = np.repeat(score, n.astype(int))
        said = np.concatenate([np.arange(int(m)) < y for m, y in zip(n, yes, strict=True)])
        z = np.corrcoef(each, said)[0, 1] * np.sqrt(len(each))
        assert p == pytest.approx(2 * norm.sf(abs(z)), abs=1e-9)
    else:
        assert np.isnan(p)


def test_a_trend_test_gives_a_published_example():
    """Agresti 2002, table 2.7: malformations by alcohol, z squared 6.5701 with these scores."""
    n = np.array([17114, 14502, 793, 127, 38], dtype=float)
    yes = np.array([48, 38, 5, 1, 1], dtype=float)
    assert cochran_armitage(np.array([0, 0.5, 1.5, 4, 7]), n, yes) == pytest.approx(
        0.01037, abs=2e-5
    )


def test_there_is_no_slope_where_shares_do_not_determine_one():
    year, n = np.array([1.0, 2.0]), np.array([5.0, 5.0])
    for yes in ([0.0, 0.0], [5.0, 5.0], [0.0, 5.0]):
        assert np.isnan(logistic_slope(year, n, np.array(yes))[0])
    assert np.isnan(logistic_slope(np.array([1.0]), np.array([5.0]), np.array([2.0]))[0])


def corpus(shares, number=60):
    """So many texts a year from 2000, of which a share mention no relationship."""
    names, years = [], []
    for place, share in enumerate(shares):
        silent = round(number * share)
        names += [["audit"]] * silent + [["audit", "trust"]] * (number - silent)
        years += [2000 + place] * number
    return incidence(names, year=years)


@pytest.mark.parametrize(
    ("shares", "trend"),
    [
        ([0.2, 0.4, 0.5, 0.7, 0.8], GROWS),
        ([0.8, 0.7, 0.5, 0.4, 0.2], SHRINKS),
        ([0.5, 0.4, 0.6, 0.5, 0.5], UNCLEAR),
        ([0.5], UNTOLD),
        ([1.0, 1.0, 1.0], UNTOLD),
    ],
)
def test_silence_grows_shrinks_or_does_neither(shares, trend):
    [row] = [
        r for r in trend_rows("research", corpus(shares), Settings()) if r["question"] == "all"
    ]
    assert row["trend"] == trend
    assert row["n"] == 60 * len(shares)


def test_a_corpus_without_years_has_no_trend():
    rows = trend_rows("practice", incidence([["audit"], ["audit", "trust"]]), Settings())
    assert {row["trend"] for row in rows} == {UNTOLD}
    assert {row["first_year"] for row in rows} == {None}


def test_every_strategy_has_a_trend_of_its_own():
    rows = trend_rows("research", corpus([0.2, 0.5, 0.8]), Settings())
    named = {row["concept"]: row["trend"] for row in rows if row["question"] == "strategy"}
    assert named["audit"] == GROWS
    assert named["coaching"] == UNTOLD


def test_passages_of_few_documents_make_a_trend_less_clear():
    apart = corpus([0.3, 0.5, 0.7], number=20)
    alike = incidence(
        [["audit", "trust"] if related else ["audit"] for related in apart.related],
        year=apart.year.tolist(),
        document=[n // 10 for n in range(60)],
    )
    one, other = (trend_rows("practice", texts, Settings())[0] for texts in (apart, alike))
    assert other["slope"] == pytest.approx(one["slope"])
    assert other["slope_high"] - other["slope_low"] > one["slope_high"] - one["slope_low"]
    assert other["p"] > one["p"]
