"""Reading a mention: rules that a person can read and edit, in `data/`.

`data/signals.csv` names what may stand around a mention (`patients`, `negation`, `necessity`, ...),
each with its cues in the syntax of the taxonomy. `data/readings.csv` says what follows: one rule a
row, from top to bottom. The first rule for the reading that holds decides the reading; every rule
for the role that holds adds its role. A mention that no rule speaks of is kept.

A rule holds where the mention is of a concept that it `applies_to` (groups, ids, or all of a facet
as `facet:strategy`), stands in one of its `sections` (if it names any; a title is the section
`title`, and an abstract before or without any label `unlabelled`), all signals that it `needs` are
found `where` it says, and none that it lists under `unless`. `a|b` needs either. `where` is

- `mention`: the signal and the mention share words;
- `before`, `after`: in the sentence of the mention, before or after it;
- `near`: in the sentence of the mention, within `NEAR` characters of it;
- `following`: the same, but only after the mention or within it;
- `sentence`: in the sentence of the mention;
- `neighbours`: in that sentence or the one on either side;
- `text`: anywhere in the title or the abstract.

What no single signal can tell, such as whether a text is about implementation at all, is weighed:
`data/scores.csv` gives points for each signal of a score, for and against; what the cues of a facet
found counts as the signal `facet:strategy` or `facet:relationship` (those with patients left out),
and each sentence of the text as the signal `sentence`, since a long text names more in passing.
The points are for the first time that a signal is found; three times count double, seven times
threefold (the logarithm to base 2 of one more than the times). The row without a signal is where
the count begins. The words of a text weigh in too: `data/words.csv` has a row for each word that
does and a column for each score, and counts them in the same way. A score above zero is itself a
signal of the text, by its name.
"""

import csv
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite, log2, nan
from pathlib import Path

from pipeline.errors import RapportError
from pipeline.taxonomy.concepts import ROLES, Concept
from pipeline.taxonomy.cues import Cue, CueError, parse, split
from pipeline.taxonomy.spelling import spellings

KEPT, EXCLUDED = "kept", "excluded"
WHERE = ("mention", "before", "after", "near", "following", "sentence", "neighbours", "text")
NEAR = 60
"""Characters on either side of a mention that are near it."""
SENTENCE = "sentence"
ALSO_COUNTED = ("facet:strategy", "facet:relationship", SENTENCE)
"""Signals that a score may use beside those of `signals.csv`."""
DECIDES = ("reading", "role")
_NAME_ONE = "Name one of signals.csv"
DATA = Path(__file__).resolve().parents[2] / "data"


@dataclass(frozen=True)
class Signal:
    """Something that may stand around a mention, and the cues that find it."""

    id: str
    cues: tuple[Cue, ...]


@dataclass(frozen=True)
class Rule:
    """One row of `readings.csv`."""

    id: str
    decides: str
    value: str
    applies_to: frozenset[str]
    sections: frozenset[str]
    where: str
    needs: tuple[frozenset[str], ...]
    unless: frozenset[str]

    def concerns(self, concept: Concept) -> bool:
        """Whether the rule speaks of a concept at all."""
        return not self.applies_to.isdisjoint((f"facet:{concept.facet}", concept.group, concept.id))

    def holds(self, section: str, found: frozenset[str] | set[str]) -> bool:
        """Whether the rule holds in a section, given the signals found where it looks."""
        if self.sections and section not in self.sections:
            return False
        return all(not need.isdisjoint(found) for need in self.needs) and self.unless.isdisjoint(
            found
        )


@dataclass(frozen=True)
class Score:
    """Evidence for and against something about a text as a whole.

    `points` are those of signals, a row each in `scores.csv`, and `words` those of words: a column
    of `words.csv`.
    """

    id: str
    begin: float
    points: dict[str, float]
    words: dict[str, float] = field(default_factory=dict)

    def of(self, found: Mapping[str, int]) -> float:
        """The score of a text without its words, given how often each signal is found in it."""
        return self.begin + sum(self.parts(found).values())

    def parts(self, found: Mapping[str, int]) -> dict[str, float]:
        """What each signal adds to the score, given how often it is found in a text."""
        return {
            name: self.points[name] * log2(1 + times)
            for name, times in found.items()
            if name in self.points
        }


@dataclass(frozen=True)
class Rules:
    """All rules, signals and scores, with the hash of what they say."""

    rules: tuple[Rule, ...]
    signals: tuple[Signal, ...]
    hash: str
    scores: tuple[Score, ...] = ()


def read_rules(folder: Path = DATA) -> Rules:
    """Read and check the rules of a folder.

    They are `signals.csv` and `readings.csv`, and, if they are there, `scores.csv` and `words.csv`.

    Raises
    ------
    RapportError
        naming file, row and column where a cue, a value or a signal's name is wrong.
    """
    signals = tuple(_signals(folder / "signals.csv"))
    names = {signal.id for signal in signals}
    path = folder / "scores.csv"
    scores = tuple(_scores(path, names)) if path.exists() else ()
    path = folder / "words.csv"
    scores = _with_words(path, scores) if path.exists() else scores
    rules = tuple(_rules(folder / "readings.csv", names, {score.id for score in scores}))
    content = repr(
        (
            rules_content(rules),
            [(s.id, [c.text for c in s.cues]) for s in signals],
            [(s.id, s.begin, sorted(s.points.items()), sorted(s.words.items())) for s in scores],
        )
    )
    return Rules(rules, signals, hashlib.sha256(content.encode()).hexdigest(), scores)


