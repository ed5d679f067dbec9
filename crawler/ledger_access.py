"""Data folder and ledger for commands: found where they exist, with errors for people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scrapy.exceptions import UsageError
from scrapy.settings import BaseSettings

from pipelines.storage.errors import LedgerError
from pipelines.storage.layout import DataPath, UnusableDataFolder, data_folder, ledger_path
from pipelines.storage.ledger import Ledger


def data_folder_of(settings: BaseSettings) -> DataPath:
    """The data folder, empty or not. Raises UsageError where there can be none or it cannot be reached."""
    folder, _ = _folder_and_whether_it_exists(settings)
    return folder


def existing_data_folder(settings: BaseSettings) -> DataPath:
    """As `data_folder_of`, and raises UsageError where nothing is in it yet."""
    folder, exists = _folder_and_whether_it_exists(settings)
    if not exists:
        raise UsageError(f"there is no data folder {folder}; name it with -s DATA_DIR=…", print_help=False)
    return folder


def _folder_and_whether_it_exists(settings: BaseSettings) -> tuple[DataPath, bool]:
    folder = _named_folder(settings)
    try:
        return folder, folder.is_dir()
    except OSError as error:
        raise UsageError(str(error), print_help=False) from error


def _named_folder(settings: BaseSettings) -> DataPath:
    try:
        return data_folder(settings["DATA_DIR"], settings["LEDGER"], settings["STATE_DIR"])
    except UnusableDataFolder as error:
        raise UsageError(str(error), print_help=False) from error


@contextmanager
def opened_ledger(settings: BaseSettings) -> Iterator[Ledger]:
    """The ledger of DATA_DIR. Raises UsageError, which scrapy prints, where there is none."""
    path = ledger_path(_named_folder(settings))
    if not settings["LEDGER"] and not path.exists():
        raise UsageError(
            f"there is no ledger at {path}; run `scrapy crawl` first, or name the folder with -s DATA_DIR=…",
            print_help=False,
        )
    try:
        ledger = Ledger.open(settings["LEDGER"] or path)
    except LedgerError as error:
        raise UsageError(str(error), print_help=False) from error
    with ledger:
        yield ledger
