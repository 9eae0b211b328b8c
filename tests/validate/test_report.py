"""validation.md says what a methods section needs, in words, with what was found and what was not."""

import csv
import re

import pytest
from pipeline.tables import SAMPLE, read_table
from pipeline.validate.sheet import draw
from pipeline.validate.stage import validate


@pytest.fixture
def reported(small_study, tmp_path):
    """Draw and code the small study by some coders; return the report.

    `present` gives the codes of a record by a coder.
    """

    def make(coders, present, n=60, active=False):
        draw(small_study, n)
        drawn = [r["record_id"] for r in read_table(SAMPLE, small_study.folder).to_pylist()]
        names = ("implementation", "training", "trust", "rel_implementer", "role_strategy")
        paths = []
        for coder in coders:
            paths.append(tmp_path / f"{coder}.csv")
            with paths[-1].open("w", newline="", encoding="utf-8") as stream:
                writer = csv.writer(stream)
                writer.writerow(["record_id", "coder", "rest_absent", *names])
                for record in drawn:
                    row = present(record, coder)
                    writer.writerow([record, coder, 1, *(int(name in row) for name in names)])
        report = validate(small_study, paths)
        return report.read_text(encoding="utf-8")

    return make


RELATIONAL = {"implementation", "trust", "rel_implementer", "role_strategy"}


def alike(record, _):
    number = int(re.sub(r"\D", "", record))
    return (
        RELATIONAL if number % 5 == 0 else {"implementation", "training"} if number % 2 else set()
    )


def apart(record, coder):
    return alike(record, coder) - ({"training"} if coder == "b" and record.endswith("7") else set())


def paragraph(report):
    return report.split("## For a methods section")[1].split("\n\n")[1]


def test_the_paragraph_tells_how_texts_were_drawn_and_by_how_many_coded(reported):
    told = paragraph(reported("ab", alike))
    assert (
        "a stratified random sample of 60 texts (30 of research and 30 of practice) from 90" in told
    )
    assert "coded by two coders, blind to the machine's codes" in told


def test_the_paragraph_tells_agreement_accuracy_and_corrected_shares_with_intervals(reported):
    told = paragraph(reported("ab", apart))
    number = r"-?\d\.\d\d \(-?\d\.\d\d to \d\.\d\d\)"
    for figure in ("Cohen's kappa", "Gwet's AC1", "Krippendorff's alpha", "F1 between coders"):
        assert re.search(f"{figure} {number}", told)
    for figure in ("precision", "recall", "F1", "kappa", "micro-averaged F1"):
        assert re.search(f"{figure} {number}", told)
    for corpus in ("research", "practice"):
        assert re.search(rf"Of the {corpus} texts about implementation, [\d.]+% \(95% CI [\d.]+% to [\d.]+%; \d+ coded texts\)", told)  # fmt: skip


def test_the_paragraph_names_its_methods_so_that_they_can_be_cited(reported):
    told = paragraph(reported("a", alike))
    for cited in ("doi:10.1126/science.adi6000", "doi:10.48550/arXiv.2306.04746", "doi:10.1214/11-EJS648"):  # fmt: skip
        assert cited in told


def test_one_coder_alone_cannot_agree(reported):
    told = paragraph(reported("a", alike))
    assert "coded by one coder" in told
    assert "nothing can be said of agreement" in told
    assert "kappa 1.00" not in told.split("Against these codes")[0]


def test_coders_who_never_differ_are_not_said_to_have_differed(reported):
    assert "coders differed" not in reported("ab", alike)


def test_texts_left_unsettled_are_counted(reported):
    told = reported("ab", apart)
    found = re.search(r"In (\d+) texts coders differed and have not settled it", told)
    assert int(found[1]) > 0


def test_disagreements_that_were_settled_are_told_and_used(reported, small_study, tmp_path):
    from openpyxl import load_workbook

    reported("ab", apart)
    path = small_study.folder / "coding" / "disagreements.xlsx"
    book = load_workbook(path)
    sheet = book.active
    head = [cell.value for cell in sheet[1]]
    assert {"record_id", "code", "settled", "coder a", "coder b", "text"} <= set(head)
    for row in sheet.iter_rows(min_row=2):
        assert {row[head.index("coder a")].value, row[head.index("coder b")].value} == {0, 1}
        row[head.index("settled")].value = " Yes"
    settled = sheet.max_row - 1
    book.save(tmp_path / "settled.xlsx")
    told = validate(
        small_study, [tmp_path / f"{name}" for name in ("a.csv", "b.csv", "settled.xlsx")]
    )
    text = told.read_text(encoding="utf-8")
    assert f"For {settled} texts the coders then settled their codes together" in text
    assert "coders differed and have not settled" not in text
    assert not path.exists()
    # Agreement stays that of the coders alone.
    assert re.search(r"strategies: F1 between coders 0\.\d\d", text)


def test_a_workbook_of_disagreements_that_was_begun_is_not_written_over(reported, small_study):
    from openpyxl import load_workbook

    reported("ab", apart)
    path = small_study.folder / "coding" / "disagreements.xlsx"
    book = load_workbook(path)
    book.active["C2"].value = 1
    book.save(path)
    reported_again = [path.with_name(n) for n in ("disagreements.xlsx", "disagreements-2.xlsx")]
    validate(small_study, [small_study.folder.parent / f"{coder}.csv" for coder in "ab"])
    assert all(p.exists() for p in reported_again)
    assert load_workbook(path).active["C2"].value == 1


def test_ten_errors_at_most_are_shown_in_each_direction_with_their_text(reported):
    told = reported("a", lambda *_: set())
    alarms, missed = told.split("## False alarms")[1].split("## Missed")
    assert alarms.count("\n> Staff of place") == 10
    assert "in all)" in alarms.splitlines()[0]
    assert missed.count("\n> ") == 0
    assert "The machine saw: 'trust' (trust: kept)" in alarms


def test_a_corrected_share_is_written_out_to_be_worked_again(reported):
    told = reported("ab", alike)
    lines = re.findall(r"mention no relationship: (.+) = ([\d.]+)", told)
    assert len(lines) == 2
    for sum_, share in lines:
        assert re.fullmatch(r"[-0-9./x()+ ]+", sum_)
        assert eval(sum_.replace("x", "*")) == pytest.approx(float(share), abs=5e-5)


def test_texts_that_were_never_drawn_give_agreement_and_nothing_else(small_study, tmp_path):
    paths = []
    for coder in "ab":
        paths.append(tmp_path / f"{coder}.csv")
        rows = [f"text:r{n},{coder},{int(n % 2 or (coder == 'a' and n == 4))}" for n in range(12)]
        paths[-1].write_text("\n".join(["record_id,coder,training", *rows]))
    told = validate(small_study, paths).read_text(encoding="utf-8")
    assert "Two coders coded 12 texts, no probability sample." in told
    assert "Accuracy and corrected shares need a probability sample" in told
    assert "## Accuracy" not in told
    assert "12 coded texts were never drawn: no share rests on them" in told


def test_a_bar_in_a_text_does_not_break_a_table():
    from pipeline.validate.report import _table

    assert _table(("a",), [("b|c",)]).splitlines()[-1] == "| b/c |"
