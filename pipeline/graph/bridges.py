"""What holds the graph together: betweenness, structural holes, and what relationships carry.

All on the association graph of `communities.association_graph`.
"""

import math
from collections.abc import Collection, Mapping
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path

LONGER = 1 + 1e-9
"""A path is longer than another by more than rounding."""


def betweenness(graph: "nx.Graph[str]") -> dict[str, float]:
    """The share of shortest paths between other concepts that run through each concept.

    Freeman (1977, doi:10.2307/3033543), by Brandes (2001); a tie is as long as the inverse of its
    weight. Between 0 and 1.
    """
    # A tie that is longer than the way round it is on no shortest path. Most are: without them the
    # result is the same, and there many times sooner.
    lengths = _distances(graph, list(graph))
    place = {concept: number for number, concept in enumerate(graph)}
    direct: nx.Graph[str] = nx.Graph()
    direct.add_nodes_from(graph)
    for a, b, tie in graph.edges(data=True):
        if tie["distance"] <= lengths[place[a], place[b]] * LONGER:
            direct.add_edge(a, b, distance=tie["distance"])
    found: dict[str, float] = nx.betweenness_centrality(direct, weight="distance")
    return found


def constraint(graph: "nx.Graph[str]") -> dict[str, float | None]:
    """Burt's constraint (1992, ISBN 978-0-674-84371-4) of each concept, by weight.

    Low where a concept's neighbours are not tied to each other, so that it bridges structural
    holes. None for a concept without a tie.
    """
    if not graph:
        return {}
    found = nx.constraint(graph, weight="weight")
    return {concept: None if math.isnan(value) else value for concept, value in found.items()}


def reliance(
    graph: "nx.Graph[str]", relationships: Collection[str], between: Mapping[str, float]
) -> dict[str, Any]:
    """How much the ways between other concepts rely on relationship concepts.

    Parameters
    ----------
    relationships : the concepts that are relationships, in the graph or not.
    between : the betweenness of each concept in the graph.

    Returns
    -------
    `relationships` and `others`: concepts of either kind; `betweenness_share`: the part of all
    betweenness that relationship concepts have, to be read beside `relationships_share`, their
    part of the concepts; `connected`: pairs of other concepts that a path joins; `lengthened` and
    `cut`: of these, pairs whose shortest path grows longer, or that no path joins any more, when
    relationship concepts are taken out; `relying_share`: both over `connected`;
    `constraint_with` and `constraint_without`: mean constraint of the other concepts before and
    after. Shares and means are None where there is nothing to divide by.
    """
    others = [concept for concept in graph if concept not in relationships]
    without = graph.copy()  # and not a subgraph, which has no order of its own
    without.remove_nodes_from(relationships)
    before, after = _distances(graph, others), _distances(without, others)
    pairs = np.triu_indices(len(others), 1)
    before, after = before[pairs], after[pairs]
    connected = np.isfinite(before)
    cut = connected & ~np.isfinite(after)
    lengthened = connected & ~cut & (after > before * LONGER)
    carried = sum(value for concept, value in between.items() if concept in relationships)
    return {
        "relationships": len(graph) - len(others),
        "others": len(others),
        "relationships_share": _share(len(graph) - len(others), len(graph)),
        "betweenness_share": _share(carried, sum(between.values())),
        "connected": int(connected.sum()),
        "lengthened": int(lengthened.sum()),
        "cut": int(cut.sum()),
        "relying_share": _share(int(lengthened.sum() + cut.sum()), int(connected.sum())),
        "constraint_with": _mean(constraint(graph), others),
        "constraint_without": _mean(constraint(without), others),
    }


def _distances(graph: "nx.Graph[str]", concepts: list[str]) -> NDArray[np.float64]:
    """Lengths of the shortest paths between some concepts of a graph, infinite where none is."""
    if not concepts:
        return np.zeros((0, 0))
    first = set(concepts)
    order = [*concepts, *(concept for concept in graph if concept not in first)]
    matrix = nx.to_scipy_sparse_array(graph, nodelist=order, weight="distance", format="csr")
    lengths: NDArray[np.float64] = shortest_path(matrix, directed=False)
    return lengths[: len(concepts), : len(concepts)]


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _mean(values: dict[str, float | None], concepts: list[str]) -> float | None:
    told = [value for concept in concepts if (value := values.get(concept)) is not None]
    return _share(math.fsum(told), len(told))
