"""A few pages for a command, fetched as a crawl would: robots.txt, gaps, bounds and safety rules hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from scrapy import Request
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import UsageError
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.listing_spider import ListingSpider

T = TypeVar("T")


class NotFetched(Exception):
    """A page that a command wanted and did not get."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason


Fetch = Callable[[str], Awaitable[Response]]
"""Gives the answer to a URL if its status is 200; raises NotFetched otherwise."""


def with_pages(
    process: AsyncCrawlerProcess,
    spider_class: type[ListingSpider],
    origin: str | None,
    work: Callable[[Fetch], Awaitable[T]],
) -> T:
    """What `work` gives, which may fetch pages of the outlet. Raises UsageError if it could not begin."""
    # No run: what registers one or stores items stays out; what keeps us safe and polite does not.
    parts = {name: dict.fromkeys(process.settings.getdict(name)) for name in ("EXTENSIONS", "ITEM_PIPELINES")}
    parts["EXTENSIONS"] |= {"crawler.safety.MemoryLimit": 0, "crawler.politeness.Politeness": 0}
    outcome: asyncio.Future[T] | None = None

    class Pages(spider_class):  # type: ignore[misc, valid-type]
        custom_settings = parts

        async def start(self) -> AsyncIterator[Request]:
            nonlocal outcome
            outcome = asyncio.ensure_future(work(self.fetch))
            await asyncio.wait([outcome])
            return
            yield  # Scrapy wants a generator

        async def fetch(self, url: str) -> Response:
            assert self.crawler.engine is not None
            try:
                answer = await self.crawler.engine.download_async(Request(url, callback=NO_CALLBACK))
            except Exception as error:  # whatever a download can meet
                raise NotFetched(url, str(error) or type(error).__name__) from error
            if answer.status != 200:
                raise NotFetched(url, f"HTTP status {answer.status}")
            return answer

    task: asyncio.Task[None] = process.crawl(Pages, origin=origin)
    process.start()
    if outcome is None or not outcome.done():
        error = task.exception() if task.done() and not task.cancelled() else None
        raise UsageError(f"{spider_class.site}: {error or 'no answer'}", print_help=False)
    return outcome.result()
