"""The page as a reader meets it: in a real browser, with mouse, keyboard and small screen.

Needs Debian's Chromium (`apt-get install chromium`) and Playwright's Python package; the
accessibility check also needs axe-core (`npm install --prefix ~/.cache/rapport-tests axe-core`).
Tests that lack theirs are skipped, and say so.
"""

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from defusedxml import ElementTree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pipeline.gaps.intervals import TRUST, tally_documents, wilson
from pipeline.report import stage
from pipeline.report import texts as carrying
from pipeline.report.findings import read_findings
from pipeline.report.words import percent
from pipeline.study import Study

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
CHROMIUM = shutil.which("chromium")
AXE = Path.home() / ".cache/rapport-tests/node_modules/axe-core/axe.min.js"
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Maker = Callable[..., Study]
Open = Callable[..., Any]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Open a study's report; any error, or any request but for the file, fails the test."""
    contexts, complaints = [], []

    def open_report(study: Study, width: int = 1280) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None,
        )
        path = (study.folder / "report.html").resolve().as_uri()
        page.on(
            "request",
            lambda r: (
                None if r.url.startswith((path, "data:", "blob:")) else complaints.append(r.url)
            ),
        )
        page.goto(path)
        page.wait_for_selector("html[data-complete]", state="attached")
        return page

    yield open_report
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(reported: Study, open_page: Open) -> Any:
    return open_page(reported)


def table_of(page: Any, figure: str) -> list[list[str]]:
    """Head and rows of the table beneath a figure, opened if need be."""
    box = page.locator(f"#{figure}-numbers")
    if box.get_attribute("open") is None:
        box.locator("summary").first.click()
    rows = box.locator("table tr")
    rows.first.wait_for()
    cells: list[list[str]] = rows.evaluate_all(
        "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
    )
    return cells


def place_of(page: Any, figure: str, source: str, index: int) -> tuple[float, float]:
    """Where on the screen a mark of a figure measured in pixels lies."""
    page.locator(f"#{figure}").scroll_into_view_if_needed()
    x, y = page.evaluate(
        "([name, i]) => { const d = source(name).data; return [d.x[i], d.y[i]]; }", [source, index]
    )
    box = page.locator(f"#{figure}").bounding_box()
    return box["x"] + x, box["y"] + y


def test_it_opens_without_an_error_and_without_a_request(page: Any) -> None:
    assert "no relationship" in page.locator("h1").inner_text()
    for figure in ("map", "comparison", "trend", "roles", "graph"):
        assert page.locator(f"#{figure}-says").inner_text()
        assert page.locator(f"#{figure} canvas").count()


def test_the_whole_map_tells_the_numbers_of_the_gaps_table(reported: Study, page: Any) -> None:
    findings = read_findings(reported)
    head, *rows = table_of(page, "map")
    assert rows
    names = {row["label"]: row["concept"] for row in findings.concepts("strategy", "research")}
    columns = {row["label"]: row["concept"] for row in findings.concepts("outcome", "research")}
    for row in rows:
        told = findings.gap("strategy", "research", names[row[0]])
        assert told is not None
        assert row[2:6] == [
            str(told["n"]),
            *map(percent, (told["unmentioned"], told["low"], told["high"])),
        ]
        for number in range(6, len(head), 2):
            cell = findings.gap(
                "strategy", "research", names[row[0]], "outcome", columns[head[number]]
            )
            n, share = (cell["n"], cell["unmentioned"]) if cell else (0, None)
            assert (row[number].removesuffix(" ▼"), row[number + 1]) == (str(n), percent(share))


def test_pressing_a_drawn_cell_lists_its_texts(page: Any) -> None:
    cell = page.evaluate(
        "() => { const d = source('map-cells').data, i = d.texts.findIndex((n) => Number(n) > 2);"
        " return [i, d.strategy[i], d.column[i], d.texts[i]]; }"
    )
    page.mouse.click(*place_of(page, "map", "map-cells", cell[0]))
    page.locator("#texts-box[open]").wait_for()
    assert page.locator("#texts-title").inner_text() == f"{cell[1]} and {cell[2]}"
    assert page.locator("#texts-says").inner_text().startswith(f"{cell[3]} research texts")
    page.locator("#texts-list > li").nth(int(cell[3]) - 1).wait_for()
    assert page.locator("#texts-list > li").count() == int(cell[3])


