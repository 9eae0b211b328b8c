"""What the cues decide of a text, as the columns of a coding sheet, and how a model changes it.

A model decides what coders decide: whether a text is about implementation, whether a group of
strategies or of ways of relating is in it, whose relationship it mentions, and in which role. A
code stays a concept of the taxonomy, so that all that counts concepts can count it:

- where the model says that a group is absent, its kept mentions become `overruled`;
- where it says that it is present, what the cues kept of the group is coded; else what they found
  and did not keep; else, without any mention, the concept that stands for the group;
- a text that is not about implementation has no strategy and no relationship of those who
  implement; one that is has what the cues had found and set aside for this alone;
- a text without a relationship of those who implement has no way of relating and no role.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pipeline.classify.coder import Mention, Reading, orientation, whose
from pipeline.classify.readings import KEPT
from pipeline.taxonomy.concepts import (
    ACTIVE_ROLES,
    IMPLEMENTATION,
    IMPLEMENTER,
    PATIENT,
    ROLE_COLUMNS,
    ROLES,
    WITH_PATIENT,
    Concept,
    Taxonomy,
)

SET_ASIDE = "no implementation"
"""The reading of a mention in a text that is not about implementation."""

OVERRULED, LEARNED = "overruled", "learned"
"""The reading of a mention that the model set aside, and the rule that it or another one names."""

# What kind of code a concept is: a strategy, a tie between people, another way of relating (which
# speaks of no relationship by itself), or about patients.
_STRATEGY, _TIE, _OTHER, _PATIENT = "strategy", "tie", "other", "patient"


class Said(NamedTuple):
    """What a model says of one target in one text."""

    present: bool
    probability: float


def targets(taxonomy: Taxonomy) -> tuple[str, ...]:
    """What a model may decide, in the order of a coding sheet."""
    groups: dict[str, dict[str, None]] = {"strategy": {}, "relationship": {}}
    for concept in taxonomy.concepts:
        if concept.facet in groups and concept.group not in ("", PATIENT):
            groups[concept.facet][concept.group] = None
    return (
        IMPLEMENTATION,
        *groups["strategy"],
        *groups["relationship"],
        IMPLEMENTER,
        WITH_PATIENT,
        *ROLE_COLUMNS,
    )


class Sheet:
    """The concepts of a taxonomy as what coders would code.

    Parameters
    ----------
    stands_for : the concept that stands for each group that is coded without a mention.
    """

    def __init__(
        self, concepts: Mapping[str, Concept], stands_for: Mapping[str, str] | None = None
    ) -> None:
        self._kind = {name: _kind(concept) for name, concept in concepts.items()}
        self._group = {name: concept.group for name, concept in concepts.items()}
        self._stands_for = stands_for or {}

    def by_cues(self, reading: Reading) -> set[str]:
        """The targets that a reading says are present."""
        kinds = {concept: self._kind[concept] for concept in reading.concepts}
        found = {self._group[c] for c, kind in kinds.items() if kind and kind != _PATIENT}
        found.discard("")
        found.update(f"role_{role}" for role in reading.roles.split(";") if role)
        if reading.relationship in ("implementer", "both"):
            found.add(IMPLEMENTER)
        if reading.relationship in ("patient", "both"):
            found.add(WITH_PATIENT)
        about = reading.about_implementation
        if about is None:
            about = IMPLEMENTER in found or _STRATEGY in kinds.values()
        if about:
            found.add(IMPLEMENTATION)
        return found

    def adjusted(
        self, reading: Reading, said: Mapping[str, Said]
    ) -> tuple[Reading, dict[str, float]]:
        """A reading as a model changes it, and the probability of each concept that it decided."""
        absent = {target for target, (present, _) in said.items() if not present}
        about = said.get(IMPLEMENTATION)
        mentions = self._settled(reading.mentions, absent, taken_back=bool(about and about.present))
        kept = [mention for mention in mentions if mention.reading == KEPT]
        coded = {mention.concept for mention in kept}
        coded.update(self._without_mention(mentions, coded, said, absent))
        strategies, ties = self._of(_STRATEGY, coded), self._of(_TIE, coded)
        implementer = said[IMPLEMENTER].present if IMPLEMENTER in said else bool(ties)
        implementer = implementer and IMPLEMENTATION not in absent
        roles = self._roles(kept, said) if implementer else ()
        patient = any(
            m.reading == PATIENT or (m.reading == KEPT and self._kind[m.concept] == _PATIENT)
            for m in mentions
        )
        if WITH_PATIENT in said:
            patient = said[WITH_PATIENT].present
        return (
            Reading(
                mentions=mentions,
                concepts=tuple(sorted(coded)),
                orientation=orientation(
                    any(role in ACTIVE_ROLES for role in roles),
                    {self._group[c] for c in strategies},
                ),
                relationship=whose(implementer, patient),
                roles=";".join(roles),
                about_implementation=about.present if about else reading.about_implementation,
            ),
            self._probabilities(coded, reading.concepts, said),
        )

    def _of(self, kind: str, coded: Iterable[str]) -> list[str]:
        return [concept for concept in coded if self._kind[concept] == kind]

    def _denied(self, concept: str, absent: set[str]) -> bool:
        """Whether the model says that a concept is not in the text."""
        kind = self._kind[concept]
        if kind == _PATIENT:
            return WITH_PATIENT in absent
        if not kind:
            return False
        return (
            IMPLEMENTATION in absent
            or self._group[concept] in absent
            or (kind == _TIE and IMPLEMENTER in absent)
        )

    def _settled(
        self, mentions: Iterable[Mention], absent: set[str], taken_back: bool
    ) -> tuple[Mention, ...]:
        """The mentions as the model leaves them."""
        settled = []
        for mention in mentions:
            if mention.reading == KEPT and absent and self._denied(mention.concept, absent):
                mention = mention._replace(reading=OVERRULED, role="", rule=LEARNED)
            elif (
                taken_back
                and mention.reading == SET_ASIDE
                and not self._denied(mention.concept, absent)
            ):
                mention = mention._replace(reading=KEPT, rule=LEARNED)
            settled.append(mention)
        return tuple(settled)

    def _without_mention(
        self,
        mentions: Iterable[Mention],
        coded: Iterable[str],
        said: Mapping[str, Said],
        absent: set[str],
    ) -> list[str]:
        """A concept for each group that the model says is present, and no kept mention is of."""
        wanted = {g for g in self._stands_for if g in said and g not in absent}
        wanted.difference_update(self._group[concept] for concept in coded)
        if not wanted:
            return []
        instead = {group: self._stands_for[group] for group in wanted}
        found: set[str] = set()
        for mention in mentions:
            group = self._group[mention.concept]
            if group in wanted and group not in found:
                found.add(group)
                instead[group] = mention.concept
        return [concept for concept in instead.values() if not self._denied(concept, absent)]

    def _roles(self, kept: Iterable[Mention], said: Mapping[str, Said]) -> tuple[str, ...]:
        """The roles of the relationship: as the model says, else as the mentions were read."""
        read = {r for m in kept if self._kind[m.concept] == _TIE for r in m.role.split(";")}
        return tuple(
            role
            for role in ROLES
            if (said[f"role_{role}"].present if f"role_{role}" in said else role in read)
        )

    def _probabilities(
        self, coded: Iterable[str], by_cues: Sequence[str], said: Mapping[str, Said]
    ) -> dict[str, float]:
        """The probability of each code that the model decided: its group's, or implementation's."""
        decided = {}
        for concept in coded:
            group = self._group[concept]
            if group in said and self._kind[concept]:
                decided[concept] = said[group].probability
            elif concept not in by_cues and IMPLEMENTATION in said:
                decided[concept] = said[IMPLEMENTATION].probability
        return decided


def _kind(concept: Concept) -> str:
    """The kind of a concept; empty for what is no code of the coding sheet."""
    if concept.facet == "strategy":
        return _STRATEGY
    if concept.facet != "relationship":
        return ""
    if concept.group == PATIENT:
        return _PATIENT
    return _TIE if concept.is_tie else _OTHER
