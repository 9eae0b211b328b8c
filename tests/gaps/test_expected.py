"""The closed form is what random texts with both margins kept converge to."""

import itertools

import numpy as np
import pytest
from corpora import null_corpus
from pipeline.gaps.expected import moments, rank_one
from pipeline.gaps.null import randomise
from scipy.sparse import csr_array


def sparse(matrix):
    made = csr_array(np.asarray(matrix, dtype=np.int32))
    made.sort_indices()
    return made


def test_mean_and_variance_are_those_of_many_draws():
    matrix = sparse(null_corpus(4, texts=1500, concepts=30))
    label = np.zeros(1500)
    exact, drawn = moments(matrix, label), randomise(matrix, label, 300, 1)
    usual = np.triu(exact.mean > 1, 1)
    off = (drawn.mean - exact.mean)[usual] / np.sqrt(exact.variance[usual])
    assert abs(off.mean()) < 0.02
    assert off.std() < 0.12  # one over the root of the draws is 0.06; draws are a little alike
    assert 0.95 < drawn.variance[usual].sum() / exact.variance[usual].sum() < 1.05


def test_strata_add_up():
    matrix = sparse(null_corpus(5, texts=600, concepts=20))
    label = np.repeat([0, 1, 2], 200)
    whole = moments(matrix, label)
    parts = [moments(matrix[label == one], np.zeros(200)) for one in range(3)]
    assert np.allclose(whole.mean, sum(part.mean for part in parts))
    assert np.allclose(whole.variance, sum(part.variance for part in parts))


def test_texts_of_one_length_and_equal_concepts_share_all_pairs_alike():
    pairs = list(itertools.combinations(range(5), 2))
    matrix = np.zeros((len(pairs), 5), dtype=np.int32)
    for row, names in enumerate(pairs):
        matrix[row, list(names)] = 1
    exact = moments(sparse(matrix), np.zeros(len(pairs)))
    assert exact.mean[np.triu_indices(5, 1)] == pytest.approx(1.0)


def test_the_mean_is_nearly_that_of_all_possible_corpora():
    """Three lengths, all 4 x 4 matrices with the margins counted: the closed form is near."""
    matrix = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 1, 1], [1, 0, 0, 0], [0, 0, 1, 1]])
    choices = [list(itertools.combinations(range(4), int(row.sum()))) for row in matrix]
    total, number = np.zeros((4, 4)), 0
    for rows in itertools.product(*choices):
        other = np.zeros_like(matrix)
        for place, row in enumerate(rows):
            other[place, list(row)] = 1
        if (other.sum(axis=0) == matrix.sum(axis=0)).all():
            total, number = total + other.T @ other, number + 1
    above = np.triu_indices(4, 1)
    exact = moments(sparse(matrix), np.zeros(len(matrix)))
    assert exact.mean[above] == pytest.approx((total / number)[above], abs=0.1)


def test_a_concept_in_every_text_and_a_text_of_every_concept_are_certain():
    matrix = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 0], [1, 0, 0]])
    exact = moments(sparse(matrix), np.zeros(4))
    assert exact.mean[0, 1] == pytest.approx(2)
    assert exact.mean[0, 2] == pytest.approx(2)
    assert exact.variance[0, 1] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (3, 1)])
def test_corpora_of_next_to_nothing_are_expected_too(shape):
    exact = moments(sparse(np.ones(shape)), np.zeros(shape[0]))
    assert np.isfinite(exact.mean).all()


def test_the_rank_one_form_gives_the_pairs_that_there_are():
    matrix = null_corpus(7, texts=500, concepts=15)
    expected = rank_one(sparse(matrix), np.zeros(500))
    length = matrix.sum(axis=1)
    above = np.triu_indices(15, 1)
    assert expected[above].sum() == pytest.approx((length * (length - 1) / 2).sum())
    named = matrix.sum(axis=0)
    assert expected[0, 1] / expected[0, 2] == pytest.approx(named[1] / named[2])


# Each text keeping how many concepts of each block it names.


def blockwise(matrix, block, draws):
    """Meetings where the concepts of each block are traded by themselves, two texts at a time."""
    generator = np.random.default_rng(1)
    blocks = [np.flatnonzero(block == one) for one in np.unique(block)]
    texts = [[set(c[matrix[row, c] == 1]) for row in range(len(matrix))] for c in blocks]
    for draw in range(draws):
        for sets in texts:
            for one, other in generator.integers(
                len(matrix), size=((5, 40)[draw == 0] * len(matrix), 2)
            ):
                trade(sets, one, other, generator)
        result = np.zeros_like(matrix)
        for sets in texts:
            for row, names in enumerate(sets):
                result[row, list(names)] = 1
        yield result.T @ result


def trade(sets, one, other, generator):
    pool = np.array(sorted(sets[one] ^ sets[other]), dtype=int)
    shared = sets[one] & sets[other]
    if one != other and len(pool):
        generator.shuffle(pool)
        kept = len(sets[one]) - len(shared)
        sets[one], sets[other] = shared | set(pool[:kept]), shared | set(pool[kept:])


def test_with_blocks_mean_and_variance_are_those_of_draws_block_by_block():
    matrix = null_corpus(8, texts=150, concepts=14, mean=3)
    block = np.arange(14) % 3
    exact = moments(sparse(matrix), np.zeros(150), block)
    counts = np.array(list(blockwise(matrix, block, 150)))
    usual = np.triu(exact.mean > 1, 1)
    off = (counts.mean(axis=0) - exact.mean)[usual] / np.sqrt(exact.variance[usual])
    assert abs(off.mean()) < 0.05
    assert off.std() < 0.15  # one over the root of the draws is 0.08; draws are a little alike
    assert 0.9 < counts.var(axis=0)[usual].sum() / exact.variance[usual].sum() < 1.1


def test_one_block_is_no_block():
    matrix = sparse(null_corpus(9, texts=200, concepts=12))
    plain, one = moments(matrix, np.zeros(200)), moments(matrix, np.zeros(200), np.full(12, 4))
    assert (plain.mean == one.mean).all()
    assert (plain.variance == one.variance).all()


def test_a_block_that_no_text_names_does_no_harm():
    matrix = null_corpus(9, texts=100, concepts=12)
    matrix[:, 8:] = 0
    exact = moments(sparse(matrix), np.zeros(100), np.arange(12) // 8)
    assert (exact.mean[8:] == 0).all()
    assert exact.mean[0, 1] > 0
