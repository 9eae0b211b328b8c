"""The engine gives the same results whoever does the work, and tells by name what cannot be done."""

import importlib
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from pipeline import cluster, manifest
from pipeline.classify import stage as classify_stage
from pipeline.cli import app
from pipeline.engine import Processes, map_shards
from pipeline.errors import RapportError
from pipeline.graph import stage as graph_stage
from pipeline.study import Source, Study
from pipeline.tables import (
    CODES,
    MENTIONS,
    NODES,
    ORIENTATION,
    PAIRS,
    RECORDS,
    from_rows,
    path_of,
    sha256,
    write_parquet,
)

sys.path.insert(0, str(Path(__file__).parent))

from engine_work import (
    dies,
    dies_once,
    is_damaged,
    make_reader,
    make_sum,
    make_trouble,
    meets_a_full_disk,
    raises,
    waits,
)

ROOT = Path(__file__).parents[1]

IN_PROCESS, PROCESSES, DASK = "in process", "local processes", "dask"
SURVIVING = (PROCESSES, DASK)
"""Engines whose workers may die without the first process."""

TAXONOMY = """id,label,facet,cluster,group,orientation,cues,exclude,definition,source
training,Training,strategy,,training,semi-transactional,train*; workshop*,,Teaching,us
feedback,Feedback,strategy,,feedback,highly transactional,audit* NEAR/2 feedback,,Telling,us
trust,Trust,relationship,,trust,highly relational,trust; trusting,"""
TAXONOMY += '"""NHS trust*""",Faith in another,us\n'
TEXTS = (
    "Staff training built trust between coaches and staff.",
    "Audit and feedback was used in two NHS Trusts. Training followed.",
    "Nothing at all.",
    "A workshop for coaches, who were trusted; then feedback after each audit.",
)
SHARDS = 6


@pytest.fixture(scope="module")
def distributed():
    return pytest.importorskip("distributed", reason="the extra `cluster` is not installed")


@pytest.fixture(scope="module")
def scheduler(distributed):
    """The address of a scheduler with two workers, each a process of its own."""
    import dask

    tries = {"distributed.scheduler.allowed-failures": 1}
    with (
        dask.config.set(tries),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as workers,
    ):
        yield workers.scheduler_address


@pytest.fixture
def hands(request):
    """Workers and scheduler for the name of an engine."""

    def of(engine):
        if engine == DASK:
            return {"scheduler": request.getfixturevalue("scheduler")}
        return {"workers": 1 if engine == IN_PROCESS else 2}

    return of


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taxonomy.csv").write_text(TAXONOMY, encoding="utf-8")
    source = Source("file-1", "file", "research", {})
    made = Study(tmp_path / "s.toml", "s", "s", Path("taxonomy.csv"), (source,))
    for shard in range(SHARDS):
        rows = [
            {
                "record_id": f"text:{shard}{place}",
                "corpus": ("research", "practice")[place % 2],
                "source": "file-1",
                "source_id": str(place),
                "title": f"Implementing it, {place}",
                "abstract": text * (1 + (shard + place) % 3),
                "year": 2000 + shard,
            }
            for place, text in enumerate(TEXTS)
        ]
        write_parquet(
            from_rows(RECORDS, rows), path_of(RECORDS, made.folder) / f"{shard:05}.parquet"
        )
    manifest.finish(made.folder, "harvest")
    return made


def hashes(study):
    tables = (MENTIONS, CODES, ORIENTATION, PAIRS, NODES)
    return {table.name: sha256(path_of(table, study.folder)) for table in tables}


def without_results(study):
    for table in (MENTIONS, CODES, ORIENTATION):
        for path in path_of(table, study.folder).glob("*"):
            path.unlink()


def begun(folder, task):
    """How often a task was begun."""
    return len(list(folder.glob(f"{task}-*")))


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_the_order_of_the_tasks(workers):
    assert list(map_shards(make_sum, (10,), [3, 1, 2], workers)) == [13, 11, 12]


def test_results_of_a_cluster_come_in_the_order_of_the_tasks(scheduler):
    tasks = list(range(600, 0, -1))
    assert list(map_shards(make_sum, (1,), tasks, scheduler=scheduler)) == [t + 1 for t in tasks]


def test_no_tasks_give_no_results():
    assert list(map_shards(make_sum, (1,), [], 2)) == []


