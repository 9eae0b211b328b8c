"""The same work is one group; what is not the same never is; what may be is a doubt."""

import csv
import random
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipeline.harvest.deduplicate import Citation, find

LABELLED = Path(__file__).parents[3] / "shared" / "real" / "dedupe" / "asysd_labelled.csv"

WORK = Citation(
    name="a",
    sources=frozenset({"PubMed"}),
    title="Patient listening and steady trust in the work of village midwives",
    abstract="In three villages we asked midwives whom they trust, and why they listen. " * 4,
    authors="Roe, Rita; Poe, Paul; Loe, Lena",
    year=2019,
    venue="Journal of Made Up Things",
    volume="12",
    pages="101-109",
    doi="10.9999/made.1",
)


def other(**changes):
    """The same work as another source has it, without identifier but for what is changed."""
    return replace(WORK, **{"name": "b", "sources": frozenset({"Scopus"}), "doi": ""} | changes)


def verdict(one, two, **options):
    found = find([one, two], **options)
    if len(found.groups) == 1:
        return "same"
    return "version" if found.links else "doubt" if found.doubts else "other"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"title": WORK.title.upper() + "."},
        {"authors": "Roe R; Poe P; Loe L"},
        {"authors": "Rita Roe; Paul Poe"},
        {"venue": "J Made Up Things"},
        {"year": 2018},
        {"abstract": ""},
        {"pages": "101-9"},
        {"venue": "", "volume": "", "pages": ""},
        {"doi": WORK.doi, "title": "Patient listening and steady trust"},
        {"doi": WORK.doi, "title": "", "authors": ""},
        {"doi": WORK.doi.upper()},
        {"title": WORK.title.replace("midwives", "midwifes")},
    ],
)
def test_the_same_work_is_one(changes):
    assert verdict(WORK, other(**changes)) == "same"


@pytest.mark.parametrize(
    "changes",
    [
        {
            "title": "Trust and steady listening among valley bakers",
            "doi": WORK.doi,
            "abstract": "",
            "authors": "Moe, M",
        },
        {"title": WORK.title + ": part 2", "abstract": ""},
        {"title": "Correction: " + WORK.title, "abstract": ""},
        {"title": "Reply to comment on " + WORK.title, "abstract": ""},
        {"authors": "Moe, Mira; Noe, Nora"},
    ],
)
def test_another_work_is_another(changes):
    assert verdict(WORK, other(**changes)) in ("other", "doubt")
    assert len(find([WORK, other(**changes)]).groups) == 2


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"doi": "10.9999/made.2"}, "different DOIs"),
        (
            {"volume": "13", "pages": "7-9", "year": 2020, "venue": "Imaginary Practice"},
            "different places",
        ),
        ({"abstract": "", "venue": "", "volume": "", "pages": ""}, "not enough agrees"),
        (
            {
                "doi": WORK.doi,
                "title": "Patient listening in towns and steady doubt in the work of bakers",
            },
            "another text",
        ),
        ({"title": WORK.title.replace("Patient", "Patient 3")}, "different numbers"),
    ],
)
def test_what_may_be_the_same_is_left_to_a_person(changes, reason):
    found = find([WORK, other(**changes)])
    assert len(found.groups) == 2
    assert reason in found.doubts[0].reason


def test_a_blank_doi_never_equals_another():
    one, two = (
        Citation(name, title=title) for name, title in (("a", "First thing"), ("b", "Second thing"))
    )
    assert verdict(one, two) == "other"


def test_citations_without_anything_are_never_merged():
    assert len(find([Citation("a"), Citation("b")]).groups) == 2


def test_a_short_title_alone_is_not_enough():
    one = Citation("a", title="Editorial", authors="Roe, R", year=2019, venue="Made Up")
    assert verdict(one, replace(one, name="b", authors="Roe, R", volume="3")) != "other"
    assert len(find([one, replace(one, name="b", authors="Poe, P")]).groups) == 2


def test_short_titles_of_different_places_are_not_asked_about():
    one = Citation("a", title="Table of contents", authors="Anonymous", year=2019, volume="1")
    assert verdict(one, replace(one, name="b", volume="2")) == "other"


def test_two_records_of_one_source_are_two_works():
    assert len(find([WORK, other(sources=WORK.sources)]).groups) == 2


def test_two_records_of_one_source_are_only_asked_about_where_the_texts_are_the_same():
    assert verdict(WORK, other(sources=WORK.sources)) == "doubt"
    assert verdict(WORK, other(sources=WORK.sources, abstract="")) == "other"


def test_two_records_of_one_source_with_one_identifier_are_one():
    assert verdict(WORK, other(sources=WORK.sources, doi=WORK.doi)) == "same"


def test_a_third_source_does_not_join_two_records_of_one_source():
    first, second = WORK, replace(WORK, name="b", doi="", pages="101")
    third = other(name="c")
    found = find([first, second, third])
    assert len(found.groups) == 2
    assert any("has them as two works" in doubt.reason for doubt in found.doubts)


def test_a_third_record_does_not_join_two_dois():
    found = find([WORK, other(doi="10.9999/made.2"), other(name="c", sources=frozenset({"ERIC"}))])
    assert len(found.groups) == 2


def test_abstracts_of_a_supplement_that_share_a_doi_stay_apart():
    """Same DOI, venue and authors, titles alike, other page, other text."""
    one = replace(WORK, pages="S51", abstract="Of bakers we know little. " * 10)
    two = other(
        doi=WORK.doi, pages="S52", abstract="Quarry workers were asked instead, twice. " * 7
    )
    assert len(find([one, two]).groups) == 2


