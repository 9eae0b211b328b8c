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
