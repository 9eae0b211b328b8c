"""The tables that pass between stages: their columns, their places, how they are read and written.

Every stage writes its tables through `write_table` or `write_shard` and reads those of earlier
stages through `read_table` or `read_shards`, which check the columns. `TABLES` is the only place
where a column is declared; the README's data dictionary and `datapackage.json` are made from it.

A table of texts (records, mentions, codes, orientation) is a folder of Parquet shards,
`00000.parquet`, `00001.parquet`, ...: the shard of a stage holds what came of the shard of the
same number of the stage before it, so that memory depends on the shard and not on the corpus.
Any other table is one Parquet file with a CSV twin for people.
"""

import csv
import glob
import hashlib
import io
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import Halt, RapportError

SHARD_ROWS = 4_000
"""Records in a shard: a few megabytes of text."""

CORPORA = ("research", "practice")
FIELDS = ("title", "abstract")


@dataclass(frozen=True)
class Column:
    """One column: its name, its Arrow type, what it means, and its unit where it has one."""

    name: str
    type: pa.DataType
    meaning: str
    unit: str = ""
    required: bool = True


@dataclass(frozen=True)
class Table:
    """A table that passes between stages. `sharded` tables are folders of Parquet files."""

    name: str
    stage: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    sharded: bool = False

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the table."""
        return pa.schema([pa.field(c.name, c.type, nullable=not c.required) for c in self.columns])


TEXT, WORD, COUNT, SHARE = pa.string(), pa.string(), pa.int64(), pa.float64()
PLACE = pa.int32()


def _with_interval(name: str, meaning: str, how: str = "resampling texts") -> tuple[Column, ...]:
    """A figure with the two ends of its 95% interval; empty where it cannot be told."""
    return (
        Column(name, SHARE, meaning, required=False),
        Column(f"{name}_low", SHARE, f"lower end of its 95% interval ({how})", required=False),
        Column(f"{name}_high", SHARE, "upper end of its 95% interval", required=False),
    )


def _share_of(name: str, meaning: str) -> tuple[Column, ...]:
    """A share of texts with the two ends of its 95% interval; empty where there is no text."""
    return (
        Column(name, SHARE, meaning, "share", required=False),
        Column(
            "low",
            SHARE,
            "lower end of its 95% interval (Wilson 1927; passages by how documents differ)",
            "share",
            required=False,
        ),
        Column("high", SHARE, "upper end of its 95% interval", "share", required=False),
    )


_RECORD_ID = Column(
    "record_id",
    TEXT,
    "identifier that stays the same across runs: doi:, pmid: or text: and a value",
)
_CORPUS = Column("corpus", WORD, "research or practice")

RECORDS = Table(
    "records",
    "harvest",
    "one row for each text that was kept, duplicates merged",
    (
        _RECORD_ID,
        _CORPUS,
        Column("source", WORD, "name of the source in the study that gave the record first"),
        Column("source_id", TEXT, "identifier in that source, or file and entry number"),
        Column("document", TEXT, "practice text that a passage was cut from", required=False),
        Column("title", TEXT, "title, in Unicode normal form C; empty where there is none"),
        Column("abstract", TEXT, "abstract or passage, in Unicode normal form C"),
        Column("year", pa.int32(), "year of publication", "year", required=False),
        Column("venue", TEXT, "journal, conference or publisher", required=False),
        Column("authors", TEXT, "authors, separated by semicolons", required=False),
        Column("keywords", TEXT, "keywords, separated by semicolons", required=False),
        Column("doi", TEXT, "DOI in lower case, without address", required=False),
        Column("pmid", TEXT, "PubMed identifier", required=False),
        Column("language", WORD, "language as the source names it", required=False),
        Column("type", WORD, "kind of publication as the source names it", required=False),
        Column("url", TEXT, "web address", required=False),
    ),
    ("record_id",),
    sharded=True,
)

REJECTED = Table(
    "rejected",
    "harvest",
    "every entry that was received and not kept as a record of its own",
    (
        Column("source", WORD, "name of the source in the study"),
        Column("place", TEXT, "file and line, or identifier in the source"),
        Column("outcome", WORD, "merged (into another record) or rejected"),
        Column("reason", TEXT, "why, in words"),
        Column("record_id", TEXT, "record it was merged into", required=False),
        Column("title", TEXT, "title, where there was one", required=False),
    ),
    (),
)

FIELD_SOURCES = Table(
    "field_sources",
    "harvest",
    "for each record that several sources gave, the source of each of its fields",
    (
        _RECORD_ID,
        *(
            Column(column.name, WORD, f"source that gave the {column.name}", required=False)
            for column in RECORDS.columns
            if column.name not in ("record_id", "corpus", "source", "source_id", "document")
        ),
    ),
    ("record_id",),
)

VERSIONS = Table(
    "versions",
    "harvest",
    "pairs of records that are versions of one work: a preprint and its article",
    (
        Column("record_id", TEXT, "one of the two, in the order of the records"),
        Column("version_of", TEXT, "the other"),
    ),
    ("record_id", "version_of"),
)

DOUBTFUL_PAIRS = Table(
    "doubtful_pairs",
    "harvest",
    "pairs of records that may be one work; what a person decides here is kept and obeyed",
    (
        Column("same", WORD, "to be filled in: yes or no", required=False),
        Column("similarity", PLACE, "how alike the titles are, from 0 to 100"),
        Column("reason", TEXT, "why it is doubtful, in words"),
        Column("first", TEXT, "one of the two records"),
        Column("second", TEXT, "the other"),
        *(
            Column(f"{which}_{name}", TEXT, f"{name} of the {which}", required=False)
            for name in ("title", "authors", "year", "venue", "doi")
            for which in ("first", "second")
        ),
    ),
    ("first", "second"),
)
"""A CSV that people fill in, and the harvest reads: there is no Parquet of it."""

MENTIONS = Table(
    "mentions",
    "classify",
    "one row for each place where a cue was found, kept or not",
    (
        _RECORD_ID,
        Column("concept", WORD, "concept in the taxonomy"),
        Column("field", WORD, "title or abstract"),
        Column("start", PLACE, "first character of the mention in the field", "characters"),
        Column("end", PLACE, "character after the last", "characters"),
        Column("sentence", PLACE, "number of the sentence in the field, from 0"),
        Column("section", WORD, "section of a structured abstract, or empty"),
        Column("text", TEXT, "the words as they stand"),
        Column("cue", TEXT, "the cue of the taxonomy that found them"),
        Column("reading", WORD, "kept, or why not; overruled where the learned classifier says no"),
        Column("role", WORD, "roles of a relationship, separated by semicolons, or empty"),
        Column("rule", WORD, "the rule that decided the reading and the role, or empty"),
    ),
    ("record_id", "concept", "field", "start", "end"),
    sharded=True,
)

CODES = Table(
    "codes",
    "classify",
    "one row for each concept that a record is coded with",
    (
        _RECORD_ID,
        Column("concept", WORD, "concept in the taxonomy"),
        Column(
            "decided_by",
            WORD,
            "cue, model or coder. A model decides groups: where it found no mention of one that was"
            " kept, it is coded as the group's concept that coded texts name most",
        ),
        Column("probability", SHARE, "probability of the code; 1 where a cue or coder decided"),
    ),
    ("record_id", "concept"),
    sharded=True,
)

ORIENTATION = Table(
    "orientation",
    "classify",
    "one row for each record, coded or not",
    (
        _RECORD_ID,
        _CORPUS,
        Column("year", pa.int32(), "year of publication", "year", required=False),
        Column("document", TEXT, "practice text that a passage was cut from", required=False),
        Column("orientation", WORD, "relational, transactional, both or none"),
        Column(
            "relationship",
            WORD,
            "whose relationship is mentioned: implementer, patient, both or none",
        ),
        Column("roles", WORD, "roles of the relationship, separated by semicolons"),
        Column(
            "about_implementation",
            pa.bool_(),
            "whether the text is about bringing something into use, or keeping it there; empty"
            " where no score says so",
            required=False,
        ),
    ),
    ("record_id",),
    sharded=True,
)

PAIRS = Table(
    "pairs",
    "graph",
    "one row for each pair of concepts, corpus and unit, met or not",
    (
        Column("concept_a", WORD, "first concept, in alphabetical order"),
        Column("concept_b", WORD, "second concept"),
        _CORPUS,
        Column("unit", WORD, "abstract or sentence"),
        Column("n_a", COUNT, "units that name the first", "texts or sentences"),
        Column("n_b", COUNT, "units that name the second", "texts or sentences"),
        Column("n_ab", COUNT, "units that name both", "texts or sentences"),
        Column(
            "n",
            COUNT,
            "units in the corpus, sentences told by their end marks",
            "texts or sentences",
        ),
        Column("expected", SHARE, "units that would name both if the two were independent"),
        Column("association_strength", SHARE, "observed over expected (van Eck and Waltman 2009)"),
        Column(
            "npmi", SHARE, "normalised pointwise mutual information (Bouma 2009)", required=False
        ),
        Column("jaccard", SHARE, "share of units with either that have both"),
        Column("g2", SHARE, "log-likelihood ratio (Dunning 1993), negative where they meet less"),
        Column("p", SHARE, "Fisher's exact probability, two-sided"),
        Column("q", SHARE, "p adjusted by Benjamini and Hochberg within corpus and unit"),
        Column(
            "backbone_p",
            SHARE,
            "disparity filter (Serrano and colleagues 2009): for drawing, not for tests",
            required=False,
        ),
    ),
    ("concept_a", "concept_b", "corpus", "unit"),
)

NODES = Table(
    "nodes",
    "graph",
    "one row for each concept and corpus",
    (
        Column("concept", WORD, "concept in the taxonomy"),
        _CORPUS,
        Column("label", TEXT, "name of the concept"),
        Column("facet", WORD, "strategy, relationship, outcome, determinant, setting or actor"),
        Column("cluster", TEXT, "cluster within the facet"),
        Column("orientation", WORD, "relational, mixed, transactional or empty"),
        Column("n", COUNT, "texts that name it", "texts"),
        Column("n_sentences", COUNT, "sentences that name it", "sentences"),
        Column(
            "with_relationship",
            COUNT,
            "of these, texts that mention a relationship of supporters and implementers",
            "texts",
        ),
        Column(
            "unmentioned",
            SHARE,
            "share of its texts in which no such relationship is mentioned",
            "share",
            required=False,
        ),
        Column(
            "community",
            PLACE,
            "community in the co-occurrence graph, from 0; -1 where it stands alone",
        ),
        Column("first_year", pa.int32(), "first year it is named", "year", required=False),
        Column("last_year", pa.int32(), "last year it is named", "year", required=False),
        Column(
            "betweenness",
            SHARE,
            "share of shortest paths between other concepts that run through it (Freeman 1977)",
            "share",
            required=False,
        ),
        Column(
            "constraint",
            SHARE,
            "Burt's constraint (1992): low where it bridges concepts that do not meet",
            required=False,
        ),
        Column("x", SHARE, "place in the drawn graph, from left to right", required=False),
        Column("y", SHARE, "place in the drawn graph, from bottom to top", required=False),
    ),
    ("concept", "corpus"),
)

GAPS = Table(
    "gaps",
    "gaps",
    "how often a relationship goes unmentioned, for each thing asked",
    (
        Column(
            "question",
            WORD,
            "strategy, cluster, outcome, determinant, setting, actor, year, all, all_contact"
            " (strategies that need contact between people) or implementation",
        ),
        Column("concept", WORD, "concept, cluster or year that is asked about; empty for all"),
        Column("by", WORD, "what is crossed with it: a facet or year; empty where nothing is"),
        Column("by_value", WORD, "concept or year crossed with it; empty where none"),
        _CORPUS,
        Column(
            "n",
            COUNT,
            "texts that name it and a strategy; for implementation, texts that are about it",
            "texts",
        ),
        Column(
            "with_relationship",
            COUNT,
            "of these, texts that mention a relationship of supporters and implementers",
            "texts",
        ),
        *_share_of("unmentioned", "share of them that mention none"),
        Column(
            "corrected",
            SHARE,
            "share corrected for coding error with a coded sample",
            "share",
            required=False,
        ),
        Column("corrected_low", SHARE, "lower end of its 95% interval", "share", required=False),
        Column("corrected_high", SHARE, "upper end of its 95% interval", "share", required=False),
    ),
    ("question", "concept", "by", "by_value", "corpus"),
)

SILENCES = Table(
    "silences",
    "gaps",
    "pairs of concepts tested against a null with both margins fixed",
    (
        Column("concept_a", WORD, "first concept, in alphabetical order"),
        Column("concept_b", WORD, "second concept"),
        Column("kind", WORD, "relational-transactional, or the two facets"),
        _CORPUS,
        Column("n_a", COUNT, "texts that name the first", "texts"),
        Column("n_b", COUNT, "texts that name the second", "texts"),
        Column("n_ab", COUNT, "texts that name both", "texts"),
        Column("expected", SHARE, "texts expected to name both, both margins fixed", "texts"),
        Column("sd", SHARE, "standard deviation of that number by chance", "texts", False),
        Column("ratio", SHARE, "observed over expected", required=False),
        Column("p_under", SHARE, "probability of so few or fewer under the null"),
        Column("p_over", SHARE, "probability of so many or more under the null"),
        Column("q", SHARE, "p_under adjusted over all testable pairs", required=False),
        Column("q_over", SHARE, "p_over adjusted over all pairs", required=False),
        Column(
            "verdict",
            WORD,
            "never mentioned, under-mentioned, consistent with chance, over-mentioned, untestable",
        ),
        Column(
            "detectable_ratio",
            SHARE,
            "mildest silence, as observed over expected, that would be found with 80% power",
            required=False,
        ),
        Column(
            "vanishes_without",
            TEXT,
            "of a silence, each rating, year, source or cue that it would not stand without",
            required=False,
        ),
        Column(
            "expected_by_facet",
            SHARE,
            "texts expected to name both where each text also keeps how many concepts of each"
            " facet it names",
            "texts",
            required=False,
        ),
        Column(
            "q_by_facet",
            SHARE,
            "q where each text also keeps how many concepts of each facet it names",
            required=False,
        ),
        Column(
            "verdict_by_facet",
            WORD,
            "verdict where each text also keeps how many concepts of each facet it names",
            required=False,
        ),
    ),
    ("concept_a", "concept_b", "corpus"),
)

_CONTRAST = (
    Column("difference", SHARE, "practice less research", "share", required=False),
    Column(
        "difference_low",
        SHARE,
        "lower end of its 95% interval (Newcombe 1998; by document for practice)",
        "share",
        required=False,
    ),
    Column("difference_high", SHARE, "upper end of its 95% interval", "share", required=False),
    *_with_interval(
        "odds_ratio", "odds in practice over odds in research", "Woolf 1955; by document"
    ),
    *_with_interval(
        "stratified_odds_ratio",
        "the same among texts alike in how many other concepts they name and, where both corpora"
        " have years, in year (Mantel and Haenszel 1959)",
        "Robins and colleagues 1986; by document",
    ),
)

COMPARISON = Table(
    "comparison",
    "gaps",
    "how often research and practice name each concept, in texts that name a strategy",
    (
        Column("concept", WORD, "concept in the taxonomy"),
        Column("facet", WORD, "its facet"),
        Column("research_n", COUNT, "research texts that name it and a strategy", "texts"),
        Column("research_total", COUNT, "research texts that name any strategy", "texts"),
        Column("practice_n", COUNT, "practice passages that name it and a strategy", "passages"),
        Column("practice_total", COUNT, "practice passages that name any strategy", "passages"),
        Column("research_share", SHARE, "first over second", "share", required=False),
        Column("practice_share", SHARE, "third over fourth", "share", required=False),
        *_CONTRAST,
        Column(
            "research_unmentioned",
            SHARE,
            "share of research texts with it and no relationship",
            "share",
            required=False,
        ),
        Column(
            "practice_unmentioned",
            SHARE,
            "share of practice passages with it and no relationship",
            "share",
            required=False,
        ),
    ),
    ("concept",),
)

CONTRASTS = Table(
    "contrasts",
    "gaps",
    "how often research and practice leave relationships unmentioned, for each thing asked",
    (
        Column(
            "question",
            WORD,
            "strategy, cluster, outcome, determinant, setting, actor, all or all_contact",
        ),
        Column("concept", WORD, "concept or cluster that is asked about; empty for all"),
        Column("research_n", COUNT, "research texts that name it and a strategy", "texts"),
        Column("practice_n", COUNT, "practice passages that name it and a strategy", "passages"),
        Column(
            "research_unmentioned",
            SHARE,
            "share of the research texts that mention no relationship",
            "share",
            required=False,
        ),
        Column(
            "practice_unmentioned",
            SHARE,
            "share of the practice passages that mention none",
            "share",
            required=False,
        ),
        *_CONTRAST,
    ),
    ("question", "concept"),
)

ROLES = Table(
    "roles",
    "gaps",
    "in what role a relationship is mentioned, over all texts that mention one and by outcome",
    (
        Column(
            "role",
            WORD,
            "strategy, mechanism, moderator, precondition, outcome, determinant or context",
        ),
        Column("outcome", WORD, "outcome that the texts name; empty for all texts"),
        _CORPUS,
        Column("n", COUNT, "texts that mention a relationship in this role", "texts"),
        Column("total", COUNT, "texts that mention a relationship in any or no role", "texts"),
        *_share_of("share", "first over second"),
    ),
    ("role", "outcome", "corpus"),
)

ANSWERS = Table(
    "answers",
    "gaps",
    "with what strategies texts meet a determinant",
    (
        Column("determinant", WORD, "determinant that the texts name"),
        Column(
            "answer",
            WORD,
            "strategies named with it: relational only (a relationship used as a strategy counts),"
            " transactional only, both, neither (only mixed ones) or no strategy",
        ),
        _CORPUS,
        Column("n", COUNT, "texts that meet it so", "texts"),
        Column("total", COUNT, "texts that name the determinant", "texts"),
        *_share_of("share", "first over second"),
    ),
    ("determinant", "answer", "corpus"),
)

MISFITS = Table(
    "misfits",
    "gaps",
    "where a strategy is named with a determinant that it does not fit, by `data/fits.csv`",
    (
        Column("determinant", WORD, "determinant that the texts name"),
        Column(
            "strategy",
            WORD,
            "strategy that they name with it and that does not fit it; empty for any strategy",
        ),
        _CORPUS,
        Column("n", COUNT, "texts that name both", "texts"),
        Column("unmet", COUNT, "of these, texts that name no strategy that fits", "texts"),
        *_share_of("share", "second over first"),
    ),
    ("determinant", "strategy", "corpus"),
)

TRENDS = Table(
    "trends",
    "gaps",
    "whether relationships go unmentioned more or less often over the years",
    (
        Column("question", WORD, "all, all_contact or strategy"),
        Column("concept", WORD, "strategy that is asked about; empty for all"),
        _CORPUS,
        Column("first_year", pa.int32(), "first year with a text", "year", required=False),
        Column("last_year", pa.int32(), "last year with a text", "year", required=False),
        Column("n", COUNT, "texts with a year that name it and a strategy", "texts"),
        *_with_interval(
            "slope",
            "change a year of the log odds that no relationship is mentioned (logistic regression)",
            "Wald; by document",
        ),
        Column(
            "p",
            SHARE,
            "probability of so clear a trend by chance (Cochran 1954, Armitage 1955)",
            required=False,
        ),
        Column("q", SHARE, "p adjusted over all trends of the corpus", required=False),
        Column("trend", WORD, "of silence: grows, shrinks, no clear trend, or too few years"),
    ),
    ("question", "concept", "corpus"),
)

MISSING = Table(
    "missing",
    "gaps",
    "studies nobody has written: pairs that the graph predicts and no text names together",
    (
        _CORPUS,
        Column("rank", COUNT, "place by resource allocation, then by Adamic and Adar, from 1"),
        Column("concept_a", WORD, "first concept, in alphabetical order"),
        Column("concept_b", WORD, "second concept"),
        Column("n_a", COUNT, "texts that name the first", "texts"),
        Column("n_b", COUNT, "texts that name the second", "texts"),
        Column(
            "resource_allocation",
            SHARE,
            "what both meet, each over how many concepts it meets (Zhou and colleagues 2009)",
        ),
        Column(
            "adamic_adar",
            SHARE,
            "what both meet, each over the logarithm of how many it meets (Adamic and Adar 2003)",
        ),
        Column("expected", SHARE, "texts expected to name both, both margins fixed", "texts"),
        Column("near_a", TEXT, "records that name the first and most of what both meet"),
        Column("near_b", TEXT, "records that name the second and most of what both meet"),
    ),
    ("corpus", "rank"),
)

FORECASTS = Table(
    "forecasts",
    "gaps",
    "how well the texts up to a year foretell which unwritten pairs are written after it",
    (
        _CORPUS,
        Column("year", pa.int32(), "last year that was looked at", "year"),
        Column("horizon", COUNT, "years after it in which a pair may be written", "years"),
        Column("predictor", WORD, "resource allocation, Adamic-Adar or expected by chance"),
        Column("pairs", COUNT, "pairs of concepts both named and never together by then", "pairs"),
        Column("written", COUNT, "of these, pairs that later texts name together", "pairs"),
        *_with_interval(
            "auc",
            "chance that a pair that was written scored above one that was not",
            "Hanley and McNeil 1982",
        ),
    ),
    ("corpus", "year", "predictor"),
)

BACKTEST = Table(
    "backtest",
    "gaps",
    "whether silences told from the texts up to a year were filled in the years after",
    (
        _CORPUS,
        Column("year", pa.int32(), "last year that was looked at", "year"),
        Column("horizon", COUNT, "years after it in which a silence may be filled", "years"),
        Column("group", WORD, "silent, or not silent though it could have been told"),
        Column("pairs", COUNT, "pairs of the group that later texts could name", "pairs"),
        Column(
            "filled",
            COUNT,
            "of these, pairs that later texts name together at least as often as expected",
            "pairs",
        ),
        *_share_of("share", "second over first"),
        Column("met", COUNT, "later texts that name both, over all pairs", "texts"),
        Column("expected", SHARE, "later texts expected to, both margins fixed", "texts"),
        Column("ratio", SHARE, "met over expected: below 1 silence went on", required=False),
    ),
    ("corpus", "year", "group"),
)

SENSITIVITY = Table(
    "sensitivity",
    "gaps",
    "what the findings are under another rating, or without one year, source or cue",
    (
        _CORPUS,
        Column("change", WORD, "nothing, rating, year, source or cue"),
        Column("value", TEXT, "the rating used, or the year, source or cue left out"),
        Column("concept", WORD, "concept that the cue is of, or empty"),
        Column("texts", COUNT, "texts left out, or that lose a code for want of the cue", "texts"),
        Column("n", COUNT, "texts that name a strategy", "texts"),
        Column(
            "unmentioned",
            SHARE,
            "share of them that mention no relationship",
            "share",
            required=False,
        ),
        Column("contact_n", COUNT, "texts that name a strategy that needs contact", "texts"),
        Column(
            "contact_unmentioned",
            SHARE,
            "share of these that mention no relationship",
            "share",
            required=False,
        ),
        Column("silences", COUNT, "silent pairs that stand", "pairs"),
        Column("headline_silences", COUNT, "of these, relational-transactional pairs", "pairs"),
        Column("vanished", COUNT, "silent pairs that do not stand", "pairs"),
        Column("vanished_pairs", TEXT, "these pairs"),
    ),
    ("corpus", "change", "value", "concept"),
)

STRATA = Table(
    "strata",
    "validate",
    "what the cues said of each record when the coding sample was first drawn; never changed after",
    (
        _RECORD_ID,
        Column("stratum", WORD, "corpus, and relationship, strategy or nothing, by the cues"),
    ),
    ("record_id",),
    sharded=True,
)

ESTIMATE, TRAINING = "estimate", "training"
"""Purposes of a text in `sample`."""
RECONCILED = "reconciled"
"""The coder in `coded` under whose name stands what the coders settled together."""

SAMPLE = Table(
    "sample",
    "validate",
    "one row for each record drawn to be coded by people",
    (
        _RECORD_ID,
        _CORPUS,
        Column("stratum", WORD, "stratum it was drawn from", required=False),
        Column("population", COUNT, "records in the stratum", "texts", required=False),
        Column("drawn", COUNT, "records drawn from the stratum, in all rounds", "texts", False),
        Column("probability", SHARE, "probability of being drawn", required=False),
        Column("purpose", WORD, "estimate (a probability sample) or training (chosen, not drawn)"),
        Column("round", PLACE, "round it was drawn in, from 1"),
    ),
    ("record_id", "purpose"),
)

CODED = Table(
    "coded",
    "validate",
    "one row for each cell that a person filled; what was left blank has no row",
    (
        _RECORD_ID,
        Column("coder", WORD, "who coded it; reconciled where the coders settled it"),
        Column("code", WORD, "column of the coding sheet"),
        Column("value", COUNT, "1 present, 0 absent"),
        Column("place", TEXT, "file and row that it was read from"),
    ),
    ("record_id", "coder", "code"),
)

AGREEMENT = Table(
    "agreement",
    "validate",
    "how well the coders agreed, for each code",
    (
        Column(
            "code", WORD, "column of the coding sheet, orientation, whose relationship, or a family"
        ),
        Column("family", WORD, "kind of code"),
        Column("n", COUNT, "texts that at least two coders coded", "texts"),
        *_with_interval("agreed", "share of pairs of codes that agree", "Wilson 1927"),
        Column("both_present", COUNT, "pairs of codes that say present", "pairs", False),
        Column("both_absent", COUNT, "pairs of codes that say absent", "pairs", False),
        Column("prevalence", SHARE, "share of all codes that say present", "share", False),
        Column("bias", SHARE, "largest difference between two coders' shares", "share", False),
        *_with_interval("kappa", "Cohen's kappa (1960); mean over pairs of coders"),
        *_with_interval("ac1", "Gwet's AC1 (2008)"),
        *_with_interval("alpha", "Krippendorff's alpha, nominal"),
        *_with_interval("f1", "F1 of one coder against another; mean over pairs"),
    ),
    ("code",),
)

ACCURACY = Table(
    "accuracy",
    "validate",
    "the machine's codes against the coders', for each code",
    (
        Column("corpus", WORD, "research, practice or all"),
        Column("weights", WORD, "corpus (a text stands for those not drawn) or sample (as drawn)"),
        Column(
            "code",
            WORD,
            "column of the coding sheet, orientation, whose relationship, or an average",
        ),
        Column("family", WORD, "kind of code"),
        Column("n", COUNT, "texts that a person coded", "texts"),
        Column("both", SHARE, "texts with the code by coder and machine", "texts"),
        Column("machine_only", SHARE, "texts with it by the machine alone", "texts"),
        Column("coder_only", SHARE, "texts with it by the coder alone", "texts"),
        *_with_interval("precision", "share of the machine's codes that are right"),
        *_with_interval("recall", "share of the coders' codes that the machine found"),
        *_with_interval("f1", "harmonic mean of precision and recall"),
        *_with_interval("kappa", "Cohen's kappa of machine and coders"),
    ),
    ("corpus", "weights", "code"),
)

CONFUSION = Table(
    "confusion",
    "validate",
    "what the coders said against what the machine said",
    (
        Column("what", WORD, "orientation or whose relationship"),
        Column("corpus", WORD, "research, practice or all"),
        Column("coder", WORD, "what the coders said"),
        Column("machine", WORD, "what the machine said"),
        Column("texts", SHARE, "texts of the sample; half where the coders differ", "texts"),
        Column("share", SHARE, "estimated share of the corpus", "share"),
    ),
    ("what", "corpus", "coder", "machine"),
)

ERRORS = Table(
    "errors",
    "validate",
    "every code that coders and machine differ on, the most instructive first",
    (
        Column("direction", WORD, "false alarm (machine only) or missed (coder only)"),
        Column("rank", COUNT, "place by how instructive it is, from 1"),
        Column("code", WORD, "column of the coding sheet"),
        _RECORD_ID,
        _CORPUS,
        Column("coders", SHARE, "share of the coders who said present", "share"),
        Column("title", TEXT, "title"),
        Column("text", TEXT, "abstract or passage"),
        Column("mentions", TEXT, "what the machine saw: words, concept, reading and rule"),
    ),
    ("direction", "rank"),
)

ESTIMATES = Table(
    "estimates",
    "validate",
    "shares corrected for coding error with the coded probability sample",
    (
        Column(
            "measure",
            WORD,
            "coded (share of all texts) or unmentioned (share of the texts named by the question"
            " that mention no relationship of supporters and implementers)",
        ),
        Column("question", WORD, "code, pair, implementation, group, or a question of gaps"),
        Column("concept", WORD, "code, group, concept, cluster or year; empty for all"),
        Column("by", WORD, "what it is crossed with, or empty"),
        Column("by_value", WORD, "code, concept or year crossed with it, or empty"),
        _CORPUS,
        Column("uncorrected", SHARE, "share by the machine's codes alone", "share", False),
        Column("corrected", SHARE, "share corrected with the coded sample", "share", False),
        Column("low", SHARE, "lower end of its 95% interval", "share", required=False),
        Column("high", SHARE, "upper end of it", "share", required=False),
        Column("n_coded", COUNT, "coded texts that it rests on", "texts"),
        Column("n_named", SHARE, "of these, texts in the denominator", "texts"),
        Column("population", COUNT, "texts it speaks of", "texts"),
        Column("method", TEXT, "what was corrected and how"),
        Column(
            "worked",
            TEXT,
            "the corrected share written out, a term for each cell: its texts / its coded texts x"
            " those counted, over the same with those named",
            required=False,
        ),
    ),
    ("measure", "question", "concept", "by", "by_value", "corpus"),
)

SEGMENTS = Table(
    "segments",
    "validate",
    "coded segments brought in from other software",
    (
        _RECORD_ID,
        Column("coder", WORD, "who coded it, or the file"),
        Column("code", WORD, "column of the coding sheet"),
        Column("field", WORD, "title or abstract"),
        Column("start", PLACE, "first character of the segment in the field", "characters"),
        Column("end", PLACE, "character after the last", "characters"),
        Column("text", TEXT, "the words as they stand"),
        Column("place", TEXT, "file and row that it was read from"),
    ),
    ("record_id", "coder", "code", "field", "start", "end"),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        RECORDS,
        REJECTED,
        FIELD_SOURCES,
        VERSIONS,
        MENTIONS,
        CODES,
        ORIENTATION,
        PAIRS,
        NODES,
        GAPS,
        SILENCES,
        COMPARISON,
        CONTRASTS,
        ROLES,
        ANSWERS,
        MISFITS,
        TRENDS,
        MISSING,
        FORECASTS,
        BACKTEST,
        SENSITIVITY,
        STRATA,
        SAMPLE,
        CODED,
        AGREEMENT,
        ACCURACY,
        CONFUSION,
        ERRORS,
        ESTIMATES,
        SEGMENTS,
    )
}


def path_of(table: Table, folder: Path) -> Path:
    """Where a table lives in a study's output folder: a folder of shards, or one Parquet file."""
    return folder / table.name if table.sharded else folder / f"{table.name}.parquet"


