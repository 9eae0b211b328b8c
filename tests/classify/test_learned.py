"""The learned classifier: learned from coders, used where it is better, and traceable."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skops.io
from pipeline import manifest
from pipeline.classify import learning, stage
from pipeline.classify.coder import Coder
from pipeline.classify.explain import explain
from pipeline.classify.features import Weigher, features, words_of
from pipeline.classify.learned import Learned
from pipeline.classify.model import FILE, meaning, read_model
from pipeline.classify.readings import read_rules
from pipeline.errors import RapportError
from pipeline.study import Source, Study
from pipeline.tables import (
    CODED,
    CODES,
    MENTIONS,
    ORIENTATION,
    RECORDS,
    SAMPLE,
    from_rows,
    path_of,
    read_table,
    sha256,
    write_parquet,
    write_table,
)
from pipeline.taxonomy.read import read_taxonomy

TAXONOMY = """id,label,facet,cluster,group,orientation,cues,exclude,definition,source
courses,Courses,strategy,,training,semi-transactional,course*,,Teaching,us
workshops,Workshops,strategy,,training,semi-transactional,workshop*,,Teaching,us
audit,Audit,strategy,,audit,semi-transactional,audit*,,Counting,us
trust,Trust,relationship,,trust,highly relational,trust,,Faith in another,us
"""
PLACES = "clinic ward hospital school agency county region surgery service office".split()
MISSED, CUED, NOTHING = (
    "Each {} gave its nurses a lesson.",
    "A workshop in each {}.",
    "The {} grew.",
)


def texts(n):
    """Two in four teach, and the cues find every second of these."""
    kinds = (MISSED, NOTHING, CUED, NOTHING)
    return [
        kinds[i % 4].format(PLACES[i % len(PLACES)]) + f" It took {PLACES[i % 7]}s."
        for i in range(n)
    ]


def teaches(text):
    return int("lesson" in text or "workshop" in text)


def study_in(folder, coded=80, more=8, truth=teaches):
    """A study of that many coded texts and others, harvested; to be used from its folder."""
    (folder / "taxonomy.csv").write_text(TAXONOMY, encoding="utf-8")
    made = study_of(folder)
    written = list(enumerate(texts(coded + more)))
    for shard in range(2):
        rows = [
            {
                "record_id": f"text:{place:03}",
                "corpus": "research",
                "source": "file-1",
                "source_id": str(place),
                "title": "Implementing a guideline",
                "abstract": text,
            }
            for place, text in written[shard::2]
        ]
        path = path_of(RECORDS, made.folder) / f"{shard:05}.parquet"
        write_parquet(from_rows(RECORDS, rows), path)
    cells = [
        {
            "record_id": f"text:{place:03}",
            "coder": "ada",
            "code": code,
            "value": truth(text) if code == "training" else int(code == "implementation"),
            "place": "sheet",
        }
        for place, text in written[:coded]
        for code in ("implementation", "training", "audit", "trust", "rel_implementer")
    ]
    write_table(CODED, from_rows(CODED, cells), made.folder)
    manifest.finish(made.folder, "harvest")
    return made


def study_of(folder):
    source = Source("file-1", "file", "research", {})
    return Study(folder / "s.toml", "s", "s", folder / "taxonomy.csv", (source,))


@pytest.fixture
def make_study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda **options: study_in(tmp_path, **options)


@pytest.fixture(scope="module")
def learned_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("learned")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        study = study_in(folder)
        learning.run(study)
        stage.run(study, workers=1)
    return folder


@pytest.fixture
def learned(learned_once, tmp_path, monkeypatch):
    """A study that has learned and been coded, for each test to change as it likes."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(learned_once, tmp_path, dirs_exist_ok=True)
    return study_of(tmp_path)


def codes(study):
    return {
        (row["record_id"], row["concept"]): row
        for row in read_table(CODES, study.folder).to_pylist()
    }


def model_of(study):
    return read_model(study.folder, meaning(read_taxonomy(study.taxonomy), read_rules()))


