"""Every graph file, read back by a reader that is not ours, and the traps of graph files."""

import csv
import json
import math
import subprocess
import sys
from pathlib import Path

import igraph
import networkx as nx
import pytest
from lxml import etree
from pipeline.graph.drawing import draw
from pipeline.graph.writers import cytoscape, gephi, gexf, graphml, pajek, vosviewer
from pipeline.tables import NODES, PAIRS, from_rows

HERE = Path(__file__).parent
WRITERS = {
    "graphml": graphml.write,
    "gexf": gexf.write,
    "net": pajek.write,
    "cyjs": cytoscape.write,
    "vosviewer.json": vosviewer.write,
    "nodes.csv": gephi.write_nodes,
    "edges.csv": gephi.write_edges,
}
GEXF = {"g": "http://www.gexf.net/1.2draft", "viz": "http://www.gexf.net/1.2draft/viz"}
GRAPHML = {"g": "http://graphml.graphdrawing.org/xmlns"}

LABELS = {
    "audit": 'Audit & "feedback" <daily>',
    "coach": "Entraînement à l’écoute; 照護",
    "never": "Never tied",
    "trust": "Tr\x00ust\n\x0band\x1f respect",
}
FACETS = {"trust": "relationship"}


def drawing(*concepts, ties=()):
    """A drawing of some concepts and of ties, each two concepts and the texts that name both."""
    nodes = [
        {
            "concept": concept,
            "corpus": "research",
            "label": LABELS[concept],
            "facet": FACETS.get(concept, "strategy"),
            "cluster": "Train & educate",
            "orientation": "" if concept == "never" else "transactional",
            "n": 3 + place,
            "n_sentences": 4,
            "with_relationship": 1,
            "unmentioned": 1 - 1 / (3 + place),
            "community": -1 if concept == "never" else 0,
            "first_year": None if concept == "never" else 1999,
            "last_year": None if concept == "never" else 2024,
            "betweenness": 0.0,
            "constraint": None if concept == "never" else 1.5,
            "x": 100.5 * place,
            "y": -20.25 * place,
        }
        for place, concept in enumerate(concepts)
    ]
    pairs = [
        {
            "concept_a": a,
            "concept_b": b,
            "corpus": "research",
            "unit": "abstract",
            "n_a": 9,
            "n_b": 9,
            "n_ab": n_ab,
            "n": 90,
            "expected": 1.0 + n_ab / 2,
            "association_strength": 2.0,
            "npmi": None if n_ab == 1 else 0.25,
            "jaccard": 0.5,
            "g2": math.inf if n_ab == 1 else -1.5,
            "p": 1e-300,
            "q": 1.0,
            "backbone_p": 0.125,
        }
        for a, b, n_ab in ties
    ]
    return draw(from_rows(NODES, nodes), from_rows(PAIRS, pairs), "research", lambda a, b: "x-y")


@pytest.fixture
def full():
    ties = [("audit", "coach", 1), ("audit", "trust", 2), ("audit", "never", 0)]
    return drawing("audit", "coach", "never", "trust", ties=ties)


SIZES = {
    "nothing": lambda: drawing(),
    "one concept": lambda: drawing("audit"),
    "no pair": lambda: drawing("audit", "never"),
    "a graph": lambda: drawing("audit", "trust", ties=[("audit", "trust", 2)]),
}


@pytest.fixture(params=SIZES)
def any_size(request):
    return SIZES[request.param]()


def written(graph, suffix, tmp_path):
    path = tmp_path / f"research.{suffix}"
    WRITERS[suffix](graph, path)
    return path


def keys_of(root, scope):
    """Names of the attributes that a GraphML file declares, in the order of the file."""
    return root.xpath(f"//g:key[@for='{scope}']/@attr.name", namespaces=GRAPHML)


# Read back


def test_graphml_is_read_by_igraph_with_every_attribute(full, tmp_path):
    graph = igraph.Graph.Read_GraphML(str(written(full, "graphml", tmp_path)))
    assert not graph.is_directed()
    assert graph.vs["id"] == ["audit", "coach", "never", "trust"]
    audit, _, never, trust = graph.vs
    assert audit["label"] == 'Audit & "feedback" <daily>'
    assert trust["label"] == "Tr ust and respect"
    assert (audit["n"], audit["facet"], audit["unmentioned"]) == (3, "strategy", 1 - 1 / 3)
    assert (audit["x"], trust["y"]) == (0, -60.75)
    assert never["orientation"] == ""
    assert graph.es["weight"] == [1, 2]
    assert graph.es[1]["g2"] == -1.5
    assert graph.es[1]["p"] == 1e-300


