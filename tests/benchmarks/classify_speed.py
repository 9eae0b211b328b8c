"""Speed and memory of scanning and of the classify stage, as ratios in one run.

Peers: spaCy's PhraseMatcher and FlashText, on the same texts with the same phrases, and a bare
automaton of Hyperscan, which holds every cue whole (truncation, alternatives and proximity in the
pattern), scans and does nothing with a hit.
"""

import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable

import hyperscan
from corpus import empty_study, harvested, texts
from pipeline.classify.coder import Coder
from pipeline.classify.readings import read_rules
from pipeline.classify.stage import code_shard, run
from pipeline.study import default_taxonomy
from pipeline.tables import RECORDS, SHARD_ROWS, shard_paths
from pipeline.taxonomy.compiler import Scanner, word_pattern
from pipeline.taxonomy.cues import Cue, Either, Node, Phrase
from pipeline.taxonomy.folding import fold
from pipeline.taxonomy.read import read_taxonomy
from pipeline.taxonomy.sentences import sentence_starts
from pipeline.taxonomy.spelling import spellings

BEST_OF = 3


def rate(work: Callable[[], object], n: int, times: int = BEST_OF) -> float:
    """Texts a second, the best of a few runs."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return n / min(seconds)


def phrases(node: Node) -> list[Phrase]:
    if isinstance(node, Phrase):
        return [node]
    if isinstance(node, Either):
        return [p for option in node.options for p in phrases(option)]
    return phrases(node.left) + phrases(node.right)


def whole(node: Node) -> str:
    """A cue as one pattern of Hyperscan."""
    if isinstance(node, Phrase):
        words = (f"(?:{'|'.join(map(word_pattern, spellings(w.lower())))})" for w in node.words)
        return r"(?:'s)?[^\w]+".join(words)
    if isinstance(node, Either):
        return "(?:" + "|".join(map(whole, node.options)) + ")"
    left, right = whole(node.left), whole(node.right)
    gap = rf"[^\w]+(?:\w+[^\w]+){{0,{node.between}}}"
    return f"(?:{left}{gap}{right}" + ("" if node.ordered else f"|{right}{gap}{left}") + ")"


def bare_automaton(cues: list[Cue]) -> hyperscan.Database:
    """Hyperscan with every cue whole, but for the few that are too large for it."""
    patterns = []
    for cue in cues:
        pattern = rf"\b{whole(cue.node)}\b".encode()
        try:
            hyperscan.Database().compile(expressions=[pattern], flags=hyperscan.HS_FLAG_CASELESS)
            patterns.append(pattern)
        except hyperscan.error:
            print(f"  too large for one pattern of the automaton: {cue.text}")
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=patterns,
        ids=list(range(len(patterns))),
        flags=[hyperscan.HS_FLAG_CASELESS] * len(patterns),
    )
    return database


def scan_with(database: hyperscan.Database, folded: list[str]) -> None:
    hits: list[tuple[int, int]] = []
    for text in folded:
        database.scan(
            text.encode("ascii"),
            match_event_handler=lambda n, _s, end, _f, _c: hits.append((n, end)),
        )


def scanning() -> None:
    taxonomy = read_taxonomy(default_taxonomy())
    cues: list[Cue] = [
        c for concept in taxonomy.concepts for c in (*concept.cues, *concept.exclude)
    ]
    scanner = Scanner(cues)
    plain = sorted(
        {
            " ".join(p.words).replace("*", "").replace("?", "i")
            for c in cues
            for p in phrases(c.node)
        }
    )
    sample = texts()[:SHARD_ROWS]
    folded = [fold(text) for text in sample]
    few = sample[::16]
    print(f"{len(cues)} cues, {len(plain)} phrases, {len(sample)} texts")
    breaks = [sentence_starts(text) for text in sample]
    ours = rate(lambda: scanner.scan(sample, breaks), len(sample))
    automaton = bare_automaton(cues)
    every = rate(lambda: scan_with(automaton, folded), len(sample))
    print(f"  bare automaton      {every:10,.0f} texts/s")
    print(
        f"  Rapport's scanner   {ours:10,.0f} texts/s   {ours / every:5.2f} of the bare automaton"
    )

    from flashtext import KeywordProcessor

    processor = KeywordProcessor()
    for phrase in plain:
        processor.add_keyword(phrase)
    flash = rate(lambda: [processor.extract_keywords(t, span_info=True) for t in few], len(few))
    print(
        f"  FlashText           {flash:10,.0f} texts/s   Rapport is {ours / flash:5.1f} times as fast"
    )

    import spacy
    from spacy.matcher import PhraseMatcher

    language = spacy.blank("en")
    matcher = PhraseMatcher(language.vocab, attr="LOWER")
    matcher.add("cue", [language.make_doc(phrase) for phrase in plain])
    slow = rate(lambda: [matcher(language.make_doc(t)) for t in few], len(few), times=1)
    print(
        f"  spaCy PhraseMatcher {slow:10,.0f} texts/s   Rapport is {ours / slow:5.1f} times as fast"
    )


def classifying() -> None:
    study = harvested("bench-classify", 16_000)
    taxonomy = read_taxonomy(default_taxonomy())
    coder = Coder(taxonomy, read_rules())
    shards = shard_paths(RECORDS, study.folder)
    sample = texts()[:4_000]
    folded = [fold(f"{text[:80]} {text}") for text in sample]
    automaton = bare_automaton([c for x in taxonomy.concepts for c in (*x.cues, *x.exclude)])
    bare = rate(lambda: scan_with(automaton, folded), len(sample))
    all_of_it = rate(lambda: [code_shard(coder, s, study.folder) for s in shards], 16_000, times=2)
    print("classify, from Parquet to Parquet, one process")
    print(f"  bare automaton      {bare:10,.0f} texts/s")
    print(
        f"  classify            {all_of_it:10,.0f} texts/s   {all_of_it / bare:5.2f} of the bare automaton"
    )


def processes() -> None:
    study = harvested("bench-processes", 256_000)
    seconds = {}
    for workers in (1, 2):
        for table in ("mentions", "codes", "orientation"):
            for path in (study.folder / table).glob("*.parquet"):
                path.unlink()
        began = time.perf_counter()
        run(study, workers)
        seconds[workers] = time.perf_counter() - began
    print(
        f"two processes: {seconds[1]:.1f} s to {seconds[2]:.1f} s, {seconds[1] / seconds[2]:.2f} times"
    )


def memory() -> None:
    peaks = {}
    for n in (50_000, 500_000):
        study = harvested(f"bench-memory-{n}", n)
        command = [sys.executable, __file__, "peak", study.name]
        peaks[n] = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        print(f"classify, {n:,} texts: peak {peaks[n] / 1024:.0f} MiB in one process")
        shutil.rmtree(study.folder)
    print(f"  ratio {peaks[500_000] / peaks[50_000]:.2f}")


def peak(name: str) -> None:
    """Classify in this process, which has done nothing else, and tell its peak memory in KiB."""
    run(empty_study(name), workers=1)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    if sys.argv[1:2] == ["peak"]:
        peak(sys.argv[2])
    else:
        for part in (scanning, classifying, processes, memory):
            part()
