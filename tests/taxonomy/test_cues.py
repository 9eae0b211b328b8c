"""The cue syntax, as a librarian would write it."""

import pytest
from pipeline.taxonomy.cues import CueError, Either, Near, Phrase, parse, split


def test_a_word_and_a_phrase():
    assert parse("audit*").node == Phrase(("audit*",))
    assert parse('"learning collaborative*"').node == Phrase(("learning", "collaborative*"))


def test_a_hyphen_is_a_space():
    assert parse("co-design*").node == parse('"co design*"').node


def test_curly_quotes_are_quotes():
    assert parse("“peer learning”").node == parse('"peer learning"').node


def test_near_and_pre_keep_their_order_and_distance():
    assert parse("audit* NEAR/2 feedback").node == Near(
        Phrase(("audit*",)), Phrase(("feedback",)), 2, ordered=False
    )
    assert parse("train PRE/1 trainer*").node == Near(
        Phrase(("train",)), Phrase(("trainer*",)), 1, ordered=True
    )


def test_a_chain_reads_from_left_to_right():
    inner = Near(Phrase(("a",)), Phrase(("b",)), 1, ordered=False)
    assert parse("a NEAR/1 b NEAR/2 c").node == Near(inner, Phrase(("c",)), 2, ordered=False)


def test_alternatives_in_parentheses():
    node = parse('(build* OR "set up") NEAR/3 trust').node
    assert isinstance(node, Near)
    assert node.left == Either((Phrase(("build*",)), Phrase(("set", "up"))))


def test_a_caret_keeps_capital_letters():
    assert parse("^LOCI").node == Phrase(("LOCI",), exact=True)


def test_a_cell_is_split_at_semicolons_with_the_place_of_each_cue():
    assert split(' audit ; "a b";; c* ;') == [(1, "audit"), (9, '"a b"'), (17, "c*")]


@pytest.mark.parametrize(
    ("cue", "position", "told"),
    [
        ("", 0, "empty"),
        ("(a OR b", 0, "never closed"),
        ("a)", 1, "never opened"),
        ('"a b', 0, "never closed"),
        ("*", 0, "cannot come first"),
        ("*ing", 0, "cannot come first"),
        ("?rain", 0, "cannot come first"),
        ("a*", 0, "too many words"),
        ("peer learning", 5, 'write "peer learning"'),
        ("NEAR/3 trust", 0, "both sides"),
        ("trust NEAR/3", 12, "should follow"),
        ("trust OR", 8, "should follow"),
        ("audit ADJ3 feedback", 6, "write NEAR/2"),
        ("audit W/2 feedback", 6, "write NEAR/2"),
        ("audit NEXT/2 feedback", 6, "write PRE/2"),
        ("trust AND care", 6, "NEAR/n"),
        ("trust NOT fund", 6, "exclude column"),
        ("a NEAR/400 b", 2, "more than"),
        ('"..."', 0, "no letter"),
    ],
)
def test_a_bad_cue_is_told_with_its_place_and_its_cure(cue, position, told):
    with pytest.raises(CueError, match=told) as caught:
        parse(cue)
    assert caught.value.position == position
