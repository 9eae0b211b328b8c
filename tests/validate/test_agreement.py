"""Agreement as the published examples and the libraries have it."""

import numpy as np
import pytest
from pipeline.validate import agreement as told
from pipeline.validate.scheme import orientation
from sklearn.metrics import f1_score

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


def test_agreement_without_a_difference_has_no_resampled_interval(make_codings, scheme):
    codings = make_codings(*((f"t{n}", c, "training", n % 2) for n in range(20) for c in "ab"))
    row = next(r for r in told.agreement(codings, scheme, 1) if r["code"] == "training")
    assert (row["kappa"], row["n"]) == (1, 20)
    assert "kappa_low" not in row
    assert row["agreed_low"] < 1


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
