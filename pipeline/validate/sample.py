"""Which texts people code: a probability sample to estimate with, or texts chosen to train on.

A probability sample is stratified by corpus and by what the cues say: a relationship, a strategy
without a relationship, or nothing. Every record has a number made from the seed and its
identifier; of each stratum, the records with the smallest numbers are drawn. That is a simple
random sample without replacement (permanent random numbers: Ohlsson 1995), whatever the order of
the records, and a second round simply goes on where the first stopped.

The strata are written down when the first sample is drawn and stay: the taxonomy may change, but
not the probability with which a text was drawn.
"""

import hashlib
import heapq
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.errors import RapportError
from pipeline.study import Study
from pipeline.tables import (
    CODES,
    CORPORA,
    ESTIMATE,
    MENTIONS,
    ORIENTATION,
    RECORDS,
    SAMPLE,
    STRATA,
    TRAINING,
    from_columns,
    from_rows,
    path_of,
    read_shard,
    read_table,
    shard_paths,
    write_parquet,
    write_table,
)
from pipeline.taxonomy.concepts import Taxonomy

SAID = ("relationship", "strategy", "nothing")
"""What the cues say of a text."""

FEWEST_LETTERS = 100
"""Letters and digits that a text must have to be known by them."""

_PLAIN = re.compile("[a-z0-9]+")

Drawn = dict[str, Any]
"""A row of `SAMPLE`."""


