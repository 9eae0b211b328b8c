"""Sources of kind `file`: exports of databases and reference managers, told by their content."""

import codecs
import difflib
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import RapportError
from pipeline.harvest.entries import Item, Note
from pipeline.harvest.formats import (
    bibtex,
    endnote,
    excel,
    json_lists,
    medline,
    proquest,
    ris,
    table,
    web_of_science,
)
from pipeline.harvest.reading import Text, head, input_files, open_text
from pipeline.study import Source

Options = Mapping[str, Any]

FORMATS: dict[str, Callable[[Text, Options], Iterator[Item]]] = {
    "bibtex": bibtex.entries,
    "csv": table.entries,
    "endnote": endnote.entries,
    "json": json_lists.entries,
    "jsonl": json_lists.lines,
    "nbib": medline.entries,
    "proquest": proquest.entries,
    "ris": ris.entries,
    "wos": web_of_science.entries,
    "xlsx": excel.entries,
}
"""What reads each format of file."""

_ALSO_NAMED = {
    "bib": "bibtex", "ciw": "wos", "excel": "xlsx", "medline": "nbib", "ndjson": "jsonl",
    "pubmed": "nbib", "tsv": "csv", "web of science": "wos", "xml": "endnote",
}  # fmt: skip
_BY_EXTENSION = {".tab": "csv", ".isi": "wos"}
_SIGNS = (
    ("wos", r"\A\s*FN [^ -].*\n|^PT [A-Z]\s*\n(?:AU|CA|BA|TI|AF) "),
    ("nbib", r"^PMID ?- *\d+\s*$"),
    ("proquest", r"^_{20,}\s*$[\s\S]*^(?:Document URL|ProQuest document ID|Abstract|Title): "),
    ("ris", r"^\s*TY {1,2}- "),
    ("bibtex", r"^\s*@[A-Za-z]+\s*[{(]"),
)


_XML = r"\s*<(?:[?!][^>]*>\s*<)*"
_NOT_READ = (
    ("Ovid's own text format", r"\s*<1>\s*\n", "RIS"),
    ("EndNote's tagged format", r"\s*%0 \w+[\s\S]*^%[TA] ", "EndNote XML or RIS"),
    ("RefWorks' tagged format", r"\s*RT \w+[\s\S]*^(?:T1|A1) ", "RIS"),
    ("Cochrane's text format", r"\s*Record #1 of \d+\s*\n(?:ID|AU|TI): ", "RIS"),
    ("Scopus' text format", r"\s*Scopus\s*\nEXPORT DATE:[^@]*^ABSTRACT: ", "RIS or CSV"),
    ("PubMed's text for reading", r"\s*1\. [\s\S]*^PMID: \d+", "PubMed format (.nbib)"),
    ("PubMed's XML", _XML + r"PubmedArticle", "PubMed format (.nbib)"),
    ("XML of another kind than EndNote's", _XML + r"(?:records>\s*<rec|mods\w*)\b", "RIS"),
    ("a list of numbers", r"(?:\s*\d{4,9}\s*\n)+\s*\Z", "RIS or CSV, with the abstracts"),
)
"""Exports that are not read: what they are, how they begin, and what to ask for instead."""


_OPENINGS = {
    "bibtex": re.compile(
        r"@(?:article|book|in\w+|misc|\w*thesis|conference|techreport)\s*\{", re.I
    ),
    "nbib": re.compile(r"PMID- \d+\s*\Z"),
    "ris": re.compile(r"TY  - [A-Z]{3,10}\s*\Z"),
    "wos": re.compile(r"PT [JBSP]\s*\Z"),
}
_MAY_OPEN = ("@", "PMID- ", "TY  - ", "PT ")


def read(source: Source) -> Iterator[Item]:
    """The entries of a source's files, in the order of the files' names.

    Raises
    ------
    RapportError
        for a file that is missing, empty, no text, of no known format, or without an entry.
    """
    named: Path = source.options["path"]
    for path in [named] if named.is_dir() else input_files(source):
        found = 0
        text, format_name = _recognised(path, source.options)
        _refuse_a_mixture(text, format_name)
        for item in FORMATS[format_name](text, source.options):
            found += not isinstance(item, Note)
            yield item
        yield from text.notes()
        if not found and format_name not in ("csv", "xlsx"):
            raise RapportError(
                f"no entry was found in it, read as {format_name}",
                where=path,
                cure="Say what it is: format = " + " or ".join(f'"{name}"' for name in FORMATS),
            )


