"""Scrapy's HTTP/1.1 download handler, with a guard where it connects and bounds on what a server may send.

It goes below Scrapy's public interface, because nothing above sees the address that is connected to, or the
bytes of an answer before its head is complete. tests/crawler/test_guarded_download.py holds each seam.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _ScrapyAgent,
)
from scrapy.exceptions import DownloadCancelledError, DownloadFailedError, ResponseDataLossError
from scrapy.http import Response
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorPluggableNameResolver, IReactorTCP, IReactorTime
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS
from twisted.web.client import URI, Agent, HTTPConnectionPool, _StandardEndpointFactory
from zope.interface import implementer

from crawler.safety import Guard, LeadsInside, Refused, TooSlow

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.internet.interfaces import IConnector, IDelayedCall, IStreamClientEndpoint

# How long an answer may take to get going before its rate is judged, and between two judgements.
_RATE_WINDOW = 8.0
# What the event loop reads from a socket at once.
_READ_SIZE = 65536
# Redirects may lead to ever new subdomains.
_ENDPOINTS_KEPT = 64


@implementer(IReactorTCP, IReactorTime, IReactorPluggableNameResolver)
class _GuardedReactor:
    """The reactor, connecting only to public addresses and web ports.

    Names are resolved above; what arrives here is the number that would be dialled, so a name cannot mean one
    address when it is checked and another when it is connected.
    """

    def __init__(self, reactor: Any, guard: Guard) -> None:
        self._reactor = reactor
        self._guard = guard

    def seconds(self) -> float:
        now: float = self._reactor.seconds()
        return now

    def callLater(self, delay: float, callable: Any, *args: Any, **kwargs: Any) -> IDelayedCall:
        call: IDelayedCall = self._reactor.callLater(delay, callable, *args, **kwargs)
        return call

    @property
    def nameResolver(self) -> Any:
        return self._reactor.nameResolver

    def connectTCP(self, host: str, port: int, *args: Any, **kwargs: Any) -> IConnector:
        self._guard.check_address(host, port)
        connector: IConnector = self._reactor.connectTCP(host, port, *args, **kwargs)
        return connector


class _GuardedEndpoints(_StandardEndpointFactory):
    """Endpoints on the guarded reactor; the operator's origin alone is connected to as it is.

    They are kept, for making one takes longer than the rest of a request on a connection that is open. The
    name is resolved anew, and the address checked, whenever one connects.
    """

    def __init__(
        self, reactor: Any, context_factory: Any, timeout: float, bind_address: Any, guard: Guard
    ) -> None:
        super().__init__(reactor, context_factory, timeout, bind_address)
        self._known: dict[tuple[bytes, bytes, int], IStreamClientEndpoint] = {}
        self._origin = guard.origin
        self._open_reactor = reactor
        self._guarded_reactor = _GuardedReactor(reactor, guard)

    def endpointForURI(self, uri: URI) -> IStreamClientEndpoint:
        server = (uri.scheme, uri.host, uri.port)
        endpoint = self._known.get(server)
        if endpoint is None:
            asked = (uri.scheme.decode("ascii"), uri.host.decode("ascii").strip("[]"), uri.port)
            self._reactor = self._open_reactor if asked == self._origin else self._guarded_reactor
            if len(self._known) >= _ENDPOINTS_KEPT:
                self._known.clear()
            endpoint = self._known[server] = super().endpointForURI(uri)
        return endpoint


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    """A client connection that gives up on a head that does not end, and on more frame than body."""

    def __init__(self, quiescent_callback: Any, head_maxsize: int) -> None:
        super().__init__(quiescent_callback)
        self._head_maxsize = head_maxsize
        self._head_size = 0
        self._received = 0

    def request(self, request: Any) -> Deferred[Any]:
        self._head_size = self._received = 0
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        parser = self._parser
        if parser is None:
            return
        self._received += len(data)
        if parser.state in (STATUS, HEADER):
            self._head_size += len(data)
            if self._head_size > self._head_maxsize:
                self._refuse("headers-too-large")
        elif self._received > 4 * _READ_SIZE:
            # Chunks of one byte cost a second of work for every 150 KB.
            body = getattr(parser.response, "_bodyProtocol", None)
            if body is not None and self._received > 4 * _READ_SIZE + 2 * body._bytes_received:
                self._refuse("tiny-chunks")

    def _refuse(self, reason: str) -> None:
        self._giveUp(Failure(Refused("", reason)))


class _BoundedFactory(_LenientHTTP11ClientFactory):
    def __init__(self, *args: Any, head_maxsize: int) -> None:
        super().__init__(*args)
        self._head_maxsize = head_maxsize

    def buildProtocol(self, addr: Any) -> _BoundedProtocol:
        return _BoundedProtocol(self._quiescentCallback, self._head_maxsize)


class _AnnouncingPool:
    """A connection pool that says when a connection is there; the request is written in the same moment."""

    def __init__(self, pool: HTTPConnectionPool, about_to_send: Callable[[], None]) -> None:
        self._pool = pool
        self._about_to_send = about_to_send
        self.persistent = pool.persistent

    def getConnection(self, key: Any, endpoint: Any) -> Deferred[Any]:
        connection: Deferred[Any] = self._pool.getConnection(key, endpoint)
        return connection.addCallback(self._announce)

    def _announce(self, connection: Any) -> Any:
        self._about_to_send()
        return connection


class _GuardedAgent(_ScrapyAgent):
    """One download: over guarded endpoints, and ended when the body comes in drops."""

    def __init__(
        self,
        *,
        at: str,
        guarded: Callable[[_StandardEndpointFactory], _GuardedEndpoints],
        min_rate: int,
        about_to_send: Callable[[], None] | None,
        **kwargs: Any,
    ) -> None:
        from twisted.internet import reactor  # installed only once the crawl starts

        super().__init__(**kwargs)
        self._reactor: Any = reactor
        self._at = at
        self._guarded = guarded
        self._min_rate = min_rate
        self._about_to_send = about_to_send
        self._last_size: int | None = None
        self._rate_check: Any = None
        self.too_slow = False

    def _get_agent(self, request: Request, timeout: float) -> Agent:
        agent = super()._get_agent(request, timeout)
        if not request.meta.get("proxy"):  # a proxy is the operator's own server
            agent._endpointFactory = self._guarded(agent._endpointFactory)
        if self._about_to_send is not None:
            pool: Any = _AnnouncingPool(agent._pool, self._about_to_send)
            agent._pool = pool
        if self._at != request.url:
            # Scrapy asks for the request's own URL.
            agent.request = partial(_request_at, agent.request, self._at)  # type: ignore[method-assign]
        return agent

    def download_request(self, request: Request) -> Deferred[Response]:
        download = super().download_request(request)
        if self._min_rate:
            self._rate_check = self._reactor.callLater(_RATE_WINDOW, self._judge_rate, download)
            download.addBoth(self._stop_judging)
        return download

    def _judge_rate(self, download: Deferred[Response]) -> None:
        """Cancel the download if less than the least rate came in since the last judgement."""
        self._rate_check = self._reactor.callLater(_RATE_WINDOW, self._judge_rate, download)
        reader = getattr(self._txresponse, "_bodyProtocol", None)
        if reader is None:  # no head yet; DOWNLOAD_TIMEOUT bounds that
            return
        size = reader._bytes_received
        if self._last_size is not None and size - self._last_size < self._min_rate * _RATE_WINDOW:
            self.too_slow = True
            download.cancel()
        self._last_size = size

    def _stop_judging(self, result: Any) -> Any:
        if self._rate_check is not None and self._rate_check.active():
            self._rate_check.cancel()
        return result


def _request_at(request: Callable[..., Any], at: str, method: bytes, url: bytes, *rest: Any) -> Any:
    return request(method, urldefrag(at)[0].encode("ascii"), *rest)


class GuardedHandler(HTTP11DownloadHandler):
    """Download handler for http and https.

    Raises Refused for an address, port, scheme or size that is not allowed, LeadsInside for a name that means
    such an address, TooSlow for an answer below MIN_TRANSFER_RATE, and otherwise what Scrapy's own handler
    raises.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._guard: Guard | None = None
        self._endpoints: dict[tuple[float, Any], _GuardedEndpoints] = {}
        self._timeout = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        self._min_rate = crawler.settings.getint("MIN_TRANSFER_RATE")
        head_maxsize = crawler.settings.getint("HEADERS_MAXSIZE")
        # Twisted only calls it.
        self._pool._factory = partial(_BoundedFactory, head_maxsize=head_maxsize)  # type: ignore[assignment]

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
            self._guard = Guard.of(self._crawler)
        self._guard.check_url(at)
        agent = _GuardedAgent(
            contextFactory=self._contextFactory,
            bindAddress=self._bind_address,
            pool=self._pool,
            maxsize=self._default_maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
            tls_verbose_logging=self._tls_verbose_logging,
            connectTimeout=self._timeout,
            at=at,
            guarded=self._guarded,
            min_rate=self._min_rate,
            about_to_send=about_to_send,
        )
        try:
            with wrap_twisted_exceptions():
                return await maybe_deferred_to_future(agent.download_request(request))
        except Refused as refusal:  # of the connection: the URL itself has passed
            raise LeadsInside(request.url, refusal.url) from refusal
        except DownloadCancelledError as error:
            if agent.too_slow:
                raise TooSlow(f"{request.url}: less than {self._min_rate} bytes a second") from error
            # What else cancels a download ends the process, too.
            maxsize = request.meta.get("download_maxsize", self._default_maxsize)
            raise Refused(request.url, "too-large", f"over {maxsize} bytes") from error
        except (DownloadFailedError, ResponseDataLossError) as error:
            for failure in getattr(error.__cause__, "reasons", ()):
                if failure.check(Refused):
                    raise Refused(request.url, failure.value.reason) from error
            raise

    def _guarded(self, plain: _StandardEndpointFactory) -> _GuardedEndpoints:
        """The endpoints for downloads with the timeout and local address of these."""
        bound = (plain._connectTimeout, plain._bindAddress)
        if bound not in self._endpoints:
            assert self._guard is not None
            self._endpoints[bound] = _GuardedEndpoints(
                plain._reactor, plain._policyForHTTPS, *bound, self._guard
            )
        return self._endpoints[bound]
