"""The machine is compared with the coders as scikit-learn would, and is never sure of itself."""

import sys
from pathlib import Path

import numpy as np
import pytest
from pipeline.validate import accuracy as told
from pipeline.validate.codings import Machine
from pipeline.validate.intervals import least_share
from pipeline.validate.scheme import ORIENTATIONS, orientation, relationship
from sklearn.metrics import cohen_kappa_score, precision_recall_fscore_support
from statsmodels.stats.proportion import proportion_confint

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
import accuracy_coverage as simulated

POPULATIONS = {"research: few": 30, "research: many": 600, "practice: all": 200}


def machine_of(values, scheme, corpora=None):
    n = len(values)
    return Machine(
        [f"t{i:03}" for i in range(n)],
        corpora or ["research"] * n,
        [2020] * n,
        values,
        np.nan_to_num(orientation(values, scheme)),
        {},
        np.zeros(n, dtype=bool),
    )


@pytest.fixture
def by_chance(scheme):
    """A sample of 90 texts in three strata, coded by one coder and the machine, often alike."""
    rng = np.random.default_rng(5)
    human = (rng.random((90, len(scheme.names))) < 0.3).astype(float)
    wrong = rng.random(human.shape) < 0.15
    values = np.where(wrong, 1 - human, human)
    strata = ["research: few"] * 30 + ["research: many"] * 30 + ["practice: all"] * 30
    corpora = ["research"] * 60 + ["practice"] * 30
    machine = machine_of(values, scheme, corpora)
    return told.Sample(human[None], machine, strata, POPULATIONS)


@pytest.fixture
def one_code(scheme):
    """A sample of one stratum, of which only the code `training` matters: 1 or 0 by each side."""

    def make(pairs, population=10_000):
        human, values = np.zeros((2, len(pairs), len(scheme.names)))
        at = scheme.names.index("training")
        human[:, at], values[:, at] = np.array(pairs, dtype=float).T
        strata = ["research: all"] * len(pairs)
        machine = machine_of(values, scheme)
        return told.Sample(human[None], machine, strata, {"research: all": population})

    return make


def row_of(sample, scheme, code, corpus="all", weights="corpus"):
    rows = told.accuracy(sample, scheme, 1)
    return next(
        r for r in rows if (r["code"], r["corpus"], r["weights"]) == (code, corpus, weights)
    )


def test_a_text_stands_for_as_many_as_its_stratum_has_for_each_text_coded(by_chance):
    weights = by_chance.weights(range(90))
    assert weights[0] == 30 / 30
    assert weights[30] == 600 / 30
    assert weights.sum() == 830


@pytest.mark.parametrize("kind", ["corpus", "sample"])
def test_figures_are_those_of_scikit_learn_with_these_weights(by_chance, scheme, kind):
    weights = by_chance.weights(range(90)) if kind == "corpus" else np.ones(90)
    at = scheme.names.index("training")
    human, machine = by_chance.human[0, :, at], by_chance.machine.values[:, at]
    expected = precision_recall_fscore_support(
        human, machine, average="binary", sample_weight=weights
    )[:3]
    row = row_of(by_chance, scheme, "training", weights=kind)
    assert [row[f] for f in ("precision", "recall", "f1")] == pytest.approx(list(expected))
    assert row["kappa"] == pytest.approx(cohen_kappa_score(human, machine, sample_weight=weights))


@pytest.mark.parametrize("average", ["micro", "macro"])
def test_averages_over_a_family_are_those_of_scikit_learn(by_chance, scheme, average):
    places = scheme.places(scheme.family("role"))
    expected = precision_recall_fscore_support(
        by_chance.human[0][:, places],
        by_chance.machine.values[:, places],
        average=average,
        sample_weight=by_chance.weights(range(90)),
    )[:3]
    row = row_of(by_chance, scheme, f"role ({average})")
    assert [row[f] for f in ("precision", "recall", "f1")] == pytest.approx(list(expected))


def test_kappa_of_the_orientation_is_that_of_scikit_learn(by_chance, scheme):
    human = orientation(by_chance.human[0], scheme).argmax(axis=1)
    machine = by_chance.machine.orientation.argmax(axis=1)
    expected = cohen_kappa_score(human, machine, sample_weight=by_chance.weights(range(90)))
    assert row_of(by_chance, scheme, "orientation")["kappa"] == pytest.approx(expected)


