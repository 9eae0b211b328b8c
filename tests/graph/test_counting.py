"""How often concepts are named, alone and together."""

from collections import Counter
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pipeline.errors import RapportError
from pipeline.graph.counting import NO_YEAR, count
from pipeline.tables import CODES, CORPORA, MENTIONS, RECORDS, path_of, read_shard, write_parquet

CONCEPTS = ("o1", "r1", "s1", "s2")

mention = st.tuples(
    st.sampled_from(CONCEPTS),
    st.sampled_from(("title", "abstract")),
    st.integers(0, 3),
    st.sampled_from(("kept", "kept", "negated")),
)
texts = st.lists(
    st.fixed_dictionaries(
        {
            "corpus": st.sampled_from(CORPORA),
            "year": st.none() | st.integers(1990, 2020),
            "relationship": st.sampled_from(("implementer", "patient", "both", "none")),
            "codes": st.lists(st.sampled_from(CONCEPTS), unique=True),
            "mentions": st.lists(mention, max_size=8),
            "abstract": st.sampled_from(("", "One.", "One. Two! Three? Four (4).")),
        }
    ),
    max_size=10,
).map(lambda rows: [{**row, "id": f"doi:{number}"} for number, row in enumerate(rows)])


def pairs_of(groups):
    """How many groups hold each pair of concepts, by brute force; a concept pairs with itself."""
    found = Counter()
    for group in groups:
        found.update(combinations_with_replacement(sorted(set(group)), 2))
    return found


def as_pairs(matrix):
    return Counter(
        {
            (CONCEPTS[a], CONCEPTS[b]): int(matrix[a, b])
            for a, b in zip(*np.triu_indices(len(CONCEPTS)), strict=True)
            if matrix[a, b]
        }
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(texts, st.integers(1, 4))
def test_counts_are_those_of_a_brute_force_count(tmp_path_factory, study_of, rows, shard_rows):
    folder = study_of(tmp_path_factory.mktemp("study"), rows, shard_rows)
    counts = count(folder, CONCEPTS)
    for corpus in CORPORA:
        own = [row for row in rows if row["corpus"] == corpus]
        sentences = {}
        for row in own:
            for concept, field, sentence, reading in row["mentions"]:
                if reading == "kept":
                    sentences.setdefault((row["id"], field, sentence), []).append(concept)
        counted = counts[corpus]
        assert as_pairs(counted.together["abstract"]) == pairs_of(row["codes"] for row in own)
        assert as_pairs(counted.together["sentence"]) == pairs_of(sentences.values())
        for matrix in counted.together.values():
            assert (matrix == matrix.T).all()
        assert counted.units["abstract"] == len(own)
        for place, concept in enumerate(CONCEPTS):
            naming = [row for row in own if concept in row["codes"]]
            related = [row for row in naming if row["relationship"] in ("implementer", "both")]
            years = [row["year"] for row in naming if row["year"] is not None]
            span = (min(years), max(years)) if years else NO_YEAR
            assert counted.related[place] == len(related)
            assert (counted.first_year[place], counted.last_year[place]) == span


def test_a_concept_counts_once_in_a_sentence_that_names_it_twice(tmp_path, study_of):
    mentions = [("s1", "abstract", 0), ("s1", "abstract", 0), ("s2", "abstract", 0)]
    study_of(tmp_path, [{"id": "a", "codes": ["s1", "s2"], "mentions": mentions}])
    together = count(tmp_path, CONCEPTS)["research"].together["sentence"]
    assert (together[2, 2], together[3, 3], together[2, 3]) == (1, 1, 1)


def test_the_first_sentence_of_the_title_is_not_that_of_the_abstract(tmp_path, study_of):
    mentions = [("s1", "title", 0), ("s2", "abstract", 0)]
    study_of(tmp_path, [{"id": "a", "codes": ["s1", "s2"], "mentions": mentions}])
    assert count(tmp_path, CONCEPTS)["research"].together["sentence"][2, 3] == 0


@pytest.mark.parametrize(
    ("title", "abstract", "sentences"),
    [
        ("", "", 0),
        ("A title", "", 1),
        ("A title", "One sentence. Another one! “A third?” 4 more.", 5),
        ("", "A mean of 3.5 (p < .05), e.g. for staff, is one.", 1),
        ("", "Études menées. Équipes formées.", 2),
    ],
)
def test_sentences_are_told_by_their_end_marks(tmp_path, study_of, title, abstract, sentences):
    study_of(tmp_path, [{"id": "a", "codes": [], "title": title, "abstract": abstract}])
    assert count(tmp_path, CONCEPTS)["research"].units["sentence"] == sentences


def test_there_are_never_fewer_sentences_than_those_that_name_something(tmp_path, study_of):
    mentions = [("s1", "abstract", sentence) for sentence in range(5)]
    study_of(tmp_path, [{"id": "a", "codes": ["s1"], "abstract": "One.", "mentions": mentions}])
    assert count(tmp_path, CONCEPTS)["research"].units["sentence"] == 5


def test_sentences_go_to_the_corpus_of_their_text_whatever_the_order_of_records(tmp_path, study_of):
    study_of(
        tmp_path,
        [
            {"id": "a", "codes": [], "corpus": "research", "abstract": "One. Two. Three."},
            {"id": "b", "codes": [], "corpus": "practice", "abstract": "One."},
        ],
    )
    shard = path_of(RECORDS, tmp_path) / "00000.parquet"
    write_parquet(read_shard(RECORDS, shard).take([1, 0]), shard)
    counts = count(tmp_path, CONCEPTS)
    assert [counts[corpus].units["sentence"] for corpus in CORPORA] == [3, 1]


def test_a_study_without_texts_counts_nothing(tmp_path, study_of):
    for counted in count(study_of(tmp_path, []), CONCEPTS).values():
        assert counted.units == {"abstract": 0, "sentence": 0}
        assert not counted.together["abstract"].any()


@pytest.mark.parametrize("codes", [["s9"], ["s1", "S1"]])
def test_a_code_that_the_taxonomy_lacks_is_an_error_that_names_it(tmp_path, study_of, codes):
    study_of(tmp_path, [{"id": "a", "codes": codes}])
    with pytest.raises(RapportError, match=rf"00000.parquet: '{codes[-1]}' is not known"):
        count(tmp_path, CONCEPTS)


def test_a_code_of_a_record_that_is_not_there_is_an_error(tmp_path, study_of):
    study_of(tmp_path, [{"id": "a", "codes": ["s1"]}, {"id": "b", "codes": ["s1"]}], 1)
    codes = path_of(CODES, tmp_path)
    write_parquet(read_shard(CODES, codes / "00001.parquet"), codes / "00000.parquet")
    with pytest.raises(RapportError, match="'b' is not known"):
        count(tmp_path, CONCEPTS)


def test_a_missing_shard_is_an_error_that_names_the_table(tmp_path: Path, study_of):
    study_of(tmp_path, [{"id": "a", "codes": ["s1"]}, {"id": "b", "codes": ["s1"]}], 1)
    (path_of(MENTIONS, tmp_path) / "00001.parquet").unlink()
    with pytest.raises(RapportError, match="mentions: has not the same shards as records"):
        count(tmp_path, CONCEPTS)
