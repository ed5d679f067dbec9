"""One disturbed crawl, the recovery run, the further run, and the verdict: in small, by the fork server."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from pipelines.storage.layout import DataPath, ledger_path
from tests.faults import strace
from tests.faults.invariants import (
    Contents,
    Reader,
    Violation,
    files_of,
    read_contents,
    require,
    require_same,
)
from tests.faults.power_loss import TRACING, Disk
from tests.faults.small_crawl import BEFORE, NOW, OUTLET, world

ROOT = Path(__file__).parents[2]
KEYS = [page.key for page in world(NOW)]


@dataclass(slots=True)
class Said:
    """What a crawl told while it ran: the links it asked for, and those whose outcome was acknowledged."""

    fetched: list[bytes] = field(default_factory=list)
    done: set[bytes] = field(default_factory=set)

    @classmethod
    def of(cls, lines: Sequence[str]) -> Said:
        said = cls()
        for line in lines:
            word, _, key = line.partition(" ")
            if len(key) == 32:  # the last line may be cut off
                if word == "fetch":
                    said.fetched.append(bytes.fromhex(key))
                elif word == "done":
                    said.done.add(bytes.fromhex(key))
        return said


class Laboratory:
    """Crawls in small, disturbed or not, each from a copy of the same beginning."""

    def __init__(self, *, from_nothing: bool = False, environment: Mapping[str, str] | None = None) -> None:
        room = "/dev/shm" if Path("/dev/shm").is_dir() else None
        self._room = Path(tempfile.mkdtemp(prefix="asiadesk-faults-", dir=room))
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.small_crawl"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            text=True,
        )
        self._number = 0
        self._begun = self._room / "begun"
        self._begun.mkdir()
        if not from_nothing:
            self._must_work(self._begun, "before", BEFORE)
        calm = self.fresh()
        self._must_work(calm, "calm", NOW)
        self.expected = self.contents(calm)
        self.reads = 0
        """How often a reader opened a file while a crawl was being disturbed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server.stdin and self._server.stdout
        self._server.stdin.close()
        self._server.wait(10)
        self._server.stdout.close()
        shutil.rmtree(self._room)

    def place(self, data_dir: Path) -> DataPath:
        """The data folder whose local part is this folder."""
        return data_dir

    def ledger(self, data_dir: Path) -> str:
        """The path or database URL of the folder's ledger."""
        return str(ledger_path(self.place(data_dir)))

    def contents(self, data_dir: Path) -> Contents:
        """What the folder and its ledger say; raises Violation."""
        return read_contents(self.place(data_dir), OUTLET, KEYS)

    def fresh(self) -> Path:
        """A new copy of the data folder as it is before the disturbed crawl."""
        self._number += 1
        folder = self._room / f"data-{self._number}"
        shutil.copytree(self._begun, folder)
        return folder

    # ---- Running

    def start(self, data_dir: Path, run_id: str, now: datetime, **how: int | bool) -> int:
        """Start a crawl; its process number. Every start must be followed by `wait`.

        How: `stopped` before it touches the disk, no file above `file_size`, or sabotaged to `never_sync`.
        """
        assert self._server.stdin and self._server.stdout
        job = {
            "data_dir": str(self.place(data_dir)),
            "ledger": self.ledger(data_dir),
            "run_id": run_id,
            "now": now.isoformat(),
            "output": str(self._output(data_dir, run_id)),
            **how,
        }
        print(json.dumps(job), file=self._server.stdin, flush=True)
        pid = int(self._server.stdout.readline())
        while how.get("stopped") and strace.state_of(pid) not in "TtZ":
            time.sleep(0.001)
        return pid

    def wait(self) -> int:
        """How the crawl ended: its exit code, or minus the signal."""
        assert self._server.stdout
        return int(self._server.stdout.readline())

    def said(self, data_dir: Path, run_id: str) -> Said:
        """What the crawl told."""
        output = self._output(data_dir, run_id)
        # Killed in its first moments it had not even opened its mouth.
        return Said.of(output.read_text().splitlines() if output.exists() else [])

    def traced(
        self, data_dir: Path, run_id: str, now: datetime, options: Sequence[str], **how: int | bool
    ) -> tuple[int, Path]:
        """Run a crawl under strace; how it ended, and the log."""
        log = self._room / f"{data_dir.name}-{run_id}.strace"
        pid = self.start(data_dir, run_id, now, stopped=True, **how)
        tracer = strace.attach(pid, log, *options)
        os.kill(pid, signal.SIGCONT)
        ended = self.wait()
        tracer.communicate()
        return ended, log

    def _output(self, data_dir: Path, run_id: str) -> Path:
        return self._room / f"{data_dir.name}-{run_id}.said"

    def _must_work(self, data_dir: Path, run_id: str, now: datetime) -> Said:
        self.start(data_dir, run_id, now)
        ended = self.wait()
        errors = Path(f"{self._output(data_dir, run_id)}.err").read_text()
        require(ended == 0, "I8", f"run {run_id} ended with {ended}: {errors}")
        return self.said(data_dir, run_id)

    # ---- Points

    def points(self, run_id: str = "disturbed", data_dir: Path | None = None) -> list[strace.Point]:
        """Every point at which the crawl changes something on the disk."""
        folder = data_dir or self.fresh()
        calls = ("-y", f"--trace={','.join(strace.WRITING)}")
        ended, log = self.traced(folder, run_id, NOW, calls)
        require(ended == 0, "I8", f"a crawl only watched ended with {ended}")
        return strace.points_below(folder, log)

    # ---- Verdicts

    def check(self, data_dir: Path, disturbed: Said, ended: int) -> None:
        """A recovery run and a further one, and all invariants. Removes the folder if they hold."""
        self._check_ending(data_dir, disturbed, ended)
        recovery = self._must_work(data_dir, "recovery", NOW + timedelta(minutes=1))
        again = set(recovery.fetched) & disturbed.done
        require(not again, "I3", f"acknowledged and yet asked for again: {[key.hex() for key in again]}")
        place = self.place(data_dir)
        require_same(self.contents(data_dir), self.expected)
        before = files_of(place)
        further = self._must_work(data_dir, "further", NOW + timedelta(minutes=2))
        require(not further.fetched, "I5", f"a further run asked for {len(further.fetched)} links")
        require(files_of(place) == before, "I5", "a further run changed the files")
        require_same(self.contents(data_dir), self.expected)
        shutil.rmtree(data_dir)
        for left in self._room.glob(f"{data_dir.name}-*"):
            left.unlink()

    def _check_ending(self, data_dir: Path, disturbed: Said, ended: int) -> None:
        errors = Path(f"{self._output(data_dir, 'disturbed')}.err")
        text = errors.read_text() if errors.exists() else ""
        require(ended in (0, 20, 21, -signal.SIGKILL), "I8", f"the disturbed run ended with {ended}: {text}")
        if ended == 0:
            undone = set(disturbed.fetched) - disturbed.done
            require(not undone, "I8", f"exit code 0, but {len(undone)} links were not written: {text}")

    def disturb(self, work: Callable[[Path], int]) -> None:
        """Let `work` run the disturbed crawl in a fresh folder while a reader reads; then the verdict."""
        data_dir = self.fresh()
        reader = Reader(self.place(data_dir))
        reader.start()
        ended = work(data_dir)
        reader.stop()
        self.reads += reader.reads
        self.check(data_dir, self.said(data_dir, "disturbed"), ended)

    # ---- Kinds of faults

    def kill_at(self, point: strace.Point) -> None:
        """The process dies when it is about to make this call."""
        self.disturb(lambda folder: self.traced(folder, "disturbed", NOW, point.killing())[0])

    def fail_at(self, point: strace.Point, error: str, *, from_then_on: bool) -> None:
        """This call fails by the errno: once, or as every later one of its kind does."""
        options = point.failing(error, from_then_on=from_then_on)
        self.disturb(lambda folder: self.traced(folder, "disturbed", NOW, options)[0])

    def kill_after(self, seconds: float) -> None:
        """The process dies at some time."""

        def work(folder: Path) -> int:
            pid = self.start(folder, "disturbed", NOW)
            time.sleep(seconds)
            strace.kill_and_wait(pid, signal.SIGKILL)
            return self.wait()

        self.disturb(work)

    def kill_recovery_at(self, first: strace.Point, second: strace.Point) -> None:
        """The process dies, and so does the one that was to mend it."""
        data_dir = self.fresh()
        self.traced(data_dir, "disturbed", NOW, first.killing())
        said = self.said(data_dir, "disturbed")
        ended, _ = self.traced(data_dir, "mending", NOW + timedelta(seconds=30), second.killing())
        mending = self.said(data_dir, "mending")
        again = set(mending.fetched) & said.done
        require(not again, "I3", f"acknowledged and yet asked for again: {len(again)}")
        said.done |= mending.done
        said.fetched += mending.fetched
        self.check(data_dir, said, ended)

    def limit_files_to(self, size: int) -> None:
        """No file may grow past the size: the write that would do so is cut short, the next one fails."""

        def work(folder: Path) -> int:
            self.start(folder, "disturbed", NOW, file_size=size)
            return self.wait()

        self.disturb(work)

    # ---- Power loss

    def trace_disk(self, **how: int | bool) -> Disk:
        """All that one crawl does to the disk."""
        data_dir = self.fresh()
        ended, log = self.traced(data_dir, "disturbed", NOW, TRACING, **how)
        require(ended == 0, "I8", f"a crawl only watched ended with {ended}")
        disk = Disk(data_dir, self._begun)
        disk.replay(log)
        shutil.rmtree(data_dir)
        return disk

    def lose_power(self, disk: Disk, moment: int, kind: str, seed: int) -> None:
        """The machine stops right after a call; what was not synced is lost, wholly or in part."""
        self._number += 1
        data_dir = self._room / f"data-{self._number}"
        chance = random.Random(seed)
        cuts: dict[str, Callable[[int, int], int]] = {
            "all unsynced lost": lambda durable, made: durable,
            "some unsynced lost": lambda durable, made: chance.randint(durable, made),
            "nothing lost": lambda durable, made: made,
        }
        disk.write_state(data_dir, moment, cuts[kind], chance if kind == "some unsynced lost" else None)
        said = Said.of([line for at, line in disk.acknowledged if at <= moment])
        try:
            self.check(data_dir, said, -signal.SIGKILL)
        except Violation as violation:
            raise Violation(f"{violation} (power lost at {moment}, {kind}, seed {seed})") from violation
