"""methods.md: a paragraph to paste into a paper, with the numbers and versions of this very run."""

from collections.abc import Iterator
from typing import Any

from pipeline import manifest
from pipeline.report import references as works
from pipeline.report.findings import SILENT, Findings
from pipeline.report.flow import sentence
from pipeline.report.words import RELATIONSHIP, headline, listed, percent
from pipeline.study import BULK_KINDS, Source, Study
from pipeline.tables import written_whole

KINDS = {
    "file": "files of exported records",
    "documents": "practice documents, cut into passages",
    "openalex": "OpenAlex",
    "europepmc": "Europe PMC",
    "pubmed": "PubMed",
    "crossref": "Crossref",
    "eric": "ERIC",
    "doaj": "DOAJ",
    "semanticscholar": "Semantic Scholar",
    "pubmed_baseline": "all of PubMed (its yearly and daily files)",
    "openalex_snapshot": "all of OpenAlex (its snapshot)",
}
"""What each kind of source is called in a sentence."""

MOST_FILES = 5
"""Files of one source that are named; a folder of many is not listed."""


class Citations:
    """The works cited so far, each once, in the order of first citation."""

    def __init__(self) -> None:
        self.works: list[works.Reference] = []

    def __call__(self, *cited: works.Reference) -> str:
        """Cite works in brackets and remember them."""
        self.works += [work for work in cited if work not in self.works]
        return f"({'; '.join(works.in_text(work) for work in cited)})"


def write(findings: Findings, study: Study) -> None:
    """Write `methods.md` and `references.bib` into the study's folder."""
    told = manifest.read(study.folder)
    cite = Citations()
    parts = [
        f"# Methods of the study: {study.title}",
        *([f"**{study.notice}**"] if study.notice else []),
        " ".join(_searched(findings, study, told, cite)),
        " ".join(_coded(findings, study, told, cite)),
        " ".join(_measured(findings, told, cite)),
        " ".join(_found(findings)),
        "## For PRISMA-S " + cite(works.PRISMA_S),
        "\n".join(_items(findings, study, told)),
        "## References",
        "\n".join(f"- {works.in_list(work)}" for work in cite.works),
    ]
    with written_whole(study.folder / "methods.md", "w", encoding="utf-8") as stream:
        stream.write("\n\n".join(parts) + "\n")
    with written_whole(study.folder / "references.bib", "w", encoding="utf-8") as stream:
        stream.write("\n".join(works.bibtex(work) for work in cite.works))


def _searched(
    findings: Findings, study: Study, told: dict[str, Any], cite: Citations
) -> Iterator[str]:
    kinds = sorted({KINDS.get(source.kind, source.kind) for source in study.sources})
    yield f"Texts were read from {listed(kinds)} on {_day(told, 'harvest')}."
    yield sentence(findings.flow) + f" The flow is drawn after PRISMA 2020 {cite(works.PRISMA)}."


def _coded(
    findings: Findings, study: Study, told: dict[str, Any], cite: Citations
) -> Iterator[str]:
    yield (
        f"Every title and abstract was coded with Rapport {told['rapport']} "
        f"(Python {told['python']}) against a taxonomy of "
        f"{len({concept for concept, _ in findings.nodes})} concepts"
        + (f" ({study.taxonomy.name}{_hash(told)})" if study.taxonomy.name else "")
        + f", among them implementation strategies {cite(works.ERIC)} and outcomes "
        f"{cite(works.OUTCOMES)}."
    )
    yield (
        "Strategies are relational, mixed or transactional by the column "
        f"`{study.rating}` of the taxonomy, on a published continuum {cite(works.CONTINUUM)}."
    )
    used = told.get("classify", {}).get("learned", {}).get("used")
    if used:
        yield (
            f"A classifier that had learned from coded texts decided {listed(used)}: there its F1, "
            "by nested cross-validation on texts that it had not learned from, was above that of "
            "the cues by more than noise. The cues decided all else."
        )


def _measured(findings: Findings, told: dict[str, Any], cite: Citations) -> Iterator[str]:
    yield (
        f"A text counts as silent where it names a strategy and no {RELATIONSHIP}; shares have "
        f"95% score intervals {cite(works.WILSON)}{_clustered(findings, cite)}."
    )
    tested = [r for r in findings.silences.values() if r["verdict"] != "untestable"]
    if tested:
        yield (
            f"{len(tested):,} of {len(findings.silences):,} pairs of concepts could be tested "
            "against a null that keeps both margins, how often a concept is named and how many "
            f"concepts a text names {cite(works.CURVEBALL)}{_drawn(told)}; pairs were told at a "
            f"false-discovery rate of {percent(findings.false_discovery_rate)} "
            f"{cite(works.STRICTER if _is_stricter(told) else works.DISCOVERY)}."
        )
    if len(findings.corpora()) == 2:
        yield (
            "Differences between research and practice have intervals from those of the shares "
            f"{cite(works.DIFFERENCE)}; odds ratios are stratified by years and by how many "
            f"concepts a text names {cite(works.STRATIFIED, works.STRATIFIED_VARIANCE)}."
        )
    if any(row["p"] is not None for row in findings.further["trends"]):
        yield f"Change over the years is tested for a linear trend {cite(works.TREND)}."
    yield f"The gap map follows the conventions of evidence gap maps {cite(works.MAPS)}."


