"""Where things lie in the data folder, as far as the schedule writes or reads them."""

from __future__ import annotations

import os
from pathlib import Path

from pipelines.storage.layout import DataPath, ledger_path, local_folder


def ledger_place(data_dir: DataPath) -> str:
    """Where the ledger is: named by the environment, or in the data folder; as for the crawl."""
    return os.environ.get("ASIADESK_LEDGER") or str(ledger_path(data_dir))


def log_path(data_dir: DataPath, outlet: str, run_id: str) -> Path:
    """Where the output of a run lies."""
    return local_folder(data_dir) / "logs" / outlet / f"{run_id}.log"


def drop_old_logs(data_dir: DataPath, outlet: str, keep: int) -> None:
    """Delete all but the newest `keep` logs of an outlet, and of the pages that its runs failed on."""
    folder = local_folder(data_dir)
    for files in ((folder / "logs" / outlet).glob("*.log"), (folder / "health").glob(f"{outlet}-*")):
        for path in sorted(files)[:-keep]:
            path.unlink(missing_ok=True)
