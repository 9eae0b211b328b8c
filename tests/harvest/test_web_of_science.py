"""Web of Science: plain text, and tab-delimited with the same tags."""

from pipeline.harvest.normalise import row

FILE = """FN Clarivate Analytics Web of Science
VR 1.0
PT J
AU Roe, J
   Doe, K
AF Roe, Jane
   Doe, Kim
TI Trust between
   teams
SO JOURNAL OF INVENTED WORK
AB Background
   Trust is needed in every long and demanding change of practice that a team is asked to make.
   Methods
   We asked ninety nurses about the people who came to help them over the course of two years.
PY 2019
DI 10.1234/abc
PM 77
UT WOS:1
ER

PT J
TI Second
PY 2020
ER

EF
"""


def test_entries_and_continued_lines_are_read(read):
    items = read("a.ciw", FILE)
    assert items.titles == ["Trust between teams", "Second"]
    first = items.entries[0]
    assert first.authors == "Roe, Jane; Doe, Kim"
    assert (first.doi, first.pmid, first.source_id) == ("10.1234/abc", "77", "WOS:1")


def test_labels_on_lines_of_their_own_become_labels(read):
    abstract = row(read("a.txt", FILE).entries[0]).abstract
    assert abstract.startswith("BACKGROUND: Trust is needed")
    assert "\nMETHODS: We asked ninety" in abstract


def test_an_entry_without_er_does_not_swallow_the_next(read):
    items = read("a.txt", FILE.replace("UT WOS:1\nER\n", "UT WOS:1\n"))
    assert items.titles == ["Trust between teams", "Second"]
    assert "has no ER" in items.notes[0]


def test_an_abstract_that_was_wrapped_is_one_line(read):
    items = read(
        "a.txt", FILE.replace("TI Second", "TI Second\nAB We tried to\n   see who came\n   back")
    )
    assert items.entries[1].abstract == "We tried to see who came back"


def test_the_tab_delimited_export_has_the_same_tags(read):
    table = "PT\tAU\tTI\tSO\tAB\tPY\tDI\tUT\nJ\tRoe, J\tTrust\tJ WORK\tText.\t2019\t10.1/a\tWOS:1\n"
    entry = read("savedrecs.txt", table.encode("utf-16")).entries[0]
    assert (entry.title, entry.abstract, entry.year) == ("Trust", "Text.", "2019")
    assert (entry.venue, entry.source_id, entry.type) == ("J WORK", "WOS:1", "J")
