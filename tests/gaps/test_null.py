"""Random texts keep both margins, are all equally likely, and agree with slower ways."""

import itertools
import random
from collections import Counter

import numpy as np
from corpora import null_corpus
from hypothesis import given, settings
from hypothesis import strategies as st
from pipeline.gaps.null import _burn_in, count, pack, randomise, sweep, together, unpack
from scipy.sparse import csr_array


def sparse(matrix):
    made = csr_array(np.asarray(matrix, dtype=np.int32))
    made.sort_indices()
    return made


def dense(bits, concepts):
    return unpack(bits, concepts).toarray()


def same_margins(matrix):
    """All matrices with the row and column sums of a small one."""
    matrix = np.asarray(matrix)
    columns = range(matrix.shape[1])
    choices = [list(itertools.combinations(columns, int(row.sum()))) for row in matrix]
    found = []
    for rows in itertools.product(*choices):
        other = np.zeros_like(matrix)
        for place, row in enumerate(rows):
            other[place, list(row)] = 1
        if (other.sum(axis=0) == matrix.sum(axis=0)).all():
            found.append(other)
    return found


def slow_curveball(matrix, trades, seed):
    """The trade of Strona and colleagues 2014, one pair of texts at a time, as they tell it."""
    draw = random.Random(seed)
    texts = [set(np.flatnonzero(row)) for row in matrix]
    for _ in range(trades):
        one, other = draw.sample(range(len(texts)), 2)
        shared = texts[one] & texts[other]
        pool = sorted(texts[one] ^ texts[other])
        draw.shuffle(pool)
        given_by_one = len(texts[one]) - len(shared)
        texts[one] = shared | set(pool[:given_by_one])
        texts[other] = shared | set(pool[given_by_one:])
    result = np.zeros_like(matrix)
    for row, names in enumerate(texts):
        result[row, list(names)] = 1
    return result


MATRICES = st.integers(1, 5).flatmap(
    lambda strata: st.lists(
        st.tuples(
            st.integers(0, strata - 1),
            st.lists(st.booleans(), min_size=70, max_size=70),
        ),
        min_size=1,
        max_size=30,
    )
)


@given(MATRICES, st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_a_sweep_keeps_how_many_concepts_each_text_and_texts_each_concept_has(rows, seed):
    rows = sorted(rows)
    stratum = np.array([label for label, _ in rows], dtype=np.int32)
    matrix = np.array([names for _, names in rows], dtype=np.int32)
    generator = np.random.Generator(np.random.SFC64(seed))
    after, _ = sweep(pack(sparse(matrix)), stratum, generator)
    mixed = dense(after, matrix.shape[1])
    for label in np.unique(stratum):
        here = stratum == label
        assert (mixed[here].sum(axis=0) == matrix[here].sum(axis=0)).all()
        assert sorted(mixed[here].sum(axis=1)) == sorted(matrix[here].sum(axis=1))


@given(MATRICES)
@settings(max_examples=30, deadline=None)
def test_packing_loses_nothing(rows):
    matrix = np.array([names for _, names in rows], dtype=np.int32)
    bits = pack(sparse(matrix))
    assert (dense(bits, matrix.shape[1]) == matrix).all()
    assert (count(bits, matrix.shape[1]) == matrix.T @ matrix).all()


def test_every_matrix_with_the_same_margins_is_equally_likely():
    matrix = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 1, 1], [1, 0, 0, 0]])
    possible = {other.tobytes() for other in same_margins(matrix)}
    generator = np.random.Generator(np.random.SFC64(5))
    stratum = np.zeros(4, dtype=np.int32)
    bits, times, visits = pack(sparse(matrix)), 3000, Counter()
    order = np.argsort(matrix.sum(axis=1), kind="stable")
    for _ in range(times):
        for _ in range(4):
            bits, _ = sweep(bits, stratum, generator)
        # Texts move about; put them in the order of their lengths, ties in any order.
        drawn = dense(bits, 4)
        by_length = {}
        for row in drawn:
            by_length.setdefault(int(row.sum()), []).append(row)
        placed = np.zeros_like(matrix)
        for place in order:
            rows = by_length[int(matrix[place].sum())]
            placed[place] = rows.pop(generator.integers(len(rows)))
        visits[placed.astype(matrix.dtype).tobytes()] += 1
    assert set(visits) == possible
    expected = times / len(possible)
    chi_square = sum((n - expected) ** 2 / expected for n in visits.values())
    # Draws are a little alike, so the bound is wide; a walk that favours a matrix is far beyond it.
    assert chi_square < 3 * len(possible)