@pytest.mark.parametrize(("suffix", "read"), [("graphml", nx.read_graphml), ("gexf", nx.read_gexf)])
def test_xml_is_read_by_networkx_as_it_was_drawn(full, tmp_path, suffix, read):
    graph = read(written(full, suffix, tmp_path))
    looks = {"x", "y", "size", "colour"} if suffix == "gexf" else set()
    assert list(graph) == list(full)
    for concept, attributes in full.nodes(data=True):
        told = {k: v for k, v in attributes.items() if k not in looks}
        assert told.items() <= graph.nodes[concept].items()
    assert graph.edges.keys() == full.edges.keys()
    for a, b, tie in full.edges(data=True):
        assert tie.items() <= graph.edges[a, b].items()


def test_gexf_opens_laid_out_sized_coloured_and_with_relationships_marked(full, tmp_path):
    graph = nx.read_gexf(written(full, "gexf", tmp_path))
    for concept, attributes in full.nodes(data=True):
        viz = graph.nodes[concept]["viz"]
        assert viz["size"] == attributes["size"]
        assert viz["position"] == {"x": attributes["x"], "y": attributes["y"], "z": 0.0}
    assert graph.nodes["trust"]["viz"]["color"] == {"r": 213, "g": 94, "b": 0, "a": 1.0}
    root = etree.parse(tmp_path / "research.gexf")
    shapes = root.xpath("//g:node[viz:shape/@value='diamond']/@id", namespaces=GEXF)
    assert shapes == ["trust"]


@pytest.mark.parametrize("suffix", ["graphml", "gexf"])
def test_xml_follows_its_schema_whatever_the_size(any_size, full, tmp_path, suffix):
    schema = etree.RelaxNG(etree.parse(HERE / f"{suffix}.rng"))
    for graph in (any_size, full):
        schema.assertValid(etree.parse(written(graph, suffix, tmp_path)))


@pytest.mark.parametrize("read", [igraph.Graph.Read_Pajek, nx.read_pajek])
def test_pajek_is_read_whatever_the_size(any_size, tmp_path, read):
    graph = read(str(written(any_size, "net", tmp_path)))
    size = graph if isinstance(graph, nx.Graph) else graph.vs
    ties = graph.edges if isinstance(graph, nx.Graph) else graph.es
    assert (len(size), len(ties)) == (len(any_size), any_size.number_of_edges())
    assert not graph.is_directed()


def test_pajek_has_labels_places_shapes_and_weights(full, tmp_path):
    graph = igraph.Graph.Read_Pajek(str(written(full, "net", tmp_path)))
    assert graph.vs["name"][:2] == ["Audit & 'feedback' <daily>", LABELS["coach"]]
    assert graph.vs["shape"] == ["ellipse", "ellipse", "ellipse", "diamond"]
    assert all(0 < value < 1 for name in "xy" for value in graph.vs[name])
    assert graph.vs["x"] == sorted(graph.vs["x"])
    assert graph.vs["y"] == sorted(graph.vs["y"])  # measured downwards, so a smaller y is lower
    assert [(tie.tuple, tie["weight"]) for tie in graph.es] == [((0, 1), 1), ((0, 3), 2)]


def test_cytoscape_json_is_read_by_networkx_as_it_was_drawn(full, tmp_path):
    content = json.loads(written(full, "cyjs", tmp_path).read_text("utf-8"))
    graph = nx.cytoscape_graph(content)
    assert list(graph) == list(full)
    for concept, attributes in full.nodes(data=True):
        ids = {"id": concept, "name": concept, "shared_name": concept}
        assert (attributes | ids).items() <= graph.nodes[concept].items()
    for a, b, tie in full.edges(data=True):
        assert tie.items() <= graph.edges[a, b].items()


def test_cytoscape_json_has_a_place_for_every_node_and_an_id_for_every_tie(full, tmp_path):
    elements = json.loads(written(full, "cyjs", tmp_path).read_text("utf-8"))["elements"]
    assert [node["position"]["x"] for node in elements["nodes"]] == [0, 100.5, 201, 301.5]
    assert [node["position"]["y"] for node in elements["nodes"]] == [0, 20.25, 40.5, 60.75]
    assert [tie["data"]["id"] for tie in elements["edges"]] == ["audit|coach", "audit|trust"]


