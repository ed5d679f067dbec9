"""Where things lie in the data folder that more than one room must find."""

from __future__ import annotations

from pathlib import Path


def ledger_path(data_dir: Path) -> Path:
    """The ledger's file, where no database URL names another place."""
    return data_dir / "state" / "ledger.sqlite"
