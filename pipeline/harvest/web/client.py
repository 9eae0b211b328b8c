"""The polite client: one request at a time, paced, retried, and judged by its whole body.

urllib3's own retries neither see a body that was cut short nor an error inside an answer of
status 200, cap `Retry-After` at six hours and stumble over one that is not a number. So the one
retry loop is here, around sending, reading, decompressing *and* parsing an answer.
"""

import email.utils
import logging
import os
import random
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import pipeline
import requests
from pipeline.errors import RapportError
from pipeline.harvest.web.keys import Keys
from pipeline.harvest.web.pace import Pace
from urllib3.exceptions import HTTPError

log = logging.getLogger("rapport.harvest")
Read = TypeVar("Read")

_REDIRECTS = {301, 302, 303, 307, 308}
_MOST_REDIRECTS = 5
_BLOCK = 1 << 16


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "rapport"


@dataclass(frozen=True)
class Manners:
    """How patient the client is, and the clock, the sleep and the dice it uses.

    Attributes
    ----------
    tries : times one request is sent before it is given up.
    longest_wait : seconds; a source that asks for more is left until then.
    connect, read, whole : seconds for a connection, between two pieces of an answer, and for all
        of it.
    largest : bytes of an answer, decompressed.
    cache : folder in which processes agree on the pace of each source.
    """

    tries: int = 6
    longest_wait: float = 120.0
    connect: float = 15.0
    read: float = 90.0
    whole: float = 600.0
    largest: int = 64 * 1024 * 1024
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    dice: random.Random = field(default_factory=random.Random)
    cache: Path = field(default_factory=_cache)


@dataclass(frozen=True)
class Request:
    """What is asked of a source, without keys or addresses: those are added as it is sent.

    `position` is how many records have been asked for up to and with this request.
    """

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    post: bool = False
    position: int = 0


@dataclass(frozen=True)
class Answer:
    """A whole, decompressed answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transient(Exception):
    """A fault that may pass: ask again, after `wait` seconds where the source says so.

    `load` where asking for fewer records at a time may help.
    """

    def __init__(self, reason: str, wait: float | None = None, load: bool = False) -> None:
        self.reason, self.wait, self.load = reason, wait, load
        super().__init__(reason)


class Stopped(RapportError):
    """A source that cannot go on now.

    `until` is when it can, in seconds since 1970, where it said so; `misunderstood` where it
    answered that the request itself makes no sense to it.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str,
        cure: str | None = None,
        until: float | None = None,
        misunderstood: bool = False,
    ) -> None:
        self.until, self.misunderstood = until, misunderstood
        super().__init__(what, where=where, cure=cure)


class Refusal(Exception):
    """A request that will never be answered as it is: wrong, forbidden, or moved elsewhere."""

    def __init__(self, reason: str, cure: str | None = None, misunderstood: bool = False) -> None:
        self.reason, self.cure, self.misunderstood = reason, cure, misunderstood
        super().__init__(reason)


class Spent(Exception):
    """The allowance is spent: come back in `wait` seconds."""

    def __init__(self, reason: str, wait: float) -> None:
        self.reason, self.wait = reason, wait
        super().__init__(reason)


@dataclass(frozen=True)
class Terms:
    """What the client must know of a source: where it is, its pace, its credentials, its faults.

    Attributes
    ----------
    name : the source, as a person calls it.
    address : base address; redirects stay on its host.
    interval : seconds between requests where the source does not say otherwise.
    params, headers : credentials, added as a request is sent and never kept.
    judge : raises Transient, Spent or Refusal for what is special to the source; else does nothing.
    learn : the interval that an answer's headers tell, if they do.
    """

    name: str
    address: str
    interval: float
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    judge: Callable[[Answer], None] = lambda answer: None
    learn: Callable[[Mapping[str, str]], float | None] = lambda headers: None


