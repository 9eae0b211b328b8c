"""A learned model as a file: numbers and names, and nothing that could run when it is loaded.

A model is, for each target that it decides, a weight for each feature of a text, a constant and a
threshold; the weighted sum is the log odds that the target is present. It is used only for targets
in which it was found better than the cues (see `training`).
"""

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline import __version__
from pipeline.classify.readings import Rules
from pipeline.errors import RapportError
from pipeline.tables import written_whole
from pipeline.taxonomy.concepts import Taxonomy

FILE = "model.skops"
TRUSTED: tuple[str, ...] = ()
"""Types that a model file may have beside plain numbers, texts, lists and arrays: none."""

_LEARN = "Run `rapport learn` again, or delete it to code by the cues alone"
_ARRAYS = ("weights", "constants", "thresholds", "unseen_probability", "unseen_present")

Array = NDArray[np.float64]


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
