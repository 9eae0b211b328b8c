"""The search syntax: how it is read, what is wrong with it, what it finds, how sources write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline.errors import RapportError
from pipeline.harvest.web.harvest import SOURCES
from pipeline.harvest.web.keys import Keys
from pipeline.harvest.web.query import Either, Every, Near, Phrase, Without, matches, parse
from pipeline.harvest.web.source import Part, Question
from pipeline.harvest.web.translate import Dialect, Exact, translate
from sizes import KINDS


def phrase(text):
    return Phrase(tuple(text.split()))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("Trust", phrase("trust")),
        ('"co-design"', phrase("co design")),
        ("co-design", phrase("co design")),
        ("“smart quotes”", phrase("smart quotes")),
        ("café", phrase("cafe")),
        ("a AND b AND c", Every((phrase("a"), phrase("b"), phrase("c")))),
        ("a OR (b AND c)", Either((phrase("a"), Every((phrase("b"), phrase("c")))))),
        ("a NOT b", Every((phrase("a"), Without(phrase("b"))))),
        ("a AND NOT b", Every((phrase("a"), Without(phrase("b"))))),
        ("a NOT NOT b", Every((phrase("a"), phrase("b")))),
        ("audit NEAR/3 feedback", Near(phrase("audit"), phrase("feedback"), 3, False)),
        ("train* PRE/1 trainer", Near(phrase("train*"), phrase("trainer"), 1, True)),
        (
            "(a OR b) NEAR/2 c",
            Either(
                (Near(phrase("a"), phrase("c"), 2, False), Near(phrase("b"), phrase("c"), 2, False))
            ),
        ),
    ],
)
def test_a_query_is_read_into_its_tree(text, tree):
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "told", "caret"),
    [
        ("", "the query is empty", 0),
        ("a b", "an operator is missing", 2),
        ("a and b", "Write AND in capital letters", 2),
        ("a AND b OR c", "AND and OR stand side by side", 8),
        ("NOT a", "only says what is not wanted", 0),
        ("a OR NOT b", "NOT needs something to take away from", 0),
        ("(a", "parenthesis is not closed", 0),
        ("a)", "closed that was not opened", 1),
        ('a AND "b', "quotation mark is not closed", 6),
        ("AND a", "AND has nothing before it", 0),
        ("a AND", "a term is missing", 5),
        ("a NEAR/2", "a term is missing", 8),
        ("a ADJ3 b", "an operator is missing", 2),
        ("a NEAR/99 b", "reaches too far", 2),
        ("(a AND b) NEAR/2 c", "can be near each other", 10),
        ("title:trust", "native_query", 0),
        ("wom*n", "may only end a word", 0),
        ("tr* AND b", "would find nearly everything", 0),
        ('a AND "-"', "there is no word here", 6),
    ],
)
def test_a_mistake_is_told_with_a_caret_under_the_spot(text, told, caret):
    with pytest.raises(RapportError) as caught:
        parse(text, "study.toml")
    lines = str(caught.value).splitlines()
    assert told in lines[0]
    assert lines[0].startswith("study.toml: ")
    assert lines[2].index("^") == 2 + caret


@pytest.mark.parametrize(
    ("query", "text", "met"),
    [
        ("trust", "Trusted people.", False),
        ("trust*", "Trusted people.", True),
        ('"implementation strategy"', "An implementation—strategy", True),
        ('"implementation strategy"', "A strategy of implementation", False),
        ('"implementation strateg*"', "implementation strategies", True),
        ("audit NEAR/1 feedback", "feedback after audit", True),
        ("audit NEAR/0 feedback", "feedback after audit", False),
        ("audit PRE/1 feedback", "feedback after audit", False),
        ("audit PRE/1 feedback", "audit then feedback", True),
        ("trust NOT nhs", "Trust in the NHS", False),
        ("resume", "A résumé", True),
        ("one NEAR/2 one", "one", False),
    ],
)
def test_what_a_query_finds_in_a_text(query, text, met):
    assert matches(parse(query), "", text) is met


def test_a_phrase_does_not_reach_from_title_to_abstract():
    assert not matches(parse('"learning collaborative"'), "On learning", "Collaborative work")


def test_parts_of_a_query_may_be_met_in_title_abstract_and_keywords():
    assert matches(parse("a AND b AND c"), "a", "b", "c")


WRITTEN = {
    "europepmc": '((TITLE_ABS:"deep trust" OR TITLE_ABS:rapport*) AND (TITLE_ABS:audit AND TITLE_ABS:feedback) NOT TITLE_ABS:mouse)',
    "pubmed": '(("deep trust"[tiab] OR rapport*[tiab]) AND "audit feedback"[tiab:~3] NOT mouse[tiab])',
    "openalex": '(("deep trust" OR rapport*) AND ("audit feedback"~3 OR "feedback audit"~3) AND NOT mouse)',
    "eric": '(("deep trust" OR rapport*) AND (audit AND feedback) NOT mouse)',
    "semanticscholar": '(("deep trust" | rapport*) + "audit feedback"~5 + -mouse)',
}


@pytest.mark.parametrize("kind", WRITTEN)
def test_each_source_is_asked_in_its_own_syntax(kind):
    query = '("deep trust" OR rapport*) AND audit NEAR/3 feedback NOT mouse'
    written = source(kind, query).translation
    assert written.text == WRITTEN[kind]


@pytest.mark.parametrize(
    ("kind", "query", "told"),
    [
        ("europepmc", "a NEAR/2 b", "a NEAR/2 b is asked for as (TITLE_ABS:a AND TITLE_ABS:b)"),
        ("europepmc", '"deep trust*"', "asked for as (TITLE_ABS:deep AND TITLE_ABS:trust*)"),
        ("pubmed", "a PRE/2 b", 'a PRE/2 b is asked for as "a b"[tiab:~2] and checked here'),
        ("openalex", "a PRE/2 b", 'a PRE/2 b is asked for as "a b"~2 and checked here'),
        ("doaj", "deep AND trust*", "trust* is left out and checked here"),
        ("doaj", "deep NOT trust*", "NOT trust* is applied here"),
        ("eric", "deep", "ERIC searches all fields"),
        ("semanticscholar", "deep", "compares word stems"),
        ("crossref", "deep", "has no Boolean search"),
    ],
)
def test_what_a_source_cannot_say_is_told_and_checked_here(kind, query, told):
    translation = source(kind, query).translation
    assert translation.checked
    assert any(told in note for note in translation.notes)


@pytest.mark.parametrize("kind", ["europepmc", "pubmed", "openalex", "doaj"])
def test_what_a_source_can_say_needs_no_check(kind):
    translation = source(kind, 'deep AND ("wide trust" OR rapport) NOT mouse').translation
    assert not translation.checked
    assert not translation.notes


def test_a_query_that_a_source_cannot_narrow_by_is_refused():
    with pytest.raises(RapportError, match="DOAJ cannot be asked this query"):
        source("doaj", "trust* OR rapport*")


def test_crossref_needs_journals_or_words():
    with pytest.raises(RapportError, match="issn = "):
        SOURCES["crossref"](Question("trust", parse("trust")), Keys())


@pytest.mark.parametrize("kind", ["openalex", "doaj", "eric", "semanticscholar"])
def test_a_query_too_long_for_an_address_is_told(kind):
    with pytest.raises(RapportError, match="takes queries of at most 7,000 characters"):
        source(kind, " OR ".join(f"word{number}" for number in range(2000)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_native_query_is_sent_as_it_is(kind):
    asked = SOURCES[kind](Question(native="ti:(x)", issn=()), KEYS)
    assert any("ti:(x)" in str(v) for v in sent(asked))


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "eric"])
def test_years_are_asked_for(kind):
    asked = SOURCES[kind](
        Question("deep", parse("deep"), years=(2015, 2020), issn=("1234-5678",)), KEYS
    )
    assert any("2015" in value and "2020" in value for value in sent(asked))


KEYS = Keys({"semantic_scholar": "some-key"})


def source(kind, query):
    journals = ("1234-5678",) if kind == "crossref" else ()
    return SOURCES[kind](Question(query, parse(query), issn=journals), KEYS)


def sent(asked):
    from urllib.parse import unquote

    request = asked.first(Part())
    return [unquote(request.path), *request.params.values()]


WORDS = st.sampled_from(["alpha", "beta", "gamma", "delta"])
TERMS = st.one_of(
    st.builds(lambda words: Phrase(tuple(words)), st.lists(WORDS, min_size=1, max_size=2)),
    st.builds(lambda word: Phrase((f"{word[:3]}*",)), WORDS),
    st.builds(
        lambda a, b, n, ordered: Near(Phrase((a,)), Phrase((b,)), n, ordered),
        WORDS, WORDS, st.integers(0, 2), st.booleans(),
    ),
)  # fmt: skip
TREES = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        st.builds(lambda parts: Either(tuple(parts)), st.lists(inner, min_size=2, max_size=3)),
        st.builds(
            lambda wanted, unwanted: Every((*wanted, *map(Without, unwanted))),
            st.lists(inner, min_size=2, max_size=2),
            st.lists(inner, max_size=1),
        ),
    ),
    max_leaves=6,
)
POOR = Dialect(
    phrase=lambda p: None if len(p.words) > 1 or p.truncated else Exact(str(p)),
    near=lambda near: None,
    reason="has single words only",
)
"""A source with nothing but words, AND, OR and NOT, whose syntax our own reader reads."""


@given(TREES, st.lists(WORDS, max_size=7).map(" ".join))
def test_what_is_asked_for_in_place_of_a_query_is_never_narrower(tree, text):
    """Every text that meets a query also meets what a poorer source is asked for in its place."""
    try:
        wider = translate(tree, POOR, "Poor")
    except RapportError:
        return
    if matches(tree, text):
        assert matches(parse(wider.text), text)
    if not wider.checked:
        assert matches(tree, text) == matches(parse(wider.text), text)
