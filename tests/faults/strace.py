"""strace around a process that we started: break the Nth call of a kind, or write down all calls."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

MISSING = "strace is not installed (apt-get install strace), so no system call can be made to fail"

# All calls by which Python, Arrow and SQLite change what lies on a disk.
WRITING = (
    *("write", "pwrite64", "pwritev", "ftruncate", "fallocate", "fsync", "fdatasync"),
    *("rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "link", "openat"),
)
TALKING = ("sendto", "recvfrom")
# What a replay needs besides, to know which file a number stands for and where the next write goes.
# The small crawl speaks by writev, which nothing else uses: a failing disk must not silence it.
BOOKKEEPING = ("writev", "close", "lseek", "dup", "dup2", "dup3", "creat", "open")

_CALL = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+|\?)(.*)", re.DOTALL)
_UNFINISHED = re.compile(r"(\d+) +(\w+)\((.*) <unfinished \.\.\.>", re.DOTALL)
# One that the process sent itself before has another code.
_STOPPED = re.compile(r"si_code=SI_KERNEL\} ---\n.*stopped by SIGSTOP", re.DOTALL)
_RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Call:
    """One system call that returned."""

    thread: int
    name: str
    arguments: str
    """As strace prints them, strings in hexadecimal if it was asked so."""
    result: int
    remark: str
    """What strace says after the result: the path of a file number, the name of an error."""


def available() -> bool:
    """Whether there is a strace that can be used here."""
    return shutil.which("strace") is not None


def command(log: Path, *options: str) -> list[str]:
    """The start of a command line that follows all threads and writes to `log`."""
    return ["strace", "-f", "-qq", "-o", str(log), *options]


def attach(pid: int, log: Path, *options: str) -> subprocess.Popen[bytes]:
    """Follow a process that has stopped itself. It still has to be told to continue."""
    tracer = subprocess.Popen([*command(log, *options), "-p", str(pid)], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 20
    while _tracer_of(pid) == 0:
        if tracer.poll() is not None or time.monotonic() > deadline:
            said = tracer.stderr.read().decode() if tracer.stderr and tracer.poll() is not None else ""
            raise RuntimeError(f"strace did not attach to process {pid}: {said}")
        time.sleep(0.002)
    return tracer


def _tracer_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("TracerPid:")[2].split()[0])


def calls(log: Path) -> Iterator[Call]:
    """The calls of a log in the order in which they returned; those that never returned are left out."""
    begun: dict[int, str] = {}
    with log.open(encoding="latin-1", newline="\n") as lines:
        for line in lines:
            text = line.rstrip("\n")
            if match := _UNFINISHED.fullmatch(text):
                begun[int(match[1])] = f"{match[1]} {match[2]}({match[3]}"
                continue
            if match := _RESUMED.fullmatch(text):
                text = begun.pop(int(match[1]), "") + match[3]
            if (match := _CALL.fullmatch(text)) and match[4] != "?":
                yield Call(int(match[1]), match[2], match[3], int(match[4]), match[5])


@dataclass(frozen=True, slots=True)
class Point:
    """The Nth call of one kind that a thread makes."""

    call: str
    number: int

    def __str__(self) -> str:
        return f"{self.call}#{self.number}"

    def killing(self) -> list[str]:
        """Options: the process is killed when it makes the call, which is not carried out."""
        return self._inject("signal=SIGKILL")

    def stopping(self) -> list[str]:
        """Options: the process is stopped at the call, until somebody lets it continue."""
        return self._inject("signal=SIGSTOP")

    def failing(self, error: str, *, from_then_on: bool) -> list[str]:
        """Options: the call fails by this errno; once, or as every later one of its kind does too."""
        return self._inject(f"error={error}", "+" if from_then_on else "")

    def _inject(self, what: str, more: str = "") -> list[str]:
        when = f"when={self.number}{more}"
        return [f"--trace={self.call}", f"--inject={self.call}:{what}:{when}"]


def points_below(folder: Path, log: Path) -> list[Point]:
    """Every point at which the logged process changed something below `folder`. Logged with `-y`."""
    return _points(log, lambda call: _changes_below(folder, call))


def points_of_talk(log: Path) -> list[Point]:
    """Every point at which the logged process spoke to a server or heard from it.

    Of the messages of PostgreSQL none is shorter than five bytes; event loops wake themselves with one.
    """
    return _points(log, lambda call: call.name in TALKING and call.result >= 5)


def _changes_below(folder: Path, call: Call) -> bool:
    if f"{folder}/" not in call.arguments + call.remark:
        return False
    return call.name != "openat" or "O_CREAT" in call.arguments or "O_WRONLY" in call.arguments


def _points(log: Path, concerns: Callable[[Call], bool]) -> list[Point]:
    counts: dict[tuple[int, str], int] = {}
    points: dict[Point, None] = {}
    for call in calls(log):
        count = counts[call.thread, call.name] = counts.get((call.thread, call.name), 0) + 1
        if concerns(call):
            points[Point(call.name, count)] = None
    return list(points)


def has_stopped(pid: int, log: Path) -> bool:
    """Wait until a followed process stands still by a signal that strace sent it, as the log says.

    Its state does not tell: it stands still at every call that is followed. False if it ends before. Raises
    TimeoutError after two minutes.
    """
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if log.exists() and _STOPPED.search(log.read_text(errors="replace")):
            return True
        if not Path(f"/proc/{pid}").exists():
            return False
        time.sleep(0.02)
    raise TimeoutError(f"process {pid} neither stops nor ends")


def state_of(pid: int) -> str:
    """The letter by which the kernel calls the state of a process."""
    status = Path(f"/proc/{pid}/stat").read_text()
    return status.rpartition(")")[2].split()[0]


def kill_and_wait(pid: int, signal_number: int) -> None:
    """Send a signal to a process that may have gone already."""
    try:
        os.kill(pid, signal_number)
    except ProcessLookupError:
        return
