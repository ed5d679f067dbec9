"""The download handlers of a crawl: each request waits for its turn, and may be sent to another host.

No module imports this one: Scrapy loads it when the crawl is made. Before that, deep in our imports, what it
imports of Scrapy would take twice the time, for it looks through the source of every caller.
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.guarded_download import GuardedHandler
from crawler.politeness import politeness_of


def at_origin(url: str, origin: str) -> str:
    """The same path and query at another origin ("http://127.0.0.1:8000")."""
    scheme, netloc = urlsplit(origin)[:2]
    return urlunsplit((scheme, netloc, *urlsplit(url)[2:]))


class PoliteHandler(GuardedHandler):
    """The guarded handler, each request of which waits for its turn at the host."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._politeness = politeness_of(crawler)

    async def download_request(self, request: Request) -> Response:
        return await self.send_in_turn(request, request.url)

    async def send_in_turn(self, request: Request, at: str) -> Response:
        """Wait for the turn of the host of `at`, and send the request there."""
        turn = await self._politeness.turn(at)
        try:
            return await self.send(request, turn.use, at)
        finally:
            turn.use()


class OriginDownloadHandler(PoliteHandler):
    """The polite HTTP handler; with the spider argument `origin` it sends the outlet's requests there.

    Nothing above it sees the difference, so robots.txt, delays, offsite rules and the stored URLs are those
    of the outlet's own host.
    """

    async def download_request(self, request: Request) -> Response:
        spider = self._crawler.spider
        origin = getattr(spider, "origin", None)
        if not origin:
            return await super().download_request(request)
        response = await self.send_in_turn(request, at_origin(request.url, origin))
        location = response.headers.get("Location")
        if location and location.decode("latin-1").startswith(origin):
            # A server that names itself in a redirect means the outlet.
            response.headers["Location"] = location[len(origin) :] or b"/"
        return response
