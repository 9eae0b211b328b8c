"""PubMed's MEDLINE format."""

FILE = """PMID- 11
DP  - 2019 Jan
TI  - Trust between teams
      and their facilitators.
LID - 10.1234/ABC [doi]
AB  - BACKGROUND: Trust grew.
      METHODS: We asked.
FAU - Roe, Jane
AU  - Roe J
JT  - Journal of invented work
OT  - trust
MH  - Humans
PMID- 12
TI  - Second
OAB - Un résumé.
"""


def test_an_entry_begins_at_pmid_without_a_blank_line(read):
    assert read("a.nbib", FILE).titles == ["Trust between teams and their facilitators.", "Second"]


def test_continued_lines_are_one_text(read):
    entry = read("a.nbib", FILE).entries[0]
    assert entry.abstract == "BACKGROUND: Trust grew. METHODS: We asked."


def test_fields_are_read(read):
    entry = read("a.nbib", FILE).entries[0]
    assert (entry.pmid, entry.doi.strip(), entry.year) == ("11", "10.1234/ABC", "2019 Jan")
    assert (entry.authors, entry.venue) == ("Roe, Jane", "Journal of invented work")
    assert entry.keywords == "trust; Humans"


def test_an_abstract_in_another_language_stands_in(read):
    assert read("a.nbib", FILE).entries[1].abstract == "Un résumé."


def test_it_is_known_by_its_content_in_a_file_named_ris(read):
    assert len(read("a.ris", FILE).entries) == 2


def test_a_byte_order_mark_does_no_harm(read):
    assert len(read("a.nbib", b"\xef\xbb\xbf" + FILE.encode()).entries) == 2


def test_entries_without_a_pmid_as_those_of_eric_begin_after_a_blank_line(read):
    eric = "OWN - ERIC\nTI  - One\nDP  - 2019\n\nOWN - ERIC\nTI  - Two\n\nOWN - ERIC\nTI  - Three\n"
    items = read("eric.nbib", eric)
    assert items.titles == ["One", "Two", "Three"]
    assert len(items.notes) == 1


def test_a_blank_line_inside_an_entry_of_pubmed_ends_nothing(read):
    items = read("a.nbib", "PMID- 11\nOWN - NLM\n\nTI  - One\n\nOWN - NLM\nAB  - Text.\n")
    assert items.titles == ["One"]
