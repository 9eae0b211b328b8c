"""Whatever befalls a run, nothing is lost or half written, and the same command goes on from there.

RAPPORT_KILLS=100 makes it the long run.
"""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from pipeline import manifest
from pipeline.tables import RECORDS, from_rows, path_of, write_parquet

KILLS = int(os.environ.get("RAPPORT_KILLS", "2"))
ROOT = Path(__file__).parents[1]
DEMO = ROOT / "data" / "studies" / "demo.toml"
SHARDS = 6

STUDY = """
[study]
taxonomy = "taxonomy.csv"
[[source]]
name = "s"
kind = "file"
path = "taxonomy.csv"
corpus = "research"
"""
TAXONOMY = """id,label,facet,cluster,group,orientation,cues,exclude,definition,source
training,Training,strategy,,training,semi-transactional,train*; workshop*,,Teaching,us
trust,Trust,relationship,,trust,highly relational,trust; trusting,,Faith in another,us
"""
TEXTS = ("Training built trust between staff and coaches.", "A workshop.", "Nothing at all.")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A folder with a study whose harvest is done."""
    folder = tmp_path_factory.mktemp("prepared")
    (folder / "taxonomy.csv").write_text(TAXONOMY, encoding="utf-8")
    (folder / "s.toml").write_text(STUDY, encoding="utf-8")
    outputs = folder / "outputs" / "s"
    for shard in range(SHARDS):
        rows = [
            {
                "record_id": f"text:{shard}-{place}",
                "corpus": "research",
                "source": "s",
                "source_id": str(place),
                "title": "Implementing it",
                "abstract": TEXTS[(place + shard) % len(TEXTS)],
                "year": 2000 + place % 20,
            }
            for place in range(400)
        ]
        write_parquet(from_rows(RECORDS, rows), path_of(RECORDS, outputs) / f"{shard:05}.parquet")
    manifest.finish(outputs, "harvest", counts={}, sources={}, unreadable=0)
    return folder


@pytest.fixture(scope="module")
def whole(prepared, tmp_path_factory):
    """What comes out where nothing befalls it, and the seconds that classify and graph took."""
    folder = tmp_path_factory.mktemp("whole") / "study"
    shutil.copytree(prepared, folder)
    seconds = {}
    for stage in ("classify", "graph"):
        began = time.monotonic()
        status, err = rapport(folder, stage, "s.toml")
        assert status == 0, err
        seconds[stage] = time.monotonic() - began
    return tables(folder), seconds


@pytest.fixture
def study(prepared, tmp_path):
    shutil.copytree(prepared, tmp_path / "study")
    return tmp_path / "study"


def begin(folder, *command, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", *map(str, command)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )


def rapport(folder, *command, **options):
    """Exit status and standard error of a command that is run in a folder."""
    with begin(folder, *command, **options) as process:
        _, err = process.communicate()
    return process.returncode, err


def tables(folder):
    """Every file that was written, but for the manifest, which tells the time."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted((folder / "outputs").rglob("*"))
        if path.is_file() and path.suffix in (".parquet", ".csv", ".graphml", ".gexf", ".net")
    }


def half_written(folder):
    return [path.name for path in (folder / "outputs").rglob(".*") if path.is_file()]


