"""What changed between two taxonomies."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.taxonomy.concepts import Concept, Taxonomy

_FIELDS = ("label", "facet", "cluster", "group", "number", "ratings", "definition", "source")


@dataclass(frozen=True)
class Change:
    """One change of a concept: `what` is `concept`, a field, `cue` or `exclude`."""

    concept: str
    what: str
    removed: str
    added: str


def changes(old: Taxonomy, new: Taxonomy) -> list[Change]:
    """All changes from one taxonomy to another, concept by concept."""
    before, after = old.by_id(), new.by_id()
    found = []
    for name in dict.fromkeys([*before, *after]):
        one, other = before.get(name), after.get(name)
        if one is None or other is None:
            found.append(
                Change(name, "concept", one.label if one else "", other.label if other else "")
            )
        else:
            found += _concept_changes(one, other)
    return found


def _concept_changes(old: Concept, new: Concept) -> Iterator[Change]:
    for field in _FIELDS:
        one, other = getattr(old, field), getattr(new, field)
        if one != other:
            yield Change(old.id, field, str(one), str(other))
    for field, what in (("cues", "cue"), ("exclude", "exclude")):
        one = {cue.text for cue in getattr(old, field)}
        other = {cue.text for cue in getattr(new, field)}
        for text in sorted(one - other):
            yield Change(old.id, what, text, "")
        for text in sorted(other - one):
            yield Change(old.id, what, "", text)


def change_lines(found: list[Change]) -> list[str]:
    """The changes as lines for a terminal."""
    return [_line(change) for change in found] or ["Both say the same."]


def _line(change: Change) -> str:
    if change.what == "concept":
        return f"{change.concept}: " + ("added" if change.added else "removed")
    if change.removed and change.added:
        return f"{change.concept}: {change.what}: {change.removed} -> {change.added}"
    sign, text = ("+", change.added) if change.added else ("-", change.removed)
    return f"{change.concept}: {sign} {change.what} {text}"
