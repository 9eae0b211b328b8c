"""Filled sheets are read however a person left them, and nothing is guessed at."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from pipeline.errors import RapportError
from pipeline.tables import RECONCILED
from pipeline.validate.read_sheets import is_filled, mark_of, read_sheets
from pipeline.validate.sheet import draw

RECORDS = {"doi:10.1/a", "doi:10.1/b", "text:c"}


@pytest.fixture
def read(tmp_path, scheme):
    """Read one CSV file of this text (or bytes); entries as (record, coder, code): value."""

    def make(content, name="a.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_sheets([path], scheme, RECORDS)

    return make


def told(filled):
    return {(e.record, e.coder, e.code): e.value for e in filled.entries}


def problem(read, content, **options):
    with pytest.raises(RapportError) as raised:
        read(content, **options)
    return str(raised.value)


def test_blank_is_not_0(read):
    filled = read("record_id,training,reminders\ntext:c,1,\n")
    assert told(filled) == {("text:c", "a", "training"): 1}


def test_0_is_kept(read):
    assert told(read("record_id,training\ntext:c,0\n")) == {("text:c", "a", "training"): 0}


@pytest.mark.parametrize("word", ["1", "x", "X", "yes", " Y ", "TRUE", "1.0", "1,0", "1,00", "✓", "ja", "'1", "\u00a01", 1, 1.0, True])  # fmt: skip
def test_ways_to_say_present(word):
    assert mark_of(word) == 1


@pytest.mark.parametrize("word", ["0", "no", "N", "FALSE", "0.0", "0,0", "nein", 0, 0.0, False])
def test_ways_to_say_absent(word):
    assert mark_of(word) == 0


@pytest.mark.parametrize("word", ["", "  ", "\u00a0", None, "n/a", "NA"])
def test_ways_to_say_nothing(word):
    assert mark_of(word) is None


@pytest.mark.parametrize("word", ["2", "0.5", "maybe", "?", "-", "#N/A", "10", "1.1", 2, -1])
def test_what_is_neither_is_not_guessed_at(word):
    with pytest.raises(ValueError, match=r".+"):
        mark_of(word)


@given(st.text())
def test_any_text_is_a_mark_or_refused(text):
    try:
        assert mark_of(text) in (0, 1, None)
    except ValueError as error:
        assert str(error) == text.strip()


def test_every_slip_is_named_with_row_column_and_cure_at_once(read):
    message = problem(read, "record_id,training,reminders\ntext:c,ye,1\ndoi:10.1/a,0,maybe\n")
    assert "2 places need mending" in message
    assert (
        "a.csv, row 2, column B: 'ye' is neither 1 nor 0. Did you mean yes? Write 1, 0" in message
    )
    assert "a.csv, row 3, column C: 'maybe' is neither 1 nor 0" in message


def test_columns_and_rows_come_in_any_order(read):
    filled = read("comment,Reminders,RECORD ID,training\n,1,text:c,0\n,0,doi:10.1/a,1\n")
    assert told(filled)[("text:c", "a", "reminders")] == 1
    assert told(filled)[("doi:10.1/a", "a", "training")] == 1


def test_blank_rows_and_lines_above_the_header_are_passed_over(read):
    filled = read("My sheet,,\n,,\nrecord_id,training,\n\n,,\ntext:c,1,\n , ,\n")
    assert told(filled) == {("text:c", "a", "training"): 1}


def test_further_columns_are_passed_over_and_told(read):
    filled = read("record_id,training,Thoughts\ntext:c,1,hard\n")
    assert any("'Thoughts' was passed over" in note for note in filled.notes)


def test_columns_that_are_gone_are_told_and_not_coded(read):
    filled = read("record_id,training\ntext:c,1\n")
    assert any("not coded: implementation, reminders" in note for note in filled.notes)


def test_a_slip_in_a_columns_name_is_named(read):
    message = problem(read, "record_id,trainnig\ntext:c,1\n")
    assert "row 1, column B: no code is named 'trainnig'. Write training" in message


def test_a_column_given_twice_is_refused(read):
    assert "a second column is named training" in problem(
        read, "record_id,training,training\ntext:c,1,0\n"
    )


def test_a_record_of_no_study_is_named_with_the_nearest(read):
    message = problem(read, "record_id,training\ndoi:10.1/aa,1\n")
    assert "row 2, column A: there is no record 'doi:10.1/aa'" in message
    assert "Did you mean doi:10.1/a?" in message


def test_codes_without_a_record_are_refused(read):
    assert "there is no record_id" in problem(read, "record_id,training\n,1\n")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_dialects_of_csv(read, separator, encoding):
    lines = ("record_id,training,comment", "text:c,1,café – naïve", "doi:10.1/a,0,über")
    content = "\r\n".join(line.replace(",", separator) for line in lines) + "\r\n"
    assert told(read(content.encode(encoding))) == {
        ("text:c", "a", "training"): 1,
        ("doi:10.1/a", "a", "training"): 0,
    }


def test_a_text_of_many_lines_stays_in_its_cell(read):
    filled = read('record_id,text,training\ntext:c,"one\ntwo, three\n",1\n')
    assert told(filled) == {("text:c", "a", "training"): 1}


def test_rest_absent_makes_blanks_0_in_its_row_alone(read):
    filled = read("record_id,training,reminders,rest_absent\ntext:c,1,,1\ndoi:10.1/a,1,,\n")
    assert told(filled) == {
        ("text:c", "a", "training"): 1,
        ("text:c", "a", "reminders"): 0,
        ("doi:10.1/a", "a", "training"): 1,
    }


def test_the_coder_is_named_by_the_sheet_whatever_the_file_is_called(read):
    filled = read("record_id,training,coder\ntext:c,1,ann\n", name="final FINAL (2).csv")
    assert told(filled) == {("text:c", "ann", "training"): 1}


def test_a_sheet_of_settled_codes_is_known_by_its_coder(read):
    filled = read("record_id,training,coder\ntext:c,1,Consensus\n")
    assert told(filled) == {("text:c", RECONCILED, "training"): 1}


def test_a_list_of_settled_disagreements(read):
    filled = read(
        "record_id,code,settled,coder a,coder b\ntext:c,training,1,0,1\ntext:c,reminders,,0,1\n"
    )
    assert told(filled) == {("text:c", RECONCILED, "training"): 1}


def test_an_unknown_code_in_a_list_is_named(read):
    assert "there is no code 'dancing'" in problem(
        read, "record_id,code,settled\ntext:c,dancing,1\n"
    )


def test_one_coder_saying_two_things_is_named(read):
    message = problem(read, "record_id,training,coder\ntext:c,1,ann\ntext:c,0,ann\n")
    assert "coder ann has training as 0 for text:c, but as 1 in a.csv, row 2" in message


def test_the_same_said_twice_counts_once(read):
    assert len(read("record_id,training\ntext:c,1\ntext:c,1\n").entries) == 1


def test_a_strategy_in_a_text_that_is_not_about_implementation_is_named(read):
    message = problem(read, "record_id,implementation,training\ntext:c,0,1\n")
    assert "training is 1 where implementation is 0" in message


def test_a_role_without_a_relationship_is_named(read):
    message = problem(read, "record_id,rel_implementer,role_context\ntext:c,0,1\n")
    assert "role_context is 1 where rel_implementer is 0" in message


def test_nothing_coded_is_said(read):
    assert "nothing is coded yet" in problem(read, "record_id,training\ntext:c,\n")


def test_a_file_without_identifiers_is_named(read):
    assert "no column is named record_id" in problem(read, "a,b\n1,2\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old", "old Excel file"),
        (b"PK\x03\x04broken", "no workbook that can be read"),
        (b"", "no column is named record_id"),
        (b"\xff\xfe\x00", "record_id"),
    ],
)
def test_files_that_are_no_sheets(read, content, message):
    assert message in problem(read, content)


def test_a_file_that_is_not_there(tmp_path, scheme):
    with pytest.raises(RapportError, match="there is no such file"):
        read_sheets([tmp_path / "none.xlsx"], scheme, RECORDS)


@pytest.fixture
def workbook(tmp_path):
    def make(*rows, name="book.xlsx", title="Sheet1"):
        book = Workbook()
        book.active.title = title
        for row in rows:
            book.active.append(row)
        book.create_sheet("notes").append(["nothing to read"])
        book.save(tmp_path / name)
        return tmp_path / name

    return make


def test_a_workbook_is_read_from_whichever_sheet_has_the_records(workbook, scheme):
    path = workbook(["record_id", "training"], ["text:c", 1.0])
    (entry,) = read_sheets([path], scheme, RECORDS).entries
    assert (entry.code, entry.value, entry.place) == (
        "training",
        1,
        "book.xlsx, sheet Sheet1, row 2",
    )


def test_a_slip_in_a_workbook_is_named_with_its_sheet_and_cell(workbook, scheme):
    path = workbook(["record_id", "x", "training"], [], ["text:c", "", "yess"], title="mine")
    with pytest.raises(RapportError) as raised:
        read_sheets([path], scheme, RECORDS)
    assert str(raised.value).startswith("book.xlsx, sheet mine, row 3, column C: 'yess' is neither")


def test_a_formula_that_nobody_worked_out_is_no_blank(workbook, scheme):
    path = workbook(["record_id", "training"], ["text:c", "=IF(1,1,0)"])
    with pytest.raises(RapportError, match=r"'=IF\(1,1,0\)' is neither 1 nor 0"):
        read_sheets([path], scheme, RECORDS)


def test_drawn_sheets_come_back_as_they_were_filled(small_study, scheme):
    path, twin, *_ = draw(small_study, 6)
    book = load_workbook(path)
    sheet = book["coding"]
    head = [cell.value for cell in sheet[1]]
    first = sheet.cell(2, 1).value
    sheet.cell(2, head.index("training") + 1).value = 1
    sheet.cell(3, head.index("implementation") + 1).value = "no"
    sheet.move_range(f"A5:{sheet.cell(1, len(head)).column_letter}5", rows=6)
    book.save(path.with_name("renamed by somebody.xlsx"))
    records = {sheet.cell(row, 1).value for row in range(2, 12)} - {None}
    filled = read_sheets([path.with_name("renamed by somebody.xlsx")], scheme, records)
    assert told(filled)[first, "a", "training"] == 1
    assert len(filled.entries) == 2
    rows = list(csv.DictReader(io.StringIO(twin.read_text(encoding="utf-8-sig"))))
    rows[0]["reminders"] = "1"
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys(), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    twin.write_text(text.getvalue(), encoding="cp1252")
    assert told(read_sheets([twin], scheme, records))[first, "a", "reminders"] == 1


def test_whether_somebody_filled_a_column(workbook, tmp_path):
    blank = workbook(["record_id", "settled"], ["text:c", None], name="blank.xlsx")
    begun = workbook(["record_id", "settled"], ["text:c", 0], name="begun.xlsx")
    assert not is_filled(blank, "settled")
    assert is_filled(begun, "settled")
    assert not is_filled(tmp_path / "none.xlsx", "settled")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_the_name_of_a_coder_keeps_its_accents(read, encoding):
    content = "record_id;training;coder\ntext:c;1;Zoë Ångström\n".encode(encoding)
    assert told(read(content)) == {("text:c", "Zoë Ångström", "training"): 1}
