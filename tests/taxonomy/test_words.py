"""What the words of a text add up to."""

import math
import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline.taxonomy import index
from pipeline.taxonomy.words import WordPoints


def test_a_word_counts_double_the_third_time_and_threefold_the_seventh():
    points = WordPoints([{"trust": 1.0}])
    texts = ["Trust", "trust, trust. TRUST", " ".join(["trust"] * 7), "distrust"]
    assert points.totals(texts)[:, 0].tolist() == [1, 2, 3, 0]


def test_each_score_has_points_of_its_own():
    points = WordPoints([{"nurses": 0.5, "cells": -1.0}, {"nurses": 2.0}])
    assert points.totals(["Nurses and cells"]).tolist() == [[-0.5, 2.0]]


def test_a_word_counts_in_british_and_american_spelling():
    points = WordPoints([{"organisations": 1.0}])
    assert points.totals(["organizations", "Organisations"])[:, 0].tolist() == [1, 1]


def test_letters_with_accents_are_read_without_them():
    assert WordPoints([{"role": 1.0}]).totals(["rôle"]).tolist() == [[1.0]]


def test_without_a_word_there_are_no_points():
    assert WordPoints([{}, {}]).totals(["some text"]).tolist() == [[0.0, 0.0]]


def test_the_parts_of_a_text_add_up_to_its_total():
    points = WordPoints([{"a": 0.25, "b": -0.5, "c": 4.0}])
    parts = points.parts("a b b b a")
    assert sorted(word for word, _ in parts) == ["a", "b"]
    total = points.totals(["a b b b a"])[0, 0]
    assert sum(added for _, (added,) in parts) == pytest.approx(total)


def test_many_long_texts_are_counted_in_portions(monkeypatch: pytest.MonkeyPatch):
    texts = ["trust", "we trust", "", "no", "trust, trust"]
    points = WordPoints([{"trust": 1.0, "no": 0.5}])
    whole = points.totals(texts)
    monkeypatch.setattr(index, "_MOST_CHARACTERS", 6)
    assert points.totals(texts).tolist() == whole.tolist()


@given(st.lists(st.text("ab c.\n", max_size=30), max_size=5))
def test_totals_are_those_of_counting_words_one_by_one(texts):
    given_points = {"a": 0.5, "bb": -1.25, "c": 2.0}

    def by_hand(text: str) -> float:
        times = Counter(re.findall("[a-z]+", text))
        return sum(p * math.log2(1 + times[word]) for word, p in given_points.items())

    totals = WordPoints([given_points]).totals(texts)
    assert totals.shape == (len(texts), 1)
    assert np.allclose(totals[:, 0], [by_hand(text) for text in texts])
