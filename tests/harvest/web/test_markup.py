"""Markup made plain: what real abstracts and titles have in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline.harvest.web import markup


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Plain text.", "Plain text."),
        (
            "<h4>Background</h4>Some <i>text</i>.<h4>Methods</h4>More.",
            "Background: Some text.\nMethods: More.",
        ),
        (
            "With p < .05 and <1 year.<h4>Results</h4>n > 3.",
            "With p < .05 and <1 year.\nResults: n > 3.",
        ),
        ("H<sub>2</sub>O &amp; CO<sup>2</sup>", "H2O & CO2"),
        ("Trust &amp;lt; 3 &amp;amp; more", "Trust < 3 & more"),
        ("&lt;i&gt;in vivo&lt;/i&gt; work", "in vivo work"),
        ("<jats:p>One.</jats:p>\n   <jats:p>Two\n  lines.</jats:p>", "One.\nTwo lines."),
        ("<p>x</p><!-- hidden --><br/>y", "x\ny"),
        ("outcomes of an <i", "outcomes of an"),
        ("E=<mml:math><mml:mi>m</mml:mi></mml:math><tex-math>\\bad</tex-math>", "E=m"),
        ("zero\u200bwidth\x00 and  spaces", "zero width and spaces"),
        ("e\u0301", "\u00e9"),
        (None, ""),
        (5, ""),
    ],
)
def test_markup_becomes_plain_text(raw, clean):
    assert markup.plain(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("<jats:title>Abstract</jats:title><jats:p>We asked.</jats:p>", "We asked."),
        ("Abstract", ""),
        ("An abstract is not available for this content so a preview has been provided.", ""),
        ("No abstract available.", ""),
        ("Abstract thinking was studied.", "Abstract thinking was studied."),
        ("Summary of twelve trials.", "Summary of twelve trials."),
    ],
)
def test_what_only_announces_an_abstract_is_none(raw, clean):
    assert markup.abstract(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("A title.", "A title"),
        ("[Ein Titel].", "Ein Titel"),
        ("Why? ...", "Why? ..."),
        ("<i>A</i>\nb", "A b"),
    ],
)
def test_titles_are_one_line_without_full_stop(raw, clean):
    assert markup.title(raw) == clean


@given(st.lists(st.text("abc.,", min_size=1, max_size=5), min_size=1, max_size=40))
def test_an_inverted_index_gives_back_its_words(words):
    index = {}
    for place, word in enumerate(words):
        index.setdefault(word, []).append(place)
    assert markup.from_inverted_index(index) == (" ".join(words), 0)


def test_holes_in_an_inverted_index_are_counted():
    assert markup.from_inverted_index({"trust": [0, 4], "matters": [2]}) == (
        "trust matters trust",
        2,
    )


@pytest.mark.parametrize(
    "index", [None, {}, [], {"a": None}, {"a": ["x"]}, {"InvertedIndex": None}, {"a": [-1]}]
)
def test_an_inverted_index_of_another_shape_is_no_abstract(index):
    assert markup.from_inverted_index(index) == ("", 0)


def test_an_inverted_index_that_is_nested_is_read():
    assert markup.from_inverted_index({"InvertedIndex": {"trust": [0]}}) == ("trust", 0)


@given(st.text())
def test_any_text_is_made_plain_without_control_characters(text):
    clean = markup.plain(text)
    assert not any(ord(sign) < 32 and sign != "\n" for sign in clean)
    assert "  " not in clean