def test_a_model_is_used_where_it_finds_what_the_cues_miss(learned):
    told = manifest.require(learned.folder, "learn")
    row = told["targets"]["training"]
    assert told["used"] == ["training"]
    assert row["f1_model"] > row["f1_cues"]
    assert 0 < row["low"] <= row["difference"] <= row["high"]
    assert row["f1"] == row["f1_model"]
    assert manifest.require(learned.folder, "classify")["learned"]["used"] == ["training"]


def test_what_too_few_texts_have_is_left_to_the_cues(learned):
    row = manifest.require(learned.folder, "learn")["targets"]["audit"]
    assert (row["used"], row["present"]) == (False, 0)
    assert "fewer than 10" in row["why"]
    assert "f1_model" not in row


def test_codes_of_the_model_have_its_probability_and_a_concept_of_the_group(learned):
    found = codes(learned)
    missed, cued = found["text:084", "workshops"], found["text:086", "workshops"]
    assert [row["decided_by"] for row in (missed, cued)] == ["model", "model"]
    assert 0 < missed["probability"] < 1
    assert ("text:085", "workshops") not in found
    assert not any(row["record_id"] == "text:084" for row in mentions(learned))


def mentions(study):
    return read_table(MENTIONS, study.folder).to_pylist()


def test_explain_tells_why_the_model_coded_a_text_without_a_mention(learned):
    told = " ".join(explain(learned, "text:084").split())
    probability = codes(learned)["text:084", "workshops"]["probability"]
    assert f"training: present by the learned classifier, probability {probability:.2f}" in told
    assert "these features weighed most: “" in told
    assert "“lesson” (+" in told
    assert "without a mention that was kept, coded as workshops" in told


def test_a_text_that_was_learned_from_is_coded_by_a_model_that_had_not_seen_it(learned):
    model = model_of(learned)
    row = model.records.index("text:000")
    assert (
        codes(learned)["text:000", "workshops"]["probability"] == model.unseen_probability[row, 0]
    )
    assert "which had not seen this text" in " ".join(explain(learned, "text:000").split())


def test_where_the_cues_are_right_no_model_is_used(make_study):
    study = make_study(truth=lambda text: int("workshop" in text))
    told = learning.run(study)
    assert "the cues decide" in told
    stage.run(study, workers=1)
    assert {row["decided_by"] for row in codes(study).values()} == {"cue"}


def test_a_deleted_model_leaves_the_codes_to_the_cues(learned):
    (learned.folder / FILE).unlink()
    stage.run(learned, workers=1)
    assert {row["decided_by"] for row in codes(learned).values()} == {"cue"}


def test_the_same_seed_gives_the_same_model_and_codes_in_another_process(learned):
    before = {t.name: sha256(path_of(t, learned.folder)) for t in (MENTIONS, CODES, ORIENTATION)}
    model = (learned.folder / FILE).read_bytes()
    for table in (MENTIONS, CODES, ORIENTATION):
        for shard in path_of(table, learned.folder).iterdir():
            shard.unlink()
    script = """if __name__ == "__main__":
        from pathlib import Path
        from pipeline.classify import learning, stage
        from pipeline.study import Source, Study
        here, source = Path.cwd(), Source("file-1", "file", "research", {})
        study = Study(here / "s.toml", "s", "s", here / "taxonomy.csv", (source,))
        learning.run(study)
        stage.run(study, workers=2)
    """
    Path("again.py").write_text(script, encoding="utf-8")
    root = str(Path(stage.__file__).parents[2])
    settings = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": root}
    subprocess.run([sys.executable, "again.py"], check=True, env=settings)
    assert (learned.folder / FILE).read_bytes() == model
    assert before == {
        t.name: sha256(path_of(t, learned.folder)) for t in (MENTIONS, CODES, ORIENTATION)
    }


def test_texts_chosen_for_training_take_part_in_no_figure(make_study):
    study = make_study()
    rows = [
        {"record_id": f"text:{n:03}", "corpus": "research", "purpose": "training", "round": 1}
        for n in range(20)
    ]
    rows.append(rows[0] | {"purpose": "estimate"})
    write_table(SAMPLE, from_rows(SAMPLE, rows), study.folder)
    learning.run(study)
    told = manifest.require(study.folder, "learn")
    assert told["texts"] == {"coded": 80, "measured": 61}
    assert told["targets"]["training"]["texts"] == 61
    assert len(model_of(study).records) == 80


