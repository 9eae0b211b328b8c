"""What a person sees of a harvest: source, records, rate, time left, retries."""

import sys

import pytest
from pipeline import progress
from pipeline.progress import Meter


class Screen:
    def __init__(self, tty):
        self.tty, self.text = tty, ""

    def isatty(self):
        return self.tty

    def write(self, text):
        self.text += text

    def flush(self):
        pass


@pytest.fixture
def clock(monkeypatch):
    at = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: at[0])
    return at


def screen(monkeypatch, tty):
    shown = Screen(tty)
    monkeypatch.setattr(sys, "stderr", shown)
    return shown


def test_in_a_terminal_one_line_changes(monkeypatch, clock):
    shown = screen(monkeypatch, True)
    with Meter() as meter:
        meter.begin("PubMed", 1000, 100)
        clock[0] = 2.0
        meter.advance(300)
        meter.retry("answered with status 503")
    last = shown.text.split("\r")[-2]
    assert "PubMed: 400 of 1,000 records, 150/s, about 4 s left, 1 retries" in last
    assert "status 503" in last
    assert shown.text.endswith("\x1b[2K")


def test_without_a_terminal_it_is_a_line_now_and_then(monkeypatch, clock):
    shown = screen(monkeypatch, False)
    with Meter() as meter:
        meter.begin("PubMed", 1000, 0)
        for second in range(1, 26):
            clock[0] = float(second)
            meter.advance(10)
    lines = shown.text.splitlines()
    assert lines == [
        "PubMed: 1,000 of 1,000 records to fetch",
        "PubMed: 100 of 1,000 records, 10/s, about 90 s left",
        "PubMed: 200 of 1,000 records, 10/s, about 80 s left",
    ]


def test_what_must_be_read_has_a_line_of_its_own(monkeypatch, clock):
    shown = screen(monkeypatch, True)
    with Meter() as meter:
        meter.begin("PubMed", 10, 0)
        meter.advance(1)
        meter.say("something to know")
    assert "\nsomething to know\n" in shown.text.replace("\r\x1b[2K", "\n")


def test_a_source_that_does_not_answer_is_named_before_its_records_are_counted(monkeypatch, clock):
    shown = screen(monkeypatch, False)
    with Meter() as meter:
        meter.ask("ERIC")
        clock[0] = 100
        meter.retry("cannot be reached")
    assert shown.text == "ERIC: asking how many records there are, 1 retries, cannot be reached\n"
