"""datapackage.json describes the CSVs that are there."""

import csv
import json

import pytest
from pipeline import datapackage
from pipeline.datapackage import GEPHI_EDGES, GEPHI_NODES, gephi_path
from pipeline.tables import (
    CORPORA,
    DOUBTFUL_PAIRS,
    NODES,
    PAIRS,
    TABLES,
    empty,
    from_columns,
    write_csv,
    write_table,
)

PARSE = {"integer": int, "number": float, "string": str}


def a_row(table):
    """A table of one row: text is `x`, or the name of a corpus, and numbers are 1."""
    fill = {"string": "x", "double": 1.5}
    values = {c.name: [fill.get(str(c.type), 1)] for c in table.columns}
    return from_columns(table, values | ({"corpus": ["practice"]} if "corpus" in values else {}))


@pytest.fixture
def folder(tmp_path):
    """An output folder with every CSV that can be described, each of one row."""
    for table in TABLES.values():
        if not table.sharded:
            write_table(table, a_row(table), tmp_path)
    for corpus in CORPORA:
        write_csv(a_row(DOUBTFUL_PAIRS), tmp_path / "doubtful_pairs.csv")
        for table in (GEPHI_NODES, GEPHI_EDGES):
            (tmp_path / "graph").mkdir(exist_ok=True)
            write_csv(a_row(table), tmp_path / gephi_path(table, corpus))
    datapackage.write(tmp_path)
    return tmp_path


def package_in(folder):
    return json.loads((folder / "datapackage.json").read_text("utf-8"))


def test_every_csv_is_described(folder):
    described = {resource["path"] for resource in package_in(folder)["resources"]}
    assert described == {str(path.relative_to(folder)) for path in folder.rglob("*.csv")}


def test_a_csv_that_is_not_there_is_not_described(tmp_path):
    write_table(NODES, empty(NODES), tmp_path)
    datapackage.write(tmp_path)
    assert [resource["path"] for resource in package_in(tmp_path)["resources"]] == ["nodes.csv"]


def test_fields_are_the_columns_of_the_csv_in_its_order_and_its_values_parse(folder):
    for resource in package_in(folder)["resources"]:
        fields = resource["schema"]["fields"]
        with (folder / resource["path"]).open(encoding="utf-8-sig", newline="") as stream:
            header, *rows = csv.reader(stream)
        assert [field["name"] for field in fields] == header
        for row in rows:
            for field, cell in zip(fields, row, strict=True):
                value = PARSE[field["type"]](cell)
                assert value in field.get("constraints", {}).get("enum", [value])


def test_every_field_says_what_it_means(folder):
    for resource in package_in(folder)["resources"]:
        assert resource["description"]
        for field in resource["schema"]["fields"]:
            assert field["title"]
            assert field["description"]


def test_keys_name_fields_of_their_csv_and_references_name_resources(folder):
    resources = {resource["name"]: resource for resource in package_in(folder)["resources"]}
    assert len(resources) == len(package_in(folder)["resources"])
    for resource in resources.values():
        names = {field["name"] for field in resource["schema"]["fields"]}
        assert set(resource["schema"].get("primaryKey", [])) <= names
        for key in resource["schema"].get("foreignKeys", []):
            assert set(key["fields"]) <= names
            target = resources[key["reference"]["resource"]]["schema"]["fields"]
            assert set(key["reference"]["fields"]) <= {field["name"] for field in target}


def test_the_ties_of_each_corpus_refer_to_the_nodes_of_the_same_corpus(folder):
    resources = {resource["name"]: resource for resource in package_in(folder)["resources"]}
    for corpus in CORPORA:
        keys = resources[f"graph_edges_{corpus}"]["schema"]["foreignKeys"]
        assert {key["reference"]["resource"] for key in keys} == {f"graph_nodes_{corpus}"}


def test_an_empty_cell_is_a_missing_value_and_only_numbers_must_be_there():
    schema = datapackage.resource(PAIRS, "pairs", "pairs.csv")["schema"]
    constraints = {field["name"]: field.get("constraints", {}) for field in schema["fields"]}
    assert schema["missingValues"] == [""]
    assert constraints["n_ab"] == {"required": True, "minimum": 0}
    assert constraints["corpus"] == {"enum": ["research", "practice"]}
    assert "required" not in constraints["npmi"]  # not defined where every text names both
    assert not constraints["concept_a"]


def test_it_has_no_date_and_no_path_of_this_machine(folder):
    text = (folder / "datapackage.json").read_text("utf-8")
    assert str(folder) not in text
    assert "created" not in package_in(folder)


def test_frictionless_finds_every_csv_valid(folder):
    frictionless = pytest.importorskip("frictionless", reason="frictionless is not installed")
    for edges in folder.glob("graph/*_edges.csv"):  # ties refer to nodes that are there
        nodes = edges.with_name(edges.name.replace("edges", "nodes"))
        assert nodes.exists()
    report = frictionless.validate(str(folder / "datapackage.json"))
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "message"])
