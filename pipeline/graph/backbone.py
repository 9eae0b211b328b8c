"""The ties that carry a network: the disparity filter."""

import numpy as np
from numpy.typing import NDArray


def backbone_p(weights: NDArray[np.int64]) -> NDArray[np.float64]:
    """How likely each tie would hold so large a share of a node's strength by chance.

    The disparity filter of Serrano, Boguna and Vespignani (2009, doi:10.1073/pnas.0808904106):
    a node of k ties that splits its strength at random gives one of them a share of at least s
    with chance (1 - s)^(k - 1). A tie is judged from both ends and the smaller chance counts. A
    node with one tie tells nothing about it (1). The filter finds what to draw; it compares the
    ties of one node with each other and is no test of association.

    Parameters
    ----------
    weights : K by K and symmetric, 0 where there is no tie; the diagonal is left out.

    Returns
    -------
    K by K and symmetric, NaN where there is no tie.
    """
    tied = weights.astype(np.float64)
    np.fill_diagonal(tied, 0)
    strength = tied.sum(axis=1, keepdims=True)
    ties = (tied > 0).sum(axis=1, keepdims=True)
    share = np.divide(tied, strength, out=np.zeros_like(tied), where=strength > 0)
    chance = (1 - share) ** np.maximum(ties - 1, 0)
    return np.where(tied > 0, np.minimum(chance, chance.T), np.nan)
