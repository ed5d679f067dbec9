"""Limits on the disk: with how little left a run must not write, and which raw pages it no longer keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from shutil import disk_usage

from pipelines.storage.errors import StorageError
from pipelines.storage.layout import DataPath, local_folder
from pipelines.storage.ledger import Ledger
from pipelines.storage.raw_archive import drop_old


@dataclass(frozen=True, slots=True)
class DiskLimits:
    """How much of the disk a run may take."""

    min_free_bytes: int = 0
    """With less than this left the run ends before it starts to write."""
    raw_days: float | None = None
    """Raw pages are kept as long; None for ever."""
    raw_bytes: int | None = None
    """The outlet's raw pages take as much; None without end."""

    def check_free_space(self, data_dir: DataPath) -> None:
        """Raises StorageError while there is still room for the ledger to say how the run ended."""
        free = free_bytes(data_dir)
        if free < self.min_free_bytes:
            raise StorageError(
                f"{local_folder(data_dir)}: {free >> 20} MiB free, and MIN_FREE_BYTES asks for "
                f"{self.min_free_bytes >> 20}: free some space and run again, nothing committed is lost"
            )

    def drop_old_pages(self, ledger: Ledger, data_dir: DataPath, outlet: str, now: datetime) -> None:
        """Drop the outlet's raw pages past the limits, but those in quarantine. Raises StorageError."""
        if self.raw_days is not None or self.raw_bytes is not None:
            drop_old(
                data_dir,
                outlet,
                now=now,
                keep_days=self.raw_days,
                keep_bytes=self.raw_bytes,
                needed=ledger.quarantine_files(outlet),
            )


def free_bytes(data_dir: DataPath) -> int:
    """What is free on the disk where a run writes on this machine. Raises StorageError."""
    folder = local_folder(data_dir).absolute()
    try:
        # On a machine that only looks at a bucket the local part need not exist yet.
        return disk_usage(next(known for known in (folder, *folder.parents) if known.exists())).free
    except OSError as error:
        raise StorageError(f"{folder}: its disk does not say what is free: {error}") from error
