"""The graph of one corpus as its files show it: plain values, in a fixed order.

Every writer writes this graph and none changes it. What trips readers of graph files is kept out
here, once: values are text, whole numbers or finite numbers, one type to an attribute; an
attribute without a value is left out; ties have a weight above 0; text has no control characters;
no attribute is called `id` or `type`; and no attribute of a node has the name of one of a tie.
"""

import math
import re
from collections.abc import Callable
from typing import Any

import networkx as nx
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.datapackage import TIE_MEASURES
from pipeline.graph.layout import colour, radii

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]+")


def draw(
    nodes: pa.Table, pairs: pa.Table, corpus: str, kind: Callable[[str, str], str]
) -> "nx.Graph[str]":
    """The concepts that a corpus names, and the pairs that met in a text.

    Parameters
    ----------
    nodes, pairs : the tables of those names, with the rows of every corpus.
    kind : what kind of pair two concepts are, as `taxonomy.concepts.pair_kind` tells.

    Returns
    -------
    a graph whose nodes have the columns of the nodes table, a `size` and a `colour`, and whose
    ties have a `weight` (texts that name both), `sentences` (that name both), a `pair_kind` and
    `pipeline.datapackage.TIE_MEASURES`. Nodes and ties are in alphabetical order.
    """
    graph: nx.Graph[str] = nx.Graph()
    own = nodes.filter(pc.and_(pc.equal(nodes["corpus"], corpus), pc.greater(nodes["n"], 0)))
    rows = {row["concept"]: row for row in own.sort_by("concept").to_pylist()}
    size = radii({concept: row["n"] for concept, row in rows.items()})
    for concept, row in rows.items():
        look = {"size": size[concept], "colour": colour(row["facet"], row["orientation"])}
        attributes = {k: v for k, v in row.items() if k not in ("concept", "corpus")}
        graph.add_node(concept, **plain({**attributes, **look, "label": row["label"] or concept}))

    met = pairs.filter(pc.and_(pc.equal(pairs["corpus"], corpus), pc.greater(pairs["n_ab"], 0)))
    ends = ("concept_a", "concept_b")
    spoken = met.filter(pc.equal(met["unit"], "sentence")).select([*ends, "n_ab"]).to_pylist()
    sentences = {tuple(row[end] for end in ends): row["n_ab"] for row in spoken}
    written = met.filter(pc.equal(met["unit"], "abstract"))
    for row in written.sort_by([(end, "ascending") for end in ends]).to_pylist():
        a, b = (row[end] for end in ends)
        tie = {
            "weight": row["n_ab"],
            "sentences": sentences.get((a, b), 0),
            "pair_kind": kind(a, b),
            **{name: row[name] for name in TIE_MEASURES},
        }
        graph.add_edge(a, b, **plain(tie))
    return graph


def plain(attributes: dict[str, Any]) -> dict[str, Any]:
    """The attributes that have a value, with text that any file can hold."""
    return {
        name: printable(value) if isinstance(value, str) else value
        for name, value in attributes.items()
        if value is not None and not (isinstance(value, float) and not math.isfinite(value))
    }


def printable(text: str) -> str:
    """Text in one line, without characters that XML forbids."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())
