"""How well coders agree, code by code.

Kappa sinks where a code is rare or common, however well coders agree (Feinstein and Cicchetti
1990); so prevalence and bias are told beside it (Byrt, Bishop and Carlin 1993,
doi:10.1016/0895-4356(93)90018-V), and Gwet's AC1, which does not sink. Cohen's kappa is
scikit-learn's, Krippendorff's alpha the package `krippendorff`'s. Texts are resampled for the
intervals, all coders of a text together.
"""

from collections.abc import Sequence
from itertools import combinations
from math import nan
from typing import Any

import krippendorff
import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.metrics import cohen_kappa_score

from pipeline.validate.codings import Codings
from pipeline.validate.intervals import least_share
from pipeline.validate.scheme import WHOSE, Array, Scheme, orientation, relationship

RESAMPLES = 2_000
NOT_CODED = -1

Ratings = NDArray[np.int_]
"""Coders x texts: the category that each coder gave, from 0, or `NOT_CODED`."""


def agreement(codings: Codings, scheme: Scheme, seed: int) -> list[dict[str, Any]]:
    """Rows of the table `agreement`: each code, the orientation, the relationship, and families.

    A family's row has the F1 of all its codes together, one coder against another (2 x both over
    the sum of what each coded), and no other figure.
    """
    values = codings.values
    rows = [
        _row(name, code.family, _ratings(values[:, :, at]), seed)
        for at, (name, code) in enumerate(zip(scheme.names, scheme.codes, strict=True))
    ]
    rows += [
        _row(name, name, _categories(of(values, scheme)), seed, categories=4)
        for name, of in (("orientation", orientation), (WHOSE, relationship))
    ]
    for family in ("strategy", "relational", "role"):
        codes = values[:, :, scheme.places(scheme.family(family))]
        rows.append(_family_row(family, codes, seed))
    return rows


def gwet_ac1(ratings: Ratings, categories: int) -> float:
    """Gwet's first-order agreement coefficient.

    Agreement beyond chance, (pa - pe) / (1 - pe), where pa is the share of pairs of ratings of a
    text that agree, averaged over the texts with two ratings or more, and
    pe = sum_k p_k (1 - p_k) / (q - 1), p_k the mean share of category k in the ratings of a text
    and q the number of categories. From -1 to 1; not defined for one category. Missing ratings
    and any number of coders are allowed.

    Gwet KL (2008). Computing inter-rater reliability and its variance in the presence of high
    agreement. British Journal of Mathematical and Statistical Psychology 61:29-48.
    doi:10.1348/000711006X126600
    """
    counts = _counts(ratings, categories)
    return float(_ac1(counts, np.ones((1, len(counts))))[0])


def cohen_kappa(ratings: Ratings) -> float:
    """Cohen's kappa, its mean over pairs of coders where there are more than two (Light 1971)."""
    found = []
    for first, second in combinations(ratings, 2):
        both = (first != NOT_CODED) & (second != NOT_CODED)
        if len({*first[both], *second[both]}) > 1:
            found.append(cohen_kappa_score(first[both], second[both]))
    return float(np.mean(found)) if found else nan


def krippendorff_alpha(ratings: Ratings, categories: int) -> float:
    """Krippendorff's alpha for nominal codes; not a number where one category was used."""
    counts = _counts(ratings, categories)
    counts = counts[counts.sum(axis=1) > 1]
    if (counts.sum(axis=0) > 0).sum() < 2:
        return nan
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))