def test_the_draws_have_the_mean_and_spread_of_a_slow_and_obvious_curveball():
    matrix = null_corpus(3, texts=60, concepts=8, mean=2.5)
    drawn = randomise(sparse(matrix), np.zeros(60), 600, 1)
    counts = np.array([c.T @ c for c in (slow_curveball(matrix, 400, seed) for seed in range(300))])
    pairs = np.triu_indices(8, 1)
    mean, spread = counts.mean(axis=0)[pairs], counts.std(axis=0)[pairs]
    # Both are means over some hundreds of draws: four standard errors.
    error = spread * np.sqrt(1 / 300 + 2 / 600)
    assert (np.abs(drawn.mean[pairs] - mean) < 4 * error + 1e-9).all()
    assert 0.9 < (drawn.variance[pairs].sum() / (spread**2).sum()) < 1.1


def test_texts_trade_only_within_their_stratum():
    matrix = np.zeros((40, 6), dtype=np.int32)
    matrix[:20, :3] = np.random.default_rng(1).integers(0, 2, (20, 3))
    matrix[20:, 3:] = np.random.default_rng(2).integers(0, 2, (20, 3))
    drawn = randomise(sparse(matrix), np.repeat([7, 2], 20), 50, 1)
    assert (drawn.mean[:3, 3:] == 0).all()
    assert drawn.variance[:3, :3].sum() > 0


def test_what_cannot_change_does_not():
    full = np.ones((5, 3), dtype=np.int32)
    drawn = randomise(sparse(full), np.zeros(5), 10, 1)
    assert (drawn.mean == 5).all()
    assert (drawn.variance == 0).all()
    assert (drawn.as_few == 10).all()


def test_no_text_and_one_text_are_drawn_too():
    for texts in (0, 1):
        drawn = randomise(sparse(np.ones((texts, 4))), np.zeros(texts), 10, 1)
        assert (drawn.mean == texts).all()


def test_the_same_seed_gives_the_same_draws_and_another_seed_others():
    matrix = sparse(null_corpus(1, texts=300, concepts=20))
    first, again, other = (randomise(matrix, np.zeros(300), 30, seed) for seed in (1, 1, 2))
    assert (first.mean == again.mean).all()
    assert (first.as_few == again.as_few).all()
    assert (first.mean != other.mean).any()


def test_counts_of_draws_as_few_and_as_many_agree_with_the_moments():
    matrix = null_corpus(2, texts=400, concepts=10)
    drawn = randomise(sparse(matrix), np.zeros(400), 200, 1)
    observed = together(sparse(matrix))
    pairs = np.triu_indices(10, 1)
    assert (drawn.as_few + drawn.as_many >= 200)[pairs].all()
    z = (observed - drawn.mean)[pairs] / np.sqrt(drawn.variance[pairs])
    few = drawn.as_few[pairs] / 200
    assert np.corrcoef(z, few)[0, 1] > 0.9


def test_burning_in_makes_a_text_trade_as_often_as_is_asked():
    bits = pack(sparse(null_corpus(1, texts=500, concepts=20)))
    stratum = np.zeros(bits.shape[1], dtype=np.int32)
    _, sweeps = _burn_in(bits, stratum, np.random.Generator(np.random.SFC64(1)))
    assert 5 <= sweeps <= 30
