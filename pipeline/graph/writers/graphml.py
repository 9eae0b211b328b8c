"""GraphML (graphml.graphdrawing.org), read by Gephi, Cytoscape, igraph, yEd and NetworkX."""

from pathlib import Path

import networkx as nx

from pipeline.graph.layout import rgb
from pipeline.tables import written_whole


def write(graph: "nx.Graph[str]", path: Path) -> None:
    """Write a drawing as GraphML.

    Gephi takes a node's colour from whole numbers named r, g and b. It also takes the key `d3` for
    a label, so keys have the names of their attributes and not NetworkX's numbers.
    """
    shown = nx.Graph(graph)  # attributes are copied, so that the drawing stays as it is
    for _, look in shown.nodes(data=True):
        look.update(zip("rgb", rgb(look["colour"]), strict=True))
    with written_whole(path) as stream:
        # `write_graphml` writes other bytes where lxml is installed.
        nx.write_graphml_xml(shown, stream, named_key_ids=True)
