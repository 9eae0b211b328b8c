"""Real exports and plans, counted in another way than the importers count them.

The files are not part of the project; where they are not beside it, these tests are skipped.
"""

import csv
import gzip
import json
import re
from pathlib import Path

import openpyxl
import pytest
from pipeline.harvest.documents.source import read as read_documents
from pipeline.harvest.entries import Broken, Entry
from pipeline.harvest.files import read
from pipeline.harvest.normalise import Row, row
from pipeline.study import Source

SHARED = Path(__file__).parents[2].parent / "shared"
REAL = SHARED / "real"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason=f"the real files are not at {REAL}")

EXPORTS = sorted(
    path
    for folder in ("exports", "literature", "dedupe", "bulk")
    for path in (REAL / folder).rglob("*.*")
    if path.suffix not in (".md", "") and path.name != "LICENSE"
)
ASREVIEW = [path for path in EXPORTS if "asreview" in path.parts]


def name_of(path: Path) -> str:
    return path.relative_to(REAL).as_posix()


def lines_like(pattern: str, path: Path) -> int:
    return len(re.findall(pattern.encode(), path.read_bytes(), re.M))


def rows_of_table(path: Path) -> list[list[str]]:
    """The rows under the heading that have more than one cell filled."""
    raw = path.read_bytes()
    text = raw.decode("utf-8-sig") if _is_utf_8(raw) else raw.decode("cp1252")
    delimiter = "\t" if path.suffix == ".tsv" else ";" if "excel" in path.name else ","
    csv.field_size_limit(2**31 - 1)
    rows = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter))
    heading = next(
        place
        for place, cells in enumerate(rows)
        if any("title" in cell.casefold() for cell in cells) and len(cells) > 4
    )
    return [cells for cells in rows[heading:] if sum(map(bool, cells)) > 1]


def _is_utf_8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def counted(path: Path) -> int:
    """How many records a file has, by its own marks."""
    if path.suffix == ".ris":
        return lines_like(r"^PMID-|^\W*TY {1,2}- ", path)
    if path.suffix == ".nbib":
        return lines_like(r"^PMID-", path)
    if path.suffix == ".ciw" or "public_health_wos" in path.parts:
        return lines_like(r"^PT ", path)
    if "social_work" in path.parts:
        return lines_like(r"^ProQuest document ID:", path)
    if path.suffix == ".bib":
        return lines_like(r"^@(?!comment|string|preamble)", path)
    if path.suffix == ".xml":
        return lines_like(r"<record>", path)
    if path.suffix == ".json":
        return len(json.loads(path.read_text())["data"])
    if path.suffix == ".gz":
        return sum(1 for line in gzip.open(path) if line.strip())
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        filled = [
            c for c in book.worksheets[0].iter_rows(values_only=True) if sum(map(bool, c)) > 2
        ]
        return len(filled) - 1
    return len(rows_of_table(path)) - 1


def rows_read(path: Path) -> tuple[list[Row], list[Broken]]:
    items = list(read(Source("s", "file", "research", {"path": path})))
    rows = [row(item) for item in items if isinstance(item, Entry)]
    assert all(isinstance(each, Row) for each in rows), "an entry without title and abstract"
    return rows, [item for item in items if isinstance(item, Broken)]


@pytest.fixture(scope="module", params=EXPORTS, ids=map(name_of, EXPORTS))
def export(request) -> tuple[Path, list[Row], list[Broken]]:
    """A real export and what was read of it."""
    return request.param, *rows_read(request.param)


def test_every_record_of_a_real_export_is_received(export):
    path, rows, broken = export
    assert len(rows) + len(broken) == counted(path)
    assert broken == []


def test_every_record_of_a_real_export_has_its_title(export):
    _, rows, _ = export
    assert sum(bool(each.title) for each in rows) >= len(rows) - 1  # one of 31,618 has none


WITHOUT_ABSTRACTS = ("googlescholar", "baseline_pubmed.csv", "eppireviewer.xlsx")


def test_most_records_of_a_real_export_have_an_abstract_unless_it_has_none(export):
    path, rows, _ = export
    share = sum(bool(each.abstract) for each in rows) / len(rows)
    if any(name in path.name for name in WITHOUT_ABSTRACTS):
        assert share == 0
    else:
        assert share > (0.35 if "social_work" in path.parts else 0.69)


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("exports/restoration_pubmed.nbib", r"^AB  - "),
        ("exports/restoration_WoS.ciw", r"^AB "),
        ("exports/zotero.ris", r"^AB  - "),
        ("exports/zotero.bib", r"^\tabstract = "),
        ("exports/zotero_endnote.xml", r"<abstract>"),
        ("literature/public_health_wos/WoS_other_reference_software_r0001-0500.txt", r"^AB "),
    ],
)
def test_every_abstract_of_a_real_export_is_read(name, mark):
    rows, _ = rows_read(REAL / name)
    assert sum(bool(each.abstract) for each in rows) == lines_like(mark, REAL / name)


def test_abstracts_of_a_table_are_as_they_stand_in_it():
    path = REAL / "literature" / "nagtegaal_2019.csv"
    cells = rows_of_table(path)
    place = cells[0].index("abstract")
    rows, _ = rows_read(path)
    written = [" ".join(each[place].split()) for each in cells[1:]]
    same = sum(
        each.abstract.replace("\n", " ") == text for each, text in zip(rows, written, strict=True)
    )
    assert same > 0.9 * len(rows)
    assert [bool(each.abstract) for each in rows] == [bool(text) for text in written]


def test_the_same_records_through_thirty_tools_have_the_same_dois():
    """Two groups of exports of nearly one set each; within a group, any two share most DOIs."""
    tools = "zotero|endnote|mendeley|rayyan|embase|refworks.ris"
    small = {}
    for path in ASREVIEW:
        dois = {each.doi for each in rows_read(path)[0] if each.doi}
        if 8 <= len(dois) <= 12 and re.search(tools, path.name):
            small[path.name + path.suffix] = dois
    assert len(small) >= 8
    common = set.intersection(*small.values())
    assert len(common) >= 7


def coded_passages() -> list[tuple[str, str]]:
    lines = (SHARED / "gold" / "coded.jsonl").read_text().splitlines()
    texts = [json.loads(line) for line in lines]
    return [
        (t["title"][:2], " ".join(t["text"].split())) for t in texts if t["corpus"] == "practice"
    ]


def test_passages_are_cut_as_coders_read_them():
    """Of the coded passages of up to 250 words, 85% are cut exactly, the rest within another."""
    source = Source("p", "documents", "practice", {"path": REAL / "practice"})
    passages: dict[str, set[str]] = {}
    for item in read_documents(source):
        if isinstance(item, Entry):
            passages.setdefault(item.document[:2], set()).add(" ".join(item.abstract.split()))
    coded = [(plan, text) for plan, text in coded_passages() if len(text.split()) <= 250]
    exact = [text in passages[plan] for plan, text in coded]
    assert len(passages) == 42
    assert sum(exact) >= 0.85 * len(coded)
    assert all(any(text in passage for passage in passages[plan]) for plan, text in coded)
