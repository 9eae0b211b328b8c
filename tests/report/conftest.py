"""An invented study, finished up to its gaps: every table small, consistent and made here."""

import contextlib
import csv
import itertools
import math
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pipeline import manifest
from pipeline.report import stage
from pipeline.study import Source, Study
from pipeline.tables import (
    ANSWERS,
    BACKTEST,
    CODES,
    COMPARISON,
    CONTRASTS,
    FORECASTS,
    GAPS,
    MENTIONS,
    MISFITS,
    MISSING,
    NODES,
    ORIENTATION,
    PAIRS,
    RECORDS,
    REJECTED,
    ROLES,
    SENSITIVITY,
    SHARD_ROWS,
    SILENCES,
    TRENDS,
    Table,
    from_rows,
    path_of,
    write_parquet,
    write_table,
)

Row = dict[str, Any]

SPREAD = 0.5
"""How much the invented practice documents are said to differ."""

STRATEGIES = {
    "Train and educate": [
        ("training", "Conduct educational meetings", "transactional"),
        ("manuals", "Develop and hand out educational materials", "transactional"),
        ("shadowing", "Shadow other experts", "relational"),
    ],
    "Evaluate and iterate": [
        ("audit", "Audit and provide feedback", "transactional"),
        ("readiness", "Assess for readiness and identify barriers and facilitators", "mixed"),
        ("small-tests", "Conduct cyclical small tests of change", "mixed"),
    ],
    "Support clinicians": [
        ("reminders", "Remind clinicians", "transactional"),
        ("teams", "Create new clinical teams", "mixed"),
    ],
    "Use financial levers": [
        ("incentives", "Alter incentive and allowance structures", "transactional"),
        ("penalty", "Develop disincentives", "transactional"),
    ],
    "Develop relationships among stakeholders": [
        ("coalition", "Build a coalition", "relational"),
        ("collaborative", "Create a learning collaborative", "relational"),
        ("champions", "Identify and prepare champions", "relational"),
    ],
}
CUES = {
    "training": "workshops",
    "manuals": "printed manuals",
    "shadowing": "shadowing",
    "audit": "audit and feedback",
    "readiness": "readiness assessment",
    "small-tests": "small tests of change",
    "reminders": "electronic reminders",
    "teams": "new teams",
    "incentives": "pay for performance",
    "penalty": "fines",
    "coalition": "a coalition",
    "collaborative": "a learning collaborative",
    "champions": "champions",
    "trust": "trust between the partners",
    "listening": "active listening",
    "co-design": "co-design",
    "acceptability": "acceptability",
    "adoption": "adoption",
    "cost": "cost",
    "fidelity": "fidelity",
    "sustainability": "sustainability",
    "hospital": "hospitals",
    "school": "schools",
    "agency": "child welfare agencies",
    "nurse": "nurses",
    "resources": "time and money",
}
OTHERS = [
    ("trust", "Trust", "relationship", "relational"),
    ("listening", "Active listening", "relationship", "relational"),
    ("co-design", "Co-design and shared power", "relationship", "relational"),
    *(
        (o, o.capitalize(), "outcome", "")
        for o in ("acceptability", "adoption", "cost", "fidelity", "sustainability")
    ),
    ("hospital", "Hospitals", "setting", ""),
    ("school", "Schools", "setting", ""),
    ("agency", "Child welfare agencies", "setting", ""),
    ("nurse", "Nurses", "actor", ""),
    ("resources", "Available resources", "determinant", ""),
]
CONCEPTS: dict[str, Row] = {
    name: {"label": label, "facet": "strategy", "cluster": cluster, "orientation": orientation}
    for cluster, members in STRATEGIES.items()
    for name, label, orientation in members
} | {
    name: {
        "label": label,
        "facet": facet,
        "cluster": facet.capitalize(),
        "orientation": orientation,
    }
    for name, label, facet, orientation in OTHERS
}
NEVER_NAMED = "penalty"


def of_facet(facet: str) -> list[str]:
    return [c for c, row in CONCEPTS.items() if row["facet"] == facet]


def wilson(k: int, n: int) -> tuple[float, float]:
    """The interval of Wilson 1927, written out for the invented tables."""
    z, p = 1.959963984540054, k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


