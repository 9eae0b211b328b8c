"""All of PubMed: later files tell better, deletions are obeyed, every entry is accounted for."""

import json

import pytest
from made_files import PUBMED, article, deleted, packed, pubmed, xml
from pipeline import tables
from pipeline.errors import RapportError
from pipeline.study import read_study


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "pubmed"


def test_a_record_is_read_with_all_its_fields(folder, harvest):
    pubmed(
        folder / "pubmed26n0001.xml.gz",
        article(7, "On beacons", "They &lt;met&gt; &#946; here.", "10.9999/B.7"),
    )
    (record,) = harvest(PUBMED).records
    assert record["record_id"] == "doi:10.9999/b.7"
    assert record["title"] == "On beacons"
    assert record["abstract"] == "They <met> β here."
    assert (record["year"], record["venue"], record["pmid"]) == (2015, "Annals of Beacons", "7")
    assert (record["source"], record["source_id"], record["corpus"]) == ("pubmed", "7", "research")
    assert record["url"] == "https://pubmed.ncbi.nlm.nih.gov/7/"


def test_the_record_of_a_later_file_replaces_the_earlier_one(folder, harvest):
    pubmed(folder / "baseline/pubmed26n0001.xml.gz", article(1), article(2))
    pubmed(folder / "updatefiles/pubmed26n1335.xml.gz", article(2, "Revised"))
    found = harvest(PUBMED)
    assert sorted(record["title"] for record in found.records) == [
        "Lamp oil and rapport at station 1",
        "Revised",
    ]
    assert found.why("pubmed26n0001.xml.gz, 2") == (
        "merged: replaced by a later version, updatefiles/pubmed26n1335.xml.gz, 2"
    )
    assert found.counts("pubmed") == (3, 2, 1, 0)


def test_files_are_in_the_order_of_their_numbers_whatever_their_folder(folder, harvest):
    pubmed(folder / "zzz/pubmed26n0001.xml.gz", article(1, "Old"))
    pubmed(folder / "aaa/pubmed26n1335.xml.gz", article(1, "New"))
    assert [record["title"] for record in harvest(PUBMED).records] == ["New"]


def test_of_two_versions_in_one_file_the_later_stands(folder, harvest):
    pubmed(
        folder / "pubmed26n0001.xml.gz", article(1, "One", version=1), article(1, "Two", version=2)
    )
    assert [record["title"] for record in harvest(PUBMED).records] == ["Two"]


def test_a_deleted_record_is_rejected_and_says_so(folder, harvest):
    pubmed(folder / "pubmed26n0001.xml.gz", article(1), article(2))
    pubmed(folder / "pubmed26n1335.xml.gz", deleted(2, 99))
    found = harvest(PUBMED)
    assert found.ids == {"pmid:1"}
    assert found.why("pubmed26n0001.xml.gz, 2") == "rejected: deleted by PubMed"
    assert found.counts("pubmed") == (2, 1, 0, 1)


def test_a_record_that_comes_back_after_its_deletion_stands(folder, harvest):
    pubmed(folder / "pubmed26n0001.xml.gz", article(1))
    pubmed(folder / "pubmed26n1335.xml.gz", deleted(1))
    pubmed(folder / "pubmed26n1336.xml.gz", article(1, "Back"))
    assert [record["title"] for record in harvest(PUBMED).records] == ["Back"]


def test_where_the_latest_version_has_no_abstract_the_earlier_does_not_stand_in(folder, harvest):
    pubmed(folder / "pubmed26n0001.xml.gz", article(1), article(2))
    pubmed(folder / "pubmed26n1335.xml.gz", article(1, abstract=""))
    found = harvest(PUBMED)
    assert found.ids == {"pmid:2"}
    assert found.counts("pubmed") == (3, 1, 1, 1)


def test_what_the_study_does_not_ask_for_is_rejected_with_its_reason(folder, harvest):
    pubmed(
        folder / "pubmed26n0001.xml.gz", article(1), article(2, year=1999), article(3, language="ger"),
        article(4, kind="Retracted Publication"), article(5, abstract=""), article(6, kind="Letter"),
    )  # fmt: skip
    asked = {"years": [2010, 2020], "languages": ["en"], "types": ["article"]}
    found = harvest(PUBMED | asked)
    assert found.ids == {"pmid:1"}
    assert [row["reason"] for row in found.rejected] == [
        "not of the years asked for",
        "in a language that was not asked for",
        "retracted",
        "has no abstract",
        "of a kind that was not asked for",
    ]


