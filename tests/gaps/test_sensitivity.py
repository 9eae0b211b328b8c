"""What vanishes when one year, source or cue is left out, or under another rating."""

from dataclasses import replace

import numpy as np
import pytest
from corpora import TAXONOMY, concept, incidence
from pipeline.gaps.chance import closed_null
from pipeline.gaps.cues import Reliance, read_reliance
from pipeline.gaps.incidence import read_incidences
from pipeline.gaps.sensitivity import findings, needed, outcomes, sensitivity_rows
from pipeline.gaps.settings import Settings
from pipeline.gaps.verdicts import NEVER, judge

OTHERS = tuple(concept(f"other{n}", "setting") for n in range(8))
CONCEPTS = (
    concept("audit", orientation="highly transactional", generous="operational"),
    concept("coaching", orientation="semi-relational"),
    concept("trust", "relationship"),
    *OTHERS,
)
NOTHING = np.zeros(0, np.int64)
NO_RELIANCE = Reliance([], NOTHING, NOTHING, NOTHING, NOTHING)


def corpus(*groups):
    """Texts that name the concepts of a group, so many times, each with another concept or two."""
    names = []
    for number, group in groups:
        for _ in range(number):
            n = len(names)
            names.append([*group, f"other{n % 8}", *([f"other{n // 8 % 8}"] if n % 3 else [])])
    return incidence(names, CONCEPTS)


def asked_again(texts, reliance=NO_RELIANCE, rating="orientation"):
    judged = judge(closed_null(texts, 0), Settings())
    found = findings(texts, judged, Settings(), rating)
    told = list(outcomes(found, reliance))
    rows = sensitivity_rows("research", found, told)
    return {(r["change"], r["value"]): r for r in rows}, needed(found, told), judged


SILENT = ((80, ["audit"]), (80, ["trust"]), (100, []))


def test_the_findings_as_they_are_come_first():
    rows, needs, judged = asked_again(corpus(*SILENT))
    assert NEVER in judged.verdict
    row = rows["nothing", ""]
    assert (row["n"], row["unmentioned"]) == (80, 1.0)
    assert (row["silences"], row["headline_silences"], row["vanished"]) == (1, 1, 0)
    assert len(needs) == 1


def test_a_silence_that_only_one_year_makes_vanishes_without_it():
    texts = corpus(*SILENT)
    year = np.full(len(texts), 2001, np.int32)
    year[:70] = 2002  # nearly all that name the strategy
    rows, needs, _ = asked_again(replace(texts, year=year))
    assert rows["year", "2002"]["vanished_pairs"] == "audit + trust"
    assert rows["year", "2002"]["n"] == 10
    assert "year 2002" in needs[0]


def test_a_silence_that_every_year_shows_stands_without_any():
    texts = corpus(*SILENT, *SILENT)
    year = 2000 + np.arange(len(texts), dtype=np.int32) % 4
    rows, needs, _ = asked_again(replace(texts, year=year))
    assert [rows["year", str(y)]["vanished"] for y in range(2000, 2004)] == [0] * 4
    assert "year" not in needs[0]


def test_a_source_is_left_out_too_where_there_are_two():
    texts = corpus(*SILENT)
    assert not any(change == "source" for change, _ in asked_again(texts)[0])
    source = np.zeros(len(texts), np.int32)
    source[:75] = 1
    rows, needs, _ = asked_again(replace(texts, source=source))
    assert rows["source", "second"]["vanished"] == 1
    assert rows["source", "second"]["texts"] == 75
    assert "source second" in needs[0]


def test_without_a_year_counts_and_expectations_are_those_of_the_rest():
    """Leaving texts out in this short way is as judging the rest anew, as far as verdicts go."""
    texts = corpus(*SILENT, *SILENT)
    year = np.where(np.arange(len(texts)) % 3 == 0, 2000, 2001).astype(np.int32)
    texts = replace(texts, year=year)
    rows, _, judged = asked_again(texts)
    rest = judge(closed_null(texts.where(year != 2000), 0), Settings())
    assert rows["year", "2000"]["silences"] == rest.silent.sum() == judged.silent.sum()


