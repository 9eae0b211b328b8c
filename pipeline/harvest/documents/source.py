"""Sources of kind `documents`: practice texts, cut into passages."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import RapportError
from pipeline.harvest.documents.blocks import Document, without_noise
from pipeline.harvest.documents.markdown import read_markdown, read_plain
from pipeline.harvest.documents.passages import cut, is_fragment
from pipeline.harvest.documents.pdf import read_pdf
from pipeline.harvest.documents.web_page import read_page
from pipeline.harvest.documents.word import read_word
from pipeline.harvest.entries import Broken, Entry, Item, Note
from pipeline.harvest.reading import input_files, open_text
from pipeline.study import Source

PASSAGE_WORDS = 250
"""Most words of a passage, unless the study says otherwise."""

_LEAST_PASSAGE_WORDS = 60

READERS: dict[str, Callable[[Path], Document]] = {
    ".docx": read_word,
    ".htm": lambda path: read_page(open_text(path)),
    ".html": lambda path: read_page(open_text(path)),
    ".markdown": lambda path: read_markdown(open_text(path)),
    ".md": lambda path: read_markdown(open_text(path)),
    ".pdf": read_pdf,
    ".txt": lambda path: read_plain(open_text(path)),
}
"""What reads each kind of document, by the ending of its name."""


def read(source: Source) -> Iterator[Item]:
    """The passages of a source's documents, in the order of their names and of reading.

    One document among several that cannot be read is one broken entry.

    Raises
    ------
    RapportError
        where the only document cannot be read, the folder has none, or `passage_words` is wrong.
    """
    most_words = _passage_words(source.options.get("passage_words", PASSAGE_WORDS))
    path: Path = source.options["path"]
    documents = input_files(source)
    if not documents:
        raise RapportError(
            "has no documents", where=path, cure=f"Put some there: {', '.join(sorted(READERS))}"
        )
    left_out: Counter[str] = Counter()
    for each in documents:
        name = each.relative_to(path).as_posix() if path.is_dir() else each.name
        try:
            yield from _passages(each, name, most_words, left_out)
        except RapportError as error:
            if len(documents) == 1:
                raise
            yield Broken(name, ". ".join(filter(None, (error.what, error.cure))))
    if left_out:
        told = ", ".join(f"{kind} ({count})" for kind, count in sorted(left_out.items()))
        yield Note(source.name, f"left out as noise: {told}")


def _passage_words(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= _LEAST_PASSAGE_WORDS:
        return value
    raise RapportError(
        f"passage_words is {value!r}",
        cure=f"Give the most words of a passage, {_LEAST_PASSAGE_WORDS} or more",
    )


def _passages(path: Path, name: str, most_words: int, left_out: Counter[str]) -> Iterator[Entry]:
    reader = READERS.get(path.suffix.casefold())
    if reader is None:
        raise RapportError(
            f"is no document that can be read ({path.suffix or 'no ending'})",
            where=path,
            cure=f"Save it as {', '.join(sorted(READERS))}",
        )
    document = without_noise(reader(path))
    left_out.update(document.left_out)
    unit = "page" if path.suffix.casefold() == ".pdf" else "line"
    number = 0
    for passage in cut(document.blocks, most_words):
        if is_fragment(passage):
            left_out["fragments"] += 1
            continue
        number += 1
        yield Entry(
            place=f"{name}, {unit} {passage.line}",
            title=document.title or path.stem,
            abstract=passage.text,
            source_id=f"{name}#{number}",
            document=name,
        )
    if not number:
        raise RapportError("has no passage of text", where=path, cure="See whether it opens")