def _clustered(findings: Findings, cite: Citations) -> str:
    """How passages of one document are kept from passing for independent texts."""
    if not findings.spread:
        return ""
    listing = listed([f"{spread:.2f} in {c}" for c, (spread, _) in findings.spread.items()])
    return (
        ", for passages of one document with a design effect that is moderated by how much "
        f"documents differ over all concepts (variance of their log odds {listing}) "
        f"{cite(works.MODERATED)}"
    )


def _drawn(told: dict[str, Any]) -> str:
    """How many random corpora the null rests on."""
    corpora = told["gaps"].get("corpora", {})
    nulls = {corpus: facts["null"] for corpus, facts in corpora.items() if "null" in facts}
    draws = [(corpus, null["draws"]) for corpus, null in nulls.items()]
    if not draws:
        return ""
    closed = all(null.get("moments") == "closed form" for null in nulls.values())
    how = ", by its closed form and checked with" if closed else ", with"
    return f"{how} {listed([f'{n:,} random corpora for {corpus}' for corpus, n in draws])}"


def _is_stricter(told: dict[str, Any]) -> bool:
    """Whether the false-discovery rate holds under any dependence between pairs."""
    return bool(told["gaps"].get("settings", {}).get("correction") == "by")


def _found(findings: Findings) -> Iterator[str]:
    for corpus in findings.corpora():
        row = findings.gap("all", corpus)
        if row is None:
            continue
        yield headline(row)
        if row["corrected"] is not None:
            yield (
                f"Corrected for coding error with a coded sample, {percent(row['corrected'])} "
                f"(95% CI {percent(row['corrected_low'])} to {percent(row['corrected_high'])})."
            )
        else:
            yield "This share is not corrected for coding error."
        silent = sum(
            r["corpus"] == corpus and r["verdict"] in SILENT for r in findings.silences.values()
        )
        yield f"In {corpus}, {silent:,} pairs of concepts met less often than chance."


def _items(findings: Findings, study: Study, told: dict[str, Any]) -> Iterator[str]:
    """The items of PRISMA-S that a run can answer; the others are for the authors."""
    flow = findings.flow
    sections = told.get("harvest", {}).get("sources", {})
    sources = [(source, sections.get(source.name, {})) for source in study.sources]
    names = [
        f"{source.name} ({section.get('name') or KINDS.get(source.kind, source.kind)})"
        for source, section in sources
    ]
    yield f"- Item 1, sources: {listed(names)}."
    for source, section in sources:
        yield f"- Item 8, search of {source.name}: {_search(source, section)}"
    yield f"- Item 9, limits: {_limits(study)}."
    for source, section in sources:
        days = [str(one["day"]) for one in section.get("rounds", [])]
        if len(days) > 1:
            yield f"- Item 12, updates: {source.name} was searched again on {listed(days[1:])}."
        last = days[-1] if days else _day(told, "harvest")
        yield f"- Item 13, date: {source.name} was last {'searched' if days else 'read'} on {last}."
    total = [f"{name} {flow.received(name):,}" for name in flow.sources]
    yield f"- Item 15, records from each source: {', '.join(total) or 'none'}."
    yield (
        f"- Item 16, deduplication: entries merged: {flow.merged.total():,}; each is in "
        "`rejected.csv` with the reason and the record that it was merged into."
    )


def _search(source: Source, section: dict[str, Any]) -> str:
    """The search as it was run; for files, which they were, and that their search is not known."""
    if section.get("asked"):
        address = f" at {section['address']}" if section.get("address") else ""
        return f"`{section['asked']}`{address}."
    if source.kind in BULK_KINDS:
        asked = (
            f"checked here against `{section['query']}`" if section.get("query") else "no search"
        )
        return f"{asked}; every record in {len(section.get('files', []))} files was read."
    files = [f"{f['name']} (SHA-256 {f['sha256'][:12]})" for f in section.get("files", [])]
    read = f"read from {listed(files)}; " if 0 < len(files) <= MOST_FILES else ""
    return f"{read}no search is told, for the texts came as files. Add the search here."


def _limits(study: Study) -> str:
    asked = study.asked
    limits = [f"years {asked.years[0]} to {asked.years[1]}"] if asked.years else []
    limits += [
        f"{s.name}: years {s.options['years'][0]} to {s.options['years'][1]}"
        for s in study.sources
        if s.options.get("years")
    ]
    limits += [f"languages {listed(asked.languages)}"] if asked.languages else []
    limits += [f"kinds of work {listed(asked.types)}"] if asked.types else []
    return "; ".join(limits) or "none set in the study"


def _day(told: dict[str, Any], stage: str) -> str:
    finished = told.get(stage, {}).get("finished", "")
    return str(finished)[:10] or "a date not told"


def _hash(told: dict[str, Any]) -> str:
    value = told.get("classify", {}).get("taxonomy", {}).get("hash")
    return f", hash {value[:12]}" if isinstance(value, str) else ""
