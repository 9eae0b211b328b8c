"""The inverted index: words by place."""

import numpy as np
import pytest
from pipeline.taxonomy import index as module
from pipeline.taxonomy.index import ANY_WORD, Index, Vocabulary


def vocabulary(*terms: str) -> Vocabulary:
    return Vocabulary(
        lambda word: [n for n, term in enumerate(terms) if word.startswith(term)], len(terms)
    )


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


def test_words_of_one_sentence_have_its_number():
    index = indexed(["new trust. Trust grows", "trust"], [[11], []], "trust")
    first, second, third = index.sentences[index.places(0)].tolist()
    assert index.sentences[0] == first
    assert first < second < third


def test_a_break_within_a_word_begins_a_sentence_after_it():
    index = indexed(["trust grows"], [[3]], "trust")
    assert index.sentences[0] < index.sentences[1]


def test_a_word_of_several_terms_is_found_by_each():
    index = indexed(["trusting trust"], [[]], "trust", "trusting")
    assert len(index.places(0)) == 2
    assert len(index.places(1)) == 1


def test_places_come_in_order_whatever_words_a_term_stands_for():
    index = indexed(["trusted trust trusts trust"], [[]], "trust", "trusts")
    assert index.places(0).tolist() == sorted(index.places(0).tolist())
    assert len(index.places(0)) == 4


def test_the_places_of_several_terms_are_told_with_their_rows():
    index = indexed(["trust and audit and trusted"], [[]], "trust", "audit")
    row, place = index.places_of_each(np.array([1, 0, 1]))
    assert sorted(zip(row.tolist(), place.tolist(), strict=True)) == [
        (0, 2),
        (1, 0),
        (1, 4),
        (2, 2),
    ]


def test_each_term_is_counted():
    index = indexed(["trust and audit and trusted"], [[]], "trust", "audit", "peer")
    assert index.counts.tolist() == [2, 1, 0, 5]


def test_no_term_but_that_of_any_word_stands_outside_the_texts():
    index = indexed(["trust", "trust"], [[], []], "trust")
    places = np.array([-1, 0, 1, 2], dtype=np.int32)
    assert index.are(places, 0).tolist() == [False, True, True, False]
    assert index.are(places, ANY_WORD).all()


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
    assert {word.rstrip() for word in known} == {b"four", b"trust"}


def test_a_text_without_words_has_no_places():
    assert len(indexed(["", " .;"], [[], []], "trust").places(0)) == 0
