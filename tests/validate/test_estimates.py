"""Corrected shares are what the coders would have found, and can be worked out again by hand."""

import csv
import re

import pytest
from pipeline import manifest
from pipeline.errors import RapportError
from pipeline.tables import CODED, ESTIMATES, SAMPLE, from_rows, read_table, write_table
from pipeline.validate.estimates import FEWEST_NAMED, coded_sample, questions
from pipeline.validate.scheme import read_scheme
from pipeline.validate.sheet import draw
from pipeline.validate.stage import validate


@pytest.fixture
def estimated(tmp_path):
    """Draw a sample of a study, code it by a rule, and return its estimates by their keys."""

    def make(study, n, present, coded=lambda record: True):
        draw(study, n)
        drawn = [r["record_id"] for r in read_table(SAMPLE, study.folder).to_pylist()]
        path = tmp_path / "a.csv"
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            rows = [present(record) for record in drawn]
            names = sorted({name for row in rows for name in row})
            writer.writerow(["record_id", "rest_absent", *names])
            for record, row in zip(drawn, rows, strict=True):
                if coded(record):
                    writer.writerow([record, 1, *(int(name in row) for name in names)])
        validate(study, [path])
        rows = read_table(ESTIMATES, study.folder).to_pylist()
        return {tuple(row[name] for name in ESTIMATES.key): row for row in rows}

    return make


def number(record):
    return int(re.sub(r"\D", "", record))


def as_the_machine_finds(record):
    """The codes of the invented texts, which go round in sevens."""
    relational = {"implementation", "trust", "rel_implementer"}
    return (
        {"training", "role_strategy"} | relational,
        {"implementation", "reminders"},
        {"implementation", "training"},
        set(),
        set(),
        {"collaboration", "role_context"} | relational,
        {"implementation", "reminders"},
    )[number(record) % 7]


def as_coders_see_it(record):
    """The same, but every third mention of a relationship is a false alarm, and some are missed."""
    seen = set(as_the_machine_finds(record))
    if "rel_implementer" in seen and number(record) % 3 == 0:
        seen -= {"rel_implementer", "trust", "role_strategy", "role_context"}
    elif number(record) % 14 == 2:
        seen |= {"rel_implementer", "role_context"}
    return seen


def share(code, corpus="research"):
    return ("coded", "code", code, "", "", corpus)


def test_a_corpus_coded_in_full_has_the_coders_share_without_doubt(small_study, estimated):
    told = estimated(small_study, 90, as_coders_see_it)[share("rel_implementer")]
    truth = sum("rel_implementer" in as_coders_see_it(f"r{n}") for n in range(60)) / 60
    assert told["low"] == told["corrected"] == told["high"] == pytest.approx(truth)


def test_the_machines_share_is_counted_over_the_whole_corpus(small_study, estimated):
    told = estimated(small_study, 30, as_coders_see_it)[share("rel_implementer")]
    assert told["uncorrected"] == pytest.approx(17 / 60)
    assert told["n_coded"] == 15
    assert told["population"] == 60


def test_a_coder_like_the_machine_corrects_nothing(make_study, corpus, estimated):
    study = make_study([[corpus.invented(n) for n in range(350)]])
    rows = estimated(study, 240, as_the_machine_finds)
    for code in ("rel_implementer", "training", "reminders"):
        told = rows[share(code)]
        assert told["corrected"] == pytest.approx(told["uncorrected"], abs=0.03)
        assert told["low"] <= told["uncorrected"] <= told["high"]


def test_every_corrected_share_is_what_is_written_out_for_it(small_study, estimated):
    rows = estimated(small_study, 50, as_coders_see_it).values()
    checked = 0
    for row in rows:
        if row["corrected"] is None:
            assert row["worked"] is None
            continue
        assert re.fullmatch(r"[-0-9./x()+ ]+", row["worked"])
        assert eval(row["worked"].replace("x", "*")) == pytest.approx(row["corrected"])
        checked += 1
    assert checked > 20


def test_an_interval_holds_its_share_and_tells_how_it_was_made(small_study, estimated):
    for row in estimated(small_study, 50, as_coders_see_it).values():
        if row["corrected"] is not None:
            assert 0 <= row["low"] <= row["corrected"] <= row["high"] <= 1
            assert row["method"].startswith("prediction-powered")


