"""Codes for software for qualitative analysis, by the REFI-QDA standard 1.5.

A codebook (`.qdc`), and a project (`.qdpx`) with the texts and the spans that the machine kept, for
NVivo, MAXQDA, ATLAS.ti, QualCoder and others. `segments` brings in what people coded there.

A selection is told by the places of its first character and of the character after its last. Some
programs count a line ending as two characters and others as one, so that selections drift by one
character with every line. The texts are therefore written without a line ending: each is replaced
by one space, and every place stays what it is in the table of mentions.
"""

import io
import re
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import XMLGenerator

import pipeline
from pipeline import manifest
from pipeline.errors import RapportError
from pipeline.study import Study
from pipeline.tables import (
    MENTIONS,
    RECORDS,
    path_of,
    read_shard,
    shard_paths,
    written_whole,
)
from pipeline.taxonomy.concepts import Taxonomy
from pipeline.taxonomy.read import read_taxonomy
from pipeline.validate.sample import drawn_before

CODEBOOK_SPACE, PROJECT_SPACE = "urn:QDA-XML:codebook:1.0", "urn:QDA-XML:project:1.0"
SCHEMA = "http://schema.qdasoftware.org/versions"
MOST_TEXTS = 2_000
"""Texts in a project: programs for reading closely slow down with more."""

BETWEEN = " | "
"""What stands between title and abstract in a source."""

_OURS = uuid.UUID("9b0c7a52-6d0e-5e0b-9f55-2f6c7f0f4f3e")
_COLOURS = ("#4878A8", "#C07030", "#509050", "#B04848", "#7860A0", "#8A6A50", "#A8589A", "#7A7A7A")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DATE = (1980, 1, 1, 0, 0, 0)


