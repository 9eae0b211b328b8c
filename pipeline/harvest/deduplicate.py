"""Find the same work among the records of several sources.

Identifiers come first, then records that share a block are compared. What must never happen is a
false merge, so that every rule asks for agreement and none lets a blank agree with anything:

- The same DOI or PMID is the same work if the titles agree; conference supplements give one DOI to
  many abstracts, and then the titles do not.
- Without an identifier in common, title and authors must agree and year, place of publication or
  abstract must bear it out. Different DOIs, numbers in the title ("part 2"), or one title being a
  correction of, or a reply to, the other speak against it.
- Two records of one source are never merged unless they share an identifier: the source knows.
- A preprint and its article are two works, and are linked.

What is alike but not alike enough is listed for a person to decide. Blocking by unions of fields,
conditions that ask whether fields agree, contradict or say nothing, and leaving doubtful pairs to
people follow ASySD (Hair et al. 2023, doi:10.1186/s12915-023-01686-z) and bib-dedupe (Wagner 2024,
doi:10.21105/joss.06318).
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from rapidfuzz.fuzz import ratio, token_set_ratio

LARGEST_BLOCK = 60
"""Records in a block; a larger one ("Editorial", 2019) is only compared within its sub-blocks."""
SHORT_TITLE = 30
"""Letters; shorter titles ("Implementation science") name many works."""
_PREPRINT = re.compile(
    r"10\.1101/(?:\d{6}$|\d{4}\.\d\d\.)|10\.(?:31234|31235|31219|2139/ssrn|21203/rs|20944"
    r"|48550|26434|36227|64898)\b"
)
"""DOIs of bioRxiv, medRxiv, PsyArXiv, SocArXiv, OSF, SSRN, Research Square, Preprints and arXiv."""
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+|\b(?:i{1,3}|iv|vi{0,3}|ix)\b")
_NOTICE = re.compile(
    r"(?:author |publisher )?(?:correction|corrigendum|erratum|retraction|expression of concern)\b"
    r"|(?:reply|response|comment(?:ary)?|letter)\b.{0,40}?\b(?:to|on|re)\b|retracted\b|re\b"
)
_VERSION = re.compile(r"/v\d+$")


@dataclass(frozen=True, slots=True)
class Citation:
    """What de-duplication looks at; a blank says nothing.

    Attributes
    ----------
    name : how it is known, also in the file of decisions.
    sources : the sources, or files, that have it. Each has a work once, so that two citations of
        one source are two works.
    versions : DOIs of other versions of the work.
    """

    name: str
    sources: frozenset[str] = frozenset()
    title: str = ""
    abstract: str = ""
    authors: str = ""
    year: int | None = None
    venue: str = ""
    volume: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""
    type: str = ""
    versions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Doubt:
    """Two citations that may be one work, by index, and why that is in doubt."""

    first: int
    second: int
    similarity: int
    reason: str


@dataclass(frozen=True)
class Found:
    """What came of a comparison, by index.

    Attributes
    ----------
    groups : every citation is in exactly one; those of a group are one work.
    joins : the pairs that were joined to make the groups, and why.
    links : pairs that are versions of one work, such as a preprint and its article.
    doubts : pairs that may be one work, the most alike first; one for each two groups.
    """

    groups: tuple[tuple[int, ...], ...]
    joins: tuple[tuple[int, int, str], ...] = ()
    links: tuple[tuple[int, int], ...] = ()
    doubts: tuple[Doubt, ...] = ()


@dataclass(slots=True)
class _Folded:
    """A citation made comparable."""

    title: str
    squeezed: str
    abstract: str
    authors: frozenset[str]
    first_author: frozenset[str]
    year: int | None
    venue: str
    volume: str
    page: str
    doi: str
    pmid: str
    numbers: frozenset[str]
    notice: bool
    preprint: bool


def find(
    citations: Sequence[Citation],
    decisions: Mapping[frozenset[str], bool] | None = None,
    merge_preprints: bool = False,
) -> Found:
    """Group the citations that are one work.

    Parameters
    ----------
    citations : in any order; the groups do not depend on it. Their names are all different.
    decisions : pairs of `Citation.name` that a person decided: True for the same work.
    merge_preprints : treat a preprint and its article as one work.
    """
    decided = decisions or {}
    folded = [_fold(citation) for citation in citations]
    groups = _Groups(citations, folded, decided)
    links: list[tuple[int, int]] = []
    doubts: list[Doubt] = []
    candidates: list[tuple[int, int, int, str]] = []
    for one, other in _pairs(citations, folded, decided):
        verdict, strength, reason = _judge(
            citations[one], citations[other], folded[one], folded[other]
        )
        decision = decided.get(frozenset((citations[one].name, citations[other].name)))
        if decision is not None:
            verdict, strength = ("same" if decision else "other"), 1000
            reason = "it was decided that they are one work"
        if verdict == "same":
            candidates.append((-strength, one, other, reason))
        elif verdict == "version":
            links.append((one, other))
        elif verdict == "doubt":
            doubts.append(Doubt(one, other, strength, reason))
    joins: list[tuple[int, int, str]] = []
    candidates.sort(key=lambda c: (c[0], sorted((citations[c[1]].name, citations[c[2]].name))))
    for strength, one, other, reason in candidates:
        if groups.together(one, other):
            continue
        obstacle = groups.join(one, other, despite=strength == -1000)
        if obstacle:
            doubts.append(Doubt(one, other, min(-strength, 100), f"{reason}, but {obstacle}"))
        else:
            joins.append((one, other, reason))
    for one, other in sorted(links) if merge_preprints else ():
        if not groups.together(one, other) and not groups.join(one, other, despite=True):
            joins.append((one, other, "preprint and article"))
    return Found(
        groups.all(),
        tuple(joins),
        tuple(sorted({pair for pair in links if not groups.together(*pair)})),
        _one_each(doubts, groups),
    )


def _one_each(doubts: list[Doubt], groups: "_Groups") -> tuple[Doubt, ...]:
    """For each two groups that are still apart, the pair that is most alike."""
    best: dict[tuple[int, int], Doubt] = {}
    for doubt in sorted(doubts, key=lambda d: (-d.similarity, d.first, d.second)):
        pair = groups.of[doubt.first], groups.of[doubt.second]
        if pair[0] != pair[1]:
            best.setdefault((min(pair), max(pair)), doubt)
    return tuple(best.values())


class _Groups:
    """Groups that grow by joining two, unless something in them speaks against it."""

    def __init__(
        self,
        citations: Sequence[Citation],
        folded: Sequence[_Folded],
        decisions: Mapping[frozenset[str], bool],
    ) -> None:
        self.citations, self.folded = citations, folded
        self.apart = [pair for pair, same in decisions.items() if not same]
        self.of = list(range(len(citations)))
        self.members = {index: [index] for index in self.of}

    def together(self, one: int, other: int) -> bool:
        return self.of[one] == self.of[other]

    def join(self, one: int, other: int, despite: bool = False) -> str:
        """Join two groups; what speaks against it where they stay apart.

        `despite` different identifiers, as of versions of a work, or where it was decided.
        """
        keep, lose = sorted((self.of[one], self.of[other]))
        if keep == lose:
            return ""
        obstacle = self._obstacle(self.members[keep], self.members[lose], despite)
        if not obstacle:
            for member in self.members[lose]:
                self.of[member] = keep
            self.members[keep] += self.members.pop(lose)
        return obstacle

    def _obstacle(self, ones: list[int], others: list[int], despite: bool) -> str:
        if not despite:
            for one, other in product(ones, others):
                if _same_source(
                    self.citations[one], self.citations[other]
                ) and not _same_identifier(self.folded[one], self.folded[other]):
                    return _two_works(self.citations[one], self.citations[other])
            sides = [[self.folded[index] for index in side] for side in (ones, others)]
            for name in ("doi", "pmid"):
                known = [{getattr(item, name) for item in side} - {""} for side in sides]
                if all(known) and not _share_identifier(*sides):
                    return f"they have different {name.upper()}s"
        names = [{self.citations[index].name for index in side} for side in (ones, others)]
        for pair in self.apart:
            if len(pair) == 2 and all(pair & side for side in names):
                return "it was decided that they are two works"
        return ""

    def all(self) -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(sorted(members)) for _, members in sorted(self.members.items()))


# -- what is compared with what


def _pairs(
    citations: Sequence[Citation], folded: Sequence[_Folded], decided: Iterable[frozenset[str]]
) -> Iterator[tuple[int, int]]:
    """Pairs that share a block, each once, and all pairs that were decided."""
    blocks: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, item in enumerate(folded):
        for key in _keys(item, citations[index]):
            blocks[key].append(index)
    seen: set[int] = set()
    for key, members in blocks.items():
        for block in _small_enough(key, members, folded):
            for one, other in combinations(block, 2):
                pair = one * len(folded) + other
                if pair not in seen:
                    seen.add(pair)
                    yield one, other
    known = {citation.name: index for index, citation in enumerate(citations)} if decided else {}
    for names in decided:
        indexes = sorted(known[name] for name in names if name in known)
        if len(indexes) == 2 and indexes[0] * len(folded) + indexes[1] not in seen:
            yield indexes[0], indexes[1]


def _keys(item: _Folded, citation: Citation) -> Iterator[tuple[str, ...]]:
    """The blocks a citation belongs to."""
    if item.doi:
        yield "doi", item.doi
    yield from (("doi", doi) for doi in sorted(_versions(citation)))
    if item.pmid:
        yield "pmid", item.pmid
    if item.squeezed:
        yield "title", item.squeezed[:60]
    if item.volume and item.page and item.year:
        yield "place", item.volume, item.page, str(item.year)
    if len(item.abstract) >= 200:
        yield "abstract", item.abstract[:80]
    if item.year:
        words = sorted(set(item.title.split()), key=lambda word: (-len(word), word))[:2]
        for name in item.first_author:
            for year in (item.year, item.year + 1):
                yield from (("author", name, str(year), word) for word in words)


def _small_enough(
    key: tuple[str, ...], members: list[int], folded: Sequence[_Folded]
) -> Iterator[list[int]]:
    """A block, or where it is too large its sub-blocks of one first author or one page."""
    if len(members) <= LARGEST_BLOCK or key[0] in ("doi", "pmid"):
        yield members
        return
    smaller: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index in members:
        item = folded[index]
        for name in item.first_author:
            smaller["author", name].append(index)
        smaller["page", f"{item.volume} {item.page} {item.year}"].append(index)
    for part in smaller.values():
        yield part[: 5 * LARGEST_BLOCK]


# -- the rules


Verdict = tuple[str, int, str]
"""`same`, `version` (of one work), `doubt` or `other`; how strongly, to 100; in which words."""


def _judge(one: Citation, other: Citation, a: _Folded, b: _Folded) -> Verdict:
    """Whether two citations are one work."""
    titles = ratio(a.squeezed, b.squeezed) if a.squeezed and b.squeezed else 0.0
    authors = _authors_agree(a, b)
    if _same_identifier(a, b):
        return _with_identifier(a, b, titles, authors)
    if a.preprint != b.preprint:
        told = bool(a.doi and b.doi) and (b.doi in _versions(one) or a.doi in _versions(other))
        numbers = a.numbers == b.numbers and a.notice == b.notice
        alike = titles >= 90 and bool(authors) and numbers and _years_apart(a, b) <= 3
        return "version" if told or alike else "other", round(titles), "preprint and article"
    if titles < 70 or authors is False or a.notice != b.notice or (a.pmid and b.pmid):
        return "other", round(titles), ""
    if a.numbers != b.numbers:
        doubtful = titles >= 95 and _places_agree(a, b) and (_abstracts(a, b) or 0) >= 95
        return "doubt" if doubtful else "other", round(titles), "the titles have different numbers"
    if _same_source(one, other):
        doubtful = titles >= 97 and authors and (_abstracts(a, b) or 0) >= 90
        return "doubt" if doubtful else "other", round(titles), _two_works(one, other)
    return _by_content(a, b, titles, bool(authors))


def _by_content(a: _Folded, b: _Folded, titles: float, authors: bool) -> Verdict:
    """The verdict on two citations without an identifier in common.

    The titles must agree, and the authors, and at least one of place and abstract; nothing may
    speak against it. Where no authors are given, place and abstract must both agree.
    """
    abstracts = _abstracts(a, b)
    alike, place, years = round(titles), _places_agree(a, b), _years_apart(a, b)
    same_text, telling = (abstracts or 0) >= 85, len(a.squeezed) >= SHORT_TITLE
    if a.doi and b.doi:
        doubtful = titles >= 95 and authors and (place or same_text)
        return "doubt" if doubtful else "other", alike, "different DOIs"
    if place is False or (abstracts is not None and abstracts < 60):
        doubtful = titles >= 95 and authors and years <= 1 and (telling or same_text)
        return "doubt" if doubtful else "other", alike, "published in different places"
    same_title = titles >= 95 if telling else titles == 100
    if same_title and authors and years <= 1 and (place or same_text):
        return "same", alike, "same title and authors"
    if titles >= 85 and authors and years <= 1 and place and same_text:
        return "same", alike, "same authors, place and abstract"
    if same_title and years == 0 and place and (abstracts or 0) >= 95:
        return "same", alike, "same title, place and abstract"
    doubtful = titles >= 90 and years <= 2 and (telling or same_text or bool(place))
    return "doubt" if doubtful else "other", alike, "alike, but not enough agrees"


def _with_identifier(a: _Folded, b: _Folded, titles: float, authors: bool | None) -> Verdict:
    """The verdict on two citations with one identifier, which may be that of a whole supplement."""
    alike = not a.squeezed or not b.squeezed or titles >= 80 or _contained(a.title, b.title)
    other_page = bool(a.page and b.page and a.page != b.page)
    other_text = authors is False or (_abstracts(a, b) or 100) < 85
    if alike and not (other_page and other_text):
        return "same", 200, "same identifier"
    doubtful = alike or titles >= 50
    return "doubt" if doubtful else "other", round(titles), "same identifier, but another text"


def _abstracts(a: _Folded, b: _Folded) -> float | None:
    """How alike the abstracts are, as far as the shorter goes; None where one has none."""
    shorter = min(len(a.abstract), len(b.abstract))
    return ratio(a.abstract[:shorter], b.abstract[:shorter]) if shorter >= 40 else None


def _same_source(one: Citation, other: Citation) -> bool:
    return bool(one.sources & other.sources)


def _two_works(one: Citation, other: Citation) -> str:
    return f"{min(one.sources & other.sources)} has them as two works"


def _same_identifier(a: _Folded, b: _Folded) -> bool:
    return bool((a.doi and a.doi == b.doi) or (a.pmid and a.pmid == b.pmid))


def _share_identifier(ones: Sequence[_Folded], others: Sequence[_Folded]) -> bool:
    return any(_same_identifier(one, other) for one in ones for other in others)


def _contained(one: str, other: str) -> bool:
    """Whether a title is the other with its subtitle."""
    short, long = sorted((one, other), key=len)
    return len(short) >= 15 and token_set_ratio(short, long) == 100


def _years_apart(a: _Folded, b: _Folded) -> int:
    """Years between two citations; many where one does not say."""
    return abs(a.year - b.year) if a.year and b.year else 99


def _authors_agree(a: _Folded, b: _Folded) -> bool | None:
    """Whether the first author of each is among the authors of the other; None if one is blank."""
    if not a.authors or not b.authors:
        return None
    shared = len(a.authors & b.authors) / min(len(a.authors), len(b.authors))
    return bool(a.first_author & b.authors and b.first_author & a.authors and shared >= 0.4)


def _places_agree(a: _Folded, b: _Folded) -> bool | None:
    """Whether volume and page, or else the venue, agree; None where they say nothing."""
    venues = _venues(a, b)
    volumes = a.volume == b.volume if a.volume and b.volume else None
    pages = a.page == b.page if a.page and b.page else None
    if pages:
        return volumes is not False or venues is not False
    if pages is False or volumes is False:
        return False
    return venues


def _venues(a: _Folded, b: _Folded) -> bool | None:
    if not a.venue or not b.venue:
        return None
    return token_set_ratio(a.venue, b.venue) >= 85 or _abbreviates(a.venue, b.venue)


def _abbreviates(one: str, other: str) -> bool:
    """Whether one venue is the other with its words cut short ("j am coll cardiol")."""
    small = {"of", "the", "and", "in", "for", "on", "a", "an", "to", "der", "de", "la"}
    short, long = sorted(
        ([w for w in venue.split() if w not in small] for venue in (one, other)),
        key=lambda words: sum(map(len, words)),
    )
    return len(short) <= len(long) and all(
        word.startswith(cut[:3]) for cut, word in zip(short, long, strict=False)
    )


# -- making comparable


def _fold(citation: Citation) -> _Folded:
    title = _plain(citation.title)
    people = [_person(name) for name in citation.authors.split(";")]
    doi = _bare(citation.doi)
    return _Folded(
        title=title,
        squeezed=title.replace(" ", ""),
        abstract=_plain(citation.abstract)[:1500],
        authors=frozenset().union(*people) if people else frozenset(),
        first_author=next((person for person in people if person), frozenset()),
        year=citation.year,
        venue=_plain(citation.venue),
        volume=(re.findall(r"\d+", citation.volume) or [""])[0],
        page=_first_page(citation.pages),
        doi=doi,
        pmid=citation.pmid,
        numbers=frozenset(_NUMBER.findall(title)),
        notice=bool(_NOTICE.match(title)),
        preprint="preprint" in citation.type.lower()
        or "posted-content" in citation.type.lower()
        or _PREPRINT.match(doi) is not None,
    )


def _person(name: str) -> frozenset[str]:
    """The words of a name, without initials: of "Li, Q. Tao" they are `li` and `tao`."""
    family, comma, _ = name.partition(",")
    words = {word for word in _plain(name).split() if len(word) > 1}
    return frozenset(words | set(_plain(family).split()) if comma else words)


def _plain(text: str) -> str:
    """Small letters without accents, words separated by one blank."""
    if not text.isascii():
        text = "".join(
            c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)
        )
    return " ".join(_WORD.findall(text.lower()))


def _versions(citation: Citation) -> set[str]:
    return {_bare(doi) for doi in citation.versions}


def _bare(doi: str) -> str:
    """A DOI without the version that preprint servers put behind it."""
    return _VERSION.sub("", doi.lower())


def _first_page(pages: str) -> str:
    match = re.match(r"\s*(?:pp?\.?\s*)?([A-Za-z]*\d+)", pages)
    return match.group(1).lower().lstrip("0") if match else ""
