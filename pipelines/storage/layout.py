"""Where the data folder lies, and in it what more than one room must find.

It is a folder on a disk, or a prefix in an S3 bucket (`s3://bucket/prefix`) for the dataset, the raw pages
and the run reports; then locks, clocks and pages that wait for their upload lie on this machine.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from pipelines.storage.s3 import S3Path

DataPath: TypeAlias = Path | S3Path
"""A file or folder of the data folder."""

DEFAULT_STATE = Path("data") / "state"
"""Where the local part lies for a bucket and a ledger on a server, when nobody names another place."""

_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[A-Za-z0-9._=-]+)*)/*")


class UnusableDataFolder(ValueError):
    """The settings name no data folder that we could work with; the message says what to write."""


def data_folder(data_dir: str | Path, ledger: str | None = None, state_dir: str | None = None) -> DataPath:
    """The data folder that the settings DATA_DIR, LEDGER and STATE_DIR name. Raises UnusableDataFolder."""
    text = str(data_dir)
    if not text.startswith("s3:"):
        return Path(text)
    match = _BUCKET.fullmatch(text)
    if match is None:
        raise UnusableDataFolder(
            f"DATA_DIR={text}: write it as s3://bucket/prefix, in letters, digits and any of . _ = -"
        )
    if not ledger or ledger.startswith("s3:"):
        raise UnusableDataFolder(
            f"DATA_DIR={text}: the ledger cannot lie in a bucket; name another place for it, as in "
            "-s LEDGER=/srv/asiadesk/ledger.sqlite or -s LEDGER=postgresql+psycopg://…"
        )
    if find_spec("obstore") is None:
        raise UnusableDataFolder(f"DATA_DIR={text}: install the driver: pip install 'asiadesk[s3]'")
    return S3Path(match[1], match[2].strip("/"), Path(state_dir) if state_dir else _beside(ledger))


def local_folder(data_dir: DataPath) -> Path:
    """Where on this machine a run writes: the data folder itself, or the local part of one in a bucket."""
    return data_dir.local if isinstance(data_dir, S3Path) else data_dir


def state_folder(data_dir: DataPath) -> Path:
    """Where locks and clocks lie, on this machine."""
    return data_dir.local if isinstance(data_dir, S3Path) else data_dir / "state"


def ledger_path(data_dir: DataPath) -> Path:
    """The ledger's file, where no database URL or path names another place."""
    return state_folder(data_dir) / "ledger.sqlite"


def name_within(data_dir: DataPath, path: DataPath) -> str:
    """What a row calls a file of the data folder: its path from there, with forward slashes."""
    return PurePosixPath(str(path)).relative_to(str(data_dir)).as_posix()


def _beside(ledger: str) -> Path:
    if "://" not in ledger:
        return Path(ledger).absolute().parent
    if ledger.startswith("sqlite"):
        return Path(ledger.partition(":///")[2].partition("?")[0]).absolute().parent
    return DEFAULT_STATE.absolute()
