"""What a study may say of its sources on the web, and what is told where it is wrong."""

import pytest
from pipeline.errors import RapportError
from pipeline.study import Asked, read_study

GOOD = """
[study]
query = "trust"
years = [2015, 2020]
languages = ["en", "de"]
types = ["article"]
keep_retracted = true
merge_preprints = true

[[source]]
kind = "crossref"
issn = "1748-5908"
years = 2019
allow_missing = 2
optional = false
"""


@pytest.fixture
def read(tmp_path):
    def made(content):
        (tmp_path / "s.toml").write_text(content, encoding="utf-8")
        return read_study(tmp_path / "s.toml")

    return made


def test_what_is_asked_for_is_read(read):
    assert read(GOOD).asked == Asked("trust", (2015, 2020), ("en", "de"), ("article",), True, True)


def test_what_a_source_is_given_is_read(read):
    options = read(GOOD).sources[0].options
    assert options["issn"] == ("1748-5908",)
    assert options["years"] == (2019, 2019)


def test_years_may_be_written_with_a_dash(read):
    assert read(GOOD.replace("[2015, 2020]", '"2015-2020"')).asked.years == (2015, 2020)


def test_nothing_is_asked_for_unless_it_is_said(read):
    assert read('[[source]]\nkind = "pubmed"\nquery = "x"\n').asked == Asked()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('query = "trust"', "query = 5", r"\[study\] query is 5. Give it a text"),
        ("[2015, 2020]", "[2020, 2015]", r"\[study\] years is \[2020, 2015\]. Write it as"),
        ("[2015, 2020]", "[15, 20]", r"years is \[15, 20\]"),
        ("[2015, 2020]", '"soon"', "years is"),
        ('["en", "de"]', "[5]", r"\[study\] languages is \[5\]"),
        ("keep_retracted = true", 'keep_retracted = "yes"', "Give it a true or false"),
        ('"1748-5908"', '"17485908"', "issn '17485908'. Write it as 1748-5908"),
        (
            "allow_missing = 2",
            'allow_missing = "2"',
            "allow_missing is '2'. Give it a whole number",
        ),
        ("optional = false", "optional = 1", "optional is 1. Give it a true or false"),
        (
            "optional = false",
            'base_url = "ftp://x"',
            "base_url is 'ftp://x'. Begin it with https://",
        ),
        (
            "optional = false",
            'query = "a"\nnative_query = "b"',
            "has query and native_query. Keep one",
        ),
        ("optional = false", 'path = "x"', "unknown key 'path'"),
        ('kind = "crossref"', 'kind = "pubmed"', "unknown key 'issn'"),
    ],
)
def test_what_is_wrong_is_told_with_the_file_the_key_and_the_cure(read, old, new, told):
    with pytest.raises(RapportError, match=told) as caught:
        read(GOOD.replace(old, new))
    assert "s.toml: " in str(caught.value)


def test_a_query_with_a_mistake_names_the_study_and_the_source(read):
    from pipeline.harvest.web.harvest import open_source
    from pipeline.harvest.web.keys import Keys

    told = read(GOOD.replace('"trust"', '"trust AND"'))
    with pytest.raises(RapportError, match=r"s\.toml, source crossref-1: a term is missing"):
        open_source(told, told.sources[0], Keys())
