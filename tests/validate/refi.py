"""The rules of REFI-QDA 1.5 for what Rapport writes: elements, their order, attributes and values.

The published schemas (http://schema.qdasoftware.org/versions/) say more, of pictures, sound and
graphs; what is not here, Rapport does not write, and the check refuses.
"""

import re
from collections.abc import Iterator

from lxml import etree

PROJECT, CODEBOOK = "urn:QDA-XML:project:1.0", "urn:QDA-XML:codebook:1.0"
HEXES = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
GUID, NUMBER, ANY = re.compile(HEXES), re.compile("[0-9]+"), re.compile(".*", re.DOTALL)
COLOUR, TRUTH = re.compile("#[0-9A-Fa-f]{6}"), re.compile("true|false")
PATH = re.compile(f"internal://{HEXES}\\.txt")

ATTRIBUTES = {
    "Project": {"name!": ANY, "origin": ANY},
    "CodeBook": {"origin": ANY},
    "User": {"guid!": GUID, "name": ANY, "id": ANY},
    "Code": {"guid!": GUID, "name!": ANY, "isCodable!": TRUTH, "color": COLOUR},
    "TextSource": {"guid!": GUID, "name": ANY, "plainTextPath": PATH, "creatingUser": GUID},
    "PlainTextSelection": {
        "guid!": GUID,
        "name": ANY,
        "startPosition!": NUMBER,
        "endPosition!": NUMBER,
        "creatingUser": GUID,
    },
    "Coding": {"guid!": GUID, "creatingUser": GUID},
    "CodeRef": {"targetGUID!": GUID},
}
"""Attributes and their values; ! marks those that must be there."""

CHILDREN = {
    "Project": "Users? CodeBook? Sources? Description?",
    "Users": "User+",
    "CodeBook": "Codes",
    "Codes": "Code+",
    "Code": "Description? Code*",
    "Sources": "TextSource+",
    "TextSource": "PlainTextSelection*",
    "PlainTextSelection": "Description? Coding*",
    "Coding": "CodeRef",
}
"""Elements inside others, in their order; an element that is not here has text or nothing."""

SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"


def violations(root: etree._Element) -> Iterator[str]:
    """Everything in a codebook or project that the standard does not allow."""
    space = etree.QName(root).namespace
    if space != {"Project": PROJECT, "CodeBook": CODEBOOK}.get(etree.QName(root).localname):
        yield f"{root.tag} is no root of the standard"
    for element in root.iter():
        name = etree.QName(element)
        if name.namespace != space:
            yield f"{element.tag} is of another namespace"
        yield from _attributes(element, name.localname)
        yield from _children(element, name.localname)
    guids = root.xpath("//@guid")
    yield from (f"{g} names two things" for g in sorted(set(guids)) if guids.count(g) > 1)
    for given in root.xpath("//@targetGUID | //@creatingUser"):
        if given not in guids:
            yield f"{given} names nothing"


def _attributes(element: etree._Element, name: str) -> Iterator[str]:
    allowed = {key.rstrip("!"): value for key, value in ATTRIBUTES.get(name, {}).items()}
    must = {key.rstrip("!") for key in ATTRIBUTES.get(name, {}) if key.endswith("!")}
    yield from (f"{name} lacks {key}" for key in sorted(must - set(element.attrib)))
    for key, value in element.attrib.items():
        if key == SCHEMA_LOCATION and element.getparent() is None:
            continue
        if key not in allowed:
            yield f"{name} has {key}"
        elif not allowed[key].fullmatch(value):
            yield f"{name} has {value!r} as {key}"


def _children(element: etree._Element, name: str) -> Iterator[str]:
    found = "".join(f"{etree.QName(child).localname} " for child in element)
    pattern = "".join(
        f"(?:{part.rstrip('?*+')} ){part[len(part.rstrip('?*+')) :]}"
        for part in CHILDREN.get(name, "").split()
    )
    if not re.fullmatch(pattern, found):
        yield f"{name} has inside it: {found or 'nothing'}"
    if found and (element.text or "").strip():
        yield f"{name} has text beside elements"
