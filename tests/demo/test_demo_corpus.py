"""The demo corpus: large and varied enough, marked as invented, and full of false friends.

The files are read here by parsers of a few lines that share nothing with the importers.
"""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"
PRACTICE = sorted((DEMO / "practice").iterdir())
PLANNED_DUPLICATES = {"002": 2, "013": 3, "029": 2, "063": 2, "098": 2, "125": 2, "157": 2}
RELATIONSHIPS = {"implementer", "patient", "both", "none", ""}
GROUPS = set(
    "training materials outreach audit_feedback reminders records_data quality_improvement "
    "incentives funding mandate roles_teams champions_leaders facilitation_support "
    "coaching_supervision assess_tailor_plan collaboration consumers "
    "trust relationship empathy listening exchange sharing_power commitment credibility "
    "brokering safety adoption fidelity penetration".split()
)

FALSE_FRIENDS = (
    # Trust, relationship, power, exchange and other words of relating in another sense
    "NHS Trusts",
    "Foundation Trust",
    "trust fund",
    "entrusted",
    "trust in government",
    "trustworthiness",
    "medical mistrust",
    "relationship between",
    "dose-response relationship",
    "structure-activity relationship",
    "phylogenetic relationship",
    "inverse relationship",
    "linear relationship",
    "relationship status",
    "parent-child relationship",
    "peer relationships",
    "therapeutic relationship",
    "therapeutic alliance",
    "relational database",
    "relational frame theory",
    "with respect to",
    "rapport with patients",
    "RAPPORT trial",
    "Le rapport entre",
    "co-produced",
    "power calculation",
    "computing power",
    "shared decision-making",
    "participatory ergonomics",
    "exchange transfusion",
    "gas exchange",
    "needle exchange",
    "co-learning of two networks",
    "shared learning of nursing and pharmacy students",
    "two-way ANOVA",
    "two-way text",
    "bidirectional",
    "message broker",
    "property brokers",
    "decision boundary",
    "vulnerable populations",
    "vulnerable children",
    "social vulnerability",
    "safety climate",
    "safe spaces",
    "authentication",
    "authentic assessment",
    "armed conflict",
    "conflict of interest",
    "organisational commitment scale",
    "involuntary commitment",
    "acceptance and commitment therapy",
    "airway responsiveness",
    "motor coordination",
    "credible interval",
    "predictive value",
    "win ratio",
    "breaking bad news",
    "self-compassion",
    "compassion fatigue",
    "respectful maternity care",
    "cultural humility",
    "listening to familiar music",
    "social capital",
    "youth mentoring",
    # The names of strategies in another sense
    "facilitators and barriers",
    "group facilitator",
    "training data set",
    "supervised learning",
    "supervised exercise",
    "supervised medication",
    "supervised visitation",
    "reminders were sent to patients",
    "prompt treatment",
    "PPI",
    "national champions",
    "Champion and colleagues",
    "community champions",
    "coaching of athletes",
    "health coaching",
    "academic attainment",
    "neural network",
    "Bayesian network",
    "network meta-analysis",
    "court-mandated treatment",
    "mandated reporters",
    "mandatory vaccination",
    "data and safety monitoring board",
    "stepped-wedge",
    "adaptive trial",
    "pilot study",
    "process evaluation",
    "rapid-cycle evaluation",
    "memorandum of understanding",
    "furniture workshop",
    "manual therapy",
    "manualised treatment",
    "contracted malaria",
    "muscle contraction",
    "capitate",
    "audit trail",
    "reached consensus",
    "Delphi",
    "expert panel",
    "trial steering committee",
    "public consultation",
    "telephone consultations",
    "simulated patients",
    "role play",
    "individual needs assessment",
    "care plan",
    "safety plan",
    "roadmap for future research",
    "lessons learned",
    "diffusion theory",
    "tailored messages",
    "booster dose",
    "biofeedback",
    "support groups",
    "coalition government",
    "industry alliance",
    "fee waiver",
    "commissioned by",
    "research grant",
    "billing codes",
    "birth certificates",
    "fee-for-service",
    "assistive technology",
    "technical assistance with the figures",
    "IT help desk",
    "centre of excellence",
    "CME credit",
    "patient portal",
    "gender roles",
    "job demands",
    "intermediary metabolites",
    "software developers",
    "consultation-liaison psychiatry",
    "quantitative trait LOCI",
    "including ERIC",
    # The names of outcomes and settings in another sense
    "adoption of children",
    "freed for adoption",
    "image fidelity",
    "high-fidelity simulation",
    "penetrating injury",
    "environmental sustainability",
    "sustained virologic response",
    "inappropriate prescribing",
    "medical school",
    "ventricular arrhythmia",
    "CBT",
)


def ris_records():
    """One dictionary for each run of lines from TY to ER; repeated tags are joined."""
    for chunk in re.split(r"^ER  - ?\n", (DEMO / "research.ris").read_text("utf-8"), flags=re.M):
        if not chunk.strip():
            continue
        fields: dict[str, str] = {}
        tag = ""
        for line in chunk.strip().split("\n"):
            if match := re.match(r"([A-Z][A-Z0-9])  - (.*)", line):
                tag, value = match.groups()
            else:
                value = line
            fields[tag] = f"{fields[tag]} {value}" if tag in fields else value
        yield record(fields, title="TI", abstract="AB", year="PY", doi="DO", venue="T2", note="N1")


def bib_records():
    """One dictionary for each entry, a field on each line as `name = {value},`."""
    for entry in re.findall(
        r"^@article\{.*?^\}$", (DEMO / "research.bib").read_text("utf-8"), re.M | re.S
    ):
        assert entry.count("{") == entry.count("}"), entry[:60]
        fields = dict(re.findall(r"^\t(\w+) = \{(.*?)\},$", entry, re.M | re.S))
        fields = {name: re.sub(r"\\([%&$#_])", r"\1", value) for name, value in fields.items()}
        yield record(fields, "title", "abstract", "year", "doi", "journal", "note")


