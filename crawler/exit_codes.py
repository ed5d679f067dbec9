"""The exit codes of a run, as the README has them."""

from __future__ import annotations

from pipelines.storage.errors import LedgerError, StorageError

COMPLETE = 0
USAGE = 2
QUARANTINE = 10
PARTIAL = 11
DRIFT = 12
STORAGE = 20
LEDGER = 21
INTERNAL = 70
BUSY = 75
SIGNALLED = 128
"""… and the signal's number."""


def code_of(fault: StorageError | LedgerError) -> int:
    """The exit code of a run that a fault of storage ended."""
    return LEDGER if isinstance(fault, LedgerError) else STORAGE
