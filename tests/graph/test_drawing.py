"""What every graph file is made from: plain values in a fixed order."""

import math
from dataclasses import replace

import pytest
from pipeline.graph.drawing import draw, plain, printable
from pipeline.tables import NODES, PAIRS, from_rows
from pipeline.taxonomy.concepts import pair_kind

CROSSED = "relational-transactional"


def node(concept, corpus="research", **values):
    return {
        "concept": concept,
        "corpus": corpus,
        "label": concept.upper(),
        "facet": "strategy",
        "cluster": "",
        "orientation": "",
        "n": 2,
        "n_sentences": 2,
        "with_relationship": 1,
        "unmentioned": 0.5,
        "community": 0,
        "x": 0.0,
        "y": 1.0,
        **values,
    }


def pair(a, b, n_ab, corpus="research", unit="abstract", **values):
    measures = dict.fromkeys(("expected", "association_strength", "jaccard", "g2", "p", "q"), 0.5)
    counts = {"n_a": 2, "n_b": 2, "n_ab": n_ab, "n": 9}
    return {
        "concept_a": a,
        "concept_b": b,
        "corpus": corpus,
        "unit": unit,
        **counts,
        **measures,
        **values,
    }


def drawn(nodes, pairs, corpus="research"):
    return draw(from_rows(NODES, nodes), from_rows(PAIRS, pairs), corpus, lambda a, b: f"{a}-{b}")


def test_a_drawing_has_the_concepts_that_its_corpus_names_and_the_pairs_that_met():
    graph = drawn(
        [node("a"), node("b"), node("c"), node("d", n=0), node("a", "practice")],
        [pair("a", "b", 1), pair("a", "c", 0), pair("b", "c", 2, "practice")],
    )
    assert list(graph) == ["a", "b", "c"]
    assert list(graph.edges) == [("a", "b")]


def test_nodes_and_ties_are_in_alphabetical_order_whatever_the_order_of_the_tables():
    nodes = [node("c"), node("a"), node("b")]
    pairs = [pair("b", "c", 1), pair("a", "c", 1), pair("a", "b", 1)]
    graph = drawn(nodes, pairs)
    assert list(graph) == ["a", "b", "c"]
    assert list(graph.edges) == [("a", "b"), ("a", "c"), ("b", "c")]


def test_a_tie_weighs_the_texts_that_name_both_and_tells_the_sentences():
    pairs = [pair("a", "b", 3), pair("a", "b", 2, unit="sentence")]
    tie = drawn([node("a"), node("b")], pairs)["a"]["b"]
    assert (tie["weight"], tie["sentences"]) == (3, 2)


def test_a_measure_that_is_not_defined_is_left_out():
    tie = drawn([node("a"), node("b")], [pair("a", "b", 3, npmi=None, backbone_p=0.1)])["a"]["b"]
    assert "npmi" not in tie
    assert tie["backbone_p"] == 0.1


def test_no_attribute_is_called_id_or_type_and_nodes_and_ties_share_no_name():
    graph = drawn([node("a"), node("b")], [pair("a", "b", 3, npmi=0.1, backbone_p=0.1)])
    names, ties = set(graph.nodes["a"]), set(graph["a"]["b"])
    assert not (names | ties) & {"id", "type", "start", "end", "pid", "viz"}
    assert not names & ties


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_a_value_that_a_file_cannot_hold_is_left_out(value):
    assert plain({"n": 1, "p": value}) == {"n": 1}


def test_zero_and_empty_text_are_values():
    assert plain({"n": 0, "p": 0.0, "cluster": ""}) == {"n": 0, "p": 0.0, "cluster": ""}


def test_text_is_one_line_without_control_characters():
    assert printable("\x00Trust\x0b and\r\n\x1frespect\ufffe\u2028") == "Trust and respect"


def test_a_concept_without_a_label_is_labelled_with_its_id():
    assert drawn([node("a", label="")], []).nodes["a"]["label"] == "a"


def test_a_tie_tells_what_kind_of_pair_it_is():
    assert drawn([node("a"), node("b")], [pair("a", "b", 1)])["a"]["b"]["pair_kind"] == "a-b"


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        (("strategy", "highly transactional"), ("strategy", "semi-relational"), CROSSED),
        (("strategy", "semi-transactional"), ("relationship", ""), CROSSED),
        (("strategy", "operational"), ("strategy", "highly relational"), "strategy-strategy"),
        (("strategy", "highly transactional"), ("patient", ""), "strategy-relationship"),
        (("outcome", ""), ("strategy", "highly relational"), "strategy-outcome"),
        (("strategy", "semi-transactional"), ("outcome", "semi-relational"), "strategy-outcome"),
    ],
)
def test_a_pair_is_of_its_orientations_where_they_cross_and_else_of_its_facets(
    taxonomy_of, first, second, kind
):
    (made,) = taxonomy_of(["s1"]).concepts
    a, b = (
        replace(
            made,
            facet="relationship" if facet == "patient" else facet,
            group="patient" if facet == "patient" else "",
            ratings={"strict": rating},
        )
        for facet, rating in (first, second)
    )
    assert pair_kind(a, b, "strict") == pair_kind(b, a, "strict") == kind
