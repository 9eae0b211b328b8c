"""The snapshot: whole pages or none, each what its checksum says."""

import gzip
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline.errors import RapportError
from pipeline.harvest.web.client import Request
from pipeline.harvest.web.snapshot import (
    Done,
    Plan,
    PlannedPart,
    Round,
    Snapshot,
    fingerprint,
    keep_page,
    pages,
    read_page,
    sweep,
)
from pipeline.harvest.web.source import Part

REQUEST = Request("/works", {"query": "trust é", "cursor": "a+/="}, True, 40)
DAY = date(2026, 11, 24)


@given(st.binary(max_size=300))
def test_a_page_comes_back_as_it_was_kept(tmp_path_factory, body):
    path = keep_page(tmp_path_factory.mktemp("walk"), 1, REQUEST, DAY, body)
    assert read_page(path) == (REQUEST, DAY, body)


def test_a_page_is_a_line_of_what_was_asked_and_then_the_answer(tmp_path):
    content = gzip.decompress(keep_page(tmp_path, 1, REQUEST, DAY, b'{"a": 1}').read_bytes())
    head, _, body = content.partition(b"\n")
    assert b'"day": "2026-11-24"' in head
    assert body == b'{"a": 1}'


def test_the_same_answer_makes_the_same_file(tmp_path):
    one, other = (keep_page(tmp_path / name, 1, REQUEST, DAY, b"x") for name in "ab")
    assert one.name == other.name
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("spoil", ["cut", "flipped", "emptied", "other"])
def test_a_page_that_is_not_what_was_fetched_is_told_and_not_read(tmp_path, spoil):
    path = keep_page(tmp_path, 1, REQUEST, DAY, b"x" * 1000)
    content = path.read_bytes()
    path.write_bytes(
        {
            "cut": content[:-9],
            "flipped": content[:20] + bytes([content[20] ^ 1]) + content[21:],
            "emptied": b"",
            "other": gzip.compress(b"{}\nother"),
        }[spoil]
    )
    with pytest.raises(RapportError, match="is damaged.*Delete it and run"):
        read_page(path)


def test_pages_after_a_gap_do_not_count(tmp_path):
    kept = [keep_page(tmp_path, number, REQUEST, DAY, b"x") for number in (1, 2, 4)]
    assert pages(tmp_path) == kept[:2]


def test_what_was_half_written_is_swept_away_and_nothing_else(tmp_path):
    page = keep_page(tmp_path / "walk-1", 1, REQUEST, DAY, b"x")
    (tmp_path / "walk-1" / ".00002-abc.gz.tmp").write_bytes(b"half")
    sweep(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [page]


def test_a_plan_and_what_came_of_it_are_read_as_they_were_kept(tmp_path):
    snapshot = Snapshot(tmp_path)
    part = PlannedPart(Part(DAY, DAY), 5, "round-1/part-001")
    plan = Plan("asked", (Round(DAY, Part(), 5, (part,), ("note",)),))
    done = Done(5, 5, 1, 0, ("round-1/part-001/walk-1/00001-x.gz",))
    assert snapshot.plan() is None
    assert snapshot.done(part) is None
    snapshot.keep_plan(plan)
    snapshot.keep_done(part, done)
    page = tmp_path / done.pages[0]
    page.parent.mkdir(parents=True, exist_ok=True)
    page.touch()
    assert snapshot.plan() == plan
    assert snapshot.done(part) == done


def test_a_part_of_which_a_page_is_gone_is_not_complete(tmp_path):
    snapshot = Snapshot(tmp_path)
    part = PlannedPart(Part(DAY, DAY), 5, "round-1/part-001")
    snapshot.keep_done(part, Done(5, 5, 1, 0, ("round-1/part-001/walk-1/00001-x.gz",)))
    assert snapshot.done(part) is None


def test_walks_are_in_order_of_number(tmp_path):
    part = PlannedPart(Part(), 5, "p")
    for number in (2, 10, 1):
        (tmp_path / "p" / f"walk-{number}").mkdir(parents=True)
    assert [walk.name for walk in Snapshot(tmp_path).walks(part)] == ["walk-1", "walk-2", "walk-10"]


def test_another_question_has_another_folder():
    assert fingerprint("pubmed", "trust", (2015, 2020)) == fingerprint(
        "pubmed", "trust", (2015, 2020)
    )
    assert fingerprint("pubmed", "trust", None) != fingerprint("pubmed", "trust*", None)


def test_a_damaged_plan_is_told(tmp_path):
    (tmp_path / "plan.json").write_text("{")
    with pytest.raises(RapportError, match="is damaged"):
        Snapshot(tmp_path).plan()
