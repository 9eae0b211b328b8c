"""Pajek's network format (mrvar.fdv.uni-lj.si/pajek), read by Pajek, igraph, Gephi and VOSviewer.

NetworkX's writer drops every attribute and puts all nodes in one place, so this one is our own.
"""

from pathlib import Path

import networkx as nx

from pipeline.tables import written_whole


def write(graph: "nx.Graph[str]", path: Path) -> None:
    """Write a drawing as a Pajek network: label, place and shape of nodes, weight of ties.

    Places are between 0 and 1, from the upper left corner. The file begins with a byte order mark,
    by which Pajek knows that it is UTF-8.
    """
    across = _scale([node["x"] for _, node in graph.nodes(data=True)])
    down = _scale([-node["y"] for _, node in graph.nodes(data=True)])
    number = {concept: place for place, concept in enumerate(graph, 1)}
    lines = [f'*Network "{path.stem}"', f"*Vertices {len(graph)}"]
    for concept, x, y in zip(graph, across, down, strict=True):
        label = graph.nodes[concept]["label"].replace('"', "'")
        shape = "diamond" if graph.nodes[concept]["facet"] == "relationship" else "ellipse"
        lines.append(f'{number[concept]} "{label}" {x:.4f} {y:.4f} 0.5000 {shape}')
    lines.append("*Edges")
    for a, b, tie in graph.edges(data=True):
        lines.append(f"{number[a]} {number[b]} {tie['weight']}")
    with written_whole(path, "w", encoding="utf-8-sig", newline="\n") as stream:
        stream.write("\n".join(lines) + "\n")


def _scale(values: list[float]) -> list[float]:
    """Numbers moved into 0.05 to 0.95, keeping their order; 0.5 where they are all the same."""
    low, high = min(values, default=0), max(values, default=0)
    if low == high:
        return [0.5] * len(values)
    return [0.05 + 0.9 * (value - low) / (high - low) for value in values]
