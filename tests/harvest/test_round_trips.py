"""Whatever is written in a format is read back, and damage loses nothing without a word."""

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipeline.errors import RapportError
from pipeline.harvest.entries import Broken, Entry, Item
from pipeline.harvest.files import read
from pipeline.harvest.normalise import Row, row
from pipeline.study import Source

WORDS = st.lists(
    st.text(st.characters(codec="utf-8", categories=("L", "N", "S", "P")), min_size=1, max_size=8),
    min_size=1,
    max_size=8,
).map(" ".join)
LETTERS = st.text(st.sampled_from("abcdeéßαЖ漢"), min_size=1, max_size=9)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "title": st.builds(lambda a, b: f"{a} {b}", LETTERS, WORDS),
            "abstract": st.builds(lambda a, b: f"{a} {b}", LETTERS, WORDS),
            "year": st.integers(1900, 2099).map(str),
        }
    ),
    min_size=1,
    max_size=6,
)


def as_ris(records):
    return "".join(
        f"TY  - JOUR\nTI  - {r['title']}\nAB  - {r['abstract']}\nPY  - {r['year']}\nER  - \n"
        for r in records
    )


def as_nbib(records):
    return "".join(
        f"PMID- {n}\nTI  - {r['title']}\nAB  - {r['abstract']}\nDP  - {r['year']}\n\n"
        for n, r in enumerate(records, 1)
    )


def as_wos(records):
    return "FN Invented\nVR 1.0\n" + "".join(
        f"PT J\nTI {r['title']}\nAB {r['abstract']}\nPY {r['year']}\nER\n\n" for r in records
    )


def as_proquest(records):
    return "".join(
        f"{'_' * 60}\n\n{r['title']}\n\nAbstract: {r['abstract']}\n\nTitle: {r['title']}\n\n"
        f"Publication year: {r['year']}\n\nProQuest document ID: {n}\n\n"
        for n, r in enumerate(records)
    )


def as_endnote(records):
    return "<xml><records>" + "".join(
        f"<record><titles><title>{escape(r['title'])}</title></titles><dates><year>{r['year']}"
        f"</year></dates><abstract>{escape(r['abstract'])}</abstract></record>\n"
        for r in records
    ) + "</records></xml>"  # fmt: skip


def as_bibtex(records):
    def braced(text):
        return "".join("\\" + char if char in "&%$#_{}" else char for char in text)

    return "".join(
        f"@article{{k{n},\n title = {{{braced(r['title'])}}},\n"
        f" abstract = {{{braced(r['abstract'])}}},\n year = {{{r['year']}}}\n}}\n"
        for n, r in enumerate(records)
    )


def as_table(delimiter):
    def write(records):
        text = io.StringIO()
        writer = csv.DictWriter(text, ["title", "abstract", "year"], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(records)
        return text.getvalue()

    return write


FORMATS = {
    "a.ris": as_ris,
    "a.nbib": as_nbib,
    "a.ciw": as_wos,
    "proquest.txt": as_proquest,
    "a.xml": as_endnote,
    "a.bib": as_bibtex,
    "a.csv": as_table(","),
    "semicolon.csv": as_table(";"),
    "a.tsv": as_table("\t"),
    "a.json": json.dumps,
    "a.jsonl": lambda records: "".join(json.dumps(r) + "\n" for r in records),
}


def items(name: str, content: str | bytes) -> list[Item]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return list(read(Source("s", "file", "research", {"path": path})))


def clean(entry: Entry) -> tuple[str, str, int | None]:
    made = row(entry)
    assert isinstance(made, Row)
    return made.title, made.abstract, made.year


def plain(record) -> tuple[str, str, int | None]:
    """The record as it would be if no format had been between."""
    return clean(Entry(place="", **record))


def markup_free(record) -> bool:
    """Records without signs that a format cannot carry, or that mean something in it."""
    text = record["title"] + record["abstract"]
    return not set(text) & set("\\{}~`'\"-<&$;|^")


@pytest.mark.parametrize("name", FORMATS)
@given(records=RECORDS)
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_read_back(name, records):
    records = [record for record in records if markup_free(record)] or [
        {"title": "a b", "abstract": "c d", "year": "2019"}
    ]
    found = items(name, FORMATS[name](records))
    entries = [item for item in found if isinstance(item, Entry)]
    assert [clean(entry) for entry in entries] == [plain(record) for record in records]


NUMBERED = [
    {"title": f"Trust number {n}", "abstract": f"We built it {n} times, and well.", "year": "2019"}
    for n in range(6)
]
NOT_A_LINE_EACH = ("a.json", "a.csv", "semicolon.csv")


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_file_cut_anywhere_gives_all_entries_before_the_cut(name, data):
    """The entry that was cut is read as far as it goes, or is broken; none before it is lost."""
    whole = FORMATS[name](NUMBERED)
    first = whole.index(NUMBERED[1]["title"])
    cut = data.draw(st.integers(first, len(whole)))
    found = items(name, whole[:cut])
    entries = [item for item in found if isinstance(item, Entry)]
    finished = sum(whole.find(f"number {n + 1}", 0, cut) > 0 for n in range(5))
    assert len(entries) >= finished
    for entry, record in zip(entries[:finished], NUMBERED, strict=False):
        assert clean(entry) == plain(record)


@pytest.mark.parametrize("name", [n for n in FORMATS if n not in NOT_A_LINE_EACH])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_line_lost_anywhere_loses_no_other_entry(name, data):
    lines = FORMATS[name](NUMBERED).split("\n")
    lost = data.draw(st.integers(1, len(lines) - 1))
    found = items(name, "\n".join(lines[:lost] + lines[lost + 1 :]))
    titles = [item.title for item in found if isinstance(item, Entry)]
    told = sum(isinstance(item, Entry | Broken) for item in found)
    kept = [record["title"] for record in NUMBERED if any(record["title"] in t for t in titles)]
    assert len(kept) >= len(NUMBERED) - 1
    assert told >= len(NUMBERED) - 1


def read_or_refused(name: str, content: bytes) -> None:
    """Read a file; the only error it may raise is one clear line."""
    refused = ""
    try:
        items(name, content)
    except RapportError as error:
        refused = str(error)
    assert "\n" not in refused


@given(st.binary(max_size=400), st.sampled_from(list(FORMATS)))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused_in_one_line(content, name):
    read_or_refused(name, content)


@given(st.sampled_from(list(FORMATS)), st.data())
@settings(max_examples=200, deadline=None)
def test_a_damaged_file_is_read_or_refused_in_one_line(name, data):
    whole = FORMATS[name](NUMBERED).encode()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 40)))
    damage = data.draw(st.binary(max_size=12))
    read_or_refused(name, whole[:start] + damage + whole[end:])
