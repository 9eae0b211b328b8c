"""The learned classifier of a study: its file, and what it changes in the codes of the cues.

A model is, for each target that it decides, a weight for each feature of a text, a constant and a
threshold; the weighted sum is the log odds that the target is present. It is used only for targets
in which it was found better than the cues (see `training`).

A text that the model has learned from is coded by a model that had not seen it: the one that was
made of the other parts in cross-validation. Otherwise the codes of the very texts that coders coded
would be better than those of the rest, and every share corrected with them wrong
(Zrnic and Candès 2024, doi:10.1073/pnas.2322083121).
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from pipeline import __version__
from pipeline.classify.coder import Reading
from pipeline.classify.decisions import Said, Sheet
from pipeline.classify.features import Array, Weigher
from pipeline.classify.readings import KEPT, Rules
from pipeline.errors import RapportError
from pipeline.tables import written_whole
from pipeline.taxonomy.concepts import Concept, Taxonomy

FILE = "model.skops"
TRUSTED: tuple[str, ...] = ()
"""Types that a model file may have beside plain numbers, texts, lists and arrays: none."""

MOST_TOLD = 5
"""Features told of a decision."""

_LEARN = "Run `rapport learn` again, or delete it to code by the cues alone"
_ARRAYS = ("weights", "constants", "thresholds", "unseen_probability", "unseen_present")


@dataclass(frozen=True)
class Model:
    """What was learned from a study's coders.

    Parameters
    ----------
    meaning : the version, taxonomy and reading rules that it was made with.
    targets, features : what it decides, and what it looks at.
    weights : features x targets; `constants` and `thresholds` have one for each target.
    stands_for : the concept that a group is coded as where no mention of it was found.
    records : the texts it has learned from; `unseen_probability` and `unseen_present` are texts x
        targets: what a model that had not seen the text says of it, nan and -1 where none does.
    """

    meaning: str
    targets: tuple[str, ...]
    features: tuple[str, ...]
    weights: Array
    constants: Array
    thresholds: Array
    stands_for: dict[str, str]
    records: tuple[str, ...]
    unseen_probability: Array
    unseen_present: NDArray[np.int8]

    def check(self) -> None:
        """Raise ValueError where the arrays are not of one model."""
        texts, wide = len(self.records), len(self.targets)
        want = ((len(self.features), wide), (wide,), (wide,), (texts, wide), (texts, wide))
        if tuple(getattr(self, name).shape for name in _ARRAYS) != want:
            raise ValueError("the arrays do not fit each other")

    def to_bytes(self) -> bytes:
        """The model as a file: the same model always gives the same bytes."""
        import skops.io

        facts = {
            "meaning": self.meaning,
            "targets": self.targets,
            "features": self.features,
            "stands_for": self.stands_for,
            "records": self.records,
        }
        state: dict[str, Any] = {"facts": json.dumps(facts, sort_keys=True)}
        state |= {name: getattr(self, name) for name in _ARRAYS}
        return _same_bytes(skops.io.dumps(state))

    def save(self, folder: Path) -> None:
        """Write the model into a study's output folder."""
        with written_whole(folder / FILE) as stream:
            stream.write(self.to_bytes())


def meaning(taxonomy: Taxonomy, rules: Rules) -> str:
    """What the features of a text depend on, beside the text."""
    return f"{__version__} {taxonomy.hash} {rules.hash}"


def read_model(folder: Path, meant: str) -> Model | None:
    """The model of a study, or None where it has none.

    Parameters
    ----------
    meant : the `meaning` of the taxonomy and the rules that are in use.

    Raises
    ------
    RapportError
        where the file is damaged, holds anything but numbers and texts (which could run code when
        it is loaded), or was made with another taxonomy, other rules or another version.
    """
    path = folder / FILE
    if not path.exists():
        return None
    model = _parsed(path)
    if model.meaning != meant:
        raise RapportError(
            "was made with another taxonomy, other reading rules or another version",
            where=path,
            cure=_LEARN,
        )
    return model


def model_hash(folder: Path) -> str:
    """SHA-256 of a study's model file; empty where it has none."""
    path = folder / FILE
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def _parsed(path: Path) -> Model:
    import skops.io

    content = path.read_bytes()
    try:
        strangers = skops.io.get_untrusted_types(data=content)
        strange = sorted(set(strangers) - set(TRUSTED))
        if not strange:
            state = skops.io.loads(content, trusted=list(TRUSTED))
            facts = json.loads(state["facts"])
            model = Model(
                meaning=facts["meaning"],
                targets=tuple(facts["targets"]),
                features=tuple(facts["features"]),
                stands_for=facts["stands_for"],
                records=tuple(facts["records"]),
                **{name: np.asarray(state[name]) for name in _ARRAYS},
            )
            model.check()
            return model
    except Exception as error:
        # A file that anybody may have made can fail to load in any way.
        raise RapportError("is not a model of Rapport", where=path, cure=_LEARN) from error
    raise RapportError(
        f"holds {strange[0]}, which a model never does, and was not loaded", where=path, cure=_LEARN
    )


