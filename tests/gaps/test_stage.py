"""The stage from end to end: what it writes, what it refuses, and that it repeats itself."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from corpora import CONCEPTS, TAXONOMY
from pipeline import manifest
from pipeline.errors import RapportError
from pipeline.gaps import stage
from pipeline.study import Study
from pipeline.tables import GAPS, SENSITIVITY, SILENCES, TABLES, path_of, read_table
from pipeline.taxonomy import coded

OURS = [table for table in TABLES.values() if table.stage == "gaps"]


def some_texts(number, seed=1, **fixed):
    draw = random.Random(seed)
    names = [concept.id for concept in CONCEPTS]
    return [
        {
            "record_id": f"text:{seed}-{n:05d}",
            "concepts": {c: [f"{c}*"] for c in names if draw.random() < 0.3},
            "year": 2001 + draw.randrange(12),
            "roles": draw.choice(["", "strategy", "context;outcome"]),
            "source": draw.choice(["first", "second"]),
            **fixed,
        }
        for n in range(number)
    ]


@pytest.fixture
def study(writing, monkeypatch):
    """A function that gives a study whose texts are coded, ready for the stage."""
    monkeypatch.setattr(coded, "read_taxonomy", lambda path: TAXONOMY)

    def make(*shards, **gaps):
        folder = writing(*shards)
        monkeypatch.setattr("pipeline.study.OUTPUTS", folder.parent)
        manifest.finish(folder, "harvest")
        manifest.finish(folder, "classify", taxonomy={"hash": TAXONOMY.hash})
        told = {"randomisations": 20, **gaps}
        return Study(
            Path("study.toml"), folder.name, "A study", Path("taxonomy.csv"), (), gaps=told
        )

    return make


def test_every_table_of_the_stage_is_written_with_its_csv_and_told_in_the_manifest(study):
    practice = [
        {**text, "corpus": "practice", "document": f"plan-{n % 5}", "year": None}
        for n, text in enumerate(some_texts(60, 2))
    ]
    one = study(some_texts(120), practice)
    stage.run(one)
    told = manifest.read(one.folder)["gaps"]
    for table in OURS:
        assert read_table(table, one.folder).schema.equals(table.schema)
        assert (one.folder / f"{table.name}.csv").exists()
        assert table.name in told["tables"]
    assert told["settings"]["randomisations"] == 20
    assert told["seed"] == 1
    for corpus, number in (("research", 120), ("practice", 60)):
        facts = told["corpora"][corpus]
        assert facts["texts"] == number
        assert facts["null"]["draws"] == 20
        assert sum(facts["pairs"].values()) == 66
        share = facts["of these, mention no relationship"]
        assert share["low"] < share["unmentioned"] < share["high"]


def test_keys_are_unique_and_rows_in_their_order(study):
    one = study(some_texts(150), some_texts(50, 2, corpus="practice"))
    stage.run(one)
    for table in OURS:
        keys = list(
            zip(*(read_table(table, one.folder)[k].to_pylist() for k in table.key), strict=True)
        )
        assert keys == sorted(set(keys)), table.name


def test_the_same_texts_and_seed_give_the_same_bytes(study):
    one = study(some_texts(100), some_texts(40, 2, corpus="practice", document="plan"))

    def content():
        stage.run(one)
        return {t.name: path_of(t, one.folder).read_bytes() for t in OURS}

    assert content() == content()


@pytest.mark.parametrize(
    "shards",
    [
        [[]],
        [some_texts(1)],
        [some_texts(30, year=None)],
        [some_texts(30, corpus="practice", document="only", year=None)],
        [some_texts(30, concepts=["audit"])],
        [some_texts(30, concepts=[])],
        [some_texts(30, relationship="none")],
        [some_texts(30, relationship="both")],
        [some_texts(30, year=2010)],
        [some_texts(30, concepts=[c.id for c in CONCEPTS])],
    ],
    ids=[
        "no text",
        "one text",
        "no year",
        "one document",
        "one concept",
        "no concept",
        "no relationship",
        "relationships everywhere",
        "one year",
        "all concepts everywhere",
    ],
)
def test_it_copes_with(study, shards):
    one = study(*shards)
    stage.run(one)
    for table in OURS:
        read_table(table, one.folder)


def test_within_windows_of_years_too(study):
    one = study(some_texts(100), year_window=4)
    stage.run(one)
    assert manifest.read(one.folder)["gaps"]["corpora"]["research"]["null"]["strata"] == 4


def test_it_refuses_to_run_before_classify(study):
    one = study(some_texts(5))
    manifest.begin(one.folder, "classify")
    with pytest.raises(RapportError, match="rapport classify"):
        stage.run(one)


def test_it_refuses_a_taxonomy_that_was_edited_since_the_texts_were_coded(study):
    one = study(some_texts(5))
    manifest.finish(one.folder, "classify", taxonomy={"hash": "another"})
    with pytest.raises(RapportError) as error:
        stage.run(one)
    assert "taxonomy.csv" in str(error.value)
    assert "Run `rapport classify`" in str(error.value)


def test_a_rating_that_the_taxonomy_lacks_is_answered_with_those_it_has(study):
    one = replace(study(some_texts(5)), rating="orientaton")
    with pytest.raises(RapportError) as error:
        stage.run(one)
    assert "[study] rating is 'orientaton'" in str(error.value)
    assert "Choose one of orientation, orientation_generous" in str(error.value)


def test_a_wrong_setting_is_told_before_anything_is_struck_out(study):
    one = study(some_texts(5))
    stage.run(one)
    before = (one.folder / "manifest.json").read_text()
    wrong = replace(one, gaps={"horizon": "long"})
    with pytest.raises(RapportError, match="horizon"):
        stage.run(wrong)
    assert (one.folder / "manifest.json").read_text() == before


def test_a_planted_silence_is_told_with_all_that_it_needs(study):
    draw = random.Random(3)
    texts = []
    for n in range(600):
        names = {c.id for c in CONCEPTS if draw.random() < 0.3}
        if n >= 60 and {"audit", "trust"} <= names:
            names.discard(draw.choice(["audit", "trust"]))
        texts.append({"concepts": {c: [f"{c}*"] for c in sorted(names)}, "year": 2001 + n % 6})
    one = study(texts)
    stage.run(one)
    rows = {
        (r["concept_a"], r["concept_b"]): r for r in read_table(SILENCES, one.folder).to_pylist()
    }
    row = rows["audit", "trust"]
    assert row["kind"] == "relational-transactional"
    assert row["verdict"] == "under-mentioned"
    assert row["ratio"] < row["detectable_ratio"]
    assert row["verdict_by_facet"] == "under-mentioned"
    needs = row["vanishes_without"].split(" | ")
    assert "cue audit* of audit" in needs  # every code of audit rests on its one cue
    assert not any(need.startswith("year") for need in needs)
    asked = read_table(SENSITIVITY, one.folder).to_pylist()
    [cue] = [r for r in asked if r["change"] == "cue" and r["concept"] == "audit"]
    assert "audit + trust" in cue["vanished_pairs"]


def test_corrected_shares_are_left_empty(study):
    one = study(some_texts(20))
    stage.run(one)
    assert set(read_table(GAPS, one.folder)["corrected"].to_pylist()) == {None}


def test_the_manifest_is_plain_json(study):
    one = study(some_texts(20))
    stage.run(one)
    assert "NaN" not in json.dumps(manifest.read(one.folder)["gaps"])