def csv_records():
    with (DEMO / "research.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            assert None not in row
            yield record(row, "Title", "Abstract", "Year", "DOI", "Source title", "note")


def record(fields, title, abstract, year, doi, venue, note):
    return {
        "title": fields[title],
        "abstract": fields.get(abstract, ""),
        "year": int(fields[year]),
        "doi": fields.get(doi, "").lower().removeprefix("https://doi.org/"),
        "venue": fields[venue],
        "note": fields.get(note, ""),
    }


FILES = {
    "research.ris": list(ris_records()),
    "research.bib": list(bib_records()),
    "research.csv": list(csv_records()),
}
RECORDS = [record for records in FILES.values() for record in records]
ABSTRACTS = {r["title"]: r["abstract"] for r in RECORDS if r["abstract"]}


def folded(text):
    """Lower case, with every dash a hyphen and every run of blanks one blank."""
    return " ".join(re.sub(r"[‐-―−]", "-", text).lower().split())


CORPUS = folded(" ".join(r["title"] + " " + r["abstract"] for r in RECORDS))


def test_there_are_at_least_160_different_abstracts():
    assert len(set(ABSTRACTS.values())) >= 160


@pytest.mark.parametrize(
    ("name", "count"), [("research.ris", 60), ("research.bib", 57), ("research.csv", 60)]
)
def test_each_file_holds_as_many_records_as_its_readme_says(name, count):
    assert len(FILES[name]) == count
    assert f"| `{name}` | {count} records" in (DEMO / "README.md").read_text("utf-8")


def test_a_doi_occurs_once_unless_its_repetition_is_planned():
    counts = Counter(r["doi"].removeprefix("10.5555/rapport-demo.") for r in RECORDS if r["doi"])
    assert {doi: n for doi, n in counts.items() if n > 1} == PLANNED_DUPLICATES


def test_records_that_share_a_doi_are_the_same_text():
    for doi in PLANNED_DUPLICATES:
        same = [r for r in RECORDS if r["doi"].endswith(f"demo.{doi}")]
        assert len({r["title"] for r in same}) == 1
        assert len({folded(r["abstract"]) for r in same if r["abstract"]}) == 1


def test_every_doi_has_the_prefix_set_aside_for_tests():
    dois = [r["doi"] for r in RECORDS if r["doi"]]
    assert all(re.fullmatch(r"10\.5555/rapport-demo\.\d{3}", doi) for doi in dois)


def test_titles_differ_wherever_records_differ():
    title_of = {r["doi"] or r["title"]: r["title"] for r in RECORDS}
    assert len(set(title_of.values())) == len(title_of) == 169


@pytest.mark.parametrize("name", FILES)
def test_every_record_is_marked_as_invented(name):
    assert all("Invented" in r["note"] for r in FILES[name])


def test_journals_say_that_they_are_not_real():
    assert all(re.search(r"\(demo\)|[Ii]magina", r["venue"]) for r in RECORDS), (
        "an invented journal could be taken for a real one"
    )


def test_years_run_from_2004_to_2025():
    assert {r["year"] for r in RECORDS} == set(range(2004, 2026))


def test_abstracts_run_from_one_sentence_to_over_300_words():
    lengths = [len(abstract.split()) for abstract in ABSTRACTS.values()]
    assert min(lengths) < 35
    assert 300 < max(lengths) <= 350


def test_one_record_has_no_abstract_in_any_file():
    assert {r["title"] for r in RECORDS} - ABSTRACTS.keys() == {
        "Erratum to: Formulary listing and switching in community pharmacies"
    }


@pytest.mark.parametrize("words", FALSE_FRIENDS)
def test_every_false_friend_occurs(words):
    assert folded(words) in CORPUS


@pytest.mark.parametrize("character", "µ≥βαρκ“’–−é")
def test_special_characters_occur(character):
    assert any(character in r["title"] + r["abstract"] for r in RECORDS)


def test_there_are_six_practice_texts_in_three_formats():
    assert len(PRACTICE) == 6
    assert {path.suffix for path in PRACTICE} == {".md", ".txt", ".html"}


@pytest.mark.parametrize("path", PRACTICE, ids=lambda path: path.name)
def test_each_practice_text_says_at_its_top_that_it_is_invented(path):
    text = path.read_text("utf-8")
    assert "invented" in text[:700].lower()
    assert 500 <= len(re.sub(r"<[^>]*>", " ", text).split()) <= 1200


def expectations():
    with (DEMO / "expected.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_expectation_names_an_abstract_of_the_corpus_once():
    named = [row["doi"] for row in expectations()]
    assert len(set(named)) == len(named) == 120
    assert set(named) <= {r["doi"] for r in RECORDS if r["abstract"]}


def test_every_expectation_uses_the_coding_schemes_words_and_does_not_contradict_itself():
    for row in expectations():
        must, must_not = (
            set(filter(None, row[c].split(";"))) for c in ("must_code", "must_not_code")
        )
        assert row["why"]
        assert row["relationship"] in RELATIONSHIPS
        assert must | must_not <= GROUPS, row
        assert not must & must_not, row


def test_an_expected_relationship_of_implementers_has_a_relational_group():
    relational = {
        "trust", "relationship", "empathy", "listening", "exchange", "sharing_power",
        "commitment", "brokering", "safety",
    }  # fmt: skip
    for row in expectations():
        if row["relationship"] in {"implementer", "both"}:
            assert relational & set(row["must_code"].split(";")), row
