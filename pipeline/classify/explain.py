"""Show a text with its mentions underlined in place, and why each was kept or not."""

import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow.compute as pc

from pipeline import manifest
from pipeline.classify.coder import Coder, Mention
from pipeline.classify.model import FILE, Model, meaning, model_hash, read_model
from pipeline.classify.readings import KEPT, read_rules
from pipeline.errors import RapportError
from pipeline.study import Study
from pipeline.tables import MENTIONS, ORIENTATION, RECORDS, path_of, read_shard, shard_paths
from pipeline.taxonomy.read import read_taxonomy

WIDTH = 88
KEPT_MARK, OTHER_MARK = "═", "┄"
MOST_WEIGHED = 8
"""Signals and words told of what was weighed."""


def explain(study: Study, record: str) -> str:
    """A record of a study as its tables tell it, found by record_id, DOI or PMID.

    Raises
    ------
    RapportError
        where no record has this identifier.
    """
    wanted = record.strip()
    bare = wanted.lower().removeprefix("https://doi.org/").removeprefix("doi:")
    names = {wanted, f"doi:{bare}", f"pmid:{wanted}", f"text:{wanted}"}
    for shard in shard_paths(RECORDS, study.folder):
        ids = read_shard(RECORDS, shard, ["record_id"]).column(0).to_pylist()
        place = next((at for at, known in enumerate(ids) if known in names), None)
        if place is not None:
            return _explained(study, shard, place)
    raise RapportError(
        f"there is no record {record!r}",
        where=path_of(RECORDS, study.folder),
        cure="Give a record_id as it stands in the tables, a DOI or a PMID",
    )


def explain_text(text: str, taxonomy: Path) -> str:
    """A text of no study, coded as an abstract without a title."""
    clean = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    if not clean:
        raise RapportError("there is no text", cure="Type one, or pipe one in")
    coder = Coder(read_taxonomy(taxonomy), read_rules())
    reading = coder.read("", clean)
    verdict = _verdict(reading.orientation, reading.relationship, reading.roles)
    parts = (
        _underlined(clean, reading.mentions),
        _reasons(reading.mentions),
        _weighed(coder.weighed("", clean)),
        [verdict],
    )
    return "\n\n".join("\n".join(part) for part in parts if part)


def _explained(study: Study, shard: Path, place: int) -> str:
    record = read_shard(RECORDS, shard).slice(place, 1).to_pylist()[0]
    path = path_of(MENTIONS, study.folder) / shard.name
    if not path.exists():
        raise RapportError(
            "is not coded yet", where=record["record_id"], cure="Run `rapport classify`"
        )
    table = read_shard(MENTIONS, path)
    rows = table.filter(pc.equal(table.column("record_id"), record["record_id"])).to_pylist()
    mentions = [Mention(**{k: v for k, v in row.items() if k != "record_id"}) for row in rows]
    told = read_shard(ORIENTATION, path_of(ORIENTATION, study.folder) / shard.name)
    verdict = told.slice(place, 1).to_pylist()[0]
    head = [
        record["record_id"],
        *(str(record[k]) for k in ("document", "year", "venue", "url") if record[k]),
    ]
    lines = [" · ".join(head)]
    for field in ("title", "abstract"):
        if record[field]:
            inside = [m for m in mentions if m.field == field]
            lines += ["", *_underlined(record[field], inside)]
    taxonomy, rules = read_taxonomy(study.taxonomy), read_rules()
    coder, model = Coder(taxonomy, rules), read_model(study.folder, meaning(taxonomy, rules))
    title, abstract = "" if record["document"] else record["title"], record["abstract"]
    for told_of in (
        _reasons(mentions),
        _weighed(coder.weighed(title, abstract)),
        _learned(study, model, coder, record["record_id"], title, abstract),
    ):
        lines += ["", *told_of] if told_of else []
    lines += ["", _verdict(verdict["orientation"], verdict["relationship"], verdict["roles"])]
    if study.notice:
        lines += ["", study.notice]
    return "\n".join(lines)


