"""Which strategies fit a determinant: `fits.csv`, beside the taxonomy, that a person edits.

Columns: `determinant`, `strategies` (ids, separated by semicolons) and `source`. The file that
comes with Rapport is a judgement of the project. A panel's endorsements, such as those of Waltz
and colleagues 2019 (doi:10.1186/s13012-019-0892-4), may take its place. A determinant without a
row is not asked about.
"""

import csv
import io
from pathlib import Path

from pipeline.errors import RapportError
from pipeline.taxonomy.concepts import Taxonomy

COLUMNS = ("determinant", "strategies", "source")


def fits_path(taxonomy: Path) -> Path:
    """Where the fits of a taxonomy stand."""
    return taxonomy.with_name("fits.csv")


def read_fits(path: Path, taxonomy: Taxonomy) -> dict[str, frozenset[str]]:
    """The strategies that fit each determinant; nothing where there is no such file.

    Raises
    ------
    RapportError
        naming the row, for a missing column or an id that is no such concept of the taxonomy.
    """
    if not path.exists():
        return {}
    try:
        reader = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise RapportError("is not UTF-8 text", where=path, cure="Save it as UTF-8") from error
    lacking = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if lacking:
        raise RapportError(
            f"has no column {lacking[0]!r}",
            where=path,
            cure=f"Give it the columns {', '.join(COLUMNS)}, separated by commas",
        )
    facet = {concept.id: concept.facet for concept in taxonomy.concepts}
    fits: dict[str, frozenset[str]] = {}
    for number, row in enumerate(reader, 2):
        determinant = (row["determinant"] or "").strip()
        strategies = frozenset(filter(None, map(str.strip, (row["strategies"] or "").split(";"))))
        for name, wanted in ((determinant, "determinant"), *((s, "strategy") for s in strategies)):
            if facet.get(name) != wanted:
                raise RapportError(
                    f"row {number}: {name!r} is no {wanted} of the taxonomy",
                    where=path,
                    cure="Write ids as they stand in the taxonomy's first column",
                )
        fits[determinant] = fits.get(determinant, frozenset()) | strategies
    return fits
