"""Research against practice: plain and stratified, against worked examples and statsmodels."""

import numpy as np
import pytest
from corpora import incidence
from hypothesis import given
from hypothesis import strategies as st
from pipeline.gaps.comparison import comparison_rows, contrast_rows
from pipeline.gaps.odds import mantel_haenszel, odds_ratio
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2

COUNT = st.integers(1, 60)
TABLE = st.tuples(COUNT, COUNT, COUNT, COUNT)


@given(TABLE)
def test_an_odds_ratio_agrees_with_statsmodels(table):
    a, b, c, d = table
    theirs = Table2x2([[a, b], [c, d]])
    ratio, low, high = odds_ratio(a, b, c, d)
    assert float(ratio) == pytest.approx(theirs.oddsratio)
    assert (float(low), float(high)) == pytest.approx(theirs.oddsratio_confint())


@given(st.lists(TABLE, min_size=1, max_size=6))
def test_a_stratified_odds_ratio_agrees_with_statsmodels(tables):
    theirs = StratifiedTable([np.array([[a, b], [c, d]]) for a, b, c, d in tables])
    columns = np.array(tables, dtype=float).T
    ratio, low, high = mantel_haenszel(*columns)
    assert float(ratio) == pytest.approx(theirs.oddsratio_pooled)
    assert (float(low), float(high)) == pytest.approx(theirs.oddsratio_pooled_confint())


def test_a_stratum_of_one_side_only_tells_nothing():
    with_it = mantel_haenszel([5, 7], [9, 3], [4, 0], [8, 0])
    without = mantel_haenszel([5], [9], [4], [8])
    assert np.allclose(with_it, without)


def test_an_odds_ratio_with_an_empty_cell_has_an_interval_and_one_with_an_empty_side_has_none():
    assert np.isfinite(odds_ratio(0, 10, 5, 5)).all()
    assert np.isnan(odds_ratio(0, 0, 5, 5)).all()


def test_where_no_stratum_tells_there_is_no_stratified_odds_ratio():
    assert np.isnan(mantel_haenszel([3], [0], [2], [0])[0])


def row_of(rows, name):
    [row] = [row for row in rows if row["concept"] == name]
    return row


def test_shares_are_of_the_texts_that_name_any_strategy():
    research = incidence([["audit", "trust"], ["workshop"], ["trust"], ["reach"]])
    practice = incidence([["audit", "trust"], ["trust", "audit"]])
    row = row_of(comparison_rows(research, practice), "trust")
    assert (row["research_n"], row["research_total"], row["research_share"]) == (1, 2, 0.5)
    assert (row["practice_n"], row["practice_total"], row["practice_share"]) == (2, 2, 1.0)
    assert row["difference"] == 0.5
    assert row["facet"] == "relationship"


def test_every_concept_has_a_row_though_nobody_names_it():
    row = row_of(comparison_rows(incidence([["audit"]]), incidence([["audit"]])), "coaching")
    assert (row["research_n"], row["practice_n"], row["difference"]) == (0, 0, 0.0)
    assert row["research_unmentioned"] is None


def test_unmentioned_shares_stand_beside():
    research = incidence([["audit", "trust"], ["audit"]])
    practice = incidence([["audit"]])
    row = row_of(comparison_rows(research, practice), "audit")
    assert (row["research_unmentioned"], row["practice_unmentioned"]) == (0.5, 1.0)


def test_a_corpus_without_a_text_is_compared_with_nothing():
    row = row_of(comparison_rows(incidence([["audit"]]), incidence([])), "audit")
    assert row["research_share"] == 1.0
    told = ("practice_share", "difference", "difference_low", "odds_ratio", "stratified_odds_ratio")
    assert [row[name] for name in told] == [None] * 5


