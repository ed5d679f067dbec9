"""The download handler: HTTP/1.1 over asyncio, guarded where it dials and bounded in what a server may send.

It stands in for Scrapy's own, whose many layers cost a tenth of a crawl and show neither the address that is
dialled nor the bytes before a head is complete. It undoes no codings and follows no redirects. Scrapy's
signals headers_received and bytes_received are not sent, and responses have no `certificate`: nothing of ours
looks at them.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urldefrag, urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError, ResponseDataLossError
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from crawler.connections import Connection, Connections, Proxy, Server
from crawler.http_answer import Answer
from crawler.safety import DEFAULT_PORTS, Guard

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

_REQUEST_LINE = re.compile(r"[A-Z]+ [\x21-\x7e]+ HTTP/1\.1")


class GuardedHandler(BaseDownloadHandler):
    """Download handler for http and https.

    Raises Refused for an address, port, scheme or size that is not allowed, LeadsInside for a name that means
    such an address, TooSlow for an answer below MIN_TRANSFER_RATE, and otherwise Scrapy's own exceptions:
    DownloadTimeoutError, CannotResolveHostError, DownloadConnectionRefusedError, ResponseDataLossError for a
    body that was cut, and DownloadFailedError for whatever else ends without an answer.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self._guard: Guard | None = None
        self._connections: Connections | None = None
        self._timeout = settings.getfloat("DOWNLOAD_TIMEOUT")
        self._min_rate = settings.getint("MIN_TRANSFER_RATE")
        self._head_maxsize = settings.getint("HEADERS_MAXSIZE")
        self._maxsize = settings.getint("DOWNLOAD_MAXSIZE")
        self._warnsize = settings.getint("DOWNLOAD_WARNSIZE")
        self._fails_on_dataloss = settings.getbool("DOWNLOAD_FAIL_ON_DATALOSS")
        self._bind_address = settings["DOWNLOAD_BIND_ADDRESS"]

    async def download_request(self, request: Request) -> Response:
        return await self.send(request)

    async def send(
        self, request: Request, about_to_send: Callable[[], None] | None = None, at: str | None = None
    ) -> Response:
        """Download; `about_to_send` is called when the connection is there and the request goes out.

        `at` is the URL to ask for, where it is another than the request's own; the response keeps the latter.
        """
        at = at or request.url
        if self._guard is None:  # the spider is not there when handlers are made
            self._guard = Guard.of(self.crawler)
            kept = self.crawler.settings.getint("CONCURRENT_REQUESTS") or 100
            self._connections = Connections(self._guard, self.crawler.settings, kept)
        self._guard.check_url(at)
        timeout = request.meta.get("download_timeout") or self._timeout
        try:
            async with asyncio.timeout(timeout):
                return await self._fetch(request, urlsplit(at), about_to_send)
        except TimeoutError as error:
            raise DownloadTimeoutError(
                f"Getting {request.url} took longer than {timeout} seconds."
            ) from error

    async def close(self) -> None:
        if self._connections is not None:
            self._connections.close()

    async def _fetch(
        self, request: Request, at: SplitResult, about_to_send: Callable[[], None] | None
    ) -> Response:
        server = self._server(request, at)
        data = request_bytes(request, server, at)
        assert self._connections is not None
        connection = self._connections.idle(server)
        is_reused = connection is not None
        while True:
            if connection is None:
                connection = await self._connections.dial(server)
            if about_to_send is not None:
                about_to_send()
            answer = Answer(
                request.url,
                head_maxsize=self._head_maxsize,
                maxsize=request.meta.get("download_maxsize", self._maxsize),
                has_body=request.method != "HEAD",
            )
            began = asyncio.get_running_loop().time()
            try:
                flags = await self._ask(connection, data, answer, request)
            except DownloadFailedError:
                # The server closed it while it was idle, perhaps in this moment.
                if not is_reused or answer.received or request.method not in ("GET", "HEAD"):
                    raise
                connection, is_reused = None, False
                continue
            request.meta["download_latency"] = asyncio.get_running_loop().time() - began
            return _response(urldefrag(request.url)[0], answer, connection.peer, flags)

    async def _ask(self, connection: Connection, data: bytes, answer: Answer, request: Request) -> list[str]:
        """Have the request answered on this connection; returns the response's flags."""
        assert self._connections is not None
        flags = []
        try:
            await connection.ask(data, answer, self._min_rate)
            if not answer.has_known_end:
                flags.append("partial")
        except ResponseDataLossError:
            if request.meta.get("download_fail_on_dataloss", self._fails_on_dataloss):
                raise
            flags.append("dataloss")
        except BaseException:
            connection.close()
            raise
        self._connections.release(connection)
        warnsize = request.meta.get("download_warnsize", self._warnsize)
        if warnsize and answer.size > warnsize:
            logger.warning("%s: %d bytes, more than %d", request.url, answer.size, warnsize)
        return flags

    def _server(self, request: Request, at: SplitResult) -> Server:
        """Whom to connect to for this request."""
        bound_to = request.meta.get("bindaddress") or self._bind_address
        if isinstance(bound_to, str):
            bound_to = (bound_to, 0)
        proxy = None
        if at_proxy := request.meta.get("proxy"):
            parts = urlsplit(at_proxy if "://" in at_proxy else f"http://{at_proxy}")
            if parts.scheme not in DEFAULT_PORTS:
                raise ValueError(f"no proxy that we can use: {at_proxy!r}")
            port = parts.port or DEFAULT_PORTS[parts.scheme]
            authorization = request.headers.get(b"Proxy-Authorization")
            proxy = Proxy(parts.scheme, parts.hostname or "", port, authorization)
        return Server(at.scheme, at.hostname or "", at.port or DEFAULT_PORTS[at.scheme], proxy, bound_to)


def request_bytes(request: Request, server: Server, at: SplitResult) -> bytes:
    """The request as it goes out. Raises ValueError for a method or an address that no request can hold."""
    target = (at.path or "/") + (f"?{at.query}" if at.query else "")
    is_proxied = server.proxy is not None and server.scheme == "http"
    if is_proxied:
        target = f"http://{server.authority}{target}"
    first = f"{request.method} {target} HTTP/1.1"
    if not _REQUEST_LINE.fullmatch(first):
        raise ValueError(f"no request for {request.url!r} as {request.method!r}")
    lines = [first.encode("ascii")]
    headers = request.headers
    if b"Host" not in headers:
        lines.append(b"Host: " + server.authority.encode("ascii"))
    for name, values in dict.items(headers):
        if name == b"Proxy-Authorization" and not is_proxied:
            continue  # it is for the proxy alone
        for value in values:
            # A line end would be the server's word in our mouth: values may be its own (ETag).
            lines.append(name + b": " + b" ".join(value.splitlines()))
    if request.body or request.method in ("POST", "PUT"):
        lines.append(b"Content-Length: %d" % len(request.body))
    return b"\r\n".join([*lines, b"", request.body])


def _response(url: str, answer: Answer, peer: str, flags: list[str]) -> Response:
    headers = Headers()
    # Past its own `update`, which brings each name into the case that it has.
    dict.update(headers, answer.headers)
    body = answer.body
    kind = responsetypes.from_args(headers=headers, url=url, body=body)
    return kind(
        url=url,
        status=answer.status,
        headers=headers,
        body=body,
        flags=flags,
        ip_address=ip_address(peer) if peer else None,
        protocol=f"HTTP/{answer.version}",
    )
