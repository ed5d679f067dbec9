"""The replica as a server: in a thread of a test, or as a process of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.replica.clock import Clock, epoch_of
from tests.replica.connection import Connection
from tests.replica.control import Control
from tests.replica.distortions import distorted
from tests.replica.faults import PAGE_KINDS, Faults, Rule
from tests.replica.messages import Request, Response
from tests.replica.request_log import RequestLog
from tests.replica.site import Crawls, Options, Site
from tests.replica.sputnik import Sputnik

T = TypeVar("T")
_MONTH = 30 * 86400
_TWO_HOURS = 2 * 3600


class Server:
    """Site, clock, faults and log together: answers requests, without any socket."""

    def __init__(self, site: Site, clock: Clock, faults: Faults) -> None:
        self.site = site
        self.clock = clock
        self.faults = faults
        self.log = RequestLog()
        self._control = Control(self)

    def answer(self, request: Request) -> tuple[Response, Rule | None]:
        """The answer, and what is to go wrong on its way."""
        if request.path.startswith("/__"):
            return self._control.respond(request), None
        now = self.clock.now()
        response = self.site.respond(request, now)
        fault = self.faults.pick(request.target)
        if fault is not None and fault.kind in PAGE_KINDS:
            response = distorted(fault, response)
        self.log.record(request, response, fault, now)
        return response, fault

    async def listen(self, port: int) -> asyncio.Server:
        """Open the port (0: any) on the local interface."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: Connection(self.answer), "127.0.0.1", port, backlog=512)


SITES: dict[str, Callable[[int, int, int, int, Options], Site]] = {"sputnik": Sputnik}
"""The imitated sites by outlet: made from seed, number of articles, start, end, options."""


def make_server(
    *,
    outlet: str = "sputnik",
    articles: int = 200,
    seed: int = 1,
    start: str | datetime | None = None,
    end: str | datetime | None = None,
    running: bool = False,
    faults: Iterable[Mapping[str, Any]] = (),
    options: Options = Options(),  # noqa: B008 - it is frozen
) -> Server:
    """A server of a new world: `articles` between `start` and `end`, the clock at `end`."""
    last = epoch_of(datetime.now().astimezone()) - _TWO_HOURS if end is None else epoch_of(end)
    first = last - _MONTH if start is None else epoch_of(start)
    site = SITES[outlet](seed, articles, first, last, options)
    rules = Faults(seed, [Rule.from_json(rule) for rule in faults])
    return Server(site, Clock(last, running=running), rules)


class Replica:
    """The replica for a test: a context manager that serves from a thread.

    `with Replica(articles=200, seed=1, end="2026-05-01") as replica: …`; the arguments are those of
    `make_server`, and `port`. All methods may be called from the test's thread.
    """

    def __init__(self, *, port: int = 0, **world: Any) -> None:
        self.server = make_server(**world)
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stopping: asyncio.Event | None = None
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="replica", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    @property
    def url(self) -> str:
        """The origin it is served at."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def now(self) -> datetime:
        """The replica's clock."""
        return datetime.fromtimestamp(self.server.clock.now(), UTC)

    def advance(self, by: float | timedelta) -> None:
        """Move the clock on."""
        self._call(lambda: self.server.clock.advance(by))

    def set_time(self, when: str | datetime) -> None:
        """Set the clock."""
        self._call(lambda: self.server.clock.set(epoch_of(when)))

    def truth(self, now: datetime | None = None, **crawls: Any) -> list[dict[str, Any]]:
        """The rows that the dataset should hold now; `crawls` as in `crawls()`."""
        at = self.server.clock.now() if now is None else epoch_of(now)
        return self._call(lambda: self.server.site.expected_rows(at, self._crawls(at, **crawls)))

    def states(self, now: datetime | None = None, **crawls: Any) -> dict[str, tuple[str, str | None]]:
        """State and reason in which each link should have ended, by article id."""
        at = self.server.clock.now() if now is None else epoch_of(now)
        return self._call(lambda: self.server.site.expected_states(at, self._crawls(at, **crawls)))

    def world(self) -> dict[str, Any]:
        """The whole truth, as `/__truth` gives it."""
        return self._call(lambda: self.server.site.world_truth(self.server.clock.now()))

    def edit(self, article_id: str, kind: str = "typo") -> None:
        """Change an article now."""
        self._call(lambda: self.server.site.edit(article_id, kind, self.server.clock.now()))

    def remove(self, article_id: str, *, status: int = 404, dangling: bool = False) -> None:
        """Take an article down now."""
        self._call(
            lambda: self.server.site.remove(
                article_id, self.server.clock.now(), status=status, dangling=dangling
            )
        )

    def set_faults(self, *rules: Mapping[str, Any]) -> None:
        """Put these fault rules in force, and no others."""
        self._call(lambda: self.server.faults.replace([Rule.from_json(rule) for rule in rules]))

    def requests(self) -> dict[str, Any]:
        """The counts of requests, as `/__requests` gives them."""
        return self._call(self.server.log.summary)

    def reset_requests(self) -> None:
        """Count anew."""
        self._call(self.server.log.reset)

    def forget_crawls(self) -> None:
        """Expect nothing of earlier crawls; for a test that starts again with an empty data folder."""
        self._call(self.server.log.forget_looks)

    def _crawls(
        self,
        at: int,
        *,
        since: str | None = None,
        until: str | None = None,
        moments: Iterable[datetime] | None = None,
    ) -> Crawls:
        if moments is not None:
            times = tuple(epoch_of(when) for when in moments)
        else:
            times = tuple(look for look in self.server.log.looks() if look <= at) or (at,)
        return Crawls(times, since and since.replace("-", ""), until and until.replace("-", ""))

    def _call(self, work: Callable[[], T]) -> T:
        """Do it in the server's thread, which alone touches the world."""

        async def task() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(task(), self._loop).result()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._ready.set()
            self._loop.close()

    async def _serve(self) -> None:
        self._stopping = asyncio.Event()
        try:
            listening = await self.server.listen(self._port)
        except OSError as error:
            self._failure = error
            return
        self._port = listening.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopping.wait()
        listening.close()
