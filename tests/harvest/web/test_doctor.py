"""`rapport doctor`: can each source be reached, is the key accepted, how much is left."""

import pytest
from pipeline import doctor
from pipeline.harvest.web.harvest import SOURCES
from pipeline.harvest.web.keys import Keys
from pipeline.study import read_study

KEYS = Keys(
    {
        "openalex": "alex-key-1",
        "ncbi": "ncbi-key-1",
        "semantic_scholar": "s2-key-1",
        "mailto": "a@b.org",
    }
)


@pytest.fixture
def study(replica, tmp_path):
    blocks = [
        f'[[source]]\nname = "{kind.name}"\nkind = "{kind.kind}"\n'
        f'base_url = "{replica.base_url(kind.kind)}"\n'
        + ('issn = ["1234-5678"]\n' if kind.kind == "crossref" else "")
        for kind in SOURCES.values()
    ]
    path = tmp_path / "s.toml"
    path.write_text('[study]\nquery = "trust"\n' + "\n".join(blocks))
    return read_study(path)


@pytest.fixture
def examine(study, manners):
    def run(keys=KEYS):
        return {check.source: check for check in doctor.examine(study, manners, keys)}

    return run


def test_every_source_that_answers_is_reached(examine):
    checks = examine()
    assert set(checks) == {kind.name for kind in SOURCES.values()}
    assert all(check.reached for check in checks.values())


def test_keys_that_are_accepted_are_told(examine):
    told = {name: check.key for name, check in examine().items()}
    assert told["OpenAlex"] == told["PubMed"] == told["Semantic Scholar"] == "accepted"
    assert told["Europe PMC"] == "takes none"


def test_what_is_left_is_told_where_the_source_says(examine):
    left = {name: check.limit for name, check in examine().items()}
    assert left["OpenAlex"] == "$0.05 of $1 for today"
    assert left["PubMed"] == "2 of 10 requests a second"
    assert left["Crossref"] == "3 requests in 1s"


@pytest.mark.parametrize(
    ("kind", "name"),
    [("openalex", "OpenAlex"), ("pubmed", "PubMed"), ("semanticscholar", "Semantic Scholar")],
)
def test_a_key_that_is_not_accepted_is_told_and_not_shown(examine, replica, kind, name):
    replica.key[kind] = "another"
    check = examine()[name]
    assert not check.reached
    assert check.key == "not accepted"
    assert "-key-1" not in check.trouble


def test_without_keys_it_says_where_to_get_one(examine):
    checks = examine(Keys())
    assert checks["OpenAlex"].key == "none (works without, with less)"
    assert "semanticscholar.org" in checks["Semantic Scholar"].trouble


@pytest.mark.parametrize("fault", ["reset", "503 text", "html", "redirect http://x.invalid/"])
def test_one_source_in_trouble_does_not_hide_the_others(examine, replica, fault):
    replica.always["eric"] = fault
    checks = examine()
    assert not checks["ERIC"].reached
    assert checks["ERIC"].trouble
    assert all(check.reached for name, check in checks.items() if name != "ERIC")


def test_a_budget_that_is_spent_names_the_hour(examine, replica):
    replica.budget["openalex"] = 0
    assert "is spent" in (trouble := examine()["OpenAlex"].trouble)
    assert "UTC" in trouble


def test_the_findings_are_a_line_for_each_source(study, manners, replica):
    replica.always["eric"] = "503 text"
    lines = doctor.render(doctor.examine(study, manners, KEYS), KEYS).splitlines()
    assert any(line.startswith("Europe PMC") and "reached in" in line for line in lines)
    assert any(line.startswith("ERIC") and "NOT REACHED" in line for line in lines)
    assert any("status 503" in line for line in lines)


def test_a_missing_mail_address_is_mentioned(study, manners):
    told = doctor.render(doctor.examine(study, manners, Keys()), Keys())
    assert "RAPPORT_MAILTO" in told
