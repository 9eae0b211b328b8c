"""From sheets to figures, also where most shards hold no coded text."""

import pytest
from pipeline import manifest
from pipeline.tables import ESTIMATES, read_table
from pipeline.validate.sample import mentions_of, texts_of
from pipeline.validate.segments import import_segments
from pipeline.validate.stage import correct, draw, validate


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


def test_correcting_again_marks_the_estimates_as_newer_than_the_codes(validated):
    coders = manifest.read(validated.folder)["validate"]["coders"]
    manifest.finish(validated.folder, "classify")
    correct(validated)
    told = manifest.read(validated.folder)
    assert told["validate"]["finished"] >= told["classify"]["finished"]
    assert told["validate"]["coders"] == coders
    assert read_table(ESTIMATES, validated.folder).num_rows


def test_segments_come_in_by_their_words(small_study, tmp_path):
    path = tmp_path / "coded.csv"
    path.write_text("file,code,text\ntext:r0,training,Staff of place 0\n")
    assert import_segments(small_study, path).name == "segments-coded.xlsx"
