"""Speed of reading whole databases, as ratios in one run.

PubMed XML against pubmed_parser; OpenAlex JSON Lines against doing no more than decompressing and
parsing the same files. The files are made here, of real abstracts where ../shared is there, with
as much beside each text (references, headings, authors, affiliations) as the real files have.
"""

import gc
import gzip
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path

import orjson
import pubmed_parser
from corpus import ROOT, texts
from isal import igzip
from pipeline.harvest.bulk import unpacking
from pipeline.harvest.bulk.addresses import BulkFile
from pipeline.harvest.bulk.reading import make_reader
from pipeline.harvest.text import repair
from pipeline.study import Asked, Source

PUBMED_RECORDS, OPENALEX_RECORDS = 4_000, 8_000
BEST_OF = 3
BULK = ROOT.parent / "shared" / "real" / "bulk"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def pairs() -> Iterator[tuple[str, str]]:
    """Titles and abstracts, for ever; none with misread characters, which are one in a thousand."""
    found = []
    for path in sorted(BULK.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for record in map(json.loads, islice(lines, 10_000)):
                if record.get("abstract") and record["abstract"] == repair(record["abstract"]):
                    found.append((record["title"] or "Untitled", record["abstract"]))
    found = found or [(text[:90], text) for text in texts()]
    return cycle(found)


def word(dice: random.Random) -> str:
    return "".join(dice.choices(LETTERS, k=dice.randint(4, 11)))


def phrase(dice: random.Random, words: int) -> str:
    return " ".join(word(dice) for _ in range(words)).capitalize()


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def article(number: int, title: str, abstract: str, dice: random.Random) -> str:
    """One PubMed record of about 12,000 characters, as in the baseline."""
    year = 1990 + number % 36
    day = f"<Year>{year}</Year><Month>05</Month><Day>17</Day>"
    authors = "".join(
        f'<Author ValidYN="Y"><LastName>{phrase(dice, 1)}</LastName><ForeName>{phrase(dice, 1)}'
        f"</ForeName><Initials>A</Initials><AffiliationInfo><Affiliation>{phrase(dice, 14)}."
        "</Affiliation></AffiliationInfo></Author>"
        for _ in range(6)
    )
    headings = "".join(
        f'<MeshHeading><DescriptorName UI="D{n:06}" MajorTopicYN="N">{phrase(dice, 2)}'
        f'</DescriptorName><QualifierName UI="Q000175" MajorTopicYN="N">{word(dice)}'
        "</QualifierName></MeshHeading>"
        for n in range(11)
    )
    references = "".join(
        f"<Reference><Citation>{phrase(dice, 12)} 2010;5(2):1-9.</Citation><ArticleIdList>"
        f'<ArticleId IdType="pubmed">{dice.randrange(10**7)}</ArticleId><ArticleId IdType="doi">'
        f"10.1000/{word(dice)}</ArticleId></ArticleIdList></Reference>"
        for _ in range(20)
    )
    half = abstract.find(". ") + 1 or len(abstract)
    sections = "".join(
        f'<AbstractText Label="{label}" NlmCategory="{label}">{escaped(text)}</AbstractText>'
        for label, text in (("BACKGROUND", abstract[:half]), ("RESULTS", abstract[half:]))
    )
    told = (
        f"<Abstract>{sections}<CopyrightInformation>{phrase(dice, 5)}</CopyrightInformation></Abstract>"
        if abstract
        else ""
    )
    return f"""<PubmedArticle><MedlineCitation Status="MEDLINE" IndexingMethod="Automated" Owner="NLM">
<PMID Version="1">{number}</PMID><DateCompleted>{day}</DateCompleted><DateRevised>{day}</DateRevised>
<Article PubModel="Print-Electronic"><Journal><ISSN IssnType="Electronic">1234-5678</ISSN>
<JournalIssue CitedMedium="Internet"><Volume>{number % 90}</Volume><Issue>2</Issue><PubDate><Year>{year}</Year>
<Month>May</Month></PubDate></JournalIssue><Title>{phrase(dice, 4)}</Title><ISOAbbreviation>{word(dice)}</ISOAbbreviation>
</Journal><ArticleTitle>{escaped(title)}.</ArticleTitle><ELocationID EIdType="doi" ValidYN="Y">10.1000/bench.{number}</ELocationID>{told}
<AuthorList CompleteYN="Y">{authors}</AuthorList>
<Language>eng</Language><PublicationTypeList><PublicationType>Journal Article</PublicationType></PublicationTypeList><ArticleDate DateType="Electronic">{day}</ArticleDate></Article><MedlineJournalInfo>
<Country>England</Country><MedlineTA>{word(dice)}</MedlineTA><NlmUniqueID>101</NlmUniqueID></MedlineJournalInfo>
<CitationSubset>IM</CitationSubset><MeshHeadingList>{headings}</MeshHeadingList><KeywordList Owner="NOTNLM">
<Keyword MajorTopicYN="N">{word(dice)}</Keyword><Keyword MajorTopicYN="N">{word(dice)}</Keyword></KeywordList>
</MedlineCitation><PubmedData><History><PubMedPubDate PubStatus="received">{day}</PubMedPubDate>
<PubMedPubDate PubStatus="pubmed">{day}</PubMedPubDate></History><PublicationStatus>ppublish</PublicationStatus>
<ArticleIdList><ArticleId IdType="pubmed">{number}</ArticleId><ArticleId IdType="doi">10.1000/bench.{number}</ArticleId>
</ArticleIdList><ReferenceList>{references}</ReferenceList></PubmedData></PubmedArticle>
"""


def pubmed_file(path: Path) -> None:
    """A file of PubMed's baseline; 5 records in 7 have an abstract, as 29 of 41 million do."""
    dice, told = random.Random(1), pairs()
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=6) as file:
        file.write('<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet SYSTEM ')
        file.write('"pubmed_250101.dtd">\n<PubmedArticleSet>\n')
        for number, (title, abstract) in enumerate(islice(told, PUBMED_RECORDS), 1):
            file.write(article(number, title, abstract if number % 7 < 5 else "", dice))
        file.write("</PubmedArticleSet>\n")