def test_kappa_of_whose_relationship_it_is_is_that_of_scikit_learn(by_chance, scheme):
    human = relationship(by_chance.human[0], scheme).argmax(axis=1)
    machine = relationship(by_chance.machine.values, scheme).argmax(axis=1)
    expected = cohen_kappa_score(human, machine, sample_weight=by_chance.weights(range(90)))
    assert row_of(by_chance, scheme, "whose relationship")["kappa"] == pytest.approx(expected)


def test_a_corpus_is_told_of_by_its_own_texts(by_chance, scheme):
    practice = row_of(by_chance, scheme, "training", "practice", "sample")
    at = scheme.names.index("training")
    human, machine = by_chance.human[0, 60:, at], by_chance.machine.values[60:, at]
    assert practice["n"] == 30
    assert practice["both"] == (human * machine).sum()


def test_every_interval_holds_its_figure_and_stays_within_bounds(by_chance, scheme):
    for row in told.accuracy(by_chance, scheme, 1):
        for figure in ("precision", "recall", "f1", "kappa"):
            if figure in row:
                low = -1 if figure == "kappa" else 0
                assert low <= row[f"{figure}_low"] <= row[figure] <= row[f"{figure}_high"] <= 1


def test_where_no_error_was_seen_the_interval_is_not_sure_that_there_is_none(one_code, scheme):
    row = row_of(one_code([(1, 1)] * 10 + [(0, 0)] * 90), scheme, "training")
    for figure in ("precision", "recall", "f1", "kappa"):
        assert row[figure] == row[f"{figure}_high"] == 1
        assert row[f"{figure}_low"] < 0.95


def test_a_share_without_an_error_is_about_as_sure_as_clopper_and_pearson_say(one_code, scheme):
    row = row_of(one_code([(1, 1)] * 20 + [(0, 0)] * 180, 10**6), scheme, "training")
    exact = proportion_confint(20, 20, method="beta")[0]
    assert row["precision_low"] == pytest.approx(exact, abs=0.08)


def test_more_texts_without_an_error_make_it_surer(one_code, scheme):
    few = row_of(one_code([(1, 1)] * 5 + [(0, 0)] * 45), scheme, "training")
    many = row_of(one_code([(1, 1)] * 50 + [(0, 0)] * 450), scheme, "training")
    assert few["f1_low"] < many["f1_low"] < 1


def test_a_corpus_coded_in_full_leaves_no_doubt(one_code, scheme):
    row = row_of(one_code([(1, 1)] * 10 + [(1, 0)] * 5 + [(0, 0)] * 5, 20), scheme, "training")
    assert row["recall_low"] == row["recall"] == row["recall_high"] == pytest.approx(2 / 3)


def test_averages_without_an_error_have_the_lower_end_of_wilson(one_code, scheme):
    row = row_of(one_code([(1, 1)] * 10 + [(0, 0)] * 90), scheme, "strategy (micro)")
    assert row["f1"] == 1
    assert row["f1_low"] == pytest.approx(proportion_confint(10, 10, method="wilson")[0])


def test_texts_of_unequal_weight_are_worth_fewer():
    worth = told._worth(np.array([1.0, 1, 1, 97]), np.ones((4, 1)))
    assert worth == pytest.approx(100**2 / (3 + 97**2))
    assert least_share(worth) < least_share(4)


def test_a_code_that_neither_gave_has_no_figures(one_code, scheme):
    row = row_of(one_code([(0, 0)] * 20), scheme, "training")
    assert not {"precision", "recall", "f1"} & row.keys()


def test_coders_who_differ_count_for_half_each(scheme):
    human = np.zeros((2, 10, len(scheme.names)))
    at = scheme.names.index("training")
    human[0, 0, at] = 1
    machine = machine_of(human[0], scheme)
    row = row_of(
        told.Sample(human, machine, ["research: all"] * 10, {"research: all": 10}),
        scheme,
        "training",
        weights="sample",
    )
    assert (row["both"], row["machine_only"], row["coder_only"]) == (0.5, 0.5, 0)


def test_a_blank_is_no_error(scheme):
    human = np.zeros((1, 4, len(scheme.names)))
    at = scheme.names.index("training")
    human[0, :, at] = (1, 0, np.nan, np.nan)
    machine = machine_of(np.ones((4, len(scheme.names))), scheme)
    sample = told.Sample(human, machine, ["research: all"] * 4, {"research: all": 4})
    row = row_of(sample, scheme, "training", weights="sample")
    assert (row["n"], row["both"], row["machine_only"]) == (2, 1, 1)


