"""What chance alone would do to every pair of concepts in a corpus, and how well that is known."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.gaps.expected import Moments, by_stratum, moments
from pipeline.gaps.incidence import NO_DOCUMENT, NO_YEAR, Flags, Incidence, Places
from pipeline.gaps.null import Draws, randomise, together
from pipeline.gaps.significance import Chance
from pipeline.taxonomy.concepts import FACETS

Reals = NDArray[np.float64]
Counts = NDArray[np.int64]

CLOSED_FORM, DRAWN = "closed form", "draws"
"""Where the mean and the variance of a pair by chance come from."""
DRAWS = 200
"""Random corpora drawn where the study does not say."""
FEWEST_DRAWS, MOST_CODES = 20, 100_000
"""Fewer are drawn of a corpus of more codes than this; and where draws are only to confirm the
closed form, they are of a sample of texts with about so many codes."""
FEWEST_TEXTS = 100
"""Texts in a stratum, on average, from which the closed form is within a percent of the draws."""
AGREEMENT = 0.1
"""How far the variance of the draws and of the closed form may be apart, over all pairs."""


@dataclass(frozen=True)
class Null:
    """Chance for every two of K concepts: arrays are K by K.

    `named_together` is how often they really meet. `facts` is for the manifest: in how many
    strata the texts were randomised, how often, and how closed form and draws agree.
    """

    named_together: Counts
    chance: Chance
    draws: Draws | None
    facts: dict[str, Any]


def null_of(texts: Incidence, year_window: int, draws: int, seed: Any) -> Null:
    """Ask the closed form and let draws confirm it; where they do not, take theirs.

    Draws are few and their moments uncertain, but they hold for strata of any size; the closed
    form is exact for many texts. A large corpus confirms it by a sample of its texts. `draws` is
    how many to make of the whole corpus, 0 for as many as suit it.
    """
    label = strata(texts, year_window)
    sizes = np.unique(label[np.diff(texts.matrix.indptr) > 0], return_counts=True)[1]
    facts: dict[str, Any] = {"strata": len(sizes)}
    drawn = None
    if len(sizes) == 1 or (len(sizes) > 1 and sizes.mean() >= FEWEST_TEXTS):
        chosen = np.ones(len(texts), bool) if draws else _sample(texts, seed)
        part, part_label = texts.matrix[chosen], label[chosen]
        sampled = randomise(part, part_label, draws or DRAWS, seed)
        exact = moments(part, part_label)
        difference, ratio = _agreement(sampled, exact)
        facts |= {
            "draws": sampled.number,
            "of texts": int(chosen.sum()),
            "mean of draws less closed form, in standard deviations": difference,
            "variance of draws over closed form": ratio,
        }
        drawn = sampled if chosen.all() else None
        if ratio is None or abs(ratio - 1) <= AGREEMENT:
            exact = exact if chosen.all() else moments(texts.matrix, label)
            return _closed(texts, label, exact, drawn, facts)
    if drawn is None:
        drawn = randomise(texts.matrix, label, draws or draws_for(texts), seed)
    observed = together(texts.matrix)
    chance = _of_draws(drawn, observed, least_possible(texts, label))
    facts |= {"draws": drawn.number, "of texts": len(texts), "moments": DRAWN}
    return Null(observed, chance, drawn, facts)


def _sample(texts: Incidence, seed: Any) -> Flags:
    """Texts that together have about as many codes as are drawn anew many times; all if few."""
    share = MOST_CODES / max(texts.matrix.nnz, 1)
    if share >= 1:
        return np.ones(len(texts), dtype=bool)
    flags: Flags = np.random.default_rng(seed).random(len(texts)) < share
    return flags


def closed_null(texts: Incidence, year_window: int, by_facet: bool = False) -> Null:
    """What the closed form says, without a draw to confirm it.

    Where asked, each text keeps how many concepts of each facet it names. Then a text that has
    nothing to do with implementation is not held against one that has.
    """
    label = strata(texts, year_window)
    facet = np.array([FACETS.index(concept.facet) for concept in texts.concepts])
    exact = moments(texts.matrix, label, facet if by_facet else None)
    return _closed(texts, label, exact, None, {})


def _closed(
    texts: Incidence, label: Places, exact: Moments, draws: Draws | None, facts: dict[str, Any]
) -> Null:
    chance = Chance(least_possible(texts, label), exact.mean, exact.variance)
    return Null(together(texts.matrix), chance, draws, facts | {"moments": CLOSED_FORM})


def strata(texts: Incidence, year_window: int) -> Places:
    """The label within which texts are randomised: a document, a window of years, or one for all.

    A document of one passage is a text like any other; texts without a year are among themselves.
    """
    _, document, passages = np.unique(texts.document, return_inverse=True, return_counts=True)
    alone = (texts.document == NO_DOCUMENT) | (passages[document] == 1)
    label = np.where(alone, -1, document)
    if year_window:
        window = np.where(texts.year == NO_YEAR, NO_YEAR, texts.year // year_window)
        _, label = np.unique(np.stack([label, window]), axis=1, return_inverse=True)
    return label.astype(np.int32)


def draws_for(texts: Incidence) -> int:
    """How many random corpora to draw of all texts where the study does not say."""
    affordable = DRAWS * MOST_CODES // max(int(texts.matrix.nnz), 1)
    return min(max(affordable, FEWEST_DRAWS), DRAWS)


def least_possible(texts: Incidence, label: Places) -> Reals:
    """The fewest texts that can name both, K by K: two concepts that fill a stratum must meet."""
    concepts = len(texts.concepts)
    least = np.zeros((concepts, concepts))
    coded = np.diff(texts.matrix.indptr) > 0
    for part in by_stratum(texts.matrix[coded], label[coded]):
        named = np.bincount(part.indices, minlength=concepts)
        least += np.maximum(named[:, None] + named[None, :] - part.shape[0], 0)
    return least


def _agreement(drawn: Draws, exact: Moments) -> tuple[float | None, float | None]:
    """Mean difference of the means, in standard deviations, and ratio of the variances.

    Over pairs expected in at least one text; nothing where there is none.
    """
    usual = np.triu((exact.mean >= 1) & (exact.variance > 0), 1)
    if not usual.any():
        return None, None
    difference = (drawn.mean - exact.mean)[usual] / np.sqrt(exact.variance[usual])
    ratio = drawn.variance[usual].sum() / exact.variance[usual].sum()
    return round(float(difference.mean()), 4), round(float(ratio), 4)


def _of_draws(drawn: Draws, observed: Counts, floor: Reals) -> Chance:
    """Moments over the draws and the real corpus, which under the null is one draw more.

    So a pair that no draw brought together but the real corpus did is not taken for impossible.
    """
    number = drawn.number
    off = observed - drawn.mean
    mean = drawn.mean + off / (number + 1)
    variance = ((number - 1) * drawn.variance + off**2 * number / (number + 1)) / number
    return Chance(floor, mean, variance, draws=number)
