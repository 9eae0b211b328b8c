"""GEXF 1.2 (gexf.net), Gephi's own format: opens laid out, sized and coloured."""

import re
from pathlib import Path
from typing import Any

import networkx as nx

from pipeline.graph.layout import rgb
from pipeline.tables import written_whole

_META = re.compile("<meta .*?</meta>", re.DOTALL)
_LOOKS = ("x", "y", "size", "colour")


def write(graph: "nx.Graph[str]", path: Path) -> None:
    """Write a drawing as GEXF.

    NetworkX's writer dates the file, signs it with its own version and gives the graph a name,
    which the schema does not know; all three are taken out.
    """
    shown: nx.Graph[str] = nx.Graph()
    for concept, attributes in graph.nodes(data=True):
        told = {name: value for name, value in attributes.items() if name not in _LOOKS}
        shown.add_node(concept, **told, viz=_viz(attributes))
    shown.add_edges_from(graph.edges(data=True))
    text = "\n".join(nx.generate_gexf(shown))
    text = _META.sub("<meta>\n    <creator>Rapport</creator>\n  </meta>", text, count=1)
    text = text.replace(' name=""', "", 1)
    with written_whole(path, "w", encoding="utf-8") as stream:
        stream.write(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n')


def _viz(attributes: dict[str, Any]) -> dict[str, Any]:
    """Where and how a node is drawn; relationship concepts are told by their shape as well."""
    red, green, blue = rgb(attributes["colour"])
    return {
        "color": {"r": red, "g": green, "b": blue, "a": 1.0},
        "position": {"x": attributes["x"], "y": attributes["y"], "z": 0.0},
        "size": attributes["size"],
        "shape": "diamond" if attributes["facet"] == "relationship" else "disc",
    }
