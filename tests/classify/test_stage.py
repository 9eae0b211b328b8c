"""The classify stage: shard by shard, resumable, the same whatever the number of processes."""

import shutil

import pyarrow.parquet as pq
import pytest
from pipeline import manifest
from pipeline.classify import stage
from pipeline.classify.explain import explain, explain_text
from pipeline.errors import RapportError
from pipeline.study import Source, Study
from pipeline.tables import (
    CODES,
    MENTIONS,
    ORIENTATION,
    RECORDS,
    from_rows,
    path_of,
    read_table,
    sha256,
    write_parquet,
)

TAXONOMY = """id,label,facet,cluster,group,orientation,cues,exclude,definition,source
training,Training,strategy,,training,semi-transactional,train*; workshop*,,Teaching,us
trust,Trust,relationship,,trust,highly relational,trust; trusting,"""
TAXONOMY += '"""NHS trust*""",Faith in another,us\n'

TEXTS = ("Staff training and trust.", "Two NHS Trusts.", "Nothing at all.", "A workshop.")


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taxonomy.csv").write_text(TAXONOMY, encoding="utf-8")
    made = Study(
        tmp_path / "s.toml",
        "s",
        "s",
        tmp_path / "taxonomy.csv",
        (Source("file-1", "file", "research", {}),),
    )
    for number in range(3):
        rows = [
            {
                "record_id": f"text:{number}{place}",
                "corpus": "research",
                "source": "file-1",
                "source_id": str(place),
                "title": f"Implementing it, {place}",
                "abstract": text,
                "year": 2000 + number,
            }
            for place, text in enumerate(TEXTS)
        ]
        write_parquet(
            from_rows(RECORDS, rows), path_of(RECORDS, made.folder) / f"{number:05}.parquet"
        )
    manifest.finish(made.folder, "harvest")
    return made


def hashes(study):
    return {t.name: sha256(path_of(t, study.folder)) for t in (MENTIONS, CODES, ORIENTATION)}


def test_every_record_has_an_orientation_and_the_shards_stay_aligned(study):
    stage.run(study, workers=1)
    told = read_table(ORIENTATION, study.folder).column("record_id").to_pylist()
    assert told == read_table(RECORDS, study.folder).column("record_id").to_pylist()


def test_an_excluded_mention_is_told_and_gives_no_code(study):
    stage.run(study, workers=1)
    rows = read_table(MENTIONS, study.folder).to_pylist()
    assert {r["reading"] for r in rows if r["text"] == "Trust" or r["text"] == "Trusts"} <= {
        "excluded"
    }
    codes = {(r["record_id"], r["concept"]) for r in read_table(CODES, study.folder).to_pylist()}
    assert ("text:01", "trust") not in codes


def test_tables_are_the_same_whatever_the_number_of_processes(study):
    stage.run(study, workers=1)
    first = hashes(study)
    for table in (MENTIONS, CODES, ORIENTATION):
        shutil.rmtree(path_of(table, study.folder))
    stage.run(study, workers=2)
    assert hashes(study) == first


def test_a_shard_that_is_done_is_not_done_again(study, monkeypatch):
    stage.run(study, workers=1)
    path_of(CODES, study.folder).joinpath("00001.parquet").unlink()
    done = []
    code = stage.code_shard
    monkeypatch.setattr(stage, "code_shard", lambda *a: done.append(a[1].name) or code(*a))
    stage.run(study, workers=1)
    assert done == ["00001.parquet"]


def test_an_edited_taxonomy_codes_every_shard_again(study):
    stage.run(study, workers=1)
    first = hashes(study)
    study.taxonomy.write_text(TAXONOMY.replace("workshop*", "course*"), encoding="utf-8")
    stage.run(study, workers=1)
    assert hashes(study)["codes"] != first["codes"]


def test_codes_that_an_edited_cue_moved_are_told_by_concept(study, caplog):
    stage.run(study, workers=1)
    assert caplog.messages == []
    assert manifest.require(study.folder, "classify")["moved"] == {}
    study.taxonomy.write_text(TAXONOMY.replace("workshop*", "nothing"), encoding="utf-8")
    stage.run(study, workers=1)
    assert caplog.messages == ["classify: 6 codes moved: training +3 -3"]
    told = manifest.require(study.folder, "classify")["moved"]
    assert told == {"training": {"gained": 3, "lost": 3}}


def test_codes_of_new_records_are_not_said_to_have_moved(study, caplog):
    stage.run(study, workers=1)
    shard = path_of(RECORDS, study.folder) / "00002.parquet"
    rows = pq.read_table(shard).to_pylist()
    more = {**rows[0], "record_id": "text:new", "abstract": "A workshop on training."}
    write_parquet(from_rows(RECORDS, [*rows, more]), shard)
    stage.run(study, workers=1)
    assert "text:new" in read_table(CODES, study.folder)["record_id"].to_pylist()
    assert caplog.messages == []


def test_a_shard_that_came_of_records_no_longer_there_is_deleted(study):
    stage.run(study, workers=1)
    path_of(RECORDS, study.folder).joinpath("00002.parquet").unlink()
    stage.run(study, workers=1)
    assert len(list(path_of(MENTIONS, study.folder).glob("*.parquet"))) == 2


def test_a_damaged_result_is_made_again(study):
    stage.run(study, workers=1)
    first = hashes(study)
    path_of(MENTIONS, study.folder).joinpath("00000.parquet").write_bytes(b"PAR1")
    stage.run(study, workers=1)
    assert hashes(study) == first


def test_a_damaged_shard_of_records_is_told_by_name(study):
    path_of(RECORDS, study.folder).joinpath("00001.parquet").write_bytes(b"PAR1")
    with pytest.raises(RapportError, match=r"00001.parquet: is damaged"):
        stage.run(study, workers=1)
    assert "classify" not in manifest.read(study.folder)


def test_the_manifest_counts_what_was_coded(study):
    stage.run(study, workers=1)
    section = manifest.require(study.folder, "classify")
    assert section["counts"]["records"] == 12
    assert section["counts"]["mentions"] == read_table(MENTIONS, study.folder).num_rows
    assert section["taxonomy"]["hash"]


def test_explain_underlines_each_mention_in_place(study):
    stage.run(study, workers=1)
    lines = explain(study, "text:03").splitlines()
    place = next(i for i, line in enumerate(lines) if line == "A workshop.")
    assert lines[place + 1] == "  ════════"


def test_explain_of_no_record_is_told(study):
    stage.run(study, workers=1)
    with pytest.raises(RapportError, match="there is no record 'text:99'"):
        explain(study, "text:99")


def test_explain_tells_what_was_weighed_of_the_text(study):
    stage.run(study, workers=1)
    assert "about_implementation: " in explain(study, "text:03")


def test_try_codes_a_text_of_no_study(study):
    assert "→ training: " in explain_text("They held a workshop.", study.taxonomy)
