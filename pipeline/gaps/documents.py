"""How much documents differ in what their passages say, from everything that they say."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipeline.gaps.arithmetic import ratio
from pipeline.gaps.incidence import Incidence
from pipeline.gaps.intervals import UNKNOWN, Shares, independent, tally_documents

USUAL = 0.5
"""About how much documents differ: it says how well a concept tells it, not what it is."""


def spread_of(texts: Incidence) -> float:
    """The variance of the log odds between documents, over all concepts and relationships."""
    return 0.0 if texts.cluster is None else spread_told(named(texts, texts.related))


def spread_told(shares: Shares) -> float:
    """The spread between documents that tells of several shares.

    In the rate at which they name a concept documents differ by about the same factor, whether it
    is named often or seldom: a design effect less 1 grows as the size of documents and as p(1 - p)
    of the share p. So each concept measures the same thing, the better the more the size of
    documents brings it out. Nothing is known of it where there is one document, or no concept is
    named in a part of the passages.
    """
    share = ratio(shares.yes, shares.n, 0.0)
    brought_out = (ratio(shares.n, shares.documents, 1.0) - 1) * share * (1 - share)
    told = brought_out**2 * shares.freedom / (1 + USUAL * brought_out) ** 2
    if not told.sum() > 0:
        return UNKNOWN
    spread = ratio(shares.measured - 1, brought_out, 0.0)
    return max(float((told * spread).sum() / told.sum()), 0.0)


def named(texts: Incidence, *also: NDArray[np.bool_], spread: float = UNKNOWN) -> Shares:
    """For each concept the share of all texts that name it; then those of further flags."""
    columns = len(texts.concepts) + len(also)
    if texts.cluster is None:
        count = np.bincount(texts.matrix.indices, minlength=len(texts.concepts))
        said = np.concatenate([count, [flags.sum() for flags in also]]).astype(np.int64)
        return independent(np.full(columns, len(texts)), said)
    _, document, size = np.unique(texts.cluster, return_inverse=True, return_counts=True)
    of_document = csr_array(
        (np.ones(len(texts), np.int64), (document, np.arange(len(texts)))),
        shape=(len(size), len(texts)),
    )
    flagged = [of_document @ flags.astype(np.int64)[:, None] for flags in also]
    by_document: Any = np.hstack([(of_document @ texts.matrix).toarray(), *flagged])
    cell = np.tile(np.arange(columns), len(size))
    return tally_documents(cell, np.repeat(size, columns), by_document.ravel(), columns, spread)
