"""Which texts are counted for each thing asked, and which of them mention no relationship."""

from dataclasses import replace

from corpora import CONCEPTS, incidence
from hypothesis import given
from hypothesis import strategies as st
from pipeline.gaps.unmentioned import unmentioned_rows


def asked(texts, question, name="", by="", value=""):
    """The one row that answers a question, or None."""
    found = [
        row
        for row in unmentioned_rows("research", texts)
        if (row["question"], row["concept"], row["by"], row["by_value"])
        == (question, name, by, value)
    ]
    assert len(found) <= 1
    return found[0] if found else None


def counts(row):
    return row["n"], row["with_relationship"]


def test_all_are_the_texts_that_name_a_strategy():
    texts = incidence([["audit"], ["audit", "trust"], ["trust"], ["reach"], []])
    assert counts(asked(texts, "all")) == (2, 1)
    assert asked(texts, "all")["unmentioned"] == 0.5


def test_a_strategy_is_asked_about_among_the_texts_that_name_it():
    texts = incidence([["audit"], ["audit", "trust"], ["workshop"]])
    assert counts(asked(texts, "strategy", "audit")) == (2, 1)
    assert counts(asked(texts, "strategy", "workshop")) == (1, 0)


def test_a_strategy_that_no_text_names_is_told_without_a_share():
    row = asked(incidence([["audit"]]), "strategy", "coaching")
    assert counts(row) == (0, 0)
    assert row["unmentioned"] is row["low"] is row["high"] is None


def test_an_outcome_is_asked_about_among_texts_that_name_it_and_a_strategy():
    texts = incidence([["reach"], ["reach", "audit"], ["reach", "audit", "trust"]])
    assert counts(asked(texts, "outcome", "reach")) == (2, 1)


def test_texts_about_implementation_are_asked_about_with_or_without_a_strategy():
    texts = incidence(
        [["audit"], ["trust"], ["reach"], ["audit", "trust"]],
        about_implementation=[True, True, True, False],
    )
    assert counts(asked(texts, "implementation")) == (3, 1)
    assert counts(asked(texts, "all")) == (2, 1)


def test_strategies_that_need_contact_are_those_relational_under_the_generous_rating():
    texts = incidence([["facilitation"], ["coaching", "trust"], ["audit"]])
    assert counts(asked(texts, "all_contact")) == (2, 1)
    texts = incidence([["audit"], ["workshop", "trust"]])
    assert counts(asked(texts, "all_contact")) == (0, 0)


def test_without_a_generous_rating_the_strict_one_says_what_needs_contact():
    plain = [replace(c, ratings={"orientation": c.ratings["orientation"]}) for c in CONCEPTS]
    texts = incidence([["facilitation"], ["coaching"]], plain)
    assert counts(asked(texts, "all_contact")) == (1, 0)


def test_a_text_counts_once_for_a_cluster_however_many_of_its_strategies_it_names():
    texts = incidence([["coaching", "facilitation"], ["coaching"]])
    assert counts(asked(texts, "cluster", "support")) == (2, 0)


def test_years_are_asked_about_and_texts_without_one_are_not():
    texts = incidence([["audit"], ["audit", "trust"], ["audit"]], year=[2001, 2001, None])
    assert counts(asked(texts, "year", "2001")) == (2, 1)
    assert [
        r["concept"] for r in unmentioned_rows("research", texts) if r["question"] == "year"
    ] == ["2001"]


def test_a_strategy_is_crossed_with_outcomes_settings_and_years():
    texts = incidence(
        [["audit", "reach", "hospital"], ["audit", "reach", "trust"]], year=[2001, 2002]
    )
    assert counts(asked(texts, "strategy", "audit", "outcome", "reach")) == (2, 1)
    assert counts(asked(texts, "strategy", "audit", "setting", "hospital")) == (1, 0)
    assert counts(asked(texts, "strategy", "audit", "year", "2002")) == (1, 1)
    assert asked(texts, "strategy", "workshop", "outcome", "reach") is None


def test_contact_is_crossed_with_every_facet():
    texts = incidence([["coaching", "distrust", "nurse"], ["audit", "nurse"]], year=[1999, 1999])
    assert counts(asked(texts, "all_contact", "", "determinant", "distrust")) == (1, 0)
    assert counts(asked(texts, "all_contact", "", "actor", "nurse")) == (1, 0)
    assert counts(asked(texts, "all_contact", "", "year", "1999")) == (1, 0)


def test_relationships_are_not_asked_about_themselves():
    rows = unmentioned_rows("research", incidence([["audit", "trust", "rapport"]]))
    assert not {"trust", "rapport"} & {row["concept"] for row in rows}


def test_a_relationship_with_patients_alone_is_not_one_of_those_who_implement():
    texts = incidence([["audit", "rapport"]], related=[False])
    assert counts(asked(texts, "all")) == (1, 0)


def test_intervals_of_practice_are_wider_for_passages_of_few_documents():
    names = [["audit"]] * 30 + [["audit", "trust"]] * 30
    apart = asked(incidence(names), "all")
    alike = asked(incidence(names, document=[n // 15 for n in range(60)]), "all")
    assert alike["unmentioned"] == apart["unmentioned"]
    assert alike["high"] - alike["low"] > 2 * (apart["high"] - apart["low"])


def test_a_single_document_tells_nothing_about_others():
    row = asked(incidence([["audit"], ["audit", "trust"]] * 20, document=[1] * 40), "all")
    assert row["low"] < 0.05
    assert row["high"] > 0.95


def test_a_corpus_without_a_text_or_a_strategy_has_rows_of_nothing():
    for texts in (incidence([]), incidence([["reach"], []], year=[2000, 2001])):
        row = asked(texts, "all")
        assert counts(row) == (0, 0)
        assert row["unmentioned"] is None


NAMES = ["audit", "coaching", "cost", "hospital", "nurse", "reach", "trust", "workshop"]


@given(st.lists(st.lists(st.sampled_from(NAMES), max_size=5, unique=True), max_size=25))
def test_every_count_is_what_a_loop_over_texts_finds(names):
    texts = incidence(names, about_implementation=["cost" in n for n in names])
    based = [set(n) for n in names if {"audit", "coaching", "workshop"} & set(n)]
    for row in unmentioned_rows("research", texts):
        wanted = {row["concept"], row["by_value"]} & set(NAMES)
        if row["question"] == "cluster":
            wanted = {{"evaluate": "audit", "educate": "workshop"}.get(row["concept"], "coaching")}
        if row["question"] == "all_contact":
            wanted.add("coaching")
        if row["concept"] in ("facilitation", "distrust"):
            assert row["n"] == 0
            continue
        here = [n for n in based if wanted <= n]
        if row["question"] == "implementation":
            here = [n for n in names if "cost" in n]
        assert row["n"] == len(here)
        assert row["with_relationship"] == sum("trust" in n for n in here)


def test_the_order_of_texts_changes_nothing():
    names = [["audit"], ["audit", "trust"], ["workshop", "reach"], ["coaching"]] * 5
    assert unmentioned_rows("r", incidence(names)) == unmentioned_rows("r", incidence(names[::-1]))