def number_of(seed: int, record: str) -> int:
    """The permanent random number of a record under a seed."""
    digest = hashlib.blake2b(f"{seed} {record}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def draw_sample(study: Study, taxonomy: Taxonomy, n: int, seed: int) -> list[Drawn]:
    """Draw a probability sample, add it to the table `sample`, and return the new rows.

    Raises
    ------
    RapportError
        where no record is left to draw, records came to the study after the first round, or the
        study has a sample drawn elsewhere.
    """
    before = drawn_before(study)
    if not is_drawn_here(study):
        if any(row["purpose"] == ESTIMATE for row in before):
            raise RapportError(
                "shares rest on a sample drawn elsewhere, and cannot rest on two",
                where=path_of(SAMPLE, study.folder),
                cure="Move it away to draw another; `--active` chooses texts to train with",
            )
        _write_strata(study, taxonomy)
    taken = {row["record_id"] for row in before if row["purpose"] == ESTIMATE}
    sizes: Counter[str] = Counter()
    smallest: dict[str, list[tuple[int, str]]] = {}
    for records, strata in _stratified(study):
        sizes.update(strata)
        for record, stratum in zip(records, strata, strict=True):
            if record not in taken:
                smallest.setdefault(stratum, []).append((number_of(seed, record), record))
        smallest = {stratum: heapq.nsmallest(n, found) for stratum, found in smallest.items()}
    share = allocate(n, {stratum: len(found) for stratum, found in smallest.items()})
    if not sum(share.values()):
        raise RapportError(
            "every record is in the sample already" if taken else "there is no record to draw",
            where=study.folder,
        )
    new = [
        _row(record, ESTIMATE, _round(before), stratum)
        for stratum, found in sorted(smallest.items())
        for _, record in found[: share[stratum]]
    ]
    _write_sample(study, [*before, *new], sizes)
    return new


def choose_for_training(study: Study, taxonomy: Taxonomy, n: int, seed: int) -> list[Drawn]:
    """Choose the texts most worth coding next, add them to `sample`, and return the new rows.

    They are chosen for being hard, so nothing can be estimated from them. A text is the more
    worth coding the more concepts are in doubt in it: those of which the model is unsure (four
    times p times 1 - p), those on which model and cues differ, and those whose cue was found but
    read as something else.

    Raises
    ------
    RapportError
        where no text is in doubt.
    """
    before = drawn_before(study)
    taken = {row["record_id"] for row in before}
    best: list[tuple[float, int, str, str]] = []
    for path in shard_paths(ORIENTATION, study.folder):
        told = read_shard(ORIENTATION, path, ["record_id", "corpus"])
        doubt = _doubt(study.folder, path.name)
        found = (
            (doubt[record], number_of(seed, record), record, corpus)
            for record, corpus in zip(*(c.to_pylist() for c in told.columns), strict=True)
            if doubt[record] > 0 and record not in taken
        )
        best = heapq.nsmallest(n, [*best, *found], key=lambda text: (-text[0], text[1]))
    if not best:
        raise RapportError("no text is in doubt", where=study.folder, cure="Draw a sample instead")
    new = [_row(record, TRAINING, _round(before), None, corpus) for _, _, record, corpus in best]
    _write_sample(study, [*before, *new], None)
    return new


def _doubt(folder: Path, shard: str) -> Counter[str]:
    """How much is in doubt in each text of a shard."""
    doubt: Counter[str] = Counter()
    codes = read_shard(CODES, path_of(CODES, folder) / shard).to_pylist()
    mentions = read_shard(
        MENTIONS, path_of(MENTIONS, folder) / shard, ["record_id", "concept", "reading"]
    ).to_pylist()
    coded = {(row["record_id"], row["concept"]): row for row in codes}
    kept = {(m["record_id"], m["concept"]) for m in mentions if m["reading"] == "kept"}
    seen = {(m["record_id"], m["concept"]) for m in mentions if m["reading"] != "excluded"}
    for (record, _), row in coded.items():
        if row["decided_by"] == "model":
            doubt[record] += 4 * row["probability"] * (1 - row["probability"])
    for record, _ in coded.keys() ^ kept:
        doubt[record] += 1
    for record, _ in seen - kept - coded.keys():
        doubt[record] += 1
    return doubt


def allocate(n: int, available: Mapping[str, int]) -> dict[str, int]:
    """How many to draw from each stratum: corpora alike, and strata alike within a corpus.

    What a stratum is too small to give is shared among the others.

    Parameters
    ----------
    available : records that can be drawn, by stratum; a stratum is `corpus: what the cues say`.
    """
    inside = {
        corpus: {s: size for s, size in available.items() if s.startswith(f"{corpus}:")}
        for corpus in CORPORA
    }
    corpora = _level(n, {corpus: sum(strata.values()) for corpus, strata in inside.items()})
    return {
        stratum: share
        for corpus, strata in inside.items()
        for stratum, share in _level(corpora[corpus], strata).items()
    }


def _level(n: int, room: Mapping[str, int]) -> dict[str, int]:
    """Share n equally, none more than it has room for; what is over goes to the first."""
    shares = dict.fromkeys(room, 0)
    while n and (open_ := [name for name in room if shares[name] < room[name]]):
        each, over = divmod(n, len(open_))
        for place, name in enumerate(open_):
            given = min(each + (place < over), room[name] - shares[name])
            shares[name] += given
            n -= given
    return shares


def drawn_before(study: Study) -> list[Drawn]:
    """The rows of the table `sample`, none where there is none yet."""
    if not path_of(SAMPLE, study.folder).exists():
        return []
    rows: list[Drawn] = read_table(SAMPLE, study.folder).to_pylist()
    return rows


def strata_of(study: Study, shard: str, records: list[str]) -> list[str | None]:
    """The strata of the records of a shard; none for those that came after the sample was drawn."""
    if not is_drawn_here(study):
        return [None] * len(records)
    path = path_of(STRATA, study.folder) / shard
    if path.exists():
        known = read_shard(STRATA, path)
        if known.column("record_id").to_pylist() == records:
            strata: list[str | None] = known.column("stratum").to_pylist()
            return strata
    # Harvested anew: records may have moved to other shards.
    everywhere = dict(
        zip(*(c.to_pylist() for c in read_table(STRATA, study.folder).columns), strict=True)
    )
    return [everywhere.get(record) for record in records]


def is_drawn_here(study: Study) -> bool:
    """Whether the study drew its sample itself, and so knows the stratum of every text."""
    return path_of(STRATA, study.folder).is_dir()


def populations_of(study: Study) -> dict[str, int]:
    """Texts in each stratum: as the study is now or, for a sample drawn elsewhere, as told."""
    if not is_drawn_here(study):
        return {
            row["stratum"]: row["population"]
            for row in drawn_before(study)
            if row["purpose"] == ESTIMATE
        }
    sizes: Counter[str] = Counter()
    for path in shard_paths(ORIENTATION, study.folder):
        records = read_shard(ORIENTATION, path, ["record_id"]).column(0).to_pylist()
        sizes.update(filter(None, strata_of(study, path.name, records)))
    return dict(sizes)


def keep_sample(study: Study, drawn: Mapping[str, tuple[str, int]]) -> None:
    """Keep a sample that was drawn elsewhere in the table `sample`, in place of an earlier one.

    The study does not know in which stratum a text is that was not drawn, only how many there are.

    Parameters
    ----------
    drawn : for each record its stratum and how many texts this stratum has.

    Raises
    ------
    RapportError
        where the study has drawn a sample itself, where a stratum has texts of both corpora or
        several sizes, fewer texts than were drawn, or one text only, which gives no interval.
    """
    if is_drawn_here(study):
        raise RapportError(
            "this study has drawn a sample itself, and a share cannot rest on two",
            where=study.folder,
            cure="Take the columns stratum, population and probability out of the sheet, or move"
            f" the folder {STRATA.name} and the files {SAMPLE.name}.* away",
        )
    texts = texts_of(study, drawn)
    corpora: dict[str, set[str]] = {}
    sizes: dict[str, set[int]] = {}
    for record, (stratum, population) in drawn.items():
        corpora.setdefault(stratum, set()).add(texts[record]["corpus"])
        sizes.setdefault(stratum, set()).add(population)
    times = Counter(stratum for stratum, _ in drawn.values())
    for stratum, n in sorted(times.items()):
        what, cure = "", "Every row of a stratum needs the same number of texts in it"
        if len(corpora[stratum]) > 1:
            what, cure = "has texts of research and of practice", "Give each a stratum of its own"
        elif len(sizes[stratum]) > 1:
            told = " and ".join(f"{size:,}" for size in sorted(sizes[stratum]))
            what = f"is said to have {told} texts"
        elif n > min(sizes[stratum]):
            what = f"is said to have {min(sizes[stratum]):,} texts, but {n:,} are in the sample"
        elif n == 1 < min(sizes[stratum]):
            what, cure = "has one text in the sample: no interval can be told", "Join it to another"
        if what:
            raise RapportError(f"stratum {stratum!r} {what}", cure=cure)
    kept = [row for row in drawn_before(study) if row["purpose"] == TRAINING]
    new = [
        _row(record, ESTIMATE, 1, f"{texts[record]['corpus']}: {stratum}")
        | {
            "population": population,
            "drawn": times[stratum],
            "probability": times[stratum] / population,
        }
        for record, (stratum, population) in drawn.items()
    ]
    _write_sample(study, [*kept, *new], None)


def texts_of(study: Study, records: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Corpus, document, title and abstract of some records, by identifier."""
    wanted = set(records)
    names = ["record_id", "corpus", "document", "title", "abstract"]
    return {
        row["record_id"]: row
        for path in shard_paths(RECORDS, study.folder)
        for row in _chosen(read_shard(RECORDS, path, names), wanted)
    }


def by_text(study: Study) -> Callable[[str, str], str | None]:
    """What finds a record by its title and text, or by its text.

    The texts are read when the first is asked for.
    """

    @cache
    def known() -> dict[int, str]:
        found: dict[int, str] = {}
        for path in shard_paths(RECORDS, study.folder):
            shard = read_shard(RECORDS, path, ["record_id", "title", "abstract"]).to_pylist()
            for record in filter(lambda row: row["abstract"], shard):
                for key in _keys(record["title"], record["abstract"]):
                    found.setdefault(key, record["record_id"])
        return found

    return lambda title, text: next(
        (known()[key] for key in _keys(title, text) if key in known()), None
    )


def _keys(title: str, text: str) -> list[int]:
    """A text with its title and without, as numbers; none where it is too short to be told by.

    Only letters and digits without accents count, which stay what they are through misread
    characters, other quotes, hyphens and line ends.
    """
    plain = ["".join(_PLAIN.findall(part.casefold())) for part in (title, text)]
    if len(plain[1]) < FEWEST_LETTERS:
        return []
    return [number_of(0, " ".join(plain)), number_of(1, plain[1])]


def mentions_of(study: Study, records: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """The mentions of some records, kept or not, by identifier."""
    wanted = set(records)
    found: dict[str, list[dict[str, Any]]] = {record: [] for record in wanted}
    for path in shard_paths(MENTIONS, study.folder):
        for row in _chosen(read_shard(MENTIONS, path), wanted):
            found[row["record_id"]].append(row)
    return found


def _chosen(table: Any, wanted: set[str]) -> Iterator[dict[str, Any]]:
    ids = table.column("record_id").to_pylist()
    rows = [row for row, record in enumerate(ids) if record in wanted]
    # Of a shard with none of them the list is empty, and would have no type of its own.
    yield from table.take(pa.array(rows, type=pa.int64())).to_pylist()


def _write_strata(study: Study, taxonomy: Taxonomy) -> None:
    facets = {concept.id: concept.facet for concept in taxonomy.concepts}
    unfinished = study.folder / f".{STRATA.name}"
    shutil.rmtree(unfinished, ignore_errors=True)
    for path in shard_paths(ORIENTATION, study.folder):
        told = read_shard(ORIENTATION, path, ["record_id", "corpus"])
        mentions = read_shard(
            MENTIONS,
            path_of(MENTIONS, study.folder) / path.name,
            ["record_id", "concept", "reading"],
        )
        said: dict[str, set[str]] = {}
        for record, concept, reading in zip(
            *(c.to_pylist() for c in mentions.columns), strict=True
        ):
            if reading == "kept":
                said.setdefault(record, set()).add(facets.get(concept, ""))
        ids = told.column("record_id").to_pylist()
        strata = [
            f"{corpus}: {next((s for s in SAID if s in said.get(record, ())), SAID[-1])}"
            for record, corpus in zip(ids, told.column("corpus").to_pylist(), strict=True)
        ]
        table = from_columns(STRATA, {"record_id": ids, "stratum": strata})
        write_parquet(table, unfinished / path.name)
    if unfinished.is_dir():
        unfinished.rename(path_of(STRATA, study.folder))


def _stratified(study: Study) -> Iterator[tuple[list[str], list[str]]]:
    """The records and their strata, shard by shard."""
    for path in shard_paths(ORIENTATION, study.folder):
        records = read_shard(ORIENTATION, path, ["record_id"]).column(0).to_pylist()
        strata = strata_of(study, path.name, records)
        if None in strata:
            raise RapportError(
                "records came to the study after the sample was drawn, and no round of it can"
                " reach them",
                where=records[strata.index(None)],
                cure=f"For a new sample of all records, move the folders {STRATA.name} and coding"
                f" and the files {SAMPLE.name}.* out of {study.folder}",
            )
        yield records, [stratum for stratum in strata if stratum is not None]


def _row(
    record: str, purpose: str, round_: int, stratum: str | None, corpus: str | None = None
) -> Drawn:
    return {
        "record_id": record,
        "corpus": corpus or (stratum or "").partition(":")[0],
        "stratum": stratum,
        "purpose": purpose,
        "round": round_,
    }


def _round(before: list[Drawn]) -> int:
    return max((row["round"] for row in before), default=0) + 1


def _write_sample(study: Study, rows: list[Drawn], sizes: Counter[str] | None) -> None:
    """Write the table; all rounds of a stratum together are one sample of it."""
    drawn = Counter(row["stratum"] for row in rows if row["purpose"] == ESTIMATE)
    for row in rows:
        if row["purpose"] == ESTIMATE and sizes is not None:
            stratum = row["stratum"]
            row["population"], row["drawn"] = sizes[stratum], drawn[stratum]
            row["probability"] = drawn[stratum] / sizes[stratum]
    rows.sort(key=lambda row: (row["purpose"], row["record_id"]))
    write_table(SAMPLE, from_rows(SAMPLE, rows), study.folder)
