"""All of OpenAlex: inverted indexes, works that are no more, a manifest, both of its forms."""

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_files import ABSTRACT, OPENALEX, PUBMED, article, inverted, openalex, packed, pubmed, work
from pipeline.errors import RapportError


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "openalex"


def test_a_work_is_read_with_its_abstract_put_together(folder, harvest):
    openalex(folder, "2026-01-01", [work(4_400_000_001, doi="https://doi.org/10.9999/Quay.1")])
    (record,) = harvest(OPENALEX).records
    assert record["record_id"] == "doi:10.9999/quay.1"
    assert record["source_id"] == "W4400000001"
    assert record["abstract"] == ABSTRACT.format(4_400_000_001)
    assert (record["year"], record["venue"], record["authors"]) == (
        2016,
        "Quayside Letters",
        "Rita Roe",
    )


def test_an_abstract_with_holes_is_rejected_for_its_missing_words(folder, harvest):
    index = inverted(ABSTRACT)
    del index["lighthouse"]
    openalex(folder, "2026-01-01", [work(1), work(2, abstract_inverted_index=index)])
    found = harvest(OPENALEX)
    assert found.why("part_0000.gz, W2") == "rejected: its abstract has words missing"
    assert found.counts("openalex") == (2, 1, 0, 1)


@pytest.mark.parametrize("index", [None, {}, {"InvertedIndex": {}}])
def test_a_work_without_abstract_is_rejected(index, folder, harvest):
    openalex(folder, "2026-01-01", [work(2, abstract_inverted_index=index)])
    assert harvest(OPENALEX).why("W2") == "rejected: has no abstract"


def test_an_index_inside_another_is_read(folder, harvest):
    openalex(
        folder,
        "2026-01-01",
        [work(1, abstract_inverted_index={"InvertedIndex": inverted("Quiet trust.")})],
    )
    assert harvest(OPENALEX).records[0]["abstract"] == "Quiet trust."


@pytest.mark.parametrize(
    "odd",
    [
        {"authorships": None}, {"primary_location": None}, {"keywords": "trust"}, {"ids": []},
        {"authorships": [None, 3]}, {"biblio": [1]}, {"title": 7}, {"publication_year": "2016"},
    ],
)  # fmt: skip
def test_a_field_of_another_shape_costs_no_work(odd, folder, harvest):
    openalex(folder, "2026-01-01", [work(1, **odd)])
    (record,) = harvest(OPENALEX).records
    assert record["source_id"] == "W1"
    assert record["year"] == 2016


def test_a_work_of_a_later_day_replaces_the_earlier_one(folder, harvest):
    openalex(folder, "2026-03-01", [work(1, title="New title of the quay")])
    openalex(folder, "2025-12-01", [work(1), work(2)])
    found = harvest(OPENALEX)
    assert {record["title"] for record in found.records} == {
        "New title of the quay",
        "Tide tables and candour at quay 2",
    }
    assert found.why("2025-12-01/part_0000.gz, W1") == (
        "merged: replaced by a later version, works/updated_date=2026-03-01/part_0000.gz, W1"
    )


def test_deleted_and_merged_works_do_not_stand(folder, harvest):
    openalex(folder, "2026-01-01", [work(1), work(2), work(3)])
    packed(
        folder / "merged_ids/works/2026-02-01.csv.gz",
        b"merge_date,id,merge_into_id\n2026-02-01,W2,W1\n",
    )
    (folder / "works/deleted_ids.csv").write_text("id\nhttps://openalex.org/W3\n")
    packed(
        folder / "merged_ids/authors/2026-02-01.csv.gz",
        b"merge_date,id,merge_into_id\n2026-02-01,A2,A1\n",
    )
    found = harvest(OPENALEX)
    assert [record["source_id"] for record in found.records] == ["W1"]
    reason = "rejected: deleted by OpenAlex, or merged into another work there"
    assert (found.why("W2"), found.why("W3")) == (reason, reason)
    assert found.counts("openalex") == (3, 1, 0, 2)


def test_other_things_than_works_are_passed_over(folder, harvest):
    openalex(folder, "2026-01-01", [work(1)])
    packed(
        folder / "authors/updated_date=2026-01-01/part_0000.gz",
        b'{"id": "https://openalex.org/A1"}\n',
    )
    assert harvest(OPENALEX).counts("openalex") == (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": "https://openalex.org/W9", "title": ', "is not JSON"),
        ('{"id": "https://openalex.org/W9", "abstract_inverted_index": null, "ti', "is not JSON"),
        ('{"title": "nameless"}', "has no OpenAlex identifier"),
        ('["W9"]', "is no work of OpenAlex"),
    ],
)
def test_a_bad_line_is_told_by_its_number_and_costs_no_other(line, reason, folder, harvest):
    openalex(folder, "2026-01-01", [work(1), line, work(3)])
    found = harvest(OPENALEX)
    assert [record["source_id"] for record in found.records] == ["W1", "W3"]
    assert found.why("part_0000.gz, line 2") == f"rejected: {reason}"
    assert found.section["unreadable"] == 1


def test_a_cut_part_is_left_out_whole(folder, harvest):
    openalex(folder, "2026-01-01", [work(1)])
    bad = openalex(folder, "2026-01-02", [work(2), work(3)])
    bad.write_bytes(bad.read_bytes()[:-5])
    found = harvest(OPENALEX)
    assert [record["source_id"] for record in found.records] == ["W1"]
    assert "damaged or cut short" in found.why("2026-01-02/part_0000.gz")


