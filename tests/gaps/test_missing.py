"""Pairs that the graph predicts and no text has, and how well they are foretold."""

import igraph
import numpy as np
import pytest
from corpora import concept, from_matrix, incidence, null_corpus
from pipeline.gaps.expected import moments
from pipeline.gaps.missing import (
    ADAMIC_ADAR,
    RESOURCE_ALLOCATION,
    forecast_rows,
    missing_rows,
    predictions,
    roc_area,
    split_years,
    unwritten,
)
from pipeline.gaps.null import together
from sklearn.metrics import roc_auc_score


def rows_of(texts):
    return missing_rows("research", texts, moments(texts.matrix, np.zeros(len(texts))).mean)


def test_a_pair_that_both_meet_the_same_concepts_and_never_each_other_is_listed():
    texts = incidence([["audit", "reach"], ["trust", "reach"], ["workshop", "cost"]])
    [row] = rows_of(texts)
    assert (row["concept_a"], row["concept_b"], row["rank"]) == ("audit", "trust", 1)
    assert row["resource_allocation"] == pytest.approx(1 / 2)
    assert row["adamic_adar"] == pytest.approx(1 / np.log(2))


def test_a_pair_that_a_text_has_is_not_listed():
    assert rows_of(incidence([["audit", "reach"], ["trust", "reach"], ["audit", "trust"]])) == []


def test_a_pair_of_neither_strategy_nor_relationship_is_not_listed():
    texts = incidence([["cost", "audit"], ["reach", "audit"]])
    assert rows_of(texts) == []


def test_the_likelier_pair_comes_first():
    names = [["audit", x] for x in ("reach", "cost", "hospital")]
    names += [["trust", x] for x in ("reach", "cost", "hospital")] + [["listening", "reach"]]
    ranked = [(row["concept_a"], row["concept_b"]) for row in rows_of(incidence(names))]
    assert ranked[0] == ("audit", "trust")


def test_the_nearest_texts_name_one_side_and_most_of_what_both_meet():
    texts = incidence(
        [
            ["audit", "nurse"],
            ["audit", "reach", "cost"],
            ["audit", "reach"],
            ["trust", "reach"],
            ["trust", "cost"],
        ]
    )
    [row] = [r for r in rows_of(texts) if (r["concept_a"], r["concept_b"]) == ("audit", "trust")]
    assert row["near_a"] == "text:000001 | text:000002 | text:000000"
    assert set(row["near_b"].split(" | ")) == {"text:000003", "text:000004"}


def test_scores_agree_with_igraph():
    counts = together(from_matrix(null_corpus(1, texts=80, concepts=14, mean=2)).matrix)
    pairs = unwritten(counts)
    ours = predictions(counts, pairs, np.zeros(counts.shape))
    graph = igraph.Graph.Adjacency(np.triu(counts > 0, 1).tolist(), mode="max")
    weighted = graph.similarity_inverse_log_weighted(mode="all")
    theirs = [weighted[a][b] for a, b in pairs.tolist()]
    assert len(pairs) > 10
    assert ours[ADAMIC_ADAR] == pytest.approx(theirs)
    neighbours = [set(graph.neighbors(v)) for v in range(14)]
    by_hand = [
        sum(1 / graph.degree(v) for v in neighbours[a] & neighbours[b]) for a, b in pairs.tolist()
    ]
    assert ours[RESOURCE_ALLOCATION] == pytest.approx(by_hand)


def test_an_area_agrees_with_scikit_learn_and_lies_in_its_interval():
    random = np.random.default_rng(1)
    positive = random.random(200) < 0.3
    score = np.round(random.normal(positive * 0.8, 1), 1)
    area, low, high = roc_area(score, positive)
    assert area == pytest.approx(roc_auc_score(positive, score))
    assert low < area < high


def test_an_area_interval_gives_the_published_example():
    """Hanley and McNeil 1982: 51 abnormal and 58 normal, area 0.893, standard error 0.032."""
    rated = {1: (3, 33), 2: (2, 6), 3: (2, 6), 4: (11, 11), 5: (33, 2)}
    score = np.concatenate([np.full(a + b, s, float) for s, (a, b) in rated.items()])
    positive = np.concatenate([np.arange(a + b) < a for a, b in rated.values()])
    area, low, high = roc_area(score, positive)
    assert area == pytest.approx(0.893, abs=0.0005)
    assert (high - low) / 2 / 1.96 == pytest.approx(0.032, abs=0.001)


def test_there_is_no_area_where_all_or_none_are_positive():
    assert roc_area(np.array([1.0, 2.0]), np.array([True, True])) == (None, None, None)


def test_the_years_to_foretell_from_are_a_horizon_apart_and_have_texts_before_them():
    texts = incidence([["audit"]] * 3, year=[2000, 2012, None])
    assert split_years(texts, 5) == [2007, 2002]
    assert split_years(incidence([["audit"]]), 5) == []


def test_what_is_written_later_is_foretold_from_what_was_written_before():
    names = [["audit", "reach"], ["trust", "reach"], ["workshop", "cost"], ["trust", "audit"]]
    rows = forecast_rows("research", incidence(names, year=[2000, 2000, 2000, 2005]), 5)
    assert {(row["year"], row["pairs"], row["written"]) for row in rows} == {(2000, 7, 1)}
    area = {row["predictor"]: row["auc"] for row in rows}
    assert area[RESOURCE_ALLOCATION] == 1.0  # no other pair has a neighbour in common


def test_structure_foretells_nothing_where_pairs_are_written_at_random():
    concepts = [concept(f"c{n}") for n in range(30)]
    random = np.random.default_rng(3)

    def texts(number):
        return [
            [concepts[i].id for i in random.choice(30, 2, replace=False)] for _ in range(number)
        ]

    names = texts(120) + texts(120)
    rows = forecast_rows(
        "research", incidence(names, concepts, year=[2000] * 120 + [2003] * 120), 3
    )
    [row] = [row for row in rows if row["predictor"] == RESOURCE_ALLOCATION]
    assert abs(row["auc"] - 0.5) < 0.12
