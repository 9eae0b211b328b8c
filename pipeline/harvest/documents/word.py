"""Word documents (`.docx`) as blocks, in the order of reading."""

import re
import zipfile
from pathlib import Path
from typing import Any

from docx import Document as open_document
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table
from pipeline.errors import RapportError
from pipeline.harvest.documents.blocks import Block, Document

_CONTENTS_STYLE = re.compile(r"(?:toc|table of contents|index)\b", re.I)
_HEADING_STYLE = re.compile(r"(?:heading|title|subtitle)\b", re.I)
_LIST_STYLE = re.compile(r"list\b", re.I)


def read_word(path: Path) -> Document:
    """A Word document; its title is the one in its properties, or its first heading.

    Raises
    ------
    RapportError
        where it is damaged or protected by a password.
    """
    try:
        with path.open("rb") as stream:
            source = open_document(stream)
            content = list(source.iter_inner_content())
            title = source.core_properties.title or ""
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
        raise RapportError(
            "is no Word document that can be read", where=path, cure="Save it again as .docx"
        ) from error
    document = Document(title.strip(), [])
    for number, each in enumerate(content, 1):
        if isinstance(each, Table):
            document.left_out["tables"] += 1
        elif text := each.text.strip():
            _add(document, _kind(each), text, number)
    if not document.title:
        document.title = next((b.text for b in document.blocks if b.kind == "heading"), "")
    return document


def _kind(paragraph: Any) -> str:
    style = (paragraph.style.name or "") if paragraph.style is not None else ""
    if _CONTENTS_STYLE.match(style):
        return "contents"
    if _HEADING_STYLE.match(style):
        return "heading"
    properties = paragraph._p.pPr
    numbered = properties is not None and properties.numPr is not None
    return "list" if numbered or _LIST_STYLE.match(style) else "paragraph"


def _add(document: Document, kind: str, text: str, number: int) -> None:
    """Add a paragraph to a document; an item that follows an item goes into the same list."""
    text = re.sub(r"\s+", " ", text)
    if kind == "contents":
        document.left_out["lines of contents"] += 1
    elif kind == "list":
        last = document.blocks[-1] if document.blocks else None
        if last is not None and last.kind == "list":
            last.parts.append(f"- {text}")
        else:
            document.blocks.append(Block("list", [f"- {text}"], number))
    else:
        document.blocks.append(Block(kind, [text], number))
