"""The machine's codes against the coders': precision, recall, F1, confusions, telling errors.

A probability sample draws more from some strata than from others, so each text stands for as many
of the corpus as its stratum has for each text coded; figures are told with these weights (what
holds for the corpus) and without (what holds for the texts as drawn). Where coders differ and have
not settled it, each counts for an equal part. Texts are resampled within strata for the intervals.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np

from pipeline.tables import CORPORA
from pipeline.validate.codings import Codings, Machine, mean_of_coders
from pipeline.validate.scheme import (
    ORIENTATIONS,
    RELATIONSHIPS,
    Array,
    Scheme,
    orientation,
    relationship,
)

RESAMPLES = 2_000
MOST_PER_CODE = 3
"""How often one code may come among the first ten errors of a direction."""


@dataclass(frozen=True)
class Sample:
    """The coded texts of a probability sample: the coders' codes, the machine's, the strata.

    `human` is coders x texts x codes (nan: not coded), `machine` has the same texts in the same
    order, `populations` the texts of the corpus in each stratum.
    """

    human: Array
    machine: Machine
    strata: list[str]
    populations: dict[str, int]

    def weights(self, texts: Sequence[int]) -> Array:
        """How many texts of the corpus each of some texts stands for."""
        coded = Counter(self.strata[text] for text in texts)
        return np.array([self.populations[s] / coded[s] for s in (self.strata[t] for t in texts)])


def sample_of(
    codings: Codings, machine: Machine, drawn: dict[str, str], populations: dict[str, int]
) -> Sample:
    """The texts that coders coded, the machine knows and a stratum was recorded for.

    Parameters
    ----------
    drawn : stratum by record. populations : texts by stratum.
    """
    known = codings.only(set(machine.ids) & drawn.keys())
    rows = [machine.ids.index(record) for record in known.ids]
    return Sample(
        known.settled(), machine.rows(rows), [drawn[record] for record in known.ids], populations
    )


def accuracy(sample: Sample, scheme: Scheme, seed: int) -> list[dict[str, Any]]:
    """Rows of the table `accuracy`, for each corpus and for all, with and without weights."""
    rows = []
    for corpus in (*CORPORA, "all"):
        texts = [i for i, c in enumerate(sample.machine.corpora) if corpus in (c, "all")]
        if not texts:
            continue
        for kind in ("corpus", "sample"):
            once = sample.weights(texts) if kind == "corpus" else np.ones(len(texts))
            again = _resampled([sample.strata[text] for text in texts], seed)
            weights = np.vstack([np.ones(len(texts)), again]) * once
            for row in _figures(sample, texts, weights, scheme):
                rows.append({"corpus": corpus, "weights": kind, **row})
    return rows


def _resampled(strata: Sequence[str], seed: int) -> Array:
    """How often each text is drawn in samples of as many texts from each stratum."""
    rng = np.random.default_rng(seed)
    times = np.zeros((RESAMPLES, len(strata)))
    for stratum in sorted(set(strata)):
        members = [i for i, s in enumerate(strata) if s == stratum]
        share = [1 / len(members)] * len(members)
        times[:, members] = rng.multinomial(len(members), share, size=RESAMPLES)
    return times


def _figures(
    sample: Sample, texts: list[int], weights: Array, scheme: Scheme
) -> list[dict[str, Any]]:
    """The figures of every code and average: the first weights give them, the rest intervals."""
    human, machine = sample.human[:, texts], sample.machine.values[texts]
    said = mean_of_coders(human)
    coded = ~np.isnan(said)
    share = np.nan_to_num(said)
    both = weights @ (share * machine * coded)
    alarm = weights @ ((1 - share) * machine * coded)
    missed = weights @ (share * (1 - machine) * coded)
    neither = weights @ ((1 - share) * (1 - machine) * coded)
    rows = [
        {"code": code.name, "family": code.family, "n": int(coded[:, at].sum())}
        | _binary(*(cell[:, at] for cell in (both, alarm, missed, neither)))
        for at, code in enumerate(scheme.codes)
    ]
    for family in ("strategy", "relational", "role"):
        places = scheme.places(scheme.family(family))
        cells = [cell[:, places] for cell in (both, alarm, missed)]
        n = int(coded[:, places].any(axis=1).sum())
        rows.append(
            {"code": f"{family} (micro)", "family": family, "n": n}
            | _binary(*(cell.sum(axis=1) for cell in cells))
        )
        rows.append({"code": f"{family} (macro)", "family": family, "n": n} | _macro(*cells))
    rows.append(_orientation(human, sample.machine.orientation[texts], weights, scheme))
    return rows


def _over(above: Array, below: Array) -> Array:
    return np.where(below > 0, above / np.where(below > 0, below, 1), nan)


def _binary(
    both: Array, alarm: Array, missed: Array, neither: Array | None = None
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "both": float(both[0]),
        "machine_only": float(alarm[0]),
        "coder_only": float(missed[0]),
    }
    row |= _told("precision", _over(both, both + alarm))
    row |= _told("recall", _over(both, both + missed))
    row |= _told("f1", _over(2 * both, 2 * both + alarm + missed))
    if neither is not None:
        n = both + alarm + missed + neither
        chance = _over(
            (both + alarm) * (both + missed) + (neither + alarm) * (neither + missed), n**2
        )
        row |= _told("kappa", _over(_over(both + neither, n) - chance, 1 - chance))
    return row


def _macro(both: Array, alarm: Array, missed: Array) -> dict[str, Any]:
    """Means over the codes that a coder gave at least once: others have no recall."""
    given = (both + missed)[0] > 0
    row: dict[str, Any] = {
        "both": float(both[0].sum()),
        "machine_only": float(alarm[0].sum()),
        "coder_only": float(missed[0].sum()),
    }
    if not given.any():
        return row
    both, alarm, missed = (cell[:, given] for cell in (both, alarm, missed))
    for figure, above, below in (
        ("precision", both, both + alarm),
        ("recall", both, both + missed),
        ("f1", 2 * both, 2 * both + alarm + missed),
    ):
        # A code that was never found has precision 0 in the mean, as in scikit-learn.
        row |= _told(figure, np.nan_to_num(_over(above, below)).mean(axis=1))
    return row


def _orientation(human: Array, machine: Array, weights: Array, scheme: Scheme) -> dict[str, Any]:
    """Kappa of the orientation, and how many texts have the same (both) or another one."""
    said = mean_of_coders(orientation(human, scheme))
    known = ~np.isnan(said).any(axis=1)
    said, machine, weights = said[known], machine[known], weights[:, known]
    n = np.maximum(weights.sum(axis=1), np.finfo(float).tiny)
    same = weights @ (said * machine).sum(axis=1) / n
    chance = ((weights @ said) * (weights @ machine)).sum(axis=1) / n**2
    row: dict[str, Any] = {
        "code": "orientation",
        "family": "orientation",
        "n": int(known.sum()),
        "both": float(same[0] * n[0]),
        "machine_only": float((1 - same[0]) * n[0]),
        "coder_only": float((1 - same[0]) * n[0]),
    }
    return row | _told("kappa", _over(same - chance, 1 - chance))


def _told(figure: str, values: Array) -> dict[str, float]:
    """A figure with its interval; nothing where it is not defined."""
    if np.isnan(values[0]):
        return {}
    told = {figure: float(values[0])}
    again = values[1:][~np.isnan(values[1:])]
    if len(again):
        low, high = np.quantile(again, (0.025, 0.975))
        told |= {f"{figure}_low": float(low), f"{figure}_high": float(high)}
    return told


def confusions(sample: Sample, scheme: Scheme) -> list[dict[str, Any]]:
    """Rows of the table `confusion`."""
    columns = scheme.names
    machine = sample.machine.values
    rows = []
    for what, names, human, told in (
        (
            "orientation",
            ORIENTATIONS,
            orientation(sample.human, scheme),
            sample.machine.orientation,
        ),
        (
            "relationship",
            RELATIONSHIPS,
            relationship(sample.human, scheme),
            relationship(machine.reshape(-1, len(columns)), scheme),
        ),
    ):
        said = mean_of_coders(human)
        for corpus in (*CORPORA, "all"):
            texts = [
                i
                for i, c in enumerate(sample.machine.corpora)
                if corpus in (c, "all") and not np.isnan(said[i]).any()
            ]
            if not texts:
                continue
            weights = sample.weights(texts)
            rows += [
                {
                    "what": what,
                    "corpus": corpus,
                    "coder": names[a],
                    "machine": names[b],
                    "texts": float(said[texts, a] @ told[texts, b]),
                    "share": float((weights * said[texts, a]) @ told[texts, b] / weights.sum()),
                }
                for a in range(len(names))
                for b in range(len(names))
            ]
    return rows


def errors(
    sample: Sample,
    scheme: Scheme,
    texts: dict[str, dict[str, Any]],
    mentions: dict[str, list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    """Rows of the table `errors`: every difference, the most instructive of a direction first.

    The more instructive is the one on which the coders are sure, and which stands for the more
    texts of the corpus; but one code may come only `MOST_PER_CODE` times, and one text once, before
    every other has had its turn.
    """
    said = mean_of_coders(sample.human)
    ids = sample.machine.ids
    weights = sample.weights(range(len(ids)))
    rows = []
    for direction, machine in (("false alarm", 1), ("missed", 0)):
        differ = (sample.machine.values == machine) & (np.abs(said - machine) > 0)
        found = sorted(
            (-abs(said[i, j] - machine), -weights[i], ids[i], scheme.names[j], i, j)
            for i, j in np.argwhere(differ & ~np.isnan(said))
        )
        for rank, (*_, i, j) in enumerate(_varied(found), 1):
            record = ids[i]
            rows.append(
                {
                    "direction": direction,
                    "rank": rank,
                    "code": scheme.names[j],
                    "record_id": record,
                    "corpus": sample.machine.corpora[i],
                    "coders": float(said[i, j]),
                    "title": texts[record]["title"],
                    "text": texts[record]["abstract"],
                    "mentions": _seen(mentions.get(record, []), scheme, scheme.names[j]),
                }
            )
    return rows


def _varied(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The same errors, those that repeat a text or a code too often put last."""
    codes: Counter[str] = Counter()
    seen: set[str] = set()
    first, last = [], []
    for error in found:
        record, code = error[2], error[3]
        if record in seen or codes[code] >= MOST_PER_CODE:
            last.append(error)
        else:
            first.append(error)
            seen.add(record)
            codes[code] += 1
    return first + last


def _seen(mentions: list[dict[str, Any]], scheme: Scheme, code: str) -> str:
    """What the machine saw of a code: words, concept, reading and rule; for others, kept ones."""
    own = [m for m in mentions if _concerns(m, scheme, code)]
    return "; ".join(
        f"{m['text']!r} ({m['concept']}: {m['reading']}{', ' + m['role'] if m['role'] else ''}"
        f"{' by ' + m['rule'] if m['rule'] else ''})"
        for m in own
    )


def _concerns(mention: dict[str, Any], scheme: Scheme, code: str) -> bool:
    column = scheme.column_of.get(mention["concept"], "")
    if code in scheme.family("strategy") or code in scheme.family("relational"):
        return column == code
    relational = column in scheme.family("relational") or column in scheme.family("relationship")
    return relational or (code == "implementation" and column != "")
