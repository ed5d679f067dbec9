"""Downloads from servers on this machine: connections, proxies, TLS, cut bodies, and what goes out."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import uvloop
from scrapy import Request
from scrapy.exceptions import (
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.settings import Settings

from crawler import connections
from crawler.guarded_download import GuardedHandler
from crawler.safety import TooSlow
from tests.crawler.certificates import self_signed

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok"
URL = "http://site.example:8123/page?a=b#c"


class Server:
    """Answers the requests of each connection by `answer`; None of it closes the connection."""

    def __init__(self, answer: Callable[[int, bytes], bytes | None]) -> None:
        self.answer = answer
        self.connections = 0
        self.requests: list[bytes] = []
        self.peers: list[str] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.peers.append(writer.get_extra_info("peername")[0])
        try:
            while True:
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                said = self.answer(len(self.requests), self.requests[-1])
                if said is None:
                    break
                writer.write(said)
                await writer.drain()
                if b"content-length" not in said.lower() and b"chunked" not in said:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]], **more: Any
) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, **more)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def handler(origin: str | None = None, **settings: Any) -> GuardedHandler:
    given = {
        "DOWNLOAD_TIMEOUT": 20,
        "HEADERS_MAXSIZE": 65536,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        **settings,
    }
    crawler = SimpleNamespace(settings=Settings(given), spider=SimpleNamespace(origin=origin))
    crawler.settings.set("ALLOWED_PORTS", [80, 443, 8123])
    return GuardedHandler(cast(Any, crawler))


Run = Callable[[Awaitable[Any]], Any]


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    with asyncio.Runner(loop_factory=request.param) as runner:
        yield runner.run  # type: ignore[misc]


async def from_server(server: Server, *requests: Request, **settings: Any) -> list[Any]:
    """The responses, or exceptions, of requests made one after another."""
    outcomes: list[Any] = []
    async with listening(server.serve) as port:
        server.port = port
        origin = f"http://127.0.0.1:{port}"
        downloads = handler(origin, **settings)
        for request in requests:
            try:
                outcomes.append(await downloads.send(request, at=f"{origin}/page?a=b#c"))
            except (DownloadFailedError, DownloadTimeoutError, ResponseDataLossError, ValueError) as error:
                outcomes.append(error)
        await downloads.close()
    return outcomes


def test_a_response_says_what_came_and_what_was_asked(run: Run) -> None:
    server = Server(lambda number, request: OK)
    [response] = run(from_server(server, Request(URL, headers={"X-Own": "1"})))
    assert isinstance(response, Response)
    assert (response.url, response.status, response.body) == (URL.partition("#")[0], 200, b"ok")
    assert (response.protocol, str(response.ip_address), response.flags) == ("HTTP/1.1", "127.0.0.1", [])
    assert response.headers[b"content-type"] == b"text/html"
    lines = server.requests[0].split(b"\r\n")
    assert lines[0] == b"GET /page?a=b HTTP/1.1"
    assert lines[1:3] == [f"Host: 127.0.0.1:{server.port}".encode(), b"X-Own: 1"]


def test_one_connection_serves_one_request_after_another(run: Run) -> None:
    server = Server(lambda number, request: OK)
    run(from_server(server, *[Request(URL)] * 3))
    assert (server.connections, len(server.requests)) == (1, 3)


def test_a_connection_that_the_server_closed_meanwhile_is_replaced(run: Run) -> None:
    server = Server(lambda number, request: None if number == 2 else OK)
    first, second = run(from_server(server, *[Request(URL)] * 2))
    assert (first.body, second.body) == (b"ok", b"ok")
    assert (server.connections, len(server.requests)) == (2, 3)


def test_what_is_no_plain_question_is_not_asked_twice(run: Run) -> None:
    server = Server(lambda number, request: None if number == 2 else OK)
    _, second = run(from_server(server, Request(URL), Request(URL, method="POST")))
    assert isinstance(second, DownloadFailedError)
    assert len(server.requests) == 2


def test_a_server_that_closes_every_connection_fails(run: Run) -> None:
    server = Server(lambda number, request: None)
    [outcome] = run(from_server(server, Request(URL)))
    assert isinstance(outcome, DownloadFailedError)
    assert server.connections == 1


def test_a_cut_body_is_lost_or_marked_by_the_setting(run: Run) -> None:
    cut = OK.replace(b"Content-Length: 2", b"X-Length: 2\r\nTransfer-Encoding: chunked").replace(
        b"ok", b"9\r\nok"
    )

    def answer(number: int, request: bytes) -> bytes | None:
        return cut.replace(b"chunked", b"Chunked")  # so that the server closes behind it

    lost, kept = run(
        from_server(Server(answer), Request(URL), Request(URL, meta={"download_fail_on_dataloss": False}))
    )
    assert isinstance(lost, ResponseDataLossError)
    assert (kept.body, kept.flags) == (b"ok", ["dataloss"])


def test_a_body_without_a_length_is_marked_as_perhaps_partial(run: Run) -> None:
    [response] = run(from_server(Server(lambda number, request: b"HTTP/1.0 200 OK\r\n\r\nok"), Request(URL)))
    assert (response.body, response.flags, response.protocol) == (b"ok", ["partial"], "HTTP/1.0")


def test_no_line_end_of_a_value_ends_a_line_of_ours(run: Run) -> None:
    server = Server(lambda number, request: OK)
    run(from_server(server, Request(URL, headers={"If-None-Match": '"x"\r\nX-Evil: 1\nX-More: 2'})))
    assert b'If-None-Match: "x" X-Evil: 1 X-More: 2\r\n' in server.requests[0]


def test_a_request_with_a_body_says_its_length(run: Run) -> None:
    server = Server(lambda number, request: OK)
    run(from_server(server, Request(URL, method="POST", body=b"a=b")))
    assert server.requests[0].startswith(b"POST /page?a=b HTTP/1.1\r\n")
    assert server.requests[0].endswith(b"Content-Length: 3\r\n\r\n")


def test_what_cannot_be_a_request_is_not_sent(run: Run) -> None:
    server = Server(lambda number, request: OK)
    [outcome] = run(from_server(server, Request(URL, method="GET / HTTP/1.1\r\nX: 1\r\n\r\nGET")))
    assert isinstance(outcome, ValueError)
    assert server.connections == 0


def test_the_local_address_is_the_one_set(run: Run) -> None:
    server = Server(lambda number, request: OK)
    requests = [Request(URL), Request(URL, meta={"bindaddress": ("127.0.0.3", 0)})]
    run(from_server(server, *requests, DOWNLOAD_BIND_ADDRESS="127.0.0.2"))
    assert server.peers == ["127.0.0.2", "127.0.0.3"]


def test_a_request_counts_as_sent_when_its_connection_is_there(run: Run) -> None:
    sent: list[int] = []
    server = Server(lambda number, request: OK)

    async def work() -> None:
        async with listening(server.serve) as port:
            origin = f"http://127.0.0.1:{port}"
            downloads = handler(origin)
            await downloads.send(Request(URL), lambda: sent.append(len(server.requests)), origin)
            await downloads.close()
        closed = handler(f"http://127.0.0.1:{port}")
        with pytest.raises(DownloadConnectionRefusedError):
            await closed.send(Request(URL), lambda: sent.append(-1), f"http://127.0.0.1:{port}")

    run(work())
    assert sent == [0]


def test_patience_ends_wherever_the_answer_stands(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = Server(lambda number, request: b"")
    timeout = {"download_timeout": 0.2}

    async def never(host: str, port: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    async def work() -> Any:
        outcomes = await from_server(
            Server(lambda number, request: OK.replace(b" 2", b" 9")), Request(URL, meta=timeout)
        )
        monkeypatch.setattr(connections, "resolved", never)
        return outcomes + await from_server(silent, Request(URL, meta=timeout))

    for outcome in run(work()):
        assert isinstance(outcome, DownloadTimeoutError)
        assert "longer than 0.2 seconds" in str(outcome)
    assert silent.connections == 0


def test_a_body_that_comes_in_drops_is_given_up(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_RATE_WINDOW", 0.1)
    server = Server(lambda number, request: OK.replace(b" 2", b" 9"))
    [outcome] = run(from_server(server, Request(URL), MIN_TRANSFER_RATE=100))
    assert isinstance(outcome, TooSlow)


async def piped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


class TunnelingProxy:
    """Takes CONNECT and connects to the one target that it knows."""

    def __init__(self, target: int, status: bytes = b"200 OK") -> None:
        self.target = target
        self.status = status
        self.heads: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 " + self.status + b"\r\n\r\n")
        if not self.status.startswith(b"200"):
            writer.close()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(piped(reader, back), piped(there, writer), return_exceptions=True)


def through(port: int, **headers: str) -> Request:
    return Request("http://site.example/page", headers=headers, meta={"proxy": f"http://127.0.0.1:{port}"})


def test_a_proxy_is_asked_for_the_whole_address(run: Run) -> None:
    server = Server(lambda number, request: OK)

    async def work() -> Any:
        async with listening(server.serve) as port:
            downloads = handler()
            response = await downloads.send(through(port, **{"Proxy-Authorization": "Basic eDp5"}))
            await downloads.close()
            return response

    assert run(work()).body == b"ok"
    assert server.requests[0].startswith(b"GET http://site.example/page HTTP/1.1\r\nHost: site.example\r\n")
    assert b"Proxy-Authorization: Basic eDp5" in server.requests[0]


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's TLS; its certificate for site.example is believed here."""
    pem = self_signed(tmp_path, "site.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@pytest.mark.parametrize(
    ("host", "status", "is_served"),
    [
        ("site.example", b"200 OK", True),
        ("other.example", b"200 OK", False),
        ("site.example", b"403 No", False),
    ],
)
def test_https_goes_through_a_proxy_in_a_tunnel_to_the_host_itself(
    run: Run, context: ssl.SSLContext, host: str, status: bytes, is_served: bool
) -> None:
    server = Server(lambda number, request: OK)

    async def work() -> Any:
        async with listening(server.serve, ssl=context) as target:
            proxy = TunnelingProxy(target, status)
            async with listening(proxy.serve) as port:
                request = through(port, **{"Proxy-Authorization": "Basic eDp5"})
                request = request.replace(url=f"https://{host}/page")
                downloads = handler()
                try:
                    for _ in range(2):
                        assert (await downloads.send(request)).body == b"ok"
                except DownloadFailedError:
                    assert not is_served
                await downloads.close()
        return proxy.heads

    [head] = run(work())
    assert head == (
        f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\nProxy-Authorization: Basic eDp5\r\n\r\n".encode()
    )
    assert len(server.requests) == (2 if is_served else 0)
    assert not any(b"Proxy-Authorization" in request for request in server.requests)


@pytest.mark.parametrize(("host", "is_served"), [("site.example", True), ("other.example", False)])
def test_a_certificate_holds_for_its_own_host(
    run: Run, context: ssl.SSLContext, host: str, is_served: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolved(name: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr(connections, "resolved", resolved)
    server = Server(lambda number, request: OK if number < 3 else b"HTTP/1.1 200 OK\r\n\r\nto the end")

    async def work() -> list[bytes]:
        async with listening(server.serve, ssl=context) as port:
            origin = f"https://{host}:{port}"
            downloads = handler(origin)
            bodies = [(await downloads.send(Request(origin + "/page"))).body for _ in range(3)]
            await downloads.close()
            return bodies

    if is_served:
        assert run(work()) == [b"ok", b"ok", b"to the end"]
        assert server.connections == 1
    else:
        with pytest.raises(DownloadFailedError, match="Hostname mismatch"):
            run(work())