def test_tables_are_byte_for_byte_the_same_whichever_engine_made_them(study, scheduler):
    told = []
    for hands in ({"workers": 1}, {"workers": 3}, {"scheduler": scheduler}):
        without_results(study)
        classify_stage.run(study, **hands)
        graph_stage.run(study, **hands)
        told.append(hashes(study))
    assert told[1:] == told[:1] * 2


def test_an_edited_taxonomy_comes_out_the_same_whichever_engine_reads_what_it_touches(
    study, scheduler
):
    told = []
    for hands in ({"workers": 1}, {"workers": 3}, {"scheduler": scheduler}, {"workers": 1}):
        without_results(study)
        if len(told) < 3:  # the last time all is read
            study.taxonomy.write_text(TAXONOMY.replace("workshop*", ""), encoding="utf-8")
            classify_stage.run(study, **hands)
        study.taxonomy.write_text(TAXONOMY, encoding="utf-8")
        classify_stage.run(study, **hands)
        graph_stage.run(study, **hands)
        told.append(hashes(study))
    assert told[1:] == told[:1] * 3


@pytest.mark.parametrize("engine", SURVIVING)
def test_a_task_whose_worker_dies_is_done_again(engine, hands, tmp_path):
    arguments = (tmp_path, dies_once, [2, 5])
    results = map_shards(make_trouble, arguments, list(range(8)), **hands(engine))
    assert list(results) == [task * 10 for task in range(8)]
    assert begun(tmp_path, 2) >= 2


@pytest.mark.parametrize(
    ("engine", "trouble"),
    [(e, raises) for e in (IN_PROCESS, *SURVIVING)] + [(e, dies) for e in SURVIVING],
)
def test_a_task_that_cannot_be_done_is_named_and_all_others_are_done(
    engine, trouble, hands, tmp_path
):
    results = []
    outcomes = map_shards(make_trouble, (tmp_path, trouble, [3]), list(range(8)), **hands(engine))
    with pytest.raises(RapportError, match="^3: ") as told:
        results.extend(outcomes)
    assert results == [task * 10 for task in range(8) if task != 3]
    assert "\n" not in str(told.value)


def test_a_task_that_kills_its_worker_is_tried_a_bounded_number_of_times(tmp_path):
    with pytest.raises(RapportError, match="its worker died, and did so again"):
        list(map_shards(make_trouble, (tmp_path, dies, [0]), [0, 1], 2))
    assert begun(tmp_path, 0) == Processes.tries + 1


def test_several_tasks_that_fail_are_told_in_one_line(tmp_path):
    arguments = (tmp_path, is_damaged, range(1, 8))
    with pytest.raises(RapportError) as told:
        list(map_shards(make_trouble, arguments, list(range(9)), 1))
    assert str(told.value) == (
        "7 shards could not be done, all others are: 1, 2, 3, 4, 5 and 2 more."
        " The first: shard 1: is damaged. Delete it"
    )


@pytest.mark.parametrize("engine", [IN_PROCESS, *SURVIVING])
def test_what_no_shard_would_escape_ends_the_work_at_once(engine, hands, tmp_path):
    tasks = list(range(2000))
    with pytest.raises(RapportError, match="shard 1: cannot be written"):
        list(map_shards(make_trouble, (tmp_path, meets_a_full_disk, [1]), tasks, **hands(engine)))
    assert begun(tmp_path, 1999) == 0


def test_processes_end_with_the_first_one_even_where_it_is_killed(tmp_path):
    code = f"import sys; sys.path[:0] = {[str(Path(__file__).parent), *sys.path]!r}\n"
    code += f"if __name__ == '__main__': import engine_work; engine_work.map_and_tell({str(tmp_path)!r})"
    script = tmp_path / "script.py"
    script.write_text(code, encoding="utf-8")
    with subprocess.Popen([sys.executable, script]) as process:
        wait_for(lambda: begun(tmp_path, 1) and begun(tmp_path, 2))
        process.kill()
    workers = [int(path.name.split("-")[1]) for path in tmp_path.glob("[12]-*")]
    wait_for(lambda: not any(is_alive(worker) for worker in workers))


def is_alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(what, seconds=60):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_worker_of_another_version_is_told_in_one_line(scheduler, monkeypatch):
    ours = cluster.fingerprint()
    monkeypatch.setattr(cluster, "fingerprint", lambda: "Rapport of tomorrow")
    with pytest.raises(RapportError, match="has another version") as told:
        list(map_shards(make_sum, (1,), [1, 2], scheduler=scheduler))
    assert ours in str(told.value)
    assert "Rapport of tomorrow" in str(told.value)


