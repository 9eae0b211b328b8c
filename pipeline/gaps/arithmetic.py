"""Division that says what it gives where there is nothing to divide by."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]


def ratio(over: Any, under: Any, otherwise: float) -> Reals:
    """`over / under`, and `otherwise` where `under` is not above 0."""
    over, under = np.broadcast_arrays(np.asarray(over, float), np.asarray(under, float))
    result: Reals = np.divide(over, under, out=np.full(under.shape, otherwise), where=under > 0)
    return result


def distinct(values: NDArray[Any], limit: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The distinct values in ascending order, and the place of each value among them.

    As `numpy.unique`, which sorts, of whole numbers from 0 up to a limit worth a table.
    """
    place = np.zeros(limit, dtype=np.int64)
    place[values] = 1
    found = np.flatnonzero(place)
    place[found] = np.arange(len(found))
    return found, place[values]
