"""Which of many texts a few cues are found in: most are passed over by a look for a few letters."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.taxonomy.compiler import Scanner
from pipeline.taxonomy.cues import Cue, Either, Node, Phrase, beginning
from pipeline.taxonomy.folding import fold
from pipeline.taxonomy.sentences import sentence_starts
from pipeline.taxonomy.spelling import spellings


class Search:
    """Finds the texts that any of a few cues is found in.

    Parameters
    ----------
    cues : the cues.
    """

    def __init__(self, cues: Sequence[Cue]) -> None:
        self._scanner = Scanner(cues)
        self._beginnings = "|".join(sorted(_of_any(cue.node for cue in cues)))

    def places(self, texts: Sequence[str]) -> list[int]:
        """The numbers of the texts that a cue is found in, in order."""
        if not self._beginnings:
            return []
        folded = pa.array(map(fold, texts), pa.large_string())
        may_hold = pc.match_substring_regex(folded, self._beginnings, ignore_case=True)
        numbers = np.flatnonzero(may_hold).tolist()
        few = [texts[number] for number in numbers]
        hits = self._scanner.scan(few, [sentence_starts(text) for text in few])
        return [numbers[few_number] for few_number in np.unique(hits.text).tolist()]


def _of_any(nodes: Iterable[Node]) -> frozenset[str]:
    return frozenset[str]().union(*map(_beginnings, nodes))


def _beginnings(node: Node) -> frozenset[str]:
    """Beginnings of words, one of which is in every text that a part of a cue is found in."""
    if isinstance(node, Either):
        return _of_any(node.options)
    if isinstance(node, Phrase):
        needed = [frozenset(map(beginning, spellings(word.lower()))) for word in node.words]
    else:
        needed = [_beginnings(node.left), _beginnings(node.right)]
    # Long beginnings are rare ones.
    return max(needed, key=lambda words: min(map(len, words)))
