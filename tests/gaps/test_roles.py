"""In what role a relationship is mentioned, and with what a determinant is met."""

from corpora import incidence
from pipeline.gaps.roles import answer_rows, role_rows


def cell(rows, **wanted):
    [row] = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    return row["n"], row["total"], row["share"]


def test_roles_are_counted_among_texts_that_mention_a_relationship():
    texts = incidence(
        [["trust"], ["trust"], ["trust"], ["audit"]],
        roles=[["strategy", "outcome"], ["strategy"], [], ["strategy"]],
    )
    rows = role_rows("research", texts)
    assert cell(rows, role="strategy", outcome="") == (2, 3, 2 / 3)
    assert cell(rows, role="outcome", outcome="") == (1, 3, 1 / 3)
    assert cell(rows, role="moderator", outcome="") == (0, 3, 0.0)


def test_outcomes_are_crossed_with_roles():
    texts = incidence(
        [["trust", "reach"], ["trust", "cost"], ["trust", "reach"]],
        roles=[["strategy"], ["moderator"], ["moderator"]],
    )
    rows = role_rows("research", texts)
    assert cell(rows, role="strategy", outcome="reach") == (1, 2, 0.5)
    assert cell(rows, role="moderator", outcome="cost") == (1, 1, 1.0)
    assert cell(rows, role="strategy", outcome="cost") == (0, 1, 0.0)


def test_where_no_relationship_is_mentioned_no_role_has_a_share():
    rows = role_rows("research", incidence([["audit"]]))
    assert {(row["n"], row["total"], row["share"], row["low"]) for row in rows} == {
        (0, 0, None, None)
    }


def test_each_text_that_names_a_determinant_meets_it_in_one_way():
    texts = incidence(
        [
            ["distrust", "coaching"],
            ["distrust", "audit"],
            ["distrust", "audit", "workshop"],
            ["distrust", "audit", "coaching"],
            ["distrust", "facilitation"],
            ["distrust"],
            ["audit"],
        ]
    )
    rows = answer_rows("research", texts, "orientation")
    told = {row["answer"]: row["n"] for row in rows}
    assert told == {
        "relational only": 1,
        "transactional only": 2,
        "both": 1,
        "neither": 1,
        "no strategy": 1,
    }
    assert {row["total"] for row in rows} == {6}


def test_a_relationship_used_as_a_strategy_is_a_relational_answer():
    texts = incidence(
        [["distrust", "trust"], ["distrust", "trust"]], roles=[["strategy"], ["determinant"]]
    )
    told = {row["answer"]: row["n"] for row in answer_rows("research", texts, "orientation")}
    assert (told["relational only"], told["no strategy"]) == (1, 1)


def test_another_rating_gives_other_answers():
    texts = incidence([["distrust", "facilitation"]])
    told = {r["answer"]: r["n"] for r in answer_rows("research", texts, "orientation_generous")}
    assert told["relational only"] == 1