def test_a_query_is_read_on_each_record(folder, harvest):
    pubmed(
        folder / "pubmed26n0001.xml.gz",
        article(1),
        article(2, abstract="Nothing of the kind here."),
    )
    found = harvest(PUBMED, head='query = "trust AND keeper*"')
    assert found.ids == {"pmid:1"}
    assert found.why(", 2") == "rejected: not what the query asks for"


def test_two_records_that_share_a_doi_by_mistake_stay_two(folder, harvest):
    pubmed(
        folder / "pubmed26n0001.xml.gz",
        article(1, "Foghorns in the northern winter", doi="10.9999/supplement"),
        article(2, "Ferry crews and quiet listening", "A wholly other text.", "10.9999/supplement"),
    )
    assert harvest(PUBMED).ids == {"doi:10.9999/supplement", "pmid:2"}


def test_an_entry_that_is_not_well_formed_costs_no_other(folder, harvest):
    broken = article(2).replace("</ArticleTitle>", "</ArticelTitle>")
    pubmed(folder / "pubmed26n0001.xml.gz", article(1), broken, article(3))
    found = harvest(PUBMED)
    assert found.ids == {"pmid:1", "pmid:3"}
    assert found.why("pubmed26n0001.xml.gz, line 8") == "rejected: is not well-formed XML"
    assert found.section["unreadable"] == 1


@pytest.mark.parametrize(
    ("authors", "line"),
    [
        ("<AffiliationInfo>\n<Affiliation>Rocks</Affiliation>\n</AffiliationInfo></Autor>", 8),
        ("<AffiliationInfo><AffiliationInfo>\n</AffiliationInfo></Author>", 7),
    ],
)
def test_the_line_at_fault_is_told_though_affiliations_are_not_read(authors, line, folder, harvest):
    located = f"<AuthorList><Author>{authors}</AuthorList><Language>"
    pubmed(folder / "pubmed26n0001.xml.gz", article(1).replace("<Language>", located))
    why = harvest(PUBMED).why(f"pubmed26n0001.xml.gz, line {line}")
    assert why == "rejected: is not well-formed XML"


def test_an_entity_is_not_resolved(folder, harvest):
    content = xml(article(1), article(2, "A &bomb; title")).replace(
        b'SYSTEM "p.dtd"', b'[<!ENTITY bomb "boom">]'
    )
    packed(folder / "pubmed26n0001.xml.gz", content)
    found = harvest(PUBMED)
    assert found.ids == {"pmid:1"}
    assert "boom" not in json.dumps(found.records)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda raw: raw[: len(raw) // 2], "does not have the MD5 sum"),
        (lambda raw: raw + b"more", "does not have the MD5 sum"),
    ],
)
def test_a_file_unlike_its_checksum_is_left_out_whole_and_the_rest_is_read(
    spoil, told, folder, harvest
):
    pubmed(folder / "pubmed26n0001.xml.gz", article(1))
    bad = pubmed(folder / "pubmed26n0002.xml.gz", *(article(n) for n in range(2, 90)))
    bad.write_bytes(spoil(bad.read_bytes()))
    found = harvest(PUBMED)
    assert found.ids == {"pmid:1"}
    assert told in found.why("pubmed26n0002.xml.gz") or "cut short" in found.why(
        "pubmed26n0002.xml.gz"
    )
    assert found.counts("pubmed") == (2, 1, 0, 1)
    assert found.section["sources"]["pubmed"]["incomplete"] == (
        "1 files could not be read: pubmed26n0002.xml.gz"
    )


