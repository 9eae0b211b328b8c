"""The example study that comes with Rapport, harvested from replicas of all its sources at once."""

import csv
import gzip
import json
import re
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from invented import invented, with_troubles
from pipeline import manifest, study, tables
from pipeline.errors import RapportError
from pipeline.harvest import stage
from pipeline.harvest.similar import DOUBTFUL
from pipeline.harvest.web import harvest as web
from pipeline.harvest.web.client import Stopped
from pipeline.study import read_study
from replica import TRANSPORT
from sizes import KINDS, PAGE

EXAMPLE = Path(__file__).parents[3] / "data" / "studies" / "implementation-strategies.toml"
SECRETS = {
    "RAPPORT_OPENALEX_KEY": "openalex-key-5678",
    "RAPPORT_NCBI_KEY": "ncbi-key+5678/x=",
    "RAPPORT_SEMANTIC_SCHOLAR_KEY": "scholar-key-5678",
    "RAPPORT_MAILTO": "rita.roe@example.org",
}


@pytest.fixture
def library(replica):
    """What each source has: overlapping parts of forty works, with the troubles of real ones."""
    works = with_troubles(invented(40, seed=7))
    works[20] = replace(
        works[20], preprint=True, doi="10.31235/osf.io/made1", article_doi=works[21].doi
    )
    parts = {"europepmc": works[:20], "pubmed": works[5:25], "eric": works[15:30], "doaj": works[::2],
             "crossref": works[10:35], "openalex": works, "semanticscholar": works[30:]}  # fmt: skip
    replica.works.update({kind: list(part) for kind, part in parts.items()})
    replica.page_ceiling["semanticscholar"] = PAGE
    return works


