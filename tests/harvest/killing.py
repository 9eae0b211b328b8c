"""A harvest in a process of its own that is killed at random moments, and goes on."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


def start(script, folder, *arguments):
    """A harvest in a process of its own, working in `folder`, that has just begun."""
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, script, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n", process.stderr.read()
    return process


def finish(process):
    """Let a harvest come to its end."""
    out, err = process.communicate()
    assert out == "done\n", err


def kill_and_go_on(start_in, folder, moments, made_in):
    """Kill harvests until so many were killed; each that comes to its end is as if none had been.

    Parameters
    ----------
    start_in : starts a harvest in a folder.
    made_in : what a harvest made in a folder.

    Returns
    -------
    The folder of the last one.
    """
    with start_in(folder / "whole") as process:
        begun = time.monotonic()
        finish(process)
        lasted = time.monotonic() - begun
    whole = made_in(folder / "whole")
    dice, killed, chain = random.Random(5), 0, 0
    while killed < moments:
        place = folder / f"chain-{chain}"
        with start_in(place) as process:
            try:
                out, err = process.communicate(timeout=dice.uniform(0, lasted))
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                killed += 1
                continue
        assert out == "done\n", err
        assert made_in(place) == whole
        chain += 1
    with start_in(place) as process:
        finish(process)
    assert made_in(place) == whole
    return place
