"""Whether silences told from early texts were filled later."""

import numpy as np
import pytest
from corpora import from_matrix, incidence, null_corpus, plant
from pipeline.gaps.backtest import OTHER, SILENT, backtest_rows
from pipeline.gaps.settings import Settings


def rows_of(early, later, **options):
    year = [2000] * len(early) + [2005] * len(later)
    texts = from_matrix(np.concatenate([early, later]), year=year)
    rows = backtest_rows("research", texts, Settings(**options))
    return {row["group"]: row for row in rows if row["year"] == 2000}


def test_silences_that_go_on_are_not_filled():
    matrix, _ = plant(null_corpus(1), 40, 0.1, 1)
    rows = rows_of(matrix[:3300], matrix[3300:])
    assert rows[SILENT]["pairs"] > 10
    assert rows[SILENT]["ratio"] < 0.5
    assert rows[SILENT]["high"] < rows[OTHER]["low"]
    assert rows[OTHER]["ratio"] == pytest.approx(1, abs=0.1)


def test_silences_that_end_are_filled_as_often_as_other_pairs():
    matrix, _ = plant(null_corpus(1), 40, 0.1, 1)
    rows = rows_of(matrix[:3300], null_corpus(1)[3300:])
    assert rows[SILENT]["pairs"] > 10
    assert rows[SILENT]["ratio"] == pytest.approx(1, abs=0.15)


def test_without_years_or_for_passages_nothing_is_told():
    texts = incidence([["audit", "trust"]] * 5)
    assert backtest_rows("research", texts, Settings()) == []
    texts = incidence([["audit", "trust"]] * 6, year=[2000, 2006] * 3, document=[1, 2] * 3)
    assert backtest_rows("practice", texts, Settings()) == []


def test_where_no_pair_was_silent_the_group_is_empty():
    texts = incidence([["audit", "trust"]] * 6, year=[2000, 2006] * 3)
    rows = {row["group"]: row for row in backtest_rows("research", texts, Settings())}
    assert rows[SILENT]["pairs"] == 0
    assert rows[SILENT]["share"] is rows[SILENT]["ratio"] is None
