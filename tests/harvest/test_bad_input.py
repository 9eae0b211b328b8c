"""What a person sees at the command line of input that is wrong: one line, and a status."""

import csv
import random
import sys

import pytest
from pipeline import cli, study

RIS = "TY  - JOUR\nTI  - One\nAB  - Trust grew.\nPY  - 2020\nER  - \n"
HEAD = "id,label,facet,cluster,orientation,cues,exclude,definition,source\n"
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbb"><!ENTITY c "&b;&b;&b;&b;">]>'
    "<xml><records><record><titles><title>&c;</title></titles></record></records></xml>"
)


@pytest.fixture
def rapport(tmp_path, monkeypatch, capfd, caplog):
    """Run a command in an empty folder: its status, and the lines of what it says of errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(study, "OUTPUTS", tmp_path / "outputs")

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["rapport", *words])
        status = 0
        try:
            cli.main()
        except SystemExit as ended:
            status = ended.code or 0
        said = capfd.readouterr().err
        assert "Traceback" not in said
        return status, caplog.messages + said.splitlines()

    return run


@pytest.fixture
def harvest(rapport, tmp_path):
    """Harvest one file."""

    def run(name, content, head="", options=""):
        if content is not None:
            (tmp_path / name).write_bytes(
                content if isinstance(content, bytes) else content.encode()
            )
        (tmp_path / "s.toml").write_text(
            f'[study]\n{head}\n[[source]]\nkind = "file"\npath = "{name}"\n{options}'
        )
        return rapport("harvest", "s.toml")

    return run


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("none.ris", None, "does not exist: none.ris. Paths are relative"),
        ("empty.ris", b"", "empty.ris: is empty. Export or save it again"),
        ("binary.ris", random.Random(1).randbytes(9_000), "binary.ris: is not a text file"),
        ("other.csv", "alpha,beta\n1,2\n", "row 1: has no column of titles or abstracts"),
        ("bomb.xml", BOMB, "bomb.xml: declares entities"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line_and_status_1(
    harvest, tmp_path, name, content, told
):
    status, lines = harvest(name, content)
    assert status == 1
    assert len(lines) == 1
    assert told in lines[0]
    left = {path.name for path in (tmp_path / "outputs").rglob("*") if path.is_file()}
    assert left <= {"manifest.json"}


def test_a_folder_is_one_line_and_status_1(harvest, tmp_path):
    (tmp_path / "folder").mkdir()
    status, lines = harvest("folder", None)
    assert (status, len(lines)) == (1, 1)
    assert "is a folder. Name a file" in lines[0]


def test_a_truncated_entry_is_told_with_its_line_and_status_3_and_the_rest_is_read(harvest):
    good = "@article{a, title={One}, abstract={Trust.}}\n"
    status, lines = harvest("a.bib", good + "@article{b, title={Two}, abstract={Cut he")
    assert status == 3
    assert lines[0] == "file-1: a.bib, line 2: is not whole: a brace or quote is never closed"
    assert lines[1].startswith("rapport: 1 entry could not be read: see ")


def test_an_entry_without_its_end_is_read_and_told_with_its_line(harvest):
    status, lines = harvest("a.ris", RIS.replace("ER  - \n", "") + RIS.replace("One", "Two"))
    assert status == 0
    assert lines == ["file-1: a.ris, line 1: the entry has no ER; the next TY ends it"]


def test_mixed_encodings_are_told_with_their_lines(harvest):
    mixed = "title,abstract\nDébut,Trust\n".encode() + "Café,Trust\n".encode("cp1252")
    status, lines = harvest("a.csv", mixed)
    assert status == 0
    assert lines == ["file-1: a.csv: what is not UTF-8 was read as Windows-1252, on lines 3"]


def test_an_unknown_key_is_told_with_the_nearest_known_one(harvest):
    status, lines = harvest("a.ris", RIS, head='taxonmy = "x.csv"')
    assert status == 1
    assert "unknown key 'taxonmy'. Did you mean taxonomy?" in lines[0]


def test_an_output_folder_that_cannot_be_written_is_one_line(harvest, tmp_path):
    (tmp_path / "outputs").write_text("a file stands where the folder should be")
    status, lines = harvest("a.ris", RIS)
    assert (status, len(lines)) == (1, 1)
    assert "cannot" in lines[0]


def test_cells_that_a_spreadsheet_would_calculate_are_made_harmless(harvest, tmp_path):
    rows = "".join(f'"{sign}SUM(1)",Trust grew.,2020\n' * 2 for sign in "=+-@")
    status, _ = harvest("a.csv", "title,abstract,year\n" + rows)
    assert status == 0
    with (tmp_path / "outputs" / "s" / "rejected.csv").open(encoding="utf-8-sig") as stream:
        titles = [row["title"] for row in csv.DictReader(stream)]
    assert titles
    assert all(title.startswith("'") for title in titles)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("a,A,strategy,,,audit,,d,s\na,B,strategy,,,feedback,,d,s\n", "row 3, column id"),
        ("a,A,stratagem,,,audit,,d,s\n", "row 2, column facet"),
        ("a,A,strategy,,,(audit OR train,,d,s\n", "this parenthesis is never closed"),
        ('a,A,strategy,,,"""""",,d,s\n', "no letter or digit"),
        ("a,A,strategy,,,*,,d,s\n", "* cannot come first"),
        ("a,A,strategy,,,a*,,d,s\n", "it would match too many words"),
        ("", "there is no concept"),
    ],
)
def test_a_taxonomy_that_is_wrong_is_told_before_anything_is_harvested(
    rapport, tmp_path, rows, told
):
    (tmp_path / "t.csv").write_text(HEAD + rows)
    (tmp_path / "a.ris").write_text(RIS)
    (tmp_path / "s.toml").write_text(
        '[study]\ntaxonomy = "t.csv"\n[[source]]\nkind = "file"\npath = "a.ris"\n'
    )
    status, lines = rapport("run", "s.toml")
    assert (status, len(lines)) == (1, 1)
    assert lines[0].startswith("rapport: ")
    assert "t.csv, row" in lines[0]
    assert told in lines[0]
    assert not (tmp_path / "outputs").exists()
