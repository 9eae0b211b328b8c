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
