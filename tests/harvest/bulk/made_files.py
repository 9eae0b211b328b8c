"""Invented files of whole databases, and what a harvest made of them."""

import gzip
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline import manifest, tables

ABSTRACT = "The keepers of the {0} lighthouse met each week, and trust grew slowly among them all."


def article(
    pmid: int, title: str = "", abstract: str | None = None, doi: str = "", year: int = 2015,
    language: str = "eng", kind: str = "Journal Article", version: int = 1,
) -> str:  # fmt: skip
    """One record of PubMed; its texts follow from its identifier where none are given."""
    title = title or f"Lamp oil and rapport at station {pmid}"
    abstract = ABSTRACT.format(pmid) if abstract is None else abstract
    text = f"<Abstract><AbstractText>{abstract}</AbstractText></Abstract>" if abstract else ""
    located = f'<ELocationID EIdType="doi" ValidYN="Y">{doi}</ELocationID>' if doi else ""
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="{version}">{pmid}</PMID><Article>\n'
        f"<Journal><JournalIssue><PubDate><Year>{year}</Year></PubDate></JournalIssue>"
        f"<Title>Annals of Beacons</Title></Journal><ArticleTitle>{title}.</ArticleTitle>{located}\n"
        f"{text}<Language>{language}</Language><PublicationTypeList><PublicationType>{kind}"
        "</PublicationType></PublicationTypeList></Article></MedlineCitation><PubmedData>"
        '<ReferenceList><Reference><ArticleIdList><ArticleId IdType="doi">10.9999/cited'
        "</ArticleId></ArticleIdList></Reference></ReferenceList></PubmedData></PubmedArticle>\n"
    )


def deleted(*pmids: int) -> str:
    listed = "".join(f'<PMID Version="1">{pmid}</PMID>\n' for pmid in pmids)
    return f"<DeleteCitation>\n{listed}</DeleteCitation>\n"


def xml(*parts: str) -> bytes:
    head = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet SYSTEM "p.dtd">\n'
    return f"{head}<PubmedArticleSet>\n{''.join(parts)}</PubmedArticleSet>\n".encode()


def pubmed(path: Path, *parts: str, md5: bool = True) -> Path:
    """Write a file of PubMed with its checksum beside it."""
    return packed(path, xml(*parts), md5)


def packed(path: Path, content: bytes, md5: bool = False) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, mtime=0))
    if md5:
        told = f"MD5({path.name})= {hashlib.md5(path.read_bytes()).hexdigest()}\n"
        path.with_name(path.name + ".md5").write_text(told)
    return path


def inverted(text: str) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for place, word in enumerate(text.split()):
        index.setdefault(word, []).append(place)
    return index


def work(number: int, **given: Any) -> dict[str, Any]:
    """One work of OpenAlex; its texts follow from its identifier where none are given."""
    return {
        "id": f"https://openalex.org/W{number}",
        "doi": None,
        "title": f"Tide tables and candour at quay {number}",
        "publication_year": 2016,
        "language": "en",
        "type": "article",
        "primary_location": {"source": {"display_name": "Quayside Letters"}},
        "authorships": [{"author": {"display_name": "Rita Roe"}}],
        "abstract_inverted_index": inverted(ABSTRACT.format(number)),
        "is_retracted": False,
    } | given


def openalex(folder: Path, day: str, works: Iterable[Any], part: int = 0) -> Path:
    """Write a part of the snapshot; a text stands for a line as it is."""
    lines = [one if isinstance(one, str) else json.dumps(one) for one in works]
    path = folder / "works" / f"updated_date={day}" / f"part_{part:04}.gz"
    return packed(path, "".join(f"{line}\n" for line in lines).encode())


class Harvested:
    """The tables and the manifest's section that a harvest wrote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.records = tables.read_table(tables.RECORDS, folder).to_pylist()
        self.rejected = tables.read_table(tables.REJECTED, folder).to_pylist()
        self.section = manifest.require(folder, "harvest")

    @property
    def ids(self) -> set[str]:
        return {record["record_id"] for record in self.records}

    def counts(self, source: str) -> tuple[int, int, int, int]:
        section = self.section["sources"][source]
        return tuple(section[key] for key in ("received", "kept", "merged", "rejected"))

    def why(self, place: str) -> str:
        """Why an entry is no record of its own: the only one whose place ends so."""
        (found,) = (row for row in self.rejected if row["place"].endswith(place))
        return f"{found['outcome']}: {found['reason']}"


def bytes_of(folder: Path) -> dict[str, bytes]:
    """All tables that a harvest wrote; the ledgers of files are no tables of the study."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix in (".parquet", ".csv") and path.parent.name != "bulk"
    }


PUBMED = {"name": "pubmed", "kind": "pubmed_baseline", "path": "pubmed"}
OPENALEX = {"name": "openalex", "kind": "openalex_snapshot", "path": "openalex"}
