"""RIS as databases and reference managers write it."""

import pytest

ONE = "TY  - JOUR\nTI  - Trust at work\nAB  - We built trust.\nPY  - 2019\nER  - \n"
TWO = "TY  - JOUR\nT1  - Training nurses\nN2  - We trained.\nY1  - 2020/05//\nER  - \n"


def test_an_entry_without_er_does_not_swallow_the_next(read):
    items = read("a.ris", ONE.replace("ER  - \n", "") + TWO)
    assert items.titles == ["Trust at work", "Training nurses"]
    assert items.notes == ["a.ris, line 1: the entry has no ER; the next TY ends it"]


def test_the_last_entry_without_er_is_read_and_told(read):
    items = read("a.ris", ONE + TWO.replace("ER  - \n", ""))
    assert items.titles == ["Trust at work", "Training nurses"]
    assert "a.ris, line 6: the entry has no ER; the file may be cut short" in items.notes[0]


def test_an_entry_without_ty_is_read_and_told(read):
    items = read("a.ris", ONE + TWO.replace("TY  - JOUR\n", ""))
    assert items.titles == ["Trust at work", "Training nurses"]
    assert items.notes == ["a.ris, line 6: the entry has no TY; its first tag begins it"]


def test_lines_between_entries_are_no_part_of_them(read):
    """Ovid numbers its entries, Cochrane heads them with the provider."""
    head = "Record #1 of 2\nProvider: Somebody\nContent: text/plain\n\n"
    items = read("a.ris", head + ONE + "\n2. \n" + TWO)
    assert items.titles == ["Trust at work", "Training nurses"]
    assert items.notes == []


@pytest.mark.parametrize("dash", ["  - ", " - ", "  -  "])
def test_tags_may_have_one_blank_or_two(read, dash):
    items = read("a.ris", ONE.replace("  - ", dash))
    assert items.titles == ["Trust at work"]
    assert items.entries[0].abstract == "We built trust."


def test_lower_case_tags_are_tags(read):
    assert read("a.ris", ONE.replace("TI  -", "ti  -").replace("AB  -", "ab  -")).titles == [
        "Trust at work"
    ]


def test_an_abstract_goes_on_over_lines(read):
    items = read("a.ris", ONE.replace("trust.", "trust.\n\nER  - visits fell.\nThen we left."))
    assert items.entries[0].abstract == "We built trust.\nER  - visits fell.\nThen we left."


def test_a_second_abstract_line_is_kept(read):
    items = read("a.ris", ONE.replace("PY  -", "AB  - And kept it.\nPY  -"))
    assert items.entries[0].abstract == "We built trust.\nAnd kept it."


@pytest.mark.parametrize(
    "line",
    [
        "DO  - 10.1234/abc",
        "DO  - https://doi.org/10.1234/abc",
        "UR  - http://dx.doi.org/10.1234/abc",
        "N1  - Cited by 3; doi: 10.1234/abc",
        "L3  - 10.1234/abc",
    ],
)
def test_the_doi_is_found_where_vendors_put_it(read, line):
    entry = read("a.ris", ONE.replace("PY  -", f"{line}\nPY  -")).entries[0]
    assert entry.doi.endswith("10.1234/abc")


@pytest.mark.parametrize("line", ["C3  - PUBMED 123", "U1  - 123[pmid]", "DB  - PubMed\nAN  - 123"])
def test_the_pmid_is_found_where_vendors_put_it(read, line):
    assert read("a.ris", ONE.replace("PY  -", f"{line}\nPY  -")).entries[0].pmid == "123"


def test_fields_have_their_vendors_tags(read):
    entry = read(
        "a.ris", TWO.replace("N2", "A1  - Roe, J.\nA1  - Doe, K.\nJF  - J Work\nN2")
    ).entries[0]
    assert (entry.title, entry.abstract) == ("Training nurses", "We trained.")
    assert (entry.authors, entry.venue, entry.year) == ("Roe, J.; Doe, K.", "J Work", "2020/05//")


def test_the_identifiers_of_embase_are_found_where_it_puts_them(read):
    entry = read(
        "e.ris",
        "TY  - JOUR\nTI  - T\nLK  - http://dx.doi.org/10.1234/a\nC5  - 31234567\nDB  - Embase\nER  - \n",
    ).entries[0]
    assert (entry.doi, entry.pmid) == ("10.1234/a", "31234567")
