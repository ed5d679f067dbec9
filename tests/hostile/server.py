"""A server of plain sockets that breaks HTTP in all the ways of `behaviours`, and counts who connects.

Use in a test: `with HostileServer() as server: server.url("/endless-headers")`.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import NamedTuple

from tests.hostile.behaviours import BEHAVIOURS, Exchange

Page = tuple[bytes, str]
"""Body and content type."""


class Seen(NamedTuple):
    """A request that arrived; `at` is monotonic time."""

    path: str
    at: float
    head: str


class HostileServer:
    """Serves each behaviour under its own name and each of `pages` under its path; runs in a thread."""

    def __init__(self, pages: Mapping[str, Page] | Callable[[str], Page | None] | None = None) -> None:
        self._pages: Callable[[str], Page | None] = pages if callable(pages) else dict(pages or {}).get
        self.requests: list[Seen] = []
        self.connections = 0
        self.behaving: dict[str, str] = {f"/{name}": name for name in BEHAVIOURS}
        """The behaviour at each path."""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hostile server", daemon=True)

    def __enter__(self) -> HostileServer:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return self.origin + path

    def respond(self, path: str, exchange: Exchange) -> bool:
        """Answer in an own way, if a subclass has one for this path."""
        return False

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port: int = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        # CancelledError too: it is how a behaviour that waits ends with the server.
        ends = (
            ConnectionError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            asyncio.CancelledError,
        )
        with contextlib.suppress(*ends):
            while await self._answer(reader, writer):
                await writer.drain()
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection stays open."""
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ", 2)[1].decode("latin-1")
        self.requests.append(Seen(path, time.monotonic(), head.decode("latin-1")))
        exchange = Exchange(reader, writer, path, self.origin)
        if name := self.behaving.get(path.split("?")[0]):
            await BEHAVIOURS[name].run(exchange)
            return BEHAVIOURS[name].keeps_open
        if self.respond(path, exchange):
            return True
        page = self._pages(path)
        body, kind = page if page else (b"no such page", "text/plain")
        exchange.answer(body, status=200 if page else 404, **{"Content-Type": kind})
        return True
