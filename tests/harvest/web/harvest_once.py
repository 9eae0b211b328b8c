"""One harvest in a process of its own, to be killed: python harvest_once.py STUDY CACHE."""

import sys
from datetime import date
from pathlib import Path

from pipeline.harvest import stage
from pipeline.harvest.web import planning
from pipeline.harvest.web.client import Manners
from pipeline.harvest.web.harvest import SOURCES
from pipeline.study import read_study


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    planning._BEGINNING = date(2010, 1, 1)
    for source in SOURCES.values():
        source.page_size = 5
        source.ceiling = source.ceiling and 10
    told = read_study(Path(sys.argv[1]))
    say("ready")
    stage.run(
        told,
        manners=Manners(
            sleep=lambda seconds: None, now=lambda: 1_795_000_000.0, cache=Path(sys.argv[2])
        ),
    )
    say("done")
