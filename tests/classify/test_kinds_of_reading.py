"""Each kind of reading and role, by the rules that come along, on invented sentences."""

from functools import cache

import pytest
from pipeline.classify.coder import Coder, Reading
from pipeline.classify.readings import read_rules
from pipeline.study import default_taxonomy
from pipeline.taxonomy.read import read_taxonomy

EFFORT = "We report the implementation of a falls guideline by the staff of six clinics. "


@cache
def coder() -> Coder:
    return Coder(read_taxonomy(default_taxonomy()), read_rules())


def read(text: str) -> Reading:
    return coder().read("", EFFORT + text)


def groups(reading: Reading) -> set[str]:
    return {coder().concepts[name].group for name in reading.concepts}


def roles(text: str) -> set[str]:
    return set(read(text).roles.split(";"))


@pytest.mark.parametrize(
    ("whose", "text"),
    [
        ("implementer", "The coaches built trust with the agencies before anything else."),
        ("implementer", "There was mistrust between the hospital teams and the university."),
        ("implementer", "The plan was co-designed with nurses and managers."),
        ("implementer", "A knowledge broker linked researchers to the county offices."),
        ("implementer", "Meetings were held to gather feedback on the plan from providers."),
        ("implementer", "Parents and youth were asked; the state sought input from families."),
        ("patient", "Nurses formed a therapeutic alliance with each patient."),
        ("patient", "The home visitor strengthens the parent-child relationship."),
        ("patient", "Families may distrust the doctors who visit them."),
        ("patient", "Caseworkers and families build a partnership at intake."),
        ("patient", "The worker's countertransference was talked about in supervision."),
        ("patient", "Interactions between the residents and the staff were observed."),
        ("both", "Coaches earned the trust of agency leaders. Rapport with patients grew too."),
        ("none", "The relationship between age and adherence was significant."),
        ("none", "Staff of two NHS Trusts and the Children's Trust Fund answered."),
        ("none", "Doctors were taught communication skills for talking with patients."),
        ("none", "There is an agreement, and a committee meets once a year."),
    ],
)
def test_whose_relationship_a_text_speaks_of(whose, text):
    assert read(text).relationship == whose


@pytest.mark.parametrize(
    ("role", "text"),
    [
        ("strategy", "Coaches built trust with the agencies through weekly visits."),
        ("determinant", "Barriers were lack of trust between agencies and managers."),
        ("precondition", "It is essential to build trust with the agencies first."),
        ("outcome", "The visits resulted in stronger partnerships among the agencies."),
        ("moderator", "The effect of the visits depended on trust between coach and team."),
        ("mechanism", "The mechanism was trust between the coach and the team."),
        ("context", "Among the guiding principles is trust between agencies and communities."),
    ],
)
def test_the_role_in_which_a_relationship_is_spoken_of(role, text):
    assert role in roles(text)


def test_a_relationship_that_results_tell_of_is_an_outcome_and_nothing_that_was_done():
    told = "Methods: Visits were made. Results: They reported improved trust between the agencies."
    assert roles(told) == {"outcome"}


def test_barriers_that_a_relationship_overcomes_make_it_no_determinant():
    assert roles("Barriers can be overcome if tools are co-designed with nurses.") == {"strategy"}


def test_a_relationship_that_is_missing_is_a_determinant_and_nothing_that_was_done():
    told = read("Barriers were lack of trust between agencies and managers.")
    assert (told.relationship, told.roles) == ("implementer", "determinant")


def test_a_relationship_that_was_there_before_is_a_determinant_and_nothing_that_was_done():
    told = "The state drew on longstanding partnerships with the counties."
    assert roles(told) == {"determinant"}


def test_a_relationship_that_is_built_upon_is_something_that_is_done():
    told = "The state will strengthen existing partnerships with the counties."
    assert roles(told) == {"strategy"}


def test_a_heading_of_results_makes_no_relationship_an_outcome():
    told = "Results: In this project coaches built trust with the agencies."
    assert roles(told) == {"strategy"}


def test_a_relationship_in_one_role_makes_no_text_relational_in_what_it_does():
    done, missing = (
        "The coaches built trust with the agencies.",
        "There was mistrust among the staff.",
    )
    assert read(done).orientation in ("relational", "both")
    assert read(missing).orientation in ("transactional", "none")


@pytest.mark.parametrize(
    ("group", "text"),
    [
        ("training", "A workshop taught the nurses."),
        ("materials", "A leaflet was mailed."),
        ("reminders", "A computer reminder was shown to clinicians."),
        ("collaboration", "An advisory board of stakeholders met."),
        ("coaching_supervision", "Coaching of the staff went on for a year."),
    ],
)
def test_a_strategy_counts_where_a_text_is_about_implementation_and_not_elsewhere(group, text):
    elsewhere = "Severe disease was examined in a cohort of children and adolescents. "
    assert group in groups(read(text))
    assert group not in groups(coder().read("", elsewhere * 3 + text))


@pytest.mark.parametrize(
    ("group", "text"),
    [
        ("training", "There was a lack of training."),
        ("training", "A workshop taught parents and children."),
        ("collaboration", "Plans are made in collaboration with the family."),
        ("facilitation_support", "Barriers and facilitators to implementation were asked for."),
        ("mandate", "Use of the tool was not mandated."),
        ("training", "The other clinics received no training."),
    ],
)
def test_what_is_lacking_or_not_done_or_for_those_served_is_no_strategy(group, text):
    assert group not in groups(read(text))


def test_a_strategy_that_only_the_background_speaks_of_is_talk():
    text = (
        "Background: Workshops for nurses are common. Methods: Doctors received audit and feedback."
    )
    assert groups(coder().read("Implementation of a guideline", text)) >= {"audit_feedback"}
    assert "training" not in groups(coder().read("Implementation of a guideline", text))


def test_every_decision_names_the_rule_that_made_it():
    mentions = read("The relationship between age and adherence was significant.").mentions
    assert {(m.reading, m.rule) for m in mentions if m.text.startswith("relationship")} <= {
        ("statistical", "variables")
    }
