"""EndNote XML."""

import pytest
from pipeline.errors import RapportError

RECORD = """<record><ref-type name="Journal Article">17</ref-type><contributors><authors>
<author><style face="normal">Roe, Jane</style></author><author>Doe, Kim</author></authors>
<secondary-authors><author>Editor, An</author></secondary-authors></contributors>
<titles><title><style>Trust {n}</style></title><secondary-title>J Work</secondary-title></titles>
<dates><year>2019</year></dates><keywords><keyword>trust</keyword></keywords>
<electronic-resource-num>10.1234/{n}</electronic-resource-num>
<abstract>Text {n}.</abstract></record>
"""
FILE = (
    f"<?xml version='1.0'?><xml><records>{RECORD.format(n=1)}{RECORD.format(n=2)}</records></xml>"
)


def test_records_are_read(read):
    items = read("a.xml", FILE)
    assert items.titles == ["Trust 1", "Trust 2"]
    first = items.entries[0]
    assert (first.authors, first.venue, first.year) == ("Roe, Jane; Doe, Kim", "J Work", "2019")
    assert (first.abstract, first.doi, first.keywords) == ("Text 1.", "10.1234/1", "trust")


def test_a_damaged_record_spoils_no_other(read):
    items = read("a.xml", FILE.replace("Text 1.</abstract>", "Text 1."))
    assert items.titles == ["Trust 2"]
    assert items.broken[0].place == "a.xml, line 1, record 1"
    assert "not well-formed" in items.broken[0].reason
    assert items.broken[0].title == "Trust 1"


def test_a_record_that_is_never_closed_does_not_swallow_the_next(read):
    items = read("a.xml", FILE.replace("</record>", "", 1))
    assert items.titles == ["Trust 2"]
    assert len(items.broken) == 1


def test_a_file_cut_short_tells_its_last_record(read):
    items = read("a.xml", FILE[: FILE.index("<abstract>Text 2")])
    assert items.titles == ["Trust 1"]
    assert len(items.broken) == 1


def test_signs_that_xml_forbids_do_no_harm(read):
    items = read("a.xml", FILE.replace("Text 1.", "R&D &nbsp;&eacute; \x0b&#x1f; 1 &lt; 2"))
    assert items.entries[0].abstract == "R&D \xa0é  1 < 2"
    assert items.broken == []


@pytest.mark.parametrize(
    "doctype", ["<!DOCTYPE x [<!ENTITY a 'b'>]>", "<!DOCTYPE x SYSTEM 'y' [ ]>"]
)
def test_entities_are_refused_in_one_line(read, doctype):
    with pytest.raises(RapportError, match="declares entities"):
        read("a.xml", FILE.replace("<xml>", f"{doctype}<xml>"))


def test_tags_in_capitals_as_old_versions_write_them(read):
    old = "<XML><RECORDS><RECORD><REFERENCE_TYPE>0</REFERENCE_TYPE><AUTHORS><AUTHOR>Roe</AUTHOR>"
    old += "</AUTHORS><YEAR>1999</YEAR><TITLE>Old</TITLE><ABSTRACT>T.</ABSTRACT></RECORD>"
    old += "</RECORDS></XML>"
    entry = read("a.xml", old).entries[0]
    assert (entry.title, entry.year, entry.authors, entry.abstract) == ("Old", "1999", "Roe", "T.")
