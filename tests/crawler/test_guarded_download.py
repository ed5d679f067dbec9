"""The guard at the connection: what it dials is what it judged."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IReactorPluggableNameResolver
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.web.client import URI, BrowserLikePolicyForHTTPS
from zope.interface import implementer

from crawler.guarded_download import _GuardedEndpoints, _GuardedReactor
from crawler.safety import Guard, Origin, Refused


@implementer(IReactorPluggableNameResolver)
class FakeReactor(Clock):
    """Resolves a name to the next of its answers, and notes what it would have connected to."""

    def __init__(self, *answers: str) -> None:
        super().__init__()
        self.dialled: list[tuple[str, int]] = []
        self._answers = iter(answers)
        self.nameResolver = self

    def resolveHostName(
        self, receiver: Any, name: str, portNumber: int = 0, *args: Any, **kwargs: Any
    ) -> None:
        receiver.resolutionBegan(None)
        for answer in next(self._answers).split():
            receiver.addressResolved(IPv4Address("TCP", answer, portNumber))
        receiver.resolutionComplete()

    def connectTCP(self, host: str, port: int, *args: Any, **kwargs: Any) -> None:
        self.dialled.append((host, port))


def connect(reactor: FakeReactor) -> list[Any]:
    failures: list[Any] = []
    endpoint = HostnameEndpoint(_GuardedReactor(reactor, Guard()), "site.example", 443)
    endpoint.connect(Factory()).addErrback(failures.append)
    reactor.advance(1)
    return failures


def test_a_name_that_means_another_address_the_second_time_is_refused() -> None:
    reactor = FakeReactor("192.0.43.8", "127.0.0.1")
    assert connect(reactor) == []
    assert reactor.dialled == [("192.0.43.8", 443)]
    [failure] = connect(reactor)
    assert failure.check(Refused)
    assert len(reactor.dialled) == 1


def test_an_endpoint_that_is_kept_resolves_and_judges_anew_at_each_connection() -> None:
    reactor = FakeReactor("192.0.43.8", "127.0.0.1", "192.0.43.9")
    endpoints = _GuardedEndpoints(reactor, BrowserLikePolicyForHTTPS(), 5, None, Guard())
    failures: list[Any] = []
    for path in (b"1", b"2", b"3"):
        endpoint = endpoints.endpointForURI(URI.fromBytes(b"http://site.example/" + path))
        endpoint.connect(Factory()).addErrback(failures.append)
        reactor.advance(1)
        assert endpoint is endpoints.endpointForURI(URI.fromBytes(b"http://site.example/"))
    assert [failure.check(Refused) for failure in failures] == [Refused]
    assert reactor.dialled == [("192.0.43.8", 80), ("192.0.43.9", 80)]


def test_the_kept_endpoint_of_the_origin_is_nobody_elses() -> None:
    reactor = FakeReactor("127.0.0.1", "127.0.0.1", "127.0.0.1")
    guard = Guard(origin=Origin.of("http://replica:80"))
    endpoints = _GuardedEndpoints(reactor, BrowserLikePolicyForHTTPS(), 5, None, guard)
    for url in (b"http://replica/", b"https://replica/", b"http://other/"):
        endpoints.endpointForURI(URI.fromBytes(url)).connect(Factory()).addErrback(lambda failure: None)
        reactor.advance(1)
    assert reactor.dialled == [("127.0.0.1", 80)]


def test_a_connection_is_held_to_web_ports_even_if_its_url_was_not() -> None:
    with pytest.raises(Refused) as caught:
        _GuardedReactor(FakeReactor(), Guard()).connectTCP("192.0.43.8", 22)
    assert caught.value.reason == "port"


def test_of_several_addresses_only_the_public_ones_are_dialled() -> None:
    reactor = FakeReactor("10.0.0.1 192.0.43.8 127.0.0.1")
    connect(reactor)
    assert reactor.dialled == [("192.0.43.8", 443)]


@pytest.mark.parametrize(
    ("url", "dialled"),
    [
        ("http://127.0.0.1:8123/", True),
        ("http://127.0.0.1:8124/", False),
        ("https://127.0.0.1:8123/", False),
        ("http://127.0.0.1/", False),
        ("http://127.0.0.2:8123/", False),
        ("http://[::ffff:127.0.0.1]:8123/", False),
    ],
)
def test_the_origin_is_excepted_as_it_was_named(url: str, dialled: bool) -> None:
    uri = URI.fromBytes(url.encode())
    reactor = FakeReactor("127.0.0.1")
    guard = Guard(origin=Origin.of("http://127.0.0.1:8123"))
    endpoints = _GuardedEndpoints(reactor, BrowserLikePolicyForHTTPS(), 5, None, guard)
    endpoints.endpointForURI(uri).connect(Factory()).addErrback(lambda failure: None)
    reactor.advance(1)
    assert bool(reactor.dialled) is dialled


def test_an_origin_by_name_may_lie_in_a_private_network() -> None:
    reactor = FakeReactor("172.18.0.3")
    guard = Guard(origin=Origin.of("http://replica:8123"))
    endpoints = _GuardedEndpoints(reactor, BrowserLikePolicyForHTTPS(), 5, None, guard)
    endpoints.endpointForURI(URI.fromBytes(b"http://replica:8123/asia/")).connect(Factory())
    reactor.advance(1)
    assert reactor.dialled == [("172.18.0.3", 8123)]
