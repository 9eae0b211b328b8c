"""Tables: CSV, TSV and workbooks."""

import datetime
from io import BytesIO

import openpyxl
import pytest
from pipeline.errors import RapportError
from pipeline.harvest.formats.columns import ALIASES, recognise
from pipeline.harvest.normalise import row

HEADINGS = {
    "scopus": "Authors,Author full names,Title,Year,Source title,DOI,Link,Abstract,EID",
    "pubmed": "PMID,Title,Authors,Citation,Journal/Book,Publication Year,DOI",
    "zotero": "Key,Item Type,Publication Year,Author,Title,Publication Title,DOI,Abstract Note",
    "asreview": "record_id,title,abstract,label_included",
    "rayyan": "key,title,year,journal,authors,url,abstract,doi,pubmed_id",
    "web of science": "Article Title,Source Title,Abstract,Publication Year,UT (Unique WOS ID)",
    "openalex": "id,doi,display_name,publication_year,abstract",
    "embase": "Title,Author Names,Source title,Publication Year,Abstract,Medline PMID,DOI",
    "cinahl": "Article Title,Author,Journal Title,Publication Date,Accession Number,DOI,Abstract",
    "covidence": "Title,Authors,Abstract,Published Year,Journal,DOI,Ref,Covidence #",
    "cochrane": "CENTRAL ID,Author(s),Title,Source,Year,Abstract,PubMed ID,DOI",
    "refworks": 'Reference Id,"Authors, Primary",Title Primary,Periodical Full,Pub Year,Abstract',
    "lens": "Lens ID,Title,Publication Year,Source Title,Author/s,Abstract,PMID,DOI",
}


@pytest.mark.parametrize("heading", HEADINGS.values(), ids=HEADINGS)
def test_the_columns_of_a_database_are_known(heading):
    import csv

    places = recognise(next(csv.reader([heading]))).places
    wanted = {"title", "abstract"} - ({"abstract"} if heading == HEADINGS["pubmed"] else set())
    assert wanted <= places.keys()


def test_no_name_of_a_column_stands_for_two_fields():
    names = [name for aliases in ALIASES.values() for name in aliases]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(read, delimiter):
    items = read(
        "a.csv", f"title{delimiter}abstract{delimiter}year\nTrust{delimiter}A b.{delimiter}2019\n"
    )
    assert (items.entries[0].title, items.entries[0].abstract) == ("Trust", "A b.")


def test_a_cell_may_hold_delimiters_quotes_and_line_ends(read):
    items = read("a.csv", 'title,abstract\n"Trust, work","He said ""yes"".\r\nThen, no."\r\nB,C\n')
    assert items.titles == ["Trust, work", "B"]
    assert items.entries[0].abstract == 'He said "yes".\nThen, no.'
    assert items.entries[1].place == "a.csv, line 4"


def test_lines_before_the_heading_are_passed_over(read):
    """Embase begins with the search, its spreadsheets with `sep=;`."""
    items = read("a.csv", '"SEARCH QUERY","trust:ti"\n-------\n\n"Title","Abstract"\n"A","B"\n')
    assert [(entry.title, entry.abstract) for entry in items.entries] == [("A", "B")]


def test_columns_named_in_the_study_come_first(read):
    text = "name,title,result\nTrust,ignored,We built it.\n"
    entry = read("a.csv", text, columns={"title": "Name", "abstract": "result"}).entries[0]
    assert (entry.title, entry.abstract) == ("Trust", "We built it.")


def test_a_named_column_that_is_not_there_is_an_error_with_the_nearest(read):
    with pytest.raises(
        RapportError, match="no column for abstract: 'resutl'.*Did you mean 'result'"
    ):
        read("a.csv", "title,result\nA,B\n", columns={"abstract": "resutl"})


def test_a_named_field_that_is_unknown_is_an_error(read):
    with pytest.raises(RapportError, match="unknown field 'abstrct'"):
        read("a.csv", "title,result\nA,B\n", columns={"abstrct": "result"})


def test_a_table_without_titles_and_abstracts_is_an_error_that_lists_its_columns(read):
    with pytest.raises(RapportError, match=r"row 1: has no column of titles.*a, b, c\. Name them"):
        read("a.csv", "a,b,c\n1,2,3\n")


def test_a_table_without_abstracts_is_read_and_told(read):
    items = read("a.csv", "title,year\nTrust,2019\n")
    assert items.titles == ["Trust"]
    assert items.notes == ["a.csv: there is no column of abstracts"]


def test_an_unclosed_quote_does_not_swallow_the_rows_after_it(read):
    text = 'title,abstract,year\n"One","a",2001\n"Two","b, never closed,2002\n"Three","c",2003\n'
    items = read("a.csv", text)
    assert "One" in items.titles
    assert "Three" in items.titles
    assert len(items.entries) + len(items.broken) == 3


def test_a_row_with_more_cells_than_the_heading_is_broken(read):
    items = read("a.csv", "title,abstract,year\nOne,a, b,2001\nTwo,c,2002\n")
    assert items.titles == ["Two"]
    assert items.broken[0].place == "a.csv, line 2"
    assert "4 cells where the heading has 3" in items.broken[0].reason


