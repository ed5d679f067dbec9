"""How gently an outlet is asked: the gap between requests, the pauses it asks for, and a budget for the day.

All of it holds over every process that shares a DATA_DIR, and over two outlets on one host.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from time import monotonic, time
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from scrapy import Request, signals
from scrapy.http import Response

from pipelines.session import StorageSession
from pipelines.storage.durable import replace_text
from pipelines.storage.layout import data_folder, state_folder

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

RETRY_AFTER_CAP = 86_400.0
"""A host may send us away for a day; what it says beyond that is a mistake or a joke."""
_BACK_OFF_CODES = (429, 503)


class NotNow(Exception):
    """A request that politeness holds back in this run; its link stays as it is, for a later one.

    `reason` is also what the spider is closed with: "budget-spent", "asked-to-wait", "robots-unreachable".
    """

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        self.reason = reason
        super().__init__(f"{reason}: {url}")


class HostClock:
    """When a host may be asked next, kept in a file that all processes share."""

    def __init__(self, path: Path, delay: float, longest_wait: float) -> None:
        self.delay = delay
        """Seconds between the starts of two requests: the larger of our own and robots.txt's."""
        self._longest_wait = longest_wait
        self._turn = asyncio.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)

    async def turn(self) -> Turn:
        """Wait until the host may be asked; nobody else is given a turn before this one was used.

        Raises TimeoutError if the host asked to be left alone for longer than a run should wait.
        """
        if self.delay <= 0:
            await self._wait()
            return Turn(None)
        await self._turn.acquire()
        try:
            await self._wait()
        except BaseException:
            self._turn.release()
            raise
        return Turn(self)

    async def _wait(self) -> None:
        while (wait := self._claim()) > 0:
            if wait > max(self._longest_wait, self.delay):
                raise TimeoutError(f"asked to wait {wait:.0f} s")
            await asyncio.sleep(wait)

    def pause(self, seconds: float) -> None:
        """Ask nothing of this host for so long; a longer pause that is already on stays."""
        until = time() + min(seconds, RETRY_AFTER_CAP)

        def longer(next_at: float, paused_until: float) -> tuple[float, float]:
            return next_at, max(paused_until, until)

        self._update(longer)

    def _claim(self) -> float:
        """Take the turn and return 0, or return the seconds until it may be taken."""
        next_at, paused_until = self._read()
        wait = max(next_at - monotonic(), paused_until - time())
        if self.delay <= 0 or wait > 0:
            return wait
        missed = [0.0]

        def take(next_at: float, paused_until: float) -> tuple[float, float]:
            # Another process may have been quicker since we looked.
            missed[0] = max(next_at - monotonic(), paused_until - time())
            return (next_at if missed[0] > 0 else monotonic() + self.delay), paused_until

        self._update(take)
        return missed[0]

    def _used(self) -> None:
        """The request is on its way now, some time after its turn: perhaps a connection had to be made."""
        self._update(lambda next_at, paused_until: (monotonic() + self.delay, paused_until))
        self._turn.release()

    def _read(self) -> tuple[float, float]:
        try:
            next_at, paused_until = map(float, json.loads(os.pread(self._file, 200, 0)))
        except (ValueError, TypeError):  # a new file, or one that somebody wrote into
            return 0.0, 0.0
        # Further off than we ever write: the machine started anew, or its clock was set.
        if next_at - monotonic() > max(self._longest_wait, self.delay):
            next_at = 0.0
        if paused_until - time() > RETRY_AFTER_CAP:
            paused_until = 0.0
        return next_at, paused_until

    def _update(self, change: Callable[[float, float], tuple[float, float]]) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            text = json.dumps(change(*self._read())).encode()
            os.pwrite(self._file, text, 0)
            os.ftruncate(self._file, len(text))
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let the file go."""
        os.close(self._file)


class Turn:
    """The right to send one request; used once, when the request goes out or comes to nothing."""

    def __init__(self, clock: HostClock | None) -> None:
        self._clock = clock

    def use(self) -> None:
        """Start the gap to the next request."""
        if self._clock is not None:
            self._clock._used()
            self._clock = None


class DailyBudget:
    """How many requests an outlet was sent today (UTC), kept over runs; a limit of 0 is none."""

    _SAVE_EVERY = 50

    def __init__(self, path: Path, limit: int) -> None:
        self._path = path
        self._limit = limit
        self._day = ""
        self._spent = 0
        if limit:
            # An unreadable count is no reason to fall silent.
            with suppress(OSError, ValueError, KeyError):
                saved = json.loads(path.read_text())
                self._day, self._spent = saved["day"], int(saved["requests"])

    def spend(self, now: datetime) -> bool:
        """Count a request; False if it may not be sent any more."""
        if not self._limit:
            return True
        today = now.date().isoformat()
        if today != self._day:
            self._day, self._spent = today, 0
        if self._spent >= self._limit:
            return False
        self._spent += 1
        if self._spent % self._SAVE_EVERY == 0:
            self.save()
        return True

    def save(self) -> None:
        """Write the count down, if the disk takes it; a kill loses at most the last fifty."""
        if not self._limit or not self._day:
            return
        try:
            replace_text(self._path, json.dumps({"day": self._day, "requests": self._spent}))
        except OSError as error:
            # A disk that is full stops the run where its articles are written.
            logger.warning("the count of today's requests is not kept: %s", error)


class Politeness:
    """Extension: the clocks of all hosts and the outlet's budget; closes a spider that must not go on."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        settings = crawler.settings
        data_dir = data_folder(settings.get("DATA_DIR", "data"), settings["LEDGER"], settings["STATE_DIR"])
        self.state_dir = state_folder(data_dir)
        self._delay = settings.getfloat("DOWNLOAD_DELAY")
        self._longest_wait = settings.getfloat("LONGEST_WAIT")
        self._clocks: dict[str, HostClock] = {}
        self._budget: DailyBudget | None = None
        self._stopping: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Politeness:
        politeness = cls(crawler)
        crawler.signals.connect(politeness._spider_closed, signals.spider_closed)
        return politeness

    def now(self) -> datetime:
        """The crawl's present, which a simulation moves."""
        session = self._crawler.get_extension(StorageSession)
        return session.now() if session is not None else datetime.now(UTC)

    @property
    def origin(self) -> str | None:
        """The server that the outlet's requests are sent to instead of its own."""
        return getattr(self._crawler.spider, "origin", None)

    def clock(self, url: str) -> HostClock:
        """The clock of the host that a request for this URL goes to."""
        parts = urlsplit(self.origin or url)
        host = (parts.netloc if self.origin else parts.hostname) or ""
        clock = self._clocks.get(host)
        if clock is None:
            path = self.state_dir / "hosts" / f"{quote(host, safe='')[:200]}.json"
            clock = self._clocks[host] = HostClock(path, self._delay, self._longest_wait)
        return clock

    def ask_at_most_every(self, seconds: float, url: str) -> None:
        """Take over what robots.txt says of the gap. Raises NotNow if it is longer than a run should wait."""
        if seconds > self._longest_wait:
            raise self.stop(url, "asked-to-wait")
        clock = self.clock(url)
        clock.delay = max(self._delay, seconds)

    async def turn(self, url: str) -> Turn:
        """Wait for the right to send a request. Raises NotNow when there will be none in this run."""
        if self._budget is None:
            spider = self._crawler.spider
            assert spider is not None
            path = self.state_dir / "budget" / f"{spider.name}.json"
            self._budget = DailyBudget(path, self._crawler.settings.getint("DAILY_REQUEST_BUDGET"))
        if not self._budget.spend(self.now()):
            raise self.stop(url, "budget-spent")
        try:
            return await self.clock(url).turn()
        except TimeoutError as error:
            raise self.stop(url, "asked-to-wait") from error

    @property
    def has_stopped(self) -> bool:
        """Whether this run may ask nothing more."""
        return self._stopping is not None

    def stop(self, url: str, reason: str) -> NotNow:
        """Close the spider for this reason; the exception for the request that met it."""
        if self._stopping is None:
            logger.warning("%s at %s: the crawl stops here, its links wait for a later run", reason, url)
            self._crawler.stats.inc_value(f"politeness/{reason}")
            close = self._crawler.engine.close_spider_async(reason=reason)
            self._stopping = asyncio.ensure_future(close)
        return NotNow(url, reason)

    def _spider_closed(self, spider: Spider) -> None:
        for clock in self._clocks.values():
            clock.close()
        self._clocks.clear()
        if self._budget is not None:
            self._budget.save()


