"""All figures of a study, as SVG and PNG."""

from collections.abc import Iterator
from pathlib import Path

from matplotlib.figure import Figure

from pipeline.report import comparison, flow, gap_map, graph, roles, trend
from pipeline.report.findings import Findings
from pipeline.report.style import save
from pipeline.study import Study
from pipeline.tables import CORPORA

CROSSED = ("outcome", "setting")


def write(findings: Findings, study: Study) -> list[Path]:
    """Write every figure that the study has data for into `figures/`; return the paths.

    A figure of an earlier run that there is no longer data for is removed.
    """
    folder = study.folder / "figures"
    paths: list[Path] = []
    for name, figure, says in _figures(findings, study):
        if figure is not None:
            paths += save(figure, folder, name, says)
        else:
            for suffix in (".svg", ".png"):
                (folder / f"{name}{suffix}").unlink(missing_ok=True)
    return paths


def _figures(findings: Findings, study: Study) -> Iterator[tuple[str, Figure | None, str]]:
    """Each figure with its name and what it says; None where there is nothing to draw."""
    notice = study.notice
    told = findings.corpora()
    for corpus in CORPORA:
        for by in CROSSED:
            chosen = gap_map.choose(findings, corpus, by) if corpus in told else None
            map_ = gap_map.draw(findings, chosen, notice) if chosen else None
            says = gap_map.sentence(findings, chosen) if chosen else ""
            yield f"gap-map-{corpus}-{by}", map_, f"Strategies by {by}s in {corpus}: {says}"
        links = graph.draw(findings, study, corpus) if corpus in told else None
        yield f"graph-{corpus}", links, graph.sentence(findings, corpus)
    yield "comparison", comparison.draw(findings, notice), comparison.sentence(findings)
    yield "trend", trend.draw(findings, notice), trend.sentence(findings)
    yield "roles", roles.draw(findings, notice), roles.sentence(findings)
    yield "flow", flow.draw(findings, notice), flow.sentence(findings.flow)
