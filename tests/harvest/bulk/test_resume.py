"""An interrupted harvest goes on at the next file, and comes out identical whatever happened."""

import os
import random
import shutil
from pathlib import Path

import pytest
from killing import kill_and_go_on, start
from made_files import OPENALEX, PUBMED, article, bytes_of, deleted, openalex, pubmed, work
from pipeline import tables
from pipeline.harvest.bulk import reading
from pipeline.harvest.stage import run

MOMENTS = int(os.environ.get("RAPPORT_KILLS", "3"))
"""How often the harvest is killed; set RAPPORT_KILLS=100 for the long run."""


@pytest.fixture
def whole(tmp_path, study, monkeypatch):
    """A study of PubMed with updates and of OpenAlex, in many small shards."""
    monkeypatch.setattr(tables, "SHARD_ROWS", 7)
    dice = random.Random(3)
    for number in range(1, 7):
        pmids = range(number * 40, number * 40 + 40)
        pubmed(tmp_path / f"pubmed/pubmed26n{number:04}.xml.gz", *(
            article(pmid, doi=f"10.9999/{pmid}" if pmid % 3 else "10.9999/shared", abstract=None if pmid % 5 else "")
            for pmid in pmids
        ))  # fmt: skip
    for number in range(7, 10):
        revised = [article(dice.randrange(40, 280), f"Revised in {number}") for _ in range(12)]
        pubmed(
            tmp_path / f"pubmed/pubmed26n{number:04}.xml.gz",
            *revised,
            deleted(*dice.sample(range(40, 280), 5)),
        )
    for day in range(1, 5):
        works = [
            work(n, doi=f"https://doi.org/10.9999/{n}") for n in range(day * 30, day * 30 + 40)
        ]
        openalex(tmp_path / "openalex", f"2026-01-0{day}", works)
    return study(PUBMED, OPENALEX)


def harvested(study):
    run(study, hands=(1, None))
    return bytes_of(study.folder)


def read_files(monkeypatch):
    """The files that are read from now on, as they are."""
    read = []
    before = reading._Reader._read

    def counted(self, file, stem, key):
        read.append(file.name)
        before(self, file, stem, key)

    monkeypatch.setattr(reading._Reader, "_read", counted)
    return read


def test_a_second_run_reads_no_file_and_changes_no_byte(whole, monkeypatch):
    first = harvested(whole)
    read = read_files(monkeypatch)
    assert harvested(whole) == first
    assert read == []


def test_an_interrupted_run_goes_on_at_the_next_file(whole, monkeypatch):
    expected = harvested(whole)
    shutil.rmtree(whole.folder)
    before = reading._Reader._read
    seen = []

    def interrupted(self, file, stem, key):
        if len(seen) == 4:
            raise KeyboardInterrupt
        seen.append(file.name)
        before(self, file, stem, key)

    with monkeypatch.context() as patch:
        patch.setattr(reading._Reader, "_read", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(whole, hands=(1, None))
    read = read_files(monkeypatch)
    assert harvested(whole) == expected
    assert len(read) == 13 - 4
    assert not set(read) & set(seen)


def test_the_number_of_processes_changes_no_byte(whole, monkeypatch):
    monkeypatch.undo()  # other processes make shards of the usual size
    monkeypatch.chdir(whole.path.parent)
    one = harvested(whole)
    shutil.rmtree(whole.folder)
    run(whole, hands=(2, None))
    assert bytes_of(whole.folder) == one


def test_a_new_update_file_is_the_only_one_that_is_read(whole, tmp_path, monkeypatch):
    harvested(whole)
    pubmed(tmp_path / "pubmed/pubmed26n0010.xml.gz", article(251, "Newest"), deleted(250))
    with monkeypatch.context() as patch:
        read = read_files(patch)
        later = harvested(whole)
    assert read == ["pubmed26n0010.xml.gz"]
    shutil.rmtree(whole.folder)
    assert harvested(whole) == later


def test_an_update_that_is_taken_away_gives_back_what_it_replaced(whole, tmp_path):
    first = harvested(whole)
    more = pubmed(tmp_path / "pubmed/pubmed26n0010.xml.gz", article(251, "Newest"), deleted(250))
    assert harvested(whole) != first
    more.unlink()
    assert harvested(whole) == first


def test_a_file_that_is_damaged_for_a_while_comes_back(whole, tmp_path):
    first = harvested(whole)
    path = tmp_path / "pubmed/pubmed26n0008.xml.gz"
    content = path.read_bytes()
    path.write_bytes(content[:-8])
    assert harvested(whole) != first
    path.write_bytes(content)
    assert harvested(whole) == first


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"PAR1 and no more")])
def test_a_shard_or_ledger_that_is_lost_is_made_again(spoil, whole):
    first = harvested(whole)
    for place in ("records", "bulk"):
        spoil(sorted((whole.folder / place).glob("*pubmed26n0003*"))[0])
        assert harvested(whole) == first


def test_other_wishes_read_the_files_again(whole, study, monkeypatch):
    harvested(whole)
    read = read_files(monkeypatch)
    run(study(PUBMED | {"years": [2020, 2021]}, OPENALEX), hands=(1, None))
    assert len([name for name in read if name.startswith("pubmed26n")]) == 9


def test_a_harvest_killed_at_random_moments_comes_out_identical(whole, tmp_path):
    def start_in(folder):
        return start(Path(__file__).with_name("harvest_once.py"), folder, whole.path)

    folder = kill_and_go_on(
        start_in, tmp_path, MOMENTS, lambda place: bytes_of(place / "outputs/s")
    )
    assert [path.name for path in folder.rglob(".*")] == []