def children(process):
    """The processes that a process began."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return [
            int(c) for c in Path(f"/proc/{process}/task/{process}/children").read_text().split()
        ]
    return []


def kill_any_of(process, dice):
    """Kill a process or one of those that it began."""
    with suppress(ProcessLookupError):
        os.kill(dice.choice([process.pid, *children(process.pid)]), signal.SIGKILL)


@pytest.mark.parametrize("stage", ["classify", "graph"])
def test_a_stage_killed_at_random_moments_comes_out_identical(stage, study, whole):
    expected, seconds = whole
    if stage == "graph":
        assert rapport(study, "classify", "s.toml")[0] == 0
    dice, killed = random.Random(stage), 0
    while killed < KILLS:
        with begin(study, stage, "s.toml", "--workers", 2) as process:
            try:
                _, err = process.communicate(timeout=dice.uniform(0, seconds[stage]))
                assert process.returncode == 0, err
                for path in (study / "outputs" / "s").glob("[cmo][oe]*/*.parquet"):
                    if stage == "classify":
                        path.unlink()
            except subprocess.TimeoutExpired:
                killed += 1
                kill_any_of(process, dice)
                process.communicate()
    assert rapport(study, stage, "s.toml")[0] == 0
    if stage == "classify":
        assert rapport(study, "graph", "s.toml")[0] == 0
    assert tables(study) == expected
    assert half_written(study) == []


def test_a_shard_cut_in_the_middle_is_named_and_nothing_else_is_lost(study, whole):
    shard = study / "outputs" / "s" / "records" / "00002.parquet"
    content = shard.read_bytes()
    shard.write_bytes(content[: len(content) // 2])
    status, err = rapport(study, "classify", "s.toml", "--workers", 2)
    assert (status, err) == (
        1,
        "rapport: outputs/s/records/00002.parquet: is damaged and cannot be read."
        " Delete it and run `rapport harvest` again\n",
    )
    coded = sorted(path.name for path in (study / "outputs" / "s" / "codes").iterdir())
    assert coded == [f"{n:05}.parquet" for n in range(SHARDS) if n != 2]
    status, err = rapport(study, "graph", "s.toml")
    assert (status, err.count("\n")) == (1, 1)
    assert "the classify stage has not finished" in err
    shard.write_bytes(content)
    assert rapport(study, "classify", "s.toml")[0] == rapport(study, "graph", "s.toml")[0] == 0
    assert tables(study) == whole[0]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_file_that_cannot_be_written_to_its_end_is_one_line_and_is_not_there(
    workers, study, whole
):
    def no_large_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    options = ("--workers", workers)
    status, err = rapport(study, "classify", "s.toml", *options, preexec_fn=no_large_files)
    assert (status, err.count("\n")) == (1, 1), err
    assert "cannot be written (File too large). Free some space" in err
    assert half_written(study) == []
    assert rapport(study, "classify", "s.toml")[0] == rapport(study, "graph", "s.toml")[0] == 0
    assert tables(study) == whole[0]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """What comes out of the demo where nothing befalls it, and the seconds that it took."""
    folder = tmp_path_factory.mktemp("demo")
    began = time.monotonic()
    assert rapport(folder, "run", DEMO)[0] == 0
    return tables(folder), time.monotonic() - began


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of its own, and a function that changes the size of the disk."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(*options):
        return subprocess.run(
            ["mount", "-t", "tmpfs", *options, "tmpfs", str(place)], capture_output=True
        ).returncode

    if mount("-o", "size=64k"):
        pytest.skip("no disk can be mounted here")
    yield place, lambda size: mount("-o", f"remount,size={size}")
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_disk_that_is_full_is_one_line_whenever_it_fills_up_and_the_run_goes_on(small_disk, demo):
    place, resize = small_disk
    for size in ("64k", "2m"):
        resize(size)
        status, err = rapport(place, "run", DEMO)
        assert status == 1
        assert "Traceback" not in err
        [line] = [line for line in err.splitlines() if line.startswith("rapport: ")]
        assert "No space left on device" in line or "disk is full" in line
        assert half_written(place) == []
    resize("100m")
    assert rapport(place, "run", DEMO)[0] == 0
    assert tables(place) == demo[0]


def test_a_run_that_is_interrupted_is_one_line_and_the_next_comes_out_identical(tmp_path, demo):
    folder, (expected, seconds) = tmp_path, demo
    dice, interrupted = random.Random(3), 0
    while interrupted < KILLS:
        with begin(folder, "run", DEMO) as process:
            while not (folder / "outputs").exists():
                time.sleep(0.02)
            with suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=dice.uniform(0.5, 0.8 * seconds))
                continue
            os.killpg(process.pid, signal.SIGINT)
            _, err = process.communicate()
            interrupted += 1
        assert process.returncode == 130, err
        assert "Traceback" not in err
        assert err.splitlines()[-1].startswith("rapport: stopped; what is done is kept")
    assert rapport(folder, "run", DEMO)[0] == 0
    assert tables(folder) == expected
    assert half_written(folder) == []


def test_processes_that_are_interrupted_say_one_line_in_all(study, whole):
    dice, interrupted = random.Random(7), 0
    while interrupted < KILLS:
        with begin(study, "classify", "s.toml", "--workers", 2) as process:
            while process.poll() is None and not children(process.pid):
                time.sleep(0.01)
            time.sleep(dice.uniform(0, 1))
            os.killpg(process.pid, signal.SIGINT)
            _, err = process.communicate()
        assert (process.returncode, err) == (
            130,
            "rapport: stopped; what is done is kept, and the same command goes on from there\n",
        )
        interrupted += 1
    assert rapport(study, "classify", "s.toml")[0] == rapport(study, "graph", "s.toml")[0] == 0
    assert tables(study) == whole[0]