def empty(table: Table) -> pa.Table:
    """The table without a row."""
    return table.schema.empty_table()


def from_columns(table: Table, columns: Mapping[str, Sequence[Any]]) -> pa.Table:
    """An Arrow table of the declared types from plain sequences, one for each column."""
    return pa.table(
        [pa.array(columns[c.name], type=c.type) for c in table.columns], schema=table.schema
    )


def from_rows(table: Table, rows: Sequence[dict[str, Any]]) -> pa.Table:
    """An Arrow table of the declared types from rows; a column that a row lacks is null."""
    return from_columns(table, {c.name: [r.get(c.name) for r in rows] for c in table.columns})


@contextmanager
def written_whole(path: Path, mode: str = "wb", **options: Any) -> Iterator[IO[Any]]:
    """A file that appears under its name only when it is complete, and not at all otherwise."""
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in path.parent.glob(f".{glob.escape(path.name)}.*"):
            # What a process that was killed had begun to write.
            left.unlink(missing_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise Halt(
            f"cannot write here ({error.strerror})",
            where=path,
            cure="Choose a folder that can be written to",
        ) from error
    try:
        os.fchmod(handle, 0o644)
        with open(handle, mode, **options) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise Halt(
            f"cannot be written ({error.strerror or error})",
            where=path,
            cure="Free some space, then run the same command again",
        ) from error
    finally:
        Path(temporary).unlink(missing_ok=True)


def write_parquet(data: pa.Table, path: Path, metadata: dict[str, str] | None = None) -> None:
    """Write one Parquet file whole; `metadata` is kept in the file's schema."""
    if metadata:
        data = data.replace_schema_metadata(metadata)
    with written_whole(path) as stream:
        pq.write_table(data, stream, compression="zstd", compression_level=1)


def write_table(table: Table, data: pa.Table, folder: Path) -> None:
    """Write an unsharded table as Parquet with its CSV twin."""
    check(table, data.schema, path_of(table, folder))
    write_parquet(data, path_of(table, folder))
    write_csv(data, folder / f"{table.name}.csv")


def write_csv(data: pa.Table, path: Path) -> None:
    """Write a CSV that a spreadsheet opens safely: UTF-8 with BOM, formulas made harmless."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(data.column_names)
    columns = [[harmless(value) for value in column.to_pylist()] for column in data.columns]
    writer.writerows(zip(*columns, strict=True))
    with written_whole(path) as stream:
        stream.write(b"\xef\xbb\xbf" + text.getvalue().encode())


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet will run: text that begins like a formula gets an apostrophe."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    if isinstance(value, float):
        return f"{value:.6g}"
    return value


def check(table: Table, schema: pa.Schema, where: Path) -> None:
    """Raise where a file lacks a column of the table or has it in another type."""
    for column in table.columns:
        index = schema.get_field_index(column.name)
        if index < 0 or schema.field(index).type != column.type:
            found = "is missing" if index < 0 else f"is of type {schema.field(index).type}"
            raise RapportError(
                f"column {column.name} {found}",
                where=where,
                cure=f"It was written by another version: run `rapport {table.stage}` again",
            )


def read_table(table: Table, folder: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read an unsharded table, or all shards of a sharded one, in order."""
    if table.sharded:
        parts = [read_shard(table, path, columns) for path in shard_paths(table, folder)]
        return (
            pa.concat_tables(parts) if parts else empty(table).select(columns or table.schema.names)
        )
    path = path_of(table, folder)
    if not path.exists():
        raise _not_there(table, path)
    return read_shard(table, path, columns)


def read_batches(
    table: Table, folder: Path, columns: Sequence[str]
) -> Iterator[dict[str, list[Any]]]:
    """Read columns of an unsharded table that may be too long for memory, some rows at a time."""
    path = path_of(table, folder)
    if not path.exists():
        raise _not_there(table, path)
    check(table, pq.read_schema(path), path)
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(columns=list(columns)):
            yield batch.to_pydict()


def shard_paths(table: Table, folder: Path) -> list[Path]:
    """The shards of a table, in order. Raises where the stage that makes them has not run."""
    path = path_of(table, folder)
    if not path.is_dir():
        raise _not_there(table, path)
    return sorted(path.glob("[0-9]*.parquet"))


def read_shard(table: Table, path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read one Parquet file of a table and check its columns."""
    try:
        names = list(columns) if columns else table.schema.names
        with pq.ParquetFile(path) as file:
            check(table, file.schema_arrow, path)
            return file.read(names).select(names).replace_schema_metadata(None)
    except FileNotFoundError as error:
        raise RapportError(
            "is not there", where=path, cure=f"Run `rapport {table.stage}` again"
        ) from error
    except (pa.ArrowInvalid, OSError) as error:
        raise RapportError(
            "is damaged and cannot be read",
            where=path,
            cure=f"Delete it and run `rapport {table.stage}` again",
        ) from error


def _not_there(table: Table, path: Path) -> RapportError:
    return RapportError(
        f"there is no {table.name} table", where=path, cure=f"Run `rapport {table.stage}` first"
    )


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal; of a folder, of its files' names and hashes."""
    if path.is_dir():
        parts = (
            f"{p.name} {sha256(p)}\n"
            for p in sorted(path.iterdir())
            if p.is_file() and not p.name.startswith(".")
        )
        return hashlib.sha256("".join(parts).encode()).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