class Client:
    """Asks one source, one request at a time."""

    def __init__(
        self,
        terms: Terms,
        keys: Keys,
        manners: Manners,
        retrying: Callable[[str], None] = lambda reason: None,
    ) -> None:
        self.terms, self.keys, self.manners, self.retrying = terms, keys, manners, retrying
        self.last: Answer | None = None
        host = urlsplit(terms.address).netloc.replace(":", "_")
        self.pace = Pace(
            manners.cache / f"pace-{host}.json", terms.interval, manners.now, manners.sleep
        )
        self.session = requests.Session()
        self.session.trust_env = not _is_here(terms.address)
        self.session.mount("https://", requests.adapters.HTTPAdapter(max_retries=0))
        self.session.mount("http://", requests.adapters.HTTPAdapter(max_retries=0))
        self.session.headers.update(
            {
                "User-Agent": _agent(keys.get("mailto")),
                "Accept": "application/json, text/xml;q=0.9, */*;q=0.1",
                "Accept-Encoding": "gzip",
                **terms.headers,
            }
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def ask(self, request: Request, read: Callable[[bytes], Read]) -> tuple[bytes, Read]:
        """Send a request until its whole answer can be read.

        Parameters
        ----------
        read : reads a body, and raises Transient where it is not what was asked for.

        Raises
        ------
        Transient
            after the last try.
        Stopped
            where the source refuses, or its allowance is spent.
        """
        for attempt in range(1, self.manners.tries + 1):
            self.pace.wait()
            try:
                self.last = answer = self._send(request)
                self._judge(answer)
                body = self.keys.scrub_bytes(answer.body)
                return body, read(body)
            except Transient as fault:
                reason = self.keys.scrub(fault.reason)
                wait = (
                    self._backoff(attempt)
                    if fault.wait is None
                    else fault.wait + self.manners.dice.random()
                )
                log.info("%s, try %d: %s", self.terms.name, attempt, reason)
                if attempt == self.manners.tries:
                    raise Transient(f"{reason} (asked {attempt} times)", load=fault.load) from None
                self.retrying(reason)
                self.manners.sleep(wait)
            except Spent as fault:
                raise self._spent(self.keys.scrub(fault.reason), fault.wait) from None
            except Refusal as fault:
                raise Stopped(
                    self.keys.scrub(fault.reason),
                    where=self.terms.name,
                    cure=fault.cure,
                    misunderstood=fault.misunderstood,
                ) from None
        raise AssertionError("a request is tried at least once")

    def _backoff(self, attempt: int) -> float:
        """Exponential, with full jitter (between nothing and the whole step)."""
        return self.manners.dice.uniform(0, min(60.0, 2.0**attempt))

    def _spent(self, reason: str, wait: float) -> Stopped:
        until = self.manners.now() + wait
        when = datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%d %H:%M UTC")
        return Stopped(
            reason,
            where=self.terms.name,
            cure=f"Run the same command again after {when}",
            until=until,
        )

    def _send(self, request: Request) -> Answer:
        address = self.terms.address.rstrip("/") + request.path
        given = {**request.params, **self.terms.params}
        post = request.post
        try:
            for _ in range(_MOST_REDIRECTS + 1):
                with self.session.request(
                    "POST" if post else "GET",
                    address,
                    params=None if post else given,
                    data=given if post else None,
                    timeout=(self.manners.connect, self.manners.read),
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    moved = response.headers.get("Location")
                    if response.status_code not in _REDIRECTS or not moved:
                        return Answer(response.status_code, response.headers, self._body(response))
                    address, given = self._redirected(address, moved), {} if "?" in moved else given
                    post = post and response.status_code in (307, 308)
            raise Refusal("sends from one address to the next without end")
        except requests.exceptions.SSLError as error:
            raise Refusal(
                f"has no valid certificate at {urlsplit(address).netloc}",
                "Check the address; behind a proxy that inspects traffic, set REQUESTS_CA_BUNDLE",
            ) from error
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
            raise Refusal("has no address that can be used", "Check base_url") from error
        except requests.exceptions.Timeout as error:
            raise Transient("did not answer in time", load=True) from error
        except requests.exceptions.ConnectionError as error:
            raise Transient(f"cannot be reached ({_reason(error)})") from error
        except (requests.exceptions.RequestException, HTTPError, OSError) as error:
            raise Transient(
                f"sent an answer that was cut short ({type(error).__name__})"
            ) from error

    def _redirected(self, address: str, moved: str) -> str:
        target = urljoin(address, moved)
        here, there = urlsplit(address), urlsplit(target)
        if there.hostname != here.hostname or (here.scheme, there.scheme) == ("https", "http"):
            raise Refusal(f"sends elsewhere, to {there.scheme}://{there.netloc}", "Check base_url")
        return target

    def _body(self, response: requests.Response) -> bytes:
        """The whole body, decompressed, or Transient: cut, wrongly compressed, too long or slow."""
        coding = response.headers.get("Content-Encoding", "identity").lower()
        if coding not in ("identity", "", "gzip", "x-gzip"):
            raise Transient(f"sent a body in coding {coding[:20]!r}")
        unpack = zlib.decompressobj(31) if "gzip" in coding else None
        body, late = bytearray(), time.monotonic() + self.manners.whole
        try:
            # read1 returns what has arrived: a block that drips in must not hold up the clock
            while block := response.raw.read1(_BLOCK, decode_content=False):
                room = self.manners.largest + 1 - len(body)
                body += unpack.decompress(block, room) if unpack else block
                if len(body) > self.manners.largest:
                    size = self.manners.largest >> 20
                    raise Transient(f"sent more than {size} MB in one answer", load=True)
                if time.monotonic() > late:
                    seconds = self.manners.whole
                    raise Transient(f"took more than {seconds:.0f} s for one answer", load=True)
        except zlib.error as error:
            raise Transient("sent a body that is wrongly compressed") from error
        if unpack and not unpack.eof:
            raise Transient("sent a compressed body that was cut short")
        return bytes(body)

    def _judge(self, answer: Answer) -> None:
        """Let an answer pass, or raise what it means."""
        interval = self.terms.learn(answer.headers)
        if interval is not None:
            self.pace.learn(interval)
        self.terms.judge(answer)
        status = answer.status
        if status == 200:
            return
        wait = retry_after(answer.headers, self.manners.now())
        if status in (408, 425, 429) or status >= 500:
            if wait is not None and wait > self.manners.longest_wait:
                raise Spent(f"asks to be left alone for now (status {status})", wait)
            if status == 429:
                self.pace.slow_down()
            raise Transient(f"answered with status {status}", wait, load=status >= 500)
        if status in (401, 403):
            raise Refusal(
                f"does not let us in (status {status})", "Check the key with rapport doctor"
            )
        raise Refusal(
            f"does not understand the request (status {status}){said(answer)}",
            "Check the query",
            misunderstood=True,
        )


def said(answer: Answer) -> str:
    """What an error's body says, in a few words and on one line."""
    text = answer.body[:2000].decode("utf-8", "replace")
    if "<html" in text.lower() or not text.strip():
        return ""
    return f": {' '.join(text.split())[:300]}"


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait by `Retry-After`, in seconds or as a date; None where it says nothing."""
    value = headers.get("Retry-After", "").strip()
    if value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        when = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return max(0.0, when.replace(tzinfo=when.tzinfo or UTC).timestamp() - now)


def _agent(mailto: str) -> str:
    contact = f" (mailto:{mailto})" if mailto else ""
    return f"Rapport/{pipeline.__version__}{contact}"


def _is_here(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _reason(error: Any) -> str:
    """Why a connection failed, in a word, without its address (which may hold a key)."""
    text = str(error)
    for sign, reason in (
        ("NameResolution", "its name is not known here"),
        ("refused", "connection refused"),
        ("reset", "connection reset"),
        ("Remote end closed", "connection closed"),
        ("Read timed out", "no answer in time"),
        ("Proxy", "the proxy does not let us through"),
    ):
        if sign.lower() in text.lower():
            return reason
    return type(error).__name__
