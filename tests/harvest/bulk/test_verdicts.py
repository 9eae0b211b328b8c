"""Which rows stand, against a plain reckoning with dictionaries."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipeline.harvest.bulk import verdicts
from pipeline.harvest.bulk.items import Kind
from pipeline.harvest.bulk.joining import plainly_differ, words_of
from pipeline.harvest.bulk.verdicts import DROPPED, Table, Verdict, join_copies, settle_versions

KINDS = st.sampled_from([Kind.TEXT, Kind.TEXT, Kind.REFUSED, Kind.RETIRED])
ROWS = st.lists(st.tuples(st.integers(0, 6), KINDS), max_size=40)
SETTINGS = settings(max_examples=60, deadline=None)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("verdicts") / "scratch"


@pytest.fixture(params=[1 << 22, 4], ids=["one bucket", "many buckets"])
def buckets(request, monkeypatch):
    monkeypatch.setattr(verdicts, "BUCKET_ROWS", request.param)
    monkeypatch.setattr(verdicts, "_CHUNK", 3 if request.param == 4 else 1 << 22)


def table_of(scratch, rows, **columns):
    table = Table(scratch, rows)
    for name, values in columns.items():
        place = getattr(table, name, None)
        (table.keys[name] if place is None else place)[:rows] = values
    return table


@pytest.mark.usefixtures("buckets")
@SETTINGS
@given(rows=ROWS)
def test_the_latest_row_of_an_identifier_stands_unless_it_is_retired(scratch, rows):
    table = table_of(
        scratch, len(rows), number=[number for number, _ in rows], kind=[kind for _, kind in rows]
    )
    settle_versions(table, 0, len(rows))
    latest = {number: place for place, (number, _) in enumerate(rows)}
    for place, (number, kind) in enumerate(rows):
        if kind == Kind.RETIRED or not number or latest[number] == place:
            assert table.verdict[place] == Verdict.STANDS
        elif rows[latest[number]][1] == Kind.RETIRED:
            assert table.verdict[place] == Verdict.RETIRED
        else:
            assert table.verdict[place] == Verdict.REPLACED
            assert table.into[place] == latest[number]
    table.close()


COPIES = st.lists(st.tuples(*(st.integers(0, 3) for _ in range(3)), st.integers(1, 2)), max_size=30)


@pytest.mark.usefixtures("buckets")
@SETTINGS
@given(rows=COPIES)
def test_what_stands_has_each_identifier_once_and_every_copy_says_where_it_went(scratch, rows):
    titles = [words_of(title) for title in ("", "lamps and oil", "lamps and oil", "a far quay")]
    doi, title, abstract, rank = (
        (list(column) for column in zip(*rows, strict=True)) if rows else ([],) * 4
    )
    table = table_of(
        scratch, len(rows), doi=doi, title=[titles[t] for t in title], abstract=abstract,
        rank=rank, kind=[Kind.TEXT] * len(rows),
    )  # fmt: skip
    join_copies(table)
    verdict = table.verdict[: len(rows)]
    named = Counter(
        d for d, v in zip(doi, verdict.tolist(), strict=True)
        if d and not v & DROPPED and not v & verdicts.APART_DOI
    )  # fmt: skip
    assert set(named.values()) <= {1}
    assert set(named) == set(doi) - {0}
    for place, v in enumerate(verdict.tolist()):
        if v & DROPPED:
            into = int(table.into[place])
            assert doi[into] == doi[place]
            assert not verdict[into] & DROPPED
            assert rank[into] <= rank[place]
    table.close()


def test_titles_that_share_less_than_half_their_words_plainly_differ():
    told = [
        ("lamps and oil", "oil and lamps", False),
        ("lamps", "ferries", True),
        ("", "quay", False),
    ]
    for one, other, expected in told:
        a, b = (np.array([words_of(title)], np.uint64) for title in (one, other))
        assert plainly_differ(a, b).tolist() == [expected]


def test_a_row_of_the_other_sources_always_stands(scratch):
    table = table_of(scratch, 3, doi=[5, 5, 5], rank=[1, 0, 0], kind=[Kind.TEXT] * 3)
    join_copies(table)
    assert table.verdict.tolist() == [Verdict.SAME_DOI, Verdict.STANDS, Verdict.STANDS]
    assert table.into[0] == 1
    table.close()
