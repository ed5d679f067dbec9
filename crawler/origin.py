"""Origin: send an outlet's requests to another host, such as the replica; every URL stays the outlet's."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from scrapy import Request
from scrapy.http import Response

from crawler.politeness import PoliteHandler


def at_origin(url: str, origin: str) -> str:
    """The same path and query at another origin ("http://127.0.0.1:8000")."""
    scheme, netloc = urlsplit(origin)[:2]
    return urlunsplit((scheme, netloc, *urlsplit(url)[2:]))


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
