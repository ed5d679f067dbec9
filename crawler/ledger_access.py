"""The ledger for commands that only look: opened where it exists, with errors for people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scrapy.exceptions import UsageError
from scrapy.settings import BaseSettings

from pipelines.storage.errors import LedgerError
from pipelines.storage.layout import ledger_path
from pipelines.storage.ledger import Ledger


@contextmanager
def opened_ledger(settings: BaseSettings) -> Iterator[Ledger]:
    """The ledger of DATA_DIR. Raises UsageError, which scrapy prints, where there is none."""
    path = ledger_path(Path(settings["DATA_DIR"]))
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
