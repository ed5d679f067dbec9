"""Offsite: a request that leaves the outlet's hosts is refused aloud, so that its link ends in a state."""

from __future__ import annotations

from scrapy import Request, Spider
from scrapy.downloadermiddlewares.offsite import OffsiteMiddleware

from crawler.safety import Refused


class OffsiteRefused(OffsiteMiddleware):
    """Scrapy's rule without its two exits.

    Scrapy drops an offsite redirect before any errback hears of it, and lets every request pass that was
    retried (`dont_filter`), wherever its redirects lead.
    """

    def request_scheduled(self, request: Request, spider: Spider) -> None:
        """Let it through to `process_request`, whose refusal reaches the errback."""

    def process_request(self, request: Request, spider: Spider | None = None) -> None:
        assert self.crawler.spider is not None
        if not self.should_follow(request, self.crawler.spider):
            raise Refused(request.url, "offsite")
