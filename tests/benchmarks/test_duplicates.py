import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.duplicates import pairs, read_lines, scores
from tests.pipelines.storage.test_sketches import story

LABELLED = Path(os.environ.get("ASIADESK_DEDUP_SETS", "/work/shared/pages/dedup"))


def test_the_command_reads_documents_and_writes_pairs(tmp_path):
    with gzip.open(tmp_path / "docs.jsonl.gz", "wt") as docs:
        for name, text in (("x", story(100, 1)), ("y", story(100, 2)), ("z", story(100, 1) + " More.")):
            docs.write(json.dumps({"id": name, "text": text}) + "\n")
    command = [sys.executable, "-m", "benchmarks.duplicates", "--docs", str(tmp_path / "docs.jsonl.gz")]
    subprocess.run([*command, "--out", str(tmp_path / "pairs.jsonl")], check=True)
    found = list(read_lines(tmp_path / "pairs.jsonl"))
    assert [(pair["a"], pair["b"]) for pair in found] == [("z", "x")]


@pytest.mark.parametrize(
    ("name", "precision", "recall"),
    [("constructed", 0.98, 0.95), ("plag100", 0.99, 0.99), ("plag1000", 0.99, 0.99)],
)
def test_labelled_sets(name, precision, recall):
    docs, truth = LABELLED / f"{name}.docs.jsonl.gz", LABELLED / f"{name}.pairs.jsonl.gz"
    if not docs.exists():
        pytest.skip(f"{docs} is not here")
    documents = list(read_lines(docs))
    texts = [document["text"] for document in documents]
    found = {frozenset((documents[a]["id"], documents[b]["id"])) for a, b, _ in pairs(texts)}
    reached = scores(found, truth)
    assert reached[0] >= precision
    assert reached[1] >= recall
