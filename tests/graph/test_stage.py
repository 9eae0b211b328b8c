"""The graph stage from coded tables to files."""

import hashlib
import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import igraph
import networkx as nx
import pyarrow.compute as pc
import pytest
from pipeline import manifest
from pipeline.errors import RapportError
from pipeline.graph import stage
from pipeline.study import Study
from pipeline.tables import CORPORA, NODES, PAIRS, read_table
from pipeline.taxonomy import coded

IDS = ("d1", "o1", "o2", "r1", "r2", "s1", "s2", "s3", "s4")
SUFFIXES = ("graphml", "gexf", "net", "cyjs", "vosviewer.json")


def some_texts(count=120, seed=4):
    """Invented coded texts of both corpora."""
    chance = random.Random(seed)
    texts = []
    for number in range(count):
        codes = chance.sample(IDS, chance.randint(0, 5))
        texts.append(
            {
                "id": f"doi:{number}",
                "corpus": chance.choice(CORPORA),
                "year": chance.choice((None, 2001, 2015)),
                "relationship": chance.choice(("none", "none", "implementer", "patient", "both")),
                "abstract": "One thing. Another thing.",
                "codes": codes,
                "mentions": [(code, "abstract", chance.randint(0, 1)) for code in codes],
            }
        )
    return texts


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file that the stage wrote."""
    places = [*folder.glob("*.csv"), *folder.glob("*.parquet"), *folder.glob("graph/*")]
    places.append(folder / "datapackage.json")
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in places
    }


@pytest.fixture
def built(tmp_path, study_of, taxonomy_of):
    study_of(tmp_path, some_texts(), 50)
    facts = stage.build(tmp_path, taxonomy_of(IDS), "orientation", 1)
    return tmp_path, facts


def test_every_pair_of_concepts_that_a_corpus_names_has_a_row_met_or_not(
    tmp_path, study_of, taxonomy_of
):
    texts = [{"id": "a", "codes": ["s1", "o1"]}, {"id": "b", "codes": ["r1"]}]
    stage.build(study_of(tmp_path, texts), taxonomy_of(["o1", "r1", "s1", "s2"]), "orientation", 1)
    rows = read_table(PAIRS, tmp_path).to_pylist()
    assert [(row["concept_a"], row["concept_b"], row["n_ab"]) for row in rows] == [
        ("o1", "r1", 0),
        ("o1", "s1", 1),
        ("r1", "s1", 0),
    ]
    assert {row["npmi"] for row in rows} == {-1, 1}
    assert {row["n"] for row in rows} == {2}


def test_a_measure_that_is_not_defined_is_null_and_not_nan(tmp_path, study_of, taxonomy_of):
    study_of(tmp_path, [PAIR])
    stage.build(tmp_path, taxonomy_of(["r1", "s1"]), "orientation", 1)
    (row,) = read_table(PAIRS, tmp_path).to_pylist()  # every text names both
    assert (row["npmi"], row["p"], row["backbone_p"]) == (None, 1, 1)


def test_a_pair_that_never_met_is_in_no_backbone(tmp_path, study_of, taxonomy_of):
    study_of(tmp_path, [ONE, {"id": "c", "codes": ["r1"]}])
    stage.build(tmp_path, taxonomy_of(["r1", "s1"]), "orientation", 1)
    (row,) = read_table(PAIRS, tmp_path).to_pylist()
    assert (row["npmi"], row["backbone_p"]) == (-1, None)


def test_the_pairs_of_each_corpus_and_unit_are_in_alphabetical_order(built):
    folder, _ = built
    pairs = read_table(PAIRS, folder).to_pylist()
    blocks = dict.fromkeys((row["corpus"], row["unit"]) for row in pairs)
    assert list(blocks) == [(c, u) for c in CORPORA for u in ("abstract", "sentence")]
    for block in blocks:
        ends = [
            (row["concept_a"], row["concept_b"])
            for row in pairs
            if (row["corpus"], row["unit"]) == block
        ]
        assert ends == sorted(ends)
        assert all(a < b for a, b in ends)


def test_q_is_adjusted_within_corpus_and_unit(built):
    folder, _ = built
    pairs = read_table(PAIRS, folder)
    for corpus in CORPORA:
        for unit in ("abstract", "sentence"):
            own = pairs.filter(
                pc.and_(pc.equal(pairs["corpus"], corpus), pc.equal(pairs["unit"], unit))
            )
            p, q = own["p"].to_pylist(), own["q"].to_pylist()
            assert min(q) == pytest.approx(
                min(min(1, value * len(p) / rank) for rank, value in enumerate(sorted(p), 1))
            )


def test_every_concept_has_a_node_in_every_corpus_named_or_not(tmp_path, study_of, taxonomy_of):
    texts = [
        {"id": "a", "codes": ["s1"], "relationship": "none", "year": 2003},
        {"id": "b", "codes": ["s1"], "relationship": "patient", "year": None},
        {"id": "c", "codes": ["s1", "r1"], "relationship": "both", "year": 2010},
        {"id": "d", "codes": ["s1", "r1"], "relationship": "implementer", "year": 2007},
        {"id": "e", "codes": [], "corpus": "practice"},
    ]
    stage.build(study_of(tmp_path, texts), taxonomy_of(["r1", "s1", "s2"]), "orientation", 1)
    rows = read_table(NODES, tmp_path).to_pylist()
    assert [(row["corpus"], row["concept"]) for row in rows] == [
        (corpus, concept) for corpus in CORPORA for concept in ("r1", "s1", "s2")
    ]
    s1, s2 = rows[1], rows[2]
    assert (s1["n"], s1["with_relationship"], s1["unmentioned"]) == (4, 2, 0.5)
    assert (s1["first_year"], s1["last_year"]) == (2003, 2010)
    assert (s1["facet"], s1["orientation"]) == ("strategy", "transactional")
    assert (s2["n"], s2["unmentioned"], s2["community"], s2["x"]) == (0, None, -1, None)
    assert rows[0]["facet"] == "relationship"


def test_numbers_of_the_graph_are_those_of_the_table(built):
    folder, facts = built
    nodes, pairs = read_table(NODES, folder), read_table(PAIRS, folder)
    for corpus in CORPORA:
        graph = igraph.Graph.Read_GraphML(str(folder / f"graph/{corpus}.graphml"))
        named = nodes.filter(pc.and_(pc.equal(nodes["corpus"], corpus), pc.greater(nodes["n"], 0)))
        assert dict(zip(graph.vs["id"], graph.vs["n"], strict=True)) == dict(
            zip(named["concept"].to_pylist(), named["n"].to_pylist(), strict=True)
        )
        for unit in ("abstract", "sentence"):
            own = pairs.filter(
                pc.and_(pc.equal(pairs["corpus"], corpus), pc.equal(pairs["unit"], unit))
            )
            met = pc.sum(pc.greater(own["n_ab"], 0)).as_py()
            assert facts[corpus][unit]["pairs"] == len(own)
            assert facts[corpus][unit]["met"] == met
        assert len(graph.es) == facts[corpus]["abstract"]["met"]
        communities = set(named["community"].to_pylist()) - {-1}
        assert facts[corpus]["graph"]["communities"] == len(communities)
        assert facts[corpus]["reliance"]["relationships"] == 2


def test_the_order_of_texts_and_the_size_of_shards_change_nothing(tmp_path, study_of, taxonomy_of):
    texts, found = some_texts(), []
    for name, shard_rows in (("one", 7), ("two", 100)):
        folder = study_of(tmp_path / name, texts, shard_rows)
        stage.build(folder, taxonomy_of(IDS), "orientation", 1)
        found.append(hashes(folder))
        random.Random(9).shuffle(texts)
    assert found[0] == found[1]


def test_the_order_of_the_taxonomy_changes_nothing(tmp_path, study_of, taxonomy_of):
    found = []
    for name, ids in (("one", IDS), ("two", IDS[::-1])):
        folder = study_of(tmp_path / name, some_texts())
        stage.build(folder, taxonomy_of(ids), "orientation", 1)
        found.append(hashes(folder))
    assert found[0] == found[1]


def test_two_runs_write_the_same_bytes_whatever_the_hash_seed_of_python(built):
    folder, _ = built
    first = hashes(folder)
    code = (
        "import importlib.util, sys; from pathlib import Path\n"
        "spec = importlib.util.spec_from_file_location('made', sys.argv[1])\n"
        "made = importlib.util.module_from_spec(spec); spec.loader.exec_module(made)\n"
        "from pipeline.graph import stage\n"
        "stage.build(Path(sys.argv[2]), made.make_taxonomy(sys.argv[3:]), 'orientation', 1)\n"
    )
    made = str(Path(__file__).with_name("conftest.py"))
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", code, made, str(folder), *IDS],
            check=True,
            env={"PYTHONHASHSEED": seed},
        )
        assert hashes(folder) == first


ONE = {"id": "a", "codes": ["s1"]}
PAIR = {"id": "b", "codes": ["s1", "r1"]}


@pytest.mark.parametrize(
    ("texts", "ids"),
    [
        ([], []),
        ([], ["s1", "r1"]),
        ([{"id": "a", "codes": []}], ["s1", "r1"]),
        ([ONE], ["s1"]),
        ([ONE], ["s1", "r1"]),
        ([PAIR], ["s1", "r1"]),
        ([ONE, PAIR], ["s1", "r1"]),
        ([ONE, {"id": "c", "codes": ["r1"]}], ["s1", "r1"]),
    ],
    ids=[
        "nothing",
        "no text",
        "no code",
        "one concept",
        "one named",
        "one text",
        "a pair",
        "apart",
    ],
)
def test_every_file_of_a_tiny_study_is_valid(tmp_path, study_of, taxonomy_of, texts, ids):
    folder = study_of(tmp_path, texts)
    facts = stage.build(folder, taxonomy_of(ids), "orientation", 1)
    named = {code for text in texts for code in text["codes"]}
    for corpus, size in (("research", len(named)), ("practice", 0)):
        paths = {suffix: folder / f"graph/{corpus}.{suffix}" for suffix in SUFFIXES}
        assert facts[corpus]["graph"]["concepts"] == size
        assert len(igraph.Graph.Read_GraphML(str(paths["graphml"])).vs) == size
        assert len(igraph.Graph.Read_Pajek(str(paths["net"])).vs) == size
        assert len(nx.read_gexf(paths["gexf"])) == size
        assert len(nx.cytoscape_graph(json.loads(paths["cyjs"].read_text("utf-8")))) == size
        items = json.loads(paths["vosviewer.json"].read_text("utf-8"))["network"]["items"]
        assert len(items) == size
    assert len(read_table(NODES, folder)) == 2 * len(ids)
    frictionless = pytest.importorskip("frictionless", reason="frictionless is not installed")
    assert frictionless.validate(str(folder / "datapackage.json")).valid


def classified(folder, **section):
    manifest.begin(folder, "classify")
    manifest.finish(folder, "classify", **section)


@pytest.fixture
def study(tmp_path, monkeypatch, study_of, taxonomy_of):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(coded, "read_taxonomy", lambda path: taxonomy_of(IDS))
    study = Study(Path("a.toml"), "a", "A", Path("taxonomy.csv"), ())
    study_of(study.folder, some_texts())
    return study


def test_the_manifest_tells_what_was_counted(study):
    classified(study.folder, taxonomy={"hash": "of the test"})
    stage.run(study)
    section = manifest.read(study.folder)["graph"]
    texts = [text for text in some_texts() if text["corpus"] == "research"]
    assert section["counts"]["research"]["abstract"]["units"] == len(texts)
    assert section["counts"]["research"]["sentence"]["units"] == 2 * len(texts)
    assert section["seed"] == study.seed
    assert set(section["tables"]) == {"pairs", "nodes"}
    assert {"networkx", "scipy", "python"} <= set(section["versions"])


def test_a_taxonomy_that_was_edited_since_classify_is_an_error_with_its_cure(study):
    classified(study.folder, taxonomy={"hash": "of another day"})
    with pytest.raises(RapportError, match="the taxonomy was edited since.*rapport class"):
        stage.run(study)
    assert not (study.folder / "graph").exists()


def test_a_study_that_was_not_classified_is_an_error_with_its_cure(study):
    with pytest.raises(
        RapportError, match="classify stage has not finished.*Run `rapport classify"
    ):
        stage.run(study)


def test_where_the_stage_fails_the_manifest_does_not_call_it_finished(
    study, taxonomy_of, monkeypatch
):
    classified(study.folder, taxonomy={"hash": "of the test"})
    stage.run(study)
    monkeypatch.setattr(coded, "read_taxonomy", lambda path: taxonomy_of(IDS[1:]))
    with pytest.raises(RapportError, match="'d1' is not known"):
        stage.run(study)
    assert "graph" not in manifest.read(study.folder)


def test_a_rating_that_the_taxonomy_lacks_is_an_error_that_names_it(study):
    classified(study.folder, taxonomy={"hash": "of the test"})
    with pytest.raises(RapportError, match="rating is 'strict', which is no column of"):
        stage.run(replace(study, rating="strict"))


def test_a_rating_of_the_study_decides_the_orientation(tmp_path, study_of, taxonomy_of):
    study_of(tmp_path, [ONE])
    stage.build(tmp_path, taxonomy_of(["s1"]), "orientation_generous", 1)
    assert read_table(NODES, tmp_path)["orientation"].to_pylist() == ["", ""]
