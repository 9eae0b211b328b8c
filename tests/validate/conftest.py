"""An invented corpus with its tables, made for each test, and the coded texts of ../shared."""

import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from pipeline import manifest, study
from pipeline.study import Study
from pipeline.tables import (
    CODES,
    MENTIONS,
    ORIENTATION,
    RECORDS,
    from_rows,
    path_of,
    write_parquet,
)
from pipeline.taxonomy import coded
from pipeline.taxonomy.concepts import Concept, Taxonomy
from pipeline.validate import qda, segments, sheet
from pipeline.validate.codings import Codings, from_entries
from pipeline.validate.scheme import Code, Scheme, read_scheme

GOLD = Path(__file__).parents[3] / "shared" / "gold" / "coded.jsonl"


def concept(id: str, facet: str, group: str = "", cluster: str = "", rating: str = "") -> Concept:
    return Concept(
        id=id,
        label=id.replace("_", " ").capitalize(),
        facet=facet,
        cluster=cluster,
        group=group,
        number="",
        ratings={"orientation_generous": rating},
        cues=(),
        exclude=(),
        definition=f"What is meant by {id}.",
        source="",
        row=2,
    )


CONCEPTS = (
    concept("workshop", "strategy", "training", "teach", "semi-relational"),
    concept("course", "strategy", "training", "teach"),
    concept("reminder", "strategy", "reminders", "support", "highly transactional"),
    concept("coalition", "strategy", "collaboration", "relate", "highly relational"),
    concept("trust", "relationship", "trust"),
    concept("alliance", "relationship", "patient"),
    concept("fidelity", "outcome"),
    concept("school", "setting"),
)


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return Taxonomy(CONCEPTS, "hash", "taxonomy.csv")


@pytest.fixture(scope="session")
def scheme(taxonomy) -> Scheme:
    return read_scheme(taxonomy)


@dataclass
class Text:
    """A text, what the machine says of it, and what people would say."""

    record_id: str
    corpus: str
    title: str
    abstract: str
    concepts: list[str]
    relationship: str = "none"
    roles: str = ""
    year: int = 2020
    decided_by: str = "cue"
    probability: float = 1.0


ORIENTATION_OF = {(False, False): "none", (True, False): "relational"}
ORIENTATION_OF |= {(False, True): "transactional", (True, True): "both"}


def write_tables(folder: Path, shards: list[list[Text]]) -> None:
    """The tables of harvest and classify, as those stages would have written them."""
    for number, texts in enumerate(shards):
        records, mentions, codes, told = [], [], [], []
        for text in texts:
            key = {"record_id": text.record_id}
            shown = {"title": text.title, "abstract": text.abstract}
            records.append(key | shown | {"corpus": text.corpus, "source": "s", "source_id": "1"})
            for concept_ in text.concepts:
                if text.decided_by == "cue":
                    start = text.abstract.find(concept_)
                    place = {"start": start, "end": start + len(concept_), "text": concept_}
                    mentions.append(
                        key
                        | place
                        | {"concept": concept_, "field": "abstract", "sentence": 0, "section": ""}
                        | {"cue": concept_, "reading": "kept", "role": "", "rule": ""}
                    )
                codes.append(
                    key
                    | {"concept": concept_, "decided_by": text.decided_by}
                    | {"probability": text.probability}
                )
            relational = text.relationship in ("implementer", "both") and "strategy" in text.roles
            strategies = {c.id for c in CONCEPTS if c.facet == "strategy"} & set(text.concepts)
            told.append(
                key
                | {"corpus": text.corpus, "year": text.year, "roles": text.roles}
                | {"relationship": text.relationship}
                | {"orientation": ORIENTATION_OF[relational, bool(strategies)]}
            )
        for table, rows in (
            (RECORDS, records),
            (MENTIONS, mentions),
            (CODES, codes),
            (ORIENTATION, told),
        ):
            path = path_of(table, folder) / f"{number:05d}.parquet"
            write_parquet(from_rows(table, rows), path)