class Texts:
    """Invented texts with the codes and mentions that they would be given."""

    def __init__(self, count: int, seed: int = 7) -> None:
        self.random = random.Random(seed)
        self.rows = [self._text(number) for number in range(count)]

    def _text(self, number: int) -> Row:
        draw = self.random
        practice = number % 4 == 3
        named = [c for c in of_facet("strategy") if c != NEVER_NAMED and draw.random() < 0.2]
        wish = 0.75 if any(CONCEPTS[c]["orientation"] == "relational" for c in named) else 0.12
        if practice:
            wish = min(1, wish + 0.3)
        related = [draw.choice(of_facet("relationship"))] if draw.random() < wish else []
        rest = [
            c for f in ("outcome", "setting", "actor") for c in of_facet(f) if draw.random() < 0.25
        ]
        if number % 3 == 0:
            rest.append("resources")
        return {
            "record_id": f"doi:10.9999/invented.{number:05d}",
            "corpus": "practice" if practice else "research",
            "source": "plans" if practice else draw.choice(["scopus", "pubmed"]),
            "document": f"plan-{number % 12}.md" if practice else None,
            "year": None if practice else 2005 + draw.randrange(18),
            "concepts": named + related + rest,
            "related": bool(related),
            "roles": draw.choice(["strategy", "mechanism", "precondition;strategy", "context"])
            if related
            else "",
        }

    def record(self, text: Row) -> Row:
        sentences = [s for s, _ in self.sentences(text)]
        return {
            **{k: text[k] for k in ("record_id", "corpus", "source", "document", "year")},
            "source_id": text["record_id"],
            "title": text.get("title", f"An invented text, number {text['record_id'][-5:]}"),
            "abstract": " ".join(sentences),
            "doi": text.get(
                "doi", None if text["document"] else text["record_id"].removeprefix("doi:")
            ),
            "url": text.get("url"),
        }

    def sentences(self, text: Row) -> list[tuple[str, str | None]]:
        first = ("Nothing in this text is real, it was made for a test.", None)
        return [first] + [
            (f"Here {CUES[c]} came up for the people involved.", c) for c in text["concepts"]
        ]

    def mentions(self, text: Row) -> list[Row]:
        rows, start = [], 0
        for number, (sentence, concept) in enumerate(self.sentences(text)):
            if concept is not None:
                at = start + sentence.index(CUES[concept])
                rows.append(
                    {
                        "record_id": text["record_id"],
                        "concept": concept,
                        "field": "abstract",
                        "start": at,
                        "end": at + len(CUES[concept]),
                        "sentence": number,
                        "section": "",
                        "text": CUES[concept],
                        "cue": CUES[concept],
                        "reading": "kept",
                        "rule": "",
                        "role": text["roles"]
                        if CONCEPTS[concept]["facet"] == "relationship"
                        else "",
                    }
                )
            start += len(sentence) + 1
        return sorted(rows, key=lambda r: (r["concept"], r["start"]))


def gaps_of(texts: list[Row]) -> list[Row]:
    counts: dict[tuple[str, str, str, str, str], list[int]] = {}

    def count(question: str, concept: str, by: str, value: str, text: Row) -> None:
        cell = counts.setdefault((question, concept, by, value, text["corpus"]), [0, 0])
        cell[0] += 1
        cell[1] += text["related"]

    for text in texts:
        strategies = [c for c in text["concepts"] if CONCEPTS[c]["facet"] == "strategy"]
        if not strategies:
            continue
        count("all", "", "", "", text)
        if any(CONCEPTS[c]["orientation"] == "relational" for c in strategies):
            count("all_contact", "", "", "", text)
        if text["year"]:
            count("year", str(text["year"]), "", "", text)
        for cluster in {CONCEPTS[c]["cluster"] for c in strategies}:
            count("cluster", cluster, "", "", text)
        for c in text["concepts"]:
            facet = CONCEPTS[c]["facet"]
            if facet != "relationship":
                count(facet, c, "", "", text)
        for c, other in itertools.product(strategies, text["concepts"]):
            if CONCEPTS[other]["facet"] in ("outcome", "setting"):
                count("strategy", c, CONCEPTS[other]["facet"], other, text)
    rows = []
    for key, (n, k) in sorted(counts.items()):
        low, high = wilson(n - k, n)
        rows.append(
            dict(zip(GAPS.key, key, strict=True))
            | {"n": n, "with_relationship": k, "unmentioned": 1 - k / n, "low": low, "high": high}
        )
    return rows


