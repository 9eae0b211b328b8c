"""HTML as blocks: what a reader of the page would read, without menus, scripts and footers."""

import re
from collections import Counter
from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PreformattedString, Tag
from pipeline.harvest.documents.blocks import Document, of_lines
from pipeline.harvest.reading import Text

_UNREAD = frozenset(
    "aside button footer form head header iframe nav noscript script style svg template".split()
)
_BLOCKS = frozenset(
    "address article blockquote body dd details div dl dt fieldset figcaption figure hr html main"
    " ol p pre section summary ul".split()
)
_HEADING = re.compile(r"h[1-6]")
_SPACE = re.compile(r"\s+")


def read_page(text: Text) -> Document:
    """An HTML page; its title is its first main heading, or its `<title>`."""
    soup = BeautifulSoup(text.read(), "html.parser")
    heading = soup.find("h1") or soup.find("title")
    document = Document(_one_line(heading) if heading else "", [])
    read = "".join(_read(soup, document.left_out))
    document.blocks = list(of_lines(enumerate(read.split("\n"), 1)))
    return document


def _read(page: Tag, left_out: Counter[str]) -> Iterator[str]:
    """The text of a page with blank lines around blocks, and signs for headings and items."""
    open_tags = [(iter(page.contents), "", "")]
    while open_tags:
        children, name, closing = open_tags[-1]
        child = next(children, None)
        if child is None:
            open_tags.pop()
            yield closing
        elif isinstance(child, NavigableString):
            if not isinstance(child, PreformattedString):
                yield str(child) if name == "pre" else _SPACE.sub(" ", child)
        elif not isinstance(child, Tag) or child.name in _UNREAD:
            continue
        elif child.name == "table":
            left_out["tables"] += 1
            yield "\n\n"
        elif child.name == "br":
            yield "\n"
        elif _HEADING.fullmatch(child.name):
            yield f"\n\n# {_one_line(child)}\n\n"
        else:
            gap, inside = _gap(child.name, name)
            yield "\n- " if child.name == "li" else gap
            open_tags.append((iter(child.contents), inside, gap))


def _gap(name: str, within: str) -> tuple[str, str]:
    """What stands around a tag, and what its content is within: an item stays on one line."""
    if name == "li":
        return "", "li"
    if name not in _BLOCKS:
        return "", within
    if within == "li":
        return " ", name if name in ("ol", "ul") else "li"
    return "\n\n", name


def _one_line(tag: Tag) -> str:
    return _SPACE.sub(" ", tag.get_text(" ")).strip()
