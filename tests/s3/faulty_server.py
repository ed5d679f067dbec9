"""An S3 server for tests: moto behind a proxy that lets calls fail, and can kill the client in the middle.

Moto decides on a condition and writes in two steps; the proxy lets one PUT through at a time, as S3 does.
"""

from __future__ import annotations

import http.client
import logging
import os
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from moto.server import ThreadedMotoServer

FAULTS = ("500", "503", "reset before", "reset after", "cut", "slow")
"""`reset after` does what was asked and says nothing; `cut` ends in the middle of the answer."""
MOMENTS = ("half received", "received", "done")
"""How far a PUT has come when its client dies."""


class FaultyS3:
    """The server, as long as the object is used as a context; `environment` leads to it."""

    def __init__(self, bucket: str = "asiadesk-tests") -> None:
        self.bucket = bucket
        self.share = 0.0
        """So many of the calls fail, in one of the FAULTS."""
        self.is_down = False
        """Every connection is broken."""
        self.calls: Counter[str] = Counter()
        """Calls by method, failed ones by fault, and conditions that did not hold as `412`."""
        self._dice = random.Random(1)
        self._puts = threading.Lock()
        self._trap: tuple[int, str, Callable[[], None]] | None = None
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self._proxy = _Server(("127.0.0.1", 0), _Handler)
        self._proxy.faulty = self

    def __enter__(self) -> Self:
        self._moto.start()
        threading.Thread(target=self._proxy.serve_forever, daemon=True).start()
        self.forward("PUT", f"/{self.bucket}", {}, b"")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._proxy.shutdown()
        self._proxy.server_close()
        self._moto.stop()

    def environment(self, *, through_faults: bool = True) -> dict[str, str]:
        """The variables that lead to the server: through the proxy, or past it."""
        host, port = self._proxy.server_address[:2] if through_faults else self._moto.get_host_and_port()
        return {
            "AWS_ENDPOINT_URL": f"http://{host!s}:{port}",
            "AWS_ACCESS_KEY_ID": "invented",
            "AWS_SECRET_ACCESS_KEY": "invented",
            "AWS_REGION": "us-east-1",
        }

    @contextmanager
    def failing(self, share: float, seed: int) -> Iterator[None]:
        """Let a share of the calls fail."""
        self._dice = random.Random(seed)
        self.share = share
        try:
            yield
        finally:
            self.share = 0.0

    def kill_in_put(self, number: int, moment: str, kill: Callable[[], None]) -> None:
        """At this moment of the PUT with this number, counted from now and from 0, call `kill`."""
        self._trap = (self.calls["PUT"] + number, moment, kill)

    def disarm(self) -> bool:
        """Take the trap away; whether it had gone off."""
        trap, self._trap = self._trap, None
        return trap is None

    # ---- For the proxy's threads

    def trap(self, method: str) -> tuple[str, Callable[[], None]] | None:
        """Count a call; its moment and what to do then, if it is the one waited for."""
        number = self.calls[method]
        self.calls[method] += 1
        if method == "PUT" and self._trap and number == self._trap[0]:
            trap, self._trap = self._trap, None
            return trap[1:]
        return None

    def fault(self) -> str | None:
        """What this call is to meet."""
        if not self.is_down and self._dice.random() >= self.share:
            return None
        fault = "reset before" if self.is_down else self._dice.choice(FAULTS)
        self.calls[fault] += 1
        return fault

    def forward(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Any, bytes]:
        """Let moto answer."""
        host, port = self._moto.get_host_and_port()
        connection = http.client.HTTPConnection(host, port, timeout=30)
        try:
            with self._puts if method == "PUT" else threading.Lock():
                connection.request(method, path, body, dict(headers))
                answer = connection.getresponse()
                self.calls["412"] += answer.status == 412
                return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    faulty: FaultyS3

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that died is nothing to speak of."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing."""

    def _answer(self) -> None:
        faulty = self.server.faulty
        trap = faulty.trap(self.command)
        moment, kill = trap or ("", lambda: None)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length // 2)
        if moment == "half received":
            return self._die(kill)
        body += self.rfile.read(length - len(body))
        if moment == "received":
            return self._die(kill)
        fault = faulty.fault()
        if fault in ("500", "503"):
            return self._send(int(fault), [], b"<Error><Code>SlowDown</Code></Error>")
        if fault == "reset before":
            return self._reset()
        if fault == "slow":
            time.sleep(0.2)
        answer = faulty.forward(self.command, self.path, self.headers, body)
        if moment == "done":
            return self._die(kill)
        if fault == "reset after":
            return self._reset()
        self._send(*answer, cut=fault == "cut")

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _answer

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes, *, cut: bool = False) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value)
        length = {name.lower(): value for name, value in headers}.get("content-length", len(body))
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self._reset()

    def _die(self, kill: Callable[[], None]) -> None:
        kill()
        self._reset()

    def _reset(self) -> None:
        """Break the connection so that the other side is told of it as an error."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.shutdown(socket.SHUT_RD)


@contextmanager
def leading_to(server: FaultyS3, *, through_faults: bool = True) -> Iterator[None]:
    """This process's own calls go to the server meanwhile."""
    variables = server.environment(through_faults=through_faults)
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