PREPRINT = other(
    doi="10.31235/osf.io/made1", venue="SocArXiv", volume="", pages="", year=2018, type="preprint"
)


def test_a_preprint_and_its_article_are_linked_not_merged():
    assert verdict(WORK, PREPRINT) == "version"


def test_a_setting_merges_a_preprint_with_its_article():
    assert verdict(WORK, PREPRINT, merge_preprints=True) == "same"


def test_a_preprint_whose_title_changed_is_linked_where_a_source_says_so():
    renamed = replace(PREPRINT, title="On whom midwives rely", versions=(WORK.doi,))
    assert verdict(WORK, renamed) == "version"


def test_two_versions_of_a_preprint_are_one_work():
    one = replace(PREPRINT, doi="10.21203/rs.3.rs-1/v1")
    assert (
        verdict(one, replace(one, name="c", sources=frozenset({"X"}), doi="10.21203/rs.3.rs-1/v2"))
        == "same"
    )


def test_an_article_of_a_publisher_of_preprints_is_no_preprint():
    article = replace(WORK, doi="10.1101/gr.123456.115")
    assert verdict(article, other()) == "same"


@pytest.mark.parametrize("same", [True, False])
def test_a_decision_is_obeyed_whatever_the_rules_say(same):
    pair = frozenset("ab")
    one, two = (WORK, other(doi="10.9999/made.2")) if same else (WORK, other(doi=WORK.doi))
    found = find([one, two], {pair: same})
    assert (len(found.groups) == 1) is same
    assert not any({d.first, d.second} == {0, 1} for d in found.doubts) or not same


def test_a_decision_on_records_that_are_gone_does_no_harm():
    assert len(find([WORK], {frozenset(("a", "gone")): True}).groups) == 1


def test_of_two_groups_only_the_pair_most_alike_is_asked_about():
    copies = [WORK, other(name="b", sources=frozenset({"B"}))]
    others = [replace(c, name=c.name * 2, doi="10.9999/made.2", pages="101-109") for c in copies]
    assert len(find([*copies, *others]).doubts) <= 1


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_citations_changes_nothing(dice):
    citations = [
        WORK,
        other(name="b"),
        other(name="c", sources=frozenset({"ERIC"}), abstract=""),
        other(name="d", sources=frozenset({"DOAJ"}), doi="10.9999/made.2"),
        PREPRINT,
    ]
    names = {frozenset(citations[i].name for i in group) for group in find(citations).groups}
    shuffled = citations[:]
    dice.shuffle(shuffled)
    found = {frozenset(shuffled[i].name for i in group) for group in find(shuffled).groups}
    assert found == names


@given(
    st.lists(
        st.builds(
            Citation,
            name=st.uuids().map(str),
            title=st.sampled_from(["", "Trust", WORK.title, WORK.title + " 2"]),
            authors=st.sampled_from(["", "Roe, R", "Poe, P"]),
            year=st.sampled_from([None, 2019, 2020]),
            doi=st.sampled_from(["", "10.9999/x", "10.9999/y"]),
            pages=st.sampled_from(["", "5", "6"]),
        ),
        max_size=8,
    )
)
def test_every_citation_is_in_exactly_one_group(citations):
    found = find(citations)
    assert sorted(index for group in found.groups for index in group) == list(range(len(citations)))
    assert len(citations) - len(found.groups) == len(found.joins)


@pytest.mark.skipif(not LABELLED.exists(), reason=f"{LABELLED} is not here")
def test_on_the_labelled_set_no_works_are_merged_by_mistake_and_few_are_missed():
    """ASySD's diabetes set: 584 works, and 1,261 copies of them, told apart by people."""
    with LABELLED.open(encoding="latin-1", newline="") as stream:
        rows = list(csv.DictReader(stream))
    citations = [
        Citation(
            name=row["record_id"],
            title=row["title"],
            abstract=row["abstract"],
            authors=re.sub(r"\.(?=[A-Z])", ".;", row["author"]),
            year=int(row["year"]),
            venue=row["journal"],
            volume=row["volume"],
            pages=row["pages"],
            doi=next(iter(re.findall(r"10\.\d{4,9}/\S+", row["doi"].lower())), ""),
        )
        for row in rows
    ]
    unique = [
        sum(rows[index]["source"] == "unique" for index in group)
        for group in find(citations).groups
    ]
    false_merges = sum(count - 1 for count in unique if count > 1)
    missed = sum(count == 0 for count in unique)
    assert false_merges == 0
    assert missed <= 3


def test_ten_thousand_records_take_seconds():
    """A tenth of 100,000, which must take less than two minutes."""
    dice = random.Random(3)
    words = [
        f"{a}{b}"
        for a in ("ka", "lo", "mi", "nu", "re", "so")
        for b in ("ton", "ver", "dal", "fix")
    ]
    citations = []
    for number in range(5_000):
        title = " ".join(dice.choices(words, k=9)) + f" {number}"
        for source in ("One", "Two"):
            citations.append(
                Citation(
                    f"{source}{number}", frozenset({source}), title, " ".join(dice.choices(words, k=9)) * 12,
                    f"{dice.choice(words)}, A; Poe, P", 2000 + number % 20, "Made Up", "1", str(number),
                )
            )  # fmt: skip
    begun = time.perf_counter()
    find(citations)
    assert time.perf_counter() - begun < 12
