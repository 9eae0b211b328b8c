"""The `[gaps]` section of a study: what a person may choose about the statistics."""

import difflib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pipeline.errors import RapportError
from pipeline.study import Study


@dataclass(frozen=True)
class Settings:
    """Settings of the gaps stage.

    false_discovery_rate : share of the silences told that may be chance.
    correction : "bh" (Benjamini and Hochberg 1995) or "by" (Benjamini and Yekutieli 2001), which
        holds however the pairs hang together, and finds less.
    randomisations : random corpora to draw; 0 chooses by the size of the corpus.
    year_window : years within which texts are randomised, so that what came and went with time
        does not pass for silence; 0 for all years together.
    horizon : years after which the back-test asks whether a silence was filled.
    """

    false_discovery_rate: float = 0.05
    correction: str = "bh"
    randomisations: int = 0
    year_window: int = 0
    horizon: int = 5


_LIMITS: dict[str, tuple[float, float, str]] = {
    "false_discovery_rate": (0.0001, 0.5, "a number from 0.0001 to 0.5, such as 0.05"),
    "randomisations": (0, 1_000_000, "a whole number from 0 (let Rapport choose) to 1000000"),
    "year_window": (0, 100, "a whole number of years, 0 for all years together"),
    "horizon": (1, 50, "a whole number of years from 1 to 50"),
}


def settings_of(study: Study) -> Settings:
    """The settings of a study, checked.

    Raises
    ------
    RapportError
        naming the file, the key and the cure, for an unknown key or a value out of bounds.
    """
    known = {field.name for field in fields(Settings)}
    for key, value in study.gaps.items():
        if key not in known:
            near = difflib.get_close_matches(key, sorted(known), 1)
            cure = f"Did you mean {near[0]}?" if near else f"It takes {', '.join(sorted(known))}"
            raise RapportError(f"[gaps] has an unknown key {key!r}", where=study.path, cure=cure)
        if key == "correction":
            if value not in ("bh", "by"):
                raise _wrong(study.path, key, value, '"bh" or "by"')
        else:
            _check_number(study.path, key, value)
    return Settings(**study.gaps)


def _check_number(path: Path, key: str, value: Any) -> None:
    low, high, wanted = _LIMITS[key]
    kinds = (int, float) if key == "false_discovery_rate" else (int,)
    if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
        raise _wrong(path, key, value, wanted)


def _wrong(path: Path, key: str, value: Any, wanted: str) -> RapportError:
    return RapportError(f"[gaps] {key} is {value!r}", where=path, cure=f"Give it {wanted}")
