"""Make what people look at: figures, the flow of records, the methods paragraph."""

from pipeline import manifest
from pipeline.report import figures, methods, page, prisma
from pipeline.report.findings import read_findings
from pipeline.study import Study


def run(study: Study) -> None:
    """Draw every figure and write the flow, the methods and the page of a finished study.

    Writes `figures/`, `prisma.csv`, `methods.md`, `references.bib` and `report.html` into the
    study's folder.

    Raises
    ------
    RapportError
        where the gaps stage has not finished, or a file cannot be written.
    """
    manifest.require(study.folder, "gaps")
    manifest.begin(study.folder, "report")
    findings = read_findings(study)
    drawn = figures.write(findings, study)
    prisma.write(findings, study)
    methods.write(findings, study)
    page.write(findings, study)
    manifest.finish(
        study.folder,
        "report",
        figures=sorted(path.name for path in drawn),
        versions=manifest.versions("bokeh", "matplotlib"),
    )
