"""Betweenness, Burt's constraint, and how much the graph relies on relationship concepts."""

import igraph
import networkx as nx
import numpy as np
import pytest
from pipeline.graph.bridges import betweenness, constraint, reliance


def graph_of(*ties):
    graph = nx.Graph()
    for a, b, weight in ties:
        graph.add_edge(a, b, weight=weight, distance=1 / weight)
    return graph


@pytest.fixture
def random_graph():
    random = np.random.default_rng(3)
    ties = [
        (f"n{a:02}", f"n{b:02}", float(random.random() + 0.1))
        for a in range(25)
        for b in range(a)
        if random.random() < 0.2
    ]
    return graph_of(*ties)


def in_igraph(graph):
    ties = [(a, b, tie["weight"]) for a, b, tie in graph.edges(data=True)]
    return igraph.Graph.TupleList(ties, edge_attrs=["weight"])


def test_betweenness_agrees_with_igraph(random_graph):
    other = in_igraph(random_graph)
    told = other.betweenness(weights=[1 / weight for weight in other.es["weight"]])
    pairs = (len(other.vs) - 1) * (len(other.vs) - 2) / 2
    expected = {name: value / pairs for name, value in zip(other.vs["name"], told, strict=True)}
    assert betweenness(random_graph) == pytest.approx(expected)


def test_constraint_agrees_with_igraph(random_graph):
    other = in_igraph(random_graph)
    expected = dict(zip(other.vs["name"], other.constraint(weights="weight"), strict=True))
    assert constraint(random_graph) == pytest.approx(expected)


def test_a_concept_without_a_tie_has_no_constraint():
    graph = graph_of(("a", "b", 1.0))
    graph.add_node("c")
    assert constraint(graph)["c"] is None


def told(graph, *relationships):
    return reliance(graph, set(relationships), betweenness(graph))


def test_a_pair_that_only_a_relationship_joins_is_cut_without_it():
    facts = told(graph_of(("a", "r", 1.0), ("r", "b", 1.0)), "r")
    assert (facts["connected"], facts["cut"], facts["lengthened"]) == (1, 1, 0)
    assert facts["relying_share"] == 1
    assert facts["betweenness_share"] == 1
    assert facts["relationships_share"] == pytest.approx(1 / 3)


def test_a_pair_with_a_longer_way_round_is_lengthened():
    graph = graph_of(("a", "r", 1.0), ("r", "b", 1.0), ("a", "c", 0.5), ("c", "b", 0.5))
    facts = told(graph, "r")
    assert (facts["connected"], facts["cut"], facts["lengthened"]) == (3, 0, 1)


def test_a_pair_with_a_way_as_short_does_not_rely_on_a_relationship():
    graph = graph_of(("a", "r", 1.0), ("r", "b", 1.0), ("a", "c", 1.0), ("c", "b", 1.0))
    facts = told(graph, "r")
    assert facts["lengthened"] == facts["cut"] == 0


def test_constraint_without_relationships_is_that_of_the_graph_without_them(random_graph):
    facts = told(random_graph, "n01", "n02", "not there")
    rest = random_graph.subgraph(set(random_graph) - {"n01", "n02"})
    expected = [value for value in constraint(rest).values() if value is not None]
    assert facts["constraint_without"] == pytest.approx(np.mean(expected))
    assert (facts["relationships"], facts["others"]) == (2, len(rest))


def test_what_relies_on_relationships_is_what_igraph_finds_farther_apart_without_them(random_graph):
    gone = {"n01", "n02", "n07"}
    whole = in_igraph(random_graph)
    rest = in_igraph(random_graph.subgraph(set(random_graph) - gone).copy())
    others = [name for name in random_graph if name not in gone and name in rest.vs["name"]]
    before, after = (
        np.array(g.distances(others, others, weights=[1 / w for w in g.es["weight"]]))
        for g in (whole, rest)
    )
    facts = told(random_graph, *gone)
    assert facts["others"] == len(others)
    farther = (after > before * (1 + 1e-9))[np.triu_indices(len(others), 1)]
    assert facts["lengthened"] + facts["cut"] == farther.sum() > 0


def test_a_graph_of_no_relationships_relies_on_none(random_graph):
    facts = told(random_graph)
    assert facts["relying_share"] == facts["betweenness_share"] == facts["relationships_share"] == 0


@pytest.mark.parametrize("concepts", [[], ["a"], ["r"], ["a", "b"]])
def test_where_nothing_is_tied_shares_are_not_told(concepts):
    graph = nx.Graph()
    graph.add_nodes_from(concepts)
    facts = told(graph, "r")
    assert facts["connected"] == facts["cut"] == 0
    assert facts["relying_share"] is facts["betweenness_share"] is facts["constraint_with"] is None