def test_vosviewer_json_has_the_fields_and_types_that_its_format_names(any_size, full, tmp_path):
    for graph in (any_size, full):
        network = json.loads(written(graph, "vosviewer.json", tmp_path).read_text("utf-8"))[
            "network"
        ]
        ids = [item["id"] for item in network["items"]]
        assert ids == list(graph)
        for item in network["items"]:
            assert {type(item[name]) for name in ("id", "label", "description")} == {str}
            assert {type(item[name]) for name in ("x", "y")} == {float}
            assert 1 <= item["cluster"] <= 1000
            assert min(item["weights"].values()) >= 0
            assert all(isinstance(score, float) for score in item["scores"].values())
        for link in network["links"]:
            assert {link["source_id"], link["target_id"]} <= set(ids)
            assert link["strength"] > 0
        clusters = {item["cluster"] for item in network["items"]}
        assert {cluster["cluster"] for cluster in network["clusters"]} == clusters


def test_vosviewer_gets_a_cluster_for_concepts_in_no_community(full, tmp_path):
    network = json.loads(written(full, "vosviewer.json", tmp_path).read_text("utf-8"))["network"]
    assert [item["cluster"] for item in network["items"]] == [1, 1, 2, 1]
    assert network["clusters"][-1] == {"cluster": 2, "label": "in no community"}


def test_vosviewer_descriptions_are_escaped_because_they_are_read_as_html(full, tmp_path):
    network = json.loads(written(full, "vosviewer.json", tmp_path).read_text("utf-8"))["network"]
    assert network["items"][0]["description"] == "strategy / Train &amp; educate / transactional"


