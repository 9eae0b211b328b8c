"""A corrected share is right on average, and its interval holds the truth as often as it says."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipeline.validate.intervals import FEWEST_IN_CELL, joined_cells, ratio
from statsmodels.api import OLS, add_constant
from statsmodels.stats.weightstats import DescrStatsW

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
import estimate_coverage as simulated


def share(human, cell, sizes):
    human = np.asarray(human, dtype=float)
    return ratio(human, np.ones(len(human)), np.asarray(cell), np.asarray(sizes, float), [1])


def test_a_share_is_the_mean_of_each_cell_weighted_by_its_texts():
    told = share([1, 1, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1, 1], [100, 300])
    assert told.value == pytest.approx((100 * 0.5 + 300 * 0.25) / 400)


def test_the_estimate_is_the_machines_mean_plus_the_mean_error_where_one_cell_is_one_stratum():
    # 10 texts of which the machine codes 4; of the 5 coded by people it is wrong in one.
    machine, human = np.array([1, 1, 0, 0, 0]), np.array([1, 0, 0, 0, 0])
    by_cell = share(human, 1 - machine, [4, 6])
    difference = 0.4 + np.mean(
        [(human - machine)[machine == m].mean() * w for m, w in ((1, 0.8), (0, 1.2))]
    )
    assert by_cell.value == pytest.approx(difference)


def test_the_estimate_is_the_tuned_prediction_powered_one_by_the_regression_of_statsmodels():
    """Angelopoulos, Duchi and Zrnic 2023: mean of Y coded + slope x (mean of M, all less coded)."""
    random = np.random.default_rng(1)
    machine = (random.random(200) < 0.3).astype(int)
    human = (random.random(200) < np.where(machine, 0.8, 0.1)).astype(float)
    slope = OLS(human, add_constant(machine.astype(float))).fit().params[1]
    tuned = human.mean() + slope * (0.25 - machine.mean())
    assert share(human, machine, [7_500, 2_500]).value == pytest.approx(tuned)


@pytest.fixture
def in_strata():
    """Coded texts of three strata of very different sizes, some that name it and that say yes."""
    random = np.random.default_rng(2)
    stratum = np.repeat([0, 1, 2], [300, 200, 250])
    below = (random.random(750) < np.array([0.5, 0.7, 0.9])[stratum]).astype(float)
    above = below * (random.random(750) < np.array([0.2, 0.4, 0.7])[stratum])
    return above, below, stratum, np.array([90_000.0, 20_000.0, 4_000.0])


def test_without_a_machine_the_estimate_is_the_design_based_mean_of_statsmodels(in_strata):
    above, below, stratum, sizes = in_strata
    weights = (sizes / np.bincount(stratum))[stratum]
    ones = np.ones(len(above))
    assert ratio(above, ones, stratum, sizes, [1]).value == pytest.approx(
        DescrStatsW(above, weights).mean
    )
    assert ratio(above, below, stratum, sizes, [1]).value == pytest.approx(
        DescrStatsW(above[below == 1], weights[below == 1]).mean
    )


def test_in_a_large_sample_the_interval_is_that_of_a_stratified_mean(in_strata):
    """Cochran 1977, equation 5.13, with the finite population correction."""
    above, _, stratum, sizes = in_strata
    told = ratio(above, np.ones(len(above)), stratum, sizes, [1])
    n = np.bincount(stratum)
    variance = np.array([above[stratum == h].var(ddof=1) for h in range(3)])
    error = np.sqrt(((sizes / sizes.sum()) ** 2 * (1 - n / sizes) * variance / n).sum())
    assert (told.high - told.low) / 2 == pytest.approx(1.96 * error, rel=0.05)
    # A share below a half is a little surer that it is not lower, as in Wilson's interval.
    assert 0 < (told.high + told.low) / 2 - told.value < 0.25 * error


def test_a_corpus_coded_in_full_leaves_no_doubt():
    told = share([1, 0, 0, 1], [0, 0, 1, 1], [2, 2])
    assert (told.low, told.value, told.high) == (0.5, 0.5, 0.5)


def test_no_code_found_still_leaves_an_upper_end():
    told = share([0] * 60, [0] * 60, [5000])
    assert told.value == told.low == 0
    assert 0.01 < told.high < 0.07


def test_an_interval_of_one_cell_is_close_to_the_exact_beta_interval():
    from scipy.stats import beta

    told = share([1] * 20 + [0] * 80, [0] * 100, [10**6])
    assert told.low == pytest.approx(beta.ppf(0.025, 20, 80), abs=0.01)
    assert told.high == pytest.approx(beta.ppf(0.975, 20, 80), abs=0.01)


def test_a_ratio_leaves_out_what_is_not_named():
    above = np.array([1.0, 0, 0, 0, 0, 0])
    below = np.array([1.0, 1, 0, 0, 0, 0])
    told = ratio(above, below, np.zeros(6, int), np.array([60.0]), [1])
    assert told.value == 0.5
    assert told.low < 0.2 < 0.8 < told.high


def test_nothing_named_gives_no_share():
    told = ratio(np.zeros(5), np.zeros(5), np.zeros(5, int), np.array([50.0]), [1])
    assert np.isnan([told.value, told.low, told.high]).all()


def test_coders_who_differ_count_for_half_each():
    assert share([0.5, 0.5, 1, 0], [0, 0, 0, 0], [40]).value == 0.5


def test_the_same_seed_gives_the_same_interval():
    assert share([1, 0, 0, 1], [0, 0, 0, 0], [50]) == share([1, 0, 0, 1], [0, 0, 0, 0], [50])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2)), min_size=3, max_size=40),
    st.integers(0, 500),
)
def test_an_interval_holds_its_own_estimate_and_stays_between_0_and_1(texts, more):
    cells = [c for _, c in texts]
    present = sorted(set(cells))
    sizes = [cells.count(c) + more for c in present]
    told = share([y for y, _ in texts], [present.index(c) for c in cells], sizes)
    assert 0 <= told.low <= told.value <= told.high <= 1


def test_a_cell_stands_alone_where_enough_coded_texts_are_expected_in_it():
    stratum = np.zeros(60, int)
    said = np.array([0] * 30 + [1] * 30)
    cell, sizes = joined_cells(stratum, said, np.array([[500.0, 500.0]]))
    assert sizes.tolist() == [500, 500]
    assert cell.tolist() == said.tolist()


def test_a_cell_with_too_few_to_be_expected_is_joined_to_its_neighbour():
    said = np.array([0] * 40 + [1] * 10 + [2] * 10)
    _, sizes = joined_cells(np.zeros(60, int), said, np.array([[900.0, 40.0, 60.0]]))
    assert sizes.tolist() == [900 + 40 + 60]


def test_joining_does_not_depend_on_what_chance_drew():
    populations = np.array([[800.0, 200.0]])
    least = FEWEST_IN_CELL // 2
    few = np.array([0] * (100 - least) + [1] * least)
    many = np.array([0] * 70 + [1] * 30)
    for said in (few, many):
        assert len(joined_cells(np.zeros(100, int), said, populations)[1]) == 2


@pytest.mark.parametrize("share_", simulated.SHARES)
def test_intervals_of_shares_hold_the_truth_in_93_to_97_percent_of_samples(share_):
    held = [
        simulated.coverage(simulated.shares_of_texts(share_, follows, *skill, 30))[0]
        for skill in simulated.MACHINES[:3]
        for follows in simulated.FOLLOWS
    ]
    # 270 samples: chance moves the figure by two standard errors of 1.3 points.
    assert 0.93 - 0.027 <= np.mean(held) <= 0.97 + 0.027


@pytest.mark.parametrize("share_", [0.02, 0.10, 0.40])
def test_intervals_of_ratios_hold_the_truth_in_93_to_97_percent_of_samples(share_):
    held = [
        simulated.coverage(simulated.ratios(share_, *skill, 90))[0]
        for skill in ((0.75, 0.75), (0.6, 0.6), (0.9, 0.85))
    ]
    assert 0.93 - 0.027 <= np.mean(held) <= 0.97 + 0.027


def test_the_gold_sample_gives_the_shares_that_its_weights_give(gold):
    said = gold.settled()
    names = gold.scheme.names
    for corpus, expected in (("research", 0.057), ("practice", 0.170)):
        texts = [i for i, row in enumerate(gold.rows) if row["corpus"] == corpus]
        strata = sorted({gold.rows[i]["stratum"] for i in texts})
        cell = np.array([strata.index(gold.rows[i]["stratum"]) for i in texts])
        sizes = np.array(
            [next(r["population"] for r in gold.rows if r["stratum"] == s) for s in strata], float
        )
        implementation = said[texts, names.index("implementation")]
        mentioned = said[texts, names.index("rel_implementer")] * implementation
        told = ratio(mentioned, implementation, cell, sizes, [1])
        assert told.value == pytest.approx(expected, abs=0.0005)
        assert told.low < expected < told.high
