"""The harvest as a stage: records, what was left out, counts, and what an interruption leaves."""

import hashlib
import json
import logging

import pyarrow.parquet as pq
import pytest
from pipeline import manifest, tables
from pipeline.errors import RapportError
from pipeline.harvest import stage
from pipeline.study import read_study

RIS = "TY  - JOUR\nTI  - Trust {n}\nAB  - We built trust {n} times.\nPY  - 2019\nER  - \n"


def ris(*numbers):
    return "".join(RIS.format(n=n) for n in numbers)


def test_every_entry_received_is_kept_merged_or_rejected(harvest):
    found = harvest(
        {
            "a.ris": ris(1, 2, 1),
            "b.bib": "@article{x, title = {Trust 2}, year = 2019}\n@article{y, title = {cut",
            "c.csv": "title,abstract\nTrust 9,\n,\n ,.\n",
        }
    )
    assert found.counts("a.ris") == (3, 2, 1, 0)
    assert found.counts("b.bib") == (2, 0, 1, 1)
    assert found.counts("c.csv") == (2, 1, 0, 1)
    totals = [found.section[name] for name in ("received", "kept", "merged", "rejected")]
    assert totals == [7, 3, 2, 2]
    assert len(found.records) == found.section["kept"]
    assert len(found.rejected) == found.section["merged"] + found.section["rejected"]


def test_records_without_abstract_are_kept_and_counted(harvest):
    found = harvest({"a.csv": "title,abstract\nTrust,We built it.\nWork,\n"})
    assert found.section["sources"]["a.csv"]["without_abstract"] == 1
    assert found.section["without_abstract"] == 1


def test_the_manifest_has_the_name_and_hash_of_every_file(harvest):
    found = harvest({"a.ris": ris(1)})
    digest = hashlib.sha256(ris(1).encode()).hexdigest()
    assert found.section["sources"]["a.ris"]["files"] == [{"name": "a.ris", "sha256": digest}]


def test_the_manifest_has_the_options_and_notes_of_every_source(harvest):
    found = harvest({"a.csv": "name,year\nTrust,2019\n"}, a={"columns": {"title": "name"}})
    section = found.section["sources"]["a.csv"]
    assert section["options"] == {"columns": {"title": "name"}}
    assert section["notes"] == ["a.csv: there is no column of abstracts"]


def test_a_broken_entry_is_one_line_with_file_and_line(harvest, caplog):
    with caplog.at_level(logging.WARNING, "rapport.harvest"):
        found = harvest({"a.bib": "@article{ok, title = {Trust}}\n\n@article{y, title = {cut"})
    assert "a.bib, line 3: is not whole: a brace or quote is never closed" in caplog.text
    assert found.rejected[0]["place"] == "a.bib, line 3"
    assert found.rejected[0]["title"] == "cut"


def test_many_broken_entries_are_counted_and_not_all_shown(harvest, caplog):
    with caplog.at_level(logging.WARNING, "rapport.harvest"):
        harvest({"a.jsonl": '{"title": "Trust"}\n' + "{\n" * 50})
    assert len(caplog.records) == 21
    assert "and 30 more" in caplog.text


def test_the_same_sources_give_the_same_bytes(harvest):
    files = {"a.ris": ris(1, 2, 1), "b.csv": "title,abstract\nTrust 2,Other words entirely\n"}
    first = harvest(files)
    kept = {path: path.read_bytes() for path in first.folder.rglob("*.parquet")}
    assert len(kept) >= 2
    again = harvest(files)
    assert {path: path.read_bytes() for path in again.folder.rglob("*.parquet")} == kept


def test_records_stand_in_the_order_of_the_sources_in_shards(harvest, monkeypatch):
    monkeypatch.setattr(tables, "SHARD_ROWS", 3)
    found = harvest({"b.ris": ris(*range(5)), "a.ris": ris(*range(3, 8))})
    assert [record["title"] for record in found.records] == [f"Trust {n}" for n in range(8)]
    shards = tables.shard_paths(tables.RECORDS, found.folder)
    assert [path.name for path in shards] == ["00000.parquet", "00001.parquet", "00002.parquet"]
    assert [pq.read_metadata(path).num_rows for path in shards] == [3, 3, 2]


def test_shards_of_an_earlier_longer_harvest_are_removed(harvest, monkeypatch):
    monkeypatch.setattr(tables, "SHARD_ROWS", 2)
    harvest({"a.ris": ris(*range(7))})
    found = harvest({"a.ris": ris(*range(3))})
    assert len(tables.shard_paths(tables.RECORDS, found.folder)) == 2
    assert len(found.records) == 3


def test_the_scratch_file_is_gone_afterwards(harvest):
    found = harvest({"a.ris": ris(1)})
    assert [path.name for path in found.folder.iterdir() if path.name.startswith(".")] == []


def test_an_interrupted_harvest_leaves_no_section_and_the_next_is_whole(harvest, monkeypatch):
    files = {"a.ris": ris(1, 2, 3)}
    whole = harvest(files)
    shards = {path.name: path.read_bytes() for path in (whole.folder / "records").iterdir()}

    def interrupted(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(stage, "_write_rejected", interrupted)
        with pytest.raises(KeyboardInterrupt):
            harvest(files)
    with pytest.raises(RapportError, match="harvest stage has not finished"):
        manifest.require(whole.folder, "harvest")
    assert [path.name for path in whole.folder.iterdir() if path.name.startswith(".")] == []
    again = harvest(files)
    assert {p.name: p.read_bytes() for p in (again.folder / "records").iterdir()} == shards


def test_a_file_that_cannot_be_read_leaves_no_section(harvest):
    found = harvest({"a.ris": ris(1)})
    with pytest.raises(RapportError, match=r"a\.ris.*is empty"):
        harvest({"a.ris": ""})
    assert "harvest" not in manifest.read(found.folder)


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outputs").write_text("a file where the folder should be")
    (tmp_path / "a.ris").write_text(ris(1))
    (tmp_path / "s.toml").write_text('[[source]]\nkind = "file"\npath = "a.ris"\n')
    with pytest.raises(RapportError) as raised:
        stage.run(read_study(tmp_path / "s.toml"))
    assert "outputs" in str(raised.value)


def test_cells_that_a_spreadsheet_would_run_are_harmless(harvest):
    line = json.dumps({"title": "=HYPERLINK(1)", "year": 2019, "abstract": "x"}) + "\n"
    found = harvest({"a.jsonl": line * 2})
    text = (found.folder / "rejected.csv").read_text("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert found.rejected[0]["title"] == "=HYPERLINK(1)"


def test_one_work_in_two_sources_is_of_the_first_source_and_its_corpus(harvest):
    line = '{"title": "T", "doi": "10.1234/a", "abstract": "x"}\n'
    found = harvest({"a.jsonl": line, "b.jsonl": line}, b={"corpus": "practice"})
    assert [(each["source"], each["corpus"]) for each in found.records] == [("a.jsonl", "research")]


def test_a_record_keeps_its_name_when_another_source_is_added_after_it(harvest):
    alone = harvest({"a.ris": ris(1, 2)}).ids
    both = harvest({"a.ris": ris(1, 2), "b.csv": "title,year,abstract\nTrust 1,2019,Other\n"}).ids
    assert both[:2] == alone
    assert len(set(both)) == len(both)
