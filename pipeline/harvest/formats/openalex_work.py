"""One work of OpenAlex, as its API and its snapshot give it."""

from collections.abc import Mapping
from typing import Any

from pipeline.harvest.entries import Entry
from pipeline.harvest.web import markup
from pipeline.harvest.web.answers import dicts, doi_of, identified, listed, text, within, year_of


def entry(raw: Mapping[str, Any]) -> Entry:
    """An entry from a work as OpenAlex tells it in JSON."""
    name = markup.title(raw.get("title") or raw.get("display_name"))
    words, holes = markup.from_inverted_index(raw.get("abstract_inverted_index"))
    return Entry(
        place=text(raw.get("id")).rpartition("/")[2] or identified([raw], "id")[0][0],
        title=name,
        abstract="" if holes else markup.abstract(words),
        year=year_of(raw.get("publication_year")) or year_of(raw.get("publication_date")),
        venue=text(within(raw, "primary_location", "source", "display_name"))
        or text(within(raw, "primary_location", "raw_source_name")),
        authors=listed(_author(a) for a in dicts(raw.get("authorships"))),
        keywords=listed(text(k.get("display_name")) for k in dicts(raw.get("keywords"))),
        doi=doi_of(raw.get("doi")),
        pmid=text(within(raw, "ids", "pmid")).rstrip("/").rpartition("/")[2],
        language=text(raw.get("language")),
        type=text(raw.get("type")),
        url=text(raw.get("id")),
        volume=text(within(raw, "biblio", "volume")),
        pages="-".join(
            filter(None, (text(within(raw, "biblio", p)) for p in ("first_page", "last_page")))
        ),
        withheld=f"its abstract at OpenAlex has {holes} words missing" if holes else "",
        retracted="OpenAlex" if raw.get("is_retracted") is True else "",
    )


def _author(authorship: Mapping[str, Any]) -> str:
    author = authorship.get("author")
    named = text(author.get("display_name")) if isinstance(author, dict) else ""
    return named or text(authorship.get("raw_author_name"))
