"""What a file is, and files that cannot be read as a whole."""

import pytest
from pipeline.errors import RapportError
from pipeline.harvest.files import read as read_files
from pipeline.study import Source

RIS = "TY  - JOUR\nTI  - Trust\nER  - \n"


def source(path, **options):
    return Source("s", "file", "research", {"path": path, **options})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", RIS),
        ("a.csv", "@article{a, title = {Trust}}"),
        ("a.bib", "title,abstract\nTrust,b\n"),
        ("a.ris", "PMID- 1\nTI  - Trust\n"),
        ("a", '[{"title": "Trust"}]'),
        ("a.json", '{"title": "Trust"}\n{"title": "Trust"}'),
        ("a.dat", "FN X Y\nVR 1.0\nPT J\nTI Trust\nER\n"),
        ("a.xls", "title\tabstract\nTrust\tb\n"),
    ],
)
def test_the_content_tells_the_format_whatever_the_name(read, name, content):
    assert set(read(name, content).titles) == {"Trust"}


def test_the_study_overrules_what_content_and_name_tell(read):
    with pytest.raises(RapportError, match="no entry was found in it, read as bibtex"):
        read("a.ris", RIS, format="bibtex")
    assert read("b.txt", RIS, format=".RIS").titles == ["Trust"]


def test_an_unknown_format_is_an_error_with_the_nearest(read):
    with pytest.raises(RapportError, match="no format 'riss'. Did you mean ris"):
        read("a.ris", RIS, format="riss")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.ris", b"", "is empty"),
        ("a.csv", bytes(range(256)) * 9, "is not a text file"),
        ("a.ris", b"\x00\x01\x02\x03" * 500, "is not a text file"),
        ("a.csv", b"%PDF-1.7 x", "is a PDF.*documents"),
        ("a.xlsx", b"PK\x03\x04 x", "damaged archive"),
        ("a.xls", b"\xd0\xcf\x11\xe0" * 9, "old Excel"),
        ("a.xml", b"<html><body>x</body></html>", "web page"),
        ("a.ris", b"nothing of the kind\n", "no entry was found in it, read as ris"),
        ("a.txt", b"only prose here\n", "no column of titles"),
    ],
)
def test_what_is_no_export_is_one_clear_line(read, name, content, told):
    with pytest.raises(RapportError, match=told) as raised:
        read(name, content)
    assert name in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_file_and_a_folder_are_errors(tmp_path):
    with pytest.raises(RapportError, match="no such file"):
        list(read_files(source(tmp_path / "none.ris")))
    with pytest.raises(RapportError, match="is a folder"):
        list(read_files(source(tmp_path)))


def test_the_files_of_a_pattern_are_read_in_the_order_of_their_names(tmp_path):
    for name in ("b.ris", "a.ris", "c.txt"):
        (tmp_path / name).write_text(RIS.replace("Trust", name))
    items = list(read_files(source(tmp_path / "*.ris")))
    assert [item.title for item in items] == ["a.ris", "b.ris"]


def test_a_pattern_that_matches_nothing_is_an_error(tmp_path):
    with pytest.raises(RapportError, match="no file matches"):
        list(read_files(source(tmp_path / "*.ris")))


BOM = "\ufeff"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("a.ris", "TY  - JOUR\nTI  - One\nER  - \n", "TY  - JOUR\nTI  - Two\nER  - \n"),
        ("a.nbib", "PMID- 1\nTI  - One\n\n", "PMID- 2\nTI  - Two\n"),
        ("a.bib", "@article{a, title={One}}\n", "@article{b, title={Two}}\n"),
        ("a.txt", "FN X\nPT J\nTI One\nER\n\nEF\n", "FN X\nPT J\nTI Two\nER\n\nEF\n"),
        ("a.csv", "title,year\nOne,2019\n", "title,year\nTwo,2020\n"),
        ("a.jsonl", '{"title": "One"}\n', '{"title": "Two"}\n'),
    ],
)
def test_files_that_were_joined_with_their_marks_of_encoding_lose_no_entry(
    read, name, one, other, encoding
):
    items = read(name, (BOM + one + BOM + other).encode(encoding.replace("16", "16-le")))
    assert items.titles == ["One", "Two"]
    assert [entry.type for entry in items.entries] == [items.entries[0].type] * 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("<1>\nUnique Identifier\n  31\nTitle\n  T.\n", "Ovid's own text.*Export it as RIS"),
        ("%0 Journal Article\n%A Doe, J\n%T T\n", "EndNote's tagged format.*XML or RIS"),
        ("RT Journal Article\nT1 T\n", "RefWorks.*RIS"),
        ("Record #1 of 2\nID: CN-1\nTI: T\n", "Cochrane.*RIS"),
        ("Scopus\nEXPORT DATE:01 March 2024\n\nDoe\nT\nABSTRACT: A\n", "Scopus.*RIS or CSV"),
        ("1. J Sch. 2019.\n\nT.\n\nPMID: 31234567\n", "PubMed's text.*nbib"),
        ("<?xml version='1.0'?><PubmedArticleSet></PubmedArticleSet>", "PubMed's XML.*nbib"),
        ("<records><rec resultID='1'/></records>", "XML of another kind"),
        ("31234567\n31234568\n", "a list of numbers"),
    ],
)
def test_a_known_format_that_is_not_read_says_what_to_export_instead(read, content, told):
    with pytest.raises(RapportError, match=told):
        read("export.txt", content)


def test_a_note_with_a_pmid_on_a_line_of_its_own_does_not_look_like_another_format(read):
    assert read("z.csv", 'Title,Extra\nOne,"x\nPMID: 31234567\ny"\n').titles == ["One"]


ONE_OF_EACH = {
    "ris": RIS,
    "nbib": "PMID- 11\nTI  - One\n\n",
    "bibtex": "@article{a, title={One}}\n",
    "wos": "PT J\nTI One\nER\n\n",
}


@pytest.mark.parametrize("first", ONE_OF_EACH)
@pytest.mark.parametrize("then", ONE_OF_EACH)
def test_exports_of_two_formats_in_one_file_are_refused_with_the_line(read, first, then):
    joined = ONE_OF_EACH[first] + ONE_OF_EACH[then]
    if first == then:
        assert len(read("a.txt", joined).entries) == 2
        return
    row = ONE_OF_EACH[first].count("\n") + 1
    with pytest.raises(RapportError, match=f"row {row}: has entries of two formats"):
        read("a.txt", joined)
