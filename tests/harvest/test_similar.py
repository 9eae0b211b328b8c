"""Copies that no identifier tells, among the records of several files; and what a person decides."""

import csv
import json

import pytest
from pipeline import manifest, study, tables
from pipeline.errors import RapportError
from pipeline.harvest import stage
from pipeline.harvest.similar import DOUBTFUL, read_decisions
from pipeline.study import read_study

WORK = {
    "title": "Patient listening and steady trust in the work of village midwives",
    "abstract": "In three villages we asked midwives whom they trust, and why they listen. " * 3,
    "authors": "Roe, Rita; Poe, Paul",
    "year": 2019,
    "journal": "Journal of Made Up Things",
    "doi": "10.9999/made.1",
}


@pytest.fixture
def harvest(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "OUTPUTS", tmp_path / "outputs")

    def run(**files):
        blocks = []
        for name, records in files.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(records))
            blocks.append(f'[[source]]\nname = "{name}"\nkind = "file"\npath = "{name}.json"\n')
        (tmp_path / "s.toml").write_text("\n".join(blocks))
        told = read_study(tmp_path / "s.toml")
        stage.run(told)
        return told

    return run


def records(told):
    return tables.read_table(tables.RECORDS, told.folder).to_pylist()


def doubts(told):
    with (told.folder / DOUBTFUL).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def answer(told, *answers, delimiter=","):
    rows = doubts(told)
    for row, same in zip(rows, answers, strict=True):
        row["same"] = same
    with (told.folder / DOUBTFUL).open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys(), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


WITHOUT_DOI = WORK | {"doi": ""}
TWIN = WORK | {"doi": "10.9999/made.2"}


def test_a_work_that_two_files_have_is_one_record_though_one_lacks_the_doi(harvest):
    told = harvest(scopus=[WORK], proquest=[WITHOUT_DOI | {"title": WORK["title"].upper() + "."}])
    assert [record["record_id"] for record in records(told)] == ["doi:10.9999/made.1"]
    merged = tables.read_table(tables.REJECTED, told.folder).to_pylist()
    assert merged[0]["reason"] == "same title and authors"
    assert merged[0]["record_id"] == "doi:10.9999/made.1"


def test_the_manifest_counts_what_was_compared_joined_and_left_to_decide(harvest):
    told = harvest(scopus=[WORK], proquest=[WITHOUT_DOI | {"year": 2018}, TWIN])
    counted = manifest.require(told.folder, "harvest")["similar"]
    assert counted["compared"] == 3
    assert counted["joined"] == 1
    assert counted["doubtful"] == len(doubts(told)) == 1


def test_records_of_one_file_are_not_compared(harvest):
    told = harvest(library=[WORK, TWIN])
    assert len(records(told)) == 2
    assert not (told.folder / DOUBTFUL).exists()


@pytest.mark.parametrize(("said", "left"), [("yes", 1), ("Y", 1), ("no", 2), ("", 2)])
def test_what_a_person_decides_is_obeyed(harvest, said, left):
    files = {"scopus": [WORK], "wos": [TWIN]}
    answer(harvest(**files), said)
    assert len(records(harvest(**files))) == left


def test_a_decision_is_kept_and_not_asked_again(harvest):
    files = {"scopus": [WORK], "wos": [TWIN]}
    answer(harvest(**files), "no")
    told = harvest(**files)
    harvest(**files)
    assert [row["same"] for row in doubts(told)] == ["no"]


def test_a_decision_saved_by_a_spreadsheet_with_semicolons_is_read(harvest):
    files = {"scopus": [WORK], "wos": [TWIN]}
    answer(harvest(**files), "yes", delimiter=";")
    assert len(records(harvest(**files))) == 1


def test_an_answer_that_is_neither_yes_nor_no_is_told_with_its_row(harvest):
    files = {"scopus": [WORK], "wos": [TWIN]}
    answer(harvest(**files), "perhaps")
    with pytest.raises(RapportError, match=r"doubtful_pairs.csv, row 2, column same: 'perhaps'"):
        harvest(**files)


def test_a_file_of_decisions_without_its_columns_is_told(tmp_path):
    (tmp_path / "d.csv").write_text("a,b\n1,2\n")
    with pytest.raises(RapportError, match="has no columns same, first and second"):
        read_decisions(tmp_path / "d.csv")


def test_no_file_is_no_decision(tmp_path):
    assert read_decisions(tmp_path / "d.csv") == {}


def test_the_source_of_each_field_of_a_merged_record_is_kept(harvest):
    import pyarrow.parquet as pq

    told = harvest(scopus=[WORK | {"abstract": ""}], proquest=[WITHOUT_DOI | {"keywords": "trust"}])
    (row,) = pq.read_table(told.folder / "field_sources.parquet").to_pylist()
    assert (row["title"], row["doi"], row["abstract"], row["keywords"]) == (
        "scopus",
        "scopus",
        "proquest",
        "proquest",
    )
