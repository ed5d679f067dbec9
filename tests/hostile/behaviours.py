"""Ways in which a server can break HTTP, each with what the crawler must make of it."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import brotli
from backports import zstd

PAGE = (
    b"<html><head><title>Harbour talks</title></head><body><p>Ministers met at the harbour.</p></body></html>"
)
MIB = 1024 * 1024
BOMB = 200 * MIB


@dataclass
class Exchange:
    """One request and the socket that its answer goes to."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    path: str
    origin: str

    def answer(self, body: bytes = PAGE, status: int = 200, **headers: str) -> None:
        """A whole, honest answer, but for the headers given."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        fields = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body)), **named}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.writer.write(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode("latin-1") + body)

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def flood(self, data: bytes) -> None:
        """The same bytes until the other side hangs up."""
        while True:
            self.writer.write(data)
            await self.writer.drain()

    async def drip(self, data: bytes, pause: float) -> None:
        """One byte at a time."""
        for offset in range(len(data)):
            self.writer.write(data[offset : offset + 1])
            await self.writer.drain()
            await asyncio.sleep(pause)


@dataclass(frozen=True)
class Behaviour:
    """One way to misbehave. `expected` are the reasons, errors or statuses that the crawler may end with."""

    run: Callable[[Exchange], Awaitable[None]]
    expected: frozenset[str | int]
    keeps_open: bool = False
    slow: bool = False
    """Takes the crawler's whole patience; only for `make chaos`."""


BEHAVIOURS: dict[str, Behaviour] = {}

_Run = Callable[[Exchange], Awaitable[None]]


def _behaviour(*expected: str | int, keeps_open: bool = False, slow: bool = False) -> Callable[[_Run], _Run]:
    def register(run: _Run) -> _Run:
        name = run.__name__.replace("_", "-")
        BEHAVIOURS[name] = Behaviour(run, frozenset(expected), keeps_open, slow)
        return run

    return register


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

# Heads


@_behaviour("headers-too-large")
async def endless_headers(exchange: Exchange) -> None:
    exchange.send(HEAD)
    await exchange.flood(b"X-Padding: " + b"a" * 500 + b"\r\n")


@_behaviour("headers-too-large", "DownloadFailedError")
async def endless_header_line(exchange: Exchange) -> None:
    exchange.send(HEAD + b"X-Padding: ")
    await exchange.flood(b"a" * 8192)


@_behaviour("headers-too-large")
async def endless_header_continuation(exchange: Exchange) -> None:
    exchange.send(HEAD + b"X-Padding: a\r\n")
    await exchange.flood(b" " + b"a" * 500 + b"\r\n")


@_behaviour("headers-too-large", "DownloadFailedError")
async def endless_status_line(exchange: Exchange) -> None:
    await exchange.flood(b"HTTP/1.1 200 " + b"O" * 4096)


@_behaviour("headers-too-large")
async def endless_continue(exchange: Exchange) -> None:
    await exchange.flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 50)


@_behaviour("headers-too-large")
async def many_cookies(exchange: Exchange) -> None:
    exchange.send(HEAD + b"".join(b"Set-Cookie: c%d=%s\r\n" % (n, b"v" * 90) for n in range(5000)))
    exchange.send(b"Content-Length: 2\r\n\r\nok")


@_behaviour("DownloadTimeoutError", slow=True)
async def slow_headers(exchange: Exchange) -> None:
    await exchange.drip(HEAD + b"X-Padding: " + b"a" * 10_000, 0.3)


@_behaviour("DownloadTimeoutError", slow=True)
async def silent(exchange: Exchange) -> None:
    await asyncio.sleep(600)


@_behaviour("DownloadFailedError")
async def no_http_at_all(exchange: Exchange) -> None:
    exchange.send(PAGE)


