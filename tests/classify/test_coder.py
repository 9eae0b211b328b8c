"""How a text becomes mentions and codes."""

from hypothesis import given, settings
from hypothesis import strategies as st
from pipeline.classify.coder import orientation
from pipeline.classify.sections import sections
from pipeline.classify.sentences import sentence_starts


def readings(coder, abstract, title=""):
    return [(m.text, m.concept, m.reading) for m in coder.read(title, abstract).mentions]


def test_a_mention_is_found_in_title_and_abstract_at_its_exact_place(coder):
    title, abstract = "Training nurses", "Background: none. Methods: We held a workshop."
    first, second = coder.read(title, abstract).mentions
    assert (first.field, title[first.start : first.end]) == ("title", "Training")
    assert (second.field, abstract[second.start : second.end]) == ("abstract", "workshop")
    assert (second.sentence, second.section) == (1, "methods")


def test_a_hit_inside_an_exclude_is_read_as_excluded(coder):
    (mention,) = coder.read("", "Held in two NHS Trusts, by a trust fund.").mentions[-1:]
    assert (mention.reading, mention.rule) == ("excluded", '"trust fund*"')


def test_a_text_with_excluded_mentions_alone_is_not_coded(coder):
    assert coder.read("", "A trust fund paid.").concepts == ()


def test_one_place_is_one_mention_of_a_concept(make_coder, make_concept):
    coder = make_coder(
        concepts=[make_concept("trust", "relationship", 'trust; "mutual trust"; tru*')]
    )
    assert readings(coder, "They had mutual trust.") == [("mutual trust", "trust", "kept")]


def test_the_first_rule_that_holds_decides_the_reading(coder):
    assert readings(coder, "The patients had trust.") == [("trust", "trust", "patient")]


def test_a_rule_does_not_hold_where_a_signal_it_excludes_is_found(coder):
    assert readings(coder, "Nurses build trust with patients.") == [("trust", "trust", "kept")]


def test_a_rule_looks_no_further_than_it_says(coder):
    assert readings(coder, "There were patients. Trust grew.")[0][2] == "kept"


def test_a_rule_may_look_at_the_whole_text(coder):
    assert readings(coder, "Fidelity was high.") == [("Fidelity", "fidelity", "not implementation")]
    assert readings(coder, "Fidelity was high.", "A programme")[0][2] == "kept"


def test_every_rule_for_a_role_that_holds_adds_its_role(coder):
    (mention,) = coder.read("", "Methods: They build trust, a prerequisite.").mentions
    assert mention.role == "strategy;precondition"
    assert mention.rule == "built;needed"


def test_a_rule_for_a_section_holds_only_there(coder):
    (mention,) = coder.read("", "Results: They build trust.").mentions
    assert mention.role == ""


def test_a_relationship_is_told_from_one_with_patients(coder):
    assert coder.read("", "There was trust.").relationship == "implementer"
    assert coder.read("", "Patients had trust.").relationship == "patient"
    assert coder.read("", "A therapeutic alliance.").relationship == "patient"
    assert coder.read("", "Patients had trust. And staff trust grew.").relationship == "both"
    assert coder.read("", "Credible news.").relationship == "none"


def test_a_text_is_relational_only_where_the_relationship_does_something(coder):
    assert coder.read("", "There was trust.").orientation == "none"
    assert coder.read("", "No gain without trust.").orientation == "relational"
    assert coder.read("", "No gain without trust. Staff training.").orientation == "both"
    assert coder.read("", "Staff training.").orientation == "transactional"


def test_a_collaboration_alone_makes_no_relational_text_transactional_too():
    assert orientation(True, {"collaboration"}) == "relational"
    assert orientation(False, {"collaboration"}) == "transactional"
    assert orientation(True, {"collaboration", "training"}) == "both"


def test_an_empty_text_says_nothing(coder):
    told = coder.read("", "")
    assert (told.mentions, told.concepts, told.orientation) == ((), (), "none")


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["trust", "NHS Trust", "trained", "é", "\n", ". Then", "build", "“q”"])
    )
)
def test_every_mention_slices_back_to_its_text(plain_coder, words):
    text = " ".join(words)
    for mention in plain_coder.read("", text).mentions:
        assert text[mention.start : mention.end] == mention.text


def test_sentences_do_not_end_at_abbreviations_or_initials():
    text = "Dr. A. Smith, e.g. and Jones et al. (2019) came. Then they left! “Why?” Nobody knew."
    starts = sentence_starts(text)
    assert [text[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)] == [
        "Dr. A. Smith, e.g. and Jones et al. (2019) came.",
        "Then they left!",
        "“Why?”",
        "Nobody knew.",
    ]


def test_list_items_are_sentences():
    assert len(sentence_starts("Needs:\n- staff\n- trust")) == 3


def test_sections_are_told_from_labels_in_any_case():
    text = "BACKGROUND: a. Methods and analysis: b. RESULTS: c. Conclusions/Implications: d."
    assert [name for _, name in sections(text)] == [
        "background",
        "methods",
        "results",
        "conclusions",
    ]


def test_a_label_of_two_sections_is_the_first():
    assert sections("Background and purpose: a.") == [(0, "background")]


def test_a_text_without_labels_has_no_sections():
    assert sections("We studied methods of training. Results were good.") == []