def _recognised(path: Path, options: Options) -> tuple[Text, str]:
    """A file as text, and its format: as the study says, else as its content or its name shows."""
    named = _named(options["format"], path) if "format" in options else None
    start = head(path)
    if start.startswith(b"PK\x03\x04") and named in (None, "xlsx"):
        _check_workbook(path)
        return Text(path, "utf-8"), "xlsx"
    _refuse_what_is_no_export(path, start)
    text = open_text(path, options.get("encoding"))
    return text, named or _told_by_content(text, options) or _told_by_name(path)


def _refuse_a_mixture(text: Text, format_name: str) -> None:
    """Raise where there are entries of another format too, which no reader of this one sees."""
    if format_name not in _OPENINGS:
        return
    found: dict[str, int] = {}
    for number, line in enumerate(text.lines(), 1):
        if line.startswith(_MAY_OPEN):
            for name, opening in _OPENINGS.items():
                if name not in found and opening.match(line):
                    found[name] = number
    own = found.pop(format_name, None)
    if own and found:
        other, number = max(found.items(), key=lambda each: each[1])
        raise RapportError(
            f"has entries of two formats, {format_name} and {other}",
            where=text.path,
            row=max(own, number),
            cure="Two exports were joined: save each as a file of its own",
        )


def _named(name: Any, path: Path) -> str:
    wanted = str(name).casefold().lstrip(".")
    wanted = _ALSO_NAMED.get(wanted, wanted)
    if wanted in FORMATS:
        return wanted
    near = difflib.get_close_matches(wanted, [*FORMATS, *_ALSO_NAMED], 1)
    raise RapportError(
        f"there is no format {name!r}",
        where=path,
        cure=f"Did you mean {near[0]}?" if near else f"Choose one of {', '.join(FORMATS)}",
    )


def _check_workbook(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as parts:
            if "xl/workbook.xml" in parts.namelist():
                return
            is_word = "word/document.xml" in parts.namelist()
    except (zipfile.BadZipFile, OSError):
        raise RapportError(
            "is a damaged archive or workbook", where=path, cure="Export or copy it again"
        ) from None
    raise RapportError(
        "is a Word document" if is_word else "is an archive and not an export",
        where=path,
        cure='Use kind = "documents"' if is_word else "Unpack it first, or save it as .xlsx",
    )


def _refuse_what_is_no_export(path: Path, start: bytes) -> None:
    if start.startswith(b"%PDF"):
        raise RapportError("is a PDF", where=path, cure='Use kind = "documents"')
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise RapportError(
            "is an old Excel or Word file", where=path, cure="Save it as .xlsx or as CSV"
        )


def _told_by_content(text: Text, options: Options) -> str | None:
    start = _start_of(text)
    for name, sign, instead in _NOT_READ:
        if re.match(sign, start, re.M):
            raise RapportError(
                f"is {name}, which is not read", where=text.path, cure=f"Export it as {instead}"
            )
    opening = start.lstrip()[:1]
    if opening == "<":
        return _markup(text.path, start)
    if opening in ("{", "[") and (told := json_lists.told_by(start)):
        return told
    for name, sign in _SIGNS:
        if re.search(sign, start, re.M):
            return name
    return "csv" if table.told_by(start, options) else None


def _start_of(text: Text) -> str:
    """The first lines of a text, as far as is needed to know what it is."""
    raw = head(text.path)
    decoder = codecs.getincrementaldecoder(text.encoding)("replace")
    return decoder.decode(raw).replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")


def _markup(path: Path, start: str) -> str:
    if re.search(r"<(?:records?|record-list)\b", start, re.I):
        return "endnote"
    if re.search(r"<!ENTITY|<xml\b|<\?xml", start):
        return "endnote"
    raise RapportError(
        "is a web page and not an export", where=path, cure='Use kind = "documents" for its text'
    )


def _told_by_name(path: Path) -> str:
    """The format that the name's ending stands for; a table where it says nothing."""
    endings = [ending for ending in path.suffixes if ending.casefold() != ".gz"]
    ending = endings[-1].casefold() if endings else ""
    name = _ALSO_NAMED.get(ending.lstrip("."), ending.lstrip("."))
    return name if name in FORMATS else _BY_EXTENSION.get(ending, "csv")
