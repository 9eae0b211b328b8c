"""The links of the co-occurrence graph that are worth drawing; all of them make a hairball."""

from pipeline.report.findings import Row
from pipeline.study import Study
from pipeline.tables import PAIRS, read_table

MOST = 130
"""Links drawn of each corpus."""


def strongest_links(study: Study, corpus: str) -> list[Row]:
    """The pairs of a corpus that stand out most by the disparity filter, then by G²."""
    rows = [
        row
        for row in read_table(PAIRS, study.folder).to_pylist()
        if row["corpus"] == corpus and row["unit"] == "abstract"
        if row["n_ab"] > 1 and row["g2"] > 0
    ]
    rows.sort(key=lambda r: (1.0 if r["backbone_p"] is None else r["backbone_p"], -r["g2"]))
    return rows[:MOST]