def inverted(text: str) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for place, token in enumerate(text.split()):
        index.setdefault(token, []).append(place)
    return index


def work(number: int, title: str, abstract: str, dice: random.Random) -> dict[str, object]:
    """One work of about 11,000 characters, as in the snapshot."""
    address = f"https://openalex.org/W{number}"
    source = {
        "id": "https://openalex.org/S1", "issn_l": "1234-5678", "issn": ["1234-5678"],
        "display_name": phrase(dice, 4), "type": "journal",
        "host_organization": "https://openalex.org/P1", "host_organization_name": phrase(dice, 2),
    }  # fmt: skip
    place = {
        "is_oa": False, "landing_page_url": f"https://doi.org/10.1000/bench.{number}",
        "pdf_url": None, "source": source, "license": None, "version": None,
    }  # fmt: skip
    authorships = [
        {
            "author_position": "middle", "is_corresponding": False, "raw_author_name": name,
            "author": {"id": "https://openalex.org/A1", "display_name": name, "orcid": None},
            "institutions": [
                {"id": "https://openalex.org/I1", "display_name": phrase(dice, 3), "ror": None,
                 "lineage": ["https://openalex.org/I1"], "type": "education", "country_code": "GB"}
            ],
            "raw_affiliation_strings": [phrase(dice, 12)], "countries": ["GB"],
        }
        for name in (phrase(dice, 2) for _ in range(4))
    ]  # fmt: skip
    concepts = [
        {"id": f"https://openalex.org/C{n}", "wikidata": "https://www.wikidata.org/wiki/Q1",
         "display_name": phrase(dice, 2), "level": 2, "score": 0.41}
        for n in range(12)
    ]  # fmt: skip
    return {
        "id": address, "doi": f"https://doi.org/10.1000/bench.{number}", "title": title,
        "display_name": title, "publication_year": 1990 + number % 36,
        "publication_date": "2010-05-17", "ids": {"openalex": address}, "language": "en",
        "primary_location": place, "type": "article", "type_crossref": "journal-article",
        "open_access": {"is_oa": False, "oa_status": "closed", "oa_url": None},
        "authorships": authorships, "cited_by_count": 3,
        "biblio": {"volume": "7", "issue": "2", "first_page": "1", "last_page": "9"},
        "is_retracted": False, "concepts": concepts, "is_paratext": False,
        "topics": concepts[:3], "keywords": concepts[:5], "mesh": [], "locations": [place, place],
        "referenced_works": [f"https://openalex.org/W{dice.randrange(10**10)}" for _ in range(25)],
        "related_works": [f"https://openalex.org/W{dice.randrange(10**10)}" for _ in range(10)],
        "abstract_inverted_index": inverted(abstract) if abstract else None,
        "counts_by_year": [{"year": 2020 + n, "cited_by_count": n} for n in range(5)],
        "updated_date": "2026-05-17T00:00:00.000000", "created_date": "2016-06-24",
    }  # fmt: skip


