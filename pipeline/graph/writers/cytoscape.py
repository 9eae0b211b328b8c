"""Cytoscape JSON (.cyjs), read by Cytoscape, Cytoscape.js and NetworkX."""

import json
from pathlib import Path
from typing import Any

import networkx as nx

from pipeline.tables import written_whole


def write(graph: "nx.Graph[str]", path: Path) -> None:
    """Write a drawing as Cytoscape JSON.

    Cytoscape joins tables by `name` and `shared_name`, so both are the concept's id; NetworkX
    looks for it in `value`. Cytoscape measures y downwards.
    """
    nodes = [
        {
            "data": {"id": c, "name": c, "shared_name": c, "value": c, **attributes},
            "position": {"x": attributes["x"], "y": -attributes["y"]},
        }
        for c, attributes in graph.nodes(data=True)
    ]
    ties = [_tie(a, b, attributes) for a, b, attributes in graph.edges(data=True)]
    content = {
        "format_version": "1.0",
        "generated_by": "Rapport",
        "target_cytoscapejs_version": "~2.1",
        "data": {"name": path.stem, "shared_name": path.stem},
        "directed": False,
        "multigraph": False,
        "elements": {"nodes": nodes, "edges": ties},
    }
    with written_whole(path, "w", encoding="utf-8") as stream:
        stream.write(json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n")


def _tie(a: str, b: str, attributes: dict[str, Any]) -> dict[str, Any]:
    name = f"{a} (meets) {b}"
    ends = {"id": f"{a}|{b}", "source": a, "target": b, "interaction": "meets"}
    return {"data": {**ends, "name": name, "shared_name": name, **attributes}}
