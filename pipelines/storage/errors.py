"""The faults of storage that a run must end on; each names the path and what to do."""

from __future__ import annotations


class StorageError(Exception):
    """Something in the data folder cannot be written or read; the run ends with exit code 20."""


class DatasetTooNew(StorageError):
    """A Parquet file was written by a newer version of asiadesk than this one."""


class LedgerError(Exception):
    """The ledger cannot be opened, written or understood; the run ends with exit code 21."""


class LedgerUnavailable(LedgerError):
    """The ledger's database refused: disk full, locked, damaged, connection lost …"""


class LedgerTooNew(LedgerError):
    """The ledger was made by a newer version of asiadesk than this one."""


class OutletBusy(Exception):
    """Another run of the outlet is alive; this one ends with exit code 75."""
