"""The tables of earlier stages, read into one incidence for each corpus."""

import numpy as np
import pytest
from corpora import CONCEPTS, TAXONOMY, incidence
from pipeline.errors import RapportError
from pipeline.gaps.cues import read_reliance
from pipeline.gaps.incidence import NO_YEAR, read_incidences
from pipeline.tables import CODES, from_rows, path_of, write_parquet
from pipeline.taxonomy.concepts import ROLES


def names(texts):
    return [[texts.concepts[c].id for c in np.flatnonzero(row)] for row in texts.matrix.toarray()]


def test_each_corpus_has_its_texts_in_the_order_of_the_shards(writing):
    folder = writing(
        [{"concepts": ["audit"]}, {"concepts": ["trust"], "corpus": "practice"}],
        [{"concepts": []}, {"concepts": ["reach", "audit"]}],
    )
    texts = read_incidences(folder, TAXONOMY)
    assert names(texts["research"]) == [["audit"], [], ["audit", "reach"]]
    assert names(texts["practice"]) == [["trust"]]
    assert texts["research"].record.to_pylist() == ["text:00001", "text:00003", "text:00004"]


def test_what_is_said_of_a_text_comes_along(writing):
    folder = writing(
        [
            {
                "concepts": ["trust"],
                "year": 2012,
                "document": "plan.md",
                "source": "plans",
                "roles": "outcome;strategy",
                "about_implementation": True,
            },
            {"concepts": ["audit"], "relationship": "patient", "about_implementation": False},
        ],
        [{"concepts": ["audit"], "document": "plan.md", "relationship": "both"}],
    )
    texts = read_incidences(folder, TAXONOMY)["research"]
    assert texts.related.tolist() == [True, False, True]
    assert texts.year.tolist() == [2012, NO_YEAR, NO_YEAR]
    assert [texts.sources[n] for n in texts.source] == ["plans", "first", "first"]
    assert texts.document[0] == texts.document[2] != texts.document[1]
    assert [ROLES[n] for n in np.flatnonzero(texts.roles[0])] == ["strategy", "outcome"]
    assert not texts.roles[1:].any()
    assert texts.about_implementation.tolist() == [True, False, False]


def test_an_empty_study_has_two_empty_corpora(writing):
    texts = read_incidences(writing([]), TAXONOMY)
    assert {corpus: len(part) for corpus, part in texts.items()} == {"research": 0, "practice": 0}
    assert texts["practice"].matrix.shape == (0, len(CONCEPTS))


def test_a_code_of_an_unknown_concept_or_record_is_one_clear_error(writing):
    folder = writing([{"concepts": ["audit"]}])
    for row in (
        {"record_id": "text:00001", "concept": "unheard-of"},
        {"record_id": "text:99999", "concept": "audit"},
    ):
        rows = from_rows(CODES, [{**row, "decided_by": "cue", "probability": 1.0}])
        write_parquet(rows, path_of(CODES, folder) / "00000.parquet")
        with pytest.raises(RapportError, match="is not known"):
            read_incidences(folder, TAXONOMY)


def test_shards_that_do_not_match_are_one_clear_error(writing):
    folder = writing([{"concepts": ["audit"]}], [{"concepts": ["audit"]}])
    (path_of(CODES, folder) / "00001.parquet").unlink()
    with pytest.raises(RapportError, match="same shards"):
        read_incidences(folder, TAXONOMY)


def test_passages_of_a_document_are_a_cluster_and_other_texts_their_own():
    texts = incidence([["audit"]] * 4, document=[3, 3, None, None])
    cluster = texts.cluster.tolist()
    assert cluster[0] == cluster[1]
    assert len(set(cluster)) == 3
    assert incidence([["audit"]] * 4).cluster is None


def test_texts_are_chosen_with_all_that_is_said_of_them():
    texts = incidence([["audit"], ["trust"], ["reach"]], year=[1, 2, 3])
    chosen = texts.where(np.array([True, False, True]))
    assert names(chosen) == [["audit"], ["reach"]]
    assert chosen.year.tolist() == [1, 3]
    assert chosen.record.to_pylist() == ["text:000000", "text:000002"]


# What rests on a single cue.


def codes_of(reliance, texts):
    return sorted(
        (int(text), texts.concepts[reliance.cues[cue][0]].id, reliance.cues[cue][1])
        for text, cue in zip(reliance.code_text, reliance.code_cue, strict=True)
    )


def test_a_code_rests_on_a_cue_where_it_is_the_only_one(writing):
    folder = writing(
        [
            {"concepts": {"audit": ["audit*", "feedback"], "trust": ["trust*"]}},
            {"concepts": {"audit": ["audit*", "audit*"]}, "corpus": "practice"},
        ],
        [{"concepts": {"audit": ["feedback"]}}],
    )
    texts = read_incidences(folder, TAXONOMY)
    told = read_reliance(folder, texts["research"].concepts)
    assert codes_of(told["research"], texts["research"]) == [
        (0, "trust", "trust*"),
        (1, "audit", "feedback"),
    ]
    assert codes_of(told["practice"], texts["practice"]) == [(0, "audit", "audit*")]


def test_a_code_that_a_model_decided_rests_on_no_cue(writing):
    folder = writing([{"concepts": {"audit": ["audit*"]}, "decided_by": "model"}])
    told = read_reliance(folder, CONCEPTS)["research"]
    assert not len(told.code_text)


def test_a_relationship_rests_on_a_cue_where_all_that_is_said_of_it_is_of_that_cue(writing):
    folder = writing(
        [
            {"concepts": {"trust": ["trust*"], "rapport": ["alliance"]}},
            {"concepts": {"trust": ["trust*"], "listening": ["listen*"]}},
        ]
    )
    told = read_reliance(folder, CONCEPTS)["research"]
    assert [
        (int(t), told.cues[c][1]) for t, c in zip(told.tie_text, told.tie_cue, strict=True)
    ] == [
        (0, "trust*")  # rapport is with patients
    ]
