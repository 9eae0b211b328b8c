"""Which records of a study change code between two taxonomies, and why."""

from collections.abc import Iterator
from typing import NamedTuple

from pipeline.classify.coder import Coder, Mention, Reading
from pipeline.classify.readings import EXCLUDED, KEPT, Rules
from pipeline.classify.stage import read_texts
from pipeline.progress import track
from pipeline.study import Study
from pipeline.tables import RECORDS, shard_paths
from pipeline.taxonomy.concepts import Taxonomy


class MovedCode(NamedTuple):
    """A record that gains or loses a concept, the words that decide it, and why."""

    record_id: str
    concept: str
    gained: bool
    text: str
    because: str


def moved_codes(old: Taxonomy, new: Taxonomy, rules: Rules, study: Study) -> Iterator[MovedCode]:
    """Every code that a record gains or loses, found by reading it in full with either taxonomy."""
    before, after = Coder(old, rules), Coder(new, rules)
    shards = shard_paths(RECORDS, study.folder)
    for texts in track(map(read_texts, shards), "compare", len(shards)):
        one_side, other_side = (
            coder.read_all(texts["title"], texts["abstract"]) for coder in (before, after)
        )
        for record_id, one, other in zip(texts["record_id"], one_side, other_side, strict=True):
            for concept in sorted(set(one.concepts) - set(other.concepts)):
                text, because = _why(concept, one, other, after)
                yield MovedCode(record_id, concept, False, text, because)
            for concept in sorted(set(other.concepts) - set(one.concepts)):
                text, because = _why(concept, other, one, before)
                yield MovedCode(record_id, concept, True, text, because)


def _why(concept: str, has: Reading, lacks: Reading, lacking: Coder) -> tuple[str, str]:
    """The words of the first mention that counts on one side only, and why it does not there."""
    mention = next(m for m in has.mentions if m.concept == concept and m.reading == KEPT)
    if concept not in lacking.concepts:
        return mention.text, "the concept is only in the other taxonomy"
    there = next((m for m in lacks.mentions if m.concept == concept and _meet(m, mention)), None)
    if there is None:
        return mention.text, f"the cue {mention.cue}"
    by = "exclude" if there.reading == EXCLUDED else f"reading “{there.reading}”, rule"
    return mention.text, f"the {by} {there.rule}"


def _meet(one: Mention, other: Mention) -> bool:
    return one.field == other.field and one.start < other.end and other.start < one.end


def moved_lines(moved: list[MovedCode]) -> list[str]:
    """The moved codes as lines for a terminal: how many of each concept, then each of them."""
    records = len({code.record_id for code in moved})
    lines = ["", f"{len(moved)} codes change in {records} records:"]
    for name in sorted({code.concept for code in moved}):
        gained = sum(code.gained for code in moved if code.concept == name)
        lost = sum(not code.gained for code in moved if code.concept == name)
        lines.append(f"  {name}: {gained} gained, {lost} lost")
    lines.append("")
    return lines + [
        f"  {'+' if code.gained else '-'} {code.record_id} {code.concept}:"
        f" “{' '.join(code.text.split())}” by {code.because}"
        for code in moved
    ]
