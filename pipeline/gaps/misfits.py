"""Where a strategy is named together with a determinant that it does not fit."""

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from pipeline.gaps.documents import spread_of
from pipeline.gaps.incidence import Incidence
from pipeline.gaps.intervals import share_rows, tally

Row = dict[str, Any]


def misfit_rows(corpus: str, texts: Incidence, fits: dict[str, frozenset[str]]) -> list[Row]:
    """Rows of the misfits table: of texts that name both, how many name no strategy that fits.

    For each determinant of `fits`, over the texts that name it and any strategy, and over those
    that name it and each strategy that does not fit. Pairs that no text names are left out.
    """
    place = {concept.id: number for number, concept in enumerate(texts.concepts)}
    spread = spread_of(texts)
    strategies = texts.of("strategy")
    rows: list[Row] = []
    for determinant, fitting in sorted(fits.items()):
        here = texts.where(texts.naming([place[determinant]]) & texts.naming(strategies))
        unmet = ~here.naming([place[name] for name in fitting])
        others = [c for c in strategies if texts.concepts[c].id not in fitting]
        text, cell = csr_array(here.matrix[:, others]).nonzero()
        text = np.concatenate([np.arange(len(here)), text])
        cell = np.concatenate([np.zeros(len(here), np.int64), cell + 1])
        cluster = None if here.cluster is None else here.cluster[text]
        shares = tally(cell, unmet[text], len(others) + 1, cluster, spread)
        names = ["", *(texts.concepts[c].id for c in others)]
        rows += [
            {
                "determinant": determinant,
                "strategy": name,
                "corpus": corpus,
                "n": row["n"],
                "unmet": row["yes"],
                **{key: row[key] for key in ("share", "low", "high")},
            }
            for name, row in zip(names, share_rows(shares), strict=True)
            if row["n"]
        ]
    return rows