def politeness_of(crawler: Crawler) -> Politeness:
    """The politeness of a crawl; to be asked once its extensions are made."""
    politeness = crawler.get_extension(Politeness)
    assert politeness is not None, "Politeness is not among EXTENSIONS"
    return politeness


class BackOff:
    """Downloader middleware: a host that answers 429 or 503 is left alone for as long as it says.

    If it does not say, for BACK_OFF seconds, and twice as long each time it does so again. RetryMiddleware
    then sends the request once more.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._politeness = politeness_of(crawler)
        self._first_pause = crawler.settings.getfloat("BACK_OFF")
        self._in_a_row: dict[HostClock, int] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BackOff:
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        if response.status not in _BACK_OFF_CODES:
            if self._in_a_row:
                self._in_a_row.pop(self._politeness.clock(request.url), None)
            return response
        clock = self._politeness.clock(request.url)
        before = self._in_a_row.get(clock, 0)
        self._in_a_row[clock] = before + 1
        seconds = retry_after(response)
        if seconds is None:
            seconds = self._first_pause * 2 ** min(before, 6)
        logger.info("%d from %s: leaving the host alone for %.0f s", response.status, response.url, seconds)
        clock.pause(seconds)
        return response


def retry_after(response: Response) -> float | None:
    """Seconds to wait by the Retry-After header, which is a number or a date; None where it says nothing.

    A date counts from the answer's own Date, for our clock may differ from the server's.
    """
    text = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()[:64]
    if text.isascii() and text.isdigit():
        return min(float(text), RETRY_AFTER_CAP)
    until = _http_date(text)
    if until is None:
        return None
    now = _http_date((response.headers.get("Date") or b"").decode("latin-1")[:64]) or datetime.now(UTC)
    return min(max(0.0, (until - now).total_seconds()), RETRY_AFTER_CAP)


def _http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
