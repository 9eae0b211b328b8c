"""Which records change code between two taxonomies, and why."""

from pathlib import Path

import pytest
from pipeline.classify.moved import MovedCode, moved_codes, moved_lines
from pipeline.classify.readings import Rules
from pipeline.cli import taxonomy_diff
from pipeline.errors import RapportError
from pipeline.study import Source, Study
from pipeline.tables import RECORDS, from_rows, path_of, write_parquet
from pipeline.taxonomy.read import read_taxonomy

HEAD = "id,label,facet,group,cues,exclude,definition,source\n"


@pytest.fixture
def compare(tmp_path, monkeypatch):
    """Compares two taxonomies, each given as rows, over some abstracts."""
    monkeypatch.chdir(tmp_path)

    def made(old: str, new: str, *abstracts: str):
        sides = []
        for name, rows in (("old.csv", old), ("new.csv", new)):
            Path(name).write_text(HEAD + rows, encoding="utf-8")
            sides.append(read_taxonomy(Path(name)))
        source = Source("s", "file", "research", {})
        study = Study(tmp_path / "s.toml", "s", "s", Path("new.csv"), (source,))
        rows = [
            {
                "record_id": f"r{n}",
                "corpus": "research",
                "source": "s",
                "source_id": str(n),
                "title": "",
                "abstract": text,
            }
            for n, text in enumerate(abstracts)
        ]
        write_parquet(from_rows(RECORDS, rows), path_of(RECORDS, study.folder) / "00000.parquet")
        return list(moved_codes(*sides, Rules((), (), ""), study))

    return made


def row(cues: str, exclude: str = "", id: str = "trust") -> str:
    return f'{id},Trust,relationship,trust,"{cues}","{exclude}",d,s\n'


def test_a_record_that_a_new_cue_finds_is_gained_by_it(compare):
    (moved,) = compare(row("faith"), row("faith; trust*"), "They trusted.", "Nothing.")
    assert moved == MovedCode("r0", "trust", True, "trusted", "the cue trust*")


def test_a_record_that_only_a_dropped_cue_found_is_lost_with_it(compare):
    (moved,) = compare(row("trust*; faith"), row("faith"), "Trust.", "Trust and faith.")
    assert moved == MovedCode("r0", "trust", False, "Trust", "the cue trust*")


def test_a_record_lost_to_an_exclude_names_the_exclude(compare):
    (moved,) = compare(row("trust"), row("trust", '""trust fund""'), "A trust fund.")
    assert moved.because == 'the exclude "trust fund"'


def test_a_concept_of_one_taxonomy_only_is_told(compare):
    found = compare(row("trust"), row("trust", id="faith"), "Trust.")
    assert {(code.concept, code.gained) for code in found} == {("trust", False), ("faith", True)}
    assert {code.because for code in found} == {"the concept is only in the other taxonomy"}


def test_the_lines_count_what_each_concept_gained_and_lost(compare):
    lines = moved_lines(compare(row("trust; faith"), row("trust; hope"), "Faith.", "Hope.", "Hope"))
    assert lines[1] == "3 codes change in 3 records:"
    assert lines[2] == "  trust: 2 gained, 1 lost"


def test_a_study_that_is_not_there_is_told_even_where_both_taxonomies_say_the_same(tmp_path):
    path = tmp_path / "same.csv"
    path.write_text(HEAD + row("trust"), encoding="utf-8")
    with pytest.raises(RapportError, match="there is no such study"):
        taxonomy_diff(path, path, tmp_path / "missing.toml")
