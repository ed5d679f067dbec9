"""Downloader middleware that keeps each answer as it was received, for the raw archive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response

from pipelines.session import StorageSession
from pipelines.storage.raw_archive import RawPage

RAW_PAGE = "raw_page"


class RawPages:
    """Puts a `RawPage` into `request.meta["raw_page"]`, before anything decompresses or follows redirects.

    Its place is between Redirects (600) and the network: there each redirect hop passes as well
    and is chained to the page as `redirected_from`. It keeps references to what Scrapy holds anyway, no
    copies.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        session = crawler.get_extension(StorageSession)  # `scrapy preview` has none
        return cls(session.now if session else partial(datetime.now, UTC))

    def process_response(self, request: Request, response: Response) -> Response:
        page = RawPage(
            url=response.url,
            status=response.status,
            request_headers=pairs(request.headers),
            response_headers=pairs(response.headers),
            body=response.body,
            fetched_at=self._now(),
            method=request.method,
            redirected_from=_hop_before(request),
        )
        request.meta[RAW_PAGE] = page
        return response


def pairs(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Each header with each of its values, as the headers hold them."""
    # Headers.items() would look each name up again, and bring it into its usual case.
    return [(name, value) for name, values in dict.items(headers) for value in values]


def _hop_before(request: Request) -> RawPage | None:
    """The redirect that led here. A request that is retried carries its own failed answer instead."""
    before = request.meta.get(RAW_PAGE)
    if not isinstance(before, RawPage) or not request.meta.get("redirect_urls"):
        return None
    return before if 300 <= before.status < 400 else before.redirected_from