def _row(
    name: str, family: str, ratings: Ratings, seed: int, categories: int = 2
) -> dict[str, Any]:
    """The row of one code or one set of categories."""
    ratings = ratings[:, (ratings != NOT_CODED).sum(axis=0) > 1]
    row: dict[str, Any] = {"code": name, "family": family, "n": ratings.shape[1]}
    if not ratings.size:
        return row
    pairs = [(a != b)[(a != NOT_CODED) & (b != NOT_CODED)] for a, b in combinations(ratings, 2)]
    differ = np.concatenate(pairs)
    wilson = binomtest(int((~differ).sum()), len(differ)).proportion_ci(method="wilson")
    row |= {"agreed": float((~differ).mean()), "agreed_low": wilson.low, "agreed_high": wilson.high}
    binary = categories == 2
    if binary:
        means = [coder[coder != NOT_CODED].mean() for coder in ratings if (coder >= 0).any()]
        for name, value in (("both_present", 1), ("both_absent", 0)):
            same = [((a == value) & (b == value)).sum() for a, b in combinations(ratings, 2)]
            row[name] = int(sum(same))
        row["prevalence"] = float(ratings[ratings != NOT_CODED].mean())
        row["bias"] = float(max(means) - min(means))
    row |= {
        "kappa": cohen_kappa(ratings),
        "ac1": gwet_ac1(ratings, categories),
        "alpha": krippendorff_alpha(ratings, categories),
    }
    if binary:
        row["f1"] = float(_f1(ratings, np.ones((1, ratings.shape[1])))[0])
    if differ.any():
        for figure, resampled in _resampled(ratings, categories, seed).items():
            row |= _interval(figure, resampled) if figure in row else {}
    else:
        row |= _without_a_difference(ratings, categories)
    return {key: None if isinstance(v, float) and np.isnan(v) else v for key, v in row.items()}


def _without_a_difference(ratings: Ratings, categories: int) -> dict[str, float]:
    """Intervals where no text was coded apart: resampling could never show one.

    The lower end is what a coefficient would be if the share agreed were at the lower end of its
    own interval (Wilson 1927) and chance as it is.
    """
    apart = 1 - least_share(ratings.shape[1])
    shares = np.array([(ratings == k).sum() for k in range(categories)]) / (ratings >= 0).sum()
    chance = {"kappa": (shares**2).sum(), "alpha": (shares**2).sum()}
    chance["ac1"] = (shares * (1 - shares)).sum() / (categories - 1)
    low = {name: max(1 - apart / (1 - by), -1.0) for name, by in chance.items() if by < 1}
    if categories == 2 and shares[1]:
        low["f1"] = least_share((ratings == 1).any(axis=0).sum())
    return {f"{name}_low": float(end) for name, end in low.items()} | {
        f"{name}_high": 1.0 for name in low
    }


def _interval(figure: str, resampled: Array) -> dict[str, float]:
    if np.isnan(resampled).all():
        return {}
    low, high = np.nanquantile(resampled, (0.025, 0.975))
    return {f"{figure}_low": float(low), f"{figure}_high": float(high)}


def _resampled(ratings: Ratings, categories: int, seed: int) -> dict[str, Array]:
    """Each coefficient in samples of as many texts, drawn anew from the texts.

    Texts that were coded alike are alike: what is drawn is how many there are of each pattern.
    The formulas are those of the libraries, for many samples at once.
    """
    patterns, times = _patterns(ratings)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(times.sum(), times / times.sum(), size=RESAMPLES).astype(float)
    counts = _counts(patterns, categories)
    return {
        "kappa": _kappa(patterns, weights, categories),
        "ac1": _ac1(counts, weights),
        "alpha": _alpha(counts, weights),
        "f1": _f1(patterns, weights),
    }


def _patterns(ratings: Ratings) -> tuple[Ratings, Array]:
    """The different ways in which texts were coded, and how many texts were coded so."""
    patterns, times = np.unique(ratings, axis=1, return_counts=True)
    return patterns, times.astype(float)


def _counts(ratings: Ratings, categories: int) -> Array:
    """Texts x categories: how many coders gave each."""
    return np.stack([(ratings == k).sum(axis=0) for k in range(categories)], axis=1).astype(float)


def _over(above: Array, below: Array) -> Array:
    return np.where(below != 0, above / np.where(below != 0, below, 1), nan)


def _ac1(counts: Array, weights: Array) -> Array:
    coders = counts.sum(axis=1)
    several, some = coders > 1, coders > 0
    alike = (counts * (counts - 1)).sum(axis=1) / np.maximum(coders * (coders - 1), 1)
    observed = _over(weights[:, several] @ alike[several], weights[:, several].sum(axis=1))
    shares = counts[some] / coders[some, None]
    mean = (weights[:, some] @ shares) / weights[:, some].sum(axis=1, keepdims=True)
    chance = (mean * (1 - mean)).sum(axis=1) / (counts.shape[1] - 1)
    return _over(observed - chance, 1 - chance)


