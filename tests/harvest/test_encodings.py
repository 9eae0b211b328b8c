"""Encodings that real exports have."""

import pytest
from pipeline.errors import RapportError

TEXT = "title;abstract\nMüller’s “trust”;Été – naïve façade.\n"
MEANT = ("Müller’s “trust”", "Été – naïve façade.")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_the_encoding_is_found(read, encoding):
    entry = read("a.csv", TEXT.encode(encoding)).entries[0]
    assert (entry.title, entry.abstract) == MEANT


def test_the_study_may_name_the_encoding(read):
    content = "title,abstract\nKrakówßő,ż\n".encode("iso-8859-2")
    assert read("a.csv", content, encoding="latin2").titles == ["Krakówßő"]


def test_an_encoding_that_there_is_not_is_an_error(read):
    with pytest.raises(RapportError, match="no encoding 'utf-9'"):
        read("a.csv", TEXT, encoding="utf-9")


def test_another_script_is_told_by_its_letters(read):
    content = "title,abstract\n" + "Доверие в команде,Отношения и практика внедрения\n" * 20
    items = read("a.csv", content.encode("cp1251"))
    assert items.titles[0] == "Доверие в команде"
    assert "not UTF-8" in items.notes[0]


def test_a_few_bad_bytes_spoil_only_themselves_and_are_told(read):
    good = "Ünverdorben – é"
    lines = [good.encode(), "Schön “alt”".encode("cp1252"), good.encode()]
    items = read("a.csv", b"title,abstract\n" + b"".join(line + b",x\n" for line in lines))
    assert items.titles == [good, "Schön “alt”", good]
    assert items.notes == ["a.csv: what is not UTF-8 was read as Windows-1252, on lines 3"]


def test_good_and_bad_bytes_in_one_line_are_each_read_as_meant(read):
    items = read(
        "a.csv", b"title,abstract\n" + "é".encode() * 3 + b"\xe9 \x93q\x94,x\n" + TEXT.encode()
    )
    assert items.titles[0] == "éééé “q”"


@pytest.mark.parametrize("quote", ["'", '"'])
def test_an_encoding_declared_in_xml_is_believed(read, quote):
    head = f"<?xml version='1.0' encoding={quote}iso-8859-2{quote}?>"
    record = "<record><titles><title>Krakówßő</title></titles></record>"
    content = f"{head}<xml><records>{record}</records></xml>".encode("iso-8859-2")
    assert read("a.xml", content).titles == ["Krakówßő"]


def test_windows_1252_is_told(read):
    assert read("a.csv", TEXT.encode("cp1252")).notes == [
        "a.csv: is not UTF-8; it was read as Windows-1252"
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_way(read, end):
    text = end.join(["TY  - JOUR", "TI  - Trust", "ER  - ", "TY  - JOUR", "TI  - Work", "ER  - "])
    assert read("a.ris", text).titles == ["Trust", "Work"]


def test_only_line_ends_end_lines(read):
    """Form feeds and Unicode's own separators stand inside texts."""
    items = read("a.ris", "TY  - JOUR\nTI  - A\x0cB\u2028C\x85D\nER  - \n")
    assert len(items.entries) == 1
