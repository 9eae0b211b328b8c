"""Tables are checked where they are read, and written whole or not at all."""

import csv
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline import tables
from pipeline.errors import RapportError
from pipeline.tables import CODES, REJECTED, TABLES, from_rows

ROW = {"source": "s", "place": "f, line 1", "outcome": "rejected", "reason": "=1+1"}


def test_a_table_comes_back_as_it_was_written(tmp_path):
    data = from_rows(REJECTED, [ROW])
    tables.write_table(REJECTED, data, tmp_path)
    assert tables.read_table(REJECTED, tmp_path).to_pylist() == data.to_pylist()


def test_the_csv_twin_runs_no_formula(tmp_path):
    tables.write_table(REJECTED, from_rows(REJECTED, [ROW]), tmp_path)
    text = (tmp_path / "rejected.csv").read_bytes().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["reason"] == "'=1+1"


@given(st.text(), st.sampled_from("=+-@\t\r"))
def test_no_cell_that_a_spreadsheet_would_run_is_left(text, sign):
    assert tables.harmless(sign + text)[0] == "'"


def test_a_column_of_another_type_is_told(tmp_path):
    (tmp_path / "codes").mkdir()
    wrong = pa.table(
        {"record_id": [1], "concept": ["a"], "decided_by": ["cue"], "probability": [1.0]}
    )
    pq.write_table(wrong, tmp_path / "codes" / "00000.parquet")
    with pytest.raises(RapportError, match="column record_id is of type int64.*rapport classify"):
        tables.read_table(CODES, tmp_path)


def test_a_damaged_file_is_told(tmp_path):
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "00000.parquet").write_bytes(b"PAR1 cut short")
    with pytest.raises(RapportError, match="is damaged.*Delete it"):
        tables.read_table(CODES, tmp_path)


def test_a_table_that_is_not_there_names_the_stage_that_makes_it(tmp_path):
    with pytest.raises(RapportError, match="Run `rapport classify` first"):
        tables.read_table(CODES, tmp_path)


def test_a_file_that_fails_half_way_leaves_nothing(tmp_path):
    def fail():
        with tables.written_whole(tmp_path / "a", "w") as stream:
            stream.write("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_half_written_is_cleared_away(tmp_path):
    (tmp_path / ".a.parquet.x1y2z3").write_text("half")
    with tables.written_whole(tmp_path / "a.parquet", "w") as stream:
        stream.write("whole")
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(RapportError, match="cannot write here"),
        tables.written_whole(tmp_path / "file" / "a"),
    ):
        pass


def test_two_runs_write_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        tables.write_table(REJECTED, from_rows(REJECTED, [ROW]), tmp_path / name)
    assert tables.sha256(tmp_path / "a") == tables.sha256(tmp_path / "b")


def test_every_column_says_what_it_means():
    for table in TABLES.values():
        assert table.meaning
        for column in table.columns:
            assert column.meaning, f"{table.name}.{column.name}"
        assert set(table.key) <= set(table.schema.names)
