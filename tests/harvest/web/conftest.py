"""What tests of the harvest share: a replica, a clock that never waits, small pages."""

import random
import shutil
import ssl
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from invented import invented
from pipeline.harvest.web import planning
from pipeline.harvest.web.client import Manners
from pipeline.harvest.web.harvest import SOURCES
from pipeline.harvest.web.keys import NAMES, Keys, variable
from replica import Replica
from sizes import CEILING, KINDS, PAGE, WORKS


class Clock:
    """A clock that sleeping sets forward, without waiting."""

    def __init__(self, at: float = 1_795_000_000.0) -> None:
        self.at, self.slept = at, []

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def manners(clock, tmp_path):
    return Manners(
        tries=4,
        connect=2.0,
        read=10.0,
        whole=20.0,
        largest=3_000_000,
        sleep=clock.sleep,
        now=clock.now,
        dice=random.Random(1),
        cache=tmp_path / "cache",
    )


@pytest.fixture
def impatient(manners):
    """Manners for answers that never come or drip: short waits, that a busy machine may exceed."""
    return replace(manners, read=0.15, whole=0.1)


@pytest.fixture
def replica(clock):
    works = invented(WORKS)
    with Replica({kind: list(works) for kind in KINDS}, now=clock.now) as running:
        yield running


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    """Pages of five records and parts of ten, so that small harvests have many."""
    monkeypatch.setattr(planning, "_BEGINNING", date(2010, 1, 1))
    for source in SOURCES.values():
        monkeypatch.setattr(source, "page_size", PAGE)
        if source.ceiling:
            monkeypatch.setattr(source, "ceiling", CEILING)


@pytest.fixture(autouse=True)
def no_keys(monkeypatch, tmp_path):
    """No key of the person who runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in NAMES:
        monkeypatch.delenv(variable(name), raising=False)


@pytest.fixture
def keys():
    return Keys({"semantic_scholar": "scholar-key-1234"})


@pytest.fixture(scope="session")
def invalid_certificate(tmp_path_factory):
    """The address of a server that shows a certificate nobody vouches for."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate, and is not here")
    folder = tmp_path_factory.mktemp("certificate")
    pem, certificate = folder / "own.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", pem, "-out",
         certificate, "-days", "2", "-subj", "/CN=localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    pem.write_bytes(pem.read_bytes() + certificate.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.handle_error = lambda *_: None
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