def read_csv(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_gephi_sheets_have_its_column_names_and_say_that_ties_have_no_direction(full, tmp_path):
    nodes = read_csv(written(full, "nodes.csv", tmp_path))
    ties = read_csv(written(full, "edges.csv", tmp_path))
    assert [(row["Id"], row["n"]) for row in nodes] == [
        ("audit", "3"), ("coach", "4"), ("never", "5"), ("trust", "6"),
    ]  # fmt: skip
    assert nodes[0]["Label"] == 'Audit & "feedback" <daily>'
    assert nodes[2]["constraint"] == nodes[2]["first_year"] == ""
    assert [(row["Source"], row["Target"], row["Type"], row["Weight"]) for row in ties] == [
        ("audit", "coach", "Undirected", "1"),
        ("audit", "trust", "Undirected", "2"),
    ]
    assert ties[1]["pair_kind"] == "x-y"


# Traps


def test_what_kind_a_pair_is_is_not_written_as_the_type_of_an_edge(full, tmp_path):
    root = etree.parse(written(full, "gexf", tmp_path))
    titles = root.xpath("//g:attributes[@class='edge']/g:attribute/@title", namespaces=GEXF)
    assert "pair_kind" in titles
    assert not root.xpath("//g:edge/@type", namespaces=GEXF)


@pytest.mark.parametrize("suffix", ["graphml", "gexf"])
def test_a_number_that_is_whole_in_one_place_and_not_in_another_has_one_type(tmp_path, suffix):
    # 1 + 2/2 is whole and 1 + 3/2 is not.
    ties = [("audit", "coach", 2), ("audit", "trust", 3)]
    root = etree.parse(written(drawing("audit", "coach", "trust", ties=ties), suffix, tmp_path))
    if suffix == "gexf":
        types = root.xpath("//g:attribute[@title='expected']/@type", namespaces=GEXF)
    else:
        types = root.xpath("//g:key[@attr.name='expected']/@attr.type", namespaces=GRAPHML)
    assert types == ["double"]


def test_graphml_declares_every_attribute_once(full, tmp_path):
    root = etree.parse(written(full, "graphml", tmp_path))
    names = keys_of(root, "node") + keys_of(root, "edge")
    assert len(names) == len(set(names))


def test_graphml_has_no_key_that_gephi_takes_for_a_label(full, tmp_path):
    # Gephi reads the keys d3 of nodes and d7 of edges as labels, as yEd writes them.
    root = etree.parse(written(full, "graphml", tmp_path))
    assert not {"d3", "d7"} & set(root.xpath("//g:key/@id", namespaces=GRAPHML))


def test_graphml_has_colours_as_gephi_reads_them(full, tmp_path):
    graph = nx.read_graphml(written(full, "graphml", tmp_path))
    assert [graph.nodes["trust"][channel] for channel in "rgb"] == [213, 94, 0]


@pytest.mark.parametrize("suffix", WRITERS)
def test_no_file_has_a_value_that_is_not_a_number_or_not_there(full, tmp_path, suffix):
    text = written(full, suffix, tmp_path).read_text("utf-8").lower()
    for word in (
        ">nan<",
        '"nan"',
        ">none<",
        '"none"',
        ">inf<",
        '"inf"',
        "infinity",
        " nan",
        ",nan",
    ):
        assert word not in text


@pytest.mark.parametrize("suffix", ["graphml", "gexf"])
def test_an_attribute_without_a_value_is_left_out_of_its_node(full, tmp_path, suffix):
    graph = {"graphml": nx.read_graphml, "gexf": nx.read_gexf}[suffix](
        written(full, suffix, tmp_path)
    )
    assert "first_year" not in graph.nodes["never"]
    assert graph.nodes["audit"]["first_year"] == 1999


@pytest.mark.parametrize("suffix", WRITERS)
def test_no_file_has_a_tie_that_weighs_nothing(full, tmp_path, suffix):
    assert not full.has_edge("audit", "never")
    text = written(full, suffix, tmp_path).read_text("utf-8")
    assert 'weight="0' not in text
    assert '"strength": 0' not in text
    assert '"weight": 0' not in text


@pytest.mark.parametrize("suffix", WRITERS)
def test_no_file_tells_the_day_or_the_version_of_a_library(full, tmp_path, suffix):
    text = written(full, suffix, tmp_path).read_text("utf-8")
    for word in ("lastmodified", "NetworkX", nx.__version__, str(tmp_path)):
        assert word not in text


@pytest.mark.parametrize("suffix", WRITERS)
def test_writing_leaves_the_drawing_as_it_is(full, tmp_path, suffix):
    full.graph["id"] = "kept"  # NetworkX's GraphML writer takes it out of the graph it is given
    before = [list(full.nodes(data=True)), list(full.edges(data=True))]
    before = json.dumps(before)
    written(full, suffix, tmp_path)
    assert full.graph == {"id": "kept"}
    assert json.dumps([list(full.nodes(data=True)), list(full.edges(data=True))]) == before


@pytest.mark.parametrize("suffix", ["graphml", "gexf"])
def test_no_value_is_a_boolean(full, tmp_path, suffix):
    text = written(full, suffix, tmp_path).read_text("utf-8")
    assert "boolean" not in text
    assert "True" not in text


@pytest.mark.parametrize("suffix", WRITERS)
def test_no_file_has_a_control_character(full, tmp_path, suffix):
    text = written(full, suffix, tmp_path).read_text("utf-8")
    assert not any(ord(character) < 32 and character != "\n" for character in text)
    assert "&#0" not in text


@pytest.mark.parametrize("suffix", WRITERS)
def test_the_same_drawing_is_written_to_the_same_bytes(full, tmp_path, suffix):
    first = written(full, suffix, tmp_path).read_bytes()
    assert written(full, suffix, tmp_path).read_bytes() == first


def test_graphml_is_the_same_where_lxml_is_not_installed(full, tmp_path):
    path = written(full, "graphml", tmp_path)
    code = (
        "import sys, json; sys.modules['lxml'] = None; sys.modules['lxml.etree'] = None\n"
        "import networkx as nx; from pathlib import Path\n"
        "from pipeline.graph.writers import graphml\n"
        "nodes, ties = json.loads(sys.argv[1])\n"
        "graph = nx.Graph(); graph.add_nodes_from(nodes); graph.add_edges_from(ties)\n"
        "graphml.write(graph, Path(sys.argv[2]))\n"
    )
    other = tmp_path / "without.graphml"
    graph = json.dumps([list(full.nodes(data=True)), list(full.edges(data=True))])
    subprocess.run([sys.executable, "-c", code, graph, str(other)], check=True)
    assert other.read_bytes() == path.read_bytes()


def test_a_label_that_begins_like_a_formula_is_harmless_in_a_sheet(tmp_path, monkeypatch):
    monkeypatch.setitem(LABELS, "audit", "=1+1")
    (row,) = read_csv(written(drawing("audit"), "nodes.csv", tmp_path))
    assert row["Label"] == "'=1+1"
