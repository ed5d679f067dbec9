"""The guard at the connection: what it dials is what it judged; and what a connection is kept for."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from scrapy.exceptions import CannotResolveHostError, DownloadConnectionRefusedError, DownloadFailedError
from scrapy.settings import Settings

from crawler import connections
from crawler.connections import Connection, Connections, Proxy, Server
from crawler.http_answer import Answer
from crawler.safety import Guard, LeadsInside, Origin

SITE = Server("https", "site.example", 443)
Result = TypeVar("Result")


class Network:
    """Answers names with the next of its answers, and notes what is dialled; `broken` addresses fail."""

    def __init__(self, *answers: str, broken: dict[str, Exception] | None = None) -> None:
        self.answers = iter(answers)
        self.dialled: list[tuple[str, int]] = []
        self.more: dict[str, Any] = {}
        self.broken = broken or {}

    async def resolved(self, host: str, port: int) -> list[str]:
        return next(self.answers).split()

    async def create_connection(
        self, factory: Any, host: str, port: int, **more: Any
    ) -> tuple[Any, Connection]:
        self.dialled.append((host, port))
        self.more = more
        if host in self.broken:
            raise self.broken[host]
        connection: Connection = factory()
        connection.connection_made(Wire())
        return connection.transport, connection


class Wire(asyncio.Transport):
    """A transport that notes what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.43.8", 443)})
        self.written = b""
        self.is_aborted = False

    def write(self, data: Any) -> None:
        self.written += data

    def abort(self) -> None:
        self.is_aborted = True


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    network = Network()
    monkeypatch.setattr(connections, "resolved", lambda host, port: network.resolved(host, port))
    return network


def run(network: Network, work: Coroutine[Any, Any, Result]) -> Result:
    loop = asyncio.new_event_loop()
    loop.create_connection = network.create_connection  # type: ignore[assignment]
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


def dial(network: Network, server: Server, guard: Guard = Guard()) -> Connection:  # noqa: B008 - is frozen
    return run(network, Connections(guard, Settings(), 16).dial(server))


def test_a_name_that_means_another_address_the_second_time_is_refused(network: Network) -> None:
    network.answers = iter(["192.0.43.8", "127.0.0.1", "192.0.43.9"])
    pool = Connections(Guard(), Settings(), 16)
    run(network, pool.dial(SITE))
    with pytest.raises(LeadsInside, match=r"127\.0\.0\.1:443"):
        run(network, pool.dial(SITE))
    run(network, pool.dial(SITE))
    assert network.dialled == [("192.0.43.8", 443), ("192.0.43.9", 443)]


def test_a_connection_is_held_to_web_ports_even_if_its_url_was_not(network: Network) -> None:
    network.answers = iter(["192.0.43.8"])
    with pytest.raises(LeadsInside):
        dial(network, Server("http", "site.example", 22))
    assert network.dialled == []


def test_of_several_addresses_only_the_public_ones_are_dialled(network: Network) -> None:
    network.answers = iter(["10.0.0.1 192.0.43.8 ::1 2606:2800:220:1::5 127.0.0.1"])
    network.broken = {"192.0.43.8": ConnectionRefusedError(), "2606:2800:220:1::5": OSError("no route")}
    with pytest.raises(DownloadFailedError, match="no route"):
        dial(network, SITE)
    assert network.dialled == [("192.0.43.8", 443), ("2606:2800:220:1::5", 443)]


def test_a_name_without_an_address_leads_nowhere(network: Network) -> None:
    network.answers = iter([""])
    with pytest.raises(LeadsInside):
        dial(network, SITE)


def test_a_refused_connection_is_named(network: Network) -> None:
    network.answers = iter(["192.0.43.8"])
    network.broken = {"192.0.43.8": ConnectionRefusedError()}
    with pytest.raises(DownloadConnectionRefusedError):
        dial(network, SITE)


@pytest.mark.parametrize(
    ("server", "dialled"),
    [
        (Server("http", "127.0.0.1", 8123), True),
        (Server("http", "127.0.0.1", 8124), False),
        (Server("https", "127.0.0.1", 8123), False),
        (Server("http", "127.0.0.1", 80), False),
        (Server("http", "127.0.0.2", 8123), False),
        (Server("http", "::ffff:127.0.0.1", 8123), False),
        (Server("http", "other", 8123), False),
    ],
)
def test_the_origin_is_excepted_as_it_was_named(network: Network, server: Server, dialled: bool) -> None:
    network.answers = iter(["127.0.0.1"])
    guard = Guard(origin=Origin.of("http://127.0.0.1:8123"))
    if dialled:
        dial(network, server, guard)
    else:
        with pytest.raises(LeadsInside):
            dial(network, server, guard)
    assert bool(network.dialled) is dialled


