"""Strays: crawls that the ledger calls running and that are not the service's own."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.storage.layout import DataPath
from pipelines.storage.lock import OutletBusy, OutletLock
from pipelines.storage.run_history import Run
from schedules.crawl_job import PATIENCE, SIGNALLED, Verdict
from schedules.due_times import short_duration
from schedules.run_book import RunBook
from schedules.timetable import Job

logger = logging.getLogger(__name__)

LOOK_EVERY = 30.0

DIED = Verdict("failed", SIGNALLED + signal.SIGKILL, "died without a word")


class Strays:
    """Left by a service that was killed, or begun by a person. The dead are closed, the living respected."""

    def __init__(self, data_dir: DataPath, book: RunBook) -> None:
        self._data_dir = data_dir
        self._book = book
        self.outlets: set[str] = set()
        """Outlets that somebody else is crawling."""
        self._looked_at = float("-inf")

    def look_soon(self) -> None:
        """Look at the next opportunity: something has shown that there is a stray."""
        self._looked_at = float("-inf")

    def look(self, jobs: Mapping[str, Job], own: Collection[str], now: datetime) -> set[str]:
        """Close the rows of the dead, and hold those of a service that was killed to their time limit.

        Does so every 30 seconds only, and returns the outlets that have become free.
        """
        if time.monotonic() - self._looked_at < LOOK_EVERY:
            return set()
        self._looked_at = time.monotonic()
        living = set()
        for run in self._book.running():
            if run.run_id in own:
                continue
            if self._is_held(run):
                living.add(run.outlet)
                if run.outlet in jobs:
                    self._hold_to_limit(run, jobs[run.outlet], now)
                continue
            logger.warning("%s: run %s died without a word", run.outlet, run.run_id)
            self._book.finish(run.run_id, DIED, now)
        free, self.outlets = self.outlets - living, living
        return free

    def _is_held(self, run: Run) -> bool:
        """Whether somebody crawls the outlet, by this machine's lock or the ledger's."""
        lock = OutletLock(self._data_dir, run.outlet)
        try:
            lock.acquire(run.run_id)
        except OutletBusy:
            return True
        lock.release()
        return self._book.holder(run.outlet) is not None

    def _hold_to_limit(self, run: Run, job: Job, now: datetime) -> None:
        started_at = datetime.fromtimestamp(run.started_at or 0, UTC)
        over = now - started_at - job.timeout
        if over <= timedelta(0) or run.pid is None or not is_crawl(run.pid, run.run_id):
            return
        limit = short_duration(job.timeout)
        logger.warning("%s: run %s is over its time limit of %s: stopping it", run.outlet, run.run_id, limit)
        number = signal.SIGKILL if over > timedelta(seconds=2 * PATIENCE) else signal.SIGTERM
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(run.pid, number)


def is_crawl(pid: int, run_id: str) -> bool:
    """Whether a process is the crawl of a run and leads its own group; numbers are used again."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return f"RUN_ID={run_id}".encode() in command and os.getpgid(pid) == pid
    except OSError:
        return False