def test_a_listed_text_shows_its_sentences_marked_and_its_doi(page: Any) -> None:
    table_of(page, "map")
    page.locator("#map-numbers td button").first.click()
    first = page.locator("#texts-list > li").first
    first.wait_for()
    address = first.locator("h3 a").get_attribute("href")
    assert address.startswith("https://doi.org/10.9999/invented.")
    assert first.locator("blockquote mark").first.inner_text().startswith("a coalition")
    assert "Build a coalition" in first.locator("blockquote mark small").first.inner_text()
    assert first.locator(".badge").inner_text() == "mentions no relationship"


def says(page: Any) -> dict[str, str]:
    return {
        name: page.locator(f"#{name}-says").inner_text()
        for name in ("map", "trend", "roles", "graph", "silences")
    }


def test_choosing_the_corpus_moves_every_figure(page: Any) -> None:
    before = says(page)
    page.select_option("#corpus", label="practice")
    after = says(page)
    assert all(before[name] != after[name] for name in before)
    assert "practice passages" in page.locator("#chosen").inner_text()


@pytest.mark.parametrize(
    ("control", "choice"),
    [("#from", "2015"), ("#setting", "Hospitals"), ("#orientation", "transactional")],
)
def test_every_filter_acts_on_all_figures_at_once(page: Any, control: str, choice: str) -> None:
    tables = ("map", "comparison", "trend", "roles", "graph")
    before = {name: table_of(page, name) for name in tables}
    page.select_option(control, label=choice)
    after = {name: table_of(page, name) for name in tables}
    assert all(before[name] != after[name] for name in tables)
    page.locator("button[type=reset]").click()
    page.wait_for_timeout(100)
    assert {name: table_of(page, name) for name in tables} == before


def test_a_filtered_count_is_the_count_of_those_texts(
    make_study: Maker, open_page: Open, invented_texts: Callable[[int], Any]
) -> None:
    texts = invented_texts(120)
    study = make_study(texts=texts)
    stage.run(study)
    page = open_page(study)
    page.select_option("#from", label="2012")
    page.select_option("#setting", label="Schools")
    chosen = [
        text
        for text in texts.rows
        if text["corpus"] == "research"
        and text["year"] >= 2012
        and {"school", "audit"} <= set(text["concepts"])
    ]
    row = next(r for r in table_of(page, "map") if r[0] == "Audit and provide feedback")
    silent = sum(not t["related"] for t in chosen)
    assert chosen
    assert row[2:4] == [str(len(chosen)), percent(silent / len(chosen))]


CHOICES: list[dict[str, str]] = [
    {},
    {"corpus": "practice"},
    {"setting": "Schools"},
    {"from": "2010", "to": "2016"},
    {"orientation": "transactional"},
    {"from": "2012", "setting": "Hospitals", "orientation": "relational"},
    {"corpus": "practice", "setting": "Hospitals", "orientation": "mixed"},
    {"across": "years", "from": "2008"},
    {"across": "determinants", "measure": "the share that names the strategy"},
    {"role-of": "Fidelity", "setting": "Hospitals", "measure": "the share that names the strategy"},
]


def all_that_is_shown(page: Any, choice: dict[str, str]) -> dict[str, Any]:
    """Every number and sentence of the page once a choice is made, in an order of its own."""
    for control, label in choice.items():
        page.select_option(f"#{control}", label=label)
    page.wait_for_selector("#main:not([aria-busy=true])")
    shown: dict[str, Any] = {
        name: sorted(table_of(page, name)) for name in ("map", "comparison", "trend", "roles")
    }
    # Of concepts that are met as often, any may come first.
    shown["graph"] = sorted(row[:4] for row in table_of(page, "graph"))
    for name in ("answers", "misfits", "silences", "missing"):
        rows = page.locator(f"#{name} tr")
        shown[name] = sorted(rows.evaluate_all("rs => rs.map(r => r.innerText)"))
    words = [f"#{name}-says" for name in ("map", "comparison", "trend", "roles", "silences")]
    shown["words"] = [page.locator(place).inner_text() for place in ("#chosen", *words)]
    shown["links"] = page.evaluate(
        "() => study.edges.map(([a, b]) => [a, b, counts.pairs.get(pairOf(a, b)) || 0])"
    )
    return shown


