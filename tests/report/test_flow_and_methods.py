"""The flow reconciles, the PRISMA2020 tool can read it, and the methods tell this very run."""

import csv
from collections.abc import Callable
from pathlib import Path

import bibtexparser
import pytest
from pipeline import manifest
from pipeline.report import methods
from pipeline.report.findings import read_findings
from pipeline.report.prisma import COLUMNS
from pipeline.study import Asked, Study


@pytest.fixture
def boxes(reported: Study) -> dict[str, str]:
    with (reported.folder / "prisma.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == COLUMNS
    return {row["data"]: row["n"] for row in rows if row["data"] != "NA"}


def test_what_was_received_is_kept_merged_or_rejected(study: Study) -> None:
    flow = read_findings(study).flow
    assert flow.received() == flow.kept.total() + flow.merged.total() + flow.rejected.total() == 162
    assert flow.received("scopus") + flow.received("pubmed") + flow.received("plans") == 162


def test_in_each_arm_of_the_prisma_diagram_what_goes_in_comes_out(boxes: dict[str, str]) -> None:
    n = {key: int(value) for key, value in boxes.items() if value.isdigit()}
    removed = n["duplicates"] + n["excluded_automatic"] + n["excluded_other"]
    assert n["database_results"] - removed == n["records_screened"]
    assert n["records_screened"] - n["records_excluded"] == n["dbr_assessed"]
    assert n["other_sought_reports"] - n["other_notretrieved_reports"] == n["other_assessed"]
    reason, passages_out = boxes["other_excluded"].rsplit(", ", 1)
    assert reason == "Name no strategy"
    assert n["dbr_assessed"] + n["other_assessed"] - int(passages_out) == n["new_studies"]


def test_the_databases_are_listed_as_the_tool_splits_them(boxes: dict[str, str]) -> None:
    listed = dict(part.split(", ") for part in boxes["database_specific_results"].split("; "))
    assert sum(map(int, listed.values())) == int(boxes["database_results"])


def test_no_previous_version_is_claimed(boxes: dict[str, str]) -> None:
    assert boxes["previous_studies"] == boxes["previous_reports"] == "NA"


def test_the_methods_tell_the_headline_of_each_corpus(reported: Study) -> None:
    text = (reported.folder / "methods.md").read_text(encoding="utf-8")
    for corpus in ("research", "practice"):
        row = read_findings(reported).gap("all", corpus)
        assert row is not None
        assert f"In {row['n'] - row['with_relationship']} of {row['n']} {corpus}" in text
    assert "not corrected for coding error" in text
    assert "**The corpus is invented.**" in text


def test_every_work_cited_is_in_the_bibliography_and_no_other(reported: Study) -> None:
    library = bibtexparser.parse_file(str(reported.folder / "references.bib"))
    assert not library.failed_blocks
    text = (reported.folder / "methods.md").read_text(encoding="utf-8")
    body, listed = text.split("## References")
    dois = {entry["doi"] for entry in library.entries}
    assert all(f"https://doi.org/{doi}" in listed for doi in dois)
    assert listed.count("https://doi.org/") == len(dois)
    for entry in library.entries:
        assert f"{entry['author'].split(',')[0]} " in body
        assert entry["year"] in body


def test_a_search_is_told_as_it_was_run_with_its_dates(study: Study) -> None:
    account = {
        "name": "PubMed",
        "address": "eutils.ncbi.nlm.nih.gov",
        "asked": "(trust[tiab])",
        "rounds": [{"day": "2026-01-02"}, {"day": "2026-03-04"}],
    }
    manifest.finish(study.folder, "harvest", sources={"pubmed": account})
    methods.write(read_findings(study), study)
    text = (study.folder / "methods.md").read_text(encoding="utf-8")
    assert "Item 8, search of pubmed: `(trust[tiab])` at eutils.ncbi.nlm.nih.gov." in text
    assert "Item 12, updates: pubmed was searched again on 2026-03-04." in text
    assert "Item 13, date: pubmed was last searched on 2026-03-04." in text


def test_the_null_is_told_with_its_draws_and_the_correction_that_was_used(study: Study) -> None:
    facts = {"corpora": {"research": {"null": {"draws": 200}}}, "settings": {"correction": "by"}}
    manifest.finish(study.folder, "gaps", **facts)
    methods.write(read_findings(study), study)
    text = (study.folder / "methods.md").read_text(encoding="utf-8")
    assert "with 200 random corpora for research" in text
    assert "(Benjamini and Yekutieli 2001)" in text
    assert "Hochberg" not in text


def test_what_a_classifier_decided_is_told_and_nothing_where_none_did(study: Study) -> None:
    methods.write(read_findings(study), study)
    assert "classifier" not in (study.folder / "methods.md").read_text(encoding="utf-8")
    manifest.finish(study.folder, "classify", learned={"used": ["training", "trust"]})
    methods.write(read_findings(study), study)
    text = (study.folder / "methods.md").read_text(encoding="utf-8")
    assert "learned from coded texts decided training and trust" in text


def test_limits_of_years_and_languages_are_told(make_study: Callable[..., Study]) -> None:
    study = make_study(20, asked=Asked(years=(2005, 2020), languages=("english",)))
    methods.write(read_findings(study), study)
    text = (study.folder / "methods.md").read_text(encoding="utf-8")
    assert "Item 9, limits: years 2005 to 2020; languages english." in text


def test_files_without_a_search_ask_the_authors_for_it(reported: Study) -> None:
    assert "Add the search here" in Path(reported.folder / "methods.md").read_text(encoding="utf-8")
