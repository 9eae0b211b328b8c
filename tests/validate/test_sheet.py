"""Texts are drawn with known probabilities, and coders get sheets that tell them nothing."""

import csv
import itertools
import re
from collections import Counter

import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook
from pipeline.errors import RapportError
from pipeline.tables import SAMPLE, STRATA, path_of, read_table
from pipeline.validate.sample import allocate, number_of
from pipeline.validate.sheet import draw


def sample(study):
    return read_table(SAMPLE, study.folder).to_pylist()


def set_aside(study):
    for table in (SAMPLE, STRATA):
        path = path_of(table, study.folder)
        path.rename(path.with_name(f"old-{path.name}"))


def rows_of(path):
    sheet = load_workbook(path)["coding"]
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_every_coder_gets_a_workbook_and_a_csv_of_the_same_texts(small_study):
    written = draw(small_study, 30, coders=("ann", "bo"))
    assert [path.name for path in written] == [
        "sheet-1-ann.xlsx",
        "sheet-1-ann.csv",
        "sheet-1-bo.xlsx",
        "sheet-1-bo.csv",
    ]
    ids = [[row["record_id"] for row in rows_of(path)] for path in written[::2]]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 30
    with written[1].open(encoding="utf-8-sig", newline="") as stream:
        assert [row["record_id"] for row in csv.DictReader(stream)] == ids[0]


def test_probabilities_are_the_share_drawn_of_each_stratum(small_study):
    draw(small_study, 30)
    for row in sample(small_study):
        assert row["probability"] == row["drawn"] / row["population"]
    strata = Counter(read_table(STRATA, small_study.folder).column("stratum").to_pylist())
    assert {row["stratum"]: row["population"] for row in sample(small_study)} == strata
    assert sum(1 / row["probability"] for row in sample(small_study)) == pytest.approx(90)


def test_strata_are_what_the_cues_say(small_study):
    draw(small_study, 5)
    table = read_table(STRATA, small_study.folder)
    strata = dict(zip(*(c.to_pylist() for c in table.columns), strict=True))
    assert strata["text:r0"] == "research: relationship"
    assert strata["text:r1"] == "research: strategy"
    assert strata["text:p3"] == "practice: nothing"


def test_corpora_and_strata_get_alike_and_small_ones_pass_on_what_they_lack():
    assert allocate(
        12,
        {
            "research: relationship": 1,
            "research: strategy": 50,
            "research: nothing": 50,
            "practice: nothing": 3,
        },
    ) == {
        "research: relationship": 1,
        "research: strategy": 4,
        "research: nothing": 4,
        "practice: nothing": 3,
    }


def test_all_are_drawn_where_there_are_fewer(small_study):
    draw(small_study, 500)
    assert len(sample(small_study)) == 90


def test_a_second_round_goes_on_where_the_first_stopped(make_study, corpus):
    texts = [corpus.invented(n) for n in range(70)]
    twice = make_study([texts])
    draw(twice, 12)
    draw(twice, 12)
    rounds = {row["record_id"]: row["round"] for row in sample(twice)}
    assert Counter(rounds.values()) == {1: 12, 2: 12}
    assert {row["drawn"] for row in sample(twice)} == {8}
    assert (twice.folder / "coding" / "sheet-2-a.xlsx").exists()
    set_aside(twice)
    draw(twice, 24)
    assert set(rounds) == {row["record_id"] for row in sample(twice)}


def test_which_texts_are_drawn_does_not_depend_on_their_order(make_study, corpus):
    texts = [corpus.invented(n) for n in range(50)]
    study = make_study([texts])
    draw(study, 15)
    first = {row["record_id"] for row in sample(study)}
    set_aside(study)
    again = make_study([texts[25:][::-1], texts[:25]])
    draw(again, 15)
    assert {row["record_id"] for row in sample(again)} == first


def test_another_seed_draws_others():
    order = [sorted(range(50), key=lambda n, seed=seed: number_of(seed, str(n))) for seed in (1, 2)]
    assert order[0] != order[1]


def test_every_text_of_a_stratum_is_as_likely_to_be_drawn():
    drawn = Counter(
        record
        for seed in range(2_000)
        for record in sorted(map(str, range(10)), key=lambda r, seed=seed: number_of(seed, r))[:3]
    )
    assert all(abs(times - 600) < 100 for times in drawn.values())


def test_strata_stay_when_the_taxonomy_finds_something_else(small_study, corpus):
    draw(small_study, 10)
    before = read_table(STRATA, small_study.folder)
    bare = [corpus.Text(f"text:r{n}", "research", "", "Nothing.", []) for n in range(60)]
    bare += [corpus.Text(f"text:p{n}", "practice", "", "Nothing.", []) for n in range(30)]
    corpus.write_tables(small_study.folder, [bare[:40], bare[40:]])
    draw(small_study, 10)
    assert read_table(STRATA, small_study.folder) == before


def test_records_that_came_later_stop_a_second_round(small_study, corpus):
    draw(small_study, 10)
    corpus.write_tables(small_study.folder, [[corpus.invented(n) for n in range(61)]])
    with pytest.raises(RapportError, match="came to the study after"):
        draw(small_study, 10)


