"""VOSviewer JSON (app.vosviewer.com/docs/file-types/json-file-type), for VOSviewer 1.6.17 on."""

import html
import json
from pathlib import Path
from typing import Any

import networkx as nx

from pipeline.tables import written_whole


def write(graph: "nx.Graph[str]", path: Path) -> None:
    """Write a drawing as VOSviewer JSON.

    Communities are clusters, counted from 1. VOSviewer judges by the first item whether there are
    clusters, so concepts without a community get one too, the last. A description is read as HTML
    and is therefore escaped.
    """
    alone = max((node["community"] for _, node in graph.nodes(data=True)), default=-1) + 2
    items = [_item(c, attributes, alone) for c, attributes in graph.nodes(data=True)]
    content = {
        "network": {
            "items": items,
            "links": [
                {"source_id": a, "target_id": b, "strength": tie["weight"]}
                for a, b, tie in graph.edges(data=True)
            ],
            "clusters": [
                {"cluster": c, "label": "in no community" if c == alone else f"community {c - 1}"}
                for c in sorted({item["cluster"] for item in items})
            ],
        },
        "config": {
            "terminology": {
                "item": "concept",
                "items": "concepts",
                "link": "meeting",
                "links": "meetings",
                "cluster": "community",
                "clusters": "communities",
                "link_strength": "texts that name both",
            }
        },
        "info": {"title": path.name.split(".")[0]},
    }
    with written_whole(path, "w", encoding="utf-8") as stream:
        stream.write(json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n")


def _item(concept: str, attributes: dict[str, Any], alone: int) -> dict[str, Any]:
    kind = (attributes["facet"], attributes["cluster"], attributes["orientation"])
    community = attributes["community"]
    return {
        "id": concept,
        "label": attributes["label"],
        "description": html.escape(" / ".join(part for part in kind if part)),
        "x": attributes["x"],
        "y": attributes["y"],
        "cluster": alone if community < 0 else community + 1,
        "weights": {"Texts": attributes["n"], "Sentences": attributes["n_sentences"]},
        "scores": {
            "Share without relationship": attributes["unmentioned"],
            "Betweenness": attributes["betweenness"],
        },
    }