def test_counts_that_are_added_up_are_those_of_the_texts_whatever_is_chosen(
    make_study: Maker,
    open_page: Open,
    invented_texts: Callable[[int], Any],
    with_fits: Callable[[Study], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = invented_texts(400)
    texts.rows[3]["document"] = None  # a practice text that is no passage
    study = make_study(texts=texts)
    with_fits(study)
    monkeypatch.setattr(carrying, "MOST_TEXTS", 50)
    shown = []
    for most in (carrying.MOST_COUNTED, 60):
        monkeypatch.setattr(carrying, "MOST_COUNTED", most)
        stage.run(study)
        pages = [open_page(study) for _ in CHOICES]
        assert pages[0].evaluate("() => Boolean(study.counted)") == (most == 60)
        shown.append([all_that_is_shown(*both) for both in zip(pages, CHOICES, strict=True)])
    for choice, counted, added in zip(CHOICES, *shown, strict=True):
        for part, told in counted.items():
            assert added[part] == told, (choice, part)


def test_a_number_that_is_added_up_opens_a_sample_of_its_texts(
    make_study: Maker, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(400)
    monkeypatch.setattr(carrying, "MOST_COUNTED", 60)
    monkeypatch.setattr(carrying, "MOST_TEXTS", 50)
    stage.run(study)
    page = open_page(study)
    page.select_option("#from", label="2010")
    row = max(table_of(page, "map")[1:], key=lambda row: int(row[2]))
    page.locator("#map-numbers tbody tr", has_text=row[0]).locator("td button").first.click()
    page.locator("#texts-list > li").first.wait_for()
    says = page.locator("#texts-says").inner_text()
    carried = page.evaluate("() => listed.length")
    assert 0 < carried < int(row[2])
    assert says == (
        f"{row[2]} research texts; those that mention no relationship come first. "
        f"This page carries {carried} of them to read, a sample."
    )


def test_tests_against_chance_are_hidden_where_texts_are_chosen(page: Any) -> None:
    marks = "() => source('map-cells').data.mark.filter(Boolean).length"
    assert page.evaluate(marks)
    page.select_option("#from", label="2012")
    assert page.evaluate(marks) == 0
    assert any("hidden" in t for t in page.evaluate("() => source('map-notes').data.text"))


def test_a_table_sorts_by_any_column_and_says_so(page: Any) -> None:
    table_of(page, "map")
    button = page.locator("#map-numbers thead button", has_text="Texts")
    button.click()
    heading = page.locator("#map-numbers thead th", has_text="Texts")
    assert heading.get_attribute("aria-sort") == "descending"
    numbers = [int(row[2]) for row in table_of(page, "map")[1:]]
    assert numbers == sorted(numbers, reverse=True)
    button.click()
    assert [int(row[2]) for row in table_of(page, "map")[1:]] == sorted(numbers)


def test_a_table_downloads_as_csv(page: Any) -> None:
    shown = table_of(page, "roles")
    with page.expect_download() as download:
        page.locator("#roles-numbers .csv").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == shown[0]
    assert [row[:2] for row in rows[1:]] == [row[:2] for row in shown[1:]]


@pytest.mark.parametrize("figure", ["map", "comparison", "trend", "roles", "graph", "flow"])
def test_each_figure_downloads_as_svg_and_png(page: Any, figure: str) -> None:
    for kind in ("svg", "png"):
        with page.expect_download() as download:
            page.locator(f"[data-save={figure}][data-as={kind}]").click()
        content = Path(download.value.path()).read_bytes()
        assert download.value.suggested_filename == f"{figure}.{kind}"
        if kind == "svg":
            assert ElementTree.fromstring(content).tag == "{http://www.w3.org/2000/svg}svg"
        else:
            assert content.startswith(b"\x89PNG")
        assert len(content) > 2000


def test_the_graph_tells_the_numbers_of_the_nodes_table(reported: Study, page: Any) -> None:
    told = {
        row["label"]: [str(row["n"]), percent(row["unmentioned"])]
        for (_, corpus), row in read_findings(reported).nodes.items()
        if corpus == "research" and row["n"]
    }
    assert {row[0]: row[2:4] for row in table_of(page, "graph")[1:]} == told


def test_the_graph_finds_a_concept_and_zooms_to_it(page: Any) -> None:
    span = "() => source('graph-x').end - source('graph-x').start"
    before = page.evaluate(span)
    page.locator("#find").fill("trust")
    page.locator("#find").press("Enter")
    assert page.locator("#found").inner_text().startswith("Trust: ")
    assert page.evaluate(span) < before
    assert len(page.evaluate("() => source('graph-found').data.x")) == 1
    page.locator("#zoom-all").click()
    assert page.evaluate(span) == pytest.approx(before)


def test_silent_pairs_are_dashed_in_the_graph(reported: Study, page: Any) -> None:
    silent = [
        row
        for row in read_findings(reported).silences.values()
        if row["corpus"] == "research"
        and row["kind"] == "relational-transactional"
        and row["verdict"] in ("never mentioned", "under-mentioned")
    ]
    assert silent
    assert len(page.evaluate("() => source('graph-missing').data.x0")) == len(silent)


def test_the_roles_are_those_of_the_roles_table_for_all_texts_and_for_an_outcome(
    reported: Study, page: Any
) -> None:
    rows = read_findings(reported).further["roles"]
    for outcome, name in (("", "anything"), ("fidelity", "Fidelity")):
        page.select_option("#role-of", label=name)
        told = {
            row["role"]: [str(row["n"]), *map(percent, (row["share"], row["low"], row["high"]))]
            for row in rows
            if row["corpus"] == "research" and row["outcome"] == outcome
        }
        shown = {row[0]: row[1:] for row in table_of(page, "roles")[1:]}
        assert shown == told


def test_the_texts_of_a_role_are_as_many_as_its_number(page: Any) -> None:
    first = table_of(page, "roles")[1]
    page.locator("#roles-numbers td button").first.click()
    assert page.locator("#texts-says").inner_text().startswith(f"{first[1]} research texts")


def test_the_trend_is_told_in_words_unless_texts_are_chosen(page: Any) -> None:
    assert page.locator("#trend-tells").inner_text().startswith("Silence grows from 2005 to 2022")
    page.select_option("#from", label="2012")
    assert page.locator("#trend-tells").inner_text() == ""


def test_the_difference_of_the_corpora_has_its_interval_whatever_texts_are_chosen(
    page: Any,
) -> None:
    for _ in range(2):
        for row in table_of(page, "comparison")[1:]:
            if "–" not in row[5]:
                middle, low, high = (float(cell.removesuffix(" points")) for cell in row[5:8])
                assert low <= middle <= high
                assert high - low > 1
        page.select_option("#from", label="2012")


def test_the_stratified_odds_ratio_is_told_of_all_texts_only(page: Any) -> None:
    assert any(row[8] != "–" for row in table_of(page, "comparison")[1:])
    page.select_option("#from", label="2012")
    assert all(row[8:11] == ["–"] * 3 for row in table_of(page, "comparison")[1:])


def test_filtered_passages_have_intervals_too(page: Any) -> None:
    page.select_option("#corpus", label="practice")
    page.select_option("#setting", label="Hospitals")
    assert "95% CI" in page.locator("#chosen").inner_text()
    rows = table_of(page, "map")[1:]
    assert rows
    assert all("–" not in row[4:6] for row in rows)


@given(
    st.lists(
        st.integers(1, 40).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))),
        min_size=1,
        max_size=12,
    ),
    st.floats(0, 3),
)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
def test_the_page_tells_the_intervals_of_the_gaps_stage(
    page: Any, documents: list[tuple[int, int]], spread: float
) -> None:
    sizes, yes = (np.array(column) for column in zip(*documents, strict=True))
    shares = tally_documents(np.zeros(len(sizes), int), sizes, yes, 1, spread)
    once = [[*document, 1] for document in documents]
    told = page.evaluate("([d, s]) => clustered(d, s)", [once, [spread, TRUST]])
    assert told == pytest.approx([float(end[0]) for end in shares.interval], abs=1e-4)
    n, k = int(sizes.sum()), int(yes.sum())
    plain = page.evaluate("([k, n]) => wilson(k, n)", [k, n])
    assert plain == pytest.approx([float(end) for end in wilson(k / n, n)], abs=1e-9)