def test_the_same_seed_gives_the_same_rows(by_chance, scheme):
    assert told.accuracy(by_chance, scheme, 3) == told.accuracy(by_chance, scheme, 3)


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_intervals_hold_the_truth_far_oftener_than_resampling_where_errors_are_rare(share):
    ours, resampled = simulated.coverage(share, "strategy", 0.97, 0.97, 60)
    # 60 samples: a coverage of 95% comes out below 87% in fewer than one of a hundred.
    assert (ours >= 0.87).all()
    assert resampled.mean() < ours.mean()


def test_intervals_hold_the_truth_where_errors_are_common():
    ours, _ = simulated.coverage(0.1, "relationship", 0.6, 0.6, 60)
    assert (ours >= 0.87).all()


def test_confusions_count_every_coded_text_once(by_chance, scheme):
    rows = told.confusions(by_chance, scheme)
    for what in ("orientation", "whose relationship"):
        of = [r for r in rows if (r["what"], r["corpus"]) == (what, "all")]
        assert len(of) == 16
        assert sum(r["texts"] for r in of) == pytest.approx(90)
        assert sum(r["share"] for r in of) == pytest.approx(1)


def test_a_confusion_is_the_texts_with_one_orientation_by_each(by_chance, scheme):
    human = orientation(by_chance.human[0], scheme).argmax(axis=1)
    machine = by_chance.machine.orientation.argmax(axis=1)
    asked = ("orientation", "all", "transactional", "both")
    row = next(
        r
        for r in told.confusions(by_chance, scheme)
        if (r["what"], r["corpus"], r["coder"], r["machine"]) == asked
    )
    places = [ORIENTATIONS.index(name) for name in asked[2:]]
    assert row["texts"] == ((human == places[0]) & (machine == places[1])).sum()


@pytest.fixture
def differing(by_chance, scheme):
    texts = {i: {"title": f"Title {i}", "abstract": f"Text {i}"} for i in by_chance.machine.ids}
    return told.errors(by_chance, scheme, texts, {})


def test_every_difference_is_an_error_of_one_direction(by_chance, differing):
    human, machine = by_chance.human[0], by_chance.machine.values
    directions = [row["direction"] for row in differing]
    assert directions.count("false alarm") == ((machine == 1) & (human == 0)).sum()
    assert directions.count("missed") == ((machine == 0) & (human == 1)).sum()


def test_the_first_ten_errors_of_a_direction_are_of_ten_texts_and_several_codes(differing):
    for direction in ("false alarm", "missed"):
        first = [r for r in differing if r["direction"] == direction][:10]
        assert [r["rank"] for r in first] == list(range(1, 11))
        assert len({r["record_id"] for r in first}) == 10
        codes = [r["code"] for r in first]
        assert max(codes.count(code) for code in codes) <= told.MOST_PER_CODE


def test_an_error_comes_with_its_text(differing):
    for row in differing:
        assert row["title"] == f"Title {row['record_id']}"
        assert row["text"] == f"Text {row['record_id']}"


def test_errors_that_stand_for_more_texts_come_first(by_chance, differing):
    strata = dict(zip(by_chance.machine.ids, by_chance.strata, strict=True))
    assert strata[differing[0]["record_id"]] == "research: many"


def test_an_error_on_which_coders_are_sure_comes_before_one_on_which_they_differ(scheme):
    human = np.zeros((2, 2, len(scheme.names)))
    at = scheme.names.index("training")
    human[0, 0, at] = 1
    machine = machine_of(np.zeros(human.shape[1:]), scheme)
    machine.values[:, at] = 1
    sample = told.Sample(human, machine, ["research: all"] * 2, {"research: all": 2})
    texts = {i: {"title": "", "abstract": ""} for i in machine.ids}
    rows = told.errors(sample, scheme, texts, {})
    alarms = [(r["record_id"], r["coders"]) for r in rows if r["direction"] == "false alarm"]
    assert alarms == [("t001", 0), ("t000", 0.5)]


def test_an_error_tells_what_the_machine_saw_and_by_which_rule(scheme, one_code):
    sample = one_code([(0, 1), (0, 0)])
    texts = {i: {"title": "", "abstract": ""} for i in sample.machine.ids}
    seen = {"text": "workshop", "concept": "workshop", "reading": "kept", "role": "", "rule": "r7"}
    other = seen | {"text": "reminders", "concept": "reminder"}
    (row,) = told.errors(sample, scheme, texts, {"t000": [seen, other]})
    assert row["mentions"] == "'workshop' (workshop: kept by r7)"
