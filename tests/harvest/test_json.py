"""JSON and JSON Lines."""

import gzip
import json

import pytest
from pipeline.errors import RapportError

A = {"title": "Trust", "abstract": "We built it.", "year": 2019}
B = {"title": "Work", "abstract": "We worked."}


def test_a_list_is_read(read):
    assert read("a.json", json.dumps([A, B])).titles == ["Trust", "Work"]


def test_the_only_list_of_objects_is_found_at_any_depth(read):
    content = {"meta": {"count": 2, "tags": ["x"]}, "answer": {"docs": [A, B]}}
    assert read("a.json", json.dumps(content, indent=1)).titles == ["Trust", "Work"]


def test_lists_inside_records_are_no_lists_of_records(read):
    content = {"data": [A | {"authors": [{"name": "Roe"}, {"name": "Doe"}]}]}
    assert read("a.json", json.dumps(content)).entries[0].authors == "Roe; Doe"


def test_several_lists_need_a_name(read):
    content = json.dumps({"results": [A], "refs": [B]})
    with pytest.raises(RapportError, match='several lists.*list_key = "results"'):
        read("a.json", content)
    assert read("a.json", content, list_key="refs").titles == ["Work"]


def test_a_list_that_is_not_there_is_an_error_with_those_that_are(read):
    with pytest.raises(RapportError, match="no list 'x'. Its lists are 'results'"):
        read("a.json", json.dumps({"results": [A]}), list_key="x")


def test_one_object_alone_and_objects_one_after_another_are_records(read):
    assert read("a.json", json.dumps(A)).titles == ["Trust"]
    assert read("b.json", json.dumps(A, indent=1) + json.dumps(B, indent=1)).titles == [
        "Trust",
        "Work",
    ]


def test_lines_are_read(read):
    items = read("a.jsonl", f"{json.dumps(A)}\n\n{json.dumps(B)}\n")
    assert items.titles == ["Trust", "Work"]
    assert items.entries[1].place == "a.jsonl, line 3"


def test_a_broken_line_is_told_and_the_rest_is_read(read):
    items = read("a.jsonl", f'{json.dumps(A)}\n{{"title": \n[1]\n{json.dumps(B)}\n')
    assert items.titles == ["Trust", "Work"]
    assert [each.place for each in items.broken] == ["a.jsonl, line 2", "a.jsonl, line 3"]


def test_a_broken_object_of_a_list_is_told_and_the_rest_is_read(read):
    broken = '{"title": "C", "abstract": "x" "y", "authors": [{"name": "n"}, {"name": "m"}]}'
    items = read("a.json", f"[{json.dumps(A)},\n{broken},\n{json.dumps(B)}]")
    assert items.titles == ["Trust", "Work"]
    assert items.broken[0].place == "a.json, line 2, record 2"


def test_a_list_cut_short_tells_its_last_record(read):
    items = read("a.json", json.dumps([A, B])[:-10])
    assert items.titles == ["Trust"]
    assert len(items.broken) == 1


def test_gzip_is_unpacked(read):
    assert read("a.json.gz", gzip.compress(json.dumps([A]).encode())).titles == ["Trust"]
    assert read(
        "a.jsonl.gz", gzip.compress(f"{json.dumps(A)}\n{json.dumps(B)}".encode())
    ).titles == [
        "Trust",
        "Work",
    ]


def test_damaged_gzip_is_an_error(read):
    content = gzip.compress(b"".join(json.dumps(A | {"n": n}).encode() + b"\n" for n in range(999)))
    with pytest.raises(RapportError, match="damaged or cut short"):
        read("a.jsonl.gz", content[:-50])


def test_a_value_longer_than_what_is_read_at_once_is_whole(read):
    long = "word " * 200_000
    items = read("a.json", json.dumps({"data": [A | {"abstract": long}, B]}))
    assert items.entries[0].abstract == long
    assert items.titles == ["Trust", "Work"]


def test_the_shapes_of_values_are_understood(read):
    record = {
        "title": ["Trust"],
        "abstract_inverted_index": {"We": [0], "built": [1], "it.": [2]},
        "issued": {"date-parts": [[2019, 5, 1]]},
        "author": [{"family": "Roe", "given": "J"}, {"name": "Doe, K"}],
        "container-title": "J Work",
        "DOI": "10.1234/A",
        "keywords": ["trust", {"display_name": "work"}, None],
    }
    entry = read("a.json", json.dumps([record])).entries[0]
    assert (entry.title, entry.abstract, entry.year) == ("Trust", "We built it.", "2019-5-1")
    assert (entry.authors, entry.venue) == ("Roe, J; Doe, K", "J Work")
    assert entry.keywords == "trust; work"


def test_a_named_column_may_be_a_path(read):
    content = json.dumps([{"head": {"name": "Trust"}, "abstract": "x"}])
    assert read("a.json", content, columns={"title": "head.name"}).titles == ["Trust"]


def test_names_are_recognised_inside_other_objects(read):
    work = {
        "title": "One",
        "externalIds": {"DOI": "10.1234/a", "PubMed": "31234567"},
        "primary_location": {"source": {"display_name": "A Journal"}},
        "authorships": [{"author": {"display_name": "Jane Doe"}, "countries": ["CA"]}],
        "keywordList": {"keyword": ["a", "b"]},
    }
    entry = read("a.json", json.dumps([work])).entries[0]
    assert (entry.doi, entry.pmid) == ("10.1234/a", "31234567")
    assert (entry.venue, entry.authors) == ("A Journal", "Jane Doe")


def test_people_are_named_by_family_and_given_name_in_any_spelling(read):
    people = [{"last_name": "Doe", "first_name": "Jane"}, {"lastName": "Roe", "firstName": "R"}]
    entry = read("a.json", json.dumps([{"title": "One", "authors": people}])).entries[0]
    assert entry.authors == "Doe, Jane; Roe, R"
