"""What the terminal says when a run is over."""

import re
import textwrap
from collections.abc import Iterator

from pipeline import manifest
from pipeline.report.findings import SILENT, Findings, Row, read_findings
from pipeline.report.words import RELATIONSHIP, contact_headline, counted, headline, percent
from pipeline.study import Study

WIDTH = 88
LARGEST, FEWEST = 5, 5
"""Lines of a list, and texts that a strategy has at least to stand in one."""
SPOKEN_OF = ("strategy", "relationship", "relational")
"""What the kind of a pair names that is told; the others stand in the table."""


def summary(study: Study) -> str:
    """The result of a run in plain text, at most 88 characters wide.

    Says what came in and what became of it, how often relationships go unmentioned in research
    and in practice, the five largest silences, and where the files are.

    Raises
    ------
    RapportError
        where the gaps stage has not finished.
    """
    manifest.require(study.folder, "gaps")
    findings = read_findings(study)
    parts = [
        [study.title, *([f"NOTE: {study.notice}"] if study.notice else [])],
        list(_flow(findings)),
        list(_shares(findings)),
        list(_strategies(findings)),
        list(_silences(findings)),
        list(_files(study)),
    ]
    return "\n\n".join("\n".join(_wrapped(part)) for part in parts if part) + "\n"


def _flow(findings: Findings) -> Iterator[str]:
    flow = findings.flow
    yield "What came in"
    yield (
        f"  {flow.received():,} received = {flow.kept.total():,} kept + "
        f"{flow.merged.total():,} merged + {flow.rejected.total():,} rejected"
    )
    for corpus in findings.corpora():
        row = findings.gap("all", corpus)
        of = f" of {flow.documents:,} documents" if corpus == "practice" and flow.documents else ""
        if row is not None:
            texts = counted(flow.texts[corpus], corpus)
            yield f"  {texts}{of}, of which {row['n']:,} name a strategy"


def _shares(findings: Findings) -> Iterator[str]:
    yield f"Texts without any {RELATIONSHIP}"
    if not findings.corpora():
        yield "  No text names a strategy, so that there is nothing to be silent about."
    for corpus in findings.corpora():
        row = findings.gap("all", corpus)
        if row is not None:
            yield f"  {headline(row)}"
            contact = findings.gap("all_contact", corpus)
            if contact is not None and contact["n"]:
                yield f"  {contact_headline(contact)}"
            yield f"  {_corrected(row)}"


def _corrected(row: Row) -> str:
    if row["corrected"] is None:
        return "Not corrected for coding error: no coded sample yet (`rapport sheet` draws one)."
    return (
        f"Corrected for coding error with a coded sample: {percent(row['corrected'])} "
        f"({percent(row['corrected_low'])} to {percent(row['corrected_high'])})."
    )


def _silences(findings: Findings) -> Iterator[str]:
    found = largest_silences(findings)
    if not found:
        yield "No strategy or relationship meets any concept less often than chance would have it."
        return
    which = "largest silence" if len(found) == 1 else f"{len(found)} largest silences"
    yield f"The {which}: met less often than both margins, concepts and texts, imply"
    for number, row in enumerate(found, 1):
        yield f"  {number}. {silence_in_words(findings, row)}"


def largest_silences(findings: Findings, most: int = LARGEST) -> list[Row]:
    """The silent pairs that lack the most texts, relational with transactional pairs first.

    A pair lacks as many texts as it is expected to have less those that it has. Pairs without a
    strategy or a relationship, such as two settings, are no finding about either.
    """
    silent = [
        row
        for row in findings.silences.values()
        if row["verdict"] in SILENT and any(word in row["kind"] for word in SPOKEN_OF)
    ]
    return sorted(
        silent,
        key=lambda r: (
            r["kind"] != "relational-transactional",
            r["n_ab"] - r["expected"],
            r["concept_a"],
            r["concept_b"],
            r["corpus"],
        ),
    )[:most]


def silence_in_words(findings: Findings, row: Row) -> str:
    """A silence as a sentence: how many texts name both, and how many were expected to."""
    a, b = findings.label(row["concept_a"]), findings.label(row["concept_b"])
    one = counted(1, row["corpus"]).removeprefix("1 ")
    seen = f"{counted(row['n_ab'], row['corpus'])} with" if row["n_ab"] else f"no {one} with"
    sure = "" if row["q"] is None else f" (q = {row['q']:.2g})"
    return f"{seen} both {a!r} and {b!r}, {row['expected']:.1f} expected{sure}."


def _strategies(findings: Findings) -> Iterator[str]:
    """The strategies that are surest to be named without a relationship."""
    for corpus in findings.corpora():
        rows = [
            row
            for node in findings.concepts("strategy", corpus)
            if (row := findings.gap("strategy", corpus, node["concept"])) is not None
            and row["low"] is not None
            and row["n"] >= FEWEST
        ]
        if rows:
            yield f"Strategies in {corpus} most surely without a relationship (95% interval)"
        for row in sorted(rows, key=lambda r: (-r["low"], r["concept"]))[:LARGEST]:
            sure = f"({percent(row['low'])} to {percent(row['high'])})"
            yield (
                f"  {percent(row['unmentioned']):>5} {sure:<15} of {row['n']:>6,}  "
                f"{textwrap.shorten(findings.label(row['concept']), 50, placeholder=' …')}"
            )


def _files(study: Study) -> Iterator[str]:
    yield f"Files in {study.folder}/"
    for name, what in (
        ("report.html", "the interactive report: open it in a browser"),
        ("figures", "the same figures as SVG and PNG"),
        ("gaps.csv", "unmentioned shares, each with its interval"),
        ("silences.csv", "pairs of concepts tested against chance"),
        ("graph", "the co-occurrence graph for Gephi, VOSviewer, Cytoscape and Pajek"),
        ("methods.md", "a paragraph to paste into a paper, references in references.bib"),
        ("prisma.csv", "the flow for the PRISMA2020 diagram tool"),
    ):
        if (study.folder / name).exists():
            yield f"  {name:<14}{what}"


def _wrapped(lines: list[str]) -> Iterator[str]:
    """Lines cut at the width; what is carried over is indented as far as its line's words."""
    for line in lines:
        more = re.match(r" *(\d+\. )?", line)
        yield from textwrap.wrap(
            line,
            WIDTH,
            subsequent_indent=" " * len(more[0]) if more else "",
            break_on_hyphens=False,
        )
