"""What a model's verdicts change in the codes of a text."""

import numpy as np
import pytest
from pipeline.classify.decisions import Said, Sheet, targets
from pipeline.classify.learning import labels_of
from pipeline.taxonomy.concepts import Taxonomy

YES, NO = Said(True, 0.8), Said(False, 0.1)
STANDS_FOR = {"training": "training", "collaboration": "coalition", "trust": "trust"}


@pytest.fixture
def adjust(coder):
    def adjusted(text, **said):
        sheet = Sheet(coder.concepts, STANDS_FOR)
        return sheet.adjusted(coder.read("", text), said)

    return adjusted


def test_without_a_verdict_a_reading_stays_as_it_is(coder, adjust):
    text = "Methods: We build trust, and training is a prerequisite of trust with patients."
    assert adjust(text) == (coder.read("", text), {})


def test_a_group_that_is_absent_is_overruled_and_its_mentions_stay(adjust):
    reading, decided = adjust("Training and a coalition.", training=NO)
    assert [(m.concept, m.reading, m.rule) for m in reading.mentions] == [
        ("training", "overruled", "learned"),
        ("coalition", "kept", ""),
    ]
    assert reading.concepts == ("coalition",)
    assert decided == {}


def test_a_group_that_is_present_is_coded_as_the_concept_the_cues_kept(adjust):
    reading, decided = adjust("Training.", training=YES)
    assert reading.concepts == ("training",)
    assert decided == {"training": 0.8}


def test_a_group_without_a_mention_is_coded_as_the_concept_that_stands_for_it(adjust):
    reading, decided = adjust("A lesson.", training=YES)
    assert (reading.mentions, reading.concepts) == ((), ("training",))
    assert decided == {"training": 0.8}
    assert reading.orientation == "transactional"


def test_a_trusting_relationship_that_is_denied_takes_roles_and_orientation_with_it(adjust):
    text = "Methods: We build trust and give training."
    before, _ = adjust(text)
    after, _ = adjust(text, rel_implementer=NO)
    assert (before.orientation, before.relationship) == ("both", "implementer")
    assert (after.orientation, after.relationship, after.roles) == ("transactional", "none", "")
    assert "trust" not in after.concepts


def test_a_relationship_without_a_mention_is_told_and_no_concept_made_up(adjust):
    reading, decided = adjust("They got on well.", rel_implementer=YES, role_strategy=YES)
    assert (reading.relationship, reading.roles) == ("implementer", "strategy")
    assert reading.orientation == "relational"
    assert (reading.concepts, decided) == ((), {})


def test_a_role_is_told_only_of_a_relationship(adjust):
    reading, _ = adjust("Training.", role_strategy=YES)
    assert (reading.relationship, reading.roles) == ("none", "")


def test_a_text_that_is_not_about_implementation_has_no_strategy_and_no_relationship(adjust):
    reading, decided = adjust(
        "Training, trust, fidelity of a programme.", implementation=NO, training=YES
    )
    assert reading.concepts == ("fidelity",)
    assert (reading.orientation, reading.relationship) == ("none", "none")
    assert reading.about_implementation is False
    assert decided == {}


def test_a_text_about_implementation_gets_back_what_was_set_aside_for_want_of_it(make_coder):
    rules = "id,decides,value,applies_to,sections,where,needs,unless,why\n"
    rules += "off_topic,reading,no implementation,facet:strategy,,text,,project,no effort\n"
    coder = make_coder(rules=rules)
    reading = coder.read("", "Training.")
    assert reading.concepts == ()
    after, decided = Sheet(coder.concepts).adjusted(reading, {"implementation": YES})
    assert [(m.reading, m.rule) for m in after.mentions] == [("kept", "learned")]
    assert (after.concepts, decided) == (("training",), {"training": 0.8})


def test_the_relationship_with_patients_is_decided_apart(adjust):
    text = "A therapeutic alliance, and trust."
    assert adjust(text)[0].relationship == "both"
    reading, _ = adjust(text, rel_patient=NO)
    assert (reading.relationship, reading.concepts) == ("implementer", ("trust",))


def test_targets_follow_the_coding_sheet(coder):
    taxonomy = Taxonomy(tuple(coder.concepts.values()), "", "")
    assert targets(taxonomy)[:7] == (
        "implementation",
        "training",
        "collaboration",
        "trust",
        "credibility",
        "rel_implementer",
        "rel_patient",
    )


def cells(*rows):
    names = ["implementation", "training", "rel_implementer", "role_strategy"]
    names += [
        f"role_{r}" for r in "mechanism moderator precondition outcome determinant context".split()
    ]
    return labels_of(rows, names, {"training"})


def test_coders_who_differ_teach_nothing_until_they_settle_it():
    differ = [("r", "a", "training", 1), ("r", "b", "training", 0)]
    assert np.isnan(cells(*differ)["r"][1])
    assert cells(*differ, ("r", "reconciled", "training", 1))["r"][1] == 1


def test_a_blank_cell_is_absent_only_where_the_rules_of_the_sheet_say_so():
    labels = cells(("r", "a", "implementation", 0), ("s", "a", "implementation", 1))
    assert labels["r"].tolist() == [0.0] * 10
    assert np.isnan(labels["s"][1:]).all()
