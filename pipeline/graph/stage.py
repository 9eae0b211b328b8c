"""The graph stage: codes and mentions to pairs, nodes and graph files, for each corpus."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import datapackage, manifest
from pipeline.datapackage import GEPHI_EDGES, GEPHI_NODES, gephi_path
from pipeline.graph.bridges import reliance
from pipeline.graph.communities import association_graph
from pipeline.graph.counting import UNITS, count
from pipeline.graph.drawing import draw
from pipeline.graph.rows import Structure, node_rows, pair_rows, structure
from pipeline.graph.writers import cytoscape, gephi, gexf, graphml, pajek, vosviewer
from pipeline.study import Study
from pipeline.tables import CORPORA, NODES, PAIRS, read_table, write_table
from pipeline.taxonomy.coded import taxonomy_as_coded
from pipeline.taxonomy.concepts import Taxonomy, pair_kind

GRAPH_FILES: dict[str, Callable[["nx.Graph[str]", Path], None]] = {
    "graph/{}.graphml": graphml.write,
    "graph/{}.gexf": gexf.write,
    "graph/{}.net": pajek.write,
    "graph/{}.cyjs": cytoscape.write,
    "graph/{}.vosviewer.json": vosviewer.write,
    gephi_path(GEPHI_NODES, "{}"): gephi.write_nodes,
    gephi_path(GEPHI_EDGES, "{}"): gephi.write_edges,
}
"""Where each file of a corpus goes in the output folder, and what writes it."""


def run(study: Study, workers: int | None = None, scheduler: str | None = None) -> None:
    """Count, measure and draw the co-occurrence of a study's concepts.

    Local processes, or the workers of a Dask scheduler, count (see `engine.map_shards`).

    Raises
    ------
    RapportError
        where classify has not finished, or the taxonomy was edited since or lacks the rating.
    """
    taxonomy = taxonomy_as_coded(study)
    manifest.begin(study.folder, "graph")
    facts = build(study.folder, taxonomy, study.rating, study.seed, workers, scheduler)
    manifest.finish(
        study.folder,
        "graph",
        seed=study.seed,
        rating=study.rating,
        counts=facts,
        versions=manifest.versions("networkx", "numpy", "pyarrow", "scipy"),
    )


def build(
    folder: Path,
    taxonomy: Taxonomy,
    rating: str,
    seed: int,
    workers: int | None = 1,
    scheduler: str | None = None,
) -> dict[str, Any]:
    """Write the pairs and nodes tables, the graph files and `datapackage.json`.

    Returns
    -------
    what the manifest tells of each corpus.
    """
    concepts = sorted(concept.id for concept in taxonomy.concepts)
    known = taxonomy.by_id()
    relationships = {name for name in concepts if known[name].facet == "relationship"}
    counts = count(folder, concepts, workers, scheduler)
    pairs: list[pa.Table] = []
    nodes: list[pa.Table] = []
    facts: dict[str, Any] = {}
    for corpus in CORPORA:
        counted = counts[corpus]
        named = dict(zip(concepts, counted.named("abstract").tolist(), strict=True))
        graph = association_graph(concepts, counted.together["abstract"], counted.units["abstract"])
        shape = structure(graph, named, seed)
        of_unit = {unit: pair_rows(concepts, counted, corpus, unit) for unit in UNITS}
        pairs += of_unit.values()
        nodes.append(node_rows(taxonomy, rating, counted, shape, corpus))
        facts[corpus] = {
            **{unit: _met(counted.units[unit], rows) for unit, rows in of_unit.items()},
            "graph": _shape(graph, shape),
            "reliance": reliance(graph, relationships, shape.betweenness),
        }
    write_table(PAIRS, pa.concat_tables(pairs), folder)
    write_table(NODES, pa.concat_tables(nodes), folder)
    _write_graphs(folder, lambda a, b: pair_kind(known[a], known[b], rating))
    datapackage.write(folder)
    return facts


def _met(units: int, pairs: pa.Table) -> dict[str, int]:
    met = pc.sum(pc.greater(pairs["n_ab"], 0)).as_py()
    return {"units": units, "pairs": len(pairs), "met": met or 0}


def _shape(graph: "nx.Graph[str]", shape: Structure) -> dict[str, int]:
    groups = {community for community in shape.community.values() if community >= 0}
    ties = graph.number_of_edges()
    return {"concepts": len(graph), "associated": ties, "communities": len(groups)}


def _write_graphs(folder: Path, kind: Callable[[str, str], str]) -> None:
    """Write the files of each corpus from the tables as they were written."""
    nodes, pairs = read_table(NODES, folder), read_table(PAIRS, folder)
    for corpus in CORPORA:
        drawing = draw(nodes, pairs, corpus, kind)
        for place, write in GRAPH_FILES.items():
            write(drawing, folder / place.format(corpus))
