"""Entries made clean: text, identifiers, years, and what a record is named by."""

import hashlib
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline.harvest.entries import Entry
from pipeline.harvest.normalise import Row, doi_of, pmid_of, row, year_of
from pipeline.harvest.text import labels_apart, repair


def clean(**fields) -> Row:
    made = row(Entry(place="here", **fields))
    assert isinstance(made, Row)
    return made


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("10.1234/ABC.def", "10.1234/abc.def"),
        ("https://doi.org/10.1234/abc", "10.1234/abc"),
        ("http://dx.doi.org/10.1234%2Fabc", "10.1234/abc"),
        ("doi: 10.1234/abc.", "10.1234/abc"),
        ("(10.1234/abc)", "10.1234/abc"),
        ("10.1016/S0140-6736(05)12345-6", "10.1016/s0140-6736(05)12345-6"),
        ("10.1002/(SICI)1-2(1998)17&lt;16::AI&gt;3;2-2", "10.1002/(sici)1-2(1998)17<16::ai>3;2-2"),
        ("none", ""),
        ("10.1234", ""),
        ("10.12/abc", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_doi_is_in_lower_case_without_address(written, meant):
    assert doi_of(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("123", "123"),
        ("00123", "123"),
        ("123.0", "123"),
        ("PMID: 123", "123"),
        ("MEDLINE:123", "123"),
        ("https://pubmed.ncbi.nlm.nih.gov/123/", "123"),
        ("PUBMED 123", "123"),
        ("0", ""),
        ("12 34", ""),
        ("WOS:123", ""),
        ("", ""),
    ],
)
def test_a_pmid_is_a_number(written, meant):
    assert pmid_of(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (2019, 2019),
        ("2019.0", 2019),
        ("1999/08//undefined", 1999),
        ("20200330", 2020),
        ("2020-05-01T00:00:00", 2020),
        ("4/3/2024", 2024),
        ("Spring 1989", 1989),
        ("43831", 2020),
        ("in press", None),
        ("", None),
        (None, None),
        ("12345678", None),
    ],
)
def test_a_year_is_found_in_a_date(written, meant):
    assert year_of(written) == meant


def test_an_entry_with_neither_title_nor_abstract_is_no_record():
    assert row(Entry(place="here", doi="10.1234/a", title=" . ", abstract="<p> </p>")) == (
        "has neither title nor abstract"
    )


@pytest.mark.parametrize(
    "notice",
    [
        "[No abstract available]",
        "None available.",
        "Abstract not available.",
        "n/a",
        "Abstract",
        "NaN",
    ],
)
def test_a_notice_in_place_of_an_abstract_is_blank(notice):
    assert clean(title="Trust", abstract=notice).abstract == ""


def test_an_abstract_that_begins_with_such_words_stays():
    text = "None of the available measures was provided to nurses before 2019."
    assert clean(title="Trust", abstract=text).abstract == text


def test_text_is_in_normal_form_c_without_control_characters():
    made = clean(title="Cafe\u0301 \x00\u200b\u00adtrust", abstract="a\x0bb\ud800")
    assert made.title == "Café trust"
    assert made.abstract == "a b"


def test_markup_becomes_text_and_headings_become_labels():
    abstract = "<jats:title>Aims</jats:title><jats:p>We &lt;tried&gt; <i>trust</i>.</jats:p>"
    assert clean(title="a &amp; <b>b</b>", abstract=abstract).abstract == "Aims: We <tried> trust."
    assert clean(title="a &amp; <b>b</b>").title == "a & b"


def test_comparisons_are_no_markup():
    assert clean(title="T", abstract="p<0.05 and n > 3").abstract == "p<0.05 and n > 3"


def test_labels_that_lost_their_mark_get_one():
    assert labels_apart("BackgroundTrust grew. MethodsWe asked.Results\nYes") == (
        "BACKGROUND: Trust grew.\nMETHODS: We asked.Results\nYes"
    )
    assert labels_apart("Methods and findings\nWe asked.\nConclusion\nYes.") == (
        "METHODS AND FINDINGS: We asked.\nCONCLUSION: Yes."
    )


def test_words_that_only_look_like_labels_stay():
    for text in (
        "Our ResultsWere odd",
        "The Aim of Methods: none",
        "Background music",
        "Aims\nand scope",
    ):
        assert labels_apart(text) == text


@pytest.mark.parametrize(
    "meant", ["don’t", "“trust” – naïve", "≥ 3 ± 2 α", "Müller, Köln", "“Été”"]
)
def test_misread_text_is_put_right_even_twice(meant):
    once = meant.encode().decode("cp1252", "replace")
    if "\ufffd" in once:
        once = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in meant.encode())
    assert repair(once) == meant
    twice = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in once.encode())
    assert repair(twice) == meant


def test_windows_1252_read_as_latin_1_is_put_right():
    assert repair("don\x92t \x93trust\x94") == "don’t “trust”"


@pytest.mark.parametrize(
    "text", ["CAFÉ» dit-il", "Ärger „Ä“", "ÂGE", "MAÇÃ", "naïve – “q”", "Đặt Ô"]
)
def test_text_that_is_right_stays(text):
    assert repair(text) == text


@given(st.text(alphabet=st.characters(codec="latin-1", exclude_categories=("Cc",))))
def test_repair_changes_nothing_a_second_time(text):
    assert repair(repair(text)) == repair(text)


def test_a_record_without_identifier_is_named_by_title_and_year():
    key = hashlib.sha256(b"trustatwork2019").hexdigest()[:16]
    assert clean(title="Trust, at Work!", year="2019").text_key == key
    assert clean(title="Trust at work", year="2019-05").text_key == key
    assert clean(title="Trust at work", year="2020").text_key != key


def test_a_record_without_title_is_named_by_its_abstract():
    assert clean(abstract="We built it.").text_key == clean(abstract="we BUILT it").text_key
    assert clean(abstract="We built it.").text_key != clean(abstract="We broke it.").text_key


def test_a_passage_is_named_by_its_document_too():
    one = clean(title="Plan", abstract="Same words.", document="a.md")
    other = clean(title="Plan", abstract="Same words.", document="b.md")
    assert one.text_key != other.text_key


@given(title=st.text(), abstract=st.text(), authors=st.text(), doi=st.text())
def test_any_text_makes_a_clean_row_or_a_reason(title, abstract, authors, doi):
    made = row(Entry(place="here", title=title, abstract=abstract, authors=authors, doi=doi))
    if isinstance(made, str):
        return
    for text in (made.title, made.abstract, made.authors, made.doi):
        text.encode()
        assert unicodedata.is_normalized("NFC", text)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", text)
        assert text == text.strip()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("Jane Doe|Rick Roe", "Jane Doe; Rick Roe"),
        ("Doe, Jane and Roe, Rick", "Doe, Jane; Roe, Rick"),
        ("Department of Health and Human Services", "Department of Health and Human Services"),
        ("Doe, J; Roe and Sons, R", "Doe, J; Roe and Sons, R"),
    ],
)
def test_names_have_semicolons_between_them(given, told):
    assert row(Entry(place="a", title="T", authors=given)).authors == told
