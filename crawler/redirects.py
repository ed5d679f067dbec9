"""Redirects: Scrapy's own, in a crawl in which no request says where it comes from."""

from __future__ import annotations

from typing import Self

from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware


class Redirects(RedirectMiddleware):
    """Downloader middleware: follows redirects, and takes a Referer from them as Scrapy's does by itself."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        # Scrapy's also looks for RefererMiddleware, and warns every run that there is none.
        redirects = cls(crawler.settings)
        redirects.crawler = crawler
        return redirects
