"""`rapport learn`: from what coders coded, and the records' texts, to a model file."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from pipeline import manifest
from pipeline.classify.coder import Coder
from pipeline.classify.decisions import targets
from pipeline.classify.model import FILE, meaning, model_hash
from pipeline.classify.readings import read_rules
from pipeline.classify.stage import read_texts
from pipeline.classify.training import Coded, Labels, learn
from pipeline.errors import RapportError
from pipeline.study import Study
from pipeline.tables import (
    CODED,
    ESTIMATE,
    RECONCILED,
    RECORDS,
    SAMPLE,
    TRAINING,
    path_of,
    read_table,
    shard_paths,
)
from pipeline.taxonomy.concepts import Taxonomy, asked_only_if
from pipeline.taxonomy.read import read_taxonomy

_TEXTS = ("record_id", "document", "title", "abstract")


def run(study: Study) -> str:
    """Learn from a study's coders, write the model and the manifest, and tell what came of it.

    Raises
    ------
    RapportError
        where nothing was coded, or the coded records are no longer in the study.
    """
    manifest.require(study.folder, "harvest")
    taxonomy, rules = read_taxonomy(study.taxonomy), read_rules()
    coded = _coded(study, taxonomy, Coder(taxonomy, rules))
    # The same sums in the same order, whatever the number of processors.
    with threadpool_limits(1):
        model, figures = learn(coded, taxonomy, meaning(taxonomy, rules), study.seed)
    model.save(study.folder)
    manifest.finish(
        study.folder,
        "learn",
        model={"file": FILE, "hash": model_hash(study.folder), "features": len(model.features)},
        texts={"coded": len(coded.records), "measured": int(coded.measured.sum())},
        used=list(model.targets),
        targets=figures,
        versions=manifest.versions("numpy", "scikit-learn", "scipy", "skops"),
    )
    return _told(figures, model.targets)


def _coded(study: Study, taxonomy: Taxonomy, coder: Coder) -> Coded:
    """The coded texts, in the order of their identifiers."""
    names = targets(taxonomy)
    cells = read_table(CODED, study.folder, ["record_id", "coder", "code", "value"])
    labels = labels_of(
        zip(*(column.to_pylist() for column in cells.columns), strict=True),
        names,
        {c.group for c in taxonomy.concepts if c.facet in ("strategy", "relationship")},
    )
    texts: dict[str, tuple[str, str, str]] = {}
    for path in shard_paths(RECORDS, study.folder):
        columns = read_texts(path)
        rows = zip(*(columns[name] for name in _TEXTS), strict=True)
        texts |= {r: (doc or r, title, text) for r, doc, title, text in rows if r in labels}
    if not texts:
        raise RapportError(
            "there is no coded text to learn from",
            where=path_of(CODED, study.folder),
            cure="Draw a sheet with `rapport sheet`, code it, and read it with `rapport validate`",
        )
    records = tuple(sorted(texts))
    groups, titles, abstracts = zip(*(texts[record] for record in records), strict=True)
    only_training = _only_training(study)
    return Coded(
        records,
        groups,
        np.array([record not in only_training for record in records]),
        titles,
        abstracts,
        tuple(coder.read_all(titles, abstracts)),
        np.array([labels[record] for record in records]),
    )


def labels_of(
    entries: Iterable[tuple[str, str, str, int]], names: Sequence[str], groups: set[str]
) -> dict[str, Labels]:
    """What was settled of each text: 1, 0, or nan where nobody coded it or coders still differ.

    What is asked only of some texts is 0 in the others: strategies and relational codes where a
    text is not about implementation, roles where it mentions no relationship.

    Parameters
    ----------
    entries : record, coder, code and value of each cell that was filled.
    names : the targets, in the order of the labels.
    groups : those of them that are groups of strategies or of relationships.
    """
    column = {name: place for place, name in enumerate(names)}
    said: dict[str, list[set[int]]] = {}
    settled: dict[str, Labels] = {}
    for record, coder, code, value in entries:
        if code not in column:
            continue
        if coder == RECONCILED:
            settled.setdefault(record, np.full(len(names), np.nan))[column[code]] = value
        else:
            said.setdefault(record, [set() for _ in names])[column[code]].add(value)
    asked_if = asked_only_if(name for name in names if name in groups)
    labels = {}
    for record in sorted({*said, *settled}):
        alone = said.get(record, [set() for _ in names])
        agreed = np.array([min(one) if len(one) == 1 else np.nan for one in alone], dtype=float)
        final = settled.get(record, np.full(len(names), np.nan))
        label = np.where(np.isnan(final), agreed, final)
        for condition, asked in asked_if.items():
            places = [column[name] for name in asked]
            if label[column[condition]] == 0:
                label[places] = np.where(np.isnan(label[places]), 0, label[places])
        labels[record] = label
    return labels


def _only_training(study: Study) -> set[str]:
    """Texts that were chosen, not drawn."""
    if not path_of(SAMPLE, study.folder).exists():
        return set()
    drawn = read_table(SAMPLE, study.folder, ["record_id", "purpose"]).to_pylist()
    by_purpose = {
        purpose: {row["record_id"] for row in drawn if row["purpose"] == purpose}
        for purpose in (TRAINING, ESTIMATE)
    }
    return by_purpose[TRAINING] - by_purpose[ESTIMATE]


def _told(figures: dict[str, dict[str, Any]], used: Sequence[str]) -> str:
    """The figures as a table, and what to do next."""
    lines = [f"{'':22} {'with it':>7} {'cues':>6} {'model':>6}   difference (95% interval)"]
    for target, row in figures.items():
        if "f1_model" in row:
            lines.append(
                f"{target:22} {row['present']:7} {row['f1_cues']:6.2f} {row['f1_model']:6.2f}"
                f"   {row['difference']:+.2f} ({row['low']:+.2f} to {row['high']:+.2f})"
                + ("   used" if row["used"] else "")
            )
    few = [t for t, row in figures.items() if "f1_cues" in row and "f1_model" not in row]
    if few:
        lines.append(f"Too few coded texts to learn: {', '.join(few)}.")
    lines.append(
        "F1 on coded texts that took no part in learning."
        + (
            f" The model decides {', '.join(used)}; run `rapport classify` and what follows again."
            if used
            else " Nowhere is the model better than the cues by more than noise: the cues decide."
        )
    )
    return "\n".join(lines)
