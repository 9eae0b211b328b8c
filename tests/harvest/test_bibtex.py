"""BibTeX and BibLaTeX."""

import pytest
from pipeline.harvest.formats import latex

GOOD = """@article{roe19,
  title = {Trust {AND} Work},
  abstract = {We built it.},
  year = 2019
}
"""


def test_entries_are_read_without_braces(read):
    entry = read("a.bib", GOOD).entries[0]
    assert (entry.title, entry.abstract, entry.year) == ("Trust AND Work", "We built it.", "2019")
    assert (entry.source_id, entry.type) == ("roe19", "article")


def test_an_entry_cut_short_is_told_and_the_rest_is_read(read):
    items = read("a.bib", "@article{a, title = {Cut {off}, abstract = {never\n\n" + GOOD)
    assert items.titles == ["Trust AND Work"]
    assert items.broken[0].place == "a.bib, line 1"
    assert items.broken[0].reason == "is not whole: a brace or quote is never closed"


def test_what_is_no_bibtex_is_told_with_its_line(read):
    items = read("a.bib", GOOD + "@article{b title = {No comma}}\n" + GOOD)
    assert len(items.entries) == 2
    assert items.broken[0].place == "a.bib, line 6"
    assert "comma" in items.broken[0].reason


def test_two_entries_with_one_key_are_both_read(read):
    items = read("a.bib", GOOD + GOOD.replace("Trust", "Distrust"))
    assert items.titles == ["Trust AND Work", "Distrust AND Work"]


def test_a_key_for_two_works_is_told(harvest):
    found = harvest({"a.bib": GOOD + GOOD.replace("Trust", "Distrust")})
    assert found.counts("a.bib") == (2, 2, 0, 0)
    assert (
        "a.bib, line 1 and a.bib, line 6: 'roe19' names 2 different works; all are kept"
        in (found.section["sources"]["a.bib"]["notes"])
    )


def test_a_field_given_twice_counts_once_and_is_told(read):
    items = read("a.bib", GOOD.replace("year =", "title = {Other},\n  year ="))
    assert items.titles == ["Trust AND Work"]
    assert "has a field twice" in items.notes[0]


def test_a_field_swallowed_for_want_of_a_comma_is_given_back(read):
    entry = read("a.bib", "@article{a,\n title = {One}\n abstract = {Two},\n}").entries[0]
    assert (entry.title, entry.abstract) == ("One", "Two")


def test_names_of_journals_defined_once_are_filled_in(read):
    text = '@string{jiw = "Journal of Invented Work"}\n@article{a, title = {T}, journal = jiw}\n'
    assert read("a.bib", text).entries[0].venue == "Journal of Invented Work"


def test_comments_and_preambles_are_no_entries(read):
    text = '@comment{jabref-meta: x}\n@preamble{ "y" }\nremarks\n' + GOOD
    assert len(read("a.bib", text).all) == 1


def test_unusual_types_and_empty_keys_are_entries(read):
    text = "@online{,\n title = {A}}\n@software{x, title = {B}}\n@dataset (y, title = {C})\n"
    assert read("a.bib", text).titles == ["A", "B", "C"]


def test_fields_in_capitals_as_web_of_science_writes_them(read):
    text = "@article{ WOS:1,\nTitle = {{Trust}},\nAbstract = {{Text.}},\n"
    text += "DOI = {10.1234/a\\_b},\nUnique-ID = {WOS:1},\n}"
    entry = read("a.bib", text).entries[0]
    assert (entry.title, entry.abstract, entry.doi) == ("Trust", "Text.", "10.1234/a_b")
    assert entry.source_id == "WOS:1"


def test_authors_are_separated_by_semicolons(read):
    entry = read("a.bib", GOOD.replace("year", "author = {Roe, J and\n Doe, K},\n year")).entries[0]
    assert entry.authors == "Roe, J; Doe, K"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"M{\"u}ller", "Müller"),
        (r"M{\"{u}}ller, \'Etienne", "Müller, Étienne"),
        (r"na{\"\i}ve", "naïve"),
        (r"\c{c}a, \v{s}, \H{o}", "ça, š, ő"),
        (r"{\O}re{\ss} \aa", "Øreß å"),
        (r"31.8\%, R\&D, \$5, a\_b", "31.8%, R&D, $5, a_b"),
        (r"P {\textless} .05", "P < .05"),
        (r"$p<0.05$ of \$5", "p<0.05 of $5"),
        (r"10--20, and---so", "10–20, and—so"),
        (r"\emph{trust} and \textbf{{work}}", "trust and work"),
        (r"a~b ``quoted''", "a b “quoted”"),
        (r"\alpha-level \unknown{kept}", "α-level kept"),
        (r"\{braces\}", "{braces}"),
        ("5% of 10% stays", "5% of 10% stays"),
    ],
)
def test_latex_becomes_text(written, meant):
    assert latex.plain(written) == meant


@pytest.mark.parametrize("key", ["", ",", "   "])
def test_an_entry_without_a_key_as_endnote_writes_it_is_read(read, key):
    items = read("a.bib", f"@article{{{key}\n   author = {{Doe, J}},\n   title = {{One}}\n}}\n")
    assert items.titles == ["One"]
    assert items.entries[0].source_id == ""


def test_the_pmid_in_a_note_of_zotero_is_read(read):
    entry = read("a.bib", "@article{a, title={One}, note={PMID: 31234567\nPMCID: PMC1}}").entries[0]
    assert entry.pmid == "31234567"
