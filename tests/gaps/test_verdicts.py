"""Verdicts: right in number where nothing is silent, and as powerful as they say where it is."""

from dataclasses import replace

import numpy as np
import pytest
from corpora import concept, from_matrix, incidence, null_corpus, plant
from pipeline.gaps.chance import (
    Null,
    closed_null,
    draws_for,
    least_possible,
    null_of,
    strata,
)
from pipeline.gaps.expected import rank_one
from pipeline.gaps.null import Draws, together
from pipeline.gaps.settings import Settings
from pipeline.gaps.significance import Chance, detectable_ratio
from pipeline.gaps.verdicts import (
    BY_CHANCE,
    NEVER,
    OVER,
    UNDER,
    UNTESTABLE,
    judge,
    kinds,
    silence_rows,
)
from pipeline.taxonomy.concepts import RELATIONAL_TRANSACTIONAL
from scipy import stats

SETTINGS = Settings()


def rows_of(texts, settings=SETTINGS, rating="orientation"):
    judged = judge(closed_null(texts, settings.year_window), settings)
    needs = [""] * int(judged.silent.sum())
    return silence_rows("research", texts, judged, None, rating, needs)


def verdict(rows, one, other):
    [row] = [r for r in rows if (r["concept_a"], r["concept_b"]) == (one, other)]
    return row["verdict"]


# Calibration: no concept has to do with any other.

CORPORA = range(3)


@pytest.fixture(scope="module")
def calm():
    """Probabilities of all pairs of corpora from the null: closed form, draws and independence."""
    told = {"closed form": [], "draws": [], "independence": [], "rank one": []}
    for seed in CORPORA:
        texts = from_matrix(null_corpus(seed, texts=3000))
        null = null_of(texts, 0, 100, seed)
        met, pairs = null.named_together, np.triu_indices(60, 1)
        named, n_ab = np.diagonal(met), met[pairs]
        closed = null.chance.of(*pairs)
        told["closed form"].append((closed.at_most(n_ab), closed.at_least(n_ab)))
        few, many = null.draws.as_few[pairs], null.draws.as_many[pairs]
        told["draws"].append(((1 + few) / 101, (1 + many) / 101))
        a, b, n = named[pairs[0]], named[pairs[1]], len(texts)
        told["independence"].append(
            (stats.hypergeom.cdf(n_ab, n, a, b), stats.hypergeom.sf(n_ab - 1, n, a, b))
        )
        rough = rank_one(texts.matrix, np.zeros(len(texts)))[pairs]
        told["rank one"].append((stats.poisson.cdf(n_ab, rough), stats.poisson.sf(n_ab - 1, rough)))
    return {
        name: tuple(
            float((np.concatenate(side) < 0.05).mean()) for side in zip(*parts, strict=True)
        )
        for name, parts in told.items()
    }


@pytest.mark.parametrize("null", ["closed form", "draws"])
def test_of_pairs_without_a_tie_no_more_than_the_nominal_share_is_called_rare_or_frequent(
    calm, null
):
    # 5,310 pairs that share texts: a Monte Carlo error of about half a percent.
    for share in calm[null]:
        assert 0.02 < share < 0.055


def test_independence_takes_long_texts_for_association(calm):
    under, over = calm["independence"]
    assert under < 0.015
    assert over > 0.12


def test_the_rank_one_form_is_near_enough_to_screen_by(calm):
    for share in calm["rank one"]:
        assert 0.01 < share < 0.1


def test_of_corpora_without_a_silence_hardly_any_pair_is_told_silent():
    """The false-discovery rate where nothing is silent: corpora with any silence told."""
    told = [
        judge(closed_null(from_matrix(null_corpus(seed, 800, 30)), 0), SETTINGS).silent.any()
        for seed in range(40)
    ]
    # At most 5% nominally: 2 of 40, and 6 or more would happen by chance in 1.4%.
    assert sum(told) <= 5


def test_passages_alike_within_their_document_are_not_told_silent():
    """Documents differ in what they are about, and passages within them do not."""
    within = across = 0
    for seed in range(4):
        random = np.random.default_rng(seed)
        document = np.repeat(np.arange(10), 120)
        about = random.normal(-2.5, 2, (10, 20))[document]
        chance = 1 / (1 + np.exp(-(about + random.normal(0, 0.5, (1200, 1)))))
        matrix = (random.random((1200, 20)) < chance).astype(int)
        by_document = null_of(from_matrix(matrix, document=document), 0, 100, seed)
        within += int(judge(by_document, SETTINGS).silent.sum())
        across += int(judge(closed_null(from_matrix(matrix), 0), SETTINGS).silent.sum())
    assert within <= 2
    assert across > 40


