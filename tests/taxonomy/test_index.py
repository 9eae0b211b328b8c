"""The inverted index: words by place."""

import pytest
from pipeline.taxonomy import index as module
from pipeline.taxonomy.index import Index, Vocabulary


def vocabulary(*terms: str) -> Vocabulary:
    return Vocabulary(lambda word: [n for n, term in enumerate(terms) if word.startswith(term)])


def indexed(texts: list[str], breaks: list[list[int]], *terms: str) -> Index:
    return Index(texts, breaks, vocabulary(*terms))


def test_words_that_follow_each_other_have_places_that_do():
    index = indexed(["audit, and feedback"], [[]], "audit", "feedback")
    assert index.places(1)[0] - index.places(0)[0] == 2


def test_the_s_of_a_genitive_has_no_place():
    index = indexed(["the staff's trust; S trust 's trust"], [[]], "staff", "trust", "s")
    staff, trust = index.places(0), index.places(1)
    assert trust[0] - staff[0] == 1
    assert [index.word(place) for place in index.places(2)] == ["staff", "S", "s"]


def test_a_new_sentence_and_a_new_text_are_far_away():
    index = indexed(["trust. Trust", "trust"], [[7], []], "trust")
    first, second, third = index.places(0).tolist()
    assert second - first > 50
    assert third - second > 50


def test_a_word_of_several_terms_is_found_by_each():
    index = indexed(["trusting trust"], [[]], "trust", "trusting")
    assert len(index.places(0)) == 2
    assert len(index.places(1)) == 1


def test_places_come_in_order_whatever_words_a_term_stands_for():
    index = indexed(["trusted trust trusts trust"], [[]], "trust", "trusts")
    assert index.places(0).tolist() == sorted(index.places(0).tolist())
    assert len(index.places(0)) == 4


def test_characters_are_those_of_the_text_a_span_stands_in():
    index = indexed(["a trust", "déjà: trusted"], [[], []], "trust")
    places = index.places(0)
    text, start, end = index.characters(places, places)
    assert list(zip(text, start, end, strict=True)) == [(0, 2, 7), (1, 6, 13)]


def test_words_are_forgotten_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_MOST_WORDS_KEPT", 2)
    known = vocabulary("trust")
    for text in ("one two three", "four", "trust trust"):
        index = Index([text], [[]], known)
        assert len(index.places(0)) == text.count("trust")
    assert set(known) == {b"four", b"trust"}


def test_a_text_without_words_has_no_places():
    assert len(indexed(["", " .;"], [[], []], "trust").places(0)) == 0
