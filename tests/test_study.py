"""study.toml, and what is told when it is wrong: the file, the key and the cure."""

import pytest
from pipeline.errors import RapportError
from pipeline.study import read_study

GOOD = """
[study]
title = "A study"
seed = 3

[[source]]
kind = "file"
path = "a.ris"
"""


@pytest.fixture
def write(tmp_path):
    (tmp_path / "a.ris").write_text("", encoding="utf-8")

    def made(content, name="nurses.toml"):
        (tmp_path / name).write_text(content, encoding="utf-8")
        return tmp_path / name

    return made


def test_a_study_is_named_for_its_file_and_its_paths_are_relative_to_it(write, tmp_path):
    study = read_study(write(GOOD))
    assert (study.name, study.title, study.seed) == ("nurses", "A study", 3)
    assert study.sources[0].options["path"] == tmp_path / "a.ris"
    assert study.sources[0].corpus == "research"


def test_documents_are_practice_unless_said_otherwise(write):
    study = read_study(write(GOOD + '[[source]]\nkind = "documents"\npath = "a.ris"\n'))
    assert study.sources[1].corpus == "practice"


def test_a_pattern_may_be_absolute(write, tmp_path):
    assert read_study(write(GOOD.replace("a.ris", f"{tmp_path}/*.ris"))).sources


def test_a_pattern_of_paths_needs_one_file_that_matches(write):
    assert read_study(write(GOOD.replace("a.ris", "*.ris"))).sources
    with pytest.raises(RapportError, match=r"does not exist: \*\.bib"):
        read_study(write(GOOD.replace("a.ris", "*.bib")))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("seed", "sead", r"\[study\] has an unknown key 'sead'. Did you mean seed"),
        ("seed = 3", 'seed = "3"', r"\[study\] seed is '3'. Give it a whole number"),
        ("seed = 3", "seed = true", r"\[study\] seed is True"),
        ('"file"', '"fiel"', r"\[\[source\]\] 1 has kind 'fiel'. Choose one of"),
        ('kind = "file"', "", r"\[\[source\]\] 1 has no kind"),
        ('path = "a.ris"', "", r"\[\[source\]\] 1 has no path"),
        ("a.ris", "b.ris", r"\[\[source\]\] 1 path does not exist: b.ris"),
        ("[[source]]", "[[sources]]", "unknown key 'sources'. Did you mean source"),
        ('path = "a.ris"', 'path = "a.ris"\ncorpus = "both"', "corpus 'both'. Choose research"),
        ("[study]", "[study", "not valid TOML"),
    ],
)
def test_a_wrong_study_is_told_with_file_key_and_cure(write, old, new, told):
    path = write(GOOD.replace(old, new))
    with pytest.raises(RapportError, match=told) as caught:
        read_study(path)
    assert str(path) in str(caught.value)


def test_a_study_without_a_source_is_told(write):
    with pytest.raises(RapportError, match="there is no source"):
        read_study(write('[study]\ntitle = "none"\n'))


def test_two_sources_of_one_name_are_told(write):
    twice = GOOD + 'name = "a"\n[[source]]\nkind = "file"\npath = "a.ris"\nname = "a"\n'
    with pytest.raises(RapportError, match="two sources are named 'a'"):
        read_study(write(twice))


def test_a_missing_study_names_the_one_that_was_meant(write):
    path = write(GOOD)
    with pytest.raises(RapportError, match="Did you mean .*nurses.toml"):
        read_study(path.with_name("nurse.toml"))


def test_a_folder_is_no_study(tmp_path):
    with pytest.raises(RapportError, match="is a folder"):
        read_study(tmp_path)