# Planted silences.


def test_planted_silences_are_found_and_next_to_nothing_else():
    found = false = 0
    for seed in range(4):
        matrix, silent = plant(null_corpus(seed), 25, 0.3, seed)
        judged = judge(closed_null(from_matrix(matrix), 0), SETTINGS)
        assert len(judged.silent) == len(silent)
        found += int(judged.silent[silent].sum())
        false += int(judged.silent[~silent].sum())
    assert found > 60
    assert false <= 0.1 * (found + false)


def test_power_is_as_it_is_told():
    """Thin one pair to its detectable ratio in many corpora: four of five times it is told."""
    found = []
    for seed in range(60):
        texts = from_matrix(null_corpus(seed, texts=1200, concepts=12, mean=3))
        before = judge(closed_null(texts, 0), SETTINGS)
        level = before.level
        expected = before.chance.mean
        pair = int(np.argmin(np.abs(expected - 60)))
        mildest = detectable_ratio(before.chance, level)[pair]
        a, b = before.first[pair], before.second[pair]
        random = np.random.default_rng([seed, 7])
        matrix = texts.matrix.toarray()
        both = np.flatnonzero(matrix[:, a] & matrix[:, b])
        lost = both[random.random(len(both)) >= mildest]
        # Give what is lost to a text that names neither, so that the margins stay as they are.
        neither = np.flatnonzero((matrix[:, a] + matrix[:, b] == 0) & (matrix.sum(axis=1) > 0))
        matrix[lost, b] = 0
        matrix[random.choice(neither, len(lost), replace=False), b] = 1
        p = (
            closed_null(from_matrix(matrix), 0)
            .chance.of([a], [b])
            .at_most(matrix.T[a] @ matrix.T[b])
        )
        found.append(p[0] <= level)
    assert 0.66 <= np.mean(found) <= 0.93  # 0.8 with a Monte Carlo error of 0.05


# Verdicts.

OTHERS = tuple(concept(f"other{n}", "setting") for n in range(8))
ONE_OF_EACH = (
    concept("audit", orientation="highly transactional"),
    concept("rare"),
    concept("reach", "outcome"),
    concept("trust", "relationship"),
    *OTHERS,
)


def among_others(*groups):
    """Texts that name the concepts of a group, so many times, each with another concept or two."""
    texts = []
    for number, names in groups:
        for _ in range(number):
            n = len(texts)
            texts.append([*names, f"other{n % 8}", *([f"other{n // 8 % 8}"] if n % 3 else [])])
    return incidence(texts, ONE_OF_EACH)


def test_a_common_pair_that_no_text_names_is_never_mentioned():
    rows = rows_of(among_others((80, ["audit"]), (80, ["trust"]), (100, [])))
    assert verdict(rows, "audit", "trust") == NEVER


def test_a_common_pair_that_few_texts_name_is_under_mentioned():
    rows = rows_of(
        among_others((80, ["audit"]), (80, ["trust"]), (5, ["audit", "trust"]), (100, []))
    )
    assert verdict(rows, "audit", "trust") == UNDER


def test_a_rare_pair_that_no_text_names_cannot_be_told():
    rows = rows_of(among_others((80, ["audit"]), (2, ["rare"]), (100, [])))
    assert verdict(rows, "audit", "rare") == UNTESTABLE


def test_a_pair_that_meets_far_more_than_chance_is_over_mentioned():
    rows = rows_of(among_others((60, ["audit", "trust"]), (10, ["audit"]), (100, [])))
    assert verdict(rows, "audit", "trust") == OVER


def test_a_pair_that_meets_as_chance_has_it_is_consistent_with_chance():
    rows = rows_of(
        among_others((60, ["audit"]), (60, ["trust"]), (34, ["audit", "trust"]), (120, []))
    )
    assert verdict(rows, "audit", "trust") == BY_CHANCE


def test_an_untestable_pair_has_neither_rate_nor_detectable_ratio():
    rows = rows_of(among_others((80, ["audit"]), (2, ["rare"]), (100, [])))
    [row] = [r for r in rows if r["concept_a"] == "audit" and r["concept_b"] == "rare"]
    assert row["q"] is None
    assert row["detectable_ratio"] is None


def test_a_testable_pair_tells_what_it_could_have_shown():
    rows = rows_of(among_others((80, ["audit"]), (80, ["trust"]), (100, [])))
    [row] = [r for r in rows if r["concept_a"] == "audit" and r["concept_b"] == "trust"]
    assert 0 < row["ratio"] + row["detectable_ratio"] < 1
    assert row["expected"] > 10


