"""Keys and the mail address: where they come from, and how they are kept out of everything else.

They are read from environment variables (`RAPPORT_OPENALEX_KEY`, `RAPPORT_NCBI_KEY`,
`RAPPORT_SEMANTIC_SCHOLAR_KEY`, `RAPPORT_MAILTO`) or from `~/.config/rapport/keys.toml`, which has
the lines `openalex = "..."`, `ncbi = "..."`, `semantic_scholar = "..."`, `mailto = "..."`. They
are added to a request as it is sent, and `scrub` takes them out of whatever comes back.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

from pipeline.errors import RapportError

NAMES = ("openalex", "ncbi", "semantic_scholar", "mailto")
WITHHELD = "[withheld]"
_FEWEST_CHARACTERS = 4


@dataclass(frozen=True)
class Keys:
    """The keys a person has. Never shown, not even by `repr`."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    def get(self, name: str) -> str:
        """A key or the mail address; empty where there is none."""
        return self.values.get(name, "")

    def scrub(self, text: str) -> str:
        """The text without any key or address, however it was encoded."""
        for secret in self._spellings():
            text = text.replace(secret, WITHHELD)
        return text

    def scrub_bytes(self, body: bytes) -> bytes:
        """As `scrub`, for an answer as it came."""
        for secret in self._spellings():
            body = body.replace(secret.encode(), WITHHELD.encode())
        return body

    def _spellings(self) -> list[str]:
        secrets = [v for v in self.values.values() if len(v) >= _FEWEST_CHARACTERS]
        spellings = {spelt for v in secrets for spelt in (v, quote(v, safe=""), quote_plus(v))}
        return sorted(spellings, key=lambda spelt: (-len(spelt), spelt))


def key_file() -> Path:
    """The file that keys may be kept in, outside of any repository."""
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "rapport" / "keys.toml"


def read_keys() -> Keys:
    """The keys from the environment, and from the file where the environment has none."""
    path = key_file()
    try:
        kept = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RapportError(
            "is not valid TOML", where=path, cure='Write lines such as openalex = "..."'
        ) from error
    except OSError as error:
        raise RapportError(f"cannot be read ({error.strerror})", where=path) from error
    for name in kept:
        if name not in NAMES or not isinstance(kept[name], str):
            raise RapportError(
                f"{name!r} is not a key", where=path, cure=f"It takes text for {', '.join(NAMES)}"
            )
    found = {name: os.environ.get(variable(name), kept.get(name, "")).strip() for name in NAMES}
    return Keys({name: value for name, value in found.items() if value})


def variable(name: str) -> str:
    """The environment variable of a key."""
    return "RAPPORT_MAILTO" if name == "mailto" else f"RAPPORT_{name.upper()}_KEY"
