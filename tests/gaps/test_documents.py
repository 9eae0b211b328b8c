"""How much documents differ, told from everything that their passages say."""

import numpy as np
import pytest
from corpora import incidence
from passages import chances, sizes
from pipeline.gaps.documents import named, spread_of, spread_told
from pipeline.gaps.intervals import UNKNOWN, tally, tally_documents


def told(spread, number=60, concepts=40):
    random = np.random.default_rng(5)
    shares = np.exp(random.uniform(np.log(0.005), np.log(0.3), concepts))
    size = sizes(random, number, 100)
    yes = random.binomial(size, chances(random, shares, spread, number, "beta"))
    cell = np.repeat(np.arange(concepts), number)
    return spread_told(tally_documents(cell, np.tile(size, concepts), yes.ravel(), concepts))


@pytest.mark.parametrize("spread", [0.2, 0.5, 1.5])
def test_the_spread_is_found_from_concepts_common_and_rare(spread):
    assert told(spread) == pytest.approx(spread, rel=0.2)


def test_documents_that_do_not_differ_have_next_to_no_spread():
    assert told(0) < 0.02


def test_texts_that_are_no_passages_have_none():
    assert spread_of(incidence([["audit"], ["trust"]])) == 0


def test_of_a_single_document_nothing_is_known():
    assert spread_of(incidence([["audit"], ["trust"]] * 5, document=[1] * 10)) == UNKNOWN


def test_each_concept_is_counted_over_all_texts_whether_they_are_passages_or_not():
    names = [["audit"], ["audit", "trust"], ["reach"], []]
    for document in (None, [0, 0, 1, 1]):
        texts = incidence(names, document=document)
        shares = named(texts, texts.related, spread=0.5)
        counted = dict(zip((c.id for c in texts.concepts), shares.yes[:-1].tolist(), strict=True))
        assert (counted["audit"], counted["trust"], counted["cost"]) == (2, 1, 0)
        assert shares.yes[-1] == 1
        assert (shares.n == 4).all()


def test_a_concept_counted_with_all_others_is_as_when_counted_alone():
    document = [0, 0, 0, 1, 1, 2, 2, 2]
    texts = incidence([["audit"], [], ["audit"], [], [], ["audit"], [], []], document=document)
    together = named(texts, spread=0.5)
    place = [c.id for c in texts.concepts].index("audit")
    yes = np.array([True, False, True, False, False, True, False, False])
    alone = tally(np.zeros(8, int), yes, 1, np.array(document), 0.5)
    assert np.allclose([end[place] for end in together.interval], np.concatenate(alone.interval))
