"""The rule files, and what is told when one is wrong."""

import pytest
from pipeline.classify.readings import read_rules
from pipeline.errors import RapportError

HEAD = "id,decides,value,applies_to,sections,where,needs,unless,why\n"


def write(folder, signals, rules, scores="", words=""):
    (folder / "signals.csv").write_text("id,meaning,cues\n" + signals, encoding="utf-8")
    if scores:
        (folder / "scores.csv").write_text("id,signal,points,why\n" + scores, encoding="utf-8")
    if words:
        (folder / "words.csv").write_text(words, encoding="utf-8")
    (folder / "readings.csv").write_text(HEAD + rules, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("signals", "rules", "told"),
    [
        ("a,,(x\n", "", "signals.csv, row 2, column cues: cue '\\(x' at character 1"),
        ("a,,xyz\n", "r,reading,no,trust,,somewhere,a,,\n", "row 2, column where: is 'somewhere'"),
        ("a,,xyz\n", "r,verdict,no,trust,,sentence,a,,\n", "column decides: is 'verdict'"),
        ("a,,xyz\n", "r,role,hero,trust,,sentence,a,,\n", "column value: is 'hero'"),
        ("a,,xyz\n", "r,reading,no,trust,,sentence,b,,\n", "there is no signal 'b'"),
    ],
)
def test_a_wrong_rule_file_is_told_with_row_and_column(tmp_path, signals, rules, told):
    with pytest.raises(RapportError, match=told):
        read_rules(write(tmp_path, signals, rules))


@pytest.mark.parametrize(
    ("scores", "told"),
    [
        ("s,b,1,\n", "scores.csv, row 2: there is no signal 'b'"),
        ("s,a,much,\n", "row 2, column points: is 'much', not a number"),
        ("a,a,1,\n", "row 2, column id: 'a' is also a signal"),
    ],
)
def test_a_wrong_score_is_told_with_row_and_column(tmp_path, scores, told):
    with pytest.raises(RapportError, match=told):
        read_rules(write(tmp_path, "a,,xyz\n", "r,reading,no,trust,,sentence,a,,\n", scores))


def test_a_score_is_a_signal_of_the_whole_text_alone(tmp_path):
    rules = "r,reading,no,trust,,sentence,s,,\n"
    with pytest.raises(RapportError, match="there is no signal 's'"):
        read_rules(write(tmp_path, "a,,xyz\n", rules, "s,a,1,\n"))


def test_the_hash_changes_with_the_points_of_a_score(tmp_path):
    rules = "r,reading,no,trust,,text,s,,\n"
    one, two = (
        read_rules(write(tmp_path, "a,,xyz\n", rules, f"s,a,{points},\n")).hash
        for points in ("1", "2")
    )
    assert one != two


def test_the_hash_changes_with_a_rule_and_not_with_its_explanation(tmp_path):
    first = read_rules(write(tmp_path, "a,,xyz\n", "r,reading,no,trust,,sentence,a,,why\n")).hash
    same = read_rules(write(tmp_path, "a,,xyz\n", "r,reading,no,trust,,sentence,a,,because\n")).hash
    other = read_rules(write(tmp_path, "a,,xyz\n", "r,reading,no,trust,,before,a,,why\n")).hash
    assert first == same != other


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("word,s\ntrust,much\n", "words.csv, row 2, column s: is 'much', not a number"),
        ("word,s\ntrust,nan\n", "words.csv, row 2, column s: is 'nan', not a number"),
        ("word,s\nTwo words,1\n", "row 2, column word: is 'Two words'"),
        ("word,s\ncolor,1\ncolour,2\n", "row 3, column word: 'colour' is also in row 2"),
        ("word\ntrust\n", "has no column s"),
    ],
)
def test_wrong_points_of_a_word_are_told_with_row_and_column(tmp_path, words, told):
    rules = "r,reading,no,trust,,text,s,,\n"
    with pytest.raises(RapportError, match=told):
        read_rules(write(tmp_path, "a,,xyz\n", rules, "s,a,1,\n", words))


def test_the_hash_changes_with_the_points_of_a_word(tmp_path):
    rules = "r,reading,no,trust,,text,s,,\n"
    one, two = (
        read_rules(write(tmp_path, "a,,xyz\n", rules, "s,a,1,\n", f"word,s\ntrust,{points}\n")).hash
        for points in ("1", "2")
    )
    assert one != two


def test_the_rules_that_come_along_are_sound():
    assert read_rules().rules
