"""Strategies named with a determinant that they do not fit, and which do."""

import pytest
from corpora import TAXONOMY, incidence
from hypothesis import given
from hypothesis import strategies as st
from pipeline.errors import RapportError
from pipeline.gaps.misfits import misfit_rows
from pipeline.study import default_taxonomy
from pipeline.taxonomy.fits import fits_path, read_fits
from pipeline.taxonomy.read import read_taxonomy

FITS = {"distrust": frozenset({"coaching", "facilitation"})}


def told(names, **more):
    rows = misfit_rows("research", incidence(names, **more), FITS)
    return {row["strategy"]: (row["n"], row["unmet"]) for row in rows}


def test_a_strategy_that_does_not_fit_is_counted_and_one_that_fits_is_not():
    assert told([["distrust", "audit"], ["distrust", "coaching"]]) == {"": (2, 1), "audit": (1, 1)}


def test_a_text_that_also_names_a_strategy_that_fits_is_not_unmet():
    assert told([["distrust", "audit", "coaching"]]) == {"": (1, 0), "audit": (1, 0)}


def test_a_text_without_a_strategy_or_the_determinant_is_not_asked():
    assert told([["distrust"], ["audit"], ["distrust", "trust"]]) == {}


def test_the_interval_knows_that_passages_of_a_document_are_alike():
    names = [["distrust", "audit"]] * 20 + [["distrust", "coaching"]] * 20
    apart, *_ = misfit_rows("research", incidence(names), FITS)
    alike, *_ = misfit_rows(
        "research", incidence(names, document=[n // 10 for n in range(40)]), FITS
    )
    assert apart["share"] == alike["share"] == 0.5
    assert alike["high"] - alike["low"] > apart["high"] - apart["low"]


NAMES = ["audit", "coaching", "distrust", "trust", "workshop"]


@given(st.lists(st.lists(st.sampled_from(NAMES), max_size=5, unique=True), max_size=25))
def test_every_count_is_what_a_loop_over_texts_finds(names):
    for strategy, (n, unmet) in told(names).items():
        wanted = {strategy} - {""} or {"audit", "coaching", "workshop"}
        here = [x for x in names if "distrust" in x and wanted & set(x)]
        assert n == len(here)
        assert unmet == sum("coaching" not in x for x in here)


def write(tmp_path, text):
    path = fits_path(tmp_path / "taxonomy.csv")
    path.write_text(text, encoding="utf-8")
    return path


def test_fits_are_read_as_a_spreadsheet_writes_them(tmp_path):
    path = write(
        tmp_path, "\ufeffdeterminant,strategies,source\r\ndistrust,coaching ; audit,us\r\n"
    )
    assert read_fits(path, TAXONOMY) == {"distrust": {"coaching", "audit"}}


def test_without_the_file_nothing_is_asked(tmp_path):
    assert read_fits(fits_path(tmp_path / "taxonomy.csv"), TAXONOMY) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("determinant,strategies,source\ndistrust,audti,us\n", "row 2: 'audti' is no strategy"),
        ("determinant,strategies,source\nreach,audit,us\n", "row 2: 'reach' is no determinant"),
        ("determinant,strategy\ndistrust,audit\n", "no column 'strategies'"),
    ],
)
def test_what_is_wrong_in_the_file_is_one_clear_error(tmp_path, text, words):
    with pytest.raises(RapportError, match=words):
        read_fits(write(tmp_path, text), TAXONOMY)


def test_the_fits_that_come_with_rapport_know_every_determinant_of_its_taxonomy():
    taxonomy = read_taxonomy(default_taxonomy())
    fits = read_fits(fits_path(default_taxonomy()), taxonomy)
    assert set(fits) == {c.id for c in taxonomy.concepts if c.facet == "determinant"}
    assert all(fits.values())
