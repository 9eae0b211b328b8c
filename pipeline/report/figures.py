"""All figures of a study, as SVG and PNG."""

from pathlib import Path

from pipeline.report import comparison, flow, gap_map, graph, roles, trend
from pipeline.report.findings import Findings
from pipeline.report.style import save
from pipeline.study import Study

CROSSED = ("outcome", "setting")


def write(findings: Findings, study: Study) -> list[Path]:
    """Write every figure that the study has data for into `figures/`; return the paths."""
    folder = study.folder / "figures"
    for old in [*folder.glob("*.svg"), *folder.glob("*.png")]:
        old.unlink()
    paths = []
    for corpus in findings.corpora():
        for by in CROSSED:
            chosen = gap_map.choose(findings, corpus, by)
            if chosen is not None:
                says = f"Strategies by {by}s in {corpus}: {gap_map.sentence(findings, chosen)}"
                drawn = gap_map.draw(findings, chosen, study.notice)
                paths += save(drawn, folder, f"gap-map-{corpus}-{by}", says)
    others = [
        ("flow", flow.draw(findings, study.notice), flow.sentence(findings.flow)),
        ("comparison", comparison.draw(findings, study.notice), comparison.sentence(findings)),
        ("roles", roles.draw(findings, study.notice), roles.sentence(findings)),
        ("trend", trend.draw(findings, study.notice), trend.sentence(findings)),
    ]
    for corpus in findings.corpora():
        drawn_graph = graph.draw(findings, study, corpus)
        others.append((f"graph-{corpus}", drawn_graph, graph.sentence(findings, corpus)))
    for name, figure, says in others:
        if figure is not None:
            paths += save(figure, folder, name, says)
    return paths