def announce(folder, *parts, sizes=()):
    entries = [
        {"url": f"s3://openalex/data/jsonl/works/{part.parent.name}/{part.name}", "meta": {"content_length": size}}
        for part, size in zip(parts, sizes or [part.stat().st_size for part in parts], strict=True)
    ]  # fmt: skip
    (folder / "works/manifest.json").write_text(json.dumps({"entries": entries}))


def test_a_file_of_the_manifest_that_is_not_there_is_told(folder, harvest):
    one, two = (openalex(folder, f"2026-01-0{n}", [work(n)]) for n in (1, 2))
    announce(folder, one, two)
    two.unlink()
    found = harvest(OPENALEX)
    assert (
        found.why("2026-01-02/part_0000.gz")
        == "rejected: is not there, though the manifest lists it"
    )
    assert found.section["unreadable"] == 1


def test_a_file_shorter_than_the_manifest_says_is_told(folder, harvest):
    one, two = (openalex(folder, f"2026-01-0{n}", [work(n)]) for n in (1, 2))
    announce(folder, one, two, sizes=(one.stat().st_size, 9_999))
    found = harvest(OPENALEX)
    assert "not the 9,999 of the manifest" in found.why("2026-01-02/part_0000.gz")
    assert [record["source_id"] for record in found.records] == ["W1"]


def test_a_damaged_manifest_is_one_line(folder, harvest):
    openalex(folder, "2026-01-01", [work(1)])
    (folder / "works/manifest.json").write_text("<html>")
    with pytest.raises(RapportError, match=r"manifest.json: is damaged. Download it again"):
        harvest(OPENALEX)


@pytest.mark.parametrize("form", ["text", "map"])
def test_the_parquet_form_gives_the_same_records(form, folder, harvest, tmp_path):
    works = [
        work(1),
        work(2, abstract_inverted_index=None),
        work(3, doi="https://doi.org/10.9999/3"),
    ]
    openalex(folder, "2026-01-01", works)
    lines = harvest(OPENALEX)
    for one in works:
        index = one["abstract_inverted_index"]
        one["abstract_inverted_index"] = (
            json.dumps(index)
            if form == "text" and index is not None
            else index and list(index.items())
        )
    type_ = pa.string() if form == "text" else pa.map_(pa.string(), pa.list_(pa.int32()))
    columns = {name: [one[name] for one in works] for name in works[0]}
    columns["abstract_inverted_index"] = pa.array(columns["abstract_inverted_index"], type_)
    path = tmp_path / "parquet/works/updated_date=2026-01-01/part_0000.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table(columns), path)
    rows = harvest(OPENALEX | {"path": "parquet"})
    assert rows.records == lines.records
    assert rows.counts("openalex") == lines.counts("openalex")
    path.write_bytes(path.read_bytes()[:-9])
    assert (
        "is no whole Parquet file" in harvest(OPENALEX | {"path": "parquet"}).rejected[0]["reason"]
    )


def test_both_forms_at_once_are_refused(folder, harvest):
    part = openalex(folder, "2026-01-01", [work(1)])
    part.with_suffix(".parquet").write_bytes(b"PAR1")
    with pytest.raises(
        RapportError, match="twice, as JSON Lines and as Parquet. Name the folder of one"
    ):
        harvest(OPENALEX)


def test_pubmed_stands_before_openalex_where_both_have_a_work(folder, harvest, tmp_path):
    pubmed(
        tmp_path / "pubmed/pubmed26n0001.xml.gz",
        article(5, "Quay one", doi="10.9999/1"),
        article(6, "Quay two"),
    )
    ids = {"pmid": "https://pubmed.ncbi.nlm.nih.gov/6"}
    openalex(
        folder, "2026-01-01",
        [work(1, title="Quay one", doi="https://doi.org/10.9999/1"), work(2, title="Quay two", ids=ids), work(3)],
    )  # fmt: skip
    found = harvest(OPENALEX, PUBMED)
    assert sorted((record["source"], record["source_id"]) for record in found.records) == [
        ("openalex", "W3"),
        ("pubmed", "5"),
        ("pubmed", "6"),
    ]
    assert found.why("W1") == "merged: the same DOI as pubmed26n0001.xml.gz, 5"
    assert found.why("W2") == "merged: the same PubMed identifier as pubmed26n0001.xml.gz, 6"
    assert found.counts("openalex") == (3, 1, 2, 0)


def test_works_of_one_title_and_year_are_one_where_their_abstracts_begin_alike(folder, harvest):
    same = {"title": "Annual report", "abstract_inverted_index": inverted("We kept the lamp lit.")}
    other = {"title": "Annual report", "abstract_inverted_index": inverted("The mole was mended.")}
    openalex(
        folder, "2026-01-01", [work(1, **same), work(2, **same), work(3, **other), work(4, **other)]
    )
    found = harvest(OPENALEX)
    assert [record["source_id"] for record in found.records] == ["W1", "W3"]
    assert len(found.ids) == 2
    assert found.why("W4").startswith("merged: the same title and year as")


def test_the_real_sample_is_read_whole(harvest, real_api, tmp_path):
    sample = real_api / "openalex" / "snapshot_works_part_000.gz"
    (tmp_path / "sample").mkdir()
    (tmp_path / "sample/part_000.gz").write_bytes(sample.read_bytes())
    found = harvest(OPENALEX | {"path": "sample"})
    with gzip.open(sample) as lines:
        works = [json.loads(line) for line in lines]
    received, kept, merged, rejected = found.counts("openalex")
    assert received == len(works) == kept + merged + rejected
    assert found.section["unreadable"] == 0
    with_abstract = sum(bool(one["abstract_inverted_index"]) for one in works)
    assert (
        rejected - sum(row["reason"] != "has no abstract" for row in found.rejected)
        == len(works) - with_abstract
    )
