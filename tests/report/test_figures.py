"""Figures say what the tables say, look the same whenever drawn, and hide nothing."""

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from defusedxml import ElementTree
from matplotlib import colormaps
from matplotlib.image import imread
from pipeline.errors import RapportError
from pipeline.report import gap_map, graph, stage
from pipeline.report.findings import read_findings
from pipeline.report.style import INK, QUIET, SHARES, SILENCE
from pipeline.study import Study

SVG = "{http://www.w3.org/2000/svg}"


def words_of(path: Path) -> list[str]:
    """Every text of an SVG, in the order drawn."""
    return ["".join(node.itertext()).strip() for node in ElementTree.parse(path).iter(f"{SVG}text")]


def test_each_corpus_gets_a_map_by_outcome_and_by_setting_as_svg_and_png(reported: Study) -> None:
    names = {path.name for path in (reported.folder / "figures").iterdir()}
    for corpus in ("research", "practice"):
        for by in ("outcome", "setting"):
            assert {f"gap-map-{corpus}-{by}.svg", f"gap-map-{corpus}-{by}.png"} <= names


def test_a_figure_drawn_twice_is_the_same_to_the_byte(study: Study) -> None:
    stage.run(study)
    folder = study.folder / "figures"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    stage.run(study)
    assert before == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_number_of_every_cell_is_printed_zero_included(reported: Study) -> None:
    findings = read_findings(reported)
    chosen = gap_map.choose(findings, "practice", "outcome")
    assert chosen is not None
    printed = words_of(reported.folder / "figures" / "gap-map-practice-outcome.svg")
    cells = [
        cell["n"]
        if (
            cell := findings.gap(
                "strategy", "practice", row["concept"], "outcome", column["concept"]
            )
        )
        else 0
        for row in chosen.rows
        for column in chosen.columns
    ]
    assert 0 in cells
    for n in set(cells):
        assert printed.count(str(n)) >= cells.count(n)


def test_the_map_prints_the_headline_the_notice_and_every_strategy(reported: Study) -> None:
    text = " ".join(words_of(reported.folder / "figures" / "gap-map-research-outcome.svg"))
    assert "The corpus is invented." in text
    assert "research texts that name a strategy, no relationship" in text
    for row in read_findings(reported).concepts("strategy", "research"):
        assert (row["label"] in text) == bool(row["n"])


def test_a_silence_beyond_chance_is_marked_in_its_cell_and_no_other(reported: Study) -> None:
    findings = read_findings(reported)
    chosen = gap_map.choose(findings, "research", "outcome")
    assert chosen is not None
    silent = [
        (row, column)
        for row in chosen.rows
        for column in chosen.columns
        if (test := findings.silence(row["concept"], column["concept"], "research")) is not None
        and test["verdict"] in ("never mentioned", "under-mentioned")
    ]
    printed = words_of(reported.folder / "figures" / "gap-map-research-outcome.svg")
    in_legend = 1
    assert silent
    assert printed.count("▼") == len(silent) + in_legend


def test_a_map_of_many_strategies_says_what_it_left_out(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gap_map, "MAX_ROWS", 3)
    chosen = gap_map.choose(read_findings(study), "research", "outcome")
    assert chosen is not None
    assert len(chosen.rows) == 3
    assert chosen.left_out == (
        "strategies named in fewer research texts (9) and that no research text names (1)"
    )


def test_the_png_holds_more_than_a_blank_page(reported: Study) -> None:
    picture = imread(reported.folder / "figures" / "gap-map-research-outcome.png")
    assert picture.shape[1] > 1200
    assert np.unique(picture.reshape(-1, picture.shape[2]), axis=0).shape[0] > 50


def test_the_comparison_draws_every_strategy_of_both_corpora_the_most_silent_first(
    reported: Study,
) -> None:
    findings = read_findings(reported)
    drawn = words_of(reported.folder / "figures" / "comparison.svg")
    shares = []
    for row in findings.concepts("strategy", "research"):
        both = [findings.gap("strategy", c, row["concept"]) for c in ("research", "practice")]
        if all(told is not None and told["n"] >= 5 for told in both):
            assert both[0] is not None
            shares.append((drawn.index(row["label"]), both[0]["unmentioned"]))
    assert len(shares) > 5
    silent = [share for _, share in sorted(shares)]
    assert silent == sorted(silent, reverse=True)


def test_a_study_of_one_corpus_has_no_figure_that_compares(
    make_study: Callable[..., Study], invented_texts: Callable[[int], Any]
) -> None:
    texts = invented_texts(60)
    texts.rows = [t for t in texts.rows if t["corpus"] == "research"]
    study = make_study(texts=texts)
    stage.run(study)
    names = {path.stem for path in (study.folder / "figures").iterdir()}
    assert "comparison" not in names
    assert "graph-practice" not in names
    assert {"trend", "roles", "graph-research", "flow"} <= names


def test_a_figure_without_data_any_more_is_removed_and_files_of_others_are_not(
    make_study: Callable[..., Study],
) -> None:
    study = make_study(0)
    folder = study.folder / "figures"
    folder.mkdir()
    for name in ("trend.svg", "mine.png"):
        (folder / name).touch()
    stage.run(study)
    assert not (folder / "trend.svg").exists()
    assert (folder / "mine.png").exists()


def test_the_graph_draws_each_silent_pair_of_the_corpus(reported: Study) -> None:
    findings = read_findings(reported)
    svg = (reported.folder / "figures" / "graph-research.svg").read_text(encoding="utf-8")
    in_legend = 1
    silent = len(graph.silent_pairs(findings, "research"))
    assert silent
    assert len(re.findall(r"stroke-dasharray", svg)) == silent + in_legend


def luminance(colour: tuple[float, float, float]) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


@pytest.mark.parametrize("colour", [INK, QUIET, SILENCE])
def test_text_has_the_contrast_that_wcag_asks_for(colour: str) -> None:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    assert 1.05 / (luminance((channels[0], channels[1], channels[2])) + 0.05) >= 4.5


def test_the_colours_of_shares_are_told_apart_in_grey() -> None:
    greys = [luminance(colormaps[SHARES](share)[:3]) for share in np.linspace(0, 1, 11)]
    assert all(later < earlier for earlier, later in itertools.pairwise(greys))


def test_without_finished_gaps_the_report_says_which_stage_to_run(study: Study) -> None:
    (study.folder / "manifest.json").unlink()
    with pytest.raises(RapportError, match="Run `rapport gaps` first"):
        stage.run(study)


def test_a_study_that_found_nothing_still_has_its_flow(make_study: object) -> None:
    study = make_study(0)  # type: ignore[operator]
    stage.run(study)
    assert {p.name for p in (study.folder / "figures").iterdir()} == {"flow.svg", "flow.png"}
