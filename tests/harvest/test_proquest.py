"""ProQuest's text export."""

from pipeline.harvest.normalise import row

RULE = "_" * 60
FILE = f"""{RULE}

Document 1 of 2

Trust: a study

Author: Roe, Jane1; Doe, Kim1 U Nowhere

http://search.example.org/1

Abstract: First paragraph.

Purpose: not a field but a label of the abstract.

Links: http://resolver.example.org/1

Title: Trust: a study

Publication title: Journal of Invented Work

Volume: 3

Publication year: 1999

Document type: Journal Article

DOI: http://dx.doi.org/10.1234/ABC

ProQuest document ID: 7001

{RULE}

No abstract here

Abstract: None available.

Title: No abstract here

Publication year: 1983

ProQuest document ID: 7002

{RULE}

Contact us at: http://example.org
"""


def test_entries_between_rules_are_read(read):
    items = read("a.txt", FILE)
    assert items.titles == ["Trust: a study", "No abstract here"]
    first = items.entries[0]
    assert (first.year, first.venue, first.source_id) == (
        "1999",
        "Journal of Invented Work",
        "7001",
    )
    assert row(first).doi == "10.1234/abc"


def test_an_abstract_goes_on_over_paragraphs_and_ends_at_the_next_field(read):
    abstract = read("a.txt", FILE).entries[0].abstract
    assert abstract == "First paragraph.\nPurpose: not a field but a label of the abstract."


def test_numbers_of_affiliations_are_no_part_of_names(read):
    assert read("a.txt", FILE).entries[0].authors.startswith("Roe, Jane; Doe, Kim")


def test_a_notice_in_place_of_an_abstract_is_none(read):
    assert row(read("a.txt", FILE).entries[1]).abstract == ""


def test_lines_end_in_any_way(read):
    assert read("a.txt", FILE.replace("\n", "\r\n")).titles == read("b.txt", FILE).titles


def test_a_field_of_an_unknown_name_does_not_run_into_the_one_before(read):
    rule = "_" * 60
    text = f"{rule}\n\nTitle: One\n\nAuthor: Doe, Jane\n\nCredit line: x\n\nAbstract (English): A\n\nAims: B\n"
    entry = read("p.txt", text).entries[0]
    assert entry.authors == "Doe, Jane"
    assert entry.abstract == "A\nAims: B"