def test_a_worker_that_finds_another_taxonomy_codes_nothing(study):
    arguments = study.taxonomy, study.folder, "what the run began with"
    [shard] = sorted(path_of(RECORDS, study.folder).iterdir())[:1]
    with pytest.raises(RapportError, match="are others here than where the run began"):
        list(map_shards(classify_stage.make_worker, arguments, [shard], 1))
    assert not list(path_of(CODES, study.folder).glob("*"))


def test_a_worker_that_does_not_see_the_folder_is_told(scheduler, tmp_path):
    with pytest.raises(RapportError, match="does not see .*nowhere.parquet"):
        list(
            map_shards(
                make_reader, (tmp_path,), [tmp_path / "nowhere.parquet"], scheduler=scheduler
            )
        )


def test_a_relative_path_holds_wherever_a_worker_stands(scheduler, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("here.parquet").touch()
    found = map_shards(make_reader, (Path("."),), [Path("here.parquet")], scheduler=scheduler)
    assert list(found) == ["here.parquet"]


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch, distributed):
    monkeypatch.setattr(cluster, "PATIENCE", 1.0)
    with pytest.raises(RapportError, match="tcp://127.0.0.1:9: no Dask scheduler answers"):
        list(map_shards(make_sum, (1,), [1], scheduler="tcp://127.0.0.1:9"))


def test_an_address_that_is_none_is_told(distributed):
    with pytest.raises(RapportError, match="no Dask scheduler answers"):
        list(map_shards(make_sum, (1,), [1], scheduler="nonsense://x"))


def test_a_cluster_without_its_packages_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RapportError, match="pip install distributed"):
        list(map_shards(make_sum, (1,), [1], scheduler="tcp://127.0.0.1:9"))


@contextmanager
def own_cluster(folder):
    """A scheduler and a worker, each a process of its own: address and the two processes."""
    told = folder / "scheduler.json"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, sys.path))}
    environment["DASK_LOGGING__DISTRIBUTED"] = "critical"
    run = [sys.executable, "-m"]
    options = ["--scheduler-file", told, "--no-dashboard"]
    with subprocess.Popen(
        [*run, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *options],
        env=environment,
        stderr=subprocess.DEVNULL,
    ) as first:
        wait_for(lambda: told.exists() and told.read_text(encoding="utf-8"))
        with subprocess.Popen(
            [*run, "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", *options],
            env=environment,
            cwd=folder,
            stderr=subprocess.DEVNULL,
        ) as worker:
            try:
                yield json.loads(told.read_text(encoding="utf-8"))["address"], first, worker
            finally:
                worker.kill()
                first.kill()


def test_a_scheduler_that_vanishes_is_told_in_one_line(tmp_path, distributed):
    with own_cluster(tmp_path) as (address, first, _):
        results = map_shards(make_trouble, (tmp_path, waits, [1]), [0, 1, 2], scheduler=address)
        assert next(results) == 0
        wait_for(lambda: begun(tmp_path, 1))
        first.kill()
        with pytest.raises(RapportError, match="the Dask scheduler is gone. What is done is kept"):
            next(results)


@pytest.fixture
def slurm(monkeypatch):
    """The script for SLURM, as a module."""
    pytest.importorskip("dask_jobqueue", reason="the extra `cluster` is not installed")
    monkeypatch.syspath_prepend(ROOT / "data" / "cluster")
    return importlib.import_module("slurm")


def test_the_script_for_slurm_asks_for_a_process_of_one_thread_for_each_core(slurm):
    with slurm.slurm("short", "us", 16, "01:00:00") as cluster:
        script = cluster.job_script()
    assert "#SBATCH -p short" in script
    assert "#SBATCH --cpus-per-task=16" in script
    assert "--nthreads 1 " in script
    assert "--nworkers 16 " in script


def test_the_script_for_slurm_runs_a_study_on_the_cluster_it_is_given(
    slurm, distributed, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    demo = ROOT / "data" / "studies" / "demo.toml"
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as own:
        assert slurm.run(str(demo), own) == 0
    assert (tmp_path / "outputs" / "demo" / "report.html").exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--engine", "dask"], "--engine dask needs a scheduler"),
        (["--scheduler", "tcp://host:1"], "--scheduler is for a Dask cluster"),
    ],
)
def test_an_engine_and_options_that_do_not_go_together_are_told(options, told):
    study = str(ROOT / "data" / "studies" / "demo.toml")
    with pytest.raises(RapportError, match=told):
        app(["classify", study, *options], standalone_mode=False)
