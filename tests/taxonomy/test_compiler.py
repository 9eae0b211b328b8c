"""What the scanner finds, against a slow and obvious reference."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipeline.taxonomy import index
from pipeline.taxonomy.compiler import Scanner
from pipeline.taxonomy.cues import Cue, Either, Near, Phrase, parse
from pipeline.taxonomy.spelling import spellings


def scan(cues: list[Cue], text: str) -> list[tuple[int, int, int]]:
    """Cue, first character and end of each hit in one text."""
    hits = Scanner(cues).scan([text], [[]])
    return list(zip(hits.cue, hits.start, hits.end, strict=True))


def found(cue: str, text: str) -> list[str]:
    return [text[start:end] for _, start, end in scan([parse(cue)], text)]


def test_a_word_is_found_whole():
    assert found("trust", "Trust, distrust, trusted; TRUST.") == ["Trust", "TRUST"]


def test_a_truncated_word_is_found_to_its_end():
    assert found("facilitat*", "Facilitators facilitate; a facility.") == [
        "Facilitators",
        "facilitate",
    ]


def test_a_question_mark_is_one_letter():
    assert found("organi?ed", "organised and organized") == ["organised", "organized"]


def test_a_phrase_may_have_punctuation_and_hyphens_between_its_words():
    text = "plan-do-study-act, Plan, do; study/act and plan do the study act"
    assert found('"plan do study act"', text) == ["plan-do-study-act", "Plan, do; study/act"]


def test_near_counts_the_words_between_in_either_order():
    assert found("audit* NEAR/2 feedback", "audit and timely feedback") == [
        "audit and timely feedback"
    ]
    assert found("audit* NEAR/1 feedback", "audit and timely feedback") == []
    assert found("audit* NEAR/2 feedback", "feedback after audits") == ["feedback after audits"]


def test_pre_keeps_the_order():
    assert found("train PRE/1 trainer*", "train the trainers") == ["train the trainers"]
    assert found("train PRE/1 trainer*", "trainers train") == []


def test_a_mention_is_the_shortest_span():
    assert found("(build* OR develop*) NEAR/3 trust", "build and develop trust") == [
        "develop trust"
    ]


def test_mentions_of_one_cue_do_not_overlap():
    assert found("build* NEAR/2 trust", "build trust, build trust") == [
        "build trust",
        "build trust",
    ]


def test_a_genitive_is_not_a_word():
    assert found("staff NEAR/0 trust", "the staff's trust") == ["staff's trust"]
    assert found('"children services"', "children’s services") == ["children’s services"]


@pytest.mark.parametrize(
    ("cue", "text"),
    [
        ("organization*", "organisational"),
        ("behaviour", "Behavior"),
        ('"center of excellence"', "centre of excellence"),
        ("program", "programme"),
        ("counselor*", "counsellors"),
        ("resume", "résumé"),
        ("naive", "naïve"),
        ("co-design*", "co–designed"),
        ("fulfilment", "fulfillment"),
    ],
)
def test_spelling_accents_and_dashes_never_matter(cue, text):
    assert found(cue, f"before {text} after") == [text]


def test_case_matters_only_after_a_caret():
    assert found("^LOCI", "loci and LOCI") == ["LOCI"]
    assert found('^"NHS Trust*"', "NHS Trusts and nhs trusts") == ["NHS Trusts"]


def test_places_are_characters_of_the_text_whatever_letters_it_has():
    text = "Ünïcödé 🙂 “trust”—ﬁn"
    assert [(s, e) for _, s, e in scan([parse("trust")], text)] == [(11, 16)]


def test_no_cues_and_no_text_find_nothing():
    assert scan([], "trust") == []
    assert scan([parse("trust")], "") == []


def hits_of(cues: list[str], texts: list[str], breaks: list[list[int]]) -> list[list[str]]:
    hits = Scanner([parse(cue) for cue in cues]).scan(texts, breaks)
    rows = list(zip(hits.text, hits.start, hits.end, strict=True))
    return [[text[a:b] for t, a, b in rows if t == n] for n, text in enumerate(texts)]


def test_texts_read_together_are_read_as_alone():
    texts = ["we build", "trust is slow to build", "", "trust"]
    assert hits_of(["build* NEAR/3 trust"], texts, [[]] * 4) == [
        [],
        ["trust is slow to build"],
        [],
        [],
    ]


def test_no_match_crosses_the_beginning_of_a_sentence():
    text = "They build. Trust follows."
    assert hits_of(["build NEAR/50 trust"], [text], [[0, 12]]) == [[]]
    assert hits_of(['"build trust"'], [text], [[0, 12]]) == [[]]
    assert hits_of(["build NEAR/50 trust"], [text], [[0]]) == [["build. Trust"]]


def test_a_frequent_word_beside_a_rare_one_stays_in_its_sentence():
    text = "Trust, trust. Audit builds trust, trust, trust, trust. Trust"
    cues = ["audit NEAR/2 trust", "trust NEAR/2 audit", "audit PRE/2 trust", "trust PRE/2 audit"]
    hits = Scanner([parse(cue) for cue in cues]).scan([text], [[0, 14, 55]])
    assert list(zip(hits.cue, hits.start, hits.end, strict=True)) == [
        (cue, 14, 32) for cue in range(3)
    ]


def test_many_long_texts_are_read_in_portions(monkeypatch: pytest.MonkeyPatch):
    texts = ["trust", "we trust", "", "no", "trust, trust"]
    whole = Scanner([parse("trust"), parse("no")]).scan(texts, [[]] * 5)
    monkeypatch.setattr(index, "_MOST_CHARACTERS", 6)
    portions = Scanner([parse("trust"), parse("no")]).scan(texts, [[]] * 5)
    assert [column.tolist() for column in portions] == [column.tolist() for column in whole]


def test_a_list_of_words_is_found_like_each_of_them():
    cue = '(nurse* OR "general practitioner*" OR GP) NEAR/1 trust'
    assert found(cue, "nurses trust; trust general practitioners; GP trust") == [
        "nurses trust",
        "trust general practitioners",
        "GP trust",
    ]


def test_hits_of_a_text_are_where_its_bounds_say():
    hits = Scanner([parse("a"), parse("b")]).scan(["a b", "", "b"], [[]] * 3)
    assert hits.bounds(3) == [0, 2, 2, 3]
    assert hits.which(hits.cue == 1).bounds(3) == [0, 1, 1, 2]


# The reference: every span of words, tried one by one.


def words_of(text: str) -> list[tuple[int, int]]:
    return [m.span() for m in re.finditer(r"\w+", re.sub(r"(?<=\w)'s\b", "  ", text))]


def matches(node, words: list[str]) -> set[tuple[int, int]]:
    if isinstance(node, Phrase):
        size = len(node.words)
        return {
            (i, i + size - 1)
            for i in range(len(words) - size + 1)
            if all(same(w, words[i + k]) for k, w in enumerate(node.words))
        }
    if isinstance(node, Either):
        return set().union(*(matches(option, words) for option in node.options))
    left, right = matches(node.left, words), matches(node.right, words)
    spans = {(a[0], b[1]) for a in left for b in right if 0 <= b[0] - a[1] - 1 <= node.between}
    if not node.ordered:
        spans |= {(b[0], a[1]) for a in left for b in right if 0 <= a[0] - b[1] - 1 <= node.between}
    return spans


def same(pattern: str, word: str) -> bool:
    return any(
        re.fullmatch(option.replace("*", r"\w*").replace("?", r"\w"), word, re.I)
        for option in spellings(pattern)
    )


def reference(node, text: str) -> list[tuple[int, int]]:
    places = words_of(text)
    spans = matches(node, [text[a:b] for a, b in places])
    shortest = {
        s for s in spans if not any(t != s and s[0] <= t[0] and t[1] <= s[1] for t in spans)
    }
    taken: list[tuple[int, int]] = []
    for span in sorted(shortest, key=lambda s: s[1]):
        if not taken or span[0] > taken[-1][1]:
            taken.append(span)
    return [(places[a][0], places[b][1]) for a, b in taken]


WORDS = (
    "audit",
    "audits",
    "build",
    "trust",
    "trusted",
    "team",
    "the",
    "peer",
    "organize",
    "organise",
)
PATTERNS = (
    "audit*",
    "build",
    "trust*",
    "trust",
    "team",
    "peer",
    "the",
    "organi?e",
    "organize",
    "aud*t*",
)
phrases = st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=3).map(
    lambda w: Phrase(tuple(w))
)
nodes = st.recursive(
    phrases,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda o: Either(tuple(o))),
        st.builds(Near, inner, inner, st.integers(0, 4), st.booleans()),
    ),
    max_leaves=5,
)
gaps = st.sampled_from([" ", ", ", "-", "'s ", ". ", "\n", " (", "; "])
texts = st.lists(st.tuples(st.sampled_from(WORDS), gaps), max_size=25).map(
    lambda parts: "".join(word + gap for word, gap in parts)
)


@settings(max_examples=300, deadline=None)
@given(nodes, texts)
def test_the_scanner_agrees_with_the_reference(node, text):
    cue = Cue("made", node)
    assert [(start, end) for _, start, end in scan([cue], text)] == reference(node, text)


@settings(max_examples=200, deadline=None)
@given(nodes, st.lists(texts, max_size=4))
def test_each_sentence_is_read_by_itself(node, sentences):
    cue = Cue("made", node)
    begins = [sum(map(len, sentences[:n])) for n in range(len(sentences))]
    hits = Scanner([cue]).scan(["".join(sentences)], [begins])
    assert list(zip(hits.start, hits.end, strict=True)) == [
        (begin + start, begin + end)
        for begin, sentence in zip(begins, sentences, strict=True)
        for start, end in reference(node, sentence)
    ]


@settings(max_examples=50, deadline=None)
@given(st.lists(nodes, min_size=1, max_size=6), texts)
def test_cues_do_not_disturb_each_other(several, text):
    cues = [Cue("made", node) for node in several]
    together = scan(cues, text)
    for number, cue in enumerate(cues):
        alone = [(start, end) for _, start, end in scan([cue], text)]
        assert [(start, end) for n, start, end in together if n == number] == alone


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_text_at_all_can_be_scanned(text):
    for _, start, end in scan([parse("a NEAR/3 b"), parse("the")], text):
        assert 0 <= start < end <= len(text)
