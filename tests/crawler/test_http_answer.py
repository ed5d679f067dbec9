"""Answers of servers, read from bytes that come in pieces of any size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.exceptions import DownloadFailedError, ResponseDataLossError

from crawler.http_answer import Answer
from crawler.safety import Refused

URL = "http://site.example/"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def answer(**bounds: int) -> Answer:
    return Answer(URL, **{"head_maxsize": 4096, "maxsize": 1000, **bounds})


def read(data: bytes, size: int | None = None, has_body: bool = True) -> Answer:
    """The whole answer, fed in pieces of this size."""
    found = Answer(URL, head_maxsize=4096, maxsize=1000, has_body=has_body)
    size = size or len(data) or 1
    for start in range(0, len(data), size):
        if found.feed(data[start : start + size]):
            found.rest += data[start + size :]
            return found
    found.end(is_clean=True)
    return found


@pytest.mark.parametrize("size", [1, 2, 7, None])
def test_a_body_with_its_length(size: int | None) -> None:
    found = read(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\ncontent-LENGTH: 5\r\n\r\nhello", size)
    assert (found.status, found.version, found.body) == (200, "1.1", b"hello")
    assert found.headers == {b"Content-Length": [b"5"], b"Content-Type": [b"text/html"]}
    assert found.keeps_alive and not found.rest


@pytest.mark.parametrize("size", [1, 2, 7, None])
def test_a_body_in_chunks_with_extensions_and_trailers(size: int | None) -> None:
    found = read(CHUNKED + b"5;x=y\r\nhello\r\n06 \r\n world\r\n0\r\nX-Sum: 1\r\n\r\n", size)
    assert (found.body, found.size, found.rest) == (b"hello world", 11, b"")
    assert found.headers == {} and found.keeps_alive


@pytest.mark.parametrize("size", [1, 2, 7, None])
def test_a_body_that_the_end_of_the_connection_ends(size: int | None) -> None:
    found = read(b"HTTP/1.1 200 OK\r\n\r\nhello", size)
    assert (found.body, found.has_known_end, found.keeps_alive) == (b"hello", False, False)


@pytest.mark.parametrize("size", [1, 3, None])
def test_answers_that_only_announce_the_answer_are_passed_over(size: int | None) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: <a.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    found = read(early + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", size)
    assert (found.status, found.body, list(found.headers)) == (200, b"ok", [b"Content-Length"])


def test_what_browsers_forgive_in_a_head_is_forgiven() -> None:
    head = b"HTTP/1.1 200\nX-Folded: a\n  b\nno header\n: nameless\nX-Twice: 1\nx-twice:2\nX-Bare: a\rb\n"
    found = read(head + b"Content-Length: 2\nContent-Length: 2\n\nok")
    assert found.body == b"ok"
    assert found.headers == {
        b"Content-Length": [b"2"],
        b"X-Folded": [b"a  b"],
        b"X-Twice": [b"1", b"2"],
        b"X-Bare": [b"a b"],
    }


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_statuses_without_a_body(status: bytes) -> None:
    found = read(b"HTTP/1.1 " + status + b"\r\nContent-Length: 500\r\nETag: x\r\n\r\n")
    assert found.body == b""
    assert found.headers == {b"Content-Length": [b"0"], b"Etag": [b"x"]}


def test_an_answer_to_head_has_no_body() -> None:
    assert read(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", has_body=False).body == b""


@pytest.mark.parametrize(
    ("head", "keeps_alive"),
    [
        (b"HTTP/1.1 200 OK\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: Close\r\n", False),
        (b"HTTP/1.0 200 OK\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n", True),
    ],
)
def test_whether_a_connection_may_be_used_again(head: bytes, keeps_alive: bool) -> None:
    assert read(head + b"Content-Length: 0\r\n\r\n").keeps_alive is keeps_alive


def test_chunks_go_before_a_length_and_such_a_connection_is_not_used_again() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: Chunked\r\n\r\n"
    found = read(head + b"5\r\nhello\r\n0\r\n\r\n")
    assert (found.body, found.keeps_alive) == (b"hello", False)


@pytest.mark.parametrize("size", [1, None])
@pytest.mark.parametrize(
    "whole", [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", CHUNKED + b"2\r\nok\r\n0\r\n\r\n"]
)
def test_what_comes_behind_an_answer_is_not_part_of_it(whole: bytes, size: int | None) -> None:
    found = read(whole + b"HTTP/1.1 200 OK", size)
    assert (found.body, found.rest) == (b"ok", b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"<html>",
        b"\r\nHTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 fine\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 -20 OK\r\n\r\n",
        b"HTTP/1.1 099 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 40\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        CHUNKED + b"many\r\n",
        CHUNKED + b"-2\r\n",
        CHUNKED + b"0x2\r\n",
        CHUNKED + b"\r\n",
        CHUNKED + b"2\r\nlonger\r\n",
        CHUNKED + b"2;" + b"x" * 2000,
        CHUNKED + b"0\r\n" + b"X: 1\r\n" * 1000,
    ],
)
def test_what_is_no_http_fails(data: bytes) -> None:
    with pytest.raises(DownloadFailedError):
        Answer(URL, head_maxsize=5500, maxsize=1000).feed(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 1000, "headers-too-large"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 1000 + b"\r\n", "headers-too-large"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, "headers-too-large"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", "too-large"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 1001, "too-large"),
        (CHUNKED + b"3e9\r\n", "too-large"),
        (CHUNKED + b"2\r\nok\r\nfffffffffffffff\r\n", "too-large"),
    ],
)
def test_bounds(data: bytes, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        answer().feed(data)
    assert (caught.value.reason, caught.value.url) == (reason, URL)


def test_a_header_longer_than_any_is_refused_though_all_together_were_not() -> None:
    with pytest.raises(Refused) as caught:
        answer(head_maxsize=65536).feed(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 17_000 + b"\r\n\r\n")
    assert caught.value.reason == "headers-too-large"


def test_more_frame_than_body_is_refused() -> None:
    found = answer(maxsize=0)
    with pytest.raises(Refused) as caught:
        found.feed(CHUNKED)
        for _ in range(100):
            found.feed(b"1\r\na\r\n" * 5000)
    assert caught.value.reason == "tiny-chunks"
    assert found.received < 450_000


@pytest.mark.parametrize(
    ("data", "is_clean", "error"),
    [
        (b"", True, DownloadFailedError),
        (b"HTTP/1.1 200 OK\r\n", True, DownloadFailedError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", True, ResponseDataLossError),
        (CHUNKED + b"5\r\nhello\r\n", True, ResponseDataLossError),
        (b"HTTP/1.1 200 OK\r\n\r\nhell", False, ResponseDataLossError),
    ],
)
def test_an_answer_that_is_cut(data: bytes, is_clean: bool, error: type[Exception]) -> None:
    found = answer()
    assert not found.feed(data)
    with pytest.raises(error):
        found.end(is_clean)


@given(st.binary(max_size=300), st.lists(st.binary(max_size=40), max_size=6), st.integers(1, 50))
def test_any_bytes_end_in_an_answer_or_in_a_named_error_whatever_their_pieces(
    noise: bytes, chunks: list[bytes], size: int
) -> None:
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks if chunk) + b"0\r\n\r\n"
    found = read(CHUNKED + body + noise, size)
    assert (found.body, found.rest) == (b"".join(chunks), noise)
    for prefix in (b"", b"HTTP/1.1 200 OK\r\n", CHUNKED, CHUNKED + b"2\r\n"):
        outcomes = set()
        for step in (size, None):
            try:
                broken = read(prefix + noise, step)
                outcomes.add((broken.status, broken.body))
            except (Refused, DownloadFailedError, ResponseDataLossError) as error:
                outcomes.add((type(error).__name__, b""))
        assert len(outcomes) == 1
