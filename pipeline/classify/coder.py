"""A coder: a taxonomy and its reading rules, ready to read one text after another."""

import os
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pipeline.classify.readings import EXCLUDED, KEPT, NEAR, Rule, Rules
from pipeline.classify.sections import sections
from pipeline.tables import FIELDS
from pipeline.taxonomy.compiler import Scanner
from pipeline.taxonomy.concepts import (
    ACTIVE_ROLES,
    NOT_A_RELATIONSHIP,
    NOT_TRANSACTIONAL_IF_RELATIONAL,
    PATIENT,
    ROLES,
    Concept,
    Taxonomy,
)
from pipeline.taxonomy.cues import Cue
from pipeline.taxonomy.sentences import sentence_starts

IMPLEMENTATION = "about_implementation"
"""The score that says whether a text is about bringing something into use."""

ACROSS = "across sentences"
"""The reading of a mention whose words stand in two sentences: they have nothing to do together."""

TITLE = {"title": "title", "abstract": ""}
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


def cache_folder() -> Path:
    """Where compiled automata are kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "rapport"


class Coder:
    """Reads texts: finds the cues, drops what is excluded, and applies the reading rules."""

    def __init__(self, taxonomy: Taxonomy, rules: Rules) -> None:
        self.concepts = taxonomy.by_id()
        cues: list[Cue] = []
        self._owners: list[tuple[Concept | str, bool]] = []
        for concept in taxonomy.concepts:
            for excluding, listed in ((False, concept.cues), (True, concept.exclude)):
                cues += listed
                self._owners += [(concept, excluding)] * len(listed)
        in_text = rules.in_text()
        for signal in rules.signals:
            if signal.id in in_text:
                cues += signal.cues
                self._owners += [(signal.id, False)] * len(signal.cues)
        self.scanner = Scanner(cues, cache_folder())
        self._scores = tuple(s for s in rules.scores if not in_text.isdisjoint(s.points))
        self._weighs_implementation = any(s.id == IMPLEMENTATION for s in self._scores)
        around = [(signal.id, cue) for signal in rules.signals for cue in signal.cues]
        self._signal_names = [name for name, _ in around]
        self._signals = Scanner([cue for _, cue in around], cache_folder())
        self._rules: dict[str, tuple[Rule, ...]] = {
            concept.id: tuple(rule for rule in rules.rules if rule.concerns(concept))
            for concept in taxonomy.concepts
        }

    def prepare(self) -> None:
        """Compile the automata now, so that other processes find them in the cache."""
        self.scanner.prepare()
        self._signals.prepare()

    def read(self, title: str, abstract: str) -> Reading:
        """Read one text."""
        found: list[tuple[str, str, list[int], list[_Found]]] = []
        signals: Counter[str] = Counter()
        for field, text in zip(FIELDS, (title, abstract), strict=True):
            starts, hits = self._hits(text, signals)
            if hits:
                found.append((field, text, starts, hits))
        in_text = set(signals)
        in_text.update(score.id for score in self._scores if score.of(signals) > 0)
        mentions = tuple(
            mention
            for field, text, starts, hits in found
            for mention in self._mentions(field, text, starts, hits, in_text)
        )
        about = IMPLEMENTATION in in_text if self._weighs_implementation else None
        return self._reading(mentions, about)

    def _hits(self, text: str, signals: Counter[str]) -> tuple[list[int], list[_Found]]:
        """Where sentences begin, and what the cues of each concept found there, without overlaps.

        Counts the signals of the text too.
        """
        cues: dict[str, list[_Found]] = {}
        excludes: dict[str, list[tuple[int, int, str]]] = {}
        for number, start, end in self.scanner.scan(text):
            owner, excluding = self._owners[number]
            if isinstance(owner, str):
                signals[owner] += 1
            elif excluding:
                cue = self.scanner.cues[number].text
                excludes.setdefault(owner.id, []).append((start, end, cue))
            else:
                cue = self.scanner.cues[number].text
                cues.setdefault(owner.id, []).append(_Found(owner, start, end, cue))
        if not cues:
            return [], []
        starts = sentence_starts(text)
        for concept, spans in excludes.items():
            for hit in cues.get(concept, ()):
                hit.excluded_by = next(
                    (cue for start, end, cue in spans if start <= hit.start and hit.end <= end), ""
                )
        kept = [
            hit
            for hits in cues.values()
            for hit in (hits if len(hits) == 1 else _longest(hits, starts))
        ]
        kept.sort(key=lambda hit: (hit.start, hit.end, hit.concept.id))
        for hit in kept:
            if not hit.excluded_by and hit.concept.group != PATIENT:
                signals[f"facet:{hit.concept.facet}"] += 1
        return starts, kept

    def _mentions(
        self,
        field: str,
        text: str,
        starts: list[int],
        hits: Sequence[_Found],
        in_text: set[str],
    ) -> Iterator[Mention]:
        labels = sections(text) if field == "abstract" else []
        around = _Surroundings(text, starts, self._signals, self._signal_names, in_text)
        for hit in hits:
            section = next((name for at, name in reversed(labels) if at <= hit.start), "")
            reading, role, rule = self._decide(hit, section or TITLE[field], around)
            yield Mention(
                concept=hit.concept.id,
                field=field,
                start=hit.start,
                end=hit.end,
                sentence=bisect_right(starts, hit.start) - 1,
                section=section,
                text=text[hit.start : hit.end],
                cue=hit.cue,
                reading=reading,
                role=role,
                rule=rule,
            )

    def _decide(self, hit: _Found, section: str, around: "_Surroundings") -> tuple[str, str, str]:
        """The reading of a hit, its roles, and the rules that decided them."""
        if hit.excluded_by:
            return EXCLUDED, "", hit.excluded_by
        if _cross(around.starts, hit):
            return ACROSS, "", ""
        decided: list[str] = []
        roles: set[str] = set()
        settled = False
        signals: dict[str, set[str]] = {"text": around.in_text}
        for rule in self._rules[hit.concept.id]:
            if rule.decides == "reading" and settled:
                continue
            found = signals.get(rule.where)
            if found is None:
                found = signals[rule.where] = around.signals(rule.where, hit.start, hit.end)
            if not rule.holds(section, found):
                continue
            if rule.decides == "role":
                roles.add(rule.value)
            elif rule.value != KEPT:
                return rule.value, "", rule.id
            # A rule may keep a mention against the rules for the reading below it.
            settled = settled or rule.decides == "reading"
            decided.append(rule.id)
        return KEPT, ";".join(role for role in ROLES if role in roles), ";".join(decided)

    def _reading(self, mentions: tuple[Mention, ...], about: bool | None) -> Reading:
        kept = [mention for mention in mentions if mention.reading == KEPT]
        concepts = tuple(sorted({mention.concept for mention in kept}))
        relational = [
            mention
            for mention in kept
            if (concept := self.concepts[mention.concept]).facet == "relationship"
            and concept.group not in (*NOT_A_RELATIONSHIP, PATIENT)
        ]
        with_patients = any(
            mention.reading == PATIENT
            or (mention.reading == KEPT and self.concepts[mention.concept].group == PATIENT)
            for mention in mentions
        )
        roles = {role for mention in relational for role in mention.role.split(";") if role}
        strategies = {
            self.concepts[concept].group
            for concept in concepts
            if self.concepts[concept].facet == "strategy"
        }
        return Reading(
            mentions=mentions,
            concepts=concepts,
            orientation=orientation(
                bool(relational) and not roles.isdisjoint(ACTIVE_ROLES), strategies
            ),
            relationship=_whose(bool(relational), with_patients),
            roles=";".join(role for role in ROLES if role in roles),
            about_implementation=about,
        )


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


def _whose(implementer: bool, patient: bool) -> str:
    if implementer:
        return "both" if patient else "implementer"
    return PATIENT if patient else "none"


def _cross(starts: list[int], hit: _Found) -> bool:
    """Whether a sentence begins inside a hit."""
    return bisect_right(starts, hit.start) != bisect_right(starts, hit.end - 1)


def _longest(hits: list[_Found], starts: list[int]) -> list[_Found]:
    """Hits of one concept without overlaps: those that count first, then the longest."""

    def rank(hit: _Found) -> tuple[bool, bool, int, int, str]:
        length = hit.end - hit.start
        return bool(hit.excluded_by), _cross(starts, hit), -length, hit.start, hit.cue

    taken: list[_Found] = []
    for hit in sorted(hits, key=rank):
        if all(hit.end <= other.start or other.end <= hit.start for other in taken):
            taken.append(hit)
    return taken


class _Surroundings:
    """The signals around a mention, each sentence scanned once and only when a rule asks."""

    def __init__(
        self, text: str, starts: list[int], scanner: Scanner, names: list[str], in_text: set[str]
    ) -> None:
        self._text, self.starts, self._scanner, self._names = text, starts, scanner, names
        self.in_text = in_text
        self._sentences: dict[int, list[tuple[str, int, int]]] = {}

    def signals(self, where: str, start: int, end: int) -> set[str]:
        """Names of the signals found there, for a mention from `start` to `end`."""
        number = bisect_right(self.starts, start) - 1
        if where == "neighbours":
            return {
                name
                for near in range(max(0, number - 1), min(len(self.starts), number + 2))
                for name, _, _ in self._sentence(near)
            }
        return {
            name
            for name, first, last in self._sentence(number)
            if where == "sentence"
            or (where == "before" and last <= start)
            or (where == "after" and first >= end)
            or (where == "near" and first < end + NEAR and last > start - NEAR)
            or (where == "following" and first < end + NEAR and first >= start)
            or (where == "mention" and first < end and last > start)
        }

    def _sentence(self, number: int) -> list[tuple[str, int, int]]:
        if number not in self._sentences:
            low = self.starts[number]
            high = self.starts[number + 1] if number + 1 < len(self.starts) else len(self._text)
            self._sentences[number] = [
                (self._names[cue], low + start, low + end)
                for cue, start, end in self._scanner.scan(self._text[low:high])
            ]
        return self._sentences[number]
