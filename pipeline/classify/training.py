"""Learning from coders: a model for each target, measured on texts that it has not seen.

Two loops of cross-validation, one inside the other, with passages of one document kept together.
The inner loop chooses how much the words count beside the cues, how strongly weights are held to
zero, how scores become probabilities (Platt 1999) and from which probability a target is present.
The outer loop measures what comes of it on texts that took no part in any of these choices. A
target's model is used only where its F1 there is above that of the cues by more than noise: where
the 95% interval of the difference, texts (or documents) drawn anew, lies above zero. With so many
targets one in forty would pass by chance alone, so what is used is told beside how it was measured.

Texts chosen for training (`rapport sheet --active`) take part in learning and in no figure.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, csr_matrix
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import StratifiedGroupKFold

from pipeline.classify.coder import Reading, orientation
from pipeline.classify.decisions import Said, Sheet, targets
from pipeline.classify.features import Table, features
from pipeline.classify.model import Array, Model
from pipeline.taxonomy.concepts import ACTIVE_ROLES, Concept, Taxonomy

FOLDS = 5
FEWEST = 10
"""Texts with a target, and texts without it, from which it can be learned."""

FEWEST_TEXTS = 3
"""Texts that a feature must stand in."""

WORDS_COUNT = (0.0, 0.5, 1.0)
"""How much words may count beside cues."""

STRENGTHS = (0.1, 0.3, 1.0)
"""Inverse strengths of the pull of all weights to zero."""

OWN = 10.0
"""How much more what the cues say of the target itself counts: it is hardly held to zero."""

RESAMPLES = 2_000

Labels = NDArray[np.float64]
"""1, 0, or nan where coders did not code it or did not agree."""

Flags = NDArray[np.bool_]
Order = NDArray[np.intp]


@dataclass(frozen=True)
class Coded:
    """The coded texts of a study.

    Parameters
    ----------
    groups : the document of each text, or its own identifier: these are kept together.
    measured : which texts figures rest on: those that were not chosen for training.
    labels : texts x `targets`.
    """

    records: tuple[str, ...]
    groups: tuple[str, ...]
    measured: Flags
    titles: tuple[str, ...]
    abstracts: tuple[str, ...]
    readings: tuple[Reading, ...]
    labels: Labels


class Choice(NamedTuple):
    """What the inner loop chose."""

    words: float
    strength: float
    slope: float
    shift: float
    threshold: float


class Unseen(NamedTuple):
    """What models that had not seen a text say of it: probability, and 1, 0 or -1 for nothing."""

    probability: Array
    present: NDArray[np.int8]


class Line(NamedTuple):
    """A weighted sum of features."""

    weights: Array
    constant: float


@dataclass(frozen=True)
class Task:
    """The texts in which one target is known: features, truth, and the cues' own verdict.

    `cues_from` and `own` are places among the features: where those of cues begin, and what the
    cues say of the target (-1 where they never say it).
    """

    matrix: csr_array
    cues_from: int
    own: int
    truth: NDArray[np.int_]
    cues: NDArray[np.int_]
    groups: Order


def learn(
    coded: Coded, taxonomy: Taxonomy, meaning: str, seed: int
) -> tuple[Model, dict[str, dict[str, Any]]]:
    """A model of what was coded, and for each target how it was measured and whether it is used.

    Returns
    -------
    The model, which decides only the targets it is used for, and a row of figures by target:
    `texts` and `present` (how many were coded, and how many of them have it), `f1_cues`,
    `f1_model`, their `difference` with its interval, `brier` (mean square of the error of the
    probability), `used`, and `f1`, which is that of the codes as they then are. The row
    `orientation`, which is derived, has kappa in the place of F1.
    """
    concepts = taxonomy.by_id()
    names = targets(taxonomy)
    by_cues = list(map(Sheet(concepts).by_cues, coded.readings))
    table = features(coded.titles, coded.abstracts, coded.readings, concepts)
    groups = np.unique(np.array(coded.groups), return_inverse=True)[1]
    figures: dict[str, dict[str, Any]] = {}
    lines: dict[str, tuple[Line, float]] = {}
    unseen: dict[str, Unseen] = {}
    for column, target in enumerate(names):
        known = np.flatnonzero(~np.isnan(coded.labels[:, column]))
        task = _task(table, target, known, coded.labels[known, column], by_cues, groups)
        told = _cross_validated(task, seed) if _enough(task, coded.measured[known]) else None
        figures[target] = _compared(task, told, coded.measured[known], seed)
        if told and figures[target]["used"]:
            lines[target] = _final(task, seed)
            unseen[target] = _spread(told, known, len(coded.records))
    _tell_codes(figures, coded, names, unseen, concepts)
    return _model(coded, taxonomy, meaning, table, lines, unseen), figures


def _task(
    table: Table,
    target: str,
    known: Order,
    labels: Labels,
    by_cues: Sequence[set[str]],
    groups: Order,
) -> Task:
    own = f"cues say {target}"
    return Task(
        csr_array(table.matrix[known]),
        table.cues_from,
        table.names.index(own) if own in table.names else -1,
        labels.astype(int),
        np.array([target in by_cues[text] for text in known], dtype=int),
        groups[known],
    )


def _enough(task: Task, measured: Flags) -> bool:
    """Whether texts, and documents, enough are measured that have the target, and that have not."""
    return all(
        (task.truth[measured] == value).sum() >= FEWEST
        and len(np.unique(task.groups[measured & (task.truth == value)])) >= FOLDS
        for value in (0, 1)
    )


def _folds(task: Task, rows: Order, seed: int) -> list[tuple[Order, Order]]:
    """Some of the texts parted in two, `FOLDS` times over: to learn from, and to be asked about."""
    shuffled = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    parts = shuffled.split(rows, task.truth[rows], task.groups[rows])
    return [(rows[learnt], rows[asked]) for learnt, asked in parts]


def _cross_validated(task: Task, seed: int) -> Unseen:
    """The outer loop: each text as told by a model that has learned from the others alone."""
    probability = np.zeros(len(task.truth))
    present = np.zeros(len(task.truth), dtype=np.int8)
    for learnt, asked in _folds(task, np.arange(len(task.truth)), seed):
        choice = _chosen(task, learnt, seed)
        line = _fitted(task, learnt, choice.words, choice.strength)
        odds = choice.slope * _score(task, asked, line) + choice.shift
        probability[asked] = expit(odds)
        present[asked] = probability[asked] >= choice.threshold
    return Unseen(probability, present)


def _chosen(task: Task, rows: Order, seed: int) -> Choice:
    """The inner loop: what foretells best, among texts to learn from, those that were left out."""
    truth = task.truth[rows]
    place = np.full(len(task.truth), -1)
    place[rows] = np.arange(len(rows))
    folds = [(place[learnt], place[asked]) for learnt, asked in _folds(task, rows, seed)]
    best, least = None, np.inf
    for words in WORDS_COUNT:
        turned = _turned(csr_array(task.matrix[rows] * _scale(task, rows, words)))
        for strength in STRENGTHS:
            scores = np.zeros(len(rows))
            for learnt, asked in folds:
                fitted = _regression(strength).fit(turned[learnt], truth[learnt])
                scores[asked] = fitted.decision_function(turned[asked])
            slope, shift = _calibrated(scores, truth)
            probability = expit(slope * scores + shift)
            loss = -np.log(np.where(truth == 1, probability, 1 - probability)).mean()
            if loss < least:
                threshold = _threshold(probability, truth)
                best, least = Choice(words, strength, slope, shift, threshold), loss
    assert best is not None
    return best


def _turned(matrix: csr_array) -> Array:
    """The same texts in as many features as there are texts, with the same products.

    A regression with its weights held to zero sees nothing of a text but these products, so that
    it says the same from thousands of features and from these few, only faster.
    """
    values, vectors = np.linalg.eigh((matrix @ matrix.T).toarray())
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0)))


def _final(task: Task, seed: int) -> tuple[Line, float]:
    """The model of all texts, as log odds, and the probability from which a target is present."""
    rows = np.arange(len(task.truth))
    choice = _chosen(task, rows, seed)
    line = _fitted(task, rows, choice.words, choice.strength)
    constant = choice.slope * line.constant + choice.shift
    return Line(choice.slope * line.weights, constant), choice.threshold


def _scale(task: Task, rows: Order, words: float) -> Array:
    """How much each feature may count: nothing where too few of the texts have it.

    Words count the more the fewer texts have them (by the logarithm, as in TF-IDF).
    """
    texts = np.bincount(task.matrix[rows].indices, minlength=task.matrix.shape[1])
    scale = np.where(texts >= FEWEST_TEXTS, 1.0, 0.0)
    scale[: task.cues_from] *= words * np.log(len(rows) / np.maximum(texts[: task.cues_from], 1))
    if task.own >= 0:
        scale[task.own] = OWN
    return scale


def _fitted(task: Task, rows: Order, words: float, strength: float) -> Line:
    """A logistic regression on some of the texts."""
    scale = _scale(task, rows, words)
    used = np.flatnonzero(scale)
    scaled = csr_matrix(task.matrix[rows][:, used] * scale[used])
    fitted = _regression(strength).fit(scaled, task.truth[rows])
    weights = np.zeros(len(scale))
    weights[used] = fitted.coef_[0] * scale[used]
    return Line(weights, float(fitted.intercept_[0]))


def _regression(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, solver="liblinear")


def _score(task: Task, rows: Order, line: Line) -> Array:
    return np.asarray(task.matrix[rows] @ line.weights + line.constant)


def _calibrated(scores: Array, truth: NDArray[np.int_]) -> tuple[float, float]:
    """The log odds of a target as a straight line over its scores (Platt 1999), never falling."""
    fitted = LogisticRegression(C=10.0).fit(scores[:, None], truth)
    return max(float(fitted.coef_[0, 0]), 0.0), float(fitted.intercept_[0])


def _threshold(probability: Array, truth: NDArray[np.int_]) -> float:
    """The probability from which to say present, so that F1 is highest; of equals the middle."""
    tried = np.arange(1, 20) / 20
    f1 = np.array([_f1(truth, probability >= threshold) for threshold in tried])
    best = tried[f1 == f1.max()]
    return float(best[(len(best) - 1) // 2])


def _f1(truth: NDArray[Any], said: NDArray[Any]) -> float:
    below = float(truth.sum() + said.sum())
    return 2 * float((truth * said).sum()) / below if below else 0.0


def _compared(task: Task, told: Unseen | None, measured: Flags, seed: int) -> dict[str, Any]:
    """A target's figures, on texts that are measured."""
    truth, cues, groups = task.truth[measured], task.cues[measured], task.groups[measured]
    figures = {"texts": len(truth), "present": int(truth.sum()), "f1_cues": _f1(truth, cues)}
    if told is None:
        return figures | {"used": False, "why": f"fewer than {FEWEST} texts with it, or without"}
    said = told.present[measured]
    low, high = _interval(truth, cues, said, groups, seed)
    used = low > 0
    return figures | {
        "f1_model": _f1(truth, said),
        "difference": _f1(truth, said) - figures["f1_cues"],
        "low": low,
        "high": high,
        "brier": float(np.mean((told.probability[measured] - truth) ** 2)),
        "used": bool(used),
        "why": "better than the cues" if used else "not better than the cues by more than noise",
    }


