"""Compressed answers: whole ones come out, cut, lying and swelling ones do not."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib

import brotli
import pytest
from backports import zstd
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.utils.test import get_crawler

from crawler.decompression import (
    BoundedDecompression,
    TooLarge,
    TruncatedBody,
    UndecodableBody,
    UnknownCoding,
    decoded,
    gunzip,
)
from crawler.safety import Refused

PAGE = (
    "<html><body>"
    + "".join(f"<p>Paragraph {n} on fishing rights.</p>" for n in range(3000))
    + "</body></html>"
)
BODY = PAGE.encode()
MIB = 1024 * 1024


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush()


ENCODERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "deflate without a frame": raw_deflate,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


@pytest.mark.parametrize("coding", ENCODERS)
def test_a_whole_body_comes_out(coding: str) -> None:
    assert decoded(ENCODERS[coding](BODY), [coding.split()[0]], MIB) == BODY


@pytest.mark.parametrize("coding", ENCODERS)
@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_a_cut_body_is_not_taken_for_the_page(coding: str, share: float) -> None:
    packed = ENCODERS[coding](BODY)
    with pytest.raises((TruncatedBody, UndecodableBody)):
        decoded(packed[: int(len(packed) * share)], [coding.split()[0]], MIB)


@pytest.mark.parametrize("coding", ENCODERS)
def test_a_bomb_is_refused_before_it_is_in_memory(coding: str) -> None:
    packed = ENCODERS[coding](bytes(64 * MIB))
    tracemalloc.start()
    started = time.perf_counter()
    with pytest.raises(TooLarge):
        decoded(packed, [coding.split()[0]], 4 * MIB)
    assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    assert time.perf_counter() - started < 2
    tracemalloc.stop()


@pytest.mark.parametrize("coding", ENCODERS)
def test_a_body_exactly_as_large_as_allowed_is_taken(coding: str) -> None:
    packed = ENCODERS[coding](BODY)
    assert decoded(packed, [coding.split()[0]], len(BODY)) == BODY
    with pytest.raises(TooLarge):
        decoded(packed, [coding.split()[0]], len(BODY) - 1)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd"])
def test_bytes_after_the_end_are_ignored(coding: str) -> None:
    assert decoded(ENCODERS[coding](BODY) + b"\r\n<!-- cached -->", [coding], MIB) == BODY


def test_gzip_in_several_members_is_one_body() -> None:
    assert gunzip(gzip.compress(BODY) + gzip.compress(b"end") + b"\0\0", MIB) == BODY + b"end"


SKIPPED_FRAME = b"\x50\x2a\x4d\x18\x04\x00\x00\x00note"


def test_zstd_in_several_frames_is_one_body() -> None:
    packed = SKIPPED_FRAME + zstd.compress(BODY) + SKIPPED_FRAME + zstd.compress(b"end")
    assert decoded(packed, ["zstd"], MIB) == BODY + b"end"
    with pytest.raises(TruncatedBody):
        decoded(packed[:-2], ["zstd"], MIB)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_flood_of_empty_members_ends_soon(coding: str) -> None:
    member = ENCODERS[coding](b"")
    started = time.perf_counter()
    with pytest.raises(UndecodableBody):
        decoded(member * (4 * MIB // len(member)), [coding], 4 * MIB)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_second_member_counts_towards_the_bound(coding: str) -> None:
    with pytest.raises(TooLarge):
        decoded(ENCODERS[coding](BODY) * 5, [coding], 2 * len(BODY))


@pytest.mark.parametrize("coding", ["identity", "none", "utf-8"])
def test_what_some_servers_call_a_coding_is_none(coding: str) -> None:
    assert decoded(BODY, [coding], MIB) == BODY


def test_a_gzip_body_with_a_wrong_checksum_is_not_taken() -> None:
    packed = bytearray(gzip.compress(BODY))
    packed[-5] ^= 1
    with pytest.raises(UndecodableBody):
        decoded(bytes(packed), ["gzip"], MIB)


def test_a_zstd_frame_that_asks_for_a_huge_window_is_not_taken() -> None:
    options = {zstd.CompressionParameter.window_log: 27}
    compressor = zstd.ZstdCompressor(options=options)
    packed = compressor.compress(BODY) + compressor.flush()
    with pytest.raises(UndecodableBody):
        decoded(packed, ["zstd"], MIB)


@pytest.mark.parametrize("coding", ENCODERS)
def test_plain_text_that_claims_a_coding_is_undecodable(coding: str) -> None:
    with pytest.raises((TruncatedBody, UndecodableBody)):
        decoded(BODY, [coding.split()[0]], MIB)


def test_codings_upon_each_other_are_undone_from_the_last_one() -> None:
    assert decoded(gzip.compress(zlib.compress(BODY)), ["deflate", "gzip"], MIB) == BODY


@pytest.mark.parametrize("codings", [["compress"], ["gzip", "exi"], ["gzip"] * 4])
def test_what_we_did_not_ask_for_is_unknown(codings: list[str]) -> None:
    with pytest.raises(UnknownCoding):
        decoded(gzip.compress(BODY), codings, MIB)


@pytest.fixture
def crawl() -> Crawler:
    crawler = get_crawler(settings_dict={"DOWNLOAD_MAXSIZE": MIB, "RETRY_TIMES": 2})
    crawler.spider = Spider("any")
    crawler.spider.crawler = crawler
    return crawler


def answer(body: bytes, coding: str = "gzip", **fields: object) -> Response:
    headers = {"Content-Encoding": coding, "Content-Type": "text/html"}
    return HtmlResponse("https://site.example/a", headers=headers, body=body, **fields)  # type: ignore[arg-type]


def test_the_decoded_answer_keeps_no_trace_of_its_coding(crawl: Crawler) -> None:
    request = Request("https://site.example/a")
    latin = "<html><head><meta charset=iso-8859-1></head><body>Déjà vu</body></html>".encode("latin-1")
    response = BoundedDecompression(crawl).process_response(request, answer(gzip.compress(latin)))
    assert isinstance(response, TextResponse)
    assert "Déjà vu" in response.text
    assert "Content-Encoding" not in response.headers


def test_an_answer_without_content_type_becomes_text_once_decoded(crawl: Crawler) -> None:
    request = Request("https://site.example/a")
    packed = Response(request.url, headers={"Content-Encoding": "br"}, body=brotli.compress(BODY))
    assert isinstance(BoundedDecompression(crawl).process_response(request, packed), TextResponse)


def test_a_cut_answer_is_asked_for_again_and_then_failed(crawl: Crawler) -> None:
    middleware = BoundedDecompression(crawl)
    request: Request | Response = Request("https://site.example/a")
    cut = gzip.compress(BODY)[:2000]
    for _ in range(2):
        assert isinstance(request, Request)
        request = middleware.process_response(request, answer(cut))
        assert isinstance(request, Request)
    with pytest.raises(TruncatedBody) as caught:
        middleware.process_response(request, answer(cut))
    assert caught.value.reason == "truncated"


def test_an_empty_page_is_a_cut_one_but_an_empty_redirect_is_not(crawl: Crawler) -> None:
    middleware = BoundedDecompression(crawl)
    request = Request("https://site.example/a", meta={"dont_retry": True})
    with pytest.raises(TruncatedBody):
        middleware.process_response(request, answer(b""))
    redirect = answer(b"", status=301)
    assert middleware.process_response(request, redirect) is redirect


@pytest.mark.parametrize(
    ("body", "coding", "reason"),
    [(gzip.compress(bytes(2 * MIB)), "gzip", "too-large"), (b"x", "compress", "unknown-encoding")],
    # gzip holds the second it was made in: as part of an id it would differ between the workers.
    ids=["bomb", "unknown"],
)
def test_a_refusal_names_its_reason(crawl: Crawler, body: bytes, coding: str, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        BoundedDecompression(crawl).process_response(Request("https://site.example/a"), answer(body, coding))
    assert caught.value.reason == reason


@pytest.mark.parametrize("status", [301, 404, 503])
@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (b"gone", "gzip"),
        (gzip.compress(BODY)[:60], "gzip"),
        (gzip.compress(bytes(2 * MIB)), "gzip"),
        (b"x", "exi"),
    ],
    ids=["no-gzip", "cut", "bomb", "unknown"],
)
def test_an_answer_whose_status_says_it_all_may_have_a_broken_body(
    crawl: Crawler, status: int, body: bytes, coding: str
) -> None:
    broken = answer(body, coding, status=status)
    response = BoundedDecompression(crawl).process_response(Request("https://site.example/a"), broken)
    assert isinstance(response, Response)
    assert (response.status, response.body) == (status, b"")


def test_a_request_may_allow_itself_more(crawl: Crawler) -> None:
    request = Request("https://site.example/sitemap.xml", meta={"download_maxsize": 4 * MIB})
    response = BoundedDecompression(crawl).process_response(request, answer(gzip.compress(bytes(2 * MIB))))
    assert isinstance(response, Response)
    assert len(response.body) == 2 * MIB
