"""The flow as the CSV that the PRISMA2020 tool reads.

One upload at https://estech.shinyapps.io/prisma_flowdiagram/ draws the official diagram
(Haddaway and colleagues 2022, doi:10.1002/cl2.1230). The tool finds each box by its key in the
first column; `NA` leaves a box out.
"""

import csv
import io

from pipeline.report.findings import Findings
from pipeline.study import Study
from pipeline.tables import written_whole

COLUMNS = ("data", "node", "box", "description", "boxtext", "tooltips", "url", "n")

LAYOUT = (
    ("NA", "node4", "prevstud", "Previous studies"),
    ("previous_studies", "node5", "box1", "Studies in the previous version"),
    ("previous_reports", "NA", "box1", "Reports of those studies"),
    ("NA", "node6", "newstud", "Identification of new studies via databases and registers"),
    ("database_results", "node7", "box2", "Databases"),
    ("database_specific_results", "NA", "box2", "Specific databases"),
    ("register_results", "NA", "box2", "Registers"),
    ("register_specific_results", "NA", "box2", "Specific registers"),
    ("NA", "node16", "othstud", "Identification of new studies via other methods"),
    ("website_results", "node17", "box11", "Websites"),
    ("organisation_results", "NA", "box11", "Organisations"),
    ("citations_results", "NA", "box11", "Citation searching"),
    ("duplicates", "node8", "box3", "Duplicate records"),
    ("excluded_automatic", "NA", "box3", "Records marked as ineligible by automation tools"),
    ("excluded_other", "NA", "box3", "Records removed for other reasons"),
    ("records_screened", "node9", "box4", "Abstracts coded by Rapport"),
    ("records_excluded", "node10", "box5", "Abstracts that name no strategy"),
    ("dbr_sought_reports", "node11", "box6", "Full texts sought (abstracts only are coded)"),
    ("dbr_notretrieved_reports", "node12", "box7", "Full texts not retrieved"),
    ("other_sought_reports", "node18", "box12", "Passages sought"),
    ("other_notretrieved_reports", "node19", "box13", "Passages merged or rejected"),
    ("dbr_assessed", "node13", "box8", "Abstracts that name a strategy"),
    ("dbr_excluded", "node14", "box9", "Reports excluded"),
    ("other_assessed", "node20", "box14", "Passages coded by Rapport"),
    ("other_excluded", "node21", "box15", "Passages excluded"),
    ("new_studies", "node15", "box10", "Texts in the map"),
    ("new_reports", "NA", "box10", "Abstracts and passages"),
    ("total_studies", "node22", "box16", "Total studies included in review"),
    ("total_reports", "NA", "box16", "Reports of total included studies"),
    ("identification", "node1", "identification", "Identification"),
    ("screening", "node2", "screening", "Screening"),
    ("included", "node3", "included", "Included"),
)
"""Key, node and box of each row as the tool's template names them, with our caption."""


def counts(findings: Findings, study: Study) -> dict[str, str]:
    """The number for each key; in each arm, what goes in is what comes out.

    Research sources are databases; practice sources are organisations, and their passages the
    reports of the other arm. A text is included where it names a strategy.
    """
    flow = findings.flow
    practice = [s.name for s in study.sources if s.corpus == "practice"]
    research = [name for name in flow.sources if name not in practice]
    named = {c: row["n"] for c in findings.corpora() if (row := findings.gap("all", c))}
    screened, passages = (sum(flow.kept[s] for s in arm) for arm in (research, practice))
    abstracts_in, passages_in = named.get("research", 0), named.get("practice", 0)
    specific = "; ".join(f"{_plain(name)}, {flow.received(name)}" for name in research)
    received = sum(flow.received(s) for s in practice)
    numbers = {
        "database_results": sum(flow.received(s) for s in research),
        "database_specific_results": specific or "NA",
        "register_results": 0,
        "duplicates": sum(flow.merged[s] for s in research),
        "excluded_automatic": sum(flow.rejected[s] for s in research),
        "excluded_other": 0,
        "records_screened": screened,
        "records_excluded": screened - abstracts_in,
        "dbr_sought_reports": 0,
        "dbr_notretrieved_reports": 0,
        "dbr_assessed": abstracts_in,
        "dbr_excluded": 0,
        "new_studies": abstracts_in + passages_in,
        "new_reports": abstracts_in + passages_in,
        "total_studies": abstracts_in + passages_in,
        "total_reports": abstracts_in + passages_in,
    }
    if practice:
        numbers |= {
            "website_results": 0,
            "organisation_results": received,
            "citations_results": 0,
            "other_sought_reports": received,
            "other_notretrieved_reports": received - passages,
            "other_assessed": passages,
            "other_excluded": f"Name no strategy, {passages - passages_in}",
        }
    return {key: str(n) for key, n in numbers.items()}


def write(findings: Findings, study: Study) -> None:
    """Write `prisma.csv` into the study's folder."""
    numbers = counts(findings, study)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for key, node, box, caption in LAYOUT:
        writer.writerow((key, node, box, caption, caption, caption, "NA", numbers.get(key, "NA")))
    with written_whole(study.folder / "prisma.csv", "w", encoding="utf-8", newline="") as stream:
        stream.write(text.getvalue())


def _plain(name: str) -> str:
    """A source's name without the marks that the tool splits its lists at."""
    return name.replace(",", " ").replace(";", " ")
