"""HTML as blocks: what a reader of the page would read, without menus, scripts and footers."""

import re

from bs4 import BeautifulSoup
from bs4.element import PreformattedString, Tag
from pipeline.harvest.documents.blocks import Document, of_lines
from pipeline.harvest.reading import Text

_NO_TEXT = "script style noscript template svg nav header footer aside form button iframe".split()
_BLOCKS = (
    "address article blockquote body dd details div dl dt fieldset figcaption figure h1 h2 h3 h4 h5"
    " h6 hr html li main ol p pre section summary ul"
).split()
_HEADING = re.compile(r"h[1-6]")
_SPACE = re.compile(r"\s+")


def read_page(text: Text) -> Document:
    """An HTML page; its title is its first main heading, or its `<title>`."""
    soup = BeautifulSoup(text.read(), "html.parser")
    heading = soup.find("h1") or soup.find("title")
    document = Document(_one_line(heading.get_text(" ")) if heading else "", [])
    _take_out_what_is_not_read(soup, document)
    for string in soup.find_all(string=True):
        if string.find_parent("pre") is None:
            string.replace_with(_SPACE.sub(" ", string))
    for tag in soup.find_all([*_BLOCKS, "br"]):
        _set_apart(tag)
    document.blocks = list(of_lines(enumerate(soup.get_text().split("\n"), 1)))
    return document


def _take_out_what_is_not_read(soup: BeautifulSoup, document: Document) -> None:
    for comment in soup.find_all(string=lambda string: isinstance(string, PreformattedString)):
        comment.extract()
    for tag in soup.find_all([*_NO_TEXT, "head"]):
        if not tag.decomposed:
            tag.decompose()
    for table in soup.find_all("table"):
        if not table.decomposed:
            document.left_out["tables"] += 1
            table.decompose()


def _set_apart(tag: Tag) -> None:
    """Put line breaks around a block, and the sign of a heading or an item before it."""
    if tag.name == "br":
        tag.replace_with("\n")
        return
    gap = "\n" if tag.name == "li" or tag.find_parent("li") else "\n\n"
    if _HEADING.fullmatch(tag.name):
        tag.string = f"# {_one_line(tag.get_text(' '))}"
    elif tag.name == "li":
        tag.insert(0, "- ")
    tag.insert(0, gap)
    tag.append(gap)


def _one_line(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
