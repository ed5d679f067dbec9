"""One run of one outlet at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.storage.errors import StorageError
from pipelines.storage.lock import OutletBusy, OutletLock

_HOLD = """
import sys, time
from pathlib import Path
from pipelines.storage.lock import OutletBusy, OutletLock
try:
    OutletLock(Path(sys.argv[1]), "demo_times").acquire(sys.argv[2])
except OutletBusy:
    sys.exit(75)
print("held", flush=True)
time.sleep(60)
"""


def test_the_second_is_told_who_holds_it(tmp_path: Path) -> None:
    first = OutletLock(tmp_path, "demo_times")
    first.acquire("run-1")
    with pytest.raises(
        OutletBusy, match=rf"demo_times is being crawled by run run-1 \(pid {os.getpid()}, since 20"
    ):
        OutletLock(tmp_path, "demo_times").acquire("run-2")
    OutletLock(tmp_path, "other_times").acquire("run-3")
    first.release()
    with OutletLock(tmp_path, "demo_times"):
        pass
    assert first.path.exists()


def test_a_killed_holder_frees_it(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path), "run-1"], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    lock = OutletLock(tmp_path, "demo_times")
    with pytest.raises(OutletBusy, match=f"pid {holder.pid}"):
        lock.acquire("run-2")
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    lock.acquire("run-2")
    lock.release()


def test_of_many_that_start_at_once_one_works(tmp_path: Path) -> None:
    locks = [OutletLock(tmp_path, "demo_times") for _ in range(200)]
    busy = 0
    for lock in locks:
        try:
            lock.acquire("run")
        except OutletBusy:
            busy += 1
    assert busy == 199


def test_a_lock_file_deleted_by_a_stranger_still_leaves_one_holder(tmp_path: Path) -> None:
    first = OutletLock(tmp_path, "demo_times")
    first.acquire("run-1")
    first.path.unlink()
    second = OutletLock(tmp_path, "demo_times")
    second.acquire("run-2")  # nobody can see the first one's lock any more
    with pytest.raises(OutletBusy):
        OutletLock(tmp_path, "demo_times").acquire("run-3")


def test_a_holder_that_has_not_said_its_name_yet_is_another_process(tmp_path: Path) -> None:
    first = OutletLock(tmp_path, "demo_times")
    first.acquire("run-1")
    first.path.write_text('{"pid": 1')
    with pytest.raises(OutletBusy, match="by another process"):
        OutletLock(tmp_path, "demo_times").acquire("run-2")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    with pytest.raises(StorageError, match=r"demo_times\.lock cannot be locked"):
        OutletLock(tmp_path, "demo_times").acquire("run")


def test_a_name_that_is_no_slug_never_becomes_a_path(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no outlet"):
        OutletLock(tmp_path, "../../etc/passwd")