def _alpha(counts: Array, weights: Array) -> Array:
    pairable = counts.sum(axis=1) > 1
    counts, weights = counts[pairable], weights[:, pairable]
    coders = counts.sum(axis=1)
    apart = (coders**2 - (counts**2).sum(axis=1)) / (coders - 1)
    totals = weights @ counts
    n = totals.sum(axis=1)
    return 1 - _over((n - 1) * (weights @ apart), n**2 - (totals**2).sum(axis=1))


def _kappa(patterns: Ratings, weights: Array, categories: int) -> Array:
    found = []
    for first, second in combinations(patterns, 2):
        both = (first != NOT_CODED) & (second != NOT_CODED)
        w = weights[:, both]
        n = np.maximum(w.sum(axis=1), 1)
        same = w @ (first[both] == second[both]) / n
        shares = [
            np.stack([w @ (coder[both] == k) / n for k in range(categories)], axis=1)
            for coder in (first, second)
        ]
        chance = (shares[0] * shares[1]).sum(axis=1)
        found.append(_over(same - chance, 1 - chance))
    return _mean(found)


def _f1(patterns: Ratings, weights: Array) -> Array:
    """F1 of one coder against another, for category 1; mean over pairs."""
    found = []
    for first, second in combinations(patterns, 2):
        both = (first != NOT_CODED) & (second != NOT_CODED)
        a, b = first[both] == 1, second[both] == 1
        w = weights[:, both]
        found.append(_over(2 * (w @ (a & b)), w @ a + w @ b))
    return _mean(found)


def _mean(found: Sequence[Array]) -> Array:
    """Mean over pairs of coders for which the figure is defined."""
    stacked = np.stack(found)
    defined = ~np.isnan(stacked)
    total = np.where(defined, stacked, 0).sum(axis=0)
    return _over(total, defined.sum(axis=0).astype(float))


def _family_row(family: str, codes: Array, seed: int) -> dict[str, Any]:
    """F1 of all the codes of a family together."""
    coded = ~np.isnan(codes)
    texts = (coded.any(axis=2).sum(axis=0)) > 1
    row: dict[str, Any] = {"code": f"{family} (all)", "family": family, "n": int(texts.sum())}
    codes, coded = codes[:, texts], coded[:, texts]
    if not codes.size:
        return row
    n = codes.shape[1]
    weights = np.vstack(
        [np.ones(n), np.random.default_rng(seed).multinomial(n, [1 / n] * n, size=RESAMPLES)]
    )
    found = []
    for a, b in combinations(range(len(codes)), 2):
        both = coded[a] & coded[b]
        first, second = ((codes[c] == 1) & both for c in (a, b))
        hits, given = (first & second).sum(axis=1), first.sum(axis=1) + second.sum(axis=1)
        found.append(_over(2 * (weights @ hits), weights @ given))
    values = _mean(found)
    if not np.isnan(values[0]):
        row |= {"f1": float(values[0])} | _interval("f1", values[1:])
        if row["f1"] == 1:
            row["f1_low"] = least_share((codes == 1).any(axis=(0, 2)).sum())
    return row


def _ratings(values: Array) -> Ratings:
    return np.where(np.isnan(values), NOT_CODED, np.nan_to_num(values)).astype(int)


def _categories(indicators: Array) -> Ratings:
    """Coders x texts from coders x texts x categories of which one is 1; nan is not coded."""
    known = ~np.isnan(indicators).any(axis=-1)
    return np.where(known, np.nan_to_num(indicators).argmax(axis=-1), NOT_CODED)


def disagreements(codings: Codings, scheme: Scheme) -> list[tuple[str, str, list[float]]]:
    """(record, code, what each coder said) where coders differ and nobody has settled it yet."""
    settled = codings.settled()
    one, zero = (settled == 1).any(axis=0), (settled == 0).any(axis=0)
    return [
        (codings.ids[row], scheme.names[column], list(codings.values[:, row, column]))
        for row, column in np.argwhere(one & zero)
    ]
