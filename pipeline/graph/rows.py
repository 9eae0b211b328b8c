"""Counts and structure as rows of the pairs and nodes tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import pyarrow as pa

from pipeline.graph import layout
from pipeline.graph.association import measures
from pipeline.graph.backbone import backbone_p
from pipeline.graph.bridges import betweenness, constraint
from pipeline.graph.communities import communities
from pipeline.graph.counting import NO_YEAR, Counts
from pipeline.tables import NODES, PAIRS, from_columns, from_rows
from pipeline.taxonomy.concepts import Taxonomy


@dataclass(frozen=True)
class Structure:
    """What the association graph of a corpus says of each concept that the corpus names."""

    community: Mapping[str, int]
    betweenness: Mapping[str, float]
    constraint: Mapping[str, float | None]
    position: Mapping[str, tuple[float, float]]


def structure(graph: "nx.Graph[str]", named: Mapping[str, int], seed: int) -> Structure:
    """Communities, bridging and layout of an association graph; `named` counts texts."""
    return Structure(
        communities(graph, seed),
        betweenness(graph),
        constraint(graph),
        layout.positions(graph, layout.radii(named), seed),
    )


def pair_rows(concepts: Sequence[str], counts: Counts, corpus: str, unit: str) -> pa.Table:
    """Every pair of concepts that the corpus names, met or not, in alphabetical order."""
    together, n = counts.together[unit], counts.units[unit]
    named = counts.named(unit)
    present = np.flatnonzero(named)
    first, second = np.triu_indices(len(present), 1)
    a, b = present[first], present[second]
    n_a, n_b, n_ab = named[a], named[b], together[a, b]
    measured = measures(n_a, n_b, n_ab, n)
    names = np.array(concepts, dtype=object)
    columns: dict[str, Any] = {
        "concept_a": names[a],
        "concept_b": names[b],
        "corpus": np.full(len(a), corpus, dtype=object),
        "unit": np.full(len(a), unit, dtype=object),
        "n_a": n_a,
        "n_b": n_b,
        "n_ab": n_ab,
        "n": np.full(len(a), n),
        **measured,
        "npmi": np.ma.masked_invalid(measured["npmi"]),
        "backbone_p": np.ma.masked_invalid(backbone_p(together)[a, b]),
    }
    return from_columns(PAIRS, columns)


def node_rows(
    taxonomy: Taxonomy, rating: str, counts: Counts, shape: Structure, corpus: str
) -> pa.Table:
    """Every concept of the taxonomy, in alphabetical order, whether the corpus names it or not."""
    orientation = taxonomy.orientation(rating)
    rows = []
    for place, concept in enumerate(sorted(taxonomy.concepts, key=lambda c: c.id)):
        n, related = int(counts.named("abstract")[place]), int(counts.related[place])
        years = int(counts.first_year[place]), int(counts.last_year[place])
        first_year, last_year = (None, None) if years == NO_YEAR else years
        x, y = shape.position.get(concept.id, (None, None))
        rows.append(
            {
                "concept": concept.id,
                "corpus": corpus,
                "label": concept.label,
                "facet": concept.facet,
                "cluster": concept.cluster,
                "orientation": orientation[concept.id],
                "n": n,
                "n_sentences": int(counts.named("sentence")[place]),
                "with_relationship": related,
                "unmentioned": 1 - related / n if n else None,
                "community": shape.community.get(concept.id, -1),
                "first_year": first_year,
                "last_year": last_year,
                "betweenness": shape.betweenness.get(concept.id),
                "constraint": shape.constraint.get(concept.id),
                "x": x,
                "y": y,
            }
        )
    return from_rows(NODES, rows)