def pairs_and_silences_of(texts: list[Row]) -> tuple[list[Row], list[Row]]:
    pairs, silences = [], []
    for corpus in ("research", "practice"):
        mine = [t for t in texts if t["corpus"] == corpus]
        n = len(mine)
        if not n:
            continue
        alone = Counter(c for t in mine for c in t["concepts"])
        both = Counter(p for t in mine for p in itertools.combinations(sorted(t["concepts"]), 2))
        for a, b in itertools.combinations(sorted(CONCEPTS), 2):
            expected = alone[a] * alone[b] / n
            observed = both[a, b]
            ratio = observed / expected if expected else 1.0
            pairs.append(
                {
                    "concept_a": a,
                    "concept_b": b,
                    "corpus": corpus,
                    "unit": "abstract",
                    "n_a": alone[a],
                    "n_b": alone[b],
                    "n_ab": observed,
                    "n": n,
                    "expected": expected,
                    "association_strength": ratio,
                    "npmi": 0.0,
                    "jaccard": 0.0,
                    "g2": ratio - 1,
                    "p": 0.5,
                    "q": 0.01 if ratio > 1.2 else 0.5,
                }
            )
            kinds = {CONCEPTS[c]["orientation"] for c in (a, b)}
            if expected < 4:
                verdict = "untestable"
            elif not observed:
                verdict = "never mentioned"
            else:
                verdict = "under-mentioned" if ratio < 0.7 else "consistent with chance"
            silences.append(
                {
                    "concept_a": a,
                    "concept_b": b,
                    "corpus": corpus,
                    "n_a": alone[a],
                    "n_b": alone[b],
                    "kind": "relational-transactional"
                    if kinds == {"relational", "transactional"}
                    else "-".join(sorted(CONCEPTS[c]["facet"] for c in (a, b))),
                    "n_ab": observed,
                    "expected": expected,
                    "sd": 1.0,
                    "expected_by_facet": expected * 1.1,
                    "verdict_by_facet": verdict,
                    "vanishes_without": "year 2015" if len(silences) % 3 else "",
                    "ratio": ratio,
                    "p_under": min(1.0, ratio / 20),
                    "p_over": 0.5,
                    "q": min(1.0, ratio / 15),
                    "verdict": verdict,
                    "detectable_ratio": 0.5,
                }
            )
    return pairs, silences


def nodes_of(texts: list[Row]) -> list[Row]:
    rows = []
    for (place, (name, concept)), corpus in itertools.product(
        enumerate(CONCEPTS.items()), ("research", "practice")
    ):
        mine = [t for t in texts if t["corpus"] == corpus and name in t["concepts"]]
        n, k = len(mine), sum(t["related"] for t in mine)
        rows.append(
            {
                "concept": name,
                "corpus": corpus,
                **concept,
                "n": n,
                "n_sentences": n,
                "with_relationship": k,
                "unmentioned": 1 - k / n if n else None,
                "community": len(name) % 4,
                "x": math.cos(6.28 * place / len(CONCEPTS)) * (1 + place % 3),
                "y": math.sin(6.28 * place / len(CONCEPTS)) * (1 + place % 3),
            }
        )
    return rows


def comparison_of(nodes: list[Row], gaps: list[Row]) -> list[Row]:
    total = Counter({g["corpus"]: g["n"] for g in gaps if g["question"] == "all"})
    by = {(r["concept"], r["corpus"]): r for r in nodes}
    rows = []
    for name, concept in CONCEPTS.items():
        r, p = by[name, "research"], by[name, "practice"]
        share = [
            row["n"] / total[c] if total[c] else None
            for row, c in ((r, "research"), (p, "practice"))
        ]
        difference = share[1] - share[0] if None not in share else None
        rows.append(
            {
                "concept": name,
                "facet": concept["facet"],
                "research_n": r["n"],
                "practice_n": p["n"],
                "research_total": total["research"],
                "practice_total": total["practice"],
                "research_share": share[0],
                "practice_share": share[1],
                "difference": difference,
                "difference_low": difference - 0.1 if difference is not None else None,
                "difference_high": difference + 0.1 if difference is not None else None,
                "research_unmentioned": r["unmentioned"],
                "practice_unmentioned": p["unmentioned"],
            }
        )
    return rows


ROLES_TOLD = (
    "strategy",
    "mechanism",
    "moderator",
    "precondition",
    "outcome",
    "determinant",
    "context",
)


