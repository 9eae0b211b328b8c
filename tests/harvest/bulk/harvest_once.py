"""One harvest in a process of its own, to be killed: python harvest_once.py STUDY."""

import sys
from pathlib import Path

from pipeline import tables
from pipeline.harvest import stage
from pipeline.study import read_study


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    tables.SHARD_ROWS = 7
    told = read_study(Path(sys.argv[1]))
    say("ready")
    stage.run(told, hands=(1, None))
    say("done")
