"""A local replica of every source: a real server, so that cut bodies and resets are real.

It speaks each source's paging, limits, shapes and errors as the services did in November 2026,
with invented records. `faults` are injected at chosen requests.
"""

import gzip
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from invented import Invented
from replica_sources import SOURCES, Asked

TRANSPORT = (
    "reset",
    "silence",
    "slow drip",
    "cut body",
    "cut chunks",
    "cut gzip",
    "not gzip",
    "429 seconds",
    "429 date",
    "429 bare",
    "429 nonsense",
    "500",
    "502",
    "503",
    "503 text",
    "html",
    "nothing",
    "half json",
    "too much",
)
"""Faults of the line and of the server, the same for every source."""
CONTENT = (
    "record twice",
    "page twice",
    "count up",
    "count down",
    "short page",
    "cursor again",
    "own error",
)
"""Faults in what a source says."""


@dataclass
class Replica:
    """The server, what it was asked, and what goes wrong when.

    Attributes
    ----------
    works : the works each source has, by kind.
    faults : what happens at the n-th request to a source, by (kind, n), from 1.
    always : what happens at every request to a source, by kind.
    asked : every request, as (kind, path, parameters, headers).
    """

    works: dict[str, list[Invented]]
    faults: dict[tuple[str, int], str] = field(default_factory=dict)
    always: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    key: dict[str, str] = field(default_factory=dict)
    budget: dict[str, int] = field(default_factory=dict)
    echo: bool = False
    silence: float = 0.4
    now: Callable[[], float] = time.time
    page_ceiling: dict[str, int] = field(
        default_factory=lambda: {"pubmed": 9999, "crossref": 10_000, "doaj": 1000}
    )
    server: Any = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> "Replica":
        handler = type("Handler", (_Handler,), {"replica": self})
        self.server = _Server(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def base_url(self, kind: str) -> str:
        """What to write into a study for a source of this kind."""
        return f"{self.address}/{kind}"

    def requests(self, kind: str) -> int:
        return self.counts[kind]

    def forget(self) -> None:
        """Begin to count requests anew, without faults."""
        self.faults.clear()
        self.always.clear()
        self.counts.clear()
        self.asked.clear()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    replica: Replica
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self._answer(self.rfile.read(length).decode())

    def do_GET(self) -> None:
        self._answer("")

    def _answer(self, form: str) -> None:
        place = urlsplit(self.path)
        kind, _, path = place.path.lstrip("/").partition("/")
        given = {k: v[0] for k, v in parse_qs(form or place.query, keep_blank_values=True).items()}
        replica = self.replica
        with replica.lock:
            replica.counts[kind] += 1
            number = replica.counts[kind]
            replica.asked.append((kind, unquote(path), given, dict(self.headers)))
        fault = replica.faults.get((kind, number)) or replica.always.get(kind, "")
        if fault in TRANSPORT and fault not in ("cut body", "cut chunks", "cut gzip", "half json"):
            getattr(self, "_fault_" + fault.replace(" ", "_"))()
            return
        if fault == "echo":
            self._send(400, json.dumps([given, dict(self.headers)]).encode(), {})
            return
        if fault.startswith("redirect "):
            self._send(302, b"", {"Location": fault.removeprefix("redirect ")})
            return
        if kind in replica.budget:
            if replica.budget[kind] <= 0:
                self._send(429, SPENT, {"Retry-After": "57505", "Content-Type": "application/json"})
                return
            replica.budget[kind] -= 1
        asked = Asked(path, given, dict(self.headers), fault if fault in CONTENT else "")
        status, body, headers = SOURCES[kind](replica, asked)
        if replica.echo and body.startswith(b"{"):
            body = (
                b'{"echo":'
                + json.dumps([given, dict(self.headers), place.query]).encode()
                + b","
                + body[1:]
            )
        self._send(status, body, headers, fault)

    def _send(self, status: int, body: bytes, headers: dict[str, str], fault: str = "") -> None:
        if fault == "half json":
            body = body[: len(body) // 2]
        if "gzip" in self.headers.get("Accept-Encoding", "") and fault not in (
            "cut body",
            "cut chunks",
        ):
            body = gzip.compress(body, 1)
            headers = {**headers, "Content-Encoding": "gzip"}
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if fault == "cut gzip":
            body = body[: len(body) // 2]
        if fault == "cut chunks":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n" % len(body) + body[: len(body) // 2])
            self._hang_up()
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if fault == "cut body" else body)
        if fault == "cut body":
            self._hang_up()

    def _hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.close()

    # -- faults of the line and of the server

    def _fault_reset(self) -> None:
        import socket
        import struct

        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def _fault_silence(self) -> None:
        time.sleep(self.replica.silence)
        self._hang_up()

    def _fault_slow_drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        try:
            for _ in range(100):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.03)
        except OSError:
            pass
        self.close_connection = True

    def _fault_not_gzip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        body = b"this is not gzip at all"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _fault_429_seconds(self) -> None:
        self._send(429, b'{"error":"slower"}', {"Retry-After": "2"})

    def _fault_429_date(self) -> None:
        soon = datetime.fromtimestamp(self.replica.now(), UTC) + timedelta(seconds=20)
        self._send(429, b"<html>429</html>", {"Retry-After": format_datetime(soon, usegmt=True)})

    def _fault_429_bare(self) -> None:
        self._send(429, b"", {})

    def _fault_429_nonsense(self) -> None:
        self._send(429, b"", {"Retry-After": "soon"})

    def _fault_500(self) -> None:
        self._send(500, b"<html>500</html>", {"Content-Type": "text/html"})

    def _fault_502(self) -> None:
        self._send(502, b"<html>502</html>", {"Content-Type": "text/html"})

    def _fault_503(self) -> None:
        self._send(503, b"", {"Retry-After": "1"})

    def _fault_503_text(self) -> None:
        self._send(
            503, b"temporarily unavailable due to maintenance", {"Content-Type": "text/plain"}
        )

    def _fault_html(self) -> None:
        self._send(
            200,
            b"<!DOCTYPE html><html><body>WWW Error</body></html>",
            {"Content-Type": "text/html"},
        )

    def _fault_nothing(self) -> None:
        self._send(200, b"", {"Content-Type": "application/json"})

    def _fault_too_much(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(100 * 1024 * 1024))
        self.end_headers()
        try:
            for _ in range(100):
                self.wfile.write(b" " * (1024 * 1024))
        except OSError:
            pass
        self.close_connection = True


SPENT = json.dumps(
    {
        "error": "Rate limit exceeded",
        "message": "Insufficient budget.",
        "retryAfter": 57505,
        "costUsd": 0.001,
        "dailyRemainingUsd": 0,
        "creditsRequired": 10,
        "creditsRemaining": 0,
    }
).encode()


def between(
    works: list[Invented], since: str | date | None, until: str | date | None
) -> list[Invented]:
    """The works that were added between two days."""
    first = date.fromisoformat(str(since)) if since else date.min
    last = date.fromisoformat(str(until)) if until else date.max
    return [work for work in works if first <= work.added <= last]