def test_a_column_too_many_after_the_texts_is_told(read):
    """Scopus writes rows with one cell more than its heading, far behind the abstract."""
    text = 'Authors,Title,Year,Abstract,Language,EID\n"Roe, J",T,2019,"A, b",,English,2-s2.0-1\n'
    items = read("a.csv", text)
    assert (items.entries[0].title, items.entries[0].abstract) == ("T", "A, b")
    assert items.entries[0].language == ""
    assert (
        "rows with more cells than the heading: 1; only their columns up to 'Abstract'"
        in items.notes[0]
    )


def test_a_remark_between_rows_is_no_entry(read):
    items = read("a.csv", "id,title,abstract\n1,A,B\nnot yet labelled\n2,C,D\n")
    assert items.titles == ["A", "C"]
    assert items.notes == ["a.csv, line 3: is no row of the table: not yet labelled"]


def test_a_number_kept_as_text_for_spreadsheets_is_a_number(read):
    items = read("a.csv", 'title,abstract,pmid\nA,B,="123"\n')
    assert row(items.entries[0]).pmid == "123"


def test_a_text_that_a_spreadsheet_cut_is_told(read):
    items = read("a.csv", "title,abstract\nA," + "b" * 32_767 + "\n")
    assert "cut at 32,767 characters" in items.notes[0]


def test_quotes_inside_tab_separated_text_are_text(read):
    items = read("a.tsv", 'title\tabstract\n"Trust" at work\tSay "no"\n"Open\tb\nC\td\n')
    assert [entry.abstract for entry in items.entries] == ['Say "no"', "b", "d"]


def workbook(*sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for cells in rows:
            sheet.append(cells)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_every_sheet_with_texts_is_read_and_any_other_is_named(read):
    heading = ["Title", "Abstract", "Year"]
    content = workbook([["About"]], [heading, ["A", "B", 1]], [], [heading, ["C", "D", 2]])
    items = read("a.xlsx", content)
    assert items.titles == ["A", "C"]
    assert items.notes == [
        "a.xlsx: sheet Sheet has no column of titles or abstracts; it is not read"
    ]


def test_a_workbook_is_read_from_the_first_sheet_with_texts(read):
    content = workbook([["notes"], ["none"]], [["Title", "Abstract"], ["A", "B"], [None, None]])
    items = read("a.xlsx", content)
    assert [(e.title, e.abstract, e.place) for e in items.entries] == [
        ("A", "B", "a.xlsx, sheet Sheet1, row 2")
    ]


def test_numbers_and_dates_of_a_workbook_are_text(read):
    content = workbook(
        [["title", "year", "pmid"], ["A", 2019, 123.0], ["B", datetime.date(2020, 5, 1), None]]
    )
    rows = [row(entry) for entry in read("a.xlsx", content).entries]
    assert [(each.year, each.pmid) for each in rows] == [(2019, "123"), (2020, "")]


def test_a_workbook_may_have_another_name(read):
    assert read("a.csv", workbook([["title"], ["A"]])).titles == ["A"]


def test_a_workbook_without_texts_is_an_error(read):
    with pytest.raises(RapportError, match="has no column of titles or abstracts"):
        read("a.xlsx", workbook([["a", "b"], [1, 2]]))


def test_a_damaged_workbook_is_an_error(read):
    with pytest.raises(RapportError, match="damaged"):
        read("a.xlsx", workbook([["title"], ["A"]])[:-200])


def test_a_field_on_each_row_is_told_and_not_read_as_records(read):
    rows = "TITLE,One\nAUTHOR NAMES,Doe J.\nPUBLICATION YEAR,2019\nABSTRACT,Text.\nDOI,10.1234/a\n"
    with pytest.raises(RapportError, match="row 1.*a field on each row.*as RIS"):
        read("embase.csv", rows)


def test_the_heading_of_a_second_export_is_no_record(read):
    items = read("two.csv", "Title,Year,DOI\nOne,2019,\nTitle,Year,DOI\nTwo,2020,\n")
    assert items.titles == ["One", "Two"]
    assert "line 3: the heading stands here again" in items.notes[-1]


def test_another_heading_inside_a_table_is_an_error_with_its_row(read):
    joined = "Title,Abstract,Year,DOI\nOne,A,2019,\nAuthors,Title,Year,Abstract\nDoe,Two,2020,A\n"
    with pytest.raises(RapportError, match="row 3: another heading"):
        read("two.csv", joined.replace("Authors,Title", "Title,Authors"))


@pytest.mark.parametrize("index", ['{"We": [0], "asked.": [1]}', "{'We': [0], 'asked.': [1]}"])
def test_an_inverted_index_in_a_cell_is_the_text_it_stands_for(read, index):
    cell = index.replace('"', '""')
    entry = read("a.csv", f'title,abstract_inverted_index\nOne,"{cell}"\n').entries[0]
    assert entry.abstract == "We asked."


def test_a_last_row_that_is_cut_short_is_broken_and_its_cells_are_not_guessed(read):
    items = read("a.csv", 'title,abstract,year\n"One, two","A",2019\n"Three, four","Cut he')
    assert items.titles == ["One, two"]
    assert [broken.place for broken in items.broken] == ["a.csv, line 3"]