def test_with_what_strategies_a_determinant_is_met_follows_the_filters(
    make_study: Maker, open_page: Open, invented_texts: Callable[[int], Any]
) -> None:
    texts = invented_texts(120)
    study = make_study(texts=texts)
    stage.run(study)
    page = open_page(study)
    page.select_option("#from", label="2015")
    met = [
        text
        for text in texts.rows
        if text["corpus"] == "research" and text["year"] >= 2015 and "resources" in text["concepts"]
    ]
    told = page.locator("#answers tbody tr").first.locator("td").all_inner_texts()
    assert told[0] == str(len(met))
    assert sum(map(int, told[1:6])) == len(met)
    assert "–" not in told[6:]


def test_the_texts_nearest_to_an_unwritten_pair_can_be_read(page: Any) -> None:
    row = page.locator("#missing tbody tr").first
    assert row.locator("th").inner_text() == "Active listening"
    button = row.locator("td button").first
    number = int(button.inner_text())
    button.click()
    page.locator("#texts-list > li").nth(number - 1).wait_for()
    assert "active listening" in page.locator("#texts-list > li mark").first.inner_text()


def test_a_silent_pair_says_what_it_would_not_stand_without(page: Any) -> None:
    rows = page.locator("#silences tbody tr").evaluate_all(
        "rows => rows.map((row) => row.lastElementChild.textContent)"
    )
    assert set(rows) == {"year 2015", ""}


