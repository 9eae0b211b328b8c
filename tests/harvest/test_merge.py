"""Copies of one work become one record, and nothing else does."""

import pytest
from pipeline.harvest import merge
from pipeline.harvest.entries import Entry
from pipeline.harvest.normalise import Row, row
from pipeline.harvest.store import open_store

WORDS = "The team met every week and learned to rely on the people who came to help it change"
OTHER = "Prescribing fell in all practices after feedback was sent by post twice in the year"


@pytest.fixture
def works(tmp_path):
    """Join entries, each told as (source, fields), and give the places of each work and its id."""

    def join(*told):
        with open_store(tmp_path) as store:
            for number, (source, fields) in enumerate(told):
                made = row(Entry(place=str(number), **fields))
                assert isinstance(made, Row)
                store.add(source, made, merge.keys(made))
            store.index()
            merge.join_copies(store)
            store.settle()
            return [
                ("".join(copy.row.place for copy in copies), merge.record_id(copies))
                for copies in store.records()
            ]

    return join


def groups(found):
    return [places for places, _ in found]


def one(source="a", **fields):
    return source, {"title": "Trust at work", "year": 2019, **fields}


def test_one_doi_is_one_work(works):
    found = works(
        one(doi="10.1234/A"), one("b", doi="https://doi.org/10.1234/a", title="Trust: at work")
    )
    assert found == [("01", "doi:10.1234/a")]


def test_one_pmid_is_one_work(works):
    assert works(one(pmid="7"), one("b", pmid="7")) == [("01", "pmid:7")]


def test_a_blank_doi_never_equals_another(works):
    assert groups(works(one(title="A b c", doi=""), one(title="D e f", doi=""))) == ["0", "1"]


def test_a_doi_and_a_pmid_are_one_work_only_where_a_third_has_both(works):
    apart = works(one(doi="10.1234/a"), one("b", pmid="7"))
    assert groups(apart) == ["0", "1"]
    joined = works(one(doi="10.1234/a"), one("b", pmid="7"), one("c", doi="10.1234/a", pmid="7"))
    assert joined == [("012", "doi:10.1234/a")]


def test_two_dois_are_two_works_though_they_share_a_pmid(works):
    found = works(one(doi="10.1234/a", pmid="7"), one("b", doi="10.1234/b", pmid="7"))
    assert found == [("0", "doi:10.1234/a"), ("1", "doi:10.1234/b")]


def test_abstracts_of_a_supplement_that_share_a_doi_stay_apart(works):
    found = works(
        one(doi="10.1234/s", title="Trust among nurses", abstract=WORDS),
        one(doi="10.1234/s", title="Feedback by post", abstract=OTHER),
        one(doi="10.1234/s", title="Feedback by post", abstract=OTHER),
    )
    assert groups(found) == ["0", "12"]
    assert found[0][1] == "doi:10.1234/s"
    assert found[1][1].startswith("text:")


def test_a_title_in_two_wordings_under_one_doi_is_one_work(works):
    found = works(
        one(doi="10.1234/a", title="Trust at work", abstract=WORDS),
        one(
            "b", doi="10.1234/a", title="Le travail et la confiance", abstract=WORDS + " (abridged)"
        ),
    )
    assert groups(found) == ["01"]


def test_title_and_year_are_one_work_where_abstracts_agree(works):
    found = works(
        one(abstract=WORDS), one("b", title="TRUST: at work.", abstract=WORDS[:50] + "...")
    )
    assert groups(found) == ["01"]


def test_title_and_year_are_one_work_where_one_abstract_is_blank(works):
    assert groups(works(one(abstract=WORDS), one("b"))) == ["01"]
    assert groups(works(one(), one("b", abstract=WORDS))) == ["01"]


def test_different_abstracts_are_two_works_with_two_names(works):
    found = works(one(abstract=WORDS), one("b", abstract=OTHER), one("c", abstract=WORDS))
    assert groups(found) == ["02", "1"]
    assert len({name for _, name in found}) == 2


def test_a_blank_abstract_goes_with_one_of_two_works_only(works):
    found = works(one(), one("b", abstract=WORDS), one("c", abstract=OTHER), one("d"))
    assert groups(found) == ["013", "2"]


def test_titles_alone_without_year_or_anything_else_in_common_are_two_works(works):
    assert groups(
        works(one(title="Editorial", year=None), one("b", title="Editorial", year=None))
    ) == [
        "0",
        "1",
    ]


def test_titles_that_one_source_tells_apart_are_two_works(works):
    found = works(
        one(title="Editorial", source_id="x1", venue="J", volume="1"),
        one(title="Editorial", source_id="x2", venue="J", volume="2"),
        one(title="Editorial", source_id="x3", venue="J"),
    )
    assert groups(found) == ["0", "1", "2"]
    assert len({name for _, name in found}) == 3


def test_titles_with_the_same_place_in_the_journal_are_one_work(works):
    found = works(
        one(source_id="x1", volume="3", pages="10-12"),
        one(source_id="x2", volume="3", pages="10--12"),
    )
    assert groups(found) == ["01"]


def test_another_year_is_another_work(works):
    assert groups(works(one(abstract=WORDS), one("b", year=2020, abstract=WORDS))) == ["0", "1"]


def test_records_without_title_are_compared_by_abstract(works):
    found = works(
        one(title="", abstract=WORDS),
        one("b", title="", abstract=WORDS),
        one(title="", abstract=OTHER),
    )
    assert groups(found) == ["01", "2"]


def test_a_passage_is_joined_only_within_its_document(works):
    found = works(
        one("p", title="Plan", abstract=WORDS, document="a.md"),
        one("p", title="Plan", abstract=WORDS, document="b.md"),
        one("p", title="Plan", abstract=WORDS, document="a.md"),
    )
    assert groups(found) == ["02", "1"]


def test_each_field_comes_from_the_first_copy_that_has_it(harvest):
    found = harvest(
        {
            "a.jsonl": '{"title": "T", "doi": "10.1234/a", "abstract": "The team met"}',
            "b.jsonl": '{"title": "U", "doi": "10.1234/a", "abstract": "The team met weekly.",'
            ' "journal": "J", "pmid": 7, "year": 2019}',
        }
    )
    record = found.records[0]
    assert (record["title"], record["venue"], record["pmid"], record["year"]) == (
        "T",
        "J",
        "7",
        2019,
    )
    assert record["abstract"] == "The team met weekly."
    assert (record["source"], record["record_id"]) == ("a.jsonl", "doi:10.1234/a")


def test_what_was_merged_is_listed_with_its_reason_and_record(harvest):
    line = '{"title": "T", "doi": "10.1234/a", "abstract": "x"}\n'
    found = harvest({"a.jsonl": line, "b.jsonl": line + line})
    assert found.counts("a.jsonl") == (1, 1, 0, 0)
    assert found.counts("b.jsonl") == (2, 0, 2, 0)
    assert [(each["place"], each["outcome"], each["record_id"]) for each in found.rejected] == [
        ("b.jsonl, line 1", "merged", "doi:10.1234/a"),
        ("b.jsonl, line 2", "merged", "doi:10.1234/a"),
    ]
    assert found.rejected[0]["reason"] == "the same DOI"