def _same_bytes(file: bytes) -> bytes:
    """A skops file without what changes from run to run: places in memory, and the time."""
    with zipfile.ZipFile(io.BytesIO(file)) as old:
        schema = json.loads(old.read("schema.json"))
        parts = {name: old.read(name) for name in old.namelist() if name != "schema.json"}
    numbers: dict[int, int] = {}
    names: dict[str, str] = {}

    def renumber(node: Any) -> None:
        if isinstance(node, list):
            for one in node:
                renumber(one)
        elif isinstance(node, dict):
            if "__id__" in node:
                node["__id__"] = numbers.setdefault(node["__id__"], len(numbers))
            if node.get("file") in parts:
                name = f"{node['__id__']}{Path(node['file']).suffix}"
                node["file"] = names.setdefault(node["file"], name)
            for one in node.values():
                renumber(one)

    renumber(schema)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for old_name, name in names.items():
            new.writestr(zipfile.ZipInfo(name), parts[old_name], zipfile.ZIP_DEFLATED)
        written = json.dumps(schema, indent=2)
        new.writestr(zipfile.ZipInfo("schema.json"), written, zipfile.ZIP_DEFLATED)
    return made.getvalue()


class Learned:
    """A model at work on texts that the cues have been read in."""

    def __init__(self, model: Model, concepts: Mapping[str, Concept]) -> None:
        self.model = model
        self._concepts = concepts
        self._sheet = Sheet(concepts, model.stands_for)
        self._weigher = Weigher(model.features, model.weights, concepts)
        self._seen = {record: row for row, record in enumerate(model.records)}

    def adjust(
        self,
        records: Sequence[str],
        titles: Sequence[str],
        abstracts: Sequence[str],
        readings: Sequence[Reading],
    ) -> tuple[list[Reading], list[dict[str, float]]]:
        """What the model makes of the cues' readings of some texts.

        Returns
        -------
        The readings, and for each the probability of every concept that the model decided.
        """
        if not self.model.targets:
            return list(readings), [{} for _ in readings]
        said = self.said(records, titles, abstracts, readings)
        told = [
            self._sheet.adjusted(reading, verdicts)
            for reading, verdicts in zip(readings, said, strict=True)
        ]
        return [reading for reading, _ in told], [decided for _, decided in told]

    def said(
        self,
        records: Sequence[str],
        titles: Sequence[str],
        abstracts: Sequence[str],
        readings: Sequence[Reading],
    ) -> list[dict[str, Said]]:
        """What the model says of each target, for each text."""
        odds = self._weigher.totals(titles, abstracts, readings) + self.model.constants
        probability = expit(odds)
        present = probability >= self.model.thresholds
        for place, record in enumerate(records):
            if record in self._seen:
                row = self._seen[record]
                known = self.model.unseen_present[row] >= 0
                probability[place, known] = self.model.unseen_probability[row, known]
                present[place, known] = self.model.unseen_present[row, known] == 1
        return [
            dict(zip(self.model.targets, map(Said, *columns), strict=True))
            for columns in zip(present.tolist(), probability.tolist(), strict=True)
        ]

    def reasons(self, record: str, title: str, abstract: str, reading: Reading) -> list[str]:
        """Why the model decided as it did, a line for each target that it or the cues say is there.

        Of a text that was learned from, the features that weighed most are told of another model
        than the one that decided: of that of all coded texts.
        """
        if not self.model.targets:
            return []
        said = self.said([record], [title], [abstract], [reading])[0]
        by_cues = self._sheet.by_cues(reading)
        after, _ = self._sheet.adjusted(reading, said)
        mentioned = {m.concept for m in after.mentions if m.reading == KEPT}
        unseen, whose = "", ""
        if record in self._seen:
            unseen, whose = ", which had not seen this text", " in the model of all coded texts"
        lines = []
        for column, target in enumerate(self.model.targets):
            verdict = said[target]
            if not verdict.present and target not in by_cues:
                continue
            parts = self._weigher.parts(title, abstract, reading, column)
            weighed = _heaviest(parts, sign=1 if verdict.present else -1)
            lines.append(
                f"{target}: {'present' if verdict.present else 'absent'} by the learned classifier"
                f"{unseen}, probability {verdict.probability:.2f} (present from"
                f" {self.model.thresholds[column]:.2f})"
                + (f"; these features weighed most{whose}: {', '.join(weighed)}" if weighed else "")
                + "".join(
                    f"; without a mention that was kept, coded as {concept}"
                    for concept in after.concepts
                    if self._concepts[concept].group == target and concept not in mentioned
                )
            )
        return lines


def _heaviest(parts: Iterable[tuple[str, float]], sign: int) -> list[str]:
    """The features that spoke most for a decision, with what each added to the log odds."""
    spoke = sorted((-sign * part, name, part) for name, part in parts if sign * part > 0)
    return [f"{name} ({part:+.2f})" for _, name, part in spoke[:MOST_TOLD]]