def _interval(
    truth: NDArray[np.int_],
    cues: NDArray[np.int_],
    said: NDArray[np.int8],
    groups: Order,
    seed: int,
) -> tuple[float, float]:
    """The 95% interval of the difference of two F1: documents drawn anew, pairs kept together."""
    number = np.unique(groups, return_inverse=True)[1]
    cells = np.stack([truth * cues, truth + cues, truth * said, truth + said], axis=1)
    by_group = np.zeros((number.max(initial=-1) + 1, 4))
    np.add.at(by_group, number, cells)
    share = np.full(len(by_group), 1 / max(len(by_group), 1))
    times = np.random.default_rng(seed).multinomial(len(by_group), share, size=RESAMPLES)
    both_cues, all_cues, both_said, all_said = (times @ by_group).T
    difference = 2 * both_said / np.maximum(all_said, 1) - 2 * both_cues / np.maximum(all_cues, 1)
    low, high = np.quantile(difference, (0.025, 0.975))
    return float(low), float(high)


def _spread(told: Unseen, known: Order, texts: int) -> Unseen:
    """The same for all coded texts; nothing is told of those in which the target is not known."""
    probability, present = np.full(texts, np.nan), np.full(texts, -1, dtype=np.int8)
    probability[known], present[known] = told
    return Unseen(probability, present)


