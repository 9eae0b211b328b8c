"""What a careful reader would code in the invented corpus, and how much of it is coded.

`data/demo/expected.csv` names, for texts that hold a false friend or a clear mention, whose
relationship they speak of and which groups must or must not be coded.
"""

import csv
from functools import cache
from pathlib import Path

import pytest
from pipeline.classify.coder import Coder, Reading
from pipeline.classify.readings import read_rules
from pipeline.study import default_taxonomy, read_study
from pipeline.taxonomy.read import read_taxonomy

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"
STUDY = DEMO.parent / "studies" / "demo.toml"


@cache
def coder() -> Coder:
    return Coder(read_taxonomy(default_taxonomy()), read_rules())


@cache
def readings() -> list[tuple[dict[str, str], Reading]]:
    from pipeline.harvest.files import read

    texts = {
        entry.doi.lower().removeprefix("https://doi.org/"): entry
        for source in read_study(STUDY).sources
        if source.kind == "file"
        for entry in read(source)
        if getattr(entry, "abstract", "") and entry.doi
    }
    with (DEMO / "expected.csv").open(encoding="utf-8", newline="") as stream:
        return [
            (row, coder().read(texts[row["doi"].lower()].title, texts[row["doi"].lower()].abstract))
            for row in csv.DictReader(stream)
            if row["doi"].lower() in texts
        ]


def groups(reading: Reading) -> set[str]:
    concepts = coder().concepts
    return {concepts[name].group for name in reading.concepts} | set(reading.concepts)


def listed(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def failures(expected: str) -> tuple[list[str], int]:
    """What is not as expected, and out of how many."""
    wrong, asked = [], 0
    for row, reading in readings():
        if expected == "relationship" and row["relationship"]:
            asked += 1
            if reading.relationship != row["relationship"]:
                wrong.append(f"{row['doi']}: {reading.relationship}, not {row['relationship']}")
        elif expected != "relationship":
            for group in listed(row[expected]):
                asked += 1
                if (group in groups(reading)) != (expected == "must_code"):
                    wrong.append(f"{row['doi']}: {group} ({row['why']})")
    return wrong, asked


@pytest.mark.parametrize(
    ("expected", "share"), [("relationship", 0.82), ("must_code", 0.78), ("must_not_code", 0.92)]
)
def test_most_of_what_a_careful_reader_expects_is_coded(expected, share):
    wrong, asked = failures(expected)
    assert len(wrong) <= (1 - share) * asked, "\n".join(wrong)