@pytest.fixture
def example(replica, library, tmp_path, monkeypatch):
    """The study, with every source at the replica; made anew in a folder of that name."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)

    def made(folder="one", edit=lambda text: text):
        text = re.sub(
            r'kind = "(\w+)"',
            lambda match: f'{match[0]}\nbase_url = "{replica.base_url(match[1])}"',
            EXAMPLE.read_text(encoding="utf-8"),
        )
        (tmp_path / folder).mkdir(exist_ok=True)
        monkeypatch.setattr(study, "OUTPUTS", tmp_path / folder / "outputs")
        path = tmp_path / folder / "example.toml"
        path.write_text(edit(text), encoding="utf-8")
        return read_study(path)

    return made


def tables_of(told):
    """The bytes of every table of a study."""
    return {
        path.relative_to(told.folder).as_posix(): path.read_bytes()
        for path in sorted(told.folder.rglob("*"))
        if path.suffix in (".parquet", ".csv") and "snapshot" not in path.parts
    }


def records(told):
    return tables.read_table(tables.RECORDS, told.folder).to_pylist()


def rejected(told):
    return tables.read_table(tables.REJECTED, told.folder).to_pylist()


def test_every_work_is_one_record_and_the_account_adds_up(example, library, manners, replica):
    told = example()
    stage.run(told, manners=manners)
    section = manifest.require(told.folder, "harvest")
    kept = records(told)
    expected = [w for w in library if w.abstract and not w.retracted and w.language == "en"]
    assert sorted(r["title"] for r in kept) == sorted(w.title for w in expected)
    assert section["received"] == sum(len(works) for works in replica.works.values())
    assert section["received"] == section["kept"] + section["merged"] + section["rejected"]
    for source in section["sources"].values():
        assert source["received"] == source["kept"] + source["merged"] + source["rejected"]
    assert section["kept"] == len(kept)
    outcomes = Counter(row["outcome"] for row in rejected(told))
    assert outcomes == {"merged": section["merged"], "rejected": section["rejected"]}


def test_what_is_left_out_is_listed_with_one_reason(example, library, manners):
    told = example()
    stage.run(told, manners=manners)
    reasons = {
        row["title"]: row["reason"] for row in rejected(told) if row["outcome"] == "rejected"
    }
    for work in library:
        if work.retracted:
            assert reasons[work.title] == "retracted"
        elif work.language == "de":
            assert reasons[work.title] == "in a language that was not asked for"
        elif not work.abstract:
            assert reasons[work.title] == "has no abstract"
        else:
            assert work.title not in reasons


def test_retracted_works_stay_in_where_they_are_asked_for(example, library, manners):
    told = example(edit=lambda text: text.replace("[study]", "[study]\nkeep_retracted = true"))
    stage.run(told, manners=manners)
    assert any(
        work.retracted and work.title in {r["title"] for r in records(told)} for work in library
    )


def test_a_record_that_does_not_meet_the_query_is_rejected_where_the_source_gave_more(
    example, manners, replica
):
    off = replace(
        invented(90)[80], background="On implementation strategies in astronomy.", keywords=()
    )
    replica.works["eric"].append(off)
    told = example()
    stage.run(told, manners=manners)
    assert any(
        row["title"] == off.title and row["reason"].startswith("not what the query asks for")
        for row in rejected(told)
    )


def fault_at_every_other_request(replica):
    """Each fault of the line in its turn; the request is answered when it is sent again."""
    for number, kind in enumerate(KINDS):
        replica.faults |= {
            (kind, at): TRANSPORT[(at + number) % len(TRANSPORT)] for at in range(1, 200, 2)
        }


def test_faults_at_every_source_change_no_table(example, manners, impatient, replica):
    clean = example("clean")
    stage.run(clean, manners=manners)
    whole = tables_of(clean)
    replica.forget()
    fault_at_every_other_request(replica)
    faulty = example("faulty")
    stage.run(faulty, manners=impatient)
    assert tables_of(faulty) == whole


def test_the_fullest_record_wins_field_by_field_and_says_who_gave_what(example, library, manners):
    told = example()
    stage.run(told, manners=manners)
    given = {row["record_id"]: row for row in _table(told, "field_sources")}
    by_title = {record["title"]: record for record in records(told)}
    work = next(w for w in library[15:20] if w.title in by_title)
    row = given[by_title[work.title]["record_id"]]
    assert row["abstract"] == "PubMed"
    assert by_title[work.title]["abstract"] == work.text


def _table(told, name):
    import pyarrow.parquet as pq

    return pq.read_table(told.folder / f"{name}.parquet").to_pylist()


def test_a_preprint_and_its_article_are_two_records_that_are_linked(example, library, manners):
    told = example()
    stage.run(told, manners=manners)
    pairs = {frozenset((row["record_id"], row["version_of"])) for row in _table(told, "versions")}
    assert pairs == {frozenset(("doi:10.31235/osf.io/made1", f"doi:{library[21].doi}"))}


def test_a_setting_merges_a_preprint_with_its_article(example, library, manners):
    told = example(edit=lambda text: text.replace("[study]", "[study]\nmerge_preprints = true"))
    stage.run(told, manners=manners)
    names = {record["record_id"] for record in records(told)}
    assert len(names & {"doi:10.31235/osf.io/made1", f"doi:{library[21].doi}"}) == 1


def test_the_manifest_has_the_query_of_every_source_as_it_was_run(example, manners):
    told = example()
    stage.run(told, manners=manners)
    for name, section in manifest.require(told.folder, "harvest")["sources"].items():
        assert section["web"]["asked"], name
        assert section["web"]["rounds"][0]["day"] == "2026-11-18"
        assert section["web"]["complete"]
        assert not section["incomplete"]


def test_after_the_harvest_nothing_needs_the_network(example, manners, replica):
    told = example()
    stage.run(told, manners=manners)
    before, asked = tables_of(told), len(replica.asked)
    stage.run(told, manners=manners)
    assert len(replica.asked) == asked
    assert tables_of(told) == before


def test_no_key_or_address_is_anywhere_on_disk_or_in_what_is_said(
    example, manners, replica, tmp_path, capsys, caplog
):
    caplog.set_level("DEBUG")
    replica.faults |= {(kind, at): "500" for kind in KINDS for at in (1, 5)}
    replica.echo = True
    told = example()
    stage.run(told, manners=manners)
    replica.always["pubmed"] = "echo"
    with pytest.raises(RapportError) as caught:
        stage.run(told, refresh=True, manners=manners)
    said = "".join(capsys.readouterr()) + caplog.text + str(caught.value)
    kept = [
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file()
    ]
    assert any(
        secret in json.dumps(headers)
        for *_, headers in replica.asked
        for secret in SECRETS.values()
    )
    for secret in SECRETS.values():
        assert secret not in said
        assert not any(secret.encode() in content for content in kept)


def test_one_source_that_is_spent_does_not_stop_the_others(example, manners, replica):
    replica.budget["openalex"] = 1
    told = example()
    with pytest.raises(
        Stopped, match=r"OpenAlex: today's allowance of \$1.00 is spent.*UTC"
    ) as caught:
        stage.run(told, manners=manners)
    assert caught.value.until
    assert not manifest.read(told.folder)
    asked = Counter(kind for kind, *_ in replica.asked)
    assert all(asked[kind] for kind in KINDS)
    replica.budget.clear()
    replica.forget()
    stage.run(told, manners=manners)
    assert {kind for kind, *_ in replica.asked} == {"openalex"}


def test_a_partial_harvest_says_which_source_lacks_what(example, manners, replica):
    replica.always["doaj"] = "503 text"
    told = example()
    stage.run(told, partial=True, manners=manners)
    section = manifest.require(told.folder, "harvest")
    assert "status 503" in section["sources"]["DOAJ"]["incomplete"]
    assert not section["sources"]["DOAJ"]["web"]["complete"]
    assert section["sources"]["PubMed"]["incomplete"] == ""


@pytest.mark.parametrize("command", ["harvest", "run"])
def test_a_partial_harvest_ends_with_a_status_that_tells_so(
    example, manners, replica, command, monkeypatch, capsys
):
    from pipeline import cli

    replica.always["doaj"] = "503 text"
    told = example()
    monkeypatch.setattr("pipeline.harvest.web.harvest.Manners", lambda: manners)
    monkeypatch.setattr("sys.argv", ["rapport", command, str(told.path), "--partial"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 3
    assert "rapport: not complete: DOAJ. Run the harvest again" in capsys.readouterr().err
    assert (told.folder / "report.html").exists() == (command == "run")


def test_a_source_without_its_key_is_left_out_where_it_is_optional(example, manners, monkeypatch):
    monkeypatch.delenv("RAPPORT_SEMANTIC_SCHOLAR_KEY")
    told = example()
    stage.run(told, manners=manners)
    section = manifest.require(told.folder, "harvest")["sources"]["Semantic Scholar"]
    assert section["received"] == 0
    assert "needs a key" in section["incomplete"]


def test_a_source_without_its_key_says_where_to_get_one_before_anything_is_asked(
    example, manners, monkeypatch, replica
):
    monkeypatch.delenv("RAPPORT_SEMANTIC_SCHOLAR_KEY")
    told = example(edit=lambda text: text.replace("optional = true", ""))
    with pytest.raises(RapportError, match=r"needs a key.*semanticscholar\.org.*RAPPORT_SEMANTIC"):
        stage.run(told, manners=manners)
    assert not replica.asked


def test_a_query_that_is_wrong_is_told_before_anything_is_asked(example, manners, replica):
    told = example(
        edit=lambda text: text.replace(' AND ("child', ' AND (("child').replace('AND ("', 'AND (("')
    )
    with pytest.raises(RapportError, match="parenthesis is not closed"):
        stage.run(told, manners=manners)
    assert not replica.asked


def test_a_dry_run_tells_counts_requests_time_and_cost_and_keeps_nothing(example, manners, replica):
    told = example()
    estimates = {estimate.source: estimate for estimate in web.estimate(told, manners)}
    assert estimates["Europe PMC"].records == len(replica.works["europepmc"])
    assert estimates["OpenAlex"].dollars > 0
    assert estimates["PubMed"].dollars == 0
    assert all(e.requests > 0 and e.seconds > 0 and not e.here for e in estimates.values())
    assert not (told.folder / "snapshot").exists()
    assert len(replica.asked) == len(KINDS)


def test_refresh_adds_what_is_new(example, manners, replica, clock):
    told = example()
    stage.run(told, manners=manners)
    before = {record["record_id"] for record in records(told)}
    clock.at += 3 * 86_400
    new = replace(invented(99, seed=7)[90], added=date.fromtimestamp(clock.at - 86_400))
    for kind in ("europepmc", "openalex"):
        replica.works[kind].append(new)
    stage.run(told, refresh=True, manners=manners)
    assert {record["record_id"] for record in records(told)} - before == {f"doi:{new.doi}"}
    stage.run(told, manners=manners)
    assert len(records(told)) == len(before) + 1


def test_two_harvests_of_one_study_do_not_run_at_once(example, manners):
    from pipeline.harvest.web.locks import locked

    told = example()
    with locked(told.folder / "snapshot" / "lock"), pytest.raises(RapportError, match="under way"):
        stage.run(told, manners=manners)


def test_a_decision_on_a_doubtful_pair_is_kept_and_obeyed(example, manners, replica):
    """Two DOIs of one title: a doubt, until a person says that they are one work."""
    twin = replace(replica.works["pubmed"][0], doi="10.9999/twin", pmid="", number=77)
    replica.works["crossref"].append(twin)
    told = example()
    stage.run(told, manners=manners)
    path = told.folder / DOUBTFUL
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "different DOIs" in lines[1]
    before = len(records(told))
    path.write_text("\n".join([lines[0], "yes" + lines[1]]) + "\n", encoding="utf-8-sig")
    for _ in range(2):
        stage.run(told, manners=manners)
        assert len(records(told)) == before - 1
        assert path.read_text(encoding="utf-8-sig").splitlines()[1].startswith("yes,")


def test_the_example_flows_through_to_the_report_and_every_count_agrees(
    example, impatient, replica
):
    """With every fault of the line at every source: the manifest, the terminal and the PRISMA counts tell the same account."""
    from pipeline.classify.stage import run as classify
    from pipeline.gaps.stage import run as gaps
    from pipeline.graph.stage import run as graph
    from pipeline.report.stage import run as report
    from pipeline.report.summary import summary

    fault_at_every_other_request(replica)
    told = example()
    stage.run(told, manners=impatient)
    for follow in (classify, graph, gaps, report):
        follow(told)
    section = manifest.require(told.folder, "harvest")
    assert f"{section['merged']:,} merged + {section['rejected']:,} rejected" in summary(told)
    with (told.folder / "prisma.csv").open(encoding="utf-8-sig", newline="") as stream:
        counted = {row["data"]: row["n"] for row in csv.DictReader(stream)}
    assert int(counted["database_results"]) == section["received"]
    assert int(counted["duplicates"]) == section["merged"]
    assert int(counted["excluded_automatic"]) == section["rejected"]
    assert int(counted["records_screened"]) == section["kept"]
