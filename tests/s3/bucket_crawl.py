"""Crawls in small over a bucket: each call may fail, and the process die in the middle of an upload."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from crawler.exit_codes import STORAGE
from pipelines.storage.ledger import Ledger
from pipelines.storage.partitions import partition_path, partitions, read_partition
from pipelines.storage.publish import publish
from pipelines.storage.s3 import S3Path
from tests.faults.campaign import Laboratory
from tests.faults.invariants import require
from tests.faults.small_crawl import NOW
from tests.pipelines.storage.samples import OUTLET, begun, fetched
from tests.s3.faulty_server import FaultyS3, leading_to

ROWS_OF_A_BATCH = 4
FEW_ARTICLES = 60
"""So that batches bring new articles first and edits later."""


class BucketLaboratory(Laboratory):
    """The laboratory of the faults of a disk, its data folders in a bucket; calls of crawls may fail."""

    def __init__(self, *, share: float = 0.2, seed: int = 1) -> None:
        self.server = FaultyS3()
        self._share = share
        self._seeds = itertools.count(seed)
        self._open = ExitStack()
        self._open.enter_context(self.server)
        # Who looks for violations sees the bucket as it is.
        self._open.enter_context(leading_to(self.server, through_faults=False))
        try:
            super().__init__(environment=self.server.environment())
        except BaseException:
            self._open.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._open.close()

    def place(self, data_dir: Path) -> S3Path:
        return S3Path(self.server.bucket, data_dir.name, data_dir)

    def fresh(self) -> Path:
        data_dir = super().fresh()
        begun, new = self.place(self._begun), self.place(data_dir)
        for found in begun.listed():
            S3Path(new.bucket, new.key + found.path.key.removeprefix(begun.key), new.local).write(
                found.path.read_bytes()
            )
        return data_dir

    def crawl_with_faults(self) -> None:
        """A crawl of which a share of the calls fails, and so do those of the runs after it."""

        def work(folder: Path) -> int:
            self.start(folder, "disturbed", NOW)
            return self.wait()

        with self.server.failing(self._share, next(self._seeds)):
            self.disturb(work)

    def kill_in_upload(self, number: int, moment: str) -> bool:
        """The crawl dies while this upload goes on; whether it came so far."""

        def work(folder: Path) -> int:
            pid = self.start(folder, "disturbed", NOW, stopped=True)
            self.server.kill_in_put(number, moment, lambda: os.kill(pid, signal.SIGKILL))
            os.kill(pid, signal.SIGCONT)
            ended = self.wait()
            nonlocal has_died
            has_died = self.server.disarm()
            require(ended == (-signal.SIGKILL if has_died else 0), "I8", f"ended with {ended}")
            return ended

        has_died = False
        with self.server.failing(self._share, next(self._seeds)):
            self.disturb(work)
        return has_died

    def outage_from(self, number: int) -> None:
        """From this upload on no call gets through, until the crawl has ended."""

        def go_down() -> None:
            self.server.is_down = True

        def work(folder: Path) -> int:
            self.server.kill_in_put(number, "received", go_down)
            self.start(folder, "disturbed", NOW)
            ended = self.wait()
            self.server.is_down = False
            require(self.server.disarm() and ended == STORAGE, "I8", f"ended with {ended}")
            return ended

        self.disturb(work)


def storm(server: FaultyS3, room: Path, batches: int, seed: int, share: float = 0.2) -> Iterator[int]:
    """So many group commits with their publish, while a share of the calls fails; checks each tenth.

    Gives the number of each batch done.
    """
    data_dir = S3Path(server.bucket, f"storm-{seed}", room / f"storm-{seed}")
    dice = random.Random(seed)
    versions: dict[int, int] = {}
    with leading_to(server), begun(Ledger.open(data_dir.local / "ledger.sqlite")) as ledger:
        for batch in range(batches):
            outcomes = []
            for number in dice.sample(range(FEW_ARTICLES), ROWS_OF_A_BATCH):
                versions[number] = versions.get(number, -1) + 1
                at = 1000 + batch
                outcomes.append(fetched(number, at=at, headline=f"Version {versions[number]}"))
            ledger.record(outcomes, 1000 + batch)
            with server.failing(share, seed * 10_000 + batch):
                publish(ledger, data_dir, OUTLET)
            require(not ledger.staged_months(OUTLET), "I6", "rows still wait after a publish")
            if batch % 10 == 9 or batch == batches - 1:
                _check_storm(data_dir, versions)
            yield batch
    shutil.rmtree(data_dir.local)


def race(server: FaultyS3, room: Path, rounds: int, seed: int, share: float = 0.1) -> Iterator[int]:
    """Two writers, each with a ledger and so a lock of its own, publish into one partition at once.

    Each round brings an article of its own and a version of a common one; gives the number of each round.
    """
    place = S3Path(server.bucket, f"race-{seed}", room / f"race-{seed}")
    with leading_to(server), ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        ledgers = [
            pool.submit(Ledger.open, str(place.local / f"{number}.sqlite")).result() for number in range(2)
        ]
        for ledger in ledgers:
            stack.enter_context(begun(ledger))
        for number in range(rounds):
            at = 1000 + number
            for writer, ledger in enumerate(ledgers):
                own = fetched(1 + 2 * number + writer, at=at)
                common = fetched(0, at=at, headline=f"Version {number} of {writer}")
                ledger.record([own, common], at)
            with server.failing(share, seed * 10_000 + number):
                list(pool.map(lambda ledger: publish(ledger, place, OUTLET), ledgers))
            _check_race(place, number + 1)
            yield number
    shutil.rmtree(place.local)


def _check_race(data_dir: S3Path, rounds: int) -> None:
    """Every article is there once, and every version of the common one in one of the two files."""
    articles, revisions = (
        read_partition(partition_path(data_dir, name, OUTLET, 202405)).to_pylist()
        for name in ("articles", "revisions")
    )
    ids = sorted(row["article_id"] for row in articles)
    require(ids == sorted(f"{OUTLET}:{n}" for n in range(1 + 2 * rounds)), "I2", f"articles: {ids}")
    common = [row["headline"] for row in articles + revisions if row["article_id"] == f"{OUTLET}:0"]
    wanted = [f"Version {number} of {writer}" for number in range(rounds) for writer in range(2)]
    require(sorted(common) == sorted(wanted), "I3", f"versions: {set(common) ^ set(wanted)}")


def _check_storm(data_dir: S3Path, versions: dict[int, int]) -> None:
    """Each article is there in its latest version, and every earlier one once."""
    rows, earlier = (
        [row for found in partitions(data_dir, name) for row in read_partition(found.path).to_pylist()]
        for name in ("articles", "revisions")
    )
    there = sorted((row["article_id"], row["revision"], row["headline"]) for row in rows)
    wanted = sorted((f"{OUTLET}:{n}", last, f"Version {last}") for n, last in versions.items())
    require(there == wanted, "I1", f"articles: {set(there) ^ set(wanted)}")
    before = sorted((row["article_id"], row["revision"], row["headline"]) for row in earlier)
    steps = [(number, step) for number, last in versions.items() for step in range(last)]
    all_before = sorted((f"{OUTLET}:{number}", step, f"Version {step}") for number, step in steps)
    require(before == all_before, "I3", f"revisions: {set(before) ^ set(all_before)}")
