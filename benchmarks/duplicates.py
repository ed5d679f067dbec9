"""Find the near-duplicate pairs of a set of documents, through the code that the crawl uses.

python -m benchmarks.duplicates --docs D.jsonl.gz --out PAIRS.jsonl [--truth PAIRS.jsonl.gz] [--speed 100000]

Documents are JSON lines with `id` and `text`, gzip or not; a pair is a line with `a` and `b`. `--truth`
prints precision and recall against labelled pairs; `--speed N` adds N random documents of the same words
first and reports time and memory a document.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import resource
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipelines.storage.canonical_url import article_key
from pipelines.storage.line_counts import LineCounts
from pipelines.storage.near_duplicates import Arrival, NearDuplicateIndex
from pipelines.storage.sketches import Sketch, sketches_of

OUTLET = ""
"""The documents have no outlets: all are one's."""
BATCH = 64
"""Speed is measured with as many at a time as a crawl commits."""


class Documents:
    """An index in memory over texts that come one by one, or a few at a time as in a crawl."""

    def __init__(self, line_counts: LineCounts | None = None) -> None:
        self._sketches: list[Sketch] = []
        self.index = NearDuplicateIndex(self._sketches.__getitem__, window=1)
        self._learns = line_counts is None
        if line_counts is not None:
            self.index.line_counts = line_counts

    def add(self, texts: Sequence[str]) -> list[list[tuple[int, float]]]:
        """For each text number and similarity of every near-duplicate among those before."""
        first = len(self._sketches)
        arrivals = [
            Arrival(article_key(str(number)), OUTLET, 0, sketch)
            for number, sketch in enumerate(sketches_of(texts), first)
        ]
        found = self.index.take_in(arrivals, self._learns)
        self._sketches += [arrival.sketch for arrival in arrivals]
        return [[(match.number, match.similarity) for match in taken.matches] for taken in found]


def pairs(texts: Sequence[str]) -> Iterator[tuple[int, int, float]]:
    """Every near-duplicate pair, the later text first; a first pass learns the boilerplate."""
    learning = Documents()
    for text in texts:
        learning.add([text])
    documents = Documents(learning.index.line_counts)
    for number, text in enumerate(texts):
        [matches] = documents.add([text])
        for other, similarity in matches:
            yield number, other, similarity


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines, gzip or not."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        yield from map(json.loads, lines)


def scores(found: set[frozenset[str]], truth: Path) -> tuple[float, float]:
    """Precision and recall of pairs against labelled ones; pairs labelled otherwise than "dup" are wrong."""
    true = {frozenset((p["a"], p["b"])) for p in read_lines(truth) if p.get("label", "dup") == "dup"}
    right = len(found & true)
    return right / max(1, len(found)), right / max(1, len(true))


def measure_speed(texts: Sequence[str], count: int) -> str:
    """Time of sketch, look-up and verification a document against an index of so many documents."""
    chance = random.Random(5)
    lines = [line for text in texts for line in text.split("\n") if line]
    words = [word for line in lines for word in line.split()]
    sizes = [len(text.split()) for text in texts]
    documents = Documents()

    def text_of_chance() -> str:
        size = chance.choice(sizes)
        start = [chance.choice(words) for _ in range(size)]
        return "\n".join(" ".join(start[at : at + 30]) for at in range(0, size, 30))

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for start in range(0, count, BATCH):
        documents.add([text_of_chance() for _ in range(min(BATCH, count - start))])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    started = time.process_time()
    for start in range(0, len(texts), BATCH):
        documents.add(texts[start : start + BATCH])
    seconds = time.process_time() - started
    average = sum(sizes) / len(sizes)
    return (
        f"{len(texts) / seconds:,.0f} documents/s of {average:.0f} words against {count:,}, "
        f"{memory * 1024 / max(1, count):,.0f} bytes of memory a document"
    )


def main() -> None:
    """Read the documents, write the pairs, print what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.duplicates", description=__doc__)
    parser.add_argument("--docs", type=Path, required=True, help="JSON lines with id and text")
    parser.add_argument("--out", type=Path, help="where the pairs go, JSON lines with a, b and similarity")
    parser.add_argument("--truth", type=Path, help="labelled pairs to measure against")
    parser.add_argument("--speed", type=int, metavar="N", help="measure against an index of N documents")
    options = parser.parse_args()
    documents = list(read_lines(options.docs))
    texts = [document["text"] for document in documents]
    ids = [str(document["id"]) for document in documents]
    if options.out or options.truth:
        started = time.process_time()
        found = list(pairs(texts))
        print(f"{len(found)} pairs in {len(texts)} documents, {time.process_time() - started:.2f} s")
        if options.out:
            with options.out.open("w") as out:
                for a, b, similarity in found:
                    out.write(
                        json.dumps({"a": ids[a], "b": ids[b], "similarity": round(similarity, 4)}) + "\n"
                    )
        if options.truth:
            names = {frozenset((ids[a], ids[b])) for a, b, _ in found}
            print("precision {:.4f}, recall {:.4f}".format(*scores(names, options.truth)))
    if options.speed is not None:
        print(measure_speed(texts, options.speed))


if __name__ == "__main__":
    main()
