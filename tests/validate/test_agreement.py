"""Agreement as the published examples and the libraries have it."""

import krippendorff
import numpy as np
import pytest
from pipeline.validate import agreement as told
from pipeline.validate.scheme import orientation
from scipy.stats import bootstrap
from sklearn.metrics import cohen_kappa_score, f1_score
from statsmodels.stats.proportion import proportion_confint

# Abstractors of the vignette of irrCAC (Gwet): 100 patients, 3 categories.
ABSTRACTORS = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
# Krippendorff's four observers of twelve units; 0 is missing.
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
    [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
]


def ratings(table):
    cells = [(a, b) for a, row in enumerate(table) for b, n in enumerate(row) for _ in range(n)]
    return np.array(cells).T


def test_three_coefficients_of_a_published_table():
    given = ratings(ABSTRACTORS)
    assert told.gwet_ac1(given, 3) == pytest.approx(0.8493305, abs=1e-6)
    assert told.cohen_kappa(given) == pytest.approx(0.7964094, abs=1e-6)
    assert told.krippendorff_alpha(given, 3) == pytest.approx(0.7972585, abs=1e-6)


def test_missing_ratings_and_four_coders_of_a_published_table():
    given = np.array(OBSERVERS) - 1
    assert told.gwet_ac1(given, 5) == pytest.approx(0.77544, abs=1e-5)
    assert told.krippendorff_alpha(given, 5) == pytest.approx(0.743421, abs=1e-6)


def test_ac1_does_not_sink_where_a_code_is_common():
    given = ratings([[118, 5], [2, 0]])
    assert told.cohen_kappa(given) < 0
    assert told.gwet_ac1(given, 2) == pytest.approx(0.9408, abs=1e-4)


def test_the_formulas_for_many_samples_are_those_of_the_libraries():
    given = ratings(ABSTRACTORS)
    counts, once = told._counts(given, 3), np.ones((1, given.shape[1]))
    assert told._kappa(given, once, 3)[0] == pytest.approx(told.cohen_kappa(given))
    assert told._alpha(counts, once)[0] == pytest.approx(told.krippendorff_alpha(given, 3))


@pytest.mark.parametrize("table", [ABSTRACTORS, [[40, 9], [6, 25]]])
def test_a_text_drawn_twice_counts_as_two_texts_would(table):
    """Each coefficient of a resample, against the libraries on the texts that were drawn."""
    given, categories = ratings(table), len(table)
    times = np.random.default_rng(4).multinomial(
        given.shape[1], [1 / given.shape[1]] * given.shape[1]
    )
    drawn, weights = np.repeat(given, times, axis=1), times[None].astype(float)
    counts = told._counts(given, categories)
    assert told._kappa(given, weights, categories)[0] == pytest.approx(cohen_kappa_score(*drawn))
    assert told._ac1(counts, weights)[0] == pytest.approx(told.gwet_ac1(drawn, categories))
    alpha = krippendorff.alpha(drawn, level_of_measurement="nominal")
    assert told._alpha(counts, weights)[0] == pytest.approx(alpha)
    assert told._f1(given, weights)[0] == pytest.approx(f1_score(*(drawn == 1)))


def test_an_interval_of_kappa_is_the_percentile_bootstrap_of_scipy():
    given = ratings([[40, 9], [6, 25]])
    row = told._row("training", "strategy", given, 1)
    theirs = bootstrap(
        tuple(given), lambda a, b: cohen_kappa_score(a, b), paired=True, vectorized=False,
        method="percentile", n_resamples=2000, rng=np.random.default_rng(2),
    ).confidence_interval  # fmt: skip
    assert (row["kappa_low"], row["kappa_high"]) == pytest.approx(tuple(theirs), abs=0.03)


def agreed(codings, scheme, code):
    return next(r for r in told.agreement(codings, scheme, 1) if r["code"] == code)