def test_an_origin_by_name_may_lie_in_a_private_network(network: Network) -> None:
    network.answers = iter(["172.18.0.3"])
    dial(network, Server("http", "replica", 8123), Guard(origin=Origin.of("http://replica:8123")))
    assert network.dialled == [("172.18.0.3", 8123)]


def test_the_operators_proxy_may_lie_in_a_private_network(network: Network) -> None:
    network.answers = iter(["10.0.0.3"])
    dial(network, Server("http", "site.example", 80, proxy=Proxy("http", "squid", 3128)))
    assert network.dialled == [("10.0.0.3", 3128)]


def test_a_certificate_must_be_for_the_host_and_the_local_address_is_the_one_set(network: Network) -> None:
    network.answers = iter(["192.0.43.8"])
    dial(network, Server("https", "site.example.", 443, bound_to=("192.0.43.1", 0)))
    assert network.more["server_hostname"] == "site.example"
    assert network.more["local_addr"] == ("192.0.43.1", 0)


@pytest.mark.parametrize("host", ["no-such.invalid", "a..b", "x" * 70, "\udcff"])
def test_a_name_that_nobody_knows(host: str) -> None:
    with pytest.raises(CannotResolveHostError):
        asyncio.run(connections.resolved(host, 80))


def test_ipv4_is_tried_first(monkeypatch: pytest.MonkeyPatch) -> None:
    async def both() -> list[str]:
        async def getaddrinfo(host: str, port: int, **more: Any) -> list[Any]:
            return [(10, 1, 6, "", ("2606::5", 80, 0, 0)), (2, 1, 6, "", ("192.0.43.8", 80))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
        return await connections.resolved("site.example", 80)

    assert asyncio.run(both()) == ["192.0.43.8", "2606::5"]


def answered(connection: Connection, data: bytes) -> None:
    """Ask something and have this come."""
    connection.ask(b"GET", Answer("http://site.example/", head_maxsize=1000, maxsize=1000))
    connection.data_received(data)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    ("data", "then", "is_kept"),
    [
        (OK, b"", True),
        (OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), b"", False),
        (OK + OK, b"", False),
        (OK, OK, False),
    ],
)
def test_a_connection_is_used_again_if_nothing_is_wrong_with_it(
    network: Network, data: bytes, then: bytes, is_kept: bool
) -> None:
    async def work() -> None:
        network.answers = iter(["192.0.43.8"])
        pool = Connections(Guard(), Settings(), 16)
        connection = await pool.dial(SITE)
        answered(connection, data)
        pool.release(connection)
        if then:
            connection.data_received(then)
        assert pool.idle(Server("http", "site.example", 80)) is None
        assert pool.idle(SITE) is (connection if is_kept else None)
        assert pool.idle(SITE) is None
        assert connection.transport.is_aborted is not is_kept  # type: ignore[attr-defined]

    run(network, work())


def test_so_many_are_kept_and_the_oldest_goes(network: Network) -> None:
    async def work() -> None:
        network.answers = iter(["192.0.43.8"] * 5)
        pool = Connections(Guard(), Settings(), 3)
        held = [await pool.dial(Server("https", f"{n}.site.example", 443)) for n in range(5)]
        for connection in held:
            pool.release(connection)
        closed = [connection.transport.is_aborted for connection in held]  # type: ignore[attr-defined]
        assert closed == [True, True, False, False, False]
        pool.close()
        assert all(connection.transport.is_aborted for connection in held)  # type: ignore[attr-defined]

    run(network, work())


def test_what_was_idle_for_long_is_not_used(network: Network) -> None:
    async def work() -> None:
        network.answers = iter(["192.0.43.8"])
        pool = Connections(Guard(), Settings(), 3)
        connection = await pool.dial(SITE)
        pool.release(connection)
        connection.idle_since -= 241
        assert pool.idle(SITE) is None

    run(network, work())
