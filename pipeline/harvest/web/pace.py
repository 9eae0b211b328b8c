"""The pace of one source: so many seconds between requests, agreed on by all processes here."""

import json
from collections.abc import Callable
from pathlib import Path

from pipeline.harvest.web.locks import locked

_LONGEST_INTERVAL = 10.0
_LONGEST_QUEUE = 300.0


class Pace:
    """Keeps requests `interval` seconds apart, in this process and in any other on this machine.

    The file at `path` holds when the next request may be sent, and is locked for as long as it
    takes to reserve a turn.
    """

    def __init__(
        self, path: Path, interval: float, now: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self.path, self.interval, self.now, self.sleep = path, interval, now, sleep

    def wait(self) -> None:
        """Wait for this request's turn."""
        with locked(self.path) as stream:
            stream.seek(0)
            now = self.now()
            turn = max(now, min(_turn(stream.read()), now + _LONGEST_QUEUE))
            stream.seek(0)
            stream.truncate()
            stream.write(json.dumps({"next": turn + self.interval}))
            stream.flush()
        if turn > now:
            self.sleep(turn - now)

    def learn(self, interval: float) -> None:
        """Take the interval that the source told."""
        self.interval = min(max(interval, 0.01), _LONGEST_INTERVAL)

    def slow_down(self) -> None:
        """Halve the pace, for a source that says it is too fast without saying what is not."""
        self.interval = min(max(self.interval, 0.1) * 2, _LONGEST_INTERVAL)


def _turn(text: str) -> float:
    try:
        return float(json.loads(text)["next"])
    except (ValueError, KeyError, TypeError):
        return 0.0
