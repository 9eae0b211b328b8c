"""A small taxonomy and small rules, made for each test."""

import pytest
from pipeline.classify.coder import Coder
from pipeline.classify.readings import Rules, read_rules
from pipeline.taxonomy.concepts import Concept, Taxonomy
from pipeline.taxonomy.cues import parse, split


def concept(id: str, facet: str, cues: str, exclude: str = "", group: str = "") -> Concept:
    return Concept(
        id=id,
        label=id,
        facet=facet,
        cluster="",
        group=group,
        number="",
        ratings={},
        cues=tuple(parse(text) for _, text in split(cues)),
        exclude=tuple(parse(text) for _, text in split(exclude)),
        definition="",
        source="",
        row=2,
    )


CONCEPTS = (
    concept("training", "strategy", "train*; workshop*", group="training"),
    concept("coalition", "strategy", "coalition*", group="collaboration"),
    concept(
        "trust", "relationship", "trust; trusting", '"NHS trust*"; "trust fund*"', group="trust"
    ),
    concept("credible", "relationship", "credible", group="credibility"),
    concept("alliance", "relationship", '"therapeutic alliance"', group="patient"),
    concept("fidelity", "outcome", "fidelity"),
)

SIGNALS = """id,meaning,cues
patients,people served,patient*; famil*
building,somebody acts,build* OR earn*
need,a condition,without; prerequisite*
project,an effort,programme
"""

RULES = """id,decides,value,applies_to,sections,where,needs,unless,why
with_patients,reading,patient,facet:relationship,,sentence,patients,building,whose it is
off_topic,reading,not implementation,fidelity,,text,,project,no effort
built,role,strategy,facet:relationship,methods;,before,building,,done on purpose
needed,role,precondition,trust,,sentence,need,,a condition
"""


@pytest.fixture
def make_coder(tmp_path):
    def make(
        rules: str = RULES,
        signals: str = SIGNALS,
        concepts=CONCEPTS,
        scores: str = "",
        words: str = "",
    ) -> Coder:
        (tmp_path / "signals.csv").write_text(signals, encoding="utf-8")
        if scores:
            (tmp_path / "scores.csv").write_text(scores, encoding="utf-8")
        if words:
            (tmp_path / "words.csv").write_text(words, encoding="utf-8")
        (tmp_path / "readings.csv").write_text(rules, encoding="utf-8")
        return Coder(Taxonomy(tuple(concepts), "hash", "taxonomy.csv"), read_rules(tmp_path))

    return make


@pytest.fixture
def coder(make_coder):
    return make_coder()


@pytest.fixture
def make_concept():
    return concept


@pytest.fixture(scope="session")
def plain_coder():
    """The same concepts without any rule."""
    return Coder(Taxonomy(CONCEPTS, "", ""), Rules((), (), ""))
