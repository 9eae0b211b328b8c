"""Segments coded in other software come in at their place, or are refused by row."""

import pytest
from openpyxl import load_workbook
from pipeline.errors import RapportError
from pipeline.tables import SEGMENTS, read_table
from pipeline.validate.qda import guid, place_in_source, source_text
from pipeline.validate.segments import import_segments
from pipeline.validate.stage import validate

TEXT = "Staff of place 0 met workshop and trust in the spring."


@pytest.fixture
def brought(small_study, tmp_path):
    """Import rows of a CSV with this header; the segments that came of it."""

    def make(header, *rows, encoding="utf-8"):
        path = tmp_path / "coded.csv"
        path.write_bytes("\n".join([header, *rows]).encode(encoding))
        import_segments(small_study, path)
        return read_table(SEGMENTS, small_study.folder).to_pylist()

    return make


def sheet_of(study):
    rows = load_workbook(study.folder / "coding" / "segments-coded.xlsx")["coding"]
    head, *rest = rows.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rest]


def place(words):
    start = place_in_source("Place 0", "abstract", TEXT.index(words))
    return start, start + len(words)


def test_a_segment_by_its_place_in_the_source_is_at_its_place_in_the_abstract(brought):
    start, end = place("trust")
    (row,) = brought("file,code,start,end", f"text:r0,trust,{start},{end}")
    assert (row["field"], row["text"]) == ("abstract", "trust")
    assert TEXT[row["start"] : row["end"]] == "trust"


def test_a_segment_of_the_title_is_one_of_the_title(brought):
    (row,) = brought("file,code,text", "text:r0,trust,Place 0")
    assert (row["field"], row["start"], row["text"]) == ("title", 0, "Place 0")


@pytest.mark.parametrize("name", ["text:r0", "text_r0", "text_r0.txt", guid("source", "text:r0") + ".txt"])  # fmt: skip
def test_a_source_is_known_by_any_name_it_may_have_got(brought, name):
    (row,) = brought("file,code,text", f"{name},trust,met workshop")
    assert row["record_id"] == "text:r0"


@pytest.mark.parametrize("header", ["Document name;Code;Segment;Created by", "Source;Name;Quotation;Owner", "file;codename;seltext;user"])  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_columns_go_by_the_names_that_programs_give_them(brought, header, encoding):
    (row,) = brought(header, "text:r0;trust;met workshop;Zoë", encoding=encoding)
    assert (row["code"], row["coder"], row["text"]) == ("trust", "Zoë", "met workshop")


def test_places_moved_by_line_endings_are_found_anew_by_the_words(brought):
    start, end = place("trust")
    (row,) = brought("file,code,start,end,text", f"text:r0,trust,{start + 3},{end + 3},trust")
    assert row["text"] == "trust"


def test_a_concept_counts_for_its_group(brought):
    (row,) = brought("file,code,text", "text:r0,workshop,met workshop")
    assert row["code"] == "training"


def test_every_row_that_cannot_be_placed_is_named_with_what_to_do(brought):
    rows = ("text:r00,trust,met", "text:r0,trsut,met", "text:r0,trust,nowhere to be seen")
    with pytest.raises(RapportError) as raised:
        brought("file,code,text", *rows)
    told = str(raised.value)
    assert "row 2: there is no record 'text:r00'. Did you mean text:r0?" in told
    assert "row 3: there is no code 'trsut'. Did you mean trust?" in told
    assert "row 4: the words 'nowhere to be seen' are not in the text" in told


def test_words_that_come_twice_need_a_place(make_study, corpus, tmp_path):
    twice = corpus.Text("text:1", "research", "", "trust and trust", [])
    study = make_study([[twice]])
    path = tmp_path / "coded.csv"
    path.write_text("file,code,text\ntext:1,trust,trust")
    with pytest.raises(RapportError, match="come 2 times. Give start and end too"):
        import_segments(study, path)
    path.write_text("file,code,start,end,text\ntext:1,trust,10,15,trust")
    import_segments(study, path)
    assert read_table(SEGMENTS, study.folder).to_pylist()[0]["start"] == 10


def test_a_file_without_the_columns_is_refused(brought):
    with pytest.raises(RapportError, match="needs the columns file, code"):
        brought("file,memo", "text:r0,hm")


def test_what_was_marked_is_1_and_nothing_else_is_0(brought, small_study):
    brought("file,code,text,coder", "text:r0,trust,trust,ann", "text:r0,training,workshop,bo")
    rows = {row["coder"]: row for row in sheet_of(small_study)}
    assert (rows["ann"]["trust"], rows["ann"]["training"]) == ("1", None)
    assert (rows["bo"]["trust"], rows["bo"]["training"]) == (None, "1")
    assert rows["ann"]["rest_absent"] is None


def test_the_sheet_can_be_validated_as_it_is(brought, small_study):
    brought("file,code,text,coder", "text:r0,trust,trust,ann")
    validate(small_study, [small_study.folder / "coding" / "segments-coded.xlsx"])
    assert (small_study.folder / "validation.md").exists()


def test_a_sheet_that_somebody_filled_in_is_not_written_over(brought, small_study):
    brought("file,code,text", "text:r0,trust,trust")
    path = small_study.folder / "coding" / "segments-coded.xlsx"
    book = load_workbook(path)
    head = [cell.value for cell in book["coding"][1]]
    book["coding"].cell(2, head.index("rest_absent") + 1).value = 1
    book.save(path)
    with pytest.raises(RapportError, match="somebody has filled this in already"):
        brought("file,code,text", "text:r0,trust,trust")


def test_a_place_in_the_export_is_the_place_on_the_way_back(brought):
    source = source_text("Place 0", TEXT)
    start = source.index("workshop")
    (row,) = brought("file,code,start,end", f"text:r0,training,{start},{start + 8}")
    assert row["text"] == "workshop"
