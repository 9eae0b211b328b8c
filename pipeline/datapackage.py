"""datapackage.json: every CSV of an output folder, column by column.

A Frictionless Data Package (specs.frictionlessdata.io) with a Table Schema for each CSV, made from
the declarations in `pipeline.tables` and from the two tables for Gephi that are declared here.
"""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

import pipeline
from pipeline.tables import (
    CORPORA,
    DOUBTFUL_PAIRS,
    NODES,
    PAIRS,
    TABLES,
    Column,
    Table,
    written_whole,
)

_NODE_COLUMNS = {column.name: column for column in NODES.columns}
_PAIR_COLUMNS = {column.name: column for column in PAIRS.columns}

TIE_MEASURES = (
    "expected",
    "association_strength",
    "npmi",
    "jaccard",
    "g2",
    "p",
    "q",
    "backbone_p",
)
"""Columns of the pairs table, for texts, that the ties of a graph file carry."""

GEPHI_NODES = Table(
    "graph_nodes",
    "graph",
    "concepts that the corpus names, with the column names that Gephi expects",
    (
        Column("Id", pa.string(), "concept in the taxonomy"),
        Column("Label", pa.string(), "name of the concept"),
        *(c for name, c in _NODE_COLUMNS.items() if name not in ("concept", "corpus", "label")),
    ),
    ("Id",),
)

GEPHI_EDGES = Table(
    "graph_edges",
    "graph",
    "pairs of concepts that met in a text, with the column names that Gephi expects",
    (
        Column("Source", pa.string(), "first concept, in alphabetical order"),
        Column("Target", pa.string(), "second concept"),
        Column("Type", pa.string(), "Undirected"),
        Column("Weight", pa.int64(), "texts that name both", "texts"),
        Column("sentences", pa.int64(), "sentences that name both", "sentences"),
        Column("pair_kind", pa.string(), "relational-transactional, or the two facets"),
        *(_PAIR_COLUMNS[name] for name in TIE_MEASURES),
    ),
    ("Source", "Target"),
)


def gephi_path(table: Table, corpus: str) -> str:
    """Where a table for Gephi lives in the output folder, with forward slashes."""
    return f"graph/{corpus}_{table.name.removeprefix('graph_')}.csv"


def write(folder: Path) -> None:
    """Describe the CSVs that are there in `datapackage.json`.

    To be called again by every stage that writes a CSV, at its end.
    """
    described = [
        (table, table.name, f"{table.name}.csv") for table in (*TABLES.values(), DOUBTFUL_PAIRS)
    ]
    for corpus in CORPORA:
        for table in (GEPHI_NODES, GEPHI_EDGES):
            described.append((table, f"{table.name}_{corpus}", gephi_path(table, corpus)))
    package = {
        "profile": "tabular-data-package",
        "name": "rapport",
        "title": "Rapport: where relationships go unmentioned",
        "version": pipeline.__version__,
        "resources": [
            resource(table, name, path)
            for table, name, path in described
            if (folder / path).exists()
        ],
    }
    with written_whole(folder / "datapackage.json", "w", encoding="utf-8") as stream:
        json.dump(package, stream, indent=2, ensure_ascii=False)
        stream.write("\n")


def resource(table: Table, name: str, path: str) -> dict[str, Any]:
    """The description of one CSV."""
    schema: dict[str, Any] = {
        "fields": [field(column) for column in table.columns],
        "missingValues": [""],
    }
    if table.key:
        schema["primaryKey"] = list(table.key)
    if table is GEPHI_EDGES:
        nodes = name.replace(GEPHI_EDGES.name, GEPHI_NODES.name)
        schema["foreignKeys"] = [
            {"fields": [end], "reference": {"resource": nodes, "fields": ["Id"]}}
            for end in ("Source", "Target")
        ]
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": path,
        "title": table.name.replace("_", " "),
        "description": table.meaning,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "header": True},
        "schema": schema,
    }


def field(column: Column) -> dict[str, Any]:
    """The description of one column."""
    described: dict[str, Any] = {
        "name": column.name,
        "type": _type(column),
        "title": column.name.replace("_", " "),
        "description": f"{column.meaning} ({column.unit})" if column.unit else column.meaning,
    }
    if constraints := _constraints(column):
        described["constraints"] = constraints
    return described


def _type(column: Column) -> str:
    if pa.types.is_integer(column.type):
        return "integer"
    return "number" if pa.types.is_floating(column.type) else "string"


def _constraints(column: Column) -> dict[str, Any]:
    if column.name == "corpus":
        return {"enum": list(CORPORA)}
    if _type(column) == "string":  # may be empty, which a CSV cannot tell from missing
        return {}
    limits: dict[str, Any] = {"required": True} if column.required else {}
    if column.type == pa.int64():  # a count
        limits["minimum"] = 0
    return limits
