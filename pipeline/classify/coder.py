"""A coder: a taxonomy and its reading rules, ready to read one text after another."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from pipeline.classify.readings import EXCLUDED, KEPT, Rule, Rules
from pipeline.classify.sections import section_at, sections
from pipeline.classify.surroundings import Field, signals_of_text
from pipeline.tables import FIELDS
from pipeline.taxonomy.compiler import Hits, Scanner
from pipeline.taxonomy.concepts import (
    ACTIVE_ROLES,
    NOT_TRANSACTIONAL_IF_RELATIONAL,
    PATIENT,
    ROLES,
    Concept,
    Taxonomy,
)
from pipeline.taxonomy.cues import Cue
from pipeline.taxonomy.sentences import sentence_starts
from pipeline.taxonomy.words import WordPoints

IMPLEMENTATION = "about_implementation"
"""The score that says whether a text is about bringing something into use."""

NO_SECTION = {"title": "title", "abstract": "unlabelled"}
"""What a rule calls the section of a mention that stands in none."""


class Mention(NamedTuple):
    """A place where a cue was found: see the columns of `tables.MENTIONS`."""

    concept: str
    field: str
    start: int
    end: int
    sentence: int
    section: str
    text: str
    cue: str
    reading: str
    role: str
    rule: str


class Reading(NamedTuple):
    """What a text was found to say."""

    mentions: tuple[Mention, ...]
    concepts: tuple[str, ...]
    orientation: str
    relationship: str
    roles: str
    about_implementation: bool | None


@dataclass(slots=True)
class _Found:
    """A hit of a concept on its way to becoming a mention."""

    concept: Concept
    start: int
    end: int
    cue: str
    excluded_by: str = ""


_Fields = Sequence[tuple[Field, list[_Found]]]
"""The title and the abstract of a text, each with what was found in it."""

_ConceptCue = tuple[Concept, bool, str]
"""A concept, whether the cue excludes it, and the cue."""


class Coder:
    """Reads texts: finds the cues, drops what is excluded, and applies the reading rules."""

    def __init__(self, taxonomy: Taxonomy, rules: Rules) -> None:
        self.concepts = taxonomy.by_id()
        cues: list[Cue] = []
        self._cues: list[_ConceptCue] = []
        for concept in taxonomy.concepts:
            # Of excludes at one place the first is told: in the order of their words, so that the
            # order in which a sheet has them says nothing.
            excludes = sorted(concept.exclude, key=lambda cue: cue.text)
            for excluding, listed in ((False, concept.cues), (True, excludes)):
                cues += listed
                self._cues += [(concept, excluding, cue.text) for cue in listed]
        self._signals = [signal.id for signal in rules.signals for _ in signal.cues]
        cues += [cue for signal in rules.signals for cue in signal.cues]
        self._scanner = Scanner(cues)
        self._scores = rules.scores
        self._words = WordPoints([score.words for score in rules.scores])
        self._weighs_implementation = any(s.id == IMPLEMENTATION for s in rules.scores)
        self._rules: dict[str, tuple[Rule, ...]] = {
            concept.id: concerning
            for concept in taxonomy.concepts
            if (concerning := tuple(rule for rule in rules.rules if rule.concerns(concept)))
        }
        self._strategies = {c.id: c.group for c in taxonomy.concepts if c.facet == "strategy"}
        self._with_patients = {c.id for c in taxonomy.concepts if c.group == PATIENT}
        self._ties = {c.id for c in taxonomy.concepts if c.is_tie}

    def read(self, title: str, abstract: str) -> Reading:
        """Read one text."""
        return self.read_all([title], [abstract])[0]

    def read_all(self, titles: Sequence[str], abstracts: Sequence[str]) -> list[Reading]:
        """Read many texts at once, which is faster than one by one and finds the same."""
        by_words = self._words.totals(_whole(titles, abstracts)).tolist()
        return list(map(self._read, self._searched(titles, abstracts), by_words))

    def weighed(self, title: str, abstract: str) -> dict[str, list[tuple[str, float]]]:
        """What each signal and word of a text adds to each score.

        The row without a name is where the count begins.
        """
        signals = self._signals_of(self._searched([title], [abstract])[0])
        words = self._words.parts(_whole([title], [abstract])[0])
        return {
            score.id: [
                ("", score.begin),
                *score.parts(signals).items(),
                *((f"“{word}”", points[place]) for word, points in words),
            ]
            for place, score in enumerate(self._scores)
        }

    def _searched(self, titles: Sequence[str], abstracts: Sequence[str]) -> list[_Fields]:
        """The title and the abstract of each text, with all that was found in them."""
        texts = [*titles, *abstracts]
        starts = [sentence_starts(text) for text in texts]
        hits = self._scanner.scan(texts, starts)
        of_concepts = hits.cue < len(self._cues)
        fields = self._fields(texts, starts, hits.which(~of_concepts))
        found = self._found(hits.which(of_concepts), len(texts))
        both = list(zip(fields, found, strict=True))
        return list(map(list, zip(both[: len(titles)], both[len(titles) :], strict=True)))

    def _read(self, fields: _Fields, by_words: Sequence[float]) -> Reading:
        signals = self._signals_of(fields)
        in_text = set(signals).union(
            score.id
            for score, points in zip(self._scores, by_words, strict=True)
            if score.of(signals) + points > 0
        )
        about = IMPLEMENTATION in in_text if self._weighs_implementation else None
        return self._reading(tuple(self._mentions(fields, in_text)), about)

    def _fields(self, texts: Sequence[str], starts: Sequence[list[int]], hits: Hits) -> list[Field]:
        names = [self._signals[cue] for cue in (hits.cue - len(self._cues)).tolist()]
        begins, ends = hits.start.tolist(), hits.end.tolist()
        return [
            Field(
                FIELDS[2 * n >= len(texts)],
                texts[n],
                starts[n],
                names[low:high],
                begins[low:high],
                ends[low:high],
            )
            for n, (low, high) in enumerate(pairwise(hits.bounds(len(texts))))
        ]

    def _found(self, hits: Hits, texts: int) -> list[list[_Found]]:
        """What the cues of each concept found in each text, without overlaps."""
        columns = (
            [self._cues[cue] for cue in hits.cue.tolist()],
            hits.start.tolist(),
            hits.end.tolist(),
        )
        rows = list(zip(*columns, strict=True))
        return [
            self._apart(rows[low:high]) if low < high else []
            for low, high in pairwise(hits.bounds(texts))
        ]

    @staticmethod
    def _apart(rows: list[tuple[_ConceptCue, int, int]]) -> list[_Found]:
        cues: dict[str, list[_Found]] = {}
        excludes: dict[str, list[tuple[int, int, str]]] = {}
        for (concept, excluding, cue), start, end in rows:
            if excluding:
                excludes.setdefault(concept.id, []).append((start, end, cue))
            else:
                cues.setdefault(concept.id, []).append(_Found(concept, start, end, cue))
        for name, spans in excludes.items():
            _exclude(cues.get(name, ()), spans)
        kept = [
            hit for hits in cues.values() for hit in (hits if len(hits) == 1 else _longest(hits))
        ]
        kept.sort(key=lambda hit: (hit.start, hit.end, hit.concept.id))
        return kept

    def _mentions(self, fields: _Fields, in_text: set[str]) -> Iterator[Mention]:
        for field, hits in fields:
            labels = sections(field.text) if hits and field.name == "abstract" else []
            for hit in hits:
                section = section_at(labels, hit.start)
                reading, role, rule = self._decide(
                    hit, section or NO_SECTION[field.name], field, in_text
                )
                yield Mention(
                    hit.concept.id,
                    field.name,
                    hit.start,
                    hit.end,
                    field.sentence(hit.start),
                    section,
                    field.text[hit.start : hit.end],
                    hit.cue,
                    reading,
                    role,
                    rule,
                )

    def _signals_of(self, fields: _Fields) -> Counter[str]:
        facets = (
            f"facet:{hit.concept.facet}"
            for _, hits in fields
            for hit in hits
            if not hit.excluded_by and hit.concept.group != PATIENT
        )
        return signals_of_text([field for field, _ in fields], facets)

    def _decide(
        self, hit: _Found, section: str, field: Field, in_text: set[str]
    ) -> tuple[str, str, str]:
        """The reading of a hit, its roles, and the rules that decided them."""
        if hit.excluded_by:
            return EXCLUDED, "", hit.excluded_by
        if hit.concept.id not in self._rules:
            return KEPT, "", ""
        decided: list[str] = []
        roles: set[str] = set()
        settled = False
        signals: dict[str, set[str]] = {"text": in_text}
        for rule in self._rules[hit.concept.id]:
            if rule.decides == "reading" and settled:
                continue
            found = signals.get(rule.where)
            if found is None:
                found = signals[rule.where] = field.signals(rule.where, hit.start, hit.end)
            if not rule.holds(section, found):
                continue
            if rule.decides == "role":
                roles.add(rule.value)
            elif rule.value != KEPT:
                return rule.value, "", rule.id
            # A rule may keep a mention against the rules for the reading below it.
            settled = settled or rule.decides == "reading"
            decided.append(rule.id)
        return KEPT, _in_order(roles), ";".join(decided)

    def _reading(self, mentions: tuple[Mention, ...], about: bool | None) -> Reading:
        kept = {mention.concept for mention in mentions if mention.reading == KEPT}
        relational = not kept.isdisjoint(self._ties)
        with_patients = not kept.isdisjoint(self._with_patients) or any(
            mention.reading == PATIENT for mention in mentions
        )
        roles = {
            role
            for mention in mentions
            if mention.role and mention.concept in self._ties
            for role in mention.role.split(";")
        }
        strategies = {self._strategies[name] for name in kept if name in self._strategies}
        return Reading(
            mentions=mentions,
            concepts=tuple(sorted(kept)),
            orientation=orientation(relational and not roles.isdisjoint(ACTIVE_ROLES), strategies),
            relationship=whose(relational, with_patients),
            roles=_in_order(roles),
            about_implementation=about,
        )


def _whole(titles: Sequence[str], abstracts: Sequence[str]) -> list[str]:
    return [f"{title}\n{abstract}" for title, abstract in zip(titles, abstracts, strict=True)]


def orientation(relational: bool, strategies: Iterable[str]) -> str:
    """The orientation of a text: relational, transactional, both or none.

    A text is transactional where it names any strategy; a collaboration alone does not make a
    relational text transactional too.
    """
    counted = set(strategies)
    if relational:
        counted.discard(NOT_TRANSACTIONAL_IF_RELATIONAL)
        return "both" if counted else "relational"
    return "transactional" if counted else "none"


def _in_order(roles: set[str]) -> str:
    return ";".join(role for role in ROLES if role in roles) if roles else ""


def whose(implementer: bool, patient: bool) -> str:
    """Whose relationship a text mentions: implementer, patient, both or none."""
    if implementer:
        return "both" if patient else "implementer"
    return PATIENT if patient else "none"


def _exclude(hits: Iterable[_Found], spans: list[tuple[int, int, str]]) -> None:
    """Mark the hits that lie inside one of the spans, which come in the order of their places."""
    widest = max(end - start for start, end, _ in spans)
    begins = [start for start, _, _ in spans]
    for hit in hits:
        first, last = bisect_left(begins, hit.end - widest), bisect_right(begins, hit.start)
        hit.excluded_by = next((cue for _, end, cue in spans[first:last] if hit.end <= end), "")


def _longest(hits: list[_Found]) -> list[_Found]:
    """Hits of one concept without overlaps: those that count first, then the longest.

    Hits come in the order of their places.
    """
    if all(hit.end <= other.start for hit, other in pairwise(hits)):
        return hits

    def rank(hit: _Found) -> tuple[bool, int, int, str]:
        return bool(hit.excluded_by), hit.start - hit.end, hit.start, hit.cue

    taken: list[_Found] = []
    begins: list[int] = []
    for hit in sorted(hits, key=rank):
        # Those taken do not overlap: the last that begins before the hit's end is the last to end.
        place = bisect_left(begins, hit.end)
        if not place or taken[place - 1].end <= hit.start:
            begins.insert(place, hit.start)
            taken.insert(place, hit)
    return taken
