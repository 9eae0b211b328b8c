"""All web sources of a study: what they would cost, their harvest, and the records it kept.

Fetching and reading are two things. `fetch_all` brings the snapshots up to date and is the only
part that needs the network; `items` reads a snapshot and never asks anything.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.errors import RapportError
from pipeline.harvest.entries import Entry
from pipeline.harvest.web.client import Client, Manners, Stopped
from pipeline.harvest.web.crossref import Crossref
from pipeline.harvest.web.doaj import Doaj
from pipeline.harvest.web.eric import Eric
from pipeline.harvest.web.europepmc import EuropePMC
from pipeline.harvest.web.fetch import Silent, Watch, fetch, is_complete, works
from pipeline.harvest.web.keys import Keys, read_keys
from pipeline.harvest.web.locks import locked
from pipeline.harvest.web.openalex import OpenAlex
from pipeline.harvest.web.planning import count
from pipeline.harvest.web.pubmed import PubMed
from pipeline.harvest.web.query import matches, parse
from pipeline.harvest.web.semanticscholar import SemanticScholar
from pipeline.harvest.web.snapshot import Plan, Snapshot, fingerprint
from pipeline.harvest.web.source import Part, Question, WebSource
from pipeline.study import WEB_KINDS, Source, Study

SOURCES: dict[str, type[WebSource]] = {
    kind.kind: kind for kind in (EuropePMC, PubMed, Crossref, OpenAlex, Eric, Doaj, SemanticScholar)
}


@dataclass(frozen=True)
class Estimate:
    """What a harvest of one source would take.

    Attributes
    ----------
    records : as the source announces them; None where it could not be asked (`trouble` says why).
    requests, seconds, dollars : what fetching those that are not here yet takes.
    here : whether the snapshot is complete already.
    asked : the query in the source's own syntax.
    notes : what the source cannot say, and what is done about it.
    """

    source: str
    records: int | None
    requests: int = 0
    seconds: float = 0.0
    dollars: float = 0.0
    here: bool = False
    asked: str = ""
    notes: tuple[str, ...] = ()
    trouble: str = ""


@dataclass
class Fetched:
    """What came of fetching: why a source is not complete, or was left out, by its name."""

    incomplete: dict[str, RapportError] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def why(self, source: str) -> str:
        """Why a source is not complete, in words; empty where it is."""
        error = self.incomplete.get(source)
        return str(error) if error else self.left_out.get(source, "")


def incomplete(fetched: Fetched) -> RapportError:
    """The error that says what every source that is not complete still lacks."""
    errors = list(fetched.incomplete.values())
    if len(errors) == 1:
        return errors[0]
    return Stopped(
        f"{len(errors)} sources are not complete",
        where="harvest",
        cure="".join(f"\n  {error}" for error in errors),
        until=min((e.until for e in errors if isinstance(e, Stopped) and e.until), default=None),
    )


def web_sources(study: Study) -> list[Source]:
    """The sources of a study that are fetched from the web."""
    return [source for source in study.sources if source.kind in WEB_KINDS]


def open_source(study: Study, source: Source, keys: Keys) -> WebSource:
    """A source with its question in its own words.

    Raises
    ------
    RapportError
        naming the study and the source, where the query is wrong, cannot be put to this source,
        or a key is missing.
    """
    where = _place(study, source)
    native = source.options.get("native_query", "")
    text = source.options.get("query", study.asked.query)
    journals = tuple(source.options.get("issn", ()))
    node = parse(text, where) if text and (not native or source.kind == "crossref") else None
    years = source.options.get("years", study.asked.years)
    question = Question(text, node, native, years, journals)
    try:
        return SOURCES[source.kind](question, keys, source.options.get("base_url", ""))
    except RapportError as error:
        raise RapportError(error.what, where=where, cure=error.cure) from None


def _place(study: Study, source: Source) -> str:
    return f"{study.path}, source {source.name}"


def _is_here(study: Study, source: Source, web: WebSource) -> bool:
    """Whether all that was planned has been received."""
    snapshot = snapshot_of(study, source, web)
    plan = snapshot.plan()
    return plan is not None and is_complete(snapshot, plan)


def snapshot_of(study: Study, source: Source, web: WebSource) -> Snapshot:
    """Where the answers to a question are kept: another question has another folder."""
    name = re.sub(r"[^\w.-]+", "-", source.name).strip("-.") or source.kind
    asked = fingerprint(web.kind, web.translation.text, web.question.years)
    return Snapshot(study.folder / "snapshot" / name / asked)


def estimate(
    study: Study, manners: Manners | None = None, keys: Keys | None = None
) -> list[Estimate]:
    """Ask each source how many records it has, and tell what fetching them would take.

    One request is sent for each source that is not complete; nothing is kept.
    """
    keys, manners = keys or read_keys(), manners or Manners()
    opened = [(source, open_source(study, source, keys)) for source in web_sources(study)]
    return [_estimate(study, source, web, manners, keys) for source, web in opened]


def _estimate(
    study: Study, source: Source, web: WebSource, manners: Manners, keys: Keys
) -> Estimate:
    told = Estimate(source.name, None, asked=web.translation.text, notes=web.translation.notes)
    if _is_here(study, source, web):
        plan = snapshot_of(study, source, web).plan()
        return replace(told, records=sum(r.expected for r in plan.rounds) if plan else 0, here=True)
    lacking = web.lacks_key()
    if lacking:
        return replace(told, trouble=str(lacking))
    try:
        with Client(web.terms(), keys, manners) as client:
            page = count(web, client, Part())
    except Stopped as stopped:
        return replace(told, trouble=stopped.what)
    records = page.total or 0
    requests = web.requests_for(records)
    seconds = requests * max(web.terms().interval, web.typical_seconds)
    return replace(
        told,
        records=records,
        requests=requests,
        seconds=seconds,
        dollars=web.cost(requests),
        notes=(*told.notes, *page.notes, *filter(None, [web.price(requests)])),
    )


def fetch_all(
    study: Study,
    *,
    refresh: bool = False,
    manners: Manners | None = None,
    watch: Watch | None = None,
    keys: Keys | None = None,
) -> Fetched:
    """Bring every snapshot of a study up to date, one source after the other.

    All sources are opened first, so that a query which one of them cannot be asked is told before
    anything is fetched. A source that stops does not stop the others.

    Raises
    ------
    RapportError
        where a query or a key is wrong, or another harvest of this study is under way.
    """
    keys, manners, watch = keys or read_keys(), manners or Manners(), watch or Silent()
    opened = [(source, open_source(study, source, keys)) for source in web_sources(study)]
    fetched = Fetched()
    for source, web in opened:
        lacking = None if _is_here(study, source, web) and not refresh else web.lacks_key()
        if lacking and not source.options.get("optional"):
            raise RapportError(
                lacking.what,
                where=_place(study, source),
                cure=f"{lacking.cure}; or write optional = true in the source, and it is left out",
            )
        if lacking:
            fetched.left_out[source.name] = lacking.what
        for note in [f"left out: {lacking}"] if lacking else web.translation.notes:
            watch.say(note)
    opened = [(source, web) for source, web in opened if source.name not in fetched.left_out]
    if not opened:
        return fetched
    try:
        with locked(study.folder / "snapshot" / "lock", wait=False):
            for source, web in opened:
                try:
                    _fetch(study, source, web, refresh, manners, watch, keys)
                except RapportError as error:
                    fetched.incomplete[source.name] = error
                    watch.say(str(error))
    except BlockingIOError:
        raise RapportError(
            "another harvest of this study is under way", where=study.folder, cure="Let it finish"
        ) from None
    return fetched


def _fetch(
    study: Study,
    source: Source,
    web: WebSource,
    refresh: bool,
    manners: Manners,
    watch: Watch,
    keys: Keys,
) -> None:
    with Client(web.terms(), keys, manners, retrying=watch.retry) as client:
        fetch(
            web,
            snapshot_of(study, source, web),
            client,
            refresh=refresh,
            allow_missing=source.options.get("allow_missing", 0),
            watch=watch,
        )


def items(study: Study, source: Source) -> Iterator[Entry]:
    """Every record of a source's snapshot once.

    Where the source could only be asked for something wider, a record that is not what the study
    asks for says so in `Entry.unasked`.
    """
    web = open_source(study, source, Keys())
    snapshot = snapshot_of(study, source, web)
    plan = snapshot.plan()
    checked = web.translation.checked or (plan is not None and any(r.notes for r in plan.rounds))
    for work in works(web, snapshot):
        unasked = _unasked(work, web) if checked else ""
        yield replace(work, source_id=work.place, place=work.url or work.place, unasked=unasked)


def _unasked(work: Entry, web: WebSource) -> str:
    question = web.question
    if question.node and not matches(question.node, work.title, work.abstract, work.keywords):
        return f"not what the query asks for ({web.name} could only be asked for more)"
    first, last = question.years or (0, 9999)
    if isinstance(work.year, int) and not first <= work.year <= last:
        return f"not of the years asked for ({web.name} could only be asked for more)"
    return ""


def account(study: Study, source: Source) -> Mapping[str, Any]:
    """What the manifest says about a source: what was asked, when, and what came of it."""
    web = open_source(study, source, Keys())
    snapshot = snapshot_of(study, source, web)
    plan = snapshot.plan() or Plan(web.translation.text)
    said = [note for r in plan.rounds for note in r.notes]
    done = {p.folder: snapshot.done(p) for r in plan.rounds for p in r.parts}
    return {
        "name": web.name,
        "address": web.at,
        "query": web.question.text,
        "asked": web.translation.text,
        "years": list(web.question.years) if web.question.years else None,
        "checked_here": web.translation.checked or bool(said),
        "notes": [*web.translation.notes, *said],
        "snapshot": snapshot.folder.relative_to(study.folder).as_posix(),
        "rounds": [
            {
                "day": r.planned.isoformat(),
                "announced": r.expected,
                "parts": [
                    {
                        "part": str(p.part),
                        "announced": result.expected if result else p.expected,
                        "received": result.received if result else None,
                        "repeated": result.repeated if result else None,
                        "walks": result.walks if result else None,
                    }
                    for p in r.parts
                    for result in [done[p.folder]]
                ],
            }
            for r in plan.rounds
        ],
        "complete": bool(plan.rounds) and is_complete(snapshot, plan),
    }