def test_length_does_not_masquerade_as_a_difference():
    """Practice passages are longer and so name more of everything: within a length they do not."""
    random = np.random.default_rng(1)
    settings = ["cost", "distrust", "hospital", "nurse", "reach"]

    def corpus(number, length):
        names = []
        for _ in range(number):
            others = random.choice(settings, random.binomial(5, length), replace=False)
            share = 0.1 + 0.15 * len(others)  # the longer, the likelier, in either corpus
            names.append(["audit", *others, *(["trust"] if random.random() < share else [])])
        return incidence(names)

    row = row_of(comparison_rows(corpus(3000, 0.2), corpus(3000, 0.7)), "trust")
    assert row["odds_ratio_low"] > 2
    assert row["stratified_odds_ratio_low"] < 1 < row["stratified_odds_ratio_high"]


def test_years_do_not_masquerade_as_a_difference_where_both_corpora_have_them():
    random = np.random.default_rng(2)

    def corpus(years):
        said = random.random(len(years)) < np.where(years < 2010, 0.1, 0.6)
        return incidence([["audit", *["trust"] * s] for s in said.astype(int)], year=years)

    old, new = np.repeat([2002, 2016], [1500, 500]), np.repeat([2002, 2016], [300, 1200])
    research, practice = corpus(old), corpus(new)
    row = row_of(comparison_rows(research, practice), "trust")
    assert row["odds_ratio_low"] > 2
    assert row["stratified_odds_ratio_low"] < 1 < row["stratified_odds_ratio_high"]


def test_unmentioned_shares_are_contrasted_for_each_thing_asked():
    research = incidence([["audit"]] * 8 + [["audit", "trust"]] * 2)
    practice = incidence([["audit"]] * 2 + [["audit", "trust"]] * 8)
    rows = contrast_rows(research, practice)
    [row] = [r for r in rows if (r["question"], r["concept"]) == ("strategy", "audit")]
    assert (row["research_unmentioned"], row["practice_unmentioned"]) == (0.8, 0.2)
    assert row["difference"] == pytest.approx(-0.6)
    assert row["difference_high"] < 0
    assert row["odds_ratio"] == pytest.approx((2 / 8) / (8 / 2))
    # The relationship that makes a text longer is not counted in its length.
    assert row["stratified_odds_ratio"] == pytest.approx(row["odds_ratio"])


@pytest.mark.parametrize(("documents", "likeness"), [(15, 0.05), (40, 0.1)])
def test_intervals_of_contrasts_cover_the_truth_in_about_95_percent(documents, likeness):
    """Research and practice are alike, and passages of one document more so."""
    random = np.random.default_rng(documents)
    spread, covered = 1 / likeness - 1, []
    others = ["cost", "reach", "nurse"]
    for _ in range(250):
        own = random.beta(0.6 * spread, 0.4 * spread, documents)
        document = np.repeat(np.arange(documents), random.integers(4, 30, documents))
        research = random.random(300) < 0.6
        practice = random.random(len(document)) < own[document]

        def texts(silent, **options):
            more = random.integers(0, 4, len(silent))
            names = zip(silent, more, strict=True)
            return incidence(
                [["audit", *others[:m], *([] if s else ["trust"])] for s, m in names], **options
            )

        row = contrast_rows(texts(research), texts(practice, document=document.tolist()))[0]
        covered.append(
            [
                row["difference_low"] <= 0 <= row["difference_high"],
                row["odds_ratio_low"] <= 1 <= row["odds_ratio_high"],
                row["stratified_odds_ratio_low"] <= 1 <= row["stratified_odds_ratio_high"],
            ]
        )
    # 250 corpora: a Monte Carlo error of 1.4%.
    for share in np.mean(covered, axis=0):
        assert 0.91 <= share <= 0.99


def test_contrasts_are_wider_for_passages_of_few_documents():
    research = incidence([["audit"]] * 60 + [["audit", "trust"]] * 60)
    names = [["audit"]] * 30 + [["audit", "trust"]] * 30
    apart, alike = (
        contrast_rows(research, practice)[0]
        for practice in (incidence(names), incidence(names, document=[n // 10 for n in range(60)]))
    )
    assert apart["question"] == alike["question"] == "all"
    for figure in ("difference", "odds_ratio", "stratified_odds_ratio"):
        assert alike[figure] == pytest.approx(apart[figure])
        assert alike[f"{figure}_low"] < apart[f"{figure}_low"]
        assert alike[f"{figure}_high"] > apart[f"{figure}_high"]