@pytest.fixture
def make_study(tmp_path, monkeypatch, taxonomy):
    """A function that makes a study with finished classify tables from shards of texts."""

    def make(shards: list[list[Text]]) -> Study:
        monkeypatch.setattr(study, "OUTPUTS", tmp_path)
        for module in (coded, sheet, qda, segments):
            monkeypatch.setattr(module, "read_taxonomy", lambda path: taxonomy)
        made = Study(tmp_path / "s.toml", "s", "A study", tmp_path / "taxonomy.csv", (), seed=7)
        write_tables(made.folder, shards)
        manifest.finish(made.folder, "harvest")
        manifest.finish(made.folder, "classify", taxonomy={"hash": taxonomy.hash})
        return made

    return make


WHAT = (
    (["workshop", "trust"], "implementer", "strategy"),
    (["reminder"], "none", ""),
    (["course", "fidelity"], "none", ""),
    ([], "none", ""),
    ([], "none", ""),
    (["coalition", "trust"], "implementer", "context"),
    (["reminder", "school"], "none", ""),
)


def invented(number: int, corpus: str = "research") -> Text:
    """An invented text; what it says goes round in sevens."""
    concepts, relationship, roles = WHAT[number % len(WHAT)]
    body = f"Staff of place {number} met {' and '.join(concepts) or 'nobody'} in the spring."
    record = f"text:{corpus[0]}{number}"
    return Text(record, corpus, f"Place {number}", body, concepts, relationship, roles)


@pytest.fixture
def small_study(make_study) -> Study:
    """60 research texts in two shards and 30 practice passages."""
    research = [invented(n) for n in range(60)]
    practice = [invented(n, "practice") for n in range(30)]
    return make_study([research[:40], research[40:] + practice])


@pytest.fixture
def make_codings(scheme):
    """Codings from (record, coder, code, value)."""

    def make(*entries: tuple[str, str, str, int]) -> Codings:
        return from_entries(entries, scheme)

    return make


@dataclass
class Gold:
    """The coded texts of ../shared/gold in the form that coding sheets are read into."""

    rows: list[dict]
    scheme: Scheme
    codings: Codings

    def settled(self) -> np.ndarray:
        """Texts x codes, as settled."""
        return self.codings.settled()[0]

    def ratings(self, name: str) -> np.ndarray:
        """Coders x texts of one field as the coders wrote it, as numbers."""
        values = [[row[coder][name] for row in self.rows] for coder in ("coder_a", "coder_b")]
        known = sorted({value for row in values for value in row})
        return np.array([[known.index(value) for value in row] for row in values])


@pytest.fixture(scope="session")
def gold() -> Gold:
    if not GOLD.exists():
        pytest.skip(f"there is no {GOLD}")
    rows = [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]
    rows.sort(key=lambda row: row["id"])
    lists = {
        family: sorted({c for row in rows for c in row["codes"][field]})
        for family, field in (("strategy", "strategies"), ("relational", "relational"))
    }
    fixed = {"implementation": "implementation"}
    relations = {"rel_implementer": "relationship", "rel_patient": "relationship"}
    roles = (
        "strategy",
        "mechanism",
        "moderator",
        "precondition",
        "outcome",
        "determinant",
        "context",
    )
    names = fixed | {c: f for f, codes in lists.items() for c in codes}
    names |= relations | {f"role_{role}": "role" for role in roles}
    scheme = Scheme(tuple(Code(name, family, "") for name, family in names.items()), {})
    entries = []
    for row in rows:
        for coder in ("coder_a", "coder_b", "reconciled"):
            told = row["codes" if coder == "reconciled" else coder]
            present = {*told["strategies"], *told["relational"]}
            present |= {f"role_{role}" for role in told["role"]}
            present |= {name for name in fixed | relations if told[name]}
            entries += [(row["id"], coder, name, int(name in present)) for name in names]
    return Gold(rows, scheme, from_entries(entries, scheme))


@pytest.fixture(scope="session")
def corpus():
    """What texts are made with."""
    return SimpleNamespace(Text=Text, invented=invented, write_tables=write_tables)
