"""What changed between two taxonomies, and which records change code because of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.study import read_study
from pipeline.tables import RECORDS, read_shard, shard_paths
from pipeline.taxonomy.compiler import Scanner
from pipeline.taxonomy.concepts import Concept, Taxonomy
from pipeline.taxonomy.read import read_taxonomy

_FIELDS = ("label", "facet", "cluster", "group", "number", "ratings", "definition", "source")
Record = tuple[str, str, str]
"""A record's id, title and abstract."""


@dataclass(frozen=True)
class Change:
    """One change of a concept: `what` is `concept`, a field, `cue` or `exclude`."""

    concept: str
    what: str
    removed: str
    added: str


@dataclass(frozen=True)
class MovedCode:
    """A record that gains or loses a concept, with the cue or exclude that decides it."""

    record_id: str
    concept: str
    gained: bool
    text: str
    because: str


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


def moved_codes(old: Taxonomy, new: Taxonomy, records: Iterable[Record]) -> Iterator[MovedCode]:
    """Records that change code, by what the cues find and the excludes take away.

    The reading rules are left out of account: they are the same for both.
    """
    touched = {change.concept for change in changes(old, new)}
    before, after = _Finder(old, touched), _Finder(new, touched)
    for record_id, title, abstract in records:
        text = f"{title}\n\n{abstract}"
        one, other = before.concepts(text), after.concepts(text)
        for concept in sorted(one.keys() ^ other.keys()):
            found, cue = one.get(concept) or other[concept]
            gained = concept in other
            because = cue if gained else after.why_not(concept, text, cue)
            yield MovedCode(record_id, concept, gained, found, because)


class _Finder:
    """Finds the concepts of a taxonomy that a change touches."""

    def __init__(self, taxonomy: Taxonomy, touched: set[str]) -> None:
        self._own = {c.id: c for c in taxonomy.concepts if c.id in touched}
        listed = [
            (c.id, excluding, cue)
            for c in self._own.values()
            for excluding, cues in ((False, c.cues), (True, c.exclude))
            for cue in cues
        ]
        self._owners = [(name, excluding, cue.text) for name, excluding, cue in listed]
        self._scanner = Scanner([cue for _, _, cue in listed])

    def concepts(self, text: str) -> dict[str, tuple[str, str]]:
        """Each concept found, with the words and the cue of its first mention."""
        hits = [(*self._owners[n], start, end) for n, start, end in self._scanner.scan(text)]
        excluded = [(name, start, end) for name, excluding, _, start, end in hits if excluding]
        found: dict[str, tuple[str, str]] = {}
        for name, excluding, cue, start, end in hits:
            inside = any(n == name and s <= start and end <= e for n, s, e in excluded)
            if not excluding and not inside:
                found.setdefault(name, (text[start:end], cue))
        return found

    def why_not(self, concept: str, text: str, cue: str) -> str:
        """Why a concept that was found with a cue is not found any more."""
        if concept not in self._own:
            return "the concept is gone"
        if cue not in {own.text for own in self._own[concept].cues}:
            return f"without the cue {cue}"
        for number, _, _ in self._scanner.scan(text):
            name, excluding, exclude = self._owners[number]
            if name == concept and excluding:
                return f"by the exclude {exclude}"
        return "by a change of its cues"


def compare(old: Path, new: Path, study: Path | None) -> str:
    """The changes between two files as lines for a terminal, with the records they move."""
    before, after = read_taxonomy(old), read_taxonomy(new)
    found = changes(before, after)
    lines = [_line(change) for change in found] or ["Both say the same."]
    if study is not None and found:
        moved = list(moved_codes(before, after, _records(study)))
        lines += ["", f"{len(moved)} codes change in {len({m.record_id for m in moved})} records:"]
        lines += [_moved_line(code) for code in moved]
    return "\n".join(lines)


def _records(study: Path) -> Iterator[Record]:
    columns = ("record_id", "title", "abstract")
    for shard in shard_paths(RECORDS, read_study(study).folder):
        table = read_shard(RECORDS, shard, columns)
        yield from zip(*(table.column(name).to_pylist() for name in columns), strict=True)


def _line(change: Change) -> str:
    if change.what == "concept":
        return f"{change.concept}: " + ("added" if change.added else "removed")
    if change.removed and change.added:
        return f"{change.concept}: {change.what}: {change.removed} -> {change.added}"
    sign, text = ("+", change.added) if change.added else ("-", change.removed)
    return f"{change.concept}: {sign} {change.what} {text}"


def _moved_line(moved: MovedCode) -> str:
    sign = "+" if moved.gained else "-"
    shown = " ".join(moved.text.split())
    return f"  {sign} {moved.record_id} {moved.concept}: “{shown}” {moved.because}"
