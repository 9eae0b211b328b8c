"""The disparity filter."""

import numpy as np
import pytest
from pipeline.graph.backbone import backbone_p
from scipy.integrate import quad


def ties_of_a_hub(*weights):
    """A hub whose neighbours all have two other ties so strong that the hub's end decides."""
    k = len(weights)
    matrix = np.zeros((1 + 3 * k, 1 + 3 * k), dtype=np.int64)
    for place, weight in enumerate(weights, 1):
        matrix[0, place] = weight
        for far in (k + 2 * place - 1, k + 2 * place):
            matrix[place, far] = 10**9
    return matrix + matrix.T


def test_a_tie_has_the_probability_of_serrano_boguna_and_vespignani():
    weights = (6, 3, 1)
    found = backbone_p(ties_of_a_hub(*weights))
    for place, weight in enumerate(weights, 1):
        share = weight / sum(weights)
        below, _ = quad(lambda x: 2 * (1 - x), 0, share)  # (k - 1)(1 - x)^(k - 2), k = 3
        assert found[0, place] == pytest.approx(1 - below)


def test_a_strength_split_at_random_gives_a_small_probability_as_often_as_it_says():
    random = np.random.default_rng(5)
    cuts = np.sort(random.random((4_000, 4)), axis=1)  # sticks broken into five at random
    pieces = np.rint(np.diff(cuts, prepend=0, append=1) * 10**6).astype(int)
    found = [backbone_p(ties_of_a_hub(*weights))[0, 1] for weights in pieces]
    assert np.mean(np.array(found) < 0.05) == pytest.approx(0.05, abs=0.012)


def test_a_node_with_one_tie_tells_nothing_about_it():
    matrix = np.array([[0, 7], [7, 0]])
    assert backbone_p(matrix)[0, 1] == 1


def test_the_stronger_end_decides_and_both_directions_agree():
    matrix = np.array([[0, 9, 1, 1], [9, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]])
    found = backbone_p(matrix)
    assert found[0, 1] == found[1, 0] == pytest.approx((2 / 11) ** 2)


def test_what_is_no_tie_has_no_probability_and_the_diagonal_is_left_out():
    matrix = np.array([[50, 3, 0], [3, 80, 1], [0, 1, 9]])
    found = backbone_p(matrix)
    assert np.isnan(found[0, 2])
    assert np.isnan(np.diagonal(found)).all()
    assert found[0, 1] == pytest.approx(0.25)
    assert matrix[0, 0] == 50


def test_no_concept_makes_no_backbone():
    assert backbone_p(np.zeros((0, 0), dtype=np.int64)).shape == (0, 0)
