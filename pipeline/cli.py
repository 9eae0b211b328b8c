"""The `rapport` command: one command for each stage, and nothing else."""

import logging
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import __version__
from pipeline.errors import RapportError

if TYPE_CHECKING:
    from pipeline.study import Study

app = typer.Typer(
    name="rapport",
    help="Find where relationships go unmentioned in research on implementation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
taxonomy_app = typer.Typer(
    help="Check, compare and export a taxonomy.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(taxonomy_app, name="taxonomy")

StudyFile = Annotated[Path, typer.Argument(metavar="STUDY", help="The study's .toml file.")]


class Engine(StrEnum):
    """Where the work on shards is done."""

    PROCESS = "process"
    PROCESSES = "processes"
    DASK = "dask"


EngineName = Annotated[
    Engine, typer.Option("--engine", help="This process, local processes, or a Dask cluster.")
]
Partial = Annotated[
    bool, typer.Option("--partial", help="Go on where a source on the web is not complete.")
]
Workers = Annotated[
    int | None,
    typer.Option(min=1, help="Local processes; as many as there are processors if not given."),
]
Scheduler = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Scheduler of the cluster, such as tcp://host:8786."),
]

INTERRUPTED = 130
"""Exit status that Typer ends with, without a word, where a person pressed Ctrl-C."""


def main() -> None:
    """Run the command; an error that a person can mend is one line, and the exit status is 1."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    try:
        app()
    except RapportError as error:
        _fail(str(error))
    except SystemExit as end:
        if end.code != INTERRUPTED:
            raise
        _fail("stopped; what is done is kept, and the same command goes on from there", INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except MemoryError:
        _fail("there is not enough memory. Use fewer --workers")


def _fail(message: str, status: int = 1) -> None:
    typer.echo(f"rapport: {message}", err=True)
    sys.exit(status)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"rapport {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def _hands(
    engine: Engine, workers: int | None, scheduler: str | None
) -> tuple[int | None, str | None]:
    """Workers and scheduler of an engine; raises where it does not go with what else was given."""
    if engine is Engine.DASK and not scheduler:
        raise RapportError(
            "--engine dask needs a scheduler", cure="Give its address: --scheduler tcp://host:8786"
        )
    if scheduler and engine is not Engine.DASK:
        raise RapportError("--scheduler is for a Dask cluster", cure="Add --engine dask")
    return (1 if engine is Engine.PROCESS else workers), scheduler


@app.command()
def run(
    study: StudyFile,
    engine: EngineName = Engine.PROCESSES,
    workers: Workers = None,
    scheduler: Scheduler = None,
    partial: Partial = False,
) -> None:
    """Run all stages, then show what was found."""
    from pipeline.gaps.stage import run as gaps_stage
    from pipeline.graph.stage import run as graph_stage
    from pipeline.harvest.stage import run as harvest_stage
    from pipeline.report.stage import run as report_stage
    from pipeline.report.summary import summary
    from pipeline.study import read_study
    from pipeline.taxonomy.read import read_taxonomy

    told, hands = read_study(study), _hands(engine, workers, scheduler)
    read_taxonomy(told.taxonomy)  # a mistake in it is told before a harvest that may take hours
    harvest_stage(told, partial=partial, hands=hands)
    _code(told, *hands)
    graph_stage(told, *hands)
    gaps_stage(told)
    report_stage(told)
    typer.echo(summary(told))
    _exit_if_not_whole(told.folder)


@app.command()
def harvest(
    study: StudyFile,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask the sources on the web for what is new.")
    ] = False,
    partial: Partial = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell counts, requests, time and cost; fetch nothing.")
    ] = False,
    engine: EngineName = Engine.PROCESSES,
    workers: Workers = None,
    scheduler: Scheduler = None,
) -> None:
    """Fetch and read the sources of a study into records.

    The exit status is 3 where all is done but entries could not be read, or sources are not
    complete.
    """
    from pipeline.harvest.stage import run as stage
    from pipeline.study import read_study

    told, hands = read_study(study), _hands(engine, workers, scheduler)
    if dry_run:
        _tell_estimates(told)
        return
    stage(told, refresh=refresh, partial=partial, hands=hands)
    _exit_if_not_whole(told.folder)


def _tell_estimates(study: "Study") -> None:
    from pipeline.harvest.web.harvest import estimate

    estimates = estimate(study)
    if not estimates:
        typer.echo("No source of this study is on the web: there is nothing to fetch.")
    for source in estimates:
        typer.echo(
            f"{source.source}: {source.trouble}"
            if source.trouble
            else f"{source.source}: {source.records:,} records, {source.requests:,} requests,"
            f" about {source.seconds:,.0f} s, ${source.dollars:.2f}"
            + (" (all here already)" if source.here else "")
        )
        if source.asked:
            typer.echo(f"    asked as: {source.asked}")
        for note in source.notes:
            typer.echo(f"    {note}")


def _exit_if_not_whole(folder: Path) -> None:
    """End with status 3 where something is missing: all that is there is done and written."""
    from pipeline import manifest

    section = manifest.require(folder, "harvest")
    missing = []
    if unreadable := section["unreadable"]:
        entries = "1 entry" if unreadable == 1 else f"{unreadable} entries"
        missing.append(f"{entries} could not be read: see {folder / 'rejected.csv'}")
    sources = section["sources"].items()
    if cut := [n for n, s in sources if s["incomplete"] and not s["options"].get("optional")]:
        missing.append(f"not complete: {', '.join(cut)}. Run the harvest again to go on there")
    if missing:
        _fail("; ".join(missing), status=3)


@app.command()
def classify(
    study: StudyFile,
    engine: EngineName = Engine.PROCESSES,
    workers: Workers = None,
    scheduler: Scheduler = None,
) -> None:
    """Find the cues in every record, read them, and code the records."""
    from pipeline.study import read_study

    _code(read_study(study), *_hands(engine, workers, scheduler))


def _code(study: "Study", workers: int | None, scheduler: str | None) -> None:
    """Classify and, where people have coded a sample, compare their codes with the new ones."""
    from pipeline import manifest
    from pipeline.classify.stage import run as stage

    stage(study, workers, scheduler)
    if "validate" in manifest.read(study.folder):
        from pipeline.validate.stage import tell_again

        tell_again(study)


@app.command()
def graph(
    study: StudyFile,
    engine: EngineName = Engine.PROCESSES,
    workers: Workers = None,
    scheduler: Scheduler = None,
) -> None:
    """Count which concepts are written about together, and write the graph files."""
    from pipeline.graph.stage import run as stage
    from pipeline.study import read_study

    stage(read_study(study), *_hands(engine, workers, scheduler))


@app.command()
def gaps(study: StudyFile) -> None:
    """Measure where relationships go unmentioned."""
    from pipeline.gaps.stage import run as stage
    from pipeline.study import read_study

    stage(read_study(study))


@app.command()
def report(study: StudyFile) -> None:
    """Draw the figures, write the report, and show what was found."""
    from pipeline.report.stage import run as stage
    from pipeline.report.summary import summary
    from pipeline.study import read_study

    told = read_study(study)
    stage(told)
    typer.echo(summary(told))


@app.command()
def explain(
    study: StudyFile,
    record: Annotated[
        str, typer.Argument(metavar="RECORD", help="A record_id, or its DOI or PMID.")
    ],
) -> None:
    """Show a record with its mentions underlined in place, and why each was kept or not."""
    from pipeline.classify.explain import explain as told
    from pipeline.study import read_study

    typer.echo(told(read_study(study), record))


@app.command(name="try")
def try_text(
    text: Annotated[
        str | None,
        typer.Argument(help="The text; what is piped in, or typed, where it is not given."),
    ] = None,
    taxonomy: Annotated[
        Path | None, typer.Option(help="Another taxonomy than the one that comes along.")
    ] = None,
) -> None:
    """Code a text that is typed or piped in, and show why."""
    from pipeline.classify.explain import explain_text
    from pipeline.study import default_taxonomy

    if text is None and sys.stdin.isatty():
        typer.echo("Type or paste a text, then press Ctrl-D:", err=True)
    typer.echo(explain_text(text if text is not None else _piped(), taxonomy or default_taxonomy()))


def _piped() -> str:
    content = sys.stdin.buffer.read()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


@app.command()
def doctor(
    study: Annotated[
        Path | None,
        typer.Argument(metavar="[STUDY]", help="A study; every source where none is given."),
    ] = None,
) -> None:
    """Tell for each source on the web whether it can be reached, and what is left of its limit.

    The exit status is 1 where none can be reached.
    """
    from pipeline.doctor import examine, render
    from pipeline.study import read_study

    checks = examine(read_study(study) if study else None)
    typer.echo(render(checks))
    if checks and not any(check.reached for check in checks):
        raise typer.Exit(1)


@app.command()
def sheet(
    study: StudyFile,
    n: Annotated[int, typer.Option("--n", min=1, help="Texts to draw.")] = 200,
    coders: Annotated[str, typer.Option(help="Names of the coders, separated by commas.")] = "a,b",
    active: Annotated[
        bool,
        typer.Option("--active", help="Choose the texts most worth coding next; these train only."),
    ] = False,
) -> None:
    """Draw a sample of texts and write a blind coding workbook for each coder."""
    from pipeline.study import read_study
    from pipeline.validate.stage import draw

    names = [name.strip() for name in coders.split(",") if name.strip()]
    told = read_study(study)
    for path in draw(told, n, coders=names, mode="active" if active else "probability"):
        typer.echo(f"Written: {path}")


@app.command()
def validate(
    study: StudyFile,
    sheets: Annotated[list[Path], typer.Argument(metavar="SHEET...", help="Filled coding sheets.")],
) -> None:
    """Read filled coding sheets: agreement, accuracy and shares corrected for error."""
    from pipeline.study import read_study
    from pipeline.validate.stage import validate as stage

    typer.echo(f"Written: {stage(read_study(study), sheets)}")
    typer.echo("Run `rapport gaps` and `rapport report` again to see the corrected shares.")


@app.command()
def learn(study: StudyFile) -> None:
    """Learn from the coders; the model is used for what it codes better than the cues."""
    from pipeline.classify.learning import run as stage
    from pipeline.study import read_study

    typer.echo(stage(read_study(study)))


@app.command()
def export(
    study: StudyFile,
    to: Annotated[
        Path, typer.Argument(metavar="FILE", help="Ends in .qdc (codebook) or .qdpx (project).")
    ],
) -> None:
    """Write the codebook or the coded texts for NVivo, MAXQDA or QualCoder (REFI-QDA)."""
    from pipeline.study import read_study
    from pipeline.validate.stage import export_qda

    texts = export_qda(read_study(study), to)
    typer.echo(f"Written: {to}" + (f", with {texts} texts" if texts else ""))


@app.command(name="import")
def import_coded(
    study: StudyFile,
    segments: Annotated[
        Path, typer.Argument(metavar="CSV", help="Coded segments: file, code, start, end or text.")
    ],
) -> None:
    """Bring in segments that people coded in other software, as a coding sheet."""
    from pipeline.study import read_study
    from pipeline.validate.stage import import_segments

    typer.echo(f"Written: {import_segments(read_study(study), segments)}")


@taxonomy_app.command(name="check")
def taxonomy_check(
    taxonomy: Annotated[Path, typer.Argument(metavar="CSV", help="The taxonomy.")],
) -> None:
    """Tell every problem of a taxonomy, with the place and the cure."""
    from pipeline.taxonomy.check import check, render

    problems = check(taxonomy)
    typer.echo(render(problems, taxonomy))
    if any(problem.fatal for problem in problems):
        raise typer.Exit(1)


@taxonomy_app.command(name="diff")
def taxonomy_diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The taxonomy before.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The taxonomy after.")],
    study: Annotated[
        Path | None, typer.Option(help="A study whose records to compare the codes of.")
    ] = None,
) -> None:
    """Tell what changed between two taxonomies, and which records change code and why."""
    from pipeline.classify.moved import moved_codes, moved_lines
    from pipeline.classify.readings import read_rules
    from pipeline.study import read_study
    from pipeline.taxonomy.diff import change_lines, changes
    from pipeline.taxonomy.read import read_taxonomy

    before, after = read_taxonomy(old), read_taxonomy(new)
    told = read_study(study) if study else None
    found = changes(before, after)
    typer.echo("\n".join(change_lines(found)))
    if told and found:
        moved = list(moved_codes(before, after, read_rules(), told))
        typer.echo("\n".join(moved_lines(moved)))


@taxonomy_app.command(name="export")
def taxonomy_export(
    taxonomy: Annotated[Path, typer.Argument(metavar="CSV", help="The taxonomy.")],
    to: Annotated[
        Path, typer.Argument(metavar="TURTLE", help="The file to write, ending in .ttl.")
    ],
) -> None:
    """Write a taxonomy as SKOS (Turtle), to be cited and linked."""
    from pipeline.tables import written_whole
    from pipeline.taxonomy.read import read_taxonomy
    from pipeline.taxonomy.skos import to_turtle

    with written_whole(to, "w", encoding="utf-8") as stream:
        stream.write(to_turtle(read_taxonomy(taxonomy)))
    typer.echo(f"Written: {to}")


if __name__ == "__main__":
    main()