def _tell_codes(
    figures: dict[str, dict[str, Any]],
    coded: Coded,
    names: Sequence[str],
    unseen: Mapping[str, Unseen],
    concepts: Mapping[str, Concept],
) -> None:
    """Add what comes of it all: F1 of the codes once the model has had its say, and orientation."""
    sheet = Sheet(concepts, _stands_for(coded, names, concepts))
    readings = []
    for place, reading in enumerate(coded.readings):
        said = {
            target: Said(bool(told.present[place]), float(told.probability[place]))
            for target, told in unseen.items()
            if told.present[place] >= 0
        }
        readings.append(sheet.adjusted(reading, said)[0] if said else reading)
    for column, target in enumerate(names):
        rows = np.flatnonzero(coded.measured & ~np.isnan(coded.labels[:, column]))
        said_now = np.array([target in sheet.by_cues(readings[row]) for row in rows], dtype=int)
        figures[target]["f1"] = _f1(coded.labels[rows, column], said_now)
    figures["orientation"] = _orientation(coded, names, readings, concepts)


def _orientation(
    coded: Coded,
    names: Sequence[str],
    readings: Sequence[Reading],
    concepts: Mapping[str, Concept],
) -> dict[str, Any]:
    """How well the orientation agrees with that of the coders, before and after."""
    rows = np.flatnonzero(coded.measured & ~np.isnan(coded.labels).any(axis=1))
    strategies = {c.group for c in concepts.values() if c.facet == "strategy"}
    truth = []
    for row in rows:
        has = {name for name, value in zip(names, coded.labels[row], strict=True) if value == 1}
        active = not has.isdisjoint({f"role_{role}" for role in ACTIVE_ROLES})
        truth.append(orientation("rel_implementer" in has and active, has & strategies))
    figures: dict[str, Any] = {"texts": len(rows)}
    for name, read in (("kappa_cues", coded.readings), ("kappa", readings)):
        said = [read[int(row)].orientation for row in rows]
        alike = len({*truth, *said}) < 2
        figures[name] = None if alike else float(cohen_kappa_score(truth, said))
    return figures


