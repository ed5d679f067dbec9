"""CrawlJob: one crawl as a process of its own, held to its limits, and the judgement of how it ended."""

from __future__ import annotations

import logging
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from secrets import token_hex

from pipelines.storage.layout import DataPath
from schedules.due_times import short_duration
from schedules.run_reports import RunReport
from schedules.timetable import Job

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 30.0
"""Seconds between the request to end and the kill."""
COMPLETE, QUARANTINE, DRIFT, BUSY = 0, 10, 12, 75
SIGNALLED = 128
SERVICE_STOPS = "the service stops"
"""The one reason to stop a crawl that is nobody's fault."""
LOG_TAIL = 8192
MEMORY_WORDS = ("MemoryError", "bad_alloc", "Cannot allocate memory", "out of memory")
OURS_ALONE = ("ASIADESK_ALERT_URLS", "ASIADESK_HEARTBEAT_URL")
"""Secrets of the service; a process that parses strangers' pages must not hold them."""


def new_run_id(outlet: str, moment: datetime) -> str:
    """A run's id: readable, sorted by time, and never the same twice."""
    return f"{outlet}-{moment:%Y%m%dT%H%M%SZ}-{token_hex(2)}"


def crawl_command(outlet: str, run_id: str, data_dir: DataPath) -> list[str]:
    """The command of a crawl, the same that cron or a person would use."""
    return [
        sys.executable,
        "-m",
        "scrapy",
        "crawl",
        outlet,
        "-s",
        f"RUN_ID={run_id}",
        "-s",
        f"DATA_DIR={data_dir}",
    ]


@dataclass(frozen=True, slots=True)
class End:
    """How a crawl's process ended, as far as the process tells."""

    exit_code: int
    """As a shell gives it: 128 and the signal's number for one that was killed."""
    stopped_for: str | None = None
    """Why we stopped it; None if it ended by itself."""
    log_tail: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a run ended, as the ledger keeps it."""

    status: str
    exit_code: int
    reason: str


class CrawlJob:
    """A crawl in a process group of its own. `watch` must be called every second or so."""

    def __init__(self, job: Job, run_id: str, command: list[str], log: Path) -> None:
        self.job = job
        self.run_id = run_id
        self.log = log
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._deadline = 0.0
        self._kill_at: float | None = None
        self._stopped_for: str | None = None

    @property
    def pid(self) -> int:
        """The process's id, which is also its group's."""
        assert self._process is not None, "the crawl was not started"
        return self._process.pid

    def start(self) -> None:
        """Start the process; raises OSError if the system refuses."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if name not in OURS_ALONE}
        environment["PYTHONUNBUFFERED"] = "1"  # a killed crawl must leave its last words in the log
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 (the command is ours)
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=ROOT if (ROOT / "scrapy.cfg").exists() else None,
                env=environment,
                start_new_session=True,
            )
        with suppress(ProcessLookupError):  # already over
            limit_memory(self._process.pid, self.job.memory)
        self._deadline = time.monotonic() + self.job.timeout.total_seconds()

    def watch(self) -> None:
        """Stop the crawl when its time is up, kill it when it did not stop; nothing if it could not start."""
        if self._process is None or self._process.returncode is not None:
            return
        now = time.monotonic()
        if self._kill_at is not None and now >= self._kill_at:
            self._signal(signal.SIGKILL)
        elif self._stopped_for is None and now >= self._deadline:
            self.stop(f"time limit of {short_duration(self.job.timeout)}")

    def stop(self, why: str) -> None:
        """Ask the crawl to end; `watch` kills it if it has not after 30 seconds."""
        if self._process is not None and self._stopped_for is None:
            logger.warning("%s: stopping run %s: %s", self.job.outlet, self.run_id, why)
            self._stopped_for = why
            self._kill_at = time.monotonic() + PATIENCE
            self._signal(signal.SIGTERM)

    def wait(self) -> End:
        """Block until the process has ended, and with it all that it started."""
        assert self._process is not None, "the crawl was not started"
        code = self._process.wait()
        self._signal(signal.SIGKILL)  # what outlives the crawl would hold its lock or its memory
        exit_code = code if code >= 0 else SIGNALLED - code
        return End(exit_code, self._stopped_for, tail_of(self.log))

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)


def limit_memory(pid: int, size: int) -> None:
    """Give a process an upper bound of address space, where the system can do that from outside.

    A lower one that the service itself was given stays: only root could raise it.
    """
    if hasattr(resource, "prlimit"):
        _, hard = resource.prlimit(pid, resource.RLIMIT_AS)
        size = size if hard == resource.RLIM_INFINITY else min(size, hard)
        resource.prlimit(pid, resource.RLIMIT_AS, (size, size))


def tail_of(log: Path) -> str:
    """The end of a log."""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - LOG_TAIL))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def judge(job: Job, end: End, report: RunReport | None) -> Verdict:
    """How a run ended: its exit code is believed only if its report says the same."""
    code = end.exit_code
    if end.stopped_for is not None:
        how = "killed" if code == SIGNALLED + signal.SIGKILL else "stopped"
        return Verdict("failed", code, f"{how}: {end.stopped_for}")
    if code == BUSY:
        return Verdict("skipped", code, "overlap: another run of the outlet holds its lock")
    if report is not None and report.exit_code == code:
        status = "done" if code in (COMPLETE, QUARANTINE) else "failed"
        return Verdict(status, code, report.reason or f"exit code {code}")
    if any(word in end.log_tail for word in MEMORY_WORDS):
        limit = f"{job.memory // 2**20} MiB"
        return Verdict("failed", code, f"out of memory: the limit is {limit}")
    if code > SIGNALLED and code - SIGNALLED in set(signal.Signals):
        return Verdict("failed", code, f"killed by {signal.Signals(code - SIGNALLED).name}")
    if report is None:
        lines = end.log_tail.split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
        return Verdict("failed", code, f"exit code {code} without a run report; last words: {last[:200]}")
    return Verdict("failed", code, f"exit code {code}, but the run report says {report.exit_code}")
