"""How a text becomes mentions and codes."""

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipeline.classify.coder import orientation
from pipeline.classify.sections import sections
from pipeline.taxonomy.sentences import sentence_starts


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


def test_a_rule_may_look_only_at_what_follows(make_coder):
    rules = "id,decides,value,applies_to,sections,where,needs,unless,why\n"
    coder = make_coder(rules + "w,reading,patient,trust,,following,patients,,whose it is\n")
    assert readings(coder, "Patients came. It was trust.")[0][2] == "kept"
    assert readings(coder, "Patients were told of trust.")[0][2] == "kept"
    assert readings(coder, "It was trust of patients.")[0][2] == "patient"


def test_a_rule_may_hold_in_titles_alone(make_coder):
    rules = "id,decides,value,applies_to,sections,where,needs,unless,why\n"
    coder = make_coder(rules + "named,role,context,trust,title,sentence,,,in a title\n")
    title, abstract = coder.read("Trust", "Trust.").mentions
    assert (title.role, abstract.role) == ("context", "")
    assert (title.section, abstract.section) == ("", "")


def test_a_rule_may_hold_only_where_an_abstract_has_no_labels(make_coder):
    rules = "id,decides,value,applies_to,sections,where,needs,unless,why\n"
    coder = make_coder(rules + "plain,role,context,trust,unlabelled,sentence,,,in no section\n")
    assert [m.role for m in coder.read("Trust", "Trust.").mentions] == ["", "context"]
    assert [m.role for m in coder.read("", "Results: Trust.").mentions] == [""]


SCORES = """id,signal,points,why
enough,,-1.9,where it begins
enough,project,1,an effort
enough,patients,-1,people served
enough,facet:strategy,1,a strategy
"""


@pytest.fixture
def weighing(make_coder):
    rules = "id,decides,value,applies_to,sections,where,needs,unless,why\n"
    return make_coder(rules + "few,reading,too little,trust,,text,,enough,weighed\n", scores=SCORES)


def test_a_score_adds_the_points_of_its_signals_as_often_as_they_are_found(weighing):
    assert readings(weighing, "Trust. A programme. A programme.") == [
        ("Trust", "trust", "too little")
    ]
    assert readings(weighing, "Trust. A programme. A programme, a programme.")[0][2] == "kept"


def test_evidence_against_takes_points_away(weighing):
    text = "Trust. A programme. A programme, a programme."
    assert readings(weighing, f"{text} Patients.")[0][2] == "too little"


def test_a_signal_counts_for_less_each_further_time(weighing):
    text = "Trust. " + "A programme. " * 3
    assert readings(weighing, f"{text} Patients.")[0][2] == "too little"
    assert readings(weighing, f"{text * 2} Patients.")[0][2] == "too little"
    assert readings(weighing, f"{text * 3} Patients.")[0][2] == "kept"


def test_a_long_text_needs_more_evidence_where_a_score_counts_its_sentences(make_coder):
    rules = "id,decides,value,applies_to,sections,where,needs,unless,why\n"
    counting = make_coder(
        rules + "few,reading,too little,trust,,text,,enough,weighed\n",
        scores=SCORES.replace("-1.9", "0") + "enough,sentence,-0.4,long texts name more\n",
    )
    assert readings(counting, "Trust. A programme.")[0][2] == "kept"
    assert readings(counting, "Trust. A programme. " + "More. " * 3)[0][2] == "too little"


def test_the_cues_of_a_facet_count_towards_a_score(weighing):
    assert readings(weighing, "Trust. A programme, a programme. Training.")[0][2] == "kept"


@pytest.fixture
def weighing_words(make_coder):
    rules = "id,decides,value,applies_to,sections,where,needs,unless,why\n"
    return make_coder(
        rules + "few,reading,too little,trust,,text,,enough,weighed\n",
        scores=SCORES,
        words="word,enough\nnurses,1\ncells,-5\n",
    )


def test_words_without_a_cue_count_towards_a_score(weighing_words):
    assert readings(weighing_words, "Trust. A programme. Nurses.")[0][2] == "kept"
    assert readings(weighing_words, "Trust. A programme. Nurses, cells.")[0][2] == "too little"


def test_words_of_the_title_and_the_abstract_are_counted_together(weighing_words):
    assert weighing_words.read("Nurses", "Trust. Nurses, nurses.").mentions[0].reading == "kept"
    assert weighing_words.read("Nurses", "Trust. A nurse.").mentions[0].reading == "too little"


def test_what_was_weighed_is_told_with_what_each_part_adds(weighing_words):
    parts = dict(weighing_words.weighed("Nurses", "Trust. Nurses, nurses. Cells.")["enough"])
    assert parts == {"": -1.9, "“nurses”": 2.0, "“cells”": -5.0}


def test_a_text_is_about_implementation_where_its_score_says_so(make_coder):
    rules = "id,decides,value,applies_to,sections,where,needs,unless,why\n"
    about = SCORES.replace("enough", "about_implementation")
    weighing = make_coder(
        rules + "few,reading,too little,trust,,text,,about_implementation,weighed\n", scores=about
    )
    assert weighing.read("", "A programme. A programme, a programme.").about_implementation is True
    assert weighing.read("", "A programme.").about_implementation is False


def test_without_a_score_nothing_is_said_of_implementation(coder):
    assert coder.read("", "Trust. A programme.").about_implementation is None


def test_a_match_within_a_sentence_is_preferred_to_one_across_two(make_coder, make_concept):
    coder = make_coder(
        concepts=[make_concept("trust", "relationship", "built NEAR/6 trust; trust NEAR/1 grew")]
    )
    assert readings(coder, "It was built. Then trust grew.") == [("trust grew", "trust", "kept")]


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


def test_a_long_text_without_a_full_stop_is_read_in_a_time_that_grows_with_it(coder):
    """Nothing is compared with everything: twice the words take about twice the time."""

    def seconds(times):
        begun = process_time()
        coder.read("", "we built trust with staff and must earn trust to train " * times)
        return process_time() - begun

    seconds(100)
    assert seconds(12_000) < 40 * seconds(1_000) + 0.5
