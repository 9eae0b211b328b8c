"""What a page adds up: everything that its figures show, and which text counts where.

A count has a key: its kind (such as texts of a strategy by an outcome), the strategies that a
reader asks for, and what it is of. `counts` sums them, and the script in `assets/added.js` reads
them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipeline.pairs import of_same

ORIENTATIONS = ("", "relational", "mixed", "transactional")
"""What strategies a reader asks for; empty for all."""

ANSWERS = ("relational only", "both", "transactional only", "neither", "no strategy")
"""With what strategies a text meets a determinant."""

WHATEVER_IS_ASKED = ("strategies", "cells", "misfits")
"""Kinds of counts that are the same whatever strategies are asked for."""

COLUMNS = ("outcome", "setting", "determinant", "actor")
"""The facets whose concepts are columns of the gap map."""

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
    one, other = of_same(text, of_text)
    return text[one], row[one], column[other]


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
