"""Where concepts stand, how large and in which colour."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from pipeline.graph.layout import COLOURS, RADIUS, colour, positions, radii, rgb


def weighted(graph):
    random = np.random.default_rng(1)
    named = nx.relabel_nodes(graph, {node: f"c{node:03}" for node in graph})
    for _, _, tie in named.edges(data=True):
        tie["weight"] = float(random.random() * 20 + 0.1)
    return named


def placed(graph, seed=1):
    radius = radii({node: 1 + place**2 for place, node in enumerate(sorted(graph))})
    return positions(graph, radius, seed), radius


@pytest.mark.parametrize(
    "graph",
    [
        nx.gnp_random_graph(60, 0.1, seed=1),
        nx.gnp_random_graph(60, 0.02, seed=1),
        nx.empty_graph(80),
        nx.complete_graph(40),
        nx.star_graph(30),
    ],
    ids=["random", "in parts", "no tie", "complete", "star"],
)
def test_no_two_concepts_overlap(graph):
    place, radius = placed(weighted(graph))
    assert len(place) == len(graph)
    for a, b in combinations(place, 2):
        assert np.hypot(*np.subtract(place[a], place[b])) > radius[a] + radius[b]


def test_the_same_seed_gives_the_same_places_and_another_gives_others():
    graph = weighted(nx.gnp_random_graph(30, 0.2, seed=1))
    assert placed(graph, 1) == placed(graph, 1)
    assert placed(graph, 1) != placed(graph, 2)


def test_concepts_apart_from_the_largest_part_stand_around_it():
    graph = nx.path_graph(5)
    graph.add_nodes_from((5, 6, 7))
    place, _ = placed(weighted(graph))
    outward = sorted(place, key=lambda node: np.hypot(*place[node]))
    assert set(outward[-3:]) == {"c005", "c006", "c007"}


@pytest.mark.parametrize("size", [0, 1, 2])
def test_a_graph_of_few_concepts_is_laid_out(size):
    place, _ = placed(weighted(nx.complete_graph(size)))
    assert len(place) == size
    assert np.isfinite(list(place.values())).all()


def test_area_grows_with_the_texts_that_name_a_concept():
    radius = radii({"most": 400, "some": 100, "none": 0})
    assert (radius["none"], radius["most"]) == RADIUS
    assert radius["some"] == pytest.approx((RADIUS[0] + RADIUS[1]) / 2)


def test_strategies_are_coloured_by_orientation_and_all_else_by_facet():
    assert colour("strategy", "relational") != colour("strategy", "transactional")
    assert colour("relationship", "relational") == COLOURS["relationship"]
    assert colour("strategy", "") not in COLOURS.values()


def test_every_colour_is_another():
    assert len(set(COLOURS.values())) == len(COLOURS)


def test_a_colour_is_red_green_and_blue():
    assert rgb("#E69F00") == (230, 159, 0)
