"""The polite client, against a real server that misbehaves."""

import gzip
import json
import logging
import random
import subprocess
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pipeline.errors import RapportError
from pipeline.harvest.web.client import (
    Client,
    Manners,
    Request,
    Stopped,
    Terms,
    Transient,
    retry_after,
)
from pipeline.harvest.web.keys import Keys, read_keys
from pipeline.harvest.web.pace import Pace

NO_KEYS = Keys()


class Scripted:
    """A server that gives the answers it was told to, one after the other."""

    def __init__(self):
        self.answers, self.times, self.headers, self.paths = [], [], [], []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.headers.append(dict(self.headers))
                outer.paths.append(self.path)
                status, headers, body = outer.answers.pop(0)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def will(self, status, body=b"{}", **headers):
        self.answers.append((status, {k.replace("_", "-"): v for k, v in headers.items()}, body))


@pytest.fixture
def server():
    scripted = Scripted()
    yield scripted
    scripted.server.shutdown()
    scripted.server.server_close()


@pytest.fixture
def ask(server, manners):
    def run(read=json.loads, keys=NO_KEYS, manners=manners, **terms):
        with Client(Terms("Made Up", server.address, 0.5, **terms), keys, manners) as client:
            return client.ask(Request("/x", {"q": "trust"}), read)[1]

    return run


def test_a_retry_waits_as_long_as_the_source_asks_in_seconds(server, ask, clock):
    server.will(429, Retry_After="7")
    server.will(200, b'{"a": 1}')
    assert ask() == {"a": 1}
    assert 7 <= max(clock.slept) < 9


def test_a_retry_waits_until_the_day_and_hour_the_source_names(server, ask, clock):
    soon = datetime.fromtimestamp(clock.now(), UTC) + timedelta(seconds=30)
    server.will(503, Retry_After=format_datetime(soon, usegmt=True))
    server.will(200)
    ask()
    assert 29 <= max(clock.slept) < 32


def test_a_wait_of_hours_stops_the_source_with_the_hour_to_come_back(server, ask, clock):
    begun = clock.now()
    server.will(429, Retry_After="57539")
    with pytest.raises(Stopped, match="Run the same command again after") as caught:
        ask()
    assert caught.value.until == pytest.approx(begun + 57539, abs=5)


def test_waits_grow_and_are_spread_by_chance(server, ask, clock):
    for _ in range(4):
        server.will(500)
    with pytest.raises(Transient, match=r"asked 4 times"):
        ask()
    backoffs = [wait for wait in clock.slept if wait != 0.5]
    assert all(0 <= wait <= 2.0**attempt for attempt, wait in enumerate(backoffs, 1))
    assert len(set(backoffs)) == len(backoffs)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0.0), ("12", 12.0), ("1.5", 1.5), ("soon", None), ("", None), ("-3", None),
     ("Thu, 01 Jan 1970 00:01:40 GMT", 90.0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0)],
)  # fmt: skip
def test_retry_after_is_read_in_every_form_and_never_raises(value, seconds):
    assert retry_after({"Retry-After": value}, 10.0) == seconds


@pytest.mark.parametrize(
    ("status", "told"),
    [(400, "does not understand"), (401, "does not let us in"), (403, "does not let us in"),
     (404, "does not understand"), (414, "does not understand")],
)  # fmt: skip
def test_a_request_that_is_refused_is_not_repeated(server, ask, status, told):
    server.will(status, b'{"error": "no such field"}')
    with pytest.raises(Stopped, match=told):
        ask()
    assert len(server.paths) == 1


def test_what_a_source_says_of_a_wrong_request_is_passed_on(server, ask):
    server.will(400, b'{"error": "no such field: xyz"}')
    with pytest.raises(Stopped, match="no such field: xyz"):
        ask()


def test_an_error_inside_an_answer_of_status_200_is_asked_again(server, ask):
    def read(body):
        if b"error" in body:
            raise Transient("had an error")
        return "whole"

    server.will(200, b'{"error": 1}')
    server.will(200)
    assert ask(read) == "whole"


def test_a_redirect_within_the_source_is_followed(server, ask):
    server.will(301, Location="/y?q=trust")
    server.will(200, b'{"a": 2}')
    assert ask() == {"a": 2}
    assert server.paths == ["/x?q=trust", "/y?q=trust"]


def test_redirects_without_end_are_refused(server, ask):
    for _ in range(8):
        server.will(302, Location="/x")
    with pytest.raises(Stopped, match="without end"):
        ask()


def test_a_redirect_does_not_carry_a_key_to_another_host(server, ask):
    server.will(302, Location="http://localhost:1/steal")
    with pytest.raises(Stopped, match="sends elsewhere, to http://localhost:1"):
        ask(headers={"Authorization": "Bearer secret"})
    assert len(server.paths) == 1


def test_an_answer_of_100_megabytes_is_cut_off_at_the_limit(server, ask, manners):
    for _ in range(manners.tries):
        server.will(200, b" " * (100 << 20))
    begun = time.monotonic()
    with pytest.raises(Transient, match="more than 64 MB"):
        ask(manners=replace(manners, largest=64 << 20, whole=60))
    assert time.monotonic() - begun < 20


def test_a_small_answer_that_unpacks_to_a_large_one_is_cut_off(server, ask, manners):
    bomb = gzip.compress(b" " * (30 << 20))
    for _ in range(manners.tries):
        server.will(200, bomb, Content_Encoding="gzip")
    with pytest.raises(Transient, match="more than 2 MB"):
        ask(manners=replace(manners, largest=2 << 20, whole=60))


def test_a_compressed_answer_without_its_end_is_asked_again_though_it_can_be_read(server, ask):
    whole = gzip.compress(b'{"a": 1}')
    server.will(200, whole[:-8], Content_Encoding="gzip")
    server.will(200, whole, Content_Encoding="gzip")
    assert ask() == {"a": 1}
    assert not server.answers


