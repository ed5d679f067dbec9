"""No form of address leads the crawler to a server inside."""

from __future__ import annotations

import os
from typing import Any

import pytest

from crawler.safety import Guard, Refused
from tests.hostile.fetch import fetch
from tests.hostile.server import HostileServer

# One a word, grouped by trick.
_HOSTS = r"""
127.0.0.1 127.1 127.0.1 127.255.255.254 2130706433 0x7f000001 0x7f.0.0.1 0x7f.1 0177.0.0.1 017700000001
0177.0x0.0.1 00000177.0.0.1 127.0.0.1. 127.0.0.01 0 0.0.0.0 1２7.0.0.1 ①②⑦.0.0.1 127。0。0。1 %31%32%37.0.0.1

[::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1]
[2002:7f00:1::] [2001:0:7f00:1::] [fe80::1%25lo] [fe80::1%25eth0] [::1%25lo] [fc00::1] [fec0::1] [ff02::1]
[2001:db8::5efe:127.0.0.1]

10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.100.100.200 192.0.0.192 198.18.0.1 224.0.0.1 240.0.0.1
255.255.255.255

localhost localhost. LOCALHOST 127-0-0-1.dns.example 10-0-0-1.dns.example 169-254-169-254.dns.example
0-0-0-0.dns.example

site.example@127.0.0.1 127.0.0.1#@site.example 127.0.0.1\@site.example site.example\@127.0.0.1
"""
HOSTS = _HOSTS.split()


@pytest.fixture(scope="module")
def inner() -> Any:
    with HostileServer() as server:
        yield server


def only_addresses_hold(inner: HostileServer) -> dict[str, Any]:
    """Settings that let all through but for what this is about: the inner port, robots.txt, unknown names."""
    return {
        "ALLOWED_PORTS": [80, 443, inner.port],
        "TWISTED_DNS_RESOLVER": "tests.hostile.resolver.HostileResolver",
        "RETRY_ENABLED": False,
        "ROBOTSTXT_OBEY": False,
    }


def test_no_form_of_address_connects_to_a_server_inside(inner: HostileServer) -> None:
    direct = [f"http://{host}:{inner.port}/direct" for host in HOSTS]
    default_port = [f"http://{host}/direct" for host in HOSTS]
    fetched = fetch(direct + default_port, settings=only_addresses_hold(inner))
    assert inner.connections == 0
    assert all(outcome.status is None for outcome in fetched.outcomes.values())
    unnamed = [o for o in fetched.outcomes.values() if o.reason not in {"address", "no-request"}]
    # What our parser and the resolver agree is no address at all ends as a name that nobody knows.
    assert {o.error for o in unnamed} <= {"CannotResolveHostError", "ValueError"}, unnamed


def test_the_handler_judges_by_itself_what_no_middleware_has_judged(inner: HostileServer) -> None:
    settings = {**only_addresses_hold(inner), "DOWNLOADER_MIDDLEWARES": {"crawler.safety.RefuseUnsafe": None}}
    urls = [f"http://{host}:{inner.port}/" for host in ("127.0.0.1", "0x7f.1", "[::1]")]
    fetched = fetch(urls, settings=settings)
    assert [fetched[url].error for url in urls] == ["Refused"] * 3
    assert inner.connections == 0


def test_redirects_are_held_to_the_same_rule(inner: HostileServer) -> None:
    pages = {f"/{n}": f"http://{host}:{inner.port}/redirected" for n, host in enumerate(HOSTS)}
    with RedirectingServer(pages) as outer:
        urls = [outer.url(path) for path in pages]
        fetched = fetch(urls, settings=only_addresses_hold(inner), origin=outer.origin)
    assert len(outer.requests) >= len(HOSTS)
    assert inner.connections == 0
    assert not [o for o in fetched.outcomes.values() if o.status == 200]


def test_robots_txt_is_asked_of_no_server_inside_and_the_crawl_goes_on(inner: HostileServer) -> None:
    settings = {**only_addresses_hold(inner), "ROBOTSTXT_OBEY": True, "CONCURRENT_REQUESTS": 1}
    with HostileServer({"/": (b"<html>origin</html>", "text/html")}) as named:
        urls = [
            f"http://127-0-0-1.dns.example:{inner.port}/",
            f"http://localhost:{inner.port}/",
            named.url("/"),
        ]
        fetched = fetch(urls, settings=settings, origin=named.origin)
    assert [fetched[url].reason for url in urls] == ["address", "address", None]
    # A name server may err for an hour, so such a link is tried again.
    assert fetched[urls[0]].error == "LeadsInside"
    assert fetched[named.url("/")].status == 200
    assert inner.connections == 0


class RedirectingServer(HostileServer):
    """Sends each of its paths on to an address."""

    def __init__(self, targets: dict[str, str]) -> None:
        super().__init__()
        self._targets = targets

    def respond(self, path: str, exchange: Any) -> bool:
        target = self._targets.get(path)
        if target is None:
            return False
        exchange.answer(b"", status=302, Location=target.encode().decode("latin-1"))
        return True


def test_a_proxy_from_the_environment_is_not_used(inner: HostileServer) -> None:
    environment = {**os.environ, "http_proxy": inner.origin, "HTTP_PROXY": inner.origin, "no_proxy": ""}
    fetched = fetch(
        ["http://10-0-0-1.dns.example/"],
        environment=environment,
        settings={"TWISTED_DNS_RESOLVER": "tests.hostile.resolver.HostileResolver"},
    )
    assert inner.connections == 0
    assert fetched["http://10-0-0-1.dns.example/"].reason == "address"


def test_only_the_named_origin_is_excepted_not_its_host(inner: HostileServer) -> None:
    with HostileServer({"/": (b"<html>origin</html>", "text/html")}) as named:
        urls = [
            named.url("/"),
            inner.url("/"),
            "http://127.0.0.1/",
            f"https://127.0.0.1:{named.port}/",
            f"http://localhost:{named.port}/",
        ]
        fetched = fetch(urls, origin=named.origin)
    assert fetched[named.url("/")].status == 200
    assert [fetched[url].reason for url in urls[1:]] == ["port", "address", "port", "port"]
    assert inner.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://site.example/",
        "data:text/html,x",
        "s3://bucket/key",
        "gopher://site.example/",
        "javascript:alert(1)",
        "//site.example/",
    ],
)
def test_other_schemes_are_refused(url: str) -> None:
    with pytest.raises(Refused) as caught:
        Guard().check_url(url)
    assert caught.value.reason == "scheme"
