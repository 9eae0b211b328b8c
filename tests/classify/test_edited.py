"""An edited taxonomy: what it leaves as it is, and that the rest comes out as if all were read."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipeline import manifest
from pipeline.classify import edited, stage
from pipeline.classify.coder import Coder
from pipeline.classify.readings import Rule, Rules, Score, Signal
from pipeline.study import Source, Study
from pipeline.tables import CODES, MENTIONS, ORIENTATION, RECORDS, from_rows, path_of, write_parquet
from pipeline.taxonomy.cues import parse

HEAD = "id,label,facet,group,cues,exclude,definition,source\n"
CUES = (
    "trust", "trust*", '"trust fund*"', "^Trust", "build* NEAR/2 trust", "organis*", "workshop*",
    "train PRE/1 trainer*", "(staff OR team?) NEAR/3 (train* OR trust)", '"coöperation"',
)  # fmt: skip
WORDS = (
    "Trust", "trust", "trusts", "fund", "builds", "building", "organize", "Workshops", "train",
    "the", "trainers", "staff", "teams", "patients", "Coöperation", "effort.", "And", "trust’s",
)  # fmt: skip
IDS = ("training", "trust", "alliance")
"""Three concepts: rules speak of the last, a score weighs the facet of all."""

RULES = Rules(
    rules=(
        Rule("off", "reading", "no effort", frozenset({"facet:strategy"}), frozenset(), "text", (), frozenset({"weighed"})),
        Rule("theirs", "reading", "patient", frozenset({"alliance"}), frozenset(), "sentence", (frozenset({"people"}),), frozenset()),
        Rule("built", "role", "strategy", frozenset({"trust"}), frozenset(), "before", (frozenset({"people"}),), frozenset()),
    ),
    signals=(Signal("people", (parse("patient*"),)),),
    hash="small",
    scores=(Score("weighed", -1.5, {"facet:relationship": 1.0, "people": 0.5, "sentence": 0.2}),),
)  # fmt: skip


@pytest.fixture(autouse=True)
def small_rules(monkeypatch):
    monkeypatch.setattr(stage, "read_rules", lambda: RULES)


def made_study(folder: Path, shards: list[list[tuple[str, str]]]) -> Study:
    """A study with these titles and abstracts, the harvest done."""
    source = Source("s", "file", "research", {})
    study = Study(folder / "s.toml", "s", "s", folder / "taxonomy.csv", (source,))
    for number, texts in enumerate(shards):
        rows = [
            {
                "record_id": f"text:{number}-{len(texts) - place}",
                "corpus": "research",
                "source": "s",
                "source_id": str(place),
                "document": "plan" if place % 3 == 2 else None,
                "title": title,
                "abstract": abstract,
                "year": 2000 + place,
            }
            for place, (title, abstract) in enumerate(texts)
        ]
        path = path_of(RECORDS, study.folder) / f"{number:05}.parquet"
        write_parquet(from_rows(RECORDS, rows), path)
    manifest.finish(study.folder, "harvest")
    return study


def classify(study: Study, rows: str, workers: int = 1) -> dict[str, bytes]:
    """What classify writes with a taxonomy of these rows: the bytes of each file, by its path."""
    study.taxonomy.write_text(HEAD + rows, encoding="utf-8")
    stage.run(study, workers=workers)
    return {
        f"{table.name}/{path.name}": path.read_bytes()
        for table in (MENTIONS, CODES, ORIENTATION)
        for path in path_of(table, study.folder).iterdir()
    }


def forget(study: Study) -> None:
    """Leave nothing that an earlier run made, but for the records."""
    for table in (MENTIONS, CODES, ORIENTATION):
        shutil.rmtree(path_of(table, study.folder))
    (study.folder / edited.AS_CODED).unlink()


def row(id: str, facet: str, group: str, cues: list[str], exclude: list[str]) -> str:
    cells = (id, id, facet, group, "; ".join(cues), "; ".join(exclude), "d", "s")
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"


some_cues = st.lists(st.sampled_from(CUES), min_size=1, max_size=4, unique=True)
some_text = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
taxonomies = st.lists(
    st.builds(
        row,
        st.sampled_from(IDS),
        st.sampled_from(("strategy", "relationship", "outcome")),
        st.sampled_from(("training", "trust", "patient", "collaboration")),
        some_cues,
        st.lists(st.sampled_from(CUES), max_size=2, unique=True),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda made: made.split(",")[0],
).map("".join)


@settings(deadline=None, max_examples=40)
@given(
    shards=st.lists(st.lists(st.tuples(some_text, some_text), max_size=6), min_size=1, max_size=2),
    versions=st.lists(taxonomies, min_size=2, max_size=3),
)
def test_coding_what_an_edit_touches_comes_out_as_coding_all(shards, versions, tmp_path_factory):
    folder = tmp_path_factory.mktemp("edited")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        study = made_study(folder, shards)
        for version in versions:
            told = classify(study, version)
        patch.setattr(stage, "recode_shard", None)
        forget(study)
        assert classify(study, versions[-1]) == told


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A study of two shards; the texts that are read are listed in `read`."""
    monkeypatch.chdir(tmp_path)
    texts = ("Trust grew.", "Workshops.", "Nothing.", "A trust fund.", "Training of trust.")
    return made_study(tmp_path, [[("", text) for text in texts]] * 2)