def test_it_can_be_used_with_the_keyboard_alone(page: Any) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "Skip to the findings"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.textContent") == "The gap map as a table":
            break
    page.keyboard.press("Enter")
    page.locator("#map-numbers table").wait_for()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.matches('td button')"):
            break
    page.keyboard.press("Enter")
    page.locator("#texts-box[open] #texts-list > li").first.wait_for()
    page.keyboard.press("Escape")
    assert page.locator("#texts-box[open]").count() == 0
    assert page.evaluate("() => document.activeElement.matches('td button')")


@pytest.mark.parametrize("width", [320, 390, 768])
def test_a_small_screen_never_scrolls_sideways(
    reported: Study, open_page: Open, width: int
) -> None:
    page = open_page(reported, width)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


HOSTILE = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"
LONG = "x" * 10_000


def test_texts_are_data_and_never_run(
    make_study: Maker, open_page: Open, invented_texts: Callable[[int], Any]
) -> None:
    texts = invented_texts(40)
    mine = [t for t in texts.rows if t["corpus"] == "research" and "audit" in t["concepts"]][:4]
    titles = [HOSTILE, "عنوان من اليمين إلى اليسار", "🧑🏽‍⚕️ and 👩‍👩‍👧‍👦", LONG]
    for text, title in zip(mine, titles, strict=True):
        text["title"] = title
        text["doi"] = '10.9999/"quoted"\'><script>1</script>'
    study = make_study(
        texts=texts, title=HOSTILE, notice="</script><script>window.hacked = 1</script>"
    )
    stage.run(study)
    page = open_page(study)
    table_of(page, "map")
    row = page.locator("#map-numbers tbody tr", has_text="Audit and provide feedback")
    row.locator("button").first.click()
    page.locator("#texts-list > li").first.wait_for()
    shown = page.locator("#texts-list h3").all_text_contents()
    assert all(title in shown for title in titles)
    assert page.locator(".kicker").inner_text() == HOSTILE
    assert page.evaluate("() => window.hacked") is None
    links = page.locator("#texts-list h3 a").evaluate_all(
        "a => a.map((l) => l.getAttribute('href'))"
    )
    assert "https://doi.org/10.9999/%22quoted%22'%3E%3Cscript%3E1%3C/script%3E" in links
    box = page.locator("#texts-box")
    assert box.evaluate("(box) => box.scrollWidth - box.clientWidth") <= 0


def test_an_address_that_is_no_web_address_is_not_a_link(
    make_study: Maker, open_page: Open, invented_texts: Callable[[int], Any]
) -> None:
    texts = invented_texts(20)
    for text in texts.rows:
        text["doi"], text["url"] = None, "javascript:window.hacked = 1"
    study = make_study(texts=texts)
    stage.run(study)
    page = open_page(study)
    table_of(page, "map")
    page.locator("#map-numbers td button").first.click()
    page.locator("#texts-list > li").first.wait_for()
    assert page.locator("#texts-list a").count() == 0


def test_a_study_of_one_corpus_has_no_comparison(
    make_study: Maker, open_page: Open, invented_texts: Callable[[int], Any]
) -> None:
    texts = invented_texts(60)
    texts.rows = [t for t in texts.rows if t["corpus"] == "research"]
    study = make_study(texts=texts)
    stage.run(study)
    page = open_page(study)
    assert not page.locator("#comparison-section").is_visible()
    assert page.locator("#corpus option").all_text_contents() == ["research"]


def test_a_study_that_found_nothing_opens_and_says_so(make_study: Maker, open_page: Open) -> None:
    study = make_study(0)
    stage.run(study)
    page = open_page(study)
    assert page.locator("h1").inner_text() == "No text of this study names a strategy."
    assert "names a strategy" in page.locator("#map-says").inner_text()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed")
@pytest.mark.parametrize("width", [390, 1280])
def test_an_accessibility_checker_finds_no_serious_fault(
    reported: Study, open_page: Open, width: int
) -> None:
    page = open_page(reported, width)
    for figure in ("map", "comparison", "trend", "roles", "graph", "flow"):
        table_of(page, figure)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    faults = page.evaluate("() => axe.run()")["violations"]
    page.locator("#map-numbers td button").first.click()
    page.locator("#texts-list > li").first.wait_for()
    faults += page.evaluate("() => axe.run('#texts-box')")["violations"]
    serious = [
        (fault["id"], node["html"][:200], node["failureSummary"])
        for fault in faults
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]
    assert serious == []
