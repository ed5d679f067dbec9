"""Undo the Content-Encoding of answers: bounded while decoding, and only if the stream is whole.

It stands in for Scrapy's HttpCompressionMiddleware, which gives on a gzip body that was cut in half as if it
were the page, and needs twice the CPU.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import brotli
from scrapy import Request
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import ResponseDataLossError
from scrapy.http import Response, TextResponse
from scrapy.responsetypes import responsetypes

from crawler.safety import Refused

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

try:
    from compression import zstd  # type: ignore[import-not-found, unused-ignore]  # Python 3.14
except ImportError:
    from backports import zstd

ACCEPTED = b"gzip, deflate, br, zstd"
GZIP_MAGIC = b"\x1f\x8b"
# Every member is a copy of what follows it: a bomb of empty members costs time in place of memory.
_MEMBERS = 512
_CODINGS = 3
# 8 MiB, as RFC 9659 asks; a frame may demand 128 MiB before its first byte.
_ZSTD_WINDOW_LOG = 23
# A frame of data or one to be skipped: servers that flush, and packers with threads, write several.
_ZSTD_FRAME = re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")


class TruncatedBody(ResponseDataLossError):
    """The body ended before its compressed stream did."""

    reason = "truncated"


class UndecodableBody(ResponseDataLossError):
    """The body is not what its Content-Encoding says."""

    reason = "undecodable"


class TooLarge(ValueError):
    """The decoded body would be larger than allowed."""


class UnknownCoding(ValueError):
    """A Content-Encoding that we did not ask for."""


def decoded(body: bytes, codings: Sequence[str], max_size: int) -> bytes:
    """The body with its codings (in the order they were applied) undone; never longer than `max_size`.

    Raises TruncatedBody, UndecodableBody, TooLarge or UnknownCoding. Bytes after its end are ignored.
    """
    if len(codings) > _CODINGS:
        raise UnknownCoding(f"{len(codings)} codings upon each other")
    for coding in reversed(codings):
        decode = _DECODERS.get(coding)
        if decode is None:
            raise UnknownCoding(coding[:40])
        body = decode(body, max_size)
        if len(body) > max_size:
            raise TooLarge(f"more than {max_size} bytes decoded")
    return body


def gunzip(body: bytes, max_size: int) -> bytes:
    """The content of a gzip file, at most one byte more than `max_size`; raises as `decoded` does."""
    output = bytearray()
    for _ in range(_MEMBERS):
        decompressor = zlib.decompressobj(wbits=31)
        try:
            piece = decompressor.decompress(body, max_size + 1 - len(output))
        except zlib.error as error:
            raise UndecodableBody(str(error)) from error
        body = decompressor.unused_data
        if not output and not body.startswith(GZIP_MAGIC):
            # The one member that nearly every answer has; spares a copy.
            _check_end(decompressor.eof, len(piece), max_size)
            return piece
        output += piece
        if len(output) > max_size:
            return bytes(output)
        _check_end(decompressor.eof, len(output), max_size)
        if not body.startswith(GZIP_MAGIC):
            return bytes(output)
    raise UndecodableBody(f"more than {_MEMBERS} gzip members")


def _inflate(body: bytes, max_size: int) -> bytes:
    decompressor = zlib.decompressobj()
    try:
        output = decompressor.decompress(body, max_size + 1)
    except zlib.error:
        # Some servers send the bare stream without zlib's frame.
        decompressor = zlib.decompressobj(wbits=-15)
        try:
            output = decompressor.decompress(body, max_size + 1)
        except zlib.error as error:
            raise UndecodableBody(str(error)) from error
    _check_end(decompressor.eof, len(output), max_size)
    return output


def _unbrotli(body: bytes, max_size: int) -> bytes:
    decompressor = brotli.Decompressor()
    try:
        # The limit is rounded up to the decoder's block, at most twice of what was asked.
        output = decompressor.process(body, output_buffer_limit=max_size + 1)
    except brotli.error as error:
        raise UndecodableBody(str(error)) from error
    _check_end(decompressor.is_finished(), len(output), max_size)
    return output


def _unzstd(body: bytes, max_size: int) -> bytes:
    output = b""
    for _ in range(_MEMBERS):
        decompressor = zstd.ZstdDecompressor(
            options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
        )
        try:
            output += decompressor.decompress(body, max_length=max_size + 1 - len(output))
        except zstd.ZstdError as error:
            raise UndecodableBody(str(error)) from error
        if len(output) > max_size:
            return output
        _check_end(decompressor.eof, len(output), max_size)
        body = decompressor.unused_data
        if not _ZSTD_FRAME.match(body):
            return output
    raise UndecodableBody(f"more than {_MEMBERS} zstd frames")


def _check_end(ended: bool, size: int, max_size: int) -> None:
    """Raise if the stream was cut; a stream that we left ourselves because it is too large was not."""
    if not ended and size <= max_size:
        raise TruncatedBody("the compressed stream has no end")


_DECODERS = {
    "gzip": gunzip,
    "x-gzip": gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
    "identity": lambda body, _: body,
    # No codings, but what some servers write for none.
    "none": lambda body, _: body,
    "utf-8": lambda body, _: body,
}


class BoundedDecompression:
    """Downloader middleware: asks for compressed answers and hands on the decoded body."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._max_size = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._retry = crawler.settings.getbool("RETRY_ENABLED")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BoundedDecompression:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        request.headers.setdefault("Accept-Encoding", ACCEPTED)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        declared = response.headers.getlist("Content-Encoding")
        # Redirects and 304 often keep the header though they have no body.
        if not declared or request.method == "HEAD" or (not response.body and response.status != 200):
            return response
        names = b",".join(declared).decode("latin-1").lower().split(",")
        codings = [name.strip() for name in names if name.strip()]
        max_size = request.meta.get("download_maxsize", self._max_size)
        try:
            body = decoded(response.body, codings, max_size)
        except (ResponseDataLossError, TooLarge, UnknownCoding) as error:
            if response.status < 300:
                return self._given_up(request, error)
            # A 404 or a redirect says by its status and head what there is to say.
            body = b""
        del response.headers["Content-Encoding"]
        if isinstance(response, TextResponse):
            # Not by `replace`: it would guess the encoding from the compressed bytes.
            kept = {name: getattr(response, name) for name in Response.attributes if name != "body"}
            return type(response)(body=body, **kept)
        kind = responsetypes.from_args(headers=response.headers, url=response.url, body=body)
        return response.replace(cls=kind, body=body)

    def _given_up(self, request: Request, error: Exception) -> Request:
        """The request once more if that may help; raises what its sender shall be told."""
        if isinstance(error, TooLarge):
            raise Refused(request.url, "too-large", str(error)) from error
        if isinstance(error, TruncatedBody | UndecodableBody):
            return self._again(request, error)
        raise Refused(request.url, "unknown-encoding", str(error)) from error

    def _again(self, request: Request, error: TruncatedBody | UndecodableBody) -> Request:
        """The request once more; raises `error` when it was sent often enough."""
        # RetryMiddleware does not see what a process_response raises.
        self._crawler.stats.inc_value(f"decompression/{error.reason}")
        again = None
        if self._retry and not request.meta.get("dont_retry"):
            assert self._crawler.spider is not None
            again = get_retry_request(request, spider=self._crawler.spider, reason=error.reason)
        if again is None:
            raise error
        return again