def test_every_two_concepts_that_are_named_have_one_row():
    rows = rows_of(incidence([["audit", "reach"], ["trust"]], ONE_OF_EACH))
    assert [(r["concept_a"], r["concept_b"]) for r in rows] == [
        ("audit", "reach"),
        ("audit", "trust"),
        ("reach", "trust"),
    ]


def test_two_concepts_that_fill_a_document_must_meet_there():
    texts = incidence([["audit", "trust"]] * 3 + [["audit"]], ONE_OF_EACH, document=[1] * 4)
    audit, trust = (place for place, c in enumerate(texts.concepts) if c.id in ("audit", "trust"))
    assert least_possible(texts, strata(texts, 0))[audit, trust] == 3


def test_probabilities_are_counted_where_there_are_draws_enough():
    texts = among_others((80, ["audit"]), (80, ["trust"]), (100, []))
    few, many = (judge(null_of(texts, 0, draws, 1), SETTINGS) for draws in (20, 2500))
    assert not few.counted
    assert many.counted
    assert many.p_under.min() == pytest.approx(1 / 2501)
    # What draws tell and what the binomial tells are nearly the same.
    assert np.abs(few.p_under - many.p_under).max() < 0.04
    assert few.silent.sum() == many.silent.sum() == 1


def test_counted_probabilities_are_those_of_the_monte_carlo_test_of_scipy():
    drawn = np.random.default_rng(1).poisson(40, 4000)
    for observed in (20, 39, 70):
        named = np.array([[100, observed], [observed, 100]])
        few, many = (
            np.full((2, 2), n) for n in ((drawn <= observed).sum(), (drawn >= observed).sum())
        )
        mean, variance = np.full((2, 2), drawn.mean()), np.full((2, 2), drawn.var())
        draws = Draws(len(drawn), mean, variance, few, many)
        judged = judge(Null(named, Chance(np.zeros((2, 2)), mean, variance), draws, {}), SETTINGS)
        for ours, side in ((judged.p_under, "less"), (judged.p_over, "greater")):
            theirs = stats.monte_carlo_test(
                [observed], lambda size: drawn.reshape(size), lambda x, axis: x[..., 0],
                n_resamples=len(drawn), alternative=side, vectorized=True,
            )  # fmt: skip
            assert ours == pytest.approx([theirs.pvalue])


def test_benjamini_and_yekutieli_tell_no_more_than_benjamini_and_hochberg():
    matrix, _ = plant(null_corpus(1, texts=3000), 25, 0.3, 1)
    null = closed_null(from_matrix(matrix), 0)
    bh, by = (judge(null, Settings(correction=name)).silent for name in ("bh", "by"))
    assert 0 < by.sum() < bh.sum()
    assert not (by & ~bh).any()


# Kinds.


def test_a_relationship_and_a_transactional_strategy_are_the_kind_asked_about():
    concepts = (
        concept("audit", orientation="highly transactional"),
        concept("coaching", orientation="semi-relational"),
        concept("plan", orientation="operational"),
        concept("rapport", "relationship", group="patient"),
        concept("reach", "outcome"),
        concept("trust", "relationship"),
    )
    texts = incidence([[c.id for c in concepts]] * 3, concepts)
    judged = judge(closed_null(texts, 0), SETTINGS)
    told = dict(
        zip(
            zip(judged.first.tolist(), judged.second.tolist(), strict=True),
            kinds(texts.concepts, judged, "orientation").tolist(),
            strict=True,
        )
    )
    assert told[0, 5] == told[0, 1] == RELATIONAL_TRANSACTIONAL
    assert told[0, 3] == "strategy-relationship"  # rapport with patients is another matter
    assert told[2, 5] == "strategy-relationship"
    assert told[0, 4] == "strategy-outcome"
    assert told[4, 5] == "relationship-outcome"


def test_another_rating_makes_other_kinds():
    concepts = (
        concept("audit", orientation="highly transactional"),
        concept("plan", orientation="operational", generous="semi-relational"),
    )
    texts = incidence([["audit", "plan"]] * 3, concepts)
    judged = judge(closed_null(texts, 0), SETTINGS)
    assert kinds(texts.concepts, judged, "orientation").tolist() == ["strategy-strategy"]
    assert kinds(texts.concepts, judged, "orientation_generous").tolist() == [
        RELATIONAL_TRANSACTIONAL
    ]


# Each text keeping how many concepts of each facet it names.