def roles_of(texts: list[Row]) -> list[Row]:
    rows = []
    for corpus, outcome in itertools.product(("research", "practice"), ("", *of_facet("outcome"))):
        mine = [
            t
            for t in texts
            if t["related"] and t["corpus"] == corpus and (not outcome or outcome in t["concepts"])
        ]
        for role in ROLES_TOLD:
            n, total = sum(role in t["roles"].split(";") for t in mine), len(mine)
            low, high = wilson(n, total) if total else (None, None)
            share = {"share": n / total if total else None, "low": low, "high": high}
            key = {"role": role, "outcome": outcome, "corpus": corpus}
            rows.append({**key, "n": n, "total": total, **share})
    return rows


def further_rows(texts: list[Row], nodes: list[Row], gaps: list[Row]) -> dict[Table, list[Row]]:
    """A few rows of each further table of the gaps stage; only their form matters here."""
    share = {"share": 0.5, "low": 0.2, "high": 0.8}
    first = {"corpus": "research", "year": 2015, "horizon": 5}
    odds = {
        f"{name}{end}": value
        for name in ("odds_ratio", "stratified_odds_ratio")
        for end, value in (("", 0.5), ("_low", 0.3), ("_high", 0.9))
    }
    trends = [
        {
            "question": "all",
            "concept": "",
            "corpus": "research",
            "first_year": 2005,
            "last_year": 2022,
            "n": 90,
            "slope": 0.05,
            "slope_low": 0.01,
            "slope_high": 0.09,
            "p": 0.01,
            "q": 0.02,
            "trend": "grows",
        },
    ]
    contrasts = [
        {
            "question": "strategy",
            "concept": r["concept"],
            "research_n": 9,
            "practice_n": 9,
            "difference": -0.3,
            "difference_low": -0.5,
            "difference_high": -0.1,
            **odds,
        }
        for r in nodes
        if r["facet"] == "strategy" and r["corpus"] == "research"
    ]
    missing = [
        {
            "corpus": "research",
            "rank": 1,
            "concept_a": "listening",
            "concept_b": "penalty",
            "n_a": 9,
            "n_b": 0,
            "resource_allocation": 0.4,
            "adamic_adar": 2.0,
            "expected": 3.0,
            "near_a": " | ".join(
                t["record_id"]
                for t in texts
                if t["corpus"] == "research" and "listening" in t["concepts"]
            )[: 55 * 3],
            "near_b": "",
        },
    ]
    sensitivity = [
        {
            "corpus": "research",
            "change": change,
            "value": value,
            "concept": "",
            "texts": 0,
            "n": 90,
            "unmentioned": 0.5,
            "contact_n": 40,
            "contact_unmentioned": 0.4,
            "silences": 20,
            "headline_silences": headline,
            "vanished": 20 - headline,
            "vanished_pairs": "",
        }
        for change, value, headline in (
            ("nothing", "", 9),
            ("rating", "orientation_generous", 7),
            ("year", "2015", 8),
        )
    ]
    met = {"met": 9, "expected": 12.0, "ratio": 0.75}
    backtest = [
        {**first, "group": group, "pairs": 40, "filled": n, **share, **met}
        for group, n in (("silent", 10), ("not silent", 20))
    ]
    forecast = {"predictor": "resource allocation", "pairs": 90, "written": 9}
    return {
        ROLES: roles_of(texts),
        ANSWERS: [],
        MISFITS: [],
        TRENDS: trends,
        CONTRASTS: contrasts,
        MISSING: missing,
        SENSITIVITY: sensitivity,
        BACKTEST: backtest,
        FORECASTS: [first | forecast | {"auc": 0.7, "auc_low": 0.6, "auc_high": 0.8}],
    }


