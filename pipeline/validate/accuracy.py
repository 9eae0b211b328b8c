"""The machine's codes against the coders': precision, recall, F1, confusions, telling errors.

A probability sample draws more from some strata than from others, so each text stands for as many
of the corpus as its stratum has for each text coded; figures are told with these weights (what
holds for the corpus) and without (what holds for the texts as drawn). Where coders differ and have
not settled it, each counts for an equal part.

The interval of a code's figures does not come from resampling the coded texts: where no error was
seen, none can be resampled, and the interval would be sure of itself. The unknown shares of the
four kinds of text (coded by both, by one, by neither) get the prior of Jeffreys, half a text of
each kind, spread over the strata; the texts that nobody coded are then drawn
(`pipeline.validate.intervals`), and the 2.5% and 97.5% points of a figure are its interval. In
simulations with a code that 2 to 30% of texts have, these hold the true figure in 89 to 99% of
samples, where resampling held it in 4 to 97% (`tests/benchmarks/accuracy_coverage.py`). Averages
over many codes, and the kappa of the orientation, are resampled, texts within strata; where no
error was seen among them all, nothing can be resampled either, and one end comes from Wilson (1927)
with as many texts as the weights are worth (Kish 1965: the square of their sum over the sum of
their squares).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np

from pipeline.tables import CORPORA
from pipeline.validate.codings import Codings, Machine, mean_of_coders
from pipeline.validate.intervals import draw_totals, least_share
from pipeline.validate.scheme import (
    ORIENTATIONS,
    RELATIONSHIPS,
    WHOSE,
    Array,
    Scheme,
    orientation,
    relationship,
)

RESAMPLES = 2_000
ENDLESS = 10**9
"""Texts of a corpus of which the coded ones are no noticeable part."""

JEFFREYS = 1 / 2
"""Texts of each kind taken to have been seen before, in all strata together."""

MOST_PER_CODE = 3
"""How often one code may come among the first ten errors of a direction."""


@dataclass(frozen=True)
class Sample:
    """The coded texts of a probability sample: the coders' codes, the machine's, the strata.

    `human` is coders x texts x codes (nan: not coded), `machine` has the same texts in the same
    order, `populations` the texts of the corpus in each stratum. `drawn_here` says whether the
    study drew them, and so knows the stratum of every text.
    """

    human: Array
    machine: Machine
    strata: list[str]
    populations: dict[str, int]
    drawn_here: bool = True

    def weights(self, texts: Sequence[int]) -> Array:
        """How many texts of the corpus each of some texts stands for."""
        coded = Counter(self.strata[text] for text in texts)
        return np.array([self.populations[s] / coded[s] for s in (self.strata[t] for t in texts)])


def sample_of(
    codings: Codings,
    machine: Machine,
    drawn: dict[str, str],
    populations: dict[str, int],
    drawn_here: bool,
) -> Sample:
    """The texts that coders coded, the machine knows and a stratum was recorded for.

    Parameters
    ----------
    drawn : stratum by record. populations : texts by stratum.
    """
    known = codings.only(set(machine.ids) & drawn.keys())
    rows = [machine.ids.index(record) for record in known.ids]
    return Sample(
        known.settled(),
        machine.rows(rows),
        [drawn[record] for record in known.ids],
        populations,
        drawn_here,
    )


def accuracy(sample: Sample, scheme: Scheme, seed: int) -> list[dict[str, Any]]:
    """Rows of the table `accuracy`, for each corpus and for all, with and without weights."""
    rows = []
    crossed = [(name, human, said) for name, _, human, said in _categories(sample, scheme)]
    for corpus in (*CORPORA, "all"):
        texts = [i for i, c in enumerate(sample.machine.corpora) if corpus in (c, "all")]
        if not texts:
            continue
        strata = [sample.strata[text] for text in texts]
        resampled = _resampled(strata, seed)
        alike = ["as drawn"] * len(texts)
        for kind, cells, sizes, once in (
            ("corpus", strata, sample.populations, sample.weights(texts)),
            ("sample", alike, {"as drawn": ENDLESS}, np.ones(len(texts))),
        ):
            both = _Compared(sample.human[:, texts], sample.machine.values[texts])
            again = resampled * once
            told = [
                *_codes(both, cells, sizes, once, scheme, seed),
                *_averages(both, np.vstack([once, again]), scheme),
                *(
                    _crossed(name, human[:, texts], said[texts], np.vstack([once, again]))
                    for name, human, said in crossed
                ),
            ]
            rows += [{"corpus": corpus, "weights": kind, **row} for row in told]
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


class _Compared:
    """Texts x codes: what part of the coders and the machine gave a code, and who alone."""

    def __init__(self, human: Array, machine: Array) -> None:
        said = mean_of_coders(human)
        self.coded = ~np.isnan(said)
        share = np.nan_to_num(said)
        self.both = share * machine * self.coded
        self.alarm = (1 - share) * machine * self.coded
        self.missed = share * (1 - machine) * self.coded
        self.neither = (1 - share) * (1 - machine) * self.coded


def _codes(
    compared: _Compared,
    cells: list[str],
    sizes: dict[str, int],
    weights: Array,
    scheme: Scheme,
    seed: int,
) -> Iterator[dict[str, Any]]:
    """The row of each code, with intervals from drawing the texts that nobody coded."""
    names = sorted(set(cells))
    inside = np.array([[cell == name for cell in cells] for name in names], dtype=float)
    populations = np.array([sizes[name] for name in names], dtype=float)
    prior = JEFFREYS / len(names)
    kinds = np.stack([compared.both, compared.alarm, compared.missed, compared.neither])
    for at, code in enumerate(scheme.codes):
        counts = inside @ kinds[:, :, at].T
        drawn = draw_totals(counts, populations, prior, [seed, at])
        totals = np.vstack([weights @ kinds[:, :, at].T, drawn]).T
        yield {
            "code": code.name,
            "family": code.family,
            "n": int(compared.coded[:, at].sum()),
        } | _binary(*totals)


def _averages(compared: _Compared, weights: Array, scheme: Scheme) -> Iterator[dict[str, Any]]:
    """Averages over the codes of a family; the first weights give them, the rest intervals."""
    for family in ("strategy", "relational", "role"):
        places = scheme.places(scheme.family(family))
        kinds = [k[:, places] for k in (compared.both, compared.alarm, compared.missed)]
        worth = {
            "precision": _worth(weights[0], kinds[0] + kinds[1]),
            "recall": _worth(weights[0], kinds[0] + kinds[2]),
            "f1": _worth(weights[0], np.add(kinds[0], kinds[1] + kinds[2])),
        }
        n = int(compared.coded[:, places].any(axis=1).sum())
        both, alarm, missed = (weights @ kind for kind in kinds)
        for name, figures in (
            ("micro", _binary(_all(both), _all(alarm), _all(missed), None, worth)),
            ("macro", _macro(both, alarm, missed, worth)),
        ):
            yield {"code": f"{family} ({name})", "family": family, "n": n} | figures


def _all(codes: Array) -> Array:
    total: Array = codes.sum(axis=1)
    return total


def _worth(weights: Array, given: Array) -> float:
    """How many equally weighted texts the texts with any of some codes are worth (Kish 1965)."""
    own = weights[given.any(axis=1)]
    return float(own.sum() ** 2 / (own**2).sum()) if len(own) else 0.0


def _over(above: Array, below: Array) -> Array:
    return np.where(below > 0, above / np.where(below > 0, below, 1), nan)


def _binary(
    both: Array,
    alarm: Array,
    missed: Array,
    neither: Array | None = None,
    worth: dict[str, float] | None = None,
) -> dict[str, Any]:
    """The figures of totals: the first of each give them, the rest their intervals."""
    worth = worth or {}
    row: dict[str, Any] = {
        "both": float(both[0]),
        "machine_only": float(alarm[0]),
        "coder_only": float(missed[0]),
    }
    row |= _told("precision", _over(both, both + alarm), worth)
    row |= _told("recall", _over(both, both + missed), worth)
    row |= _told("f1", _over(2 * both, 2 * both + alarm + missed), worth)
    if neither is not None:
        n = both + alarm + missed + neither
        chance = _over(
            (both + alarm) * (both + missed) + (neither + alarm) * (neither + missed), n**2
        )
        row |= _told("kappa", _over(_over(both + neither, n) - chance, 1 - chance), worth)
    return row


def _macro(both: Array, alarm: Array, missed: Array, worth: dict[str, float]) -> dict[str, Any]:
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
        row |= _told(figure, np.nan_to_num(_over(above, below)).mean(axis=1), worth)
    return row


def _categories(
    sample: Sample, scheme: Scheme
) -> tuple[tuple[str, tuple[str, ...], Array, Array], ...]:
    """What a text is one of: its name, the categories, what coders and machine say (1 or 0)."""
    return (
        (
            "orientation",
            ORIENTATIONS,
            orientation(sample.human, scheme),
            sample.machine.orientation,
        ),
        (
            WHOSE,
            RELATIONSHIPS,
            relationship(sample.human, scheme),
            relationship(sample.machine.values, scheme),
        ),
    )


def _crossed(name: str, human: Array, machine: Array, weights: Array) -> dict[str, Any]:
    """Kappa of one category in several, and how many texts have the same (both) or another one."""
    said = mean_of_coders(human)
    known = ~np.isnan(said).any(axis=1)
    said, machine, weights = said[known], machine[known], weights[:, known]
    row: dict[str, Any] = {"code": name, "family": name, "n": int(known.sum())}
    n = weights.sum(axis=1)
    agreed = weights @ (said * machine).sum(axis=1)
    same = _over(agreed, n)
    chance = _over(((weights @ said) * (weights @ machine)).sum(axis=1), n**2)
    row["both"] = float(agreed[0])
    row["machine_only"] = row["coder_only"] = float(n[0] - agreed[0])
    told = _told("kappa", _over(same - chance, 1 - chance), {})
    if told.get("kappa") == 1:
        low = least_share(_worth(weights[0], np.ones((len(said), 1))))
        told["kappa_low"] = float((low - chance[0]) / (1 - chance[0]))
    return row | told


def _told(figure: str, values: Array, worth: dict[str, float]) -> dict[str, float]:
    """A figure with its interval; nothing where it is not defined.

    `worth` tells of how many texts it is, for a figure whose interval is resampled.
    """
    value = float(values[0])
    if np.isnan(value):
        return {}
    again = values[1:][~np.isnan(values[1:])]
    low, high = np.quantile(again, (0.025, 0.975)) if len(again) else (value, value)
    if figure in worth and value in (0, 1):
        least = least_share(worth[figure])
        low, high = (min(low, least), 1.0) if value else (0.0, max(high, 1 - least))
    return {
        figure: value,
        f"{figure}_low": float(min(low, value)),
        f"{figure}_high": float(max(high, value)),
    }


def confusions(sample: Sample, scheme: Scheme) -> list[dict[str, Any]]:
    """Rows of the table `confusion`."""
    rows = []
    for what, names, human, told in _categories(sample, scheme):
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