def _learned(
    study: Study, model: Model | None, coder: Coder, record: str, title: str, abstract: str
) -> list[str]:
    """What the learned classifier decided of a record, and why; nothing where there is none."""
    if model is None or not model.targets:
        return []
    used = manifest.require(study.folder, "classify").get("learned", {}).get("model")
    if used != model_hash(study.folder):
        raise RapportError(
            "was learned after the records were coded",
            where=study.folder / FILE,
            cure="Run `rapport classify` again",
        )
    from pipeline.classify.learned import Learned

    reading = coder.read(title, abstract)
    reasons = Learned(model, coder.concepts).reasons(record, title, abstract, reading)
    return _wrapped(reasons)


def _weighed(scores: Mapping[str, Sequence[tuple[str, float]]]) -> list[str]:
    """What was weighed of a text as a whole, and what weighed most."""
    lines = []
    for score, parts in scores.items():
        total = sum(points for _, points in parts)
        most = sorted((part for part in parts if part[0]), key=lambda part: -abs(part[1]))
        told = ", ".join(f"{name} {points:+.1f}" for name, points in most[:MOST_WEIGHED])
        verdict = "yes" if total > 0 else "no"
        lines.append(f"{score}: {verdict} ({total:+.1f}; most weighed {told or 'nothing'})")
    return _wrapped(lines)


def _wrapped(lines: Iterable[str]) -> list[str]:
    return [
        part
        for line in lines
        for part in textwrap.wrap(
            line, WIDTH, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False
        )
    ]


def _underlined(text: str, mentions: Sequence[Mention]) -> list[str]:
    """The text in lines, each with a line beneath that marks what was found."""
    marks = [" "] * len(text)
    for mention in sorted(mentions, key=lambda m: m.reading == KEPT):
        mark = KEPT_MARK if mention.reading == KEPT else OTHER_MARK
        marks[mention.start : mention.end] = mark * (mention.end - mention.start)
    lines, start = [], 0
    for row in _rows(text):
        lines.append(text[start : start + row].replace("\n", " ").replace("\t", " ").rstrip())
        under = "".join(marks[start : start + row]).rstrip()
        if under:
            lines.append(under)
        start += row
    return lines


def _rows(text: str) -> list[int]:
    """How many characters of the text go on each line, so that no place is lost in wrapping."""
    rows: list[int] = []
    start = 0
    while start < len(text):
        end = min(len(text), start + WIDTH)
        newline = text.find("\n", start, end)
        if newline >= 0:
            end = newline + 1
        elif end < len(text) and (blank := text.rfind(" ", start, end)) > start:
            end = blank + 1
        rows.append(end - start)
        start = end
    return rows


def _reasons(mentions: Sequence[Mention]) -> list[str]:
    if not mentions:
        return ["No cue of the taxonomy was found."]
    lines = []
    for m in sorted(mentions, key=lambda m: (m.field != "title", m.start)):
        role = f" as {m.role.replace(';', ', ')}" if m.role else ""
        section = f" in {m.section}" if m.section else ""
        rule = f" [{m.rule}]" if m.rule else ""
        shown = " ".join(m.text.split())
        lines.append(
            f"“{shown}” → {m.concept}: {m.reading}{role}{section}{rule}, by the cue {m.cue}"
        )
    return [f"{KEPT_MARK * 3} kept   {OTHER_MARK * 3} found, not kept", *_wrapped(lines)]


def _verdict(orientation: str, relationship: str, roles: str) -> str:
    as_roles = f" as {roles.replace(';', ', ')}" if roles else ""
    whose = {
        "implementer": "between those who support and those who implement",
        "patient": "with patients or families only",
        "both": "between those who support and those who implement, and with patients or families",
        "none": "none is mentioned",
    }[relationship]
    return f"Orientation: {orientation}. Relationship: {whose}{as_roles}."
