"""scrapy crawl: one run of one outlet; its exit code says how it went."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from importlib.abc import MetaPathFinder
from typing import Any

# First of all, while few modules are loaded: it looks through every module and the source of every caller, to
# find out who derives from a class of its past. A tenth of a second later on.
import scrapy.core.downloader.contextfactory  # noqa: F401
from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.exceptions import UsageError

from crawler import settings
from crawler.commands.outlet_argument import outlet_class
from crawler.exit_codes import BUSY, INTERNAL, USAGE, code_of
from crawler.run_report import RunReporter
from pipelines.run_settings import refuse_no_numbers
from pipelines.storage.errors import LedgerError, StorageError
from pipelines.storage.heap import keep_heap_small
from pipelines.storage.lock import OutletBusy

logger = logging.getLogger(__name__)


class Command(ScrapyCrawl):
    """Scrapy's command, with exit codes that a scheduler can believe."""

    def long_desc(self) -> str:
        return (
            "Crawl one outlet: scrapy crawl sputnik [-a since=2026-11-01] [-a until=2026-11-24] "
            "[-a limit=100] [-a origin=http://127.0.0.1:8000] [-s DATA_DIR=data]. "
            "Exit codes: 0 complete, 2 usage, 10 too many quarantined, 11 partial, 12 drift or silence, "
            "20 storage, 21 ledger, 70 internal, 75 another run has the outlet, 130/143 stopped by a signal."
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError("scrapy crawl takes one outlet; `scrapy list` shows them")
        keep_pandas_out()
        keep_heap_small()
        assert self.settings is not None
        refuse_no_numbers(self.settings, vars(settings))
        process = self.crawler_process
        assert isinstance(process, AsyncCrawlerProcess)
        crawler = process.create_crawler(outlet_class(process.spider_loader, args[0]))
        task = process.crawl(crawler, **opts.spargs)
        task.add_done_callback(_note_failure)
        process.start()
        self.exitcode = exit_code(task, crawler)


class _NoPandas(MetaPathFinder):
    """Finds no pandas, installed or not."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("a crawl does without pandas", name=fullname)


def keep_pandas_out() -> None:
    """Spare this process the half second and 30 MiB of pandas.

    Where pyarrow finds pandas it imports that to ask whether a list is a Series.
    """
    sys.meta_path.insert(0, _NoPandas())


def _note_failure(task: asyncio.Task[None]) -> None:
    """Say in one line what kept a crawl from starting; `exit_code` maps it."""
    error = None if task.cancelled() else task.exception()
    if isinstance(error, OutletBusy | StorageError | LedgerError | UsageError | ValueError):
        logger.error("%s", error)
    elif error is not None:
        logger.error("The crawl could not start", exc_info=error)


def exit_code(task: asyncio.Task[None], crawler: Crawler) -> int:
    """The exit code of a crawl that is over: the report's, or that of what kept it from starting."""
    error = None if task.cancelled() or not task.done() else task.exception()
    if isinstance(error, OutletBusy):
        return BUSY
    if isinstance(error, StorageError | LedgerError):
        return code_of(error)
    # What a crawl raises instead of reporting it comes from its start: arguments and settings.
    if isinstance(error, UsageError | ValueError):
        return USAGE
    if error is not None:
        return INTERNAL
    reporter = crawler.get_extension(RunReporter)
    return INTERNAL if reporter is None or reporter.exit_code is None else reporter.exit_code
