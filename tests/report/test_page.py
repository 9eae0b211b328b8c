"""report.html: one file, whole, safe, and no larger than it says."""

import base64
import gzip
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline import manifest
from pipeline.report import counts, stage, texts
from pipeline.report.excerpts import excerpts, marked
from pipeline.report.findings import read_findings
from pipeline.report.page import SCRIPTS
from pipeline.report.summary import summary
from pipeline.report.words import contact_headline
from pipeline.study import Study
from pipeline.tables import ACCURACY, ESTIMATES, from_rows, write_table

Maker = Callable[..., Study]


class Page(HTMLParser):
    """The parts of a page that a browser would act on."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, str] = {}
        self._open = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = dict(attrs).get("id") or ""

    def handle_data(self, data: str) -> None:
        self.inside[self._open] = self.inside.get(self._open, "") + data

    def unpacked(self, name: str) -> Any:
        return json.loads(gzip.decompress(base64.b64decode(self.inside[name])))


@pytest.fixture
def page(reported: Study) -> Page:
    return Page(reported.folder / "report.html")


def test_the_page_fetches_nothing_and_its_policy_forbids_it(page: Page) -> None:
    for tag, attributes in page.tags:
        if tag in ("script", "link", "img", "iframe", "object", "embed", "source"):
            assert not {"src", "href", "data", "srcset"} & attributes.keys(), (tag, attributes)
    policy = next(a["content"] for t, a in page.tags if a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    assert "http" not in policy


def test_the_page_carries_every_code_and_every_sentence_of_a_small_study(page: Page) -> None:
    columns = page.unpacked("texts")
    coded = len(columns["codes"])
    assert set(columns["carried"]) == {"1"}
    assert {len(columns[name]) for name in columns} == {coded}
    assert len(page.unpacked("chunk-0")) == coded


def test_a_study_too_large_to_carry_is_sampled_and_says_so(
    make_study: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "MOST_TEXTS", 40)
    study = make_study(120)
    stage.run(study)
    page = Page(study.folder / "report.html")
    columns = page.unpacked("texts")
    carried = columns["carried"].count("1")
    assert carried == 40
    assert len(columns["codes"]) == len(columns["carried"]) > carried
    words = (study.folder / "report.html").read_text(encoding="utf-8")
    assert f"carries the sentences of {carried} of them" in words


def test_a_study_too_large_to_count_in_a_browser_is_sampled_to_be_read_and_says_so(
    make_study: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(120)
    stage.run(study)
    whole = Page(study.folder / "report.html")
    coded = len(whole.unpacked("texts")["codes"])
    monkeypatch.setattr(texts, "MOST_COUNTED", 60)
    monkeypatch.setattr(texts, "MOST_TEXTS", 40)
    stage.run(study)
    page = Page(study.folder / "report.html")
    columns = page.unpacked("texts")
    told = len(columns["codes"])
    assert 20 < told < 60
    assert {len(columns[name]) for name in columns} == {told}
    words = (study.folder / "report.html").read_text(encoding="utf-8")
    assert f"Every number counts all {coded} coded texts, whatever you choose" in words
    assert f"the sentences of {columns['carried'].count('1')} of them" in words
    assert page.unpacked("study")["intervals"] == whole.unpacked("study")["intervals"] != {}


def test_the_texts_nearest_to_an_unwritten_pair_are_carried_whatever_the_sample(
    make_study: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(120)
    monkeypatch.setattr(texts, "MOST_TEXTS", 10)
    for most in (texts.MOST_COUNTED, 60):
        monkeypatch.setattr(texts, "MOST_COUNTED", most)
        stage.run(study)
        page = Page(study.folder / "report.html")
        carried = page.unpacked("texts")["carried"]
        near = page.unpacked("study")["missing"][0]["near_a"]
        assert len(near) >= 5
        assert {carried[place] for place in near} == {"1"}


def test_settings_that_there_is_no_room_for_cannot_be_chosen_and_the_page_says_so(
    make_study: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(120)
    monkeypatch.setattr(texts, "MOST_COUNTED", 60)
    monkeypatch.setattr(texts, "MOST_TEXTS", 40)
    stage.run(study)
    page = Page(study.folder / "report.html")
    size = sum(len(t.strip()) for name, t in page.inside.items() if name.startswith("counts-"))
    assert len(page.unpacked("study")["counted"]["settings"]) == 3
    monkeypatch.setattr(counts, "MOST_BYTES", size - 1)
    stage.run(study)
    page = Page(study.folder / "report.html")
    assert len(page.unpacked("study")["counted"]["settings"]) == 2
    words = " ".join((study.folder / "report.html").read_text(encoding="utf-8").split())
    assert "the settings that the fewest texts name (1) cannot be chosen" in words


def test_a_page_that_grew_too_large_carries_fewer_texts(
    make_study: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "MOST_BYTES", 3000)
    study = make_study(120)
    stage.run(study)
    page = Page(study.folder / "report.html")
    size = sum(len(text) for name, text in page.inside.items() if name.startswith("chunk-"))
    assert 0 < size < 3200


def test_without_a_coded_sample_the_page_warns_that_it_is_uncorrected(reported: Study) -> None:
    words = (reported.folder / "report.html").read_text(encoding="utf-8")
    assert "uncorrected" in words
    assert "The corpus is invented." in words


def test_the_page_says_what_the_findings_hang_on(reported: Study) -> None:
    words = " ".join((reported.folder / "report.html").read_text(encoding="utf-8").split())
    silent = [
        row
        for row in read_findings(reported).silences.values()
        if row["corpus"] == "research" and row["verdict"] in ("never mentioned", "under-mentioned")
    ]
    firm = sum(not row["vanishes_without"] for row in silent)
    assert f"Of {len(silent)} silent pairs in research, {firm} would stand whichever" in words
    assert "Under the rating orientation generous, silent pairs" in words
    assert "number 7 in research (here 9)." in words
    assert "10 of 40 (50%) met as often as chance would have it" in words
    assert "in 70% of cases (95% CI 60% to 80%; 50% is chance)" in words


def test_the_page_tells_the_share_among_strategies_that_need_contact(reported: Study) -> None:
    words = " ".join((reported.folder / "report.html").read_text(encoding="utf-8").split())
    row = read_findings(reported).gap("all_contact", "research")
    assert row is not None
    assert "Research, strategies that need contact" in words
    assert f"<td>{row['n']}</td>" in words
    assert contact_headline(row) in " ".join(summary(reported).split())


def test_the_page_is_the_same_whenever_it_is_made_but_for_plot_numbers(study: Study) -> None:
    pages = []
    for _ in range(2):
        stage.run(study)
        pages.append(Page(study.folder / "report.html"))
    assert pages[0].inside["texts"] == pages[1].inside["texts"]
    assert pages[0].inside["chunk-0"] == pages[1].inside["chunk-0"]


def test_the_script_never_writes_markup() -> None:
    folder = Path(texts.__file__).parent / "assets"
    assert {path.name for path in folder.glob("*.js")} == set(SCRIPTS)
    script = "".join((folder / name).read_text(encoding="utf-8") for name in SCRIPTS)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)
    assert "</" not in script


def mention(concept: str, start: int, end: int) -> dict[str, Any]:
    return {"concept": concept, "start": start, "end": end}


NUMBER = {"a": 0, "b": 1}


def test_an_excerpt_is_the_sentence_with_the_mention_marked() -> None:
    text = "One came. Trust grew here! Three left."
    assert excerpts(text, [mention("a", 10, 15)], NUMBER) == [[["Trust", 0], " grew here!"]]


def test_overlapping_mentions_are_marked_with_every_concept_that_covers_them() -> None:
    pieces = marked("build trust now", [mention("a", 0, 11), mention("b", 6, 15)], NUMBER)
    assert pieces == [["build ", 0], ["trust", 0, 1], [" now", 1]]


def test_a_mention_across_two_sentences_joins_them() -> None:
    text = "We built trust. Then more. End."
    [one] = excerpts(text, [mention("a", 9, 20)], NUMBER)
    assert (
        "".join(p if isinstance(p, str) else str(p[0]) for p in one) == "We built trust. Then more."
    )


@given(st.text(alphabet="aB .!\n😀", min_size=1), st.data())
def test_the_marked_words_are_the_words_of_the_mentions(text: str, data: st.DataObject) -> None:
    starts = data.draw(st.lists(st.integers(0, len(text) - 1), max_size=4))
    spans = [(s, data.draw(st.integers(s + 1, len(text)))) for s in starts]
    pieces = marked(text, [mention("a", s, e) for s, e in spans], NUMBER)
    covered = [any(s <= at < e for s, e in spans) for at in range(len(text))]
    words = "".join(p if isinstance(p, str) else str(p[0]) for p in pieces)
    inside = "".join(str(p[0]) for p in pieces if not isinstance(p, str))
    assert words == text.strip()
    assert inside.strip() == "".join(c for c, on in zip(text, covered, strict=True) if on).strip()


@pytest.fixture
def validated(study: Study) -> Study:
    """A study with a coded sample, measured after it was coded."""
    share = {"corpus": "research", "question": "all", "concept": "", "by": "", "by_value": ""}
    corrected = {"corrected": 0.61, "low": 0.5, "high": 0.7, "n_coded": 80, "population": 120}
    estimate = share | corrected | {"measure": "unmentioned", "n_named": 70.0, "method": "made up"}
    accuracy = {
        "corpus": "all", "weights": "corpus", "code": "rel_implementer", "family": "relationship",
        "n": 80, "both": 30.0, "machine_only": 5.0, "coder_only": 7.0,
        "precision": 0.86, "precision_low": 0.7, "precision_high": 0.94, "recall": 0.81,
        "recall_low": 0.66, "recall_high": 0.9,
    }  # fmt: skip
    write_table(ESTIMATES, from_rows(ESTIMATES, [estimate]), study.folder)
    write_table(ACCURACY, from_rows(ACCURACY, [accuracy]), study.folder)
    codes = manifest.require(study.folder, "classify")["tables"]
    manifest.finish(study.folder, "validate", codes=codes)
    return study


def test_a_coded_sample_corrects_the_shares_it_speaks_of_and_tells_how_accurate(
    validated: Study,
) -> None:
    stage.run(validated)
    words = " ".join((validated.folder / "report.html").read_text(encoding="utf-8").split())
    assert "the share in research is 61% (95% CI 50% to 70%)" in words
    assert "relationships were found with a precision of 86% (95% CI 70% to 94%)" in words
    assert "The figures for practice are uncorrected" in words
    assert "Research, corrected" in words
    assert "61% (50% to 70%)" in summary(validated)
    assert "61%" in (validated.folder / "methods.md").read_text(encoding="utf-8")


def test_a_coded_sample_of_an_earlier_coding_corrects_nothing(validated: Study) -> None:
    path = validated.folder / "manifest.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["validate"]["codes"] = {"codes": "of another run"}
    path.write_text(json.dumps(told), encoding="utf-8")
    stage.run(validated)
    words = " ".join((validated.folder / "report.html").read_text(encoding="utf-8").split())
    assert "The figures for research and practice are uncorrected" in words
    assert "Research, corrected" not in words
