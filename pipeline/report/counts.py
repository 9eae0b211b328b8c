"""What the page adds up where a corpus is too large for it to carry every text's codes.

For each corpus, setting and year, and for each thing that a figure shows, how many texts there are
and how many of them say yes. A reader's choice of corpus, setting and orientation picks among these
counts, a choice of years adds them up, so that every number is exact and the size does not depend
on how many texts there are. The script in `assets/added.js` reads them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from pipeline.report.findings import RELATED
from pipeline.report.scheme import (
    COLUMNS,
    ORIENTATIONS,
    WHATEVER_IS_ASKED,
    Numbers,
    Scheme,
    Shard,
    flags,
)
from pipeline.report.texts import pack
from pipeline.study import Study
from pipeline.tables import CODES, CORPORA, ORIENTATION, path_of, read_shard, shard_paths

MOST_BYTES = 8_000_000
"""Size of the counts when packed: the page stays under 25 MB."""


@dataclass(frozen=True)
class Counts:
    """The counts of a study: the `years` that texts have (0 for none), and the counts themselves.

    `texts` tells how many texts name each setting. `parts` has, for each corpus, the counts of all
    texts and of the texts of each setting, in columns of equal length: `cell` (key times the number
    of years plus the place of the year, less that of the row before), `size` and `yes` (passages of
    a document, or 1 for a text that is none, and how many of them say yes), and `times` (how many
    documents are alike in this).
    """

    years: list[int]
    texts: list[int]
    parts: list[list[dict[str, Numbers]]]


@dataclass(frozen=True)
class Packed:
    """Counts as the page carries them.

    `layout` tells the script what stands where, `parts` has the packed counts by the identifier of
    their element, and `left_out` is how many settings there was no room for.
    """

    layout: dict[str, Any]
    parts: dict[str, str]
    left_out: int


def packed(counts: Counts, scheme: Scheme) -> Packed:
    """Pack the counts of all texts, and those of as many settings as there is room for.

    Settings that more texts name come first.
    """
    scopes = [[_packed(part) for part in parts] for parts in zip(*counts.parts, strict=True)]
    first, *others = range(len(scopes))
    by_texts = sorted(others, key=lambda scope: -counts.texts[scope - 1])
    kept, size = [first], sum(map(len, scopes[first]))
    for scope in by_texts:
        size += sum(map(len, scopes[scope]))
        if size > MOST_BYTES:
            break
        kept.append(scope)
    settings = [-1, *scheme.of("setting").tolist()]
    layout = {
        "years": counts.years,
        "settings": [settings[scope] for scope in kept[1:]],
        "orientations": ORIENTATIONS,
        "clusters": scheme.clusters,
        "columns": scheme.of(*COLUMNS).tolist(),
        "kinds": [
            [kind, scheme.starts[kind], scheme.sizes[kind], kind not in WHATEVER_IS_ASKED]
            for kind in scheme.sizes
        ],
    }
    parts = {
        f"counts-{corpus}-{settings[scope]}": part
        for scope in kept
        for corpus, part in enumerate(scopes[scope])
    }
    return Packed(layout, parts, len(scopes) - len(kept))


def _packed(part: dict[str, Numbers]) -> str:
    return pack({name: column.tolist() for name, column in part.items()})


def read_counts(study: Study, scheme: Scheme, clustered: list[str]) -> Counts:
    """Count the coded texts of a study, a shard at a time.

    In the corpora that are `clustered`, the passages of a document are told apart from those of
    others, for they are alike: an interval needs to know how many there are of each document, and
    how many of these say yes. A document is taken to be of one year.
    """
    years = _years(study)
    settings = scheme.of("setting")
    scopes = 1 + len(settings)
    rows = len(CORPORA) * scopes
    single = np.zeros((2, rows * len(years), scheme.starts[""]), np.int32)
    texts = np.zeros(len(settings), int)
    of_documents = []
    for shard in _shards(study, scheme, years, clustered):
        text, scope = np.column_stack(
            [np.ones(len(shard.named), bool), shard.named[:, settings]]
        ).nonzero()
        row = shard.corpus[text] * scopes + scope
        texts += shard.named[:, settings].sum(axis=0)
        counted = flags(scheme, shard)
        own = shard.document[text] < 0
        for total, part in zip(single, counted, strict=True):
            sums = _summed(row[own] * len(years) + shard.year[text[own]], text[own], part)
            total[sums.row, sums.col] += sums.data
        if not own.all():
            row, text = row[~own], text[~own]
            group = (shard.document[text] * rows + row) * len(years) + shard.year[text]
            of_documents.append(_by_document(group, text, counted))
    alike = _alike(scheme, of_documents, rows, len(years))
    columns = np.concatenate([_alone(single, len(years)), *alike])
    return Counts(years, texts.tolist(), _parts(columns, scopes))


def _years(study: Study) -> list[int]:
    """The years of all texts in ascending order, first 0 for those that have none."""
    found: set[int] = set()
    for path in shard_paths(ORIENTATION, study.folder):
        year = read_shard(ORIENTATION, path, ["year"])["year"]
        found.update(year.drop_null().unique().to_pylist())
    return [0, *sorted(found - {0})]


def _shards(
    study: Study, scheme: Scheme, years: list[int], clustered: list[str]
) -> Iterator[Shard]:
    """The coded texts of each shard."""
    columns = ["record_id", "corpus", "year", "document", "relationship", "roles"]
    names = pa.array([concept["id"] for concept in scheme.concepts], pa.string())
    documents: dict[tuple[str, int], int] = {}
    for path in shard_paths(ORIENTATION, study.folder):
        codes = read_shard(
            CODES, path_of(CODES, study.folder) / path.name, ["record_id", "concept"]
        )
        texts = read_shard(ORIENTATION, path, columns)
        texts = texts.filter(pc.is_in(texts["record_id"], codes["record_id"].unique()))
        named = np.zeros((len(texts), len(names)), bool)
        named[
            np.asarray(pc.index_in(codes["record_id"], texts["record_id"])),
            np.asarray(pc.index_in(codes["concept"], names)),
        ] = True
        year = np.asarray(pc.fill_null(texts["year"], 0))
        passage = pc.and_(
            pc.is_valid(texts["document"]),
            pc.is_in(texts["corpus"], pa.array(clustered, pa.string())),
        ).to_numpy()
        document = np.full(len(texts), -1)
        document[passage] = [
            documents.setdefault(pair, len(documents))
            for pair in zip(
                texts["document"].filter(passage).to_pylist(), year[passage], strict=True
            )
        ]
        told = pc.split_pattern(texts["roles"], ";").to_pylist()
        yield Shard(
            named=named,
            related=pc.is_in(texts["relationship"], pa.array(RELATED)).to_numpy(),
            roles=np.array([[role in row for role in scheme.roles] for row in told], bool).reshape(
                -1, len(scheme.roles)
            ),
            corpus=np.asarray(pc.index_in(texts["corpus"], pa.array(CORPORA))),
            year=np.searchsorted(years, year),
            document=document,
        )


def _summed(group: Numbers, text: Numbers, counted: csr_array) -> coo_array:
    """Sums over the texts of each group: groups by keys. A text may stand in several groups."""
    shape = (int(group.max(initial=-1)) + 1, counted.shape[0])
    return (csr_array((np.ones(len(group), np.int32), (group, text)), shape) @ counted).tocoo()


def _by_document(
    group: Numbers, text: Numbers, counted: tuple[csr_array, csr_array]
) -> tuple[Numbers, Numbers, Numbers]:
    """Of each document in each row and year, that is each group, and each key: passages, yes."""
    groups, group = np.unique(group, return_inverse=True)
    sizes, said = (_summed(group, text, part) for part in counted)
    yes = csr_array((said.data, (said.row, said.col)), sizes.shape)[sizes.row, sizes.col]
    return groups[sizes.row] * sizes.shape[1] + sizes.col, sizes.data, yes


def _alone(single: NDArray[np.int32], years: int) -> Numbers:
    """Row, cell, size, yes and times, for texts that are no passages."""
    told = []
    for said, times in enumerate((single[0] - single[1], single[1])):
        place, key = times.nonzero()
        row, year = np.divmod(place, years)
        one, yes = np.ones_like(key), np.full_like(key, said)
        told.append(_columns(row, key * years + year, one, yes, times[place, key]))
    return np.concatenate(told)


def _alike(
    scheme: Scheme, of_documents: list[tuple[Numbers, Numbers, Numbers]], rows: int, years: int
) -> Iterator[Numbers]:
    """The same for passages: how many documents have as many of them, and as many that say yes."""
    if not of_documents:
        return
    keys = scheme.starts[""]
    code, *parts = (np.concatenate(columns) for columns in zip(*of_documents, strict=True))
    # A document may go on in the next shard.
    code, place = np.unique(code, return_inverse=True)
    size, yes = (np.bincount(place, part).astype(np.int64) for part in parts)
    _out_of_all(scheme, code, size)
    most = int(size.max()) + 1
    pairs, pair = np.unique(size * most + yes, return_inverse=True)
    group, key = np.divmod(code, keys)
    place, year = np.divmod(group, years)
    cell = (place % rows * keys + key) * years + year
    told, times = np.unique(cell * len(pairs) + pair, return_counts=True)
    cell, pair = np.divmod(told, len(pairs))
    row, cell = np.divmod(cell, keys * years)
    yield _columns(row, cell, *np.divmod(pairs[pair], most), times)


def _out_of_all(scheme: Scheme, code: Numbers, size: Numbers) -> None:
    """Let those that name a strategy be counted out of all passages that the document gives.

    The first keys are those of all passages with a strategy, one for each orientation.
    """
    start, strategies, keys = scheme.starts["naming"], scheme.sizes["naming"], scheme.starts[""]
    group, key = np.divmod(code, keys)
    naming = (key >= start) & (key < start + strategies * len(ORIENTATIONS))
    of_all = group[naming] * keys + (key[naming] - start) // max(strategies, 1)
    size[naming] = size[np.searchsorted(code, of_all)]


def _columns(*columns: Numbers) -> Numbers:
    """Columns side by side, in half of the memory: there are millions of rows."""
    return np.column_stack([column.astype(np.int32) for column in columns])


def _parts(columns: Numbers, scopes: int) -> list[list[dict[str, Numbers]]]:
    """The columns of each part, in the order of their cells."""
    ordered = columns[np.lexsort(columns.T[::-1])]
    ends = np.searchsorted(ordered[:, 0], np.arange(len(CORPORA) * scopes + 1))
    parts = [_part(ordered[start:end]) for start, end in pairwise(ends)]
    return [parts[start : start + scopes] for start in range(0, len(parts), scopes)]


def _part(rows: Numbers) -> dict[str, Numbers]:
    _, cell, size, yes, times = rows.T
    return {"cell": np.diff(cell, prepend=0), "size": size, "yes": yes, "times": times}