@pytest.mark.parametrize("cut", [10, 200, -9, -1])
def test_a_cut_gzip_without_checksum_is_told_by_name(cut, folder, harvest, caplog):
    pubmed(folder / "pubmed26n0001.xml.gz", article(1))
    bad = pubmed(folder / "pubmed26n0002.xml.gz", article(2), article(3), md5=False)
    bad.write_bytes(bad.read_bytes()[:cut])
    found = harvest(PUBMED)
    assert found.ids == {"pmid:1"}
    assert found.why("pubmed26n0002.xml.gz") == (
        "rejected: cannot be read to its end: it is damaged or cut short"
    )
    assert "pubmed26n0002.xml.gz: cannot be read to its end" in caplog.text


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            xml(article(1))[:-30],
            "line 6: is cut short, or has something after the last whole record",
        ),
        (xml(article(1), "<Pubmed>", article(2)), "line 7: has something between two records"),
        (b"<html>down for maintenance</html>", "line 1: is no set of PubMed records"),
        (b"", "line 1: is no set of PubMed records"),
    ],
)
def test_a_file_that_is_no_whole_set_is_told_with_the_line(content, told, folder, harvest):
    pubmed(folder / "pubmed26n0001.xml.gz", article(5))
    packed(folder / "pubmed26n0002.xml.gz", content)
    found = harvest(PUBMED)
    assert found.ids == {"pmid:5"}
    assert found.why("pubmed26n0002.xml.gz") == f"rejected: {told}"


def test_a_checksum_file_without_a_sum_is_told(folder, harvest):
    path = pubmed(folder / "pubmed26n0001.xml.gz", article(1))
    pubmed(folder / "pubmed26n0002.xml.gz", article(2))
    path.with_name(path.name + ".md5").write_text("<html>404</html>")
    assert "md5 holds no MD5 sum" in harvest(PUBMED).why("pubmed26n0001.xml.gz")


def test_the_manifest_says_what_was_verified_and_what_seems_missing(folder, harvest):
    pubmed(folder / "pubmed26n0001.xml.gz", article(1))
    pubmed(folder / "pubmed26n0004.xml.gz", article(4), md5=False)
    section = harvest(PUBMED).section["sources"]["pubmed"]
    assert [file["md5"] for file in section["files"]] == ["verified", "no checksum file"]
    assert section["notes"] == [
        "2 files seem to be missing, the first of them pubmed26n0002.xml.gz"
    ]
    assert "no similarity" in section["joined_by"]


def test_a_folder_without_records_is_told(folder, study, tmp_path):
    folder.mkdir()
    (folder / "readme.txt").write_text("nothing")
    from pipeline.harvest.stage import run

    with pytest.raises(
        RapportError, match=r"pubmed: there is no file of PubMed records \(.xml.gz\)"
    ):
        run(study(PUBMED))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"years": "long ago"}, r"\[\[source\]\] 1 years is \['long ago'\]. Write it as"),
        ({"languages": 3}, r"\[\[source\]\] 1 languages is 3. Give it a list of texts"),
        ({"query": 3}, r"\[\[source\]\] 1 query is 3. Give it a text in quotes"),
        ({"path": "nowhere"}, r"\[\[source\]\] 1 path does not exist: nowhere"),
        ({"storage": 1}, r"\[\[source\]\] 1 storage is 1. Write it as storage = "),
        ({"storage": {"anon": True}}, r"\[\[source\]\] 1 has storage, and its path is a folder"),
        ({"mailto": "x"}, r"\[\[source\]\] 1 has an unknown key 'mailto'. It takes"),
    ],
)  # fmt: skip
def test_a_key_that_is_wrong_is_told_with_file_and_cure(more, told, folder, study):
    folder.mkdir()
    with pytest.raises(RapportError, match=r"s\.toml: " + told):
        study(PUBMED | more)


def test_a_language_that_is_not_known_is_told(folder, harvest):
    pubmed(folder / "pubmed26n0001.xml.gz", article(1))
    with pytest.raises(
        RapportError, match=r"s\.toml: \[\[source\]\] pubmed languages has 'klingon'"
    ):
        harvest(PUBMED | {"languages": ["klingon"]})


def test_an_address_is_read_as_a_folder_is(folder, harvest, tmp_path):
    pytest.importorskip("fsspec")
    pubmed(folder / "pubmed26n0001.xml.gz", article(1))
    pubmed(folder / "sub/pubmed26n0002.xml.gz", article(1, "Revised"), article(2))
    local = harvest(PUBMED)
    remote = harvest(PUBMED | {"path": f"file://{folder}"})
    assert remote.records == local.records
    assert remote.rejected == local.rejected
    assert remote.section["sources"]["pubmed"]["address"] == f"file://{folder}"