def test_agreement_without_a_difference_is_not_sure_of_itself(make_codings, scheme):
    codings = make_codings(*((f"t{n}", c, "training", n % 2) for n in range(20) for c in "ab"))
    row = agreed(codings, scheme, "training")
    low = proportion_confint(20, 20, method="wilson")[0]
    assert (row["kappa"], row["n"], row["kappa_high"]) == (1, 20, 1)
    assert row["agreed_low"] == pytest.approx(low)
    # Half of the codes are present, so that chance alone makes half of them agree.
    assert row["kappa_low"] == pytest.approx((low - 0.5) / 0.5)
    assert row["f1_low"] == pytest.approx(proportion_confint(10, 10, method="wilson")[0])


def test_a_rare_code_on_which_all_agree_is_less_sure_than_a_common_one(make_codings, scheme):
    rare = [(f"t{n}", c, "training", n == 0) for n in range(50) for c in "ab"]
    common = [(f"t{n}", c, "reminders", n % 2) for n in range(50) for c in "ab"]
    codings = make_codings(*rare, *common)
    assert agreed(codings, scheme, "training")["kappa_low"] < 0
    assert agreed(codings, scheme, "reminders")["kappa_low"] > 0.8


def test_a_code_that_nobody_gave_has_neither_kappa_nor_f1(make_codings, scheme):
    codings = make_codings(*((f"t{n}", c, "training", 0) for n in range(20) for c in "ab"))
    row = agreed(codings, scheme, "training")
    assert (row["agreed"], row["ac1"]) == (1, 1)
    assert (row["kappa"], row["f1"], row.get("kappa_low"), row.get("f1_low")) == (None,) * 4


def test_kappa_follows_by_hand_from_the_pairs_that_are_told(make_codings, scheme):
    said = [(1, 1)] * 12 + [(1, 0)] * 3 + [(0, 1)] * 1 + [(0, 0)] * 24
    entries = [
        (f"t{n}", c, "training", v)
        for n, pair in enumerate(said)
        for c, v in zip("ab", pair, strict=True)
    ]
    row = agreed(make_codings(*entries), scheme, "training")
    assert (row["both_present"], row["both_absent"], row["n"]) == (12, 24, 40)
    assert (row["prevalence"], row["bias"]) == pytest.approx((28 / 80, 2 / 40))
    shares = [row["prevalence"] + side * row["bias"] / 2 for side in (1, -1)]
    chance = shares[0] * shares[1] + (1 - shares[0]) * (1 - shares[1])
    assert row["kappa"] == pytest.approx(((12 + 24) / 40 - chance) / (1 - chance))


def test_a_code_named_relationship_is_not_mixed_up_with_whose_relationship_it_is(gold):
    rows = [r["code"] for r in told.agreement(gold.codings, gold.scheme, 1)]
    assert len(set(rows)) == len(rows)
    a, b = gold.codings.values[:, :, gold.scheme.names.index("relationship")]
    pair = np.array([a, b], dtype=int)
    assert agreed(gold.codings, gold.scheme, "relationship")["ac1"] == told.gwet_ac1(pair, 2)


def test_the_gold_coders_agree_as_their_readme_says(gold):
    for name, expected in (("implementation", 0.97), ("rel_implementer", 0.87), ("rel_patient", 1.0), ("orientation", 0.92)):  # fmt: skip
        # The readme rounds 0.9646 to 0.97.
        assert told.cohen_kappa(gold.ratings(name)) == pytest.approx(expected, abs=0.006)
    rows = {row["code"]: row for row in told.agreement(gold.codings, gold.scheme, 1)}
    for family, expected in (("strategy", 0.96), ("relational", 0.84), ("role", 0.79)):
        assert rows[f"{family} (all)"]["f1"] == pytest.approx(expected, abs=0.006)


def test_f1_of_coders_is_that_of_scikit_learn(gold):
    rows = {row["code"]: row for row in told.agreement(gold.codings, gold.scheme, 1)}
    a, b = gold.codings.values[:, :, gold.scheme.names.index("training")]
    assert rows["training"]["f1"] == pytest.approx(f1_score(a, b))
    assert orientation(gold.codings.values, gold.scheme).shape[-1] == 4
