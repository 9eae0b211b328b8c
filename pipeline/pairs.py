"""Pairs of rows, as two columns of numbers: what stands in a range, and what belongs together."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.integer[Any]]


def in_ranges(low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
    """Each row with each number from its low to before its high."""
    times = high - low
    rows = np.repeat(np.arange(len(times)), times)
    shift = low - (np.cumsum(times) - times)
    return rows, np.arange(len(rows)) + shift[rows]


def of_same(one: Numbers, other: Numbers) -> tuple[Numbers, Numbers]:
    """Each entry of one column with each entry of the other that has the same number.

    Numbers are from 0 up; those of the other column are in ascending order.
    """
    number = int(max(one.max(initial=-1), other.max(initial=-1))) + 1
    times = np.bincount(other, minlength=number)
    ends = np.cumsum(times)
    return in_ranges((ends - times)[one], ends[one])
