"""Whole crawls of a small replica by the production command, broken from outside; then the invariants."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.end_to_end.crawling import ROOT, crawl_command
from tests.faults import strace
from tests.faults.invariants import Reader, files_of, read_contents, require, require_same
from tests.replica.server import Replica

OUTLET = "sputnik"
WORLD = {"articles": 40, "seed": 6, "start": "2026-04-20", "end": "2026-05-01"}
# MIN_FREE_BYTES would end the run before the disk is full.
OPTIONS = (
    *("-a", "since=2026-04-18", "-s", "QUARANTINE_LIMIT=0.5", "-s", "LOG_LEVEL=ERROR"),
    *("-s", "MIN_FREE_BYTES=0"),
)

# `write` is left out: the event loop and the log use it as well, and a disk does not make those fail.
ON_DISK = tuple(name for name in strace.WRITING if name not in ("write", "openat"))


class CrawlLaboratory:
    """A replica of forty pages, and crawls of it into new data folders."""

    def __init__(self, *, with_further_runs: bool = True) -> None:
        self._with_further_runs = with_further_runs
        self._room = Path(tempfile.mkdtemp(prefix="asiadesk-crawls-"))
        self._replica = Replica(**WORLD)
        self._number = 0
        self.reads = 0

    def __enter__(self) -> Self:
        self._replica.__enter__()
        calm = self.fresh()
        self._must_work(calm)
        self.expected = read_contents(calm, OUTLET, all_keys(calm))
        require(len(self.expected.articles) > 15, "I1", "the replica shows too little to prove anything")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._replica.__exit__(kind, error, trace)
        shutil.rmtree(self._room)

    def fresh(self) -> Path:
        """A data folder that does not exist yet."""
        self._number += 1
        return self._room / f"data-{self._number}"

    def points(self) -> list[strace.Point]:
        """Every point at which the crawl changes something on the disk."""
        data_dir = self.fresh()
        calls = ("-y", f"--trace={','.join(ON_DISK)}")
        log = self._room / "points.strace"
        done = self._run(strace.command(log, "--seccomp-bpf", *calls), data_dir)
        require(
            done.returncode == 0, "I8", f"a crawl only watched ended with {done.returncode}: {done.stderr}"
        )
        return strace.points_below(data_dir, log)

    # ---- Kinds of faults

    def kill_at(self, point: strace.Point) -> None:
        """The crawl dies when it is about to make this call."""
        self._disturb(lambda folder: self._under_strace(folder, point.killing()))

    def fail_at(self, point: strace.Point, error: str, *, from_then_on: bool) -> None:
        """This call fails by the errno: once, or as every later one of its kind does."""
        options = point.failing(error, from_then_on=from_then_on)
        self._disturb(lambda folder: self._under_strace(folder, options))

    def kill_after(self, seconds: float) -> None:
        """The crawl dies at some time."""

        def work(folder: Path) -> subprocess.CompletedProcess[str]:
            command = crawl_command(self._replica, folder, *OPTIONS)
            with subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            ) as process:
                time.sleep(seconds)
                process.kill()
                _, said = process.communicate()
            return subprocess.CompletedProcess(command, process.returncode, "", said)

        self._disturb(work)

    def fill_disk(self, megabytes: int) -> None:
        """The data folder lies on a file system that is really too small; later it is made larger."""
        data_dir = self.fresh()
        data_dir.mkdir()
        mount(data_dir, megabytes)
        try:
            (data_dir / "ballast").write_bytes(bytes(megabytes * 1024 * 1024 - 300_000))
            done = self._run([], data_dir)
            require(
                done.returncode in (20, 21), "I8", f"full disk, exit code {done.returncode}: {done.stderr}"
            )
            (data_dir / "ballast").unlink()
            self._check(data_dir, done)
        finally:
            subprocess.run(["umount", str(data_dir)], check=True)

    # ---- Verdict

    def _disturb(self, work: Callable[[Path], subprocess.CompletedProcess[str]]) -> None:
        data_dir = self.fresh()
        reader = Reader(data_dir)
        reader.start()
        done = work(data_dir)
        reader.stop()
        self.reads += reader.reads
        self._check(data_dir, done)
        shutil.rmtree(data_dir, ignore_errors=True)

    def _check(self, data_dir: Path, disturbed: subprocess.CompletedProcess[str]) -> None:
        ended = disturbed.returncode
        require(
            ended in (0, 20, 21, -signal.SIGKILL), "I8", f"ended with {ended}: {disturbed.stderr[-2000:]}"
        )
        settled = settled_urls(data_dir)
        self._replica.reset_requests()
        self._must_work(data_dir)
        again = self._replica.requests()["articles_served"].keys() & settled
        require(not again, "I3", f"acknowledged and yet asked for again: {sorted(again)}")
        require_same(read_contents(data_dir, OUTLET, all_keys(data_dir)), self.expected)
        if self._with_further_runs:
            self._check_further_run(data_dir)

    def _check_further_run(self, data_dir: Path) -> None:
        before = files_of(data_dir)
        self._replica.reset_requests()
        self._must_work(data_dir)
        served = self._replica.requests()["articles_served"]
        require(not served, "I5", f"a further run asked for {sorted(served)}")
        require(files_of(data_dir) == before, "I5", "a further run changed the files")

    def _under_strace(self, data_dir: Path, options: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return self._run(strace.command(Path(os.devnull), "--seccomp-bpf", *options), data_dir)

    def _must_work(self, data_dir: Path) -> None:
        done = self._run([], data_dir)
        require(done.returncode == 0, "I8", f"ended with {done.returncode}: {done.stderr[-2000:]}")

    def _run(self, before: list[str], data_dir: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*before, *crawl_command(self._replica, data_dir, *OPTIONS)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
        )


class CannotMount(Exception):
    """This machine does not let us mount a file system."""


def mount(folder: Path, megabytes: int) -> None:
    """Mount a memory file system of this size. Raises CannotMount."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise CannotMount(str(error)) from error
    except subprocess.CalledProcessError as error:
        raise CannotMount(error.stderr.strip()) from error


def all_keys(data_dir: Path) -> list[bytes]:
    """The keys of all links that the ledger knows."""
    with closing(sqlite3.connect(data_dir / "state" / "ledger.sqlite")) as connection:
        return [key for (key,) in connection.execute("SELECT key FROM links")]


def settled_urls(data_dir: Path) -> set[str]:
    """The paths of the articles whose rows a crawl staged or stored, read from a copy of its ledger."""
    if not (data_dir / "state" / "ledger.sqlite").exists():
        return set()
    with tempfile.TemporaryDirectory() as folder:
        # A copy: looking must not do the recovery's work.
        for path in (data_dir / "state").glob("ledger.sqlite*"):
            shutil.copy(path, folder)
        with closing(sqlite3.connect(Path(folder) / "ledger.sqlite")) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'links'").fetchone():
                return set()
            rows = connection.execute("SELECT url FROM links WHERE url IS NOT NULL AND month IS NOT NULL")
            return {"/" + url.split("/", 3)[3] for (url,) in rows}