def mixed_corpus(seed, silence):
    """Half the texts are about implementation and half are not; settings are named in all alike."""
    random = np.random.default_rng(seed)
    concepts = [concept(f"strategy{n}", orientation="highly transactional") for n in range(8)]
    concepts += [concept(f"tie{n}", "relationship") for n in range(8)]
    concepts += [concept(f"setting{n}", "setting") for n in range(16)]
    about = np.repeat([0.25, 0.01], 1500)[:, None]
    chance = np.concatenate([about.repeat(16, axis=1), np.full((3000, 16), 0.15)], axis=1)
    matrix = random.random((3000, 32)) < chance
    both = np.flatnonzero(matrix[:, 0] & matrix[:, 8])
    matrix[both[random.random(len(both)) < silence], 8] = False
    names = [[concepts[c].id for c in np.flatnonzero(row)] for row in matrix]
    return incidence(names, concepts)


def test_texts_about_something_else_hide_a_silence_that_facets_show():
    texts = mixed_corpus(1, silence=0.6)
    plain = judge(closed_null(texts, 0), SETTINGS)
    kept = judge(closed_null(texts, 0, by_facet=True), SETTINGS)
    names = [c.id for c in texts.concepts]
    pair = (plain.first == names.index("strategy0")) & (plain.second == names.index("tie0"))
    assert plain.verdict[pair] in (BY_CHANCE, OVER)
    assert kept.verdict[pair] == UNDER


def test_keeping_facets_tells_no_silence_where_there_is_none():
    told = sum(
        int(judge(closed_null(mixed_corpus(seed, 0), 0, by_facet=True), SETTINGS).silent.sum())
        for seed in range(5)
    )
    assert told <= 1


# What texts are randomised within.


def test_texts_are_randomised_within_documents_of_several_passages():
    texts = incidence([["audit"]] * 6, ONE_OF_EACH, document=[1, 1, 2, 3, None, None])
    label = strata(texts, 0)
    assert label[0] == label[1]
    assert len(set(label.tolist())) == 2
    assert label[2] == label[3] == label[4] == label[5]


def test_texts_are_randomised_within_windows_of_years_where_asked():
    texts = incidence([["audit"]] * 5, ONE_OF_EACH, year=[2000, 2004, 2005, None, None])
    assert len(set(strata(texts, 0).tolist())) == 1
    label = strata(texts, 5)
    assert label[0] == label[1]
    assert label[3] == label[4]
    assert len(set(label.tolist())) == 3


def test_what_came_after_is_not_a_silence_within_windows_of_years():
    """One concept is of the nineties and one of the tens: they hardly met, and no wonder."""
    texts = among_others((80, ["audit"]), (100, []), (80, ["trust"]))
    dated = replace(texts, year=np.repeat([1995, 2005, 2015], [80, 100, 80]).astype(np.int32))
    assert NEVER in judge(closed_null(dated, 0), SETTINGS).verdict
    assert not judge(closed_null(dated, 10), SETTINGS).silent.any()


def test_fewer_corpora_are_drawn_the_larger_they_are():
    small, large = incidence([["audit"]], ONE_OF_EACH), from_matrix(np.ones((20_000, 100)))
    assert draws_for(small) == 200
    assert draws_for(large) == 20


def test_moments_come_from_draws_where_strata_are_small():
    document = np.repeat(np.arange(30), 4)
    texts = from_matrix(null_corpus(1, texts=120, concepts=10), document=document)
    assert null_of(texts, 0, 50, 1).facts["moments"] == "draws"
    assert (
        null_of(from_matrix(null_corpus(1, texts=120, concepts=10)), 0, 200, 1).facts["moments"]
        == "closed form"
    )


def test_a_large_corpus_confirms_the_closed_form_by_a_sample_of_its_texts():
    texts = from_matrix(null_corpus(1, texts=20_000, concepts=60, mean=7))
    told = null_of(texts, 0, 0, 1)
    assert 12_000 < told.facts["of texts"] < 17_000  # about 100,000 of its 140,000 codes
    assert told.facts["moments"] == "closed form"
    assert (told.chance.mean == closed_null(texts, 0).chance.mean).all()


def test_a_pair_that_no_draw_brought_together_is_not_impossible():
    document = np.repeat(np.arange(30), 4)
    matrix = np.zeros((120, 4), dtype=int)
    matrix[:, 0] = np.arange(120) % 4 == 0
    matrix[0, 3] = 1
    texts = from_matrix(matrix, document=document)
    judged = judge(null_of(texts, 0, 20, 1), SETTINGS)
    assert (judged.p_over > 0.01).all()


def test_no_text_at_all_gives_no_pair():
    assert rows_of(incidence([], ONE_OF_EACH)) == []
    assert together(incidence([], ONE_OF_EACH).matrix).sum() == 0