def test_the_sheet_shows_no_code_of_the_machine(small_study):
    path = draw(small_study, 30)[0]
    for row in rows_of(path):
        filled = {name for name, value in row.items() if value is not None}
        assert filled <= {"record_id", "title", "text", "coder"}
    assert (
        "relationship"
        not in (path.with_suffix(".csv")).read_text(encoding="utf-8-sig").split("\n")[1]
    )


def test_places_in_the_sheet_do_not_follow_the_strata(small_study):
    path = draw(small_study, 60)[0]
    stratum = {row["record_id"]: row["stratum"] for row in sample(small_study)}
    order = [stratum[row["record_id"]] for row in rows_of(path)]
    changes = sum(a != b for a, b in itertools.pairwise(order))
    assert changes > 2 * len(set(order))


def test_cells_take_1_0_or_nothing_and_the_header_stays_in_sight(small_study, scheme):
    sheet = load_workbook(draw(small_study, 10)[0])["coding"]
    assert sheet.freeze_panes == "D2"
    lists = {str(v.sqref): v for v in sheet.data_validations.dataValidation}
    assert len(lists) == len(scheme.names) + 1
    assert all(v.formula1 == '"1,0"' and v.allow_blank for v in lists.values())
    assert sheet["C2"].alignment.wrap_text


def test_the_codebook_comes_along(small_study, scheme):
    sheet = load_workbook(draw(small_study, 10)[0])["codebook"]
    told = {row[0] for row in sheet.iter_rows(values_only=True)}
    assert set(scheme.names) <= told


def test_a_text_that_looks_like_a_formula_is_harmless(make_study, corpus):
    study = make_study([[corpus.Text("text:1", "research", "=1+1", '@SUM("x")', [])]])
    path = draw(study, 1)[0]
    row = rows_of(path)[0]
    assert row["title"] == "'=1+1"
    assert row["text"].startswith("'@")
    assert ",'=1+1," in path.with_suffix(".csv").read_text(encoding="utf-8-sig")


def test_characters_that_a_workbook_refuses_become_blanks(make_study, corpus):
    study = make_study([[corpus.Text("text:1", "research", "a\x0bb", "c\x00d", [])]])
    assert rows_of(draw(study, 1)[0])[0]["text"] == "c d"


def test_a_text_too_long_for_a_cell_is_written_whole_beside(make_study, corpus):
    long = "word " * 10_000
    study = make_study([[corpus.Text("text:1", "research", "Long", long, [])]])
    written = draw(study, 1)
    assert written[0].read_text(encoding="utf-8") == long
    cell = rows_of(written[1])[0]["text"]
    assert len(cell) <= 32_767
    assert re.search(r"read all of it in long_texts/text-1\.txt", cell)


def test_texts_for_training_are_the_doubtful_and_never_estimate(make_study, corpus):
    sure = [corpus.invented(n) for n in range(20)]
    doubtful = [
        corpus.Text(
            "text:d1", "research", "", "a", ["course"], decided_by="model", probability=0.55
        ),
        corpus.Text(
            "text:d2", "research", "", "b", ["course"], decided_by="model", probability=0.99
        ),
    ]
    study = make_study([sure + doubtful])
    written = draw(study, 1, mode="active")
    assert written[0].name == "training-1-a.xlsx"
    (row,) = sample(study)
    assert (row["record_id"], row["purpose"], row["probability"]) == ("text:d1", "training", None)
    draw(study, 1, mode="active")
    assert {row["record_id"] for row in sample(study)} == {"text:d1", "text:d2"}


def test_a_text_for_training_may_still_be_drawn_to_estimate(make_study, corpus):
    study = make_study(
        [
            [
                corpus.Text(
                    "text:d", "research", "", "a", ["course"], decided_by="model", probability=0.6
                )
            ]
        ]
    )
    draw(study, 1, mode="active")
    draw(study, 1)
    assert [row["purpose"] for row in sample(study)] == ["estimate", "training"]


def test_nothing_in_doubt_is_said(small_study):
    with pytest.raises(RapportError, match="no text is in doubt"):
        draw(small_study, 5, mode="active")


@pytest.mark.parametrize("coders", [(), ("a", "A"), ("a b",), ("reconciled",), ("../x",)])
def test_names_that_cannot_be_coders_are_refused(small_study, coders):
    with pytest.raises(RapportError):
        draw(small_study, 5, coders=coders)


def test_a_number_below_1_is_refused(small_study):
    with pytest.raises(RapportError, match="cannot be drawn"):
        draw(small_study, 0)


def test_an_unfinished_folder_of_strata_is_begun_anew(small_study):
    unfinished = small_study.folder / ".strata"
    unfinished.mkdir(parents=True)
    (unfinished / "99999.parquet").write_bytes(b"")
    draw(small_study, 5)
    assert [p.name for p in sorted(path_of(STRATA, small_study.folder).iterdir())] == [
        "00000.parquet",
        "00001.parquet",
    ]
    assert pq.read_table(path_of(STRATA, small_study.folder) / "00000.parquet").num_rows == 40