@_behaviour("DownloadFailedError")
async def ssh_banner(exchange: Exchange) -> None:
    exchange.send(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")


@_behaviour("DownloadFailedError")
async def status_is_a_word(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 fine OK\r\nContent-Length: 0\r\n\r\n")


@_behaviour("DownloadFailedError", -7, "ValueError")
async def negative_status(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 -7 OK\r\nContent-Length: 2\r\n\r\nok")


@_behaviour(999)
async def unheard_of_status(exchange: Exchange) -> None:
    exchange.answer(status=999)


@_behaviour(200, "DownloadFailedError")
async def header_without_colon(exchange: Exchange) -> None:
    exchange.send(HEAD + b"this is no header\r\nContent-Length: 2\r\n\r\nok")


@_behaviour(200, "DownloadFailedError")
async def nul_in_headers(exchange: Exchange) -> None:
    exchange.send(HEAD + b"X-\x00Odd: \x00\xff\x1b[2J\r\nContent-Length: 2\r\n\r\nok")


@_behaviour("DownloadFailedError")
async def close_without_a_word(exchange: Exchange) -> None:
    exchange.writer.close()


@_behaviour("DownloadFailedError", "ConnectionLost")
async def reset(exchange: Exchange) -> None:
    handle: socket.socket = exchange.writer.get_extra_info("socket")
    handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    exchange.writer.transport.abort()


# Lengths


@_behaviour("too-large")
async def announced_ten_gibibytes(exchange: Exchange) -> None:
    exchange.answer(Content_Length=str(10 * 1024 * MIB))
    await asyncio.sleep(60)


@_behaviour("DownloadFailedError", "ValueError")
async def negative_length(exchange: Exchange) -> None:
    exchange.answer(Content_Length="-5")


@_behaviour("DownloadFailedError", "ValueError")
async def length_is_a_word(exchange: Exchange) -> None:
    exchange.answer(Content_Length="many")


@_behaviour("DownloadFailedError", "ValueError")
async def two_lengths(exchange: Exchange) -> None:
    exchange.send(HEAD + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\nok")


@_behaviour("ResponseDataLossError", "too-slow")
async def cut_body(exchange: Exchange) -> None:
    exchange.answer(Content_Length=str(len(PAGE) * 3))


@_behaviour("ResponseDataLossError")
async def cut_chunks(exchange: Exchange) -> None:
    exchange.send(CHUNKED + b"40\r\nhalf")


@_behaviour("ResponseDataLossError", "DownloadFailedError")
async def chunk_size_is_a_word(exchange: Exchange) -> None:
    exchange.send(CHUNKED + b"many\r\nok\r\n0\r\n\r\n")


@_behaviour("ResponseDataLossError", "DownloadFailedError")
async def negative_chunk(exchange: Exchange) -> None:
    exchange.send(CHUNKED + b"-2\r\nok\r\n0\r\n\r\n")


@_behaviour("ResponseDataLossError", "too-large")
async def huge_chunk_size(exchange: Exchange) -> None:
    exchange.send(CHUNKED + b"f" * 15 + b"\r\nok")


@_behaviour("ResponseDataLossError", "DownloadFailedError")
async def endless_chunk_extension(exchange: Exchange) -> None:
    exchange.send(CHUNKED + b"2")
    await exchange.flood(b";x=" + b"y" * 4096)


@_behaviour("ResponseDataLossError", "DownloadFailedError")
async def endless_trailers(exchange: Exchange) -> None:
    exchange.send(CHUNKED + b"2\r\nok\r\n0\r\n")
    await exchange.flood(b"X-Trailer: " + b"a" * 500 + b"\r\n")


@_behaviour("too-large")
async def endless_body(exchange: Exchange) -> None:
    exchange.send(HEAD + b"\r\n")
    await exchange.flood(b"<p>on and on</p>" * 500)


@_behaviour("too-large")
async def endless_chunks(exchange: Exchange) -> None:
    exchange.send(CHUNKED)
    await exchange.flood(b"1000\r\n" + b"a" * 4096 + b"\r\n")


@_behaviour("tiny-chunks")
async def tiny_chunks(exchange: Exchange) -> None:
    exchange.send(CHUNKED)
    await exchange.flood(b"1\r\na\r\n" * 5000)


@_behaviour("too-slow", slow=True)
async def slow_body(exchange: Exchange) -> None:
    exchange.send(HEAD + b"\r\n<html>")
    await exchange.drip(b"a" * 10_000, 0.1)


@_behaviour("too-slow", slow=True)
async def body_that_stops(exchange: Exchange) -> None:
    exchange.answer(Content_Length=str(2 * len(PAGE)))
    await asyncio.sleep(600)


@_behaviour(204)
async def body_where_none_may_be(exchange: Exchange) -> None:
    exchange.answer(status=204)


@_behaviour(304)
async def not_modified_unasked(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 304 Not Modified\r\n\r\n")


@_behaviour(200, keeps_open=True)
async def second_answer_behind_the_first(exchange: Exchange) -> None:
    """Whatever asks next on this connection must not be given it."""
    exchange.answer()
    exchange.answer(b"<html><body>poison</body></html>")


# Encodings


@_behaviour("too-large")
async def gzip_bomb(exchange: Exchange) -> None:
    exchange.answer(_packed("gzip"), Content_Encoding="gzip")


@_behaviour("too-large")
async def deflate_bomb(exchange: Exchange) -> None:
    exchange.answer(_packed("deflate"), Content_Encoding="deflate")


@_behaviour("too-large")
async def brotli_bomb(exchange: Exchange) -> None:
    exchange.answer(_packed("br"), Content_Encoding="br")


@_behaviour("too-large")
async def zstd_bomb(exchange: Exchange) -> None:
    exchange.answer(_packed("zstd"), Content_Encoding="zstd")


@_behaviour("too-large")
async def gzip_in_gzip_bomb(exchange: Exchange) -> None:
    exchange.answer(gzip.compress(_packed("gzip")), Content_Encoding="gzip, gzip")


@_behaviour("unknown-encoding")
async def gzip_forty_times(exchange: Exchange) -> None:
    exchange.answer(gzip.compress(PAGE), Content_Encoding=", ".join(["gzip"] * 40))


@_behaviour("unknown-encoding")
async def unknown_encoding(exchange: Exchange) -> None:
    exchange.answer(Content_Encoding="exi")


@_behaviour("truncated")
async def cut_gzip(exchange: Exchange) -> None:
    body = gzip.compress(PAGE * 50)
    exchange.answer(body[: len(body) // 2], Content_Encoding="gzip")


@_behaviour("truncated")
async def cut_gzip_without_length(exchange: Exchange) -> None:
    exchange.send(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(PAGE)[:60])


@_behaviour("undecodable")
async def plain_text_called_gzip(exchange: Exchange) -> None:
    exchange.answer(Content_Encoding="gzip")


_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=1),
    "zstd": zstd.compress,
}
_bombs: dict[str, bytes] = {}


def _packed(coding: str) -> bytes:
    if coding not in _bombs:
        _bombs[coding] = _PACKERS[coding](bytes(BOMB))
    return _bombs[coding]


# Redirects


def _to(exchange: Exchange, location: str, status: int = 302) -> None:
    exchange.answer(b"", status=status, Location=location)


@_behaviour("IgnoreRequest")
async def redirect_to_itself(exchange: Exchange) -> None:
    _to(exchange, exchange.path)


@_behaviour("IgnoreRequest")
async def endless_redirect(exchange: Exchange) -> None:
    _to(exchange, f"/endless-redirect?{len(exchange.path)}{'x' * (len(exchange.path) % 50)}")


@_behaviour("IgnoreRequest", "headers-too-large", "DownloadFailedError")
async def redirect_to_a_huge_address(exchange: Exchange) -> None:
    _to(exchange, "/" + "a" * 60_000)


@_behaviour("address")
async def redirect_to_metadata_service(exchange: Exchange) -> None:
    _to(exchange, "http://169.254.169.254/latest/meta-data/", 301)


@_behaviour("address")
async def redirect_to_loopback_in_decimal(exchange: Exchange) -> None:
    _to(exchange, "http://2130706433/", 307)


@_behaviour("port", "address")
async def redirect_to_another_port(exchange: Exchange) -> None:
    _to(exchange, "http://127.0.0.1:6379/", 308)


@_behaviour(302, "scheme")
async def redirect_to_file(exchange: Exchange) -> None:
    _to(exchange, "file:///etc/hostname")


@_behaviour(302, "scheme")
async def redirect_to_data(exchange: Exchange) -> None:
    _to(exchange, "data:text/html,poison")


@_behaviour(302, "scheme")
async def redirect_to_ftp(exchange: Exchange) -> None:
    _to(exchange, "ftp://127.0.0.1/poison")


@_behaviour(302)
async def redirect_to_nowhere(exchange: Exchange) -> None:
    exchange.answer(b"", status=302)


@_behaviour(302, "address", "IgnoreRequest", "ValueError")
async def redirect_to_nonsense(exchange: Exchange) -> None:
    _to(exchange, "http://[::1/%zz\\@:99999")


@_behaviour(200)
async def refresh_header(exchange: Exchange) -> None:
    exchange.answer(Refresh="0; url=http://169.254.169.254/")


# Refusals of the server


@_behaviour(403)
async def forbidden(exchange: Exchange) -> None:
    exchange.answer(status=403)


@_behaviour(401)
async def wants_a_password(exchange: Exchange) -> None:
    exchange.answer(status=401, WWW_Authenticate='Basic realm="x"')


@_behaviour(407)
async def plays_a_proxy(exchange: Exchange) -> None:
    exchange.answer(status=407, Proxy_Authenticate="Basic")