def export_qda(study: Study, path: Path) -> int:
    """Write the codebook (a path that ends in .qdc) or the project (.qdpx).

    A project has the texts of the coding samples where any were drawn, else the first
    `MOST_TEXTS` texts that the machine coded, each with the spans of its kept mentions.

    Returns
    -------
    How many texts are in it: 0 in a codebook.

    Raises
    ------
    RapportError
        for another ending; where classify has not finished.
    """
    taxonomy = read_taxonomy(study.taxonomy)
    kind = path.suffix.lower()
    if kind == ".qdc":
        with written_whole(path) as stream:
            _write_codebook(stream, taxonomy)
        return 0
    if kind != ".qdpx":
        raise RapportError(
            f"{path.suffix or 'no ending'!r} is no format of REFI-QDA",
            where=path,
            cure="End the name in .qdc for the codebook, in .qdpx for the project",
        )
    manifest.require(study.folder, "classify")
    with (
        written_whole(path) as stream,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        return _write_project(archive, study, taxonomy)


def source_text(title: str, abstract: str) -> str:
    """A record as one text without line endings, every character in its place."""
    whole = f"{title}{BETWEEN}{abstract}" if title else abstract
    return _NOT_XML.sub("\ufffd", re.sub(r"[\r\n\u2028\u2029\u0085\v\f\t]", " ", whole))


def place_in_source(title: str, field: str, place: int) -> int:
    """The place in `source_text` of a place in the title or the abstract."""
    return place + (len(title) + len(BETWEEN) if title and field == "abstract" else 0)


def guid(*parts: str) -> str:
    """An identifier that is the same every time for the same thing."""
    return str(uuid.uuid5(_OURS, "\n".join(parts)))


class _Xml:
    """XML written as it comes, so that no project is ever in memory."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._out = XMLGenerator(stream, "utf-8", short_empty_elements=True)
        self._out.startDocument()

    def open(self, element: str, **attributes: str) -> None:
        self._out.startElement(element, {k: _NOT_XML.sub("", v) for k, v in attributes.items()})  # type: ignore[arg-type]

    def close(self, element: str) -> None:
        self._out.endElement(element)

    def leaf(self, element: str, text: str = "", **attributes: str) -> None:
        self.open(element, **attributes)
        if text:
            self._out.characters(_NOT_XML.sub("", text))
        self.close(element)


def _root(xml: _Xml, element: str, space: str, schema: str, **attributes: str) -> None:
    xml.open(
        element,
        **{
            "xmlns": space,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": f"{space} {SCHEMA}/{schema}",
        },
        origin=f"Rapport {pipeline.__version__}",
        **attributes,
    )


def _write_codebook(stream: IO[bytes], taxonomy: Taxonomy) -> None:
    xml = _Xml(stream)
    _root(xml, "CodeBook", CODEBOOK_SPACE, "Codebook/v1.0/Codebook.xsd")
    _write_codes(xml, taxonomy)
    xml.close("CodeBook")


def _write_codes(xml: _Xml, taxonomy: Taxonomy) -> None:
    """Codes as a tree: facets, the groups of the coding scheme in them, concepts in these."""
    xml.open("Codes")
    facets = list(dict.fromkeys(concept.facet for concept in taxonomy.concepts))
    for facet, colour in zip(facets, _COLOURS, strict=False):
        inside = [concept for concept in taxonomy.concepts if concept.facet == facet]
        xml.open("Code", guid=guid("facet", facet), name=facet, isCodable="false", color=colour)
        for group in dict.fromkeys(concept.group for concept in inside):
            if group:
                xml.open(
                    "Code",
                    guid=guid("group", facet, group),
                    name=group,
                    isCodable="true",
                    color=colour,
                )
            for concept in inside:
                if concept.group == group:
                    _write_code(xml, concept.id, concept.label, concept.definition, colour)
            if group:
                xml.close("Code")
        xml.close("Code")
    xml.close("Codes")


def _write_code(xml: _Xml, concept: str, label: str, definition: str, colour: str) -> None:
    # Names are identifiers, so that codings come back under the names they left with.
    xml.open("Code", guid=guid("concept", concept), name=concept, isCodable="true", color=colour)
    xml.leaf("Description", f"{label}: {definition}" if definition else label)
    xml.close("Code")


def _write_project(archive: zipfile.ZipFile, study: Study, taxonomy: Taxonomy) -> int:
    user, done = guid("user"), 0
    body = io.BytesIO()
    xml = _Xml(body)
    _root(xml, "Project", PROJECT_SPACE, "Project/v1.0/Project.xsd", name=study.title)
    xml.open("Users")
    xml.leaf("User", guid=user, name="Rapport", id="rapport")
    xml.close("Users")
    xml.open("CodeBook")
    _write_codes(xml, taxonomy)
    xml.close("CodeBook")
    known = taxonomy.by_id().keys()
    for record, mentions in _marked_texts(study):
        if not done:
            xml.open("Sources")
        done += 1
        name = record["record_id"]
        source = guid("source", name)
        text = source_text(record["title"], record["abstract"])
        _add(archive, f"Sources/{source}.txt", text.encode())
        path = f"internal://{source}.txt"
        xml.open("TextSource", guid=source, name=name, plainTextPath=path, creatingUser=user)
        for mention in mentions:
            if mention["concept"] in known:
                _write_selection(xml, record, mention, text, user)
        xml.close("TextSource")
    if done:
        xml.close("Sources")
    if study.notice:
        xml.leaf("Description", study.notice)
    xml.close("Project")
    _add(archive, "project.qde", body.getvalue())
    return done


def _write_selection(
    xml: _Xml, record: dict[str, Any], mention: dict[str, Any], text: str, user: str
) -> None:
    start, end = (
        place_in_source(record["title"], mention["field"], mention[end]) for end in ("start", "end")
    )
    key = (record["record_id"], mention["concept"], str(start), str(end))
    xml.open(
        "PlainTextSelection",
        guid=guid("selection", *key),
        name=text[start:end],
        startPosition=str(start),
        endPosition=str(end),
        creatingUser=user,
    )
    xml.leaf("Description", f"cue: {mention['cue']}")
    xml.open("Coding", guid=guid("coding", *key), creatingUser=user)
    xml.leaf("CodeRef", targetGUID=guid("concept", mention["concept"]))
    xml.close("Coding")
    xml.close("PlainTextSelection")


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _marked_texts(study: Study) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """The texts of a project and their kept mentions."""
    drawn = {row["record_id"] for row in drawn_before(study)}
    left = len(drawn) or MOST_TEXTS
    for path in shard_paths(RECORDS, study.folder):
        mentions: dict[str, list[dict[str, Any]]] = {}
        for row in read_shard(MENTIONS, path_of(MENTIONS, study.folder) / path.name).to_pylist():
            if row["reading"] == "kept":
                mentions.setdefault(row["record_id"], []).append(row)
        for record in read_shard(RECORDS, path, ["record_id", "title", "abstract"]).to_pylist():
            wanted = record["record_id"] in (drawn or mentions)
            if wanted and left:
                left -= 1
                yield record, mentions.get(record["record_id"], [])
        if not left:
            return
