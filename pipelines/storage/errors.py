"""The faults of storage that a run must end on; each names the path and what to do."""

from __future__ import annotations


class StorageError(Exception):
    """Something in the data folder cannot be written or read; the run ends with exit code 20."""


class LedgerError(Exception):
    """The ledger cannot be opened, written or understood; the run ends with exit code 21."""
