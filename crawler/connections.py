"""Connections to servers: dialled where the guard allows, kept while they are good, one request at a time.

Names are resolved here and the numbers judged; the number that was judged is the one dialled, so a name
cannot mean one address when it is checked and another when it is connected.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)

from crawler.http_answer import Answer
from crawler.safety import DEFAULT_PORTS, Guard, LeadsInside, Refused, TooSlow

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

# How long an answer may take to get going before its rate is judged, and between two judgements.
_RATE_WINDOW = 8.0
# A server that is silent on one address is tried on its next, if it has more.
_NEXT_ADDRESS_AFTER = 5.0
# Servers close what is idle after a minute or so; what is older is not worth the attempt.
_IDLE_SECONDS = 240.0
_TUNNEL_HEAD_MAXSIZE = 16 * 1024
_TLS_VERSIONS = {
    "TLSv1.0": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}
# Where systems keep the authorities' certificates, for a Python that was built to look elsewhere.
_AUTHORITIES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
)
_LEGACY_SERVER_CONNECT = 0x4
"""OpenSSL's option for servers without secure renegotiation, as browsers take them; named in Python 3.12."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy of the operator. `authorization` is the header's value."""

    scheme: str
    host: str
    port: int
    authorization: bytes | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """Whom a connection leads to, and how: two equal ones can share a connection."""

    scheme: str
    host: str
    port: int
    proxy: Proxy | None = None
    bound_to: tuple[str, int] | None = None
    """The local address."""

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


class Connection(asyncio.Protocol):
    """A connection to a server; asks one thing at a time."""

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        self.server = server
        self.is_open = False
        self.idle_since = 0.0
        self.peer = ""
        """The number of the other end."""
        self.transport: asyncio.Transport
        self._loop = loop
        self._answer: Answer | None = None
        self._done: asyncio.Future[None] | None = None
        self._judgement: asyncio.TimerHandle | None = None

    def ask(self, request: bytes, answer: Answer, min_rate: int = 0) -> asyncio.Future[None]:
        """Send the request's bytes; the future is done when the answer is whole.

        It raises what `Answer` does, and TooSlow for a body of which less than `min_rate` bytes a second come
        (0: any rate will do).
        """
        self._answer = answer
        self._done = self._loop.create_future()
        self.transport.write(request)
        if min_rate:
            self._judgement = self._loop.call_later(_RATE_WINDOW, self._judge, answer, min_rate, None)
        return self._done

    def close(self) -> None:
        """Leave at once. What was asked and not answered comes to nothing."""
        self._stop_listening()
        self.is_open = False
        self.transport.abort()

    def _judge(self, answer: Answer, min_rate: int, size_before: int | None) -> None:
        """Give the answer up if less than the least rate came since the last judgement."""
        # Before the head there is no rate; the request's timeout bounds that.
        size = answer.size if answer.status else None
        if size is not None and size_before is not None and size - size_before < min_rate * _RATE_WINDOW:
            self._finish(TooSlow(f"{answer.url}: less than {min_rate} bytes a second"))
        else:
            self._judgement = self._loop.call_later(_RATE_WINDOW, self._judge, answer, min_rate, size)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.is_open = True
        self.peer = (transport.get_extra_info("peername") or ("",))[0]

    def data_received(self, data: bytes) -> None:
        answer = self._answer
        if answer is None:  # nobody has asked for this
            self.close()
            return
        try:
            if answer.feed(data):
                self.is_open = self.is_open and answer.keeps_alive and not answer.rest
                self._finish()
        except (Refused, DownloadFailedError) as error:
            self._finish(error)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._answer is None:
            return
        try:
            self._answer.end(is_clean=exc is None)
        except (DownloadFailedError, ResponseDataLossError) as error:
            error.__cause__ = exc
            self._finish(error)
        else:
            self._finish()

    def _stop_listening(self) -> None:
        self._answer = None
        if self._judgement is not None:
            self._judgement.cancel()
            self._judgement = None

    def _finish(self, error: Exception | None = None) -> None:
        self._stop_listening()
        done = self._done
        if done is None or done.done():  # given up meanwhile
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)


class Connections:
    """Dials servers and keeps what is idle, at most `kept` connections."""

    def __init__(self, guard: Guard, settings: BaseSettings, kept: int) -> None:
        self._guard = guard
        self._settings = settings
        self._kept = kept
        self._idle: list[Connection] = []
        self._context: ssl.SSLContext | None = None

    def idle(self, server: Server) -> Connection | None:
        """An open connection to this server that nobody uses; it is the caller's now."""
        for index in range(len(self._idle) - 1, -1, -1):
            connection = self._idle[index]
            if connection.server != server:
                continue
            del self._idle[index]
            if (
                connection.is_open
                and connection.idle_since + _IDLE_SECONDS > asyncio.get_running_loop().time()
            ):
                return connection
            connection.close()
        return None

    def release(self, connection: Connection) -> None:
        """Take a connection back after a whole answer, if it can be used again; close it otherwise."""
        if not connection.is_open:
            connection.close()
            return
        connection.idle_since = asyncio.get_running_loop().time()
        self._idle.append(connection)
        if len(self._idle) > self._kept:
            self._idle.pop(0).close()

    def close(self) -> None:
        """Close what is idle."""
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    async def dial(self, server: Server) -> Connection:
        """A new connection.

        Raises LeadsInside if the name means no address that the guard allows (a proxy's is not judged),
        CannotResolveHostError, DownloadConnectionRefusedError, DownloadTimeoutError or DownloadFailedError.
        """
        proxy = server.proxy
        if proxy is None:
            addresses = self._allowed(server, await resolved(server.host, server.port))
            return await self._dial_first(
                server, addresses, server.port, server.scheme == "https", server.host
            )
        if proxy.scheme == server.scheme == "https":
            raise NotImplementedError("a proxy by https cannot be asked for https")
        addresses = await resolved(proxy.host, proxy.port)
        connection = await self._dial_first(
            server, addresses, proxy.port, proxy.scheme == "https", proxy.host
        )
        if server.scheme == "https":
            await self._tunnel(connection, proxy)
        return connection

    def _allowed(self, server: Server, addresses: list[str]) -> list[str]:
        if (server.scheme, server.host, server.port) == self._guard.origin:
            return addresses
        allowed = []
        refusal = None
        for address in addresses:
            try:
                self._guard.check_address(address, server.port)
            except Refused as error:
                refusal = error
            else:
                allowed.append(address)
        if not allowed:
            raise LeadsInside(f"{server.scheme}://{server.authority}", refusal.url if refusal else "nothing")
        return allowed

    async def _dial_first(
        self, server: Server, addresses: list[str], port: int, has_tls: bool, name: str
    ) -> Connection:
        """A connection to the first of the addresses that takes it; `name` is what its certificate is for."""
        more: dict[str, Any] = {"local_addr": server.bound_to}
        if has_tls:
            more |= {"ssl": self._tls(), "server_hostname": _certified(name)}
        loop = asyncio.get_running_loop()
        failure: Exception | None = None
        for address in addresses:
            patience = None if address == addresses[-1] else _NEXT_ADDRESS_AFTER
            try:
                async with asyncio.timeout(patience):
                    _, connection = await loop.create_connection(
                        lambda: Connection(server, loop), address, port, **more
                    )
                    return connection
            except OSError as error:
                failure = error
        where = f"{server.scheme}://{server.authority} at {addresses[-1]}: {failure}"
        if isinstance(failure, ConnectionRefusedError):
            raise DownloadConnectionRefusedError(where) from failure
        if isinstance(failure, TimeoutError):
            raise DownloadTimeoutError(where) from failure
        raise DownloadFailedError(where) from failure

    async def _tunnel(self, connection: Connection, proxy: Proxy) -> None:
        """Have the proxy connect to the server, and speak TLS with that from now on."""
        server = connection.server
        target = f"{f'[{server.host}]' if ':' in server.host else server.host}:{server.port}"
        request = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n".encode("ascii")
        if proxy.authorization:
            request += b"Proxy-Authorization: " + proxy.authorization + b"\r\n"
        answer = Answer(target, head_maxsize=_TUNNEL_HEAD_MAXSIZE, maxsize=0, has_body=False)
        is_open = False
        try:
            await connection.ask(request + b"\r\n", answer)
            if answer.status != 200 or answer.rest:
                raise DownloadFailedError(f"the proxy opens no tunnel to {target}: {answer.status}")
            transport = await asyncio.get_running_loop().start_tls(
                connection.transport, connection, self._tls(), server_hostname=_certified(server.host)
            )
            assert transport is not None
            connection.transport = transport
            is_open = True
        except OSError as error:
            raise DownloadFailedError(f"{target} by a proxy: {error}") from error
        finally:
            if not is_open:
                connection.close()

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = tls_context(self._settings)
        return self._context


def _certified(host: str) -> str:
    """The host as its certificate names it."""
    return host.rstrip(".")


async def resolved(host: str, port: int) -> list[str]:
    """The addresses that a name has now, as numbers, IPv4 first. Raises CannotResolveHostError."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CannotResolveHostError(f"{host}: {error}") from error
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def tls_context(settings: BaseSettings) -> ssl.SSLContext:
    """How TLS is spoken by the settings: whom it trusts, versions, ciphers.

    Raises KeyError for an unknown version.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES"):
        context.load_default_certs()
        paths = ssl.get_default_verify_paths()
        if paths.cafile is None and paths.capath is None:
            for known in _AUTHORITIES:
                if Path(known).is_file():
                    context.load_verify_locations(known)
                    break
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if lowest := settings["DOWNLOAD_TLS_MIN_VERSION"]:
        context.minimum_version = _TLS_VERSIONS[lowest]
    if highest := settings["DOWNLOAD_TLS_MAX_VERSION"]:
        context.maximum_version = _TLS_VERSIONS[highest]
    if ciphers := settings["DOWNLOADER_CLIENT_TLS_CIPHERS"]:
        context.set_ciphers(ciphers)
    context.options |= _LEGACY_SERVER_CONNECT
    return context
