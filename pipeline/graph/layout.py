"""Where concepts stand in a drawing, how large they are and in which colour."""

import math
from collections.abc import Mapping

import networkx as nx
import numpy as np
from numpy.typing import NDArray

STRONGEST = 4
"""Ties of each concept that pull in the layout; all of them would make one ball."""

EXTENT = 1000.0
"""Half the width of the drawing, in Gephi's units."""

RADIUS = (8.0, 50.0)
"""Of the concept that is named least and of the one that is named most, in the same units."""

COLOURS = {
    "relational": "#0072B2",
    "transactional": "#E69F00",
    "mixed": "#999999",
    "relationship": "#D55E00",
    "outcome": "#009E73",
    "determinant": "#CC79A7",
    "setting": "#56B4E9",
    "actor": "#F0E442",
}
"""Strategies by orientation, all else by facet: the palette of Okabe and Ito (2008) and a grey."""

UNRATED = "#666666"


def colour(facet: str, orientation: str) -> str:
    """The colour of a concept, as #RRGGBB."""
    return COLOURS.get(orientation if facet == "strategy" else facet, UNRATED)


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of #RRGGBB, from 0 to 255."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def radii(named: Mapping[str, int]) -> dict[str, float]:
    """The radius of each concept; its area grows with the texts that name it."""
    most = max((1, *named.values()))
    least, widest = RADIUS
    return {c: least + (widest - least) * math.sqrt(n / most) for c, n in named.items()}


def positions(
    graph: "nx.Graph[str]", radius: Mapping[str, float], seed: int
) -> dict[str, tuple[float, float]]:
    """A place for each concept of an association graph, no two overlapping.

    The largest connected part is laid out by springs (Fruchterman and Reingold 1991) along each
    concept's strongest ties, over a disc. All other concepts stand on a circle around it.
    """
    parts = sorted(nx.connected_components(graph), key=lambda part: (-len(part), min(part)))
    centre = sorted(parts[0]) if parts else []
    around = [concept for part in parts[1:] for concept in sorted(part)]
    place: dict[str, NDArray[np.float64]] = nx.spring_layout(
        _strongest(graph, centre), weight="pull", iterations=200, seed=seed
    )
    # Springs crowd the middle: keep each concept's direction and its rank in distance from the
    # middle, and spread the distances so that every part of the disc holds as many.
    outward = sorted(place, key=lambda concept: float(np.hypot(*place[concept])))
    for rank, concept in enumerate(outward):
        distance = float(np.hypot(*place[concept])) or 1.0
        place[concept] = place[concept] / distance * 0.85 * EXTENT * math.sqrt(rank / len(outward))
    for number, concept in enumerate(around):
        angle = 2 * math.pi * number / len(around)
        place[concept] = EXTENT * np.array([math.cos(angle), math.sin(angle)])
    names = sorted(place)
    if not names:
        return {}
    spots = _apart(np.array([place[c] for c in names]), np.array([radius[c] for c in names]))
    return {
        c: (round(float(x), 3), round(float(y), 3)) for c, (x, y) in zip(names, spots, strict=True)
    }


def _strongest(graph: "nx.Graph[str]", concepts: list[str]) -> "nx.Graph[str]":
    """The strongest ties of each of some concepts, and of all of them a tree that joins them.

    Strong ties pull more, but not in proportion.
    """
    kept: nx.Graph[str] = nx.Graph()
    kept.add_nodes_from(concepts)
    tree = nx.maximum_spanning_edges(graph, weight="weight", data=False)
    ties = [(a, b) for a, b in tree if a in kept]
    for concept in concepts:
        others = sorted(graph[concept], key=lambda o: (-graph[concept][o]["weight"], o))
        ties += ((concept, other) for other in others[:STRONGEST])
    for a, b in ties:
        kept.add_edge(a, b, pull=math.log1p(graph[a][b]["weight"]))
    return kept


def _apart(spots: NDArray[np.float64], radius: NDArray[np.float64]) -> NDArray[np.float64]:
    """Push overlapping discs apart, a little at a time, until none overlap (or 200 times)."""
    room = 1.15 * (radius[:, None] + radius[None, :])
    np.fill_diagonal(room, 0)
    for _ in range(200):
        across = spots[:, None, :] - spots[None, :, :]
        distance = np.hypot(across[..., 0], across[..., 1])
        overlap = np.maximum(room - distance, 0)
        if not overlap.any():
            break
        away = np.divide(
            across, distance[..., None], out=np.zeros_like(across), where=distance[..., None] > 0
        )
        spots = spots + 0.5 * (overlap[..., None] * away).sum(axis=1)
    return spots
