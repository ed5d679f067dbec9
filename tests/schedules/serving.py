"""Helpers of the service's tests: a service as a real process, and waiting for what it writes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.storage.run_history import Run, RunHistory

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
"""Seconds after which a test gives up waiting; it says nothing about how fast anything must be."""


class Served:
    """A data folder, a timetable and services on them."""

    def __init__(self, folder: Path) -> None:
        self.data_dir = folder / "data"
        self.timetable = folder / "timetable.toml"
        self.log = folder / "service.log"
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, timetable: str | None = None, **environment: str) -> subprocess.Popen[bytes]:
        """Start a service; it need not be ready yet."""
        if timetable is not None:
            self.timetable.write_text(timetable)
        arguments = ["--timetable", str(self.timetable), "--data-dir", str(self.data_dir)]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.schedules.fake_service", *arguments],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                env={**os.environ, **environment},
            )
        self.processes.append(process)
        return process

    def rows(self, outlet: str | None = None) -> list[Run]:
        """All rows of `runs`, oldest first."""
        ledger = self.data_dir / "state" / "ledger.sqlite"
        if not ledger.exists():
            return []
        with RunHistory.open(ledger) as history:
            return history.runs(outlet, 1000)[::-1]

    def said(self, text: str) -> bool:
        """Whether a service has logged something."""
        return self.log.exists() and text in self.log.read_text()

    def until(self, condition: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
        """Wait for something to become true."""
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                rows = "\n".join(map(str, self.rows()))
                raise AssertionError(f"still waiting for {what}\n{self.log.read_text()}\n{rows}")
            time.sleep(0.05)

    def end(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    served = Served(folder)
    try:
        yield served
    finally:
        served.end()
