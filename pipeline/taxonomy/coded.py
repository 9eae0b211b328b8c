"""The taxonomy of a study, where it is still the one that its texts were coded with."""

from pipeline import manifest
from pipeline.errors import RapportError
from pipeline.study import Study
from pipeline.taxonomy.concepts import Taxonomy
from pipeline.taxonomy.read import read_taxonomy


def taxonomy_as_coded(study: Study, rated: bool = True) -> Taxonomy:
    """The taxonomy of a study.

    Parameters
    ----------
    rated : whether the rating that the study names is needed.

    Raises
    ------
    RapportError
        where classify has not finished, or the taxonomy was edited since or lacks the rating.
    """
    classified = manifest.require(study.folder, "classify")
    taxonomy = read_taxonomy(study.taxonomy)
    if classified["taxonomy"]["hash"] != taxonomy.hash:
        raise RapportError(
            "the taxonomy was edited since the texts were coded",
            where=study.taxonomy,
            cure="Run `rapport classify`",
        )
    ratings = sorted({name for concept in taxonomy.concepts for name in concept.ratings})
    if rated and study.rating not in ratings:
        raise RapportError(
            f"[study] rating is {study.rating!r}, which is no column of {study.taxonomy}",
            where=study.path,
            cure=f"Choose one of {', '.join(ratings)}",
        )
    return taxonomy