def test_under_another_rating_a_pair_may_not_be_the_kind_asked_about():
    rows, needs, _ = asked_again(corpus(*SILENT))
    row = rows["rating", "orientation_generous"]
    assert (row["headline_silences"], row["vanished"]) == (0, 1)
    assert rows["rating", "orientation"]["vanished"] == 0
    assert needs[0] == "rating orientation_generous"


def test_contact_is_told_under_each_rating():
    texts = corpus((10, ["coaching"]), (5, ["coaching", "trust"]), (3, ["audit"]))
    rows, _, _ = asked_again(texts)
    row = rows["rating", "orientation"]
    assert (row["contact_n"], row["contact_unmentioned"]) == (15, 10 / 15)


def reliance_of(texts, name, text, cue="the only cue", ties=()):
    place = [c.id for c in texts.concepts].index(name)
    text, ties = np.array(text, np.int64), np.array(ties, np.int64)
    return Reliance([(place, cue)], text, np.zeros_like(text), ties, np.zeros_like(ties))


def test_a_silence_of_a_concept_that_one_cue_finds_vanishes_without_it():
    texts = corpus(*SILENT)
    rows, needs, _ = asked_again(texts, reliance_of(texts, "audit", range(70)))
    row = rows["cue", "the only cue"]
    assert (row["concept"], row["texts"], row["n"], row["vanished"]) == ("audit", 70, 10, 1)
    assert "cue the only cue of audit" in needs[0]


def test_a_silence_stands_without_a_cue_that_finds_little():
    texts = corpus(*SILENT)
    rows, needs, _ = asked_again(texts, reliance_of(texts, "audit", range(5)))
    assert rows["cue", "the only cue"]["vanished"] == 0
    assert "cue" not in needs[0]


def test_without_the_cue_of_a_relationship_fewer_texts_mention_one():
    texts = corpus((10, ["coaching", "trust"]), (10, ["coaching"]))
    rows, _, _ = asked_again(texts, reliance_of(texts, "trust", range(4), ties=range(4)))
    row = rows["cue", "the only cue"]
    assert rows["nothing", ""]["unmentioned"] == 0.5
    assert row["unmentioned"] == pytest.approx(14 / 20)
    assert row["contact_unmentioned"] == pytest.approx(14 / 20)


def test_a_text_with_another_strategy_stays_without_a_cue():
    texts = corpus((10, ["coaching", "audit"]), (10, ["audit"]))
    rows, _, _ = asked_again(texts, reliance_of(texts, "audit", range(20)))
    row = rows["cue", "the only cue"]
    assert (row["n"], row["contact_n"]) == (10, 10)


def test_a_corpus_of_nothing_has_findings_of_nothing():
    rows, needs, _ = asked_again(incidence([], CONCEPTS))
    assert rows["nothing", ""]["unmentioned"] is None
    assert needs == []


def test_cues_are_read_from_mentions(writing):
    folder = writing(
        [{"concepts": {"audit": ["audit*"], "trust": ["trust*"]}} for _ in range(2)]
        + [{"concepts": {"audit": ["audit*", "feedback"]}}]
    )
    texts = read_incidences(folder, TAXONOMY)["research"]
    reliance = read_reliance(folder, texts.concepts)["research"]
    judged = judge(closed_null(texts, 0), Settings())
    found = findings(texts, judged, Settings(), "orientation")
    rows = sensitivity_rows("research", found, list(outcomes(found, reliance)))
    told = {r["value"]: (r["n"], r["unmentioned"]) for r in rows if r["change"] == "cue"}
    assert told == {"audit*": (1, 1.0), "trust*": (3, 1.0)}


def test_a_silence_stands_only_if_all_pairs_corrected_together_still_tell_it():
    """Told alone or with others told: leaving out the others' evidence moves the bar for it."""
    texts = corpus(*SILENT)
    judged = judge(closed_null(texts, 0), Settings())
    found = findings(texts, judged, Settings(), "orientation")
    pair = np.flatnonzero(judged.silent)
    one = pair[:1]
    assert found.stand(one, judged.n_ab[one], 1.0).all()
    # As if half of what is expected were gone, the probability is beyond the bar of all tests.
    weak = found.stand(one, judged.n_ab[one], 0.02)
    assert not weak[0]
