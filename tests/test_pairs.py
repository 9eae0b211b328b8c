"""Pairs of rows: in ranges, and of the same number."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pipeline.pairs import in_ranges, of_same

numbers = st.lists(st.integers(0, 6), max_size=12)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), max_size=8))
def test_each_row_comes_with_each_number_of_its_range(ranges):
    low = np.array([start for start, _ in ranges], dtype=np.int64)
    row, number = in_ranges(low, low + np.array([size for _, size in ranges], dtype=np.int64))
    assert list(zip(row.tolist(), number.tolist(), strict=True)) == [
        (row, start + nth) for row, (start, size) in enumerate(ranges) for nth in range(size)
    ]


@given(numbers, numbers.map(sorted))
def test_each_entry_comes_with_those_of_the_same_number(one, other):
    found = of_same(np.array(one, dtype=np.int64), np.array(other, dtype=np.int64))
    assert list(zip(*(column.tolist() for column in found), strict=True)) == [
        (a, b) for a, x in enumerate(one) for b, y in enumerate(other) if x == y
    ]
