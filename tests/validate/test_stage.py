"""From sheets to figures, also where most shards hold no coded text."""

import pytest
from pipeline import manifest
from pipeline.errors import RapportError
from pipeline.tables import ESTIMATES, read_table
from pipeline.validate.sample import mentions_of, texts_of
from pipeline.validate.segments import import_segments
from pipeline.validate.stage import draw, tell_again, validate


def test_a_shard_without_a_wanted_record_is_passed_over(small_study):
    assert set(texts_of(small_study, ["text:r0"])) == {"text:r0"}
    assert len(mentions_of(small_study, ["text:r0"])["text:r0"]) == 2


@pytest.fixture
def validated(small_study):
    paths = draw(small_study, 60)
    for path in paths[1::2]:
        text = path.read_text(encoding="utf-8-sig").splitlines()
        absent = text[0].split(",").index("rest_absent")
        rows = [row.split(",") for row in text[1:]]
        for row in rows:
            row[absent] = "1"
        path.write_text("\n".join([text[0], *map(",".join, rows)]), encoding="utf-8")
    validate(small_study, paths[1::2])
    return small_study


def recoded(study, corpus, concepts):
    """The same records, coded anew, every one with these concepts."""
    texts = [corpus.invented(n) for n in range(60)] + [
        corpus.invented(n, "practice") for n in range(30)
    ]
    for text in texts:
        text.concepts = concepts
    corpus.write_tables(study.folder, [texts[:40], texts[40:]])
    manifest.finish(study.folder, "classify", taxonomy={"hash": "hash"})


def uncorrected(study, code):
    rows = read_table(ESTIMATES, study.folder).to_pylist()
    return {r["uncorrected"] for r in rows if (r["question"], r["concept"]) == ("code", code)}


def test_codes_that_changed_are_no_longer_the_ones_that_were_validated(validated, corpus):
    assert manifest.is_validated(validated.folder)
    recoded(validated, corpus, ["reminder"])
    assert not manifest.is_validated(validated.folder)


def test_the_same_codes_again_stay_validated(validated):
    manifest.finish(validated.folder, "classify", taxonomy={"hash": "hash"})
    assert manifest.is_validated(validated.folder)


def test_telling_again_speaks_of_the_codes_as_they_are_now(validated, corpus):
    coders = manifest.read(validated.folder)["validate"]["coders"]
    recoded(validated, corpus, ["reminder"])
    tell_again(validated)
    assert manifest.is_validated(validated.folder)
    assert manifest.read(validated.folder)["validate"]["coders"] == coders
    assert uncorrected(validated, "reminders") == {1.0}


def test_telling_again_keeps_what_was_passed_over_in_the_sheets(validated):
    before = (validated.folder / "validation.md").read_text()
    tell_again(validated)
    assert (validated.folder / "validation.md").read_text() == before


def test_telling_again_without_coded_texts_does_nothing(small_study):
    tell_again(small_study)
    assert not (small_study.folder / "validation.md").exists()


def test_coded_texts_that_left_the_study_are_told_and_left_out(validated, corpus):
    corpus.write_tables(validated.folder, [[corpus.invented(n) for n in range(40)], []])
    manifest.finish(validated.folder, "classify", taxonomy={"hash": "hash"})
    tell_again(validated)
    assert (
        "coded texts are no longer in the study" in (validated.folder / "validation.md").read_text()
    )


def test_segments_come_in_by_their_words(small_study, tmp_path):
    path = tmp_path / "coded.csv"
    path.write_text("file,code,text\ntext:r0,training,Staff of place 0\n")
    assert import_segments(small_study, path).name == "segments-coded.xlsx"


def test_a_taxonomy_edited_since_the_texts_were_coded_is_refused(validated):
    manifest.finish(validated.folder, "classify", taxonomy={"hash": "another"})
    with pytest.raises(RapportError, match="edited since"):
        tell_again(validated)