def _stands_for(
    coded: Coded, names: Sequence[str], concepts: Mapping[str, Concept]
) -> dict[str, str]:
    """For each group, its concept that the cues find most often in texts that coders gave it."""
    found: dict[str, Counter[str]] = {}
    for concept in concepts.values():
        if concept.group in names and concept.facet in ("strategy", "relationship"):
            found.setdefault(concept.group, Counter())[concept.id] = 0
    for row, reading in enumerate(coded.readings):
        for name in reading.concepts:
            group = concepts[name].group
            if group in found and coded.labels[row, names.index(group)] == 1:
                found[group][name] += 1
    # Of equals the first of the taxonomy.
    return {group: times.most_common(1)[0][0] for group, times in sorted(found.items())}


def _model(
    coded: Coded,
    taxonomy: Taxonomy,
    meaning: str,
    table: Table,
    lines: Mapping[str, tuple[Line, float]],
    unseen: Mapping[str, Unseen],
) -> Model:
    """What was learned, without the features that weigh nothing."""
    shape = (len(table.names), len(lines))
    weights = np.array([line.weights for line, _ in lines.values()]).T.reshape(shape)
    weigh = np.flatnonzero(weights.any(axis=1))
    told = list(unseen.values())
    texts = (len(told), len(coded.records))
    return Model(
        meaning=meaning,
        targets=tuple(lines),
        features=tuple(table.names[place] for place in weigh),
        weights=np.ascontiguousarray(weights[weigh]),
        constants=np.array([line.constant for line, _ in lines.values()]),
        thresholds=np.array([threshold for _, threshold in lines.values()]),
        stands_for=_stands_for(coded, targets(taxonomy), taxonomy.by_id()),
        records=coded.records,
        unseen_probability=np.array([u.probability for u in told]).reshape(texts).T.copy(),
        unseen_present=np.array([u.present for u in told], np.int8).reshape(texts).T.copy(),
    )
