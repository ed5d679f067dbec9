"""A writer killed at any moment and started again loses nothing and doubles nothing.

A child process records invented articles and their edits, and publishes; it is killed at random moments while
a reader looks at the dataset all the time. (`tests/faults` kills whole crawls at every system call.)
"""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pyarrow.parquet as pq

from pipelines.storage.ledger import Ledger, LinkState, Outcome
from pipelines.storage.partitions import partition_path, read_partition
from pipelines.storage.publish import publish, sweep_leftovers
from pipelines.storage.rebuild import ensure_ledger, rebuild_ledger
from tests.pipelines.storage.samples import OUTLET, begun, fetched, link

KILLS = 20
NEW_IN_A_BATCH = 3


def _batch(number: int) -> list[Outcome]:
    """Three new articles, the first of them also by another address, and an edit of an older one."""
    first = number * NEW_IN_A_BATCH
    batch = [fetched(first + i, at=1000 + number) for i in range(NEW_IN_A_BATCH)]
    batch.append(fetched(first, at=1000 + number, by=100_000 + number))
    if number:
        batch.append(fetched(first - NEW_IN_A_BATCH, at=1000 + number, headline=f"Edited in {number}"))
    return batch


def _work(url: str, data_dir: Path, number: int, said: Connection) -> None:
    """What a run does: take up what the last one left, then record and publish until it dies."""
    with Ledger.open(url) as ledger:
        sweep_leftovers(data_dir, OUTLET)
        ensure_ledger(ledger, data_dir, OUTLET)
        begun(ledger)
        publish(ledger, data_dir, OUTLET)
        said.send(None)
        while True:
            batch = _batch(number)
            shown = [link(number * NEW_IN_A_BATCH + i) for i in range(NEW_IN_A_BATCH)]
            ledger.discover(OUTLET, shown, 1000 + number)
            ledger.record(batch, 1000 + number)
            said.send(number)
            if number % 3 == 2:
                publish(ledger, data_dir, OUTLET)
            number += 1


def _visible_files(data_dir: Path) -> Iterator[Path]:
    for dataset in ("articles", "revisions"):
        yield from (data_dir / dataset).rglob("*.parquet")


def _read(path: Path) -> None:
    # Opened once: pq.read_table opens a path twice, and a publish may replace the file in between.
    with path.open("rb") as file:
        pq.ParquetFile(file).read()


def _kill_one(url: str, data_dir: Path, number: int, seconds: float) -> int:
    """Run a child from a batch on, kill it; returns the first batch that it did not acknowledge."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pipelines.storage.publish", "pipelines.storage.rebuild"])
    hear, say = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(url, data_dir, number, say))
    child.start()
    say.close()
    assert hear.poll(60)
    assert hear.recv() is None
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for path in _visible_files(data_dir):
            _read(path)
    assert child.is_alive()
    child.kill()
    child.join()
    try:
        while True:
            number = hear.recv() + 1
    except EOFError:
        return number


def test_twenty_kills_lose_nothing_and_double_nothing(ledger_url: str, tmp_path: Path) -> None:
    moments = random.Random(20240501)
    batches = 0
    for _ in range(KILLS):
        batches = _kill_one(ledger_url, tmp_path, batches, moments.uniform(0, 0.15))
    with Ledger.open(ledger_url) as ledger:
        sweep_leftovers(tmp_path, OUTLET)
        begun(ledger)
        publish(ledger, tmp_path, OUTLET)
        # The last batch may be written although nobody heard so; saying it again changes nothing.
        ledger.record(_batch(batches), 1000 + batches)
        publish(ledger, tmp_path, OUTLET)
        batches += 1

        articles = read_partition(partition_path(tmp_path, "articles", OUTLET, 202405)).to_pylist()
        later = [path for path in _visible_files(tmp_path) if path.parent.name != "month=2024-05"]
        for path in later:
            articles += read_partition(path).to_pylist() if path.name == "articles.parquet" else []
        expected = {}
        for number in range(batches):
            for outcome in _batch(number):
                assert outcome.article is not None
                expected[outcome.article["article_id"]] = outcome.article["headline"]
        assert len(articles) == len(expected)
        assert {row["article_id"]: row["headline"] for row in articles} == expected
        earlier = [
            (row["article_id"], row["revision"])
            for path in _visible_files(tmp_path)
            if path.name == "revisions.parquet"
            for row in read_partition(path).to_pylist()
        ]
        edited = {f"{OUTLET}:{number * NEW_IN_A_BATCH}" for number in range(batches - 1)}
        assert sorted(earlier) == sorted((article_id, 0) for article_id in edited)
        counts = ledger.counts(OUTLET)
        assert counts.pop(LinkState.DUPLICATE) == batches
        assert counts == {LinkState.STORED: len(expected)}
        assert rebuild_ledger(ledger, tmp_path, OUTLET) == 0
        assert not list(tmp_path.rglob(".*.tmp"))