def rules_content(rules: Sequence[Rule]) -> list[tuple[object, ...]]:
    """What the rules say, in an order that does not change from run to run."""
    return [
        (
            r.id,
            r.decides,
            r.value,
            sorted(r.applies_to),
            sorted(r.sections),
            r.where,
            [sorted(n) for n in r.needs],
            sorted(r.unless),
        )
        for r in rules
    ]


def _signals(path: Path) -> list[Signal]:
    found = []
    for row, cells in _rows(path, {"id", "cues"}):
        cues = []
        for offset, text in split(cells["cues"]):
            try:
                cues.append(parse(text))
            except CueError as error:
                raise RapportError(
                    f"cue {text!r} at character {offset + error.position + 1}: {error.message}",
                    where=path,
                    row=row,
                    column="cues",
                ) from error
        found.append(Signal(cells["id"], tuple(cues)))
    return found


def _scores(path: Path, signals: set[str]) -> list[Score]:
    begin: dict[str, float] = {}
    points: dict[str, dict[str, float]] = {}
    for row, cells in _rows(path, {"id", "signal", "points"}):
        name, signal = cells["id"], cells["signal"]
        if name in signals:
            raise RapportError(
                f"{name!r} is also a signal", where=path, row=row, column="id", cure="Rename it"
            )
        if signal and signal not in signals and signal not in ALSO_COUNTED:
            raise RapportError(
                f"there is no signal {signal!r}", where=path, row=row, cure=_NAME_ONE
            )
        value = _number(cells["points"], path, row, "points")
        if signal:
            points.setdefault(name, {})[signal] = value
        else:
            begin[name] = value
    return [Score(name, begin.get(name, 0.0), given) for name, given in points.items()]


def _with_words(path: Path, scores: Sequence[Score]) -> tuple[Score, ...]:
    words: dict[str, dict[str, float]] = {score.id: {} for score in scores}
    spelt_in_row: dict[str, int] = {}
    for row, cells in _rows(path, {"word", *words}, key="word"):
        word = cells["word"]
        if not re.fullmatch("[a-z0-9_]+", word):
            cure = "Write one word in small letters without accents"
            raise RapportError(f"is {word!r}", where=path, row=row, column="word", cure=cure)
        for spelt in spellings(word):
            if spelt in spelt_in_row:
                told = f"{word!r} is also in row {spelt_in_row[spelt]}, perhaps in another spelling"
                raise RapportError(told, where=path, row=row, column="word", cure="Keep one")
            spelt_in_row[spelt] = row
        for score, points in words.items():
            if cells[score]:
                points[word] = _number(cells[score], path, row, score)
    return tuple(replace(score, words=words[score.id]) for score in scores)


def _number(cell: str, path: Path, row: int, column: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = nan
    if not isfinite(value):
        raise RapportError(f"is {cell!r}, not a number", where=path, row=row, column=column)
    return value


def _rules(path: Path, signals: set[str], scores: set[str]) -> list[Rule]:
    columns = {"id", "decides", "value", "applies_to", "sections", "where", "needs", "unless"}
    found = []
    for row, cells in _rows(path, columns):
        needs = tuple(frozenset(_words(part, "|")) for part in _words(cells["needs"]))
        unless = frozenset(_words(cells["unless"]))
        for column, value, allowed in (
            ("decides", cells["decides"], DECIDES),
            ("where", cells["where"], WHERE),
            *((("value", cells["value"], ROLES),) if cells["decides"] == "role" else ()),
        ):
            if value not in allowed:
                cure = f"Choose one of {', '.join(allowed)}"
                raise RapportError(f"is {value!r}", where=path, row=row, column=column, cure=cure)
        known = signals | scores if cells["where"] == "text" else signals
        for name in sorted(unless.union(*needs) - known):
            raise RapportError(f"there is no signal {name!r}", where=path, row=row, cure=_NAME_ONE)
        found.append(
            Rule(
                cells["id"],
                cells["decides"],
                cells["value"],
                frozenset(_words(cells["applies_to"])),
                frozenset(_words(cells["sections"])),
                cells["where"],
                needs,
                unless,
            )
        )
    return found


def _rows(path: Path, columns: set[str], key: str = "id") -> list[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = columns - set(reader.fieldnames or ())
            if missing:
                raise RapportError(f"has no column {sorted(missing)[0]}", where=path, row=1)
            return [
                (number, {k: (v or "").strip() for k, v in row.items() if k})
                for number, row in enumerate(reader, 2)
                if row[key] and not row[key].startswith("#")
            ]
    except (OSError, UnicodeDecodeError) as error:
        raise RapportError(f"cannot be read ({error})", where=path) from error


def _words(cell: str, separator: str = ";") -> list[str]:
    return [part.strip() for part in cell.split(separator) if part.strip()]
