"""OutletLock: one run of one outlet at a time, by a kernel lock that frees itself when the process dies."""

from __future__ import annotations

import fcntl
import json
import os
import time
from typing import Self

from pipelines.storage.durable import make_folders
from pipelines.storage.errors import OutletBusy, StorageError
from pipelines.storage.layout import DataPath, state_folder
from pipelines.storage.names import outlet_slug

__all__ = ["OutletBusy", "OutletLock"]


class OutletLock:
    """The lock of one outlet in one data folder. Its file is never deleted; it names the last holder.

    Over a bucket it only holds on this machine; the ledger's own lock holds wherever that ledger is used.
    """

    def __init__(self, data_dir: DataPath, outlet: str):
        self.outlet = outlet
        self.path = state_folder(data_dir) / f"{outlet_slug(outlet)}.lock"
        self._descriptor: int | None = None

    def acquire(self, run_id: str = "") -> None:
        """Take the lock for a run. Raises OutletBusy, naming the holder, without waiting."""
        try:
            make_folders(self.path.parent)
            descriptor = self._open_locked()
        except OSError as error:
            raise StorageError(
                f"{self.path} cannot be locked: {error.strerror}: check that its folder can be written"
            ) from error
        self._descriptor = descriptor
        try:
            self._write_holder(run_id)
        except OSError as error:
            self.release()
            raise StorageError(
                f"{self.path} cannot be written: {error.strerror}: free some space and run again"
            ) from error

    def release(self) -> None:
        """Free the lock; also done by the kernel when the process ends, however it ends."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def holder(self) -> str:
        """Who took the lock last, in words."""
        try:
            holder = json.loads(self.path.read_text())
            return f"run {holder['run_id'] or '?'} (pid {holder['pid']}, since {holder['started_at']})"
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"  # just taken: its holder has not yet written who it is

    def __enter__(self) -> Self:
        if self._descriptor is None:
            self.acquire()
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()

    def _open_locked(self) -> int:
        while True:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self._is_the_file(descriptor):
                    return descriptor
            except BlockingIOError:
                os.close(descriptor)
                raise OutletBusy(f"{self.outlet} is being crawled by {self.holder()}: {self.path}") from None
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def _is_the_file(self, descriptor: int) -> bool:
        """Whether the locked file is still the one at the path: a stranger may have deleted it meanwhile."""
        try:
            return os.path.samestat(os.fstat(descriptor), self.path.stat())
        except FileNotFoundError:
            return False

    def _write_holder(self, run_id: str) -> None:
        assert self._descriptor is not None
        started_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        text = json.dumps({"pid": os.getpid(), "run_id": run_id, "started_at": started_at}) + "\n"
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text.encode(), 0)
