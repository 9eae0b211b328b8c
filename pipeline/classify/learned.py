"""The learned classifier of a study at work: what a model changes in the codes of the cues.

A text that the model has learned from is coded by a model that had not seen it: the one that was
made of the other parts in cross-validation. Otherwise the codes of the very texts that coders coded
would be better than those of the rest, and every share corrected with them wrong
(Zrnic and Candès 2024, doi:10.1073/pnas.2322083121).
"""

from collections.abc import Iterable, Mapping, Sequence

from scipy.special import expit

from pipeline.classify.coder import Reading
from pipeline.classify.decisions import Said, Sheet
from pipeline.classify.features import Weigher
from pipeline.classify.model import Model
from pipeline.classify.readings import KEPT
from pipeline.taxonomy.concepts import Concept

MOST_TOLD = 5
"""Features told of a decision."""


class Learned:
    """A model at work on texts that the cues have been read in."""

    def __init__(self, model: Model, concepts: Mapping[str, Concept]) -> None:
        self.model = model
        self._concepts = concepts
        self._sheet = Sheet(concepts, model.stands_for)
        self._weigher = Weigher(model.features, model.weights, concepts)
        self._seen = {record: row for row, record in enumerate(model.records)}

    def adjust(
        self,
        records: Sequence[str],
        titles: Sequence[str],
        abstracts: Sequence[str],
        readings: Sequence[Reading],
    ) -> tuple[list[Reading], list[dict[str, float]]]:
        """What the model makes of the cues' readings of some texts.

        Returns
        -------
        The readings, and for each the probability of every concept that the model decided.
        """
        if not self.model.targets:
            return list(readings), [{} for _ in readings]
        said = self.said(records, titles, abstracts, readings)
        told = [
            self._sheet.adjusted(reading, verdicts)
            for reading, verdicts in zip(readings, said, strict=True)
        ]
        return [reading for reading, _ in told], [decided for _, decided in told]

    def said(
        self,
        records: Sequence[str],
        titles: Sequence[str],
        abstracts: Sequence[str],
        readings: Sequence[Reading],
    ) -> list[dict[str, Said]]:
        """What the model says of each target, for each text."""
        odds = self._weigher.totals(titles, abstracts, readings) + self.model.constants
        probability = expit(odds)
        present = probability >= self.model.thresholds
        for place, record in enumerate(records):
            if record in self._seen:
                row = self._seen[record]
                known = self.model.unseen_present[row] >= 0
                probability[place, known] = self.model.unseen_probability[row, known]
                present[place, known] = self.model.unseen_present[row, known] == 1
        return [
            dict(zip(self.model.targets, map(Said, *columns), strict=True))
            for columns in zip(present.tolist(), probability.tolist(), strict=True)
        ]

    def reasons(self, record: str, title: str, abstract: str, reading: Reading) -> list[str]:
        """Why the model decided as it did, a line for each target that it or the cues say is there.

        Of a text that was learned from, the features that weighed most are told of another model
        than the one that decided: of that of all coded texts.
        """
        if not self.model.targets:
            return []
        said = self.said([record], [title], [abstract], [reading])[0]
        by_cues = self._sheet.by_cues(reading)
        after, _ = self._sheet.adjusted(reading, said)
        mentioned = {m.concept for m in after.mentions if m.reading == KEPT}
        unseen, whose = "", ""
        if record in self._seen:
            unseen, whose = ", which had not seen this text", " in the model of all coded texts"
        lines = []
        for column, target in enumerate(self.model.targets):
            verdict = said[target]
            if not verdict.present and target not in by_cues:
                continue
            parts = self._weigher.parts(title, abstract, reading, column)
            weighed = _heaviest(parts, sign=1 if verdict.present else -1)
            lines.append(
                f"{target}: {'present' if verdict.present else 'absent'} by the learned classifier"
                f"{unseen}, probability {verdict.probability:.2f} (present from"
                f" {self.model.thresholds[column]:.2f})"
                + (f"; these features weighed most{whose}: {', '.join(weighed)}" if weighed else "")
                + "".join(
                    f"; without a mention that was kept, coded as {concept}"
                    for concept in after.concepts
                    if self._concepts[concept].group == target and concept not in mentioned
                )
            )
        return lines


def _heaviest(parts: Iterable[tuple[str, float]], sign: int) -> list[str]:
    """The features that spoke most for a decision, with what each added to the log odds."""
    spoke = sorted((-sign * part, name, part) for name, part in parts if sign * part > 0)
    return [f"{name} ({part:+.2f})" for _, name, part in spoke[:MOST_TOLD]]