def test_from_texts_chosen_for_training_alone_nothing_can_be_measured_or_used(make_study):
    study = make_study()
    row = {"corpus": "research", "purpose": "training", "round": 1}
    rows = [row | {"record_id": f"text:{n:03}"} for n in range(80)]
    write_table(SAMPLE, from_rows(SAMPLE, rows), study.folder)
    learning.run(study)
    assert manifest.require(study.folder, "learn")["used"] == []


def test_without_coded_texts_learn_says_what_to_do(make_study):
    study = make_study(coded=0)
    with pytest.raises(RapportError, match=r"no coded text.*rapport sheet"):
        learning.run(study)


def test_a_model_made_with_another_taxonomy_is_refused(learned):
    changed = TAXONOMY.replace("audit*", "audit*; count*")
    learned.taxonomy.write_text(changed, encoding="utf-8")
    with pytest.raises(RapportError, match=r"another taxonomy.*rapport learn"):
        stage.run(learned, workers=1)


class Stranger:
    """Something no model holds."""


def test_a_model_file_with_another_type_in_it_is_not_loaded(learned):
    skops.io.dump({"facts": Stranger()}, learned.folder / FILE)
    with pytest.raises(RapportError, match=r"Stranger, which a model never does") as caught:
        model_of(learned)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", json.dumps({}).encode()])
def test_a_damaged_model_file_is_refused_in_one_line(learned, content):
    (learned.folder / FILE).write_bytes(content)
    with pytest.raises(RapportError, match="is not a model") as caught:
        model_of(learned)
    assert "\n" not in str(caught.value)


def test_a_model_whose_parts_do_not_fit_each_other_is_refused(learned):
    model = model_of(learned)
    replace(model, thresholds=np.zeros(5)).save(learned.folder)
    with pytest.raises(RapportError, match="is not a model"):
        model_of(learned)


def test_explain_refuses_to_tell_of_a_model_that_the_codes_do_not_come_from(learned):
    section = manifest.require(learned.folder, "classify")
    manifest.finish(learned.folder, "classify", **section | {"learned": {"model": "older"}})
    with pytest.raises(RapportError, match="was learned after the records were coded"):
        explain(learned, "text:084")


def test_weights_are_added_up_as_a_product_with_all_features_would(make_study):
    study = make_study()
    taxonomy = read_taxonomy(study.taxonomy)
    coder = Coder(taxonomy, read_rules())
    abstracts = [f"{text} Trust, trust and trust. Élan!" for text in texts(30)]
    titles = ["Lessons"] * len(abstracts)
    readings = coder.read_all(titles, abstracts)
    table = features(titles, abstracts, readings, coder.concepts)
    weights = np.random.default_rng(1).normal(size=(len(table.names), 3))
    weigher = Weigher(table.names, weights, coder.concepts)
    want = table.matrix @ weights
    half = len(abstracts) // 2
    for part in (slice(half, None), slice(0, half)):
        got = weigher.totals(titles[part], abstracts[part], readings[part])
        assert np.allclose(got, want[part], rtol=0, atol=1e-12)
        # The words at hand change how nothing is added up.
        alone = Weigher(table.names, weights, coder.concepts)
        again = alone.totals(titles[part], abstracts[part], readings[part])
        assert got.tobytes() == again.tobytes()


def test_words_are_plain_letters_in_lower_case():
    assert words_of("Élan-vital", "GP's 2nd VISIT") == ["elan", "vital", "gp", "s", "nd", "visit"]


def test_a_model_that_decides_nothing_changes_nothing(make_study):
    study = make_study(truth=lambda text: int("workshop" in text))
    learning.run(study)
    model = model_of(study)
    coder = Coder(read_taxonomy(study.taxonomy), read_rules())
    readings = coder.read_all([""], ["A workshop."])
    assert model.targets == ()
    assert Learned(model, coder.concepts).adjust(["x"], [""], ["A workshop."], readings) == (
        readings,
        [{}],
    )