def test_a_pair_is_the_share_of_texts_with_both_codes(small_study, estimated):
    rows = estimated(small_study, 90, as_coders_see_it)
    told = rows["coded", "pair", "training", "code", "rel_implementer", "research"]
    both = [{"training", "rel_implementer"} <= as_coders_see_it(f"r{n}") for n in range(60)]
    assert told["corrected"] == pytest.approx(sum(both) / 60)


def test_shares_of_the_texts_about_implementation_leave_the_others_out(small_study, estimated):
    told = estimated(small_study, 90, as_coders_see_it)[
        "unmentioned", "implementation", "", "", "", "research"
    ]
    seen = [as_coders_see_it(f"r{n}") for n in range(60)]
    about = [codes for codes in seen if "implementation" in codes]
    silent = [codes for codes in about if "rel_implementer" not in codes]
    assert told["corrected"] == pytest.approx(len(silent) / len(about))
    assert told["n_named"] == len(about)


def test_strategies_of_a_group_are_told_apart_as_the_machine_found_them(
    make_study, corpus, estimated
):
    study = make_study([[corpus.invented(n) for n in range(84)]])
    told = estimated(study, 84, as_coders_see_it)[
        "unmentioned", "strategy", "workshop", "", "", "research"
    ]
    named = [n for n in range(84) if n % 7 == 0]
    silent = [n for n in named if "rel_implementer" not in as_coders_see_it(f"r{n}")]
    assert told["corrected"] == pytest.approx(len(silent) / len(named))


def test_what_few_coded_texts_name_is_not_told(small_study, estimated):
    rows = estimated(small_study, 90, as_coders_see_it)
    assert all(r["n_named"] >= FEWEST_NAMED for r in rows.values() if r["measure"] == "unmentioned")
    assert ("unmentioned", "strategy", "workshop", "", "", "research") not in rows


def test_a_stratum_that_nobody_coded_leaves_its_corpus_uncorrected(small_study, estimated):
    told = estimated(
        small_study,
        60,
        as_coders_see_it,
        coded=lambda r: "r" in r.split(":")[1] and number(r) % 7 < 3,
    )[share("training")]
    assert told["corrected"] is None
    assert told["method"] == "not corrected: no text is coded of research: nothing"
    assert told["uncorrected"] == pytest.approx(18 / 60)


def test_each_question_is_asked_once(taxonomy, scheme):
    keys = [tuple(q.key.values()) for q in questions(taxonomy, scheme, [2019, 2020])]
    assert len(set(keys)) == len(keys)


def test_what_is_asked_of_gaps_has_the_names_that_gaps_gives_it(taxonomy, scheme):
    asked = {q.question for q in questions(taxonomy, scheme, [2020]) if q.measure == "unmentioned"}
    of_gaps = {"all", "all_contact", "strategy", "cluster", "outcome", "setting", "year"}
    assert of_gaps | {"implementation", "group"} == asked


def test_no_coded_sample_is_an_error_with_what_to_do(small_study, scheme):
    with pytest.raises(RapportError, match="nothing is coded yet"):
        coded_sample(small_study, scheme)
    row = {"record_id": "text:r1", "coder": "a", "code": "training", "value": 1, "place": "x"}
    write_table(CODED, from_rows(CODED, [row]), small_study.folder)
    with pytest.raises(
        RapportError, match=r"no text of a probability sample is coded.*rapport sheet"
    ):
        coded_sample(small_study, scheme)


def test_coders_codes_in_place_of_the_machines_are_refused(make_study, corpus, taxonomy):
    texts = [corpus.invented(n) for n in range(14)]
    texts[0].decided_by = "coder"
    study = make_study([texts])
    draw(study, 14)
    row = {
        "record_id": texts[0].record_id,
        "coder": "a",
        "code": "training",
        "value": 1,
        "place": "",
    }
    write_table(CODED, from_rows(CODED, [row]), study.folder)
    with pytest.raises(RapportError, match="no error is left to see"):
        coded_sample(study, read_scheme(taxonomy))


def test_the_same_sheets_give_the_same_estimates(small_study, estimated):
    first = estimated(small_study, 30, as_coders_see_it)
    hashes = manifest.read(small_study.folder)["validate"]["tables"]
    validate(small_study, [small_study.folder.parent / "a.csv"])
    assert manifest.read(small_study.folder)["validate"]["tables"] == hashes
    assert first
