"""Nodes and ties as CSV: for Gephi's import of spreadsheets, and for all else that reads CSV."""

from pathlib import Path

import networkx as nx

from pipeline.datapackage import GEPHI_EDGES, GEPHI_NODES
from pipeline.tables import from_rows, write_csv


def write_nodes(graph: "nx.Graph[str]", path: Path) -> None:
    """Write the nodes of a drawing."""
    rows = [
        {**attributes, "Id": concept, "Label": attributes["label"]}
        for concept, attributes in graph.nodes(data=True)
    ]
    write_csv(from_rows(GEPHI_NODES, rows), path)


def write_edges(graph: "nx.Graph[str]", path: Path) -> None:
    """Write the ties of a drawing. Gephi takes ties for directed where they do not say."""
    rows = [
        {**tie, "Source": a, "Target": b, "Type": "Undirected", "Weight": tie["weight"]}
        for a, b, tie in graph.edges(data=True)
    ]
    write_csv(from_rows(GEPHI_EDGES, rows), path)