def write_study(study: Study, texts: Texts) -> None:
    """Write every table and the manifest as the stages before the report would."""
    folder = study.folder
    for name in ("harvest", "classify", "graph", "gaps"):
        manifest.begin(folder, name)
    rows = sorted(texts.rows, key=lambda t: str(t["record_id"]))
    for number, start in enumerate(range(0, max(1, len(rows)), SHARD_ROWS)):
        part = rows[start : start + SHARD_ROWS]
        mentions = [m for t in part for m in texts.mentions(t)]
        shards = {
            RECORDS: [texts.record(t) for t in part],
            MENTIONS: mentions,
            CODES: [
                {"record_id": t["record_id"], "concept": c, "decided_by": "cue", "probability": 1.0}
                for t in part
                for c in sorted(t["concepts"])
            ],
            ORIENTATION: [
                {
                    **{k: t[k] for k in ("record_id", "corpus", "year", "document", "roles")},
                    "orientation": "none",
                    "relationship": "implementer" if t["related"] else "none",
                }
                for t in part
            ],
        }
        for table, content in shards.items():
            write_parquet(
                from_rows(table, content), path_of(table, folder) / f"{number:05d}.parquet"
            )
    gaps, nodes = gaps_of(rows), nodes_of(rows)
    pairs, silences = pairs_and_silences_of(rows)
    rejected = [
        {
            "source": "scopus",
            "place": "scopus.csv, line 7",
            "outcome": "rejected",
            "reason": "has neither title nor abstract",
        },
        {
            "source": "pubmed",
            "place": "pubmed.nbib, line 90",
            "outcome": "merged",
            "reason": "same DOI",
            "record_id": "doi:10.9999/invented.00000",
        },
    ]
    for table, content in (
        (REJECTED, rejected),
        (NODES, nodes),
        (PAIRS, pairs),
        (GAPS, gaps),
        (SILENCES, silences),
        (COMPARISON, comparison_of(nodes, gaps)),
        *further_rows(rows, nodes, gaps).items(),
    ):
        write_table(table, from_rows(table, content), folder)
    for name in ("harvest", "classify", "graph"):
        manifest.finish(folder, name)
    spread = {"passages": {"spread between documents": SPREAD, "worth": 12.0}}
    manifest.finish(folder, "gaps", corpora={"practice": spread})


Maker = Callable[..., Study]


def invented(folder: Path, texts: Texts, **settings: Any) -> Study:
    """An invented study in the working folder, finished up to its gaps."""
    study = Study(
        path=folder / "invented.toml",
        name="invented",
        taxonomy=folder / "taxonomy.csv",
        sources=(
            Source("scopus", "file", "research", {"path": folder / "scopus.csv"}),
            Source("pubmed", "file", "research", {"path": folder / "pubmed.nbib"}),
            Source("plans", "documents", "practice", {"path": folder / "plans"}),
        ),
        **{"title": "An invented study", "notice": "The corpus is invented.", **settings},
    )
    write_study(study, texts)
    return study


@pytest.fixture
def make_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Maker:
    """Make an invented study of `count` texts, or of the texts given, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def make(count: int = 160, texts: Texts | None = None, **settings: Any) -> Study:
        return invented(tmp_path, texts or Texts(count), **settings)

    return make


def write_taxonomy(study: Study) -> None:
    """Write the taxonomy of the invented concepts, and which strategies fit resources."""
    steps = {"relational": "highly relational", "transactional": "highly transactional"}
    with study.taxonomy.open("w", encoding="utf-8", newline="") as file:
        columns = ("id", "label", "facet", "cluster", "group", "orientation", "cues")
        rows = csv.DictWriter(file, [*columns, "number", "exclude", "definition", "source"])
        rows.writeheader()
        for name, row in CONCEPTS.items():
            step = {"mixed": "operational"} | steps
            told = {c: row[c] for c in ("label", "facet", "cluster")}
            rows.writerow(
                {"id": name, **told, "orientation": step.get(row["orientation"], "")}
                | {"cues": f'"{CUES[name]}"'}
            )
    fits = "determinant,strategies,source\nresources,incentives;coalition,made up\n"
    study.taxonomy.with_name("fits.csv").write_text(fits, encoding="utf-8")


@pytest.fixture
def with_fits() -> Callable[[Study], None]:
    """Give an invented study its taxonomy, and say which strategies fit a determinant."""
    return write_taxonomy


@pytest.fixture
def invented_texts() -> type[Texts]:
    """A maker of invented texts, to change before a study is made of them."""
    return Texts


@pytest.fixture
def study(make_study: Maker) -> Study:
    """A small invented study, finished up to its gaps."""
    return make_study()


@pytest.fixture(scope="session")
def _reported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Study]:
    folder = tmp_path_factory.mktemp("reported")
    with contextlib.chdir(folder):
        study = invented(folder, Texts(160))
        stage.run(study)
    return folder, study


@pytest.fixture
def reported(_reported: tuple[Path, Study], monkeypatch: pytest.MonkeyPatch) -> Study:
    """The same study with its report, shared by the tests that only look at it."""
    folder, study = _reported
    monkeypatch.chdir(folder)
    return study
