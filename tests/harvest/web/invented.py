"""Invented works, as many as a test wants, that no database has."""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

_WHO = "nurse teacher coach facilitator leader partner broker neighbour caseworker midwife".split()
_HOW = "patient slow careful steady shared quiet early mutual candid regular".split()
_WHAT = "trust rapport candour credibility warmth listening kindness respect humility".split()
_WHERE = "harbour valley island orchard meadow lighthouse quarry mill ferry bakery".split()
_FAMILY = "Roe Poe Loe Moe Noe Zoe Foe Joe Koe Voe".split()
_GIVEN = "Rita Paul Lena Mira Nora Zita Fred Jana Karl Vera".split()
_VENUES = ("Journal of Made Up Things", "Annals of Nowhere", "Imaginary Practice")


@dataclass(frozen=True)
class Invented:
    """One work, with everything that any source may tell of it."""

    number: int
    title: str
    background: str
    methods: str
    year: int
    added: date
    venue: str
    volume: str
    pages: str
    authors: tuple[tuple[str, str], ...]
    keywords: tuple[str, ...]
    doi: str
    pmid: str
    language: str = "en"
    preprint: bool = False
    retracted: bool = False
    abstract: bool = True
    article_doi: str = ""

    @property
    def text(self) -> str:
        """The abstract as it should come out of every source that keeps labels."""
        return f"Background: {self.background}\nMethods: {self.methods}" if self.abstract else ""


def invented(count: int, seed: int = 1) -> list[Invented]:
    """So many works, the same for the same seed; each names implementation and trust."""
    dice = random.Random(seed)
    return [_work(number, dice) for number in range(1, count + 1)]


def _work(number: int, dice: random.Random) -> Invented:
    who, how, what, where = (dice.choice(words) for words in (_WHO, _HOW, _WHAT, _WHERE))
    other = dice.choice(_WHERE)
    year = 2012 + dice.randrange(13)
    return Invented(
        number=number,
        title=f"On {how} {what} of the {who} at {where} {number} in implementation",
        background=f"In the {where} near {other}, implementation strategies in child welfare need trust; p < .05 in {number}.",
        methods=f"A {how} {who} & {number} colleagues asked about {what} between those who help.",
        year=year,
        added=date(year, 1, 1) + timedelta(days=dice.randrange(365)),
        venue=dice.choice(_VENUES),
        volume=str(1 + number % 40),
        pages=f"{number * 7}-{number * 7 + 6}",
        authors=tuple(
            (dice.choice(_FAMILY) + "ova" * (number % 3), dice.choice(_GIVEN)) for _ in range(2)
        ),
        keywords=("trust", where),
        doi=f"10.9999/made.{number}",
        pmid=str(99_000_000 + number),
    )


def with_troubles(works: list[Invented]) -> list[Invented]:
    """The same works with what real ones have: retracted, without abstract, preprint, German."""
    return [
        replace(
            work,
            retracted=work.number % 17 == 3,
            abstract=work.number % 11 != 4,
            language="de" if work.number % 13 == 5 else "en",
        )
        for work in works
    ]
