"""Whether each source can be reached from here, accepts the key, and how much is left of its limit.

One small request goes to each source; nothing is kept. It is what to try first when a harvest does
not work.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.harvest.web.client import Client, Manners, Stopped, Transient
from pipeline.harvest.web.harvest import SOURCES, open_source, web_sources
from pipeline.harvest.web.keys import Keys, key_file, read_keys, variable
from pipeline.harvest.web.source import Question, WebSource
from pipeline.study import Study

TRIES = 2


@dataclass(frozen=True)
class Check:
    """What was found out about one source.

    Attributes
    ----------
    reached : whether it answered as it should; else `trouble` says what happened.
    seconds : how long the answer took.
    key : what is known of the key, in words.
    limit : how much of the allowance is left, in words; empty where the source does not say.
    """

    source: str
    reached: bool
    seconds: float = 0.0
    key: str = ""
    limit: str = ""
    trouble: str = ""


def examine(
    study: Study | None = None, manners: Manners | None = None, keys: Keys | None = None
) -> list[Check]:
    """Try the web sources of a study, or all that Rapport knows.

    Raises
    ------
    RapportError
        where the study's query cannot be put to a source, or the file of keys is wrong.
    """
    keys = keys or read_keys()
    manners = replace(manners or Manners(), tries=TRIES)
    if study is None:
        tried = [(kind.name, kind(Question(native="trust"), keys)) for kind in SOURCES.values()]
    else:
        tried = [(source.name, open_source(study, source, keys)) for source in web_sources(study)]
    return [_check(name, source, manners, keys) for name, source in tried]


def _check(name: str, source: WebSource, manners: Manners, keys: Keys) -> Check:
    lacking = source.lacks_key()
    if lacking:
        return Check(name, False, key="none", trouble=f"{lacking.what}. {lacking.cure}")
    request = source.trial()
    begun = time.monotonic()
    try:
        with Client(source.terms(), keys, manners) as client:
            client.ask(request, lambda body: source.read(request, body))
            limit = source.limit_left(client.last) if client.last else ""
    except Transient as fault:
        return Check(name, False, key=_key(source, ""), trouble=fault.reason)
    except Stopped as stopped:
        refused = "not accepted" if "key" in stopped.what else ""
        told = f"{stopped.what}. {stopped.cure}" if stopped.cure else stopped.what
        return Check(name, False, key=_key(source, refused), trouble=told)
    return Check(name, True, time.monotonic() - begun, _key(source, "accepted"), limit)


def _key(source: WebSource, verdict: str) -> str:
    """What to say of a source's key; what is not known is not said."""
    if not source.key:
        return "takes none"
    if source.keys.get(source.key):
        return verdict or "not tried"
    return "none (works without, with less)"


def render(checks: Sequence[Check], keys: Keys | None = None) -> str:
    """The findings as lines for a terminal."""
    keys = keys or read_keys()
    width = max((len(check.source) for check in checks), default=0)
    lines = []
    for check in checks:
        state = f"reached in {check.seconds:.1f} s" if check.reached else "NOT REACHED"
        told = f"{check.source:<{width}}  {state}; key: {check.key}"
        lines.append(told + (f"; left: {check.limit}" if check.limit else ""))
        if check.trouble:
            lines.append(f"{'':<{width}}  {check.trouble}")
    if not keys.get("mailto"):
        lines.append(
            f"No mail address is set: sources are kinder to those who say who they are. "
            f"Set {variable('mailto')} or add mailto to {key_file()}"
        )
    return "\n".join(lines)
