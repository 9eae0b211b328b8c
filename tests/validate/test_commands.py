"""The commands a person types, one after the other: corrected shares stay whatever is edited."""

import csv
import shutil

import pytest
from pipeline.cli import app
from pipeline.study import default_taxonomy
from pipeline.tables import ESTIMATES, GAPS, read_table
from typer.testing import CliRunner

BODY = (
    "To bring the guideline into practice, {} nurses of clinic {} were trained in workshops, and"
    " reminders were sent to the staff who implement it. {}"
)
WARM = "The team built trust with the staff and kept it."


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A study of 40 invented abstracts, harvested, coded and validated with a sheet of 24."""
    shutil.copy(default_taxonomy(), tmp_path / "taxonomy.csv")
    with (tmp_path / "texts.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["title", "abstract", "year"])
        for n in range(40):
            title = (
                f"Clinic {n} and its {'north south east west'.split()[n % 4]} ward, part {n * 7}"
            )
            writer.writerow([title, BODY.format(n + 3, n, WARM if n % 4 == 0 else ""), 2020])
    (tmp_path / "small.toml").write_text(
        '[study]\ntitle = "Small"\nseed = 1\ntaxonomy = "taxonomy.csv"\n\n'
        '[[source]]\nkind = "file"\npath = "texts.csv"\n'
    )
    monkeypatch.chdir(tmp_path)
    typed("harvest")
    typed("classify", "--workers", "1")
    typed("sheet", "--n", "24", "--coders", "ann")
    sheet = tmp_path / "outputs" / "small" / "coding" / "sheet-1-ann.csv"
    with sheet.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        row |= {"rest_absent": "x", "implementation": "yes", "training": "1"}
        row |= {"rel_implementer": "1", "trust": "X"} if "trust" in row["text"] else {}
    with (tmp_path / "Ann's codes.csv").open("w", newline="", encoding="cp1252") as stream:
        writer = csv.DictWriter(stream, rows[0], delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    typed("validate", "Ann's codes.csv")
    return tmp_path


def typed(command, *more):
    told = CliRunner().invoke(app, [command, "small.toml", *more])
    assert told.exit_code == 0, (command, told.output, told.exception)
    return told.output


def corrected(folder):
    rows = read_table(GAPS, folder / "outputs" / "small").to_pylist()
    return next(r for r in rows if (r["question"], r["corpus"]) == ("implementation", "research"))


def test_gaps_has_corrected_shares_after_validating_and_keeps_them_as_the_taxonomy_changes(folder):
    typed("gaps")
    before = corrected(folder)
    assert before["corrected"] == pytest.approx(0.75, abs=0.15)
    assert before["corrected_low"] < before["corrected_high"]

    path = folder / "taxonomy.csv"
    lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("trust,")), "utf-8")
    typed("classify", "--workers", "1")
    typed("gaps")
    after = corrected(folder)
    assert after["unmentioned"] > before["unmentioned"]
    assert after["corrected"] is not None
    assert after["corrected_low"] <= 0.75 <= after["corrected_high"]
    estimates = read_table(ESTIMATES, folder / "outputs" / "small").to_pylist()
    told = next(r for r in estimates if r["question"] == "implementation")
    assert told["uncorrected"] == pytest.approx(after["unmentioned"])