def test_a_source_that_is_not_there_is_told_without_its_address(manners):
    terms = Terms("Made Up", "http://127.0.0.1:9/", 0.0, params={"api_key": "secret-key"})
    client = Client(terms, Keys({"openalex": "secret-key"}), manners)
    with client, pytest.raises(Transient, match="cannot be reached") as caught:
        client.ask(Request("/x"), json.loads)
    assert "secret" not in str(caught.value)


def test_an_address_that_is_none_is_told(manners):
    client = Client(Terms("Made Up", "http://127.0.0.1:9x", 0.0), NO_KEYS, manners)
    with client, pytest.raises(Stopped, match="Check base_url"):
        client.ask(Request("/x"), json.loads)


def test_an_invalid_certificate_is_refused_and_not_asked_again(invalid_certificate, manners):
    client = Client(Terms("Made Up", invalid_certificate, 0.0), NO_KEYS, manners)
    with client, pytest.raises(Stopped, match="has no valid certificate at 127.0.0.1"):
        client.ask(Request("/x"), json.loads)


def test_keys_are_sent_and_taken_out_of_errors_bodies_and_logs(server, manners, caplog):
    caplog.set_level(logging.DEBUG, "rapport")
    keys = Keys({"ncbi": "a+key/of=mine", "mailto": "me@example.org"})
    terms = Terms("Made Up", server.address, 0.0, params={"api_key": "a+key/of=mine"})
    server.will(500)
    server.will(200, b'{"api-key": "a+key/of=mine", "url": "?api_key=a%2Bkey%2Fof%3Dmine"}')
    server.will(400, b'{"error": "me@example.org used a+key/of=mine"}')
    with Client(terms, keys, manners) as client:
        body, _ = client.ask(Request("/x"), json.loads)
        with pytest.raises(Stopped) as caught:
            client.ask(Request("/x"), json.loads)
    assert "a%2Bkey%2Fof%3Dmine" in server.paths[0]
    assert "me@example.org" in server.headers[0]["User-Agent"]
    told = body.decode() + str(caught.value) + caplog.text
    for secret in ("a+key/of=mine", "a%2Bkey", "me@example.org"):
        assert secret not in told
    assert "a+key" not in repr(keys) + repr(terms)


def test_requests_of_two_clients_of_one_source_keep_one_pace(server, manners, clock):
    for _ in range(6):
        server.will(200)
    terms = Terms("Made Up", server.address, 2.0)
    begun = clock.now()
    with Client(terms, NO_KEYS, manners) as one, Client(terms, NO_KEYS, manners) as other:
        for client in (one, other, one, other, other, one):
            client.ask(Request("/x"), json.loads)
    assert clock.now() - begun == pytest.approx(10.0)


def test_the_pace_is_learned_from_the_source(server, manners, clock):
    for _ in range(3):
        server.will(200, X_Interval="4")
    terms = Terms("Made Up", server.address, 0.1, learn=lambda h: float(h["X-Interval"]))
    with Client(terms, NO_KEYS, manners) as client:
        for _ in range(3):
            client.ask(Request("/x"), json.loads)
    assert clock.slept[-1] == pytest.approx(4.0)


def test_processes_agree_on_the_pace(tmp_path):
    """Two processes that each send five requests take the time of ten."""
    script = (
        "import sys, time; from pathlib import Path; from pipeline.harvest.web.pace import Pace\n"
        "pace = Pace(Path(sys.argv[1]), 0.05, time.time, time.sleep)\n"
        "[(pace.wait(), print(time.time(), flush=True)) for _ in range(5)]"
    )
    import sys

    running = [
        subprocess.Popen([sys.executable, "-c", script, tmp_path / "pace"], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    times = sorted(float(line) for process in running for line in process.communicate()[0].split())
    assert len(times) == 10
    assert times[-1] - times[0] >= 0.05 * 9 * 0.9


@pytest.mark.parametrize("content", ["", "not json", '{"next": "x"}', "[]", '{"next": 9e99}'])
def test_a_spoiled_file_of_the_pace_never_blocks(tmp_path, clock, content):
    (tmp_path / "pace").write_text(content)
    pace = Pace(tmp_path / "pace", 1.0, clock.now, clock.sleep)
    pace.wait()
    assert sum(clock.slept) <= 300


def test_keys_come_from_the_environment_before_the_file(tmp_path, monkeypatch):
    folder = tmp_path / "config" / "rapport"
    folder.mkdir(parents=True)
    (folder / "keys.toml").write_text('openalex = "from-file"\nmailto = "a@b.org"\n')
    monkeypatch.setenv("RAPPORT_OPENALEX_KEY", "from-environment")
    keys = read_keys()
    assert (keys.get("openalex"), keys.get("mailto"), keys.get("ncbi")) == (
        "from-environment",
        "a@b.org",
        "",
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [('openalx = "secret-1"', "'openalx' is not a key"), ("openalex = 5", "takes text"),
     ('openalex = "secret-1', "not valid TOML")],
)  # fmt: skip
def test_a_file_of_keys_that_is_wrong_is_told_without_what_it_holds(tmp_path, content, told):
    folder = tmp_path / "config" / "rapport"
    folder.mkdir(parents=True)
    (folder / "keys.toml").write_text(content)
    with pytest.raises(RapportError, match=told) as caught:
        read_keys()
    assert "secret-1" not in str(caught.value)


def test_patience_in_life_is_as_documented():
    manners = Manners()
    assert manners.tries == 6
    assert manners.longest_wait == 120
    assert manners.sleep is time.sleep
    assert isinstance(manners.dice, random.Random)
