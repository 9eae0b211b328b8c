"""Shares corrected for coding error, where a coded sample of these very codes exists."""

from pathlib import Path
from typing import Any

from pipeline import manifest
from pipeline.tables import ESTIMATES, path_of, read_table

_KEY = ("question", "concept", "by", "by_value", "corpus")


def correct(rows: list[dict[str, Any]], folder: Path) -> None:
    """Fill in the corrected share and its interval of each row of `gaps` that has an estimate.

    Estimates that rest on other codes than these are left out.
    """
    if not (manifest.is_validated(folder) and path_of(ESTIMATES, folder).exists()):
        return
    estimates = {
        tuple(row[name] for name in _KEY): row
        for row in read_table(ESTIMATES, folder).to_pylist()
        if row["measure"] == "unmentioned"
    }
    for row in rows:
        estimate = estimates.get(tuple(row[name] for name in _KEY))
        if estimate is not None:
            row["corrected"] = estimate["corrected"]
            row["corrected_low"], row["corrected_high"] = estimate["low"], estimate["high"]
