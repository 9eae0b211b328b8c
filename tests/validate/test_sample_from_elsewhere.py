"""Texts drawn and coded elsewhere come in as a sheet, and shares are corrected with them."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from pipeline.errors import RapportError
from pipeline.tables import ESTIMATES, GAPS, SAMPLE, read_table
from pipeline.validate.sheet import draw
from pipeline.validate.stage import validate
from typer.testing import CliRunner


@pytest.fixture
def sheet(small_study, tmp_path):
    """Validate the small study with a sheet from elsewhere, a row for each text."""

    def make(*rows):
        path = tmp_path / "elsewhere.csv"
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(dict.fromkeys(k for row in rows for k in row)))
            writer.writeheader()
            writer.writerows(rows)
        validate(small_study, [path])
        return small_study

    return make


def row(number, coded, **design):
    key = {"record_id": f"text:r{number}", "implementation": 1, "rel_implementer": coded}
    return key | {"rest_absent": 1} | design


def corrected(study, question="code", concept="rel_implementer"):
    rows = read_table(ESTIMATES, study.folder).to_pylist()
    return next(r for r in rows if (r["question"], r["concept"]) == (question, concept))


def in_strata():
    """4 of 10 drawn from 50 texts say yes, and 1 of 10 from 10 texts."""
    few = [row(n, int(n < 4), stratum="rest", population=50) for n in range(10)]
    return few + [row(n, int(n < 11), stratum="rich", population=10) for n in range(10, 20)]


def test_a_share_is_the_mean_of_the_strata_as_large_as_the_sheet_says(sheet):
    told = corrected(sheet(*in_strata()))
    assert told["corrected"] == pytest.approx((50 * 0.4 + 10 * 0.1) / 60)
    assert (told["population"], told["n_coded"]) == (60, 20)
    assert told["low"] < told["corrected"] < told["high"]
    assert "drawn elsewhere" in told["method"]


def test_the_machines_own_share_is_that_of_the_whole_corpus(sheet):
    # Two in seven of the invented texts mention a relationship: 17 of 60.
    assert corrected(sheet(*in_strata()))["uncorrected"] == pytest.approx(17 / 60)


def test_probabilities_will_do_in_place_of_populations(sheet):
    by_probability = [row(n, int(n < 4), probability=0.2) for n in range(10)]
    by_probability += [row(n, int(n < 11), probability=1) for n in range(10, 20)]
    told = corrected(sheet(*by_probability))
    assert told["corrected"] == pytest.approx((50 * 0.4 + 10 * 0.1) / 60)


def test_rows_of_two_coders_are_one_text_of_the_sample(sheet):
    rows = [r | {"coder": coder} for r in in_strata() for coder in ("ann", "bo")]
    assert corrected(sheet(*rows))["n_coded"] == 20


def test_records_of_other_names_are_known_by_their_text(make_study, corpus, tmp_path):
    long = "Staff of {0} met to talk of bringing guidelines into practice and {0} times more. " * 2
    texts = [corpus.Text(f"text:{n}", "research", f"T{n}", long.format(n), []) for n in range(9)]
    study = make_study([texts])
    path = tmp_path / "elsewhere.csv"
    lines = [
        f"OWN-{n},{long.format(n).upper().replace(' ', '  ')},1,all,9,{n % 2}" for n in range(9)
    ]
    path.write_text(
        "\n".join(["record_id,text,rest_absent,stratum,population,implementation", *lines])
    )
    validate(study, [path])
    sample = read_table(SAMPLE, study.folder).to_pylist()
    assert [r["record_id"] for r in sample] == [f"text:{n}" for n in range(9)]
    assert "9 rows were known by their text alone" in (study.folder / "validation.md").read_text()


def test_a_text_that_the_study_lacks_is_named_with_what_to_do(sheet):
    lost = row(0, 1, stratum="all", population=60) | {"record_id": "OWN-1", "text": "?" * 200}
    with pytest.raises(RapportError, match=r"row 2.*'OWN-1'.*Add this text.*or delete the row"):
        sheet(lost, row(1, 1, stratum="all", population=60))


@pytest.mark.parametrize(
    ("design", "said"),
    [
        ({"stratum": "all", "population": ""}, "neither a population nor a probability"),
        ({"stratum": "", "population": 60}, "no stratum that has it"),
        ({"stratum": "all", "population": "1,5"}, "no number of texts"),
        ({"stratum": "all", "population": "many"}, "no number of texts"),
        ({"stratum": "all", "population": 0}, "no number of texts"),
        ({"stratum": "all", "population": 70}, "is said to have 60 and 70 texts"),
        ({"stratum": "alone", "population": 5}, "has one text in the sample"),
    ],
)
def test_a_design_that_cannot_be_is_refused(sheet, design, said):
    with pytest.raises(RapportError, match=said):
        sheet(*(row(n, 1, stratum="all", population=60) for n in range(2)), row(3, 1, **design))


@pytest.mark.parametrize("probability", [0, 1.2, -0.1, "half"])
def test_a_probability_that_is_none_is_refused(sheet, probability):
    with pytest.raises(RapportError, match="no probability above 0"):
        sheet(row(0, 1, probability=0.5), row(1, 1, probability=probability))


def test_more_texts_than_the_stratum_has_are_refused(sheet):
    with pytest.raises(RapportError, match="to have 2 texts, but 3 are in the sample"):
        sheet(*(row(n, 1, stratum="all", population=2) for n in range(3)))


def test_a_stratum_across_research_and_practice_is_refused(sheet):
    practice = row(1, 1, stratum="all", population=90) | {"record_id": "text:p1"}
    with pytest.raises(RapportError, match="texts of research and of practice"):
        sheet(row(0, 1, stratum="all", population=90), practice)


def test_a_study_has_one_sample_only(sheet, small_study):
    sheet(*in_strata())
    with pytest.raises(RapportError, match="drawn elsewhere"):
        draw(small_study, 10)


def test_a_sample_of_the_studys_own_is_not_replaced(sheet, small_study):
    draw(small_study, 10)
    before = read_table(SAMPLE, small_study.folder)
    with pytest.raises(RapportError, match="has drawn a sample itself"):
        sheet(*in_strata())
    assert read_table(SAMPLE, small_study.folder) == before


def test_a_refused_design_leaves_the_codes_as_they_were(sheet, small_study):
    with pytest.raises(RapportError):
        sheet(row(0, 1, stratum="all", population=60))
    assert not (small_study.folder / "coded.parquet").exists()


@pytest.fixture(scope="module")
def gold_run(gold, tmp_path_factory):
    """The folder of a whole run with the gold texts as its sample, all of it by commands.

    Of research the whole corpus that the gold texts were drawn from is read; of practice the
    passages drawn, for the plans are cut into others here. Corrected shares rest on the strata of
    the sample alone, so that the passages not drawn would move the uncorrected share only.
    """
    shared = Path(__file__).parents[3] / "shared"
    folder = tmp_path_factory.mktemp("gold")
    shutil.copy(shared / "real" / "literature" / "nagtegaal_2019.csv", folder / "research.csv")
    names = gold.scheme.names
    with (folder / "practice.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["title", "abstract"])
        writer.writerows([r["id"], r["text"]] for r in gold.rows if r["corpus"] == "practice")
    with (folder / "coded.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["record_id", "title", "text", "stratum", "population", "coder", *names])
        layers = (
            *zip("ab", gold.codings.values, strict=True),
            ("settled", gold.codings.reconciled),
        )
        for r, at in zip(gold.rows, range(len(gold.rows)), strict=True):
            assert gold.codings.ids[at] == r["id"]
            drawn = [r[name] for name in ("id", "title", "text", "stratum", "population")]
            writer.writerows([*drawn, coder, *map(int, layer[at])] for coder, layer in layers)
    (folder / "gold.toml").write_text(
        '[study]\ntitle = "Gold"\nseed = 1\n\n[[source]]\nkind = "file"\npath = "research.csv"\n\n'
        '[[source]]\nkind = "file"\ncorpus = "practice"\npath = "practice.csv"\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        from pipeline.cli import app

        for command in ("harvest", "classify"):
            CliRunner().invoke(app, [command, "gold.toml"], catch_exceptions=False)
        told = CliRunner().invoke(app, ["validate", "gold.toml", "coded.csv"])
        assert told.exit_code == 0, told.output
        CliRunner().invoke(app, ["gaps", "gold.toml"], catch_exceptions=False)
    return folder / "outputs" / "gold"


@pytest.mark.parametrize(("corpus", "share"), [("research", 0.057), ("practice", 0.170)])
def test_gaps_holds_the_shares_of_the_gold_sample_within_its_intervals(gold_run, corpus, share):
    asked = (r for r in read_table(GAPS, gold_run).to_pylist() if r["corpus"] == corpus)
    told = next(r for r in asked if r["question"] == "implementation")
    assert 1 - told["corrected"] == pytest.approx(share, abs=0.0005)
    assert told["corrected_low"] < 1 - share < told["corrected_high"]
    assert told["corrected_high"] - told["corrected_low"] < 0.35


def test_the_report_tells_these_shares_and_where_they_come_from(gold_run):
    told = (gold_run / "validation.md").read_text(encoding="utf-8")
    assert "5.7% (95% CI" in told
    assert "17.0% (95% CI" in told
    sections = json.loads((gold_run / "manifest.json").read_text(encoding="utf-8"))
    assert sections["validate"]["texts"] == {"coded": 240, "in the sample": 240}
