"""Which concepts tend to be named together: the association graph and its communities."""

from collections.abc import Sequence

import networkx as nx
import numpy as np
from numpy.typing import NDArray


def association_graph(
    concepts: Sequence[str], together: NDArray[np.int64], texts: int
) -> "nx.Graph[str]":
    """The graph of pairs that meet more often than independence expects.

    A tie's `weight` is the excess: texts that name both, less the texts that would if the two
    were independent. (With NPMI or association strength as weights, pairs of rare concepts that
    met once outweigh all others, and planted communities are found far less well: the tests show
    it.) Its `distance` is the inverse of the weight.

    Parameters
    ----------
    concepts : ids of the K concepts, in alphabetical order, in which nodes and ties are added.
    together : K by K, texts that name both, on the diagonal texts that name the concept. A
        concept that no text names is no node.
    texts : texts in the corpus.
    """
    named = np.diagonal(together)
    # Whole numbers until the last step, so that exact independence is no tie.
    excess = together * texts - np.outer(named, named)
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(concept for concept, n in zip(concepts, named, strict=True) if n)
    for a, b in np.argwhere(np.triu(excess, 1) > 0).tolist():
        weight = int(excess[a, b]) / texts
        graph.add_edge(concepts[a], concepts[b], weight=weight, distance=1 / weight)
    return graph


def communities(graph: "nx.Graph[str]", seed: int) -> dict[str, int]:
    """The community of each concept, from 0; -1 where it is tied to none.

    Louvain's method (Blondel and colleagues 2008, doi:10.1088/1742-5468/2008/10/P10008). The
    largest community is 0; of two of a size, the one with the alphabetically first concept.
    """
    found = nx.community.louvain_communities(graph, weight="weight", seed=seed)
    groups = (sorted(members) for members in found)
    ranked = sorted((g for g in groups if graph.degree[g[0]]), key=lambda g: (-len(g), g))
    rank_of = {concept: rank for rank, members in enumerate(ranked) for concept in members}
    return {concept: rank_of.get(concept, -1) for concept in graph}