@pytest.fixture
def read(monkeypatch):
    """The abstracts that were read in full."""
    told: list[str] = []
    read_all = Coder.read_all

    def telling(coder, titles, abstracts):
        told.extend(abstracts)
        return read_all(coder, titles, abstracts)

    monkeypatch.setattr(Coder, "read_all", telling)
    return told


TRUST = row("trust", "relationship", "trust", ["trust"], [])
TRAINING = row("training", "strategy", "training", ["training"], [])


def test_only_texts_with_an_edited_cue_are_read_again(study, read):
    classify(study, TRUST + TRAINING)
    read.clear()
    classify(study, TRUST + row("training", "strategy", "training", ["workshop*"], []))
    assert set(read) == {"Workshops.", "Training of trust."}


def test_only_texts_with_an_edited_exclude_are_read_again(study, read):
    classify(study, TRUST)
    read.clear()
    classify(study, row("trust", "relationship", "trust", ["trust"], ['"trust fund"']))
    assert read == ["A trust fund."] * 2


def test_another_definition_or_another_order_touches_no_text(study, read):
    first = classify(study, TRUST + TRAINING)
    read.clear()
    assert classify(study, TRAINING + TRUST.replace('"d"', '"Faith in another"')) == first
    assert read == []


def test_a_concept_in_another_group_reads_every_text_that_names_it_again(study, read):
    classify(study, TRUST + TRAINING)
    read.clear()
    classify(study, TRUST.replace('"trust","trust"', '"patient","trust"') + TRAINING)
    assert set(read) == {"Trust grew.", "A trust fund.", "Training of trust."}


def test_other_rules_read_every_text_again(study, read, monkeypatch):
    classify(study, TRUST)
    read.clear()
    monkeypatch.setattr(stage, "read_rules", lambda: Rules((), (), "others"))
    classify(study, TRUST + TRAINING)
    assert len(read) == 10


def test_shards_that_are_not_of_the_taxonomy_kept_are_read_in_full(study, read):
    classify(study, TRUST)
    (study.folder / edited.AS_CODED).write_text(HEAD + TRAINING, encoding="utf-8")
    read.clear()
    classify(study, TRUST + TRAINING)
    assert len(read) == 10


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"id,label,facet,cues\na,b,c,d\n"])
def test_without_a_taxonomy_that_can_be_read_all_is_read_in_full(study, read, content):
    classify(study, TRUST)
    kept = study.folder / edited.AS_CODED
    kept.unlink() if content is None else kept.write_bytes(content)
    read.clear()
    classify(study, TRAINING)
    assert len(read) == 10


def test_shards_without_counts_are_read_in_full(study, read):
    first = classify(study, TRUST)
    for path in path_of(CODES, study.folder).iterdir():
        key = pq.read_schema(path).metadata[b"key"].decode()
        write_parquet(pq.read_table(path), path, {"key": key})
    read.clear()
    assert classify(study, TRUST) == first
    assert len(read) == 10


def test_the_codes_that_an_edit_moved_are_told_though_few_texts_were_read(study):
    classify(study, TRUST)
    classify(study, row("trust", "relationship", "trust", ["trust"], ['"trust fund"']))
    told = manifest.require(study.folder, "classify")["moved"]
    assert told == {"trust": {"gained": 0, "lost": 2}}
