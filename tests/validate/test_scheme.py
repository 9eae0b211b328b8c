"""The columns of the coding sheet come from the taxonomy; the orientation from the codes."""

import numpy as np
import pytest
from pipeline.errors import RapportError
from pipeline.taxonomy.concepts import Taxonomy
from pipeline.validate.scheme import (
    ORIENTATIONS,
    filled_by_rule,
    orientation,
    read_scheme,
    relationship,
)

nan = np.nan


@pytest.fixture
def coded(scheme):
    """The codes of one text: 1 for those named, 0 for all others, or nan for those given as such."""

    def make(*present, **other):
        values = np.zeros(len(scheme.names))
        for name in present:
            values[scheme.names.index(name)] = 1
        for name, value in other.items():
            values[scheme.names.index(name)] = value
        return values

    return make


@pytest.fixture
def oriented(coded, scheme):
    def make(*present, **other):
        return dict(zip(ORIENTATIONS, orientation(coded(*present, **other), scheme), strict=True))

    return make


def test_a_group_of_several_concepts_is_one_column(scheme):
    assert scheme.family("strategy") == ("training", "reminders", "collaboration")
    assert scheme.column_of["workshop"] == scheme.column_of["course"] == "training"


def test_relationships_with_patients_have_a_column_of_their_own(scheme):
    assert scheme.family("relational") == ("trust",)
    assert scheme.column_of["alliance"] == "rel_patient"


def test_the_codebook_tells_what_belongs_to_a_group(scheme):
    rule = next(code.rule for code in scheme.codes if code.name == "training")
    assert "Workshop: What is meant by workshop." in rule
    assert "Course: What is meant by course." in rule


def test_a_group_named_like_another_column_is_refused(taxonomy):
    from dataclasses import replace

    clash = replace(taxonomy.concepts[0], group="rel_patient")
    with pytest.raises(RapportError, match="rel_patient"):
        read_scheme(Taxonomy((clash,), "", "taxonomy.csv"))


def test_a_relationship_built_on_purpose_makes_a_text_relational(oriented):
    assert oriented("rel_implementer", "role_strategy")["relational"] == 1


def test_a_relationship_in_the_background_does_not(oriented):
    assert oriented("rel_implementer", "role_context", "training")["transactional"] == 1


def test_a_strategy_beside_it_makes_a_text_both(oriented):
    assert oriented("rel_implementer", "role_mechanism", "training")["both"] == 1


def test_collaboration_alone_does_not_make_a_relational_text_transactional(oriented):
    assert oriented("rel_implementer", "role_strategy", "collaboration")["relational"] == 1


def test_collaboration_alone_is_transactional_without_a_relationship(oriented):
    assert oriented("collaboration")["transactional"] == 1


def test_nothing_coded_is_none(oriented):
    assert oriented()["none"] == 1


def test_an_orientation_that_hangs_on_a_blank_is_not_told(oriented):
    assert np.isnan(oriented("training", rel_implementer=nan, role_strategy=nan)["both"])


def test_an_orientation_that_does_not_hang_on_a_blank_is_told(oriented):
    assert oriented("training", reminders=nan)["transactional"] == 1


def test_whose_relationship_it_is(coded, scheme):
    both = relationship(coded("rel_implementer", "rel_patient"), scheme)
    patient = relationship(coded("rel_patient"), scheme)
    assert both.tolist() == [0, 0, 1, 0]
    assert patient.tolist() == [0, 1, 0, 0]


def test_blanks_are_0_where_the_question_does_not_arise(scheme):
    values = np.full((2, len(scheme.names)), nan)
    values[:, scheme.names.index("implementation")] = (0, 1)
    filled = filled_by_rule(values, scheme)
    training = scheme.names.index("training")
    assert filled[0, training] == 0
    assert np.isnan(filled[1, training])
    assert np.isnan(filled[0, scheme.names.index("rel_patient")])


def test_the_orientation_of_the_gold_texts_follows_from_their_codes(gold):
    said = orientation(gold.settled(), gold.scheme)
    told = [ORIENTATIONS[place] for place in said.argmax(axis=1)]
    assert told == [row["codes"]["orientation"] for row in gold.rows]
