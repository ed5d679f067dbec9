"""The middleware that keeps answers as received."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.http import HtmlResponse, Response
from scrapy.utils.test import get_crawler

from crawler.raw_pages import RAW_PAGE, RawPages

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def raw_pages() -> RawPages:
    return RawPages(lambda: NOW)


def answer(request: Request, status: int = 200, body: bytes = b"", **headers: str) -> Response:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return HtmlResponse(request.url, status=status, body=body, headers=fields, request=request)


def test_the_body_is_kept_still_compressed() -> None:
    packed = gzip.compress(b"<html>page</html>")
    request = Request("http://o.example/1", headers={"Accept": "text/html"})
    response = raw_pages().process_response(
        request, answer(request, body=packed, Content_Encoding="gzip", Etag='"1"')
    )
    unpacked = HttpCompressionMiddleware.from_crawler(get_crawler()).process_response(request, response)
    page = request.meta[RAW_PAGE]
    assert unpacked.body == b"<html>page</html>"
    assert page.body is response.body
    assert (b"Content-Encoding", b"gzip") in page.response_headers
    assert page.request_headers == [(b"Accept", b"text/html")]
    assert (page.url, page.status, page.method) == ("http://o.example/1", 200, "GET")
    assert page.fetched_at == NOW


def test_each_redirect_is_chained_to_the_page_it_led_to() -> None:
    raw, redirect = raw_pages(), RedirectMiddleware.from_crawler(get_crawler())
    request = Request("http://o.example/a")
    for target in ("b", "c"):
        hop = raw.process_response(request, answer(request, 301, Location=f"http://o.example/{target}"))
        following = redirect.process_response(request, hop)
        assert isinstance(following, Request)
        request = following
    raw.process_response(request, answer(request, body=b"page"))
    page = request.meta[RAW_PAGE]
    assert page.redirected_from.url == "http://o.example/b"
    assert page.redirected_from.redirected_from.url == "http://o.example/a"
    assert page.redirected_from.redirected_from.redirected_from is None


def test_a_failed_try_is_not_taken_for_a_redirect() -> None:
    raw, redirect = raw_pages(), RedirectMiddleware.from_crawler(get_crawler())
    first = Request("http://o.example/a")
    hop = raw.process_response(first, answer(first, 302, Location="http://o.example/b"))
    second = redirect.process_response(first, hop)
    assert isinstance(second, Request)
    raw.process_response(second, answer(second, 503))
    again = second.copy()
    raw.process_response(again, answer(again, body=b"page"))
    page = again.meta[RAW_PAGE]
    assert [page.status, page.redirected_from.status] == [200, 302]
    assert page.redirected_from.redirected_from is None

    plain = Request("http://o.example/c", meta={RAW_PAGE: hop})
    raw.process_response(plain, answer(plain, body=b"other"))
    assert plain.meta[RAW_PAGE].redirected_from is None
