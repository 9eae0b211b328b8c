"""What the page adds up where a corpus is too large for it to carry every text's codes.

For each corpus, setting and year, and for each thing that a figure shows, how many texts there are
and how many of them say yes. A reader's choice of corpus, setting and orientation picks among these
counts, a choice of years adds them up, so that every number is exact and the size does not depend
on how many texts there are. The script in `assets/added.js` reads them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from pipeline.report.findings import RELATED
from pipeline.report.texts import pack
from pipeline.study import Study
from pipeline.tables import CODES, CORPORA, ORIENTATION, path_of, read_shard, shard_paths

ORIENTATIONS = ("", "relational", "mixed", "transactional")
"""What strategies a reader asks for; empty for all."""

ANSWERS = ("relational only", "both", "transactional only", "neither", "no strategy")
"""With what strategies a text meets a determinant."""

WHATEVER_IS_ASKED = ("strategies", "cells", "misfits")
"""Kinds of counts that are the same whatever strategies are asked for."""

COLUMNS = ("outcome", "setting", "determinant", "actor")
"""The facets whose concepts are columns of the gap map."""

MOST_BYTES = 8_000_000
"""Size of the counts when packed: the page stays under 25 MB."""

Flags = NDArray[np.bool_]
Numbers = NDArray[Any]
Entries = tuple[str, Numbers, Numbers, NDArray[Any]]
"""Of a kind of count: keys, texts, and whether each text says yes."""


@dataclass(frozen=True)
class Scheme:
    """What is counted: concepts by their numbers, and from these the keys of every kind of count.

    `concepts` has each concept's facet, cluster and orientation, `edges` the pairs of concepts that
    the graph draws, `fits` for each determinant that has them the strategies that fit it, and
    `roles` the names of the roles, in which a relationship may be mentioned.
    """

    concepts: list[dict[str, str]]
    edges: list[list[int]]
    fits: list[list[Any]]
    roles: tuple[str, ...]

    def of(self, *facets: str) -> Numbers:
        """The concepts of some facets."""
        return np.array([n for n, c in enumerate(self.concepts) if c["facet"] in facets], int)

    @cached_property
    def clusters(self) -> list[str]:
        """The clusters of strategies, in alphabetical order."""
        return sorted({c["cluster"] for c in self.concepts if c["facet"] == "strategy"})

    @cached_property
    def sizes(self) -> dict[str, int]:
        """How many keys each kind of count has for one orientation."""
        strategies, determinants = len(self.of("strategy")), len(self.of("determinant"))
        return {
            "all": 1,
            "clusters": len(self.clusters),
            "named": len(self.concepts),
            "pairs": len(self.edges),
            "roles": (1 + len(self.of("outcome"))) * (len(self.roles) + 1),
            "answers": determinants * len(ANSWERS),
            "unfit": len(self.fits),
            "naming": strategies,
            "strategies": strategies,
            "cells": strategies * len(self.of(*COLUMNS)),
            "misfits": len(self.fits) * strategies,
        }

    @cached_property
    def starts(self) -> dict[str, int]:
        """The first key of each kind of count, one orientation after the other."""
        starts, total = {}, 0
        for kind, size in self.sizes.items():
            starts[kind] = total
            total += size * (1 if kind in WHATEVER_IS_ASKED else len(ORIENTATIONS))
        return starts | {"": total}


@dataclass(frozen=True)
class Shard:
    """The coded texts of a shard: n texts, which of the concepts each names, and what else counts.

    `year` is a place in the years, `document` a number, -1 where a text is no passage.
    """

    named: Flags
    related: Flags
    roles: Flags
    corpus: Numbers
    year: Numbers
    document: Numbers


def flags(scheme: Scheme, shard: Shard) -> tuple[csr_array, csr_array]:
    """Which text counts under which key, and of these, which says yes."""
    keys, texts, said = [], [], []
    for kind, key, text, yes in _entries(scheme, shard):
        keys.append(key + scheme.starts[kind])
        texts.append(text)
        said.append(yes)
    key, text, yes = np.concatenate(keys), np.concatenate(texts), np.concatenate(said)
    shape = (len(shard.named), scheme.starts[""])
    ones = np.ones(len(key), np.int32)
    return csr_array((ones, (text, key)), shape), csr_array(
        (ones[yes], (text[yes], key[yes])), shape
    )


def _entries(scheme: Scheme, shard: Shard) -> Iterator[Entries]:
    named, silent = shard.named, ~shard.related
    strategies, determinants = scheme.of("strategy"), scheme.of("determinant")
    side = np.array([scheme.concepts[s]["orientation"] for s in strategies])
    fitted = np.array([c for c, _ in scheme.fits], int)
    unmet = _unmet(scheme, named)
    for place, orientation in enumerate(ORIENTATIONS):
        asked = named[:, strategies] & ((side == orientation) | (not orientation))
        some = asked.any(axis=1)
        chosen = named & (some[:, None] | (not orientation))
        related = shard.related & (some | (not orientation))
        found = {
            "all": some[:, None],
            "clusters": _clusters(scheme, strategies, asked),
            "named": chosen,
            "pairs": np.column_stack([chosen[:, a] & chosen[:, b] for a, b in scheme.edges])
            if scheme.edges
            else chosen[:, :0],
        }
        for kind, where in found.items():
            text, key = where.nonzero()
            yield kind, key + place * scheme.sizes[kind], text, silent[text]
        yield _repeated(
            "roles",
            np.column_stack([related, related[:, None] & named[:, scheme.of("outcome")]]),
            np.column_stack([shard.roles, ~shard.roles.any(axis=1)]),
            place * scheme.sizes["roles"],
        )
        answer = _answer(scheme, side, asked, shard.roles)
        yield _repeated(
            "answers",
            chosen[:, determinants],
            answer[:, None] == np.arange(len(ANSWERS)),
            place * scheme.sizes["answers"],
        )
        text, key = asked.nonzero()
        yield "naming", key + place * scheme.sizes["naming"], text, np.ones(len(text), bool)
        text, key = (named[:, fitted] & some[:, None]).nonzero()
        yield "unfit", key + place * scheme.sizes["unfit"], text, unmet[text, key]
    asked = named[:, strategies]
    text, key = asked.nonzero()
    yield "strategies", key, text, silent[text]
    text, one, other = _crossed(asked, named[:, scheme.of(*COLUMNS)])
    yield "cells", one * len(scheme.of(*COLUMNS)) + other, text, silent[text]
    text, one, other = _crossed(named[:, fitted], asked)
    astray = ~_fitting(scheme)[one, strategies[other]]
    text, one, other = text[astray], one[astray], other[astray]
    yield "misfits", one * len(strategies) + other, text, unmet[text, one]


def _repeated(kind: str, where: Flags, said: Flags, start: int) -> Entries:
    """Each text and cell in which it stands, once for each thing that it may say."""
    text, cell = where.nonzero()
    things = said.shape[1]
    key = (cell[:, None] * things + np.arange(things)).ravel()
    return kind, key + start, np.repeat(text, things), said[text].ravel()


def _crossed(rows: Flags, columns: Flags) -> tuple[Numbers, Numbers, Numbers]:
    """Text, row and column, for each row and column of each text."""
    text, row = rows.nonzero()
    of_text, column = columns.nonzero()
    number = np.bincount(of_text, minlength=len(rows))
    first, repeats = np.cumsum(number) - number, number[text]
    entry = np.repeat(np.arange(len(text)), repeats)
    nth = np.arange(len(entry)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return text[entry], row[entry], column[first[text[entry]] + nth]


def _clusters(scheme: Scheme, strategies: Numbers, asked: Flags) -> Flags:
    """Which texts name a strategy that is asked for, of each cluster."""
    cluster = np.array([scheme.concepts[s]["cluster"] for s in strategies])
    return np.column_stack([asked[:, cluster == c].any(axis=1) for c in scheme.clusters] or [asked])


def _fitting(scheme: Scheme) -> Flags:
    """For each determinant that has them, which concepts fit it."""
    fitting = np.zeros((len(scheme.fits), len(scheme.concepts)), bool)
    for row, (_, concepts) in zip(fitting, scheme.fits, strict=True):
        row[concepts] = True
    return fitting


def _unmet(scheme: Scheme, named: Flags) -> Flags:
    """Which texts name none of the strategies that fit each determinant."""
    return ~(named.astype(np.float32) @ _fitting(scheme).T.astype(np.float32) > 0)


def _answer(scheme: Scheme, side: NDArray[Any], asked: Flags, roles: Flags) -> Numbers:
    """The place in `ANSWERS` of each text; a relationship as a strategy is a relational one."""
    warm = asked[:, side == "relational"].any(axis=1) | roles[:, scheme.roles.index("strategy")]
    cold = asked[:, side == "transactional"].any(axis=1)
    order = [ANSWERS.index(name) for name in ("both", "relational only", "transactional only")]
    conditions = [warm & cold, warm, cold, asked.any(axis=1)]
    return np.select(conditions, [*order, ANSWERS.index("neither")], ANSWERS.index("no strategy"))


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
    single = np.zeros((2, len(CORPORA) * scopes * len(years), scheme.starts[""]), np.int32)
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
            of_documents.append(_by_document(shard, row[~own], text[~own], counted))
    columns = np.concatenate(
        [_alone(single, len(years)), *_alike(scheme, of_documents, len(years))]
    )
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
    shard: Shard, row: Numbers, text: Numbers, counted: tuple[csr_array, csr_array]
) -> pa.Table:
    """What the passages of each document say, in columns: how many there are, how many say yes."""
    documents = int(shard.document.max()) + 1
    groups, group = np.unique(row * documents + shard.document[text], return_inverse=True)
    sizes, said = (_summed(group, text, part) for part in counted)
    yes = csr_array((said.data, (said.row, said.col)), sizes.shape)[sizes.row, sizes.col]
    years = np.zeros(documents, int)
    years[shard.document[text]] = shard.year[text]
    row, document = np.divmod(groups[sizes.row], documents)
    columns = (row, sizes.col, years[document], document, sizes.data, yes)
    names = ("row", "key", "year", "document", "size", "yes")
    return pa.table({n: c.astype(np.int32) for n, c in zip(names, columns, strict=True)})


def _alone(single: NDArray[np.int32], years: int) -> Numbers:
    """Row, cell, size, yes and times, for texts that are no passages."""
    told = []
    for said, times in enumerate((single[0] - single[1], single[1])):
        place, key = times.nonzero()
        row, year = np.divmod(place, years)
        one, yes = np.ones_like(key), np.full_like(key, said)
        told.append(_columns(row, key * years + year, one, yes, times[place, key]))
    return np.concatenate(told)


def _alike(scheme: Scheme, of_documents: list[pa.Table], years: int) -> Iterator[Numbers]:
    """The same for passages: how many documents have as many of them, and as many that say yes."""
    if not of_documents:
        return
    # A document may go on in the next shard.
    cells = pa.TableGroupBy(
        pa.concat_tables(of_documents), ["row", "key", "year", "document"], use_threads=False
    ).aggregate([("size", "sum"), ("yes", "sum")])
    cells = cells.rename_columns(["row", "key", "year", "document", "size", "yes"])
    cells = cells.set_column(4, "size", [_out_of_all(scheme, cells)])
    told = pa.TableGroupBy(
        cells, ["row", "key", "year", "size", "yes"], use_threads=False
    ).aggregate([([], "count_all")])
    row, key, year, size, yes, times = (np.asarray(column).astype(int) for column in told.columns)
    yield _columns(row, key * years + year, size, yes, times)


def _columns(*columns: Numbers) -> Numbers:
    """Columns side by side, in half of the memory: there are millions of rows."""
    return np.column_stack([column.astype(np.int32) for column in columns])


def _out_of_all(scheme: Scheme, cells: pa.Table) -> Numbers:
    """How many passages each cell counts: those that name a strategy are counted out of all that
    the document gives.
    """
    row, key, _, document, size, _ = (np.asarray(column).astype(int) for column in cells.columns)
    start, strategies = scheme.starts["naming"], scheme.sizes["naming"]
    naming = (key >= start) & (key < start + strategies * len(ORIENTATIONS))
    orientation = np.where(naming, (key - start) // max(strategies, 1), key)
    place = (row * (document.max() + 1) + document) * len(ORIENTATIONS) + orientation
    every = np.flatnonzero(key < len(ORIENTATIONS))
    every = every[np.argsort(place[every])]
    size[naming] = size[every[np.searchsorted(place[every], place[naming])]]
    return size


def _parts(columns: Numbers, scopes: int) -> list[list[dict[str, Numbers]]]:
    """The columns of each part, in the order of their cells."""
    ordered = columns[np.lexsort(columns.T[::-1])]
    ends = np.searchsorted(ordered[:, 0], np.arange(len(CORPORA) * scopes + 1))
    parts = [_part(ordered[start:end]) for start, end in pairwise(ends)]
    return [parts[start : start + scopes] for start in range(0, len(parts), scopes)]


def _part(rows: Numbers) -> dict[str, Numbers]:
    _, cell, size, yes, times = rows.T
    return {"cell": np.diff(cell, prepend=0), "size": size, "yes": yes, "times": times}