def openalex_file(path: Path, every: int) -> None:
    """A part of the snapshot in which one work in `every` has an abstract."""
    dice, told = random.Random(1), pairs()
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=6) as file:
        for number, (title, abstract) in enumerate(islice(told, OPENALEX_RECORDS), 1):
            made = work(number, title, abstract if number % every == 0 else "", dice)
            file.write(json.dumps(made, ensure_ascii=False, separators=(",", ":")) + "\n")


def rates(n: int, **ways: Callable[[], object]) -> dict[str, float]:
    """Records a second of processor time for each way, the best of a few runs, taken in turns.

    None looks for objects that refer in circles meanwhile, as the engines do not either.
    """
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(BEST_OF):
        for name, way in ways.items():
            gc.collect()
            gc.disable()
            began = time.process_time()
            way()
            best[name] = min(best[name], time.process_time() - began)
            gc.enable()
    return {name: n / seconds for name, seconds in best.items()}


def rapport(kind: str, path: Path, folder: Path) -> dict[str, Callable[[], object]]:
    """The file as entries, and as shards of clean records with the ledger of all entries."""
    source = Source(kind, kind, "research", {"path": path.parent})

    def fresh() -> BulkFile:
        # Another state each time, so that nothing is taken as done.
        return BulkFile(path.name, str(path), path.stat().st_size, str(time.perf_counter()))

    reader = make_reader(folder, source, Asked())
    return {
        "entries": lambda: sum(1 for _ in unpacking.items(fresh(), reader._format(fresh()), {})),
        "shards": lambda: reader(fresh()),
    }


def parsed(opener: Callable[[Path], Iterator[bytes]], path: Path) -> None:
    with opener(path) as lines:
        for line in lines:
            orjson.loads(line)


def tell(name: str, speed: float, ratio: float, to: str) -> None:
    print(f"  {name:<42} {speed:>9,.0f} records/s  {ratio:5.2f} x {to}")


def of_pubmed(folder: Path) -> None:
    path = folder / "pubmed26n0001.xml.gz"
    pubmed_file(path)
    found = rates(
        PUBMED_RECORDS,
        peer=lambda: list(pubmed_parser.parse_medline_xml(str(path))),
        **rapport("pubmed_baseline", path, folder),
    )
    print(f"PubMed XML, {PUBMED_RECORDS:,} records of 13,000 characters")
    tell("pubmed_parser, to dictionaries", found["peer"], 1, "pubmed_parser")
    tell("Rapport, to entries", found["entries"], found["entries"] / found["peer"], "pubmed_parser")
    tell("Rapport, to clean records in Parquet", found["shards"], found["shards"] / found["peer"], "pubmed_parser")  # fmt: skip


def of_openalex(folder: Path, every: int, told: str) -> None:
    path = folder / f"part_{every}.gz"
    openalex_file(path, every)
    found = rates(
        OPENALEX_RECORDS,
        plain=lambda: parsed(gzip.open, path),
        fast=lambda: parsed(igzip.open, path),
        **rapport("openalex_snapshot", path, folder),
    )
    print(f"OpenAlex JSON Lines, {OPENALEX_RECORDS:,} works of 10,000 characters, {told}")
    for name, of in (("gzip and orjson alone", "plain"), ("isal and orjson alone", "fast")):
        tell(name, found[of], found[of] / found["plain"], "gzip and orjson")
    for name, of in (("Rapport, to entries", "entries"), ("Rapport, to clean records in Parquet", "shards")):  # fmt: skip
        tell(name, found[of], found[of] / found["plain"], "gzip and orjson")
        tell("", found[of], found[of] / found["fast"], "isal and orjson")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        of_pubmed(Path(name))
        of_openalex(Path(name), 2, "half of them with an abstract, as in the snapshot")
        of_openalex(Path(name), 1, "all with an abstract")
    unit = 1 if sys.platform == "darwin" else 1024
    print(
        f"Largest memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20:,.0f} MiB"
    )
