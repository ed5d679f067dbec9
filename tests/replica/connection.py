"""One client's connection: HTTP/1.1 with keep-alive, and the faults that concern the wire."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from http import HTTPStatus

from tests.replica.faults import Rule
from tests.replica.messages import Request, Response

Answer = Callable[[Request], tuple[Response, Rule | None]]
_MAX_HEAD = 64 * 1024
_PIECES = 20
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class Connection(asyncio.Protocol):
    """Reads requests and writes what `answer` says, one after the other."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._received = b""
        self._busy = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it; what was to be sent later finds nobody."""
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Take bytes; answer the requests that are complete."""
        self._received += data
        while not self._busy and self._transport is not None:
            request = self._next_request()
            if request is None:
                return
            response, fault = self._answer(request)
            self._send(request, response, fault)

    def _next_request(self) -> Request | None:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            if len(self._received) > _MAX_HEAD:
                self._close()
            return None
        lines = self._received[:end].decode("latin-1").split("\r\n")
        words = lines[0].split(" ")
        if len(words) != 3:
            self._close()
            return None
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", "0"))
        if len(self._received) < end + 4 + length:
            return None
        body = self._received[end + 4 : end + 4 + length]
        self._received = self._received[end + 4 + length :]
        return Request(words[0], words[1], headers, body)

    def _send(self, request: Request, response: Response, fault: Rule | None) -> None:
        transport = self._transport
        assert transport is not None
        kind = fault.kind if fault else None
        if kind == "reset":
            _reset(transport)
            return
        packed = bool(response.body) and "gzip" in request.headers.get("accept-encoding", "")
        payload = response.gzipped() if packed or kind == "cut-gzip" else response.whole()
        if kind == "cut-gzip":
            packed, payload = True, payload[: len(payload) // 2]
        head = _head(response, len(payload), packed)
        keep = request.headers.get("connection", "").lower() != "close"
        if request.method == "HEAD" or response.status in (204, 304):
            payload = b""
        if kind == "truncate":
            transport.write(head + payload[: len(payload) // 2])
            transport.close()
        elif kind == "endless-headers" and fault:
            self._busy = True
            transport.write(b"HTTP/1.1 200 OK\r\n")
            self._more_headers(asyncio.get_running_loop().time() + fault.seconds)
        elif kind == "slow" and fault:
            self._send_slowly(head, payload, fault, keep)
        else:
            transport.write(head + payload)
            if not keep:
                transport.close()

    def _send_slowly(self, head: bytes, payload: bytes, fault: Rule, keep: bool) -> None:
        self._busy = True
        loop = asyncio.get_running_loop()
        if not fault.drip:
            loop.call_later(fault.seconds, self._write_last, head + payload, keep)
            return
        size = len(payload) // _PIECES + 1
        pieces = [payload[start : start + size] for start in range(0, len(payload), size)] or [b""]
        self._write(head)
        for number, piece in enumerate(pieces[:-1], start=1):
            loop.call_later(fault.seconds * number / len(pieces), self._write, piece)
        loop.call_later(fault.seconds, self._write_last, pieces[-1], keep)

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def _write_last(self, data: bytes, keep: bool) -> None:
        self._write(data)
        self._busy = False
        if not keep:
            self._close()
        elif self._received:
            self.data_received(b"")

    def _more_headers(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        if self._transport is None:
            return
        if loop.time() > until:
            self._close()
            return
        # Not faster than the client reads: the replica's own memory must stay small.
        if self._transport.get_write_buffer_size() < 2**20:
            self._transport.write(b"X-More: " + b"a" * 8000 + b"\r\n")
        loop.call_later(0.001, self._more_headers, until)

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _head(response: Response, length: int, packed: bool) -> bytes:
    lines = [f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Unknown')}", "Server: nginx"]
    if response.status not in (204, 304):
        lines += [f"Content-Type: {response.content_type}", f"Content-Length: {length}"]
        if packed:
            lines.append("Content-Encoding: gzip")
    lines.append("Vary: Accept-Encoding")
    lines += [f"{name}: {value}" for name, value in response.headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _reset(transport: asyncio.Transport) -> None:
    """Drop the connection with RST instead of an orderly end."""
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
