"""Progress: a bar on a terminal, a line a minute in a log; and a log without a line for every page."""

from __future__ import annotations

import logging
import sys
from typing import Any, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings
from scrapy.utils.asyncio import AsyncioLoopingCall, create_looping_call
from scrapy.utils.log import get_scrapy_root_handler
from twisted.internet.task import LoopingCall

from crawler.listing_spider import ListingSpider
from pipelines.session import session_of
from pipelines.storage.ledger import LinkState

logger = logging.getLogger(__name__)

LOG_SECONDS = 60
BAR_SECONDS = 0.5


class QuietLog(LogFormatter):
    """Normal events are quiet: pages, items and dropped items are debug lines.

    Of pages and items none is made where nobody would see it: Scrapy's loggers take every level, and its
    handler drops what it does not show. None stands for no line, which Scrapy's types do not know.
    """

    def __init__(self, level: str | int = logging.DEBUG) -> None:
        number = logging.getLevelName(level) if isinstance(level, str) else level
        self._shows_all = number <= logging.DEBUG

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.settings["LOG_LEVEL"])

    def crawled(self, request: Request, response: Response, spider: Spider) -> Any:
        if not self._shows_all:
            return None
        return {**super().crawled(request, response, spider), "level": logging.DEBUG}

    def scraped(self, item: Any, response: Any, spider: Spider) -> Any:
        if not self._shows_all:
            return None
        return {"level": logging.DEBUG, "msg": "Scraped %(id)s", "args": {"id": item.article_id}}

    def dropped(
        self, item: Any, exception: BaseException, response: Any, spider: Spider
    ) -> LogFormatterResult:
        return {
            "level": logging.DEBUG,
            "msg": "%(id)s: %(why)s",
            "args": {"id": item.article_id, "why": exception},
        }

    def item_error(
        self, item: Any, exception: BaseException, response: Any, spider: Spider
    ) -> LogFormatterResult:
        return {"level": logging.ERROR, "msg": "A stage broke on %(url)s", "args": {"url": item.url}}


class Progress:
    """Shows how far a crawl is: links settled of those given out so far, and what became of them."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._on_terminal = sys.stderr.isatty() and not _wants_lines(crawler.settings)
        self._timer: AsyncioLoopingCall | LoopingCall | None = None
        self._bar: Any = None
        self._task: Any = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Progress:
        if not isinstance(crawler.spider, ListingSpider):
            raise NotConfigured  # `scrapy fetch`, `shell` and the like run no outlet
        progress = cls(crawler)
        crawler.signals.connect(progress._spider_opened, signals.spider_opened)
        crawler.signals.connect(progress._spider_closed, signals.spider_closed)
        return progress

    def _spider_opened(self, spider: Spider) -> None:
        if self._on_terminal:
            from rich.console import Console  # only where there is somebody to see it
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[states]}"),
                TimeElapsedColumn(),
                console=Console(stderr=True),
            )
            if handler := get_scrapy_root_handler():
                handler.setLevel(max(handler.level, logging.WARNING))  # lines would tear the bar
            self._task = self._bar.add_task(spider.name, total=None, states="")
            self._bar.start()
        self._timer = create_looping_call(self._show, spider)
        self._timer.start(BAR_SECONDS if self._on_terminal else LOG_SECONDS, now=False)

    def _show(self, spider: Spider) -> None:
        settled = session_of(self._crawler).states
        states, done = summary(settled), sum(settled.values())
        given = getattr(getattr(spider, "frontier", None), "given", 0)
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=max(given, done), states=states)
        else:
            logger.info("%d of %d links settled (%s)", done, given, states or "none yet")

    def _spider_closed(self, spider: Spider) -> None:
        if self._timer is not None and self._timer.running:
            self._timer.stop()
        self._show(spider)
        if self._bar is not None:
            self._bar.stop()


def _wants_lines(settings: BaseSettings) -> bool:
    """Whether the user asked for a log by name: a file, or a level on the command line."""
    priority = settings.getpriority("LOG_LEVEL") or 0
    return bool(settings["LOG_FILE"]) or priority >= SETTINGS_PRIORITIES["cmdline"]


def summary(states: dict[LinkState, int]) -> str:
    """ "12 staged, 3 unchanged", the commonest first."""
    ordered = sorted(states.items(), key=lambda entry: (-entry[1], entry[0]))
    return ", ".join(f"{count} {state}" for state, count in ordered)
