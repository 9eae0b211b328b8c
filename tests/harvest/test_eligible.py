"""What is left out of a study, and with which reason."""

import pytest
from pipeline.errors import RapportError
from pipeline.harvest.eligible import check, kind_of, language_of, why_not
from pipeline.harvest.entries import Entry
from pipeline.harvest.normalise import row
from pipeline.study import Asked


def copy(**changes):
    return row(
        Entry(place="x", **{"title": "On trust", "abstract": "We asked about it."} | changes)
    )


def reason(*copies, needs_abstract=True, **asked):
    return why_not(copies, Asked(**asked), needs_abstract)


def test_a_plain_work_stays_in():
    assert reason(copy()) == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"retracted": "PubMed"},
        {"type": "Journal Article; Retracted Publication"},
        {"title": "RETRACTED: On trust"},
        {"title": "[Retracted Article: On trust]"},
        {"title": "WITHDRAWN: On trust"},
    ],
)
def test_a_retracted_work_is_left_out_unless_asked_for(changes):
    assert reason(copy(), copy(**changes)) == "retracted"
    assert reason(copy(**changes), keep_retracted=True) == ""


def test_a_work_on_retraction_stays_in():
    assert reason(copy(title="Retracted consent in practice")) == ""


@pytest.mark.parametrize(("language", "left_out"), [("eng", False), ("English", False), ("EN", False), ("ger", True),
                                                    ("", False), ("xx", False), ("German; English", False)])  # fmt: skip
def test_only_a_language_that_is_known_and_not_asked_for_is_left_out(language, left_out):
    told = reason(copy(language=language), languages=("en",))
    assert (told == "in a language that was not asked for") is left_out


def test_without_languages_any_language_stays_in():
    assert reason(copy(language="ger")) == ""


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("Journal Article; Review", "review"),
        ("journal-article", "article"),
        ("JOUR", "article"),
        ("article", "article"),
        ("Case Reports; Journal Article", "article"),
        ("Journal Articles; Reports - Research", "article"),
        ("Journal Article; Retracted Publication", "article"),
        ("posted-content", "preprint"),
        ("Published Erratum", "notice"),
        ("Retraction of Publication", "notice"),
        ("peer-review", "peer review"),
        ("Book Review", "book review"),
        ("book-chapter", "chapter"),
        ("proceedings-article", "conference"),
        ("Dissertations/Theses - Doctoral Dissertations", "thesis"),
        ("Letter", "editorial"),
        ("Clinical Trial Protocol", "protocol"),
        ("", ""),
        ("mystery", ""),
    ],
)
def test_a_kind_is_known_by_what_sources_call_it(type_, kind):
    assert kind_of(type_) == kind


def test_notices_are_left_out_by_default():
    assert reason(copy(type="Published Erratum")) == "of a kind that was not asked for"


def test_only_kinds_that_are_asked_for_stay_in_but_unknown_ones_do_too():
    assert (
        reason(copy(type="Letter"), types=("article", "review"))
        == "of a kind that was not asked for"
    )
    assert reason(copy(type="Review"), types=("article", "review")) == ""
    assert reason(copy(type="mystery"), types=("article",)) == ""


def test_one_copy_of_a_kind_that_is_asked_for_is_enough():
    assert reason(copy(type="Letter"), copy(type="journal-article"), types=("article",)) == ""


def test_a_work_without_an_abstract_is_left_out_where_one_is_needed():
    assert reason(copy(abstract="")) == "has no abstract"
    assert reason(copy(abstract=""), needs_abstract=False) == ""
    assert reason(copy(abstract=""), copy()) == ""


def test_an_abstract_with_holes_is_told_as_that():
    assert reason(copy(abstract="", withheld="holes")) == "its abstract has words missing"


def test_a_work_is_unasked_only_where_no_copy_is_what_was_asked_for():
    assert reason(copy(unasked="not asked")) == "not asked"
    assert reason(copy(unasked="not asked"), copy()) == ""


def test_passages_of_practice_always_stay_in():
    assert reason(copy(document="plan.md", language="ger", type="Letter"), languages=("en",)) == ""


@pytest.mark.parametrize(
    ("name", "code"), [("fre", "fr"), ("Français", "fr"), (" DE ", "de"), ("??", "")]
)
def test_languages_are_known_by_code_and_name(name, code):
    assert language_of(name) == code


def test_a_kind_or_language_that_is_not_known_is_told():
    with pytest.raises(RapportError, match="types has 'artikel'. Choose from article"):
        check(Asked(types=("artikel",)), "s.toml")
    with pytest.raises(RapportError, match="languages has 'klingon'"):
        check(Asked(languages=("klingon",)), "s.toml")