def test_an_address_without_fsspec_is_one_line(folder, study, monkeypatch):
    import sys

    from pipeline.harvest.stage import run

    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(
        RapportError, match=r"s3://here: reading from an address needs fsspec.*rapport\[bulk\]"
    ):
        run(study(PUBMED | {"path": "s3://here"}))


def test_storage_keys_do_not_reach_the_manifest(folder, harvest):
    pytest.importorskip("fsspec")
    pubmed(folder / "pubmed26n0001.xml.gz", article(1))
    found = harvest(PUBMED | {"path": f"file://{folder}", "storage": {"auto_mkdir": False}})
    assert "auto_mkdir" not in json.dumps(found.section)


def test_practice_and_a_whole_database_make_one_study(folder, harvest, tmp_path):
    pubmed(folder / "pubmed26n0001.xml.gz", article(1, doi="10.9999/both"), article(2))
    (tmp_path / "talk.md").write_text(
        "We met at the quay, and the keepers told us what they need. " * 5
    )
    (tmp_path / "own.csv").write_text(
        f"title,abstract,doi\nLamp oil and rapport at station 1,{ABSTRACT_1},10.9999/BOTH\n"
    )
    found = harvest(
        {"name": "talk", "kind": "documents", "path": "talk.md"},
        {"name": "own", "kind": "file", "path": "own.csv"},
        PUBMED,
    )
    assert (
        found.section["received"]
        == found.section["kept"] + found.section["merged"] + found.section["rejected"]
    )
    assert found.counts("pubmed") == (2, 1, 1, 0)
    assert (
        found.why("pubmed26n0001.xml.gz, 1") == "merged: the same DOI as a record of another source"
    )
    assert [r["source"] for r in found.records if r["doi"]] == ["own"]
    names = [path.name for path in tables.shard_paths(tables.RECORDS, found.folder)]
    assert names == ["00000.parquet", "9-pubmed-pubmed26n0001-xml-gz-0000.parquet"]


ABSTRACT_1 = "The keepers of the 1 lighthouse met each week and trust grew slowly among them all."


def test_a_study_that_no_longer_has_the_database_keeps_nothing_of_it(folder, harvest, tmp_path):
    pubmed(folder / "pubmed26n0001.xml.gz", article(1))
    (tmp_path / "own.csv").write_text("title,abstract\nQuays,All about quays and their people.\n")
    own = {"name": "own", "kind": "file", "path": "own.csv"}
    harvest(PUBMED, own)
    found = harvest(own)
    assert [record["source"] for record in found.records] == ["own"]
    assert not (found.folder / "bulk").exists()


def test_the_command_ends_with_status_3_where_a_file_cannot_be_read(
    folder, study, capsys, monkeypatch
):
    from pipeline import cli

    pubmed(folder / "pubmed26n0001.xml.gz", article(1))
    packed(folder / "pubmed26n0002.xml.gz", b"<html/>")
    monkeypatch.setattr("sys.argv", ["rapport", "harvest", str(study(PUBMED).path)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 3
    assert read_study(study(PUBMED).path).folder.joinpath("rejected.csv").exists()


def test_real_records_are_read_as_the_live_source_reads_them(folder, harvest, real_api):
    import xml.etree.ElementTree as ET

    from pipeline.harvest.formats import pubmed_xml
    from pipeline.harvest.normalise import row

    articles = [
        article
        for path in sorted((real_api / "pubmed").glob("*.xml"))
        for article in ET.fromstring(path.read_bytes()).iter("PubmedArticle")
    ]
    packed(
        folder / "pubmed26n0001.xml.gz", xml(*(ET.tostring(a, "unicode") + "\n" for a in articles))
    )
    found = harvest(PUBMED)
    received, kept, merged, rejected = found.counts("pubmed")
    assert received == len(articles) == kept + merged + rejected
    rows = {row(entry).pmid: row(entry) for entry in map(pubmed_xml.entry, articles)}
    assert kept
    for record in found.records:
        told = rows[record["pmid"]]
        assert (record["title"], record["abstract"], record["doi"]) == (
            told.title,
            told.abstract,
            told.doi or None,
        )
