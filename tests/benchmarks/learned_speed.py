"""Speed of the learned classifier: what it adds to the cues, all targets decided, one core.

The model is made up: its features are those of real texts and its weights drawn at random, since
speed depends on how many features and targets there are and not on what was learned.
"""

import time

import numpy as np
from corpus import texts
from pipeline.classify.coder import Coder
from pipeline.classify.decisions import targets
from pipeline.classify.features import features
from pipeline.classify.learned import Learned
from pipeline.classify.model import Model
from pipeline.classify.readings import read_rules
from pipeline.study import default_taxonomy
from pipeline.tables import SHARD_ROWS
from pipeline.taxonomy.read import read_taxonomy

LEARNED_FROM, SHARDS, SEED, AIM = 400, 4, 1, 3_000


def main() -> None:
    taxonomy = read_taxonomy(default_taxonomy())
    coder = Coder(taxonomy, read_rules())
    sample = texts()[: SHARDS * SHARD_ROWS]
    titles, ids = [""] * len(sample), [f"text:{place}" for place in range(len(sample))]
    began = time.process_time()
    readings = coder.read_all(titles, sample)
    by_cues = len(sample) / (time.process_time() - began)
    few = slice(0, LEARNED_FROM)
    table = features(titles[few], sample[few], readings[few], coder.concepts)
    often = np.bincount(table.matrix.indices, minlength=len(table.names)) >= 3
    names = tuple(name for name, known in zip(table.names, often, strict=True) if known)
    decided = targets(taxonomy)
    model = Model(
        meaning="",
        targets=decided,
        features=names,
        weights=np.random.default_rng(SEED).normal(0, 0.05, (len(names), len(decided))),
        constants=np.full(len(decided), -1.0),
        thresholds=np.full(len(decided), 0.4),
        stands_for={c.group: c.id for c in taxonomy.concepts if c.group in decided},
        records=(),
        unseen_probability=np.zeros((0, len(decided))),
        unseen_present=np.zeros((0, len(decided)), np.int8),
    )
    learned = Learned(model, coder.concepts)
    length = np.mean([len(text) for text in sample])
    print(
        f"{len(sample)} texts of {length:,.0f} characters, {len(names)} features, {len(decided)} targets"
    )
    print(f"  the cues            {by_cues:10,.0f} texts/s")
    seconds = []
    for first in range(0, len(sample), SHARD_ROWS):
        part = slice(first, first + SHARD_ROWS)
        began = time.process_time()
        learned.adjust(ids[part], titles[part], sample[part], readings[part])
        seconds.append(time.process_time() - began)
        print(
            f"  learned, shard {first // SHARD_ROWS}    {len(sample[part]) / seconds[-1]:10,.0f} texts/s"
        )
    rate = len(sample) / sum(seconds)
    print(
        f"  learned, all        {rate:10,.0f} texts/s   aim {AIM:,}: {'met' if rate >= AIM else 'missed'}"
    )


if __name__ == "__main__":
    main()
