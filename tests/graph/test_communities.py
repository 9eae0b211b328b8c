"""The association graph and its communities."""

import random

import igraph
import networkx as nx
import numpy as np
import pytest
from pipeline.graph.association import npmi
from pipeline.graph.communities import association_graph, communities
from sklearn.metrics import adjusted_rand_score

GROUPS, CONCEPTS, TEXTS = 6, 90, 6_000


@pytest.fixture(scope="module")
def planted():
    """Texts that are about one of six groups of concepts and name few others, and the groups."""
    drawn = np.random.default_rng(1)
    group = drawn.integers(0, GROUPS, CONCEPTS)
    fame = drawn.lognormal(0, 1.3, CONCEPTS)
    texts = np.zeros((TEXTS, CONCEPTS), dtype=np.int64)
    for text in texts:
        chance = fame * np.where(group == drawn.integers(0, GROUPS), 4, 1)
        size = 1 + drawn.poisson(3)
        text[drawn.choice(CONCEPTS, size, replace=False, p=chance / chance.sum())] = 1
    return texts.T @ texts, group


NAMES = [f"c{number:02}" for number in range(CONCEPTS)]


def test_planted_groups_are_found(planted):
    together, group = planted
    found = communities(association_graph(NAMES, together, TEXTS), seed=1)
    assert adjusted_rand_score(group, [found[name] for name in NAMES]) > 0.7


def test_the_excess_finds_planted_groups_better_than_npmi(planted):
    together, group = planted
    a, b = np.triu_indices(CONCEPTS, 1)
    named = np.diagonal(together)
    values = npmi(named[a], named[b], together[a, b], TEXTS)
    other = nx.Graph()
    other.add_nodes_from(NAMES)
    for i, j, value in zip(a, b, values, strict=True):
        if value > 0:
            other.add_edge(NAMES[i], NAMES[j], weight=float(value))

    def likeness(graph):
        found = communities(graph, seed=1)
        return adjusted_rand_score(group, [found[name] for name in NAMES])

    assert likeness(association_graph(NAMES, together, TEXTS)) > likeness(other)


def test_communities_are_as_modular_as_those_of_igraph(planted):
    together, _ = planted
    graph = association_graph(NAMES, together, TEXTS)
    found = communities(graph, seed=1)
    other = igraph.Graph.TupleList(graph.edges(data="weight"), edge_attrs=["weight"])
    mine = [found[name] for name in other.vs["name"]]
    random.seed(1)
    theirs = other.community_multilevel(weights="weight")
    assert other.modularity(mine, weights="weight") > 0.99 * theirs.modularity > 0.1


def test_a_tie_weighs_the_texts_beyond_what_independence_expects():
    together = np.array([[20, 10], [10, 50]])
    tie = association_graph(["a", "b"], together, 200)["a"]["b"]
    assert tie == pytest.approx({"weight": 5, "distance": 0.2})


@pytest.mark.parametrize("n_ab", [5, 4, 0])
def test_a_pair_that_meets_as_expected_or_less_is_no_tie(n_ab):
    together = np.array([[20, n_ab], [n_ab, 50]])
    assert not association_graph(["a", "b"], together, 200).edges


def test_a_concept_that_no_text_names_is_no_node():
    together = np.array([[2, 0], [0, 0]])
    assert list(association_graph(["a", "b"], together, 9)) == ["a"]


def test_a_concept_without_a_tie_is_in_no_community():
    graph = nx.Graph()
    graph.add_nodes_from("abc")
    graph.add_edge("a", "b", weight=1.0)
    assert communities(graph, seed=1) == {"a": 0, "b": 0, "c": -1}


def test_communities_are_numbered_by_size_and_then_by_name():
    graph = nx.Graph()
    for group in ("xyz", "pq", "ab"):
        nx.add_path(graph, group, weight=1.0)
    assert communities(graph, seed=1) == dict.fromkeys("xyz", 0) | dict.fromkeys(
        "ab", 1
    ) | dict.fromkeys("pq", 2)


def test_no_concept_is_in_no_community():
    assert communities(association_graph([], np.zeros((0, 0), dtype=np.int64), 0), seed=1) == {}
