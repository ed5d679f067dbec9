"""RunReporter: says how a run went, in `runs/<run_id>.json` and as the exit code."""

from __future__ import annotations

import json
import logging
import os
import resource
import signal
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import cached_property, partial
from importlib.metadata import PackageNotFoundError, version
from math import comb
from operator import attrgetter
from pathlib import Path
from typing import Any, cast

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from twisted.internet.defer import Deferred

from crawler.exit_codes import (
    COMPLETE,
    DRIFT,
    INTERNAL,
    LEDGER,
    PARTIAL,
    QUARANTINE,
    SIGNALLED,
    STORAGE,
    code_of,
)
from crawler.frontier import ChannelReport, Frontier
from crawler.items import Article
from crawler.listing_spider import ListingSpider
from crawler.raw_pages import pairs
from crawler.safety import peak_memory_mib
from pipelines.session import StorageSession, session_of
from pipelines.storage.columns import COLUMNS
from pipelines.storage.errors import LedgerError, StorageError
from pipelines.storage.layout import DataPath, local_folder
from pipelines.storage.ledger import LinkState
from pipelines.storage.s3 import S3Path

logger = logging.getLogger(__name__)

WALLS = ("bot-challenge", "consent-wall", "login-wall", "same-page")
"""Reasons that speak of the whole outlet and not of one article."""
_READ = (
    *(LinkState.STAGED, LinkState.DUPLICATE, LinkState.UNCHANGED, LinkState.FILTERED),
    LinkState.QUARANTINED,
)
"""States of links whose pages were read."""
HELD_BACK = {
    "robots-unreachable": "robots.txt cannot be read, so nothing may be asked",
    "asked-to-wait": "the host asked to be left alone for longer than a run waits",
    "budget-spent": "the outlet's requests for today are used up",
}
"""The reasons with which politeness closes a spider; its links wait for a later run."""
UNLIKELY = 1e-5
"""What chance brings less often than this is no chance."""
MIN_ARTICLES = 10
"""Shares of fewer articles than this say nothing."""


_values = attrgetter(*COLUMNS)


def judge(
    states: Mapping[LinkState, int],
    channels: Mapping[str, ChannelReport],
    fields: Mapping[str, float],
    usual_fields: Sequence[Mapping[str, float]],
    problems: Sequence[Mapping[str, str | None]],
    articles: int,
    quarantine_limit: float,
) -> tuple[int, str]:
    """The exit code and reason of a run that came to its end, the gravest finding first."""
    shows_links = any(channel.links for channel in channels.values())
    if mute := sorted(name for name, channel in channels.items() if _is_mute(name, channel, shows_links)):
        return DRIFT, f"no article link in {', '.join(mute)}"
    refused = states.get(LinkState.BLOCKED, 0) + states.get(LinkState.GONE, 0)
    if refused >= MIN_ARTICLES and refused > sum(states.values()) / 2:
        return DRIFT, f"{refused} of {sum(states.values())} links are blocked or gone"
    if walls := [p for p in problems if p["reason"] in WALLS]:
        return DRIFT, f"{walls[0]['reason']} at {walls[0]['url']}"
    if articles >= MIN_ARTICLES and (vanished := vanished_fields(fields, usual_fields, articles)):
        return DRIFT, f"fields vanished: {', '.join(vanished)}"
    if failed := sorted(name for name, channel in channels.items() if channel.failed):
        return PARTIAL, f"channel {failed[0]} failed on {channels[failed[0]].failed} pages"
    if states.get(LinkState.FAILED):
        return PARTIAL, f"{states[LinkState.FAILED]} links failed and will be tried again"
    quarantined = states.get(LinkState.QUARANTINED, 0)
    pages = sum(states.get(state, 0) for state in _READ)
    if quarantined > 1 and quarantined > quarantine_limit * pages:
        return QUARANTINE, f"{quarantined} of {pages} pages quarantined"
    return COMPLETE, "complete"


def _is_mute(name: str, channel: ChannelReport, others_show: bool) -> bool:
    """Whether a channel answered and showed nothing, though it always does, or though others showed links.

    Single days of an archive may be empty; three in a row are not, on outlets that we watch.
    """
    if not channel.pages or channel.links or channel.unchanged:
        return False
    if name.startswith("archive:"):
        return others_show and channel.pages >= 3
    return others_show or not name.startswith("sitemap:")


def vanished_fields(
    fields: Mapping[str, float], usual: Sequence[Mapping[str, float]], articles: int
) -> list[str]:
    """Fields of which less than half is left against the outlet's last runs, by more than chance."""
    if not usual:
        return []
    mean = {name: sum(run.get(name, 0) for run in usual) / len(usual) for name in COLUMNS}
    return sorted(
        name
        for name, share in mean.items()
        if share >= 0.5
        and fields.get(name, 0) < share / 2
        and _chance_of_so_few(fields.get(name, 0), articles, share) < UNLIKELY
    )


def _chance_of_so_few(found: float, articles: int, usual: float) -> float:
    """The probability that a field has a share of at most `found` where its usual share is `usual`."""
    usual, articles = min(0.98, usual), min(articles, 500)  # 500 prove enough, and floats hold the sum
    filled = round(found * articles)
    return sum(comb(articles, n) * usual**n * (1 - usual) ** (articles - n) for n in range(filled + 1))


class RunReporter:
    """Counts while the crawl runs; at its end writes the report and ends the session's run."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._quarantine_limit = crawler.settings.getfloat("QUARANTINE_LIMIT")
        self._filled: Counter[str] = Counter()
        self._articles = 0
        self._words = 0
        self._requests = 0
        self._bytes = 0
        self._not_modified = 0
        self.exit_code: int | None = None
        """The run's exit code; None until it ended."""
        self._signal: int | None = None
        self._ended: Deferred[None] = Deferred()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RunReporter:
        if not isinstance(crawler.spider, ListingSpider):
            raise NotConfigured  # `scrapy fetch`, `shell` and the like run no outlet
        reporter = cls(crawler)
        crawler.signals.connect(reporter._item_scraped, signals.item_scraped)
        crawler.signals.connect(reporter._request_sent, signals.request_reached_downloader)
        crawler.signals.connect(reporter._response_came, signals.response_downloaded)
        crawler.signals.connect(reporter._spider_error, signals.spider_error)
        crawler.signals.connect(reporter._spider_opened, signals.spider_opened)
        crawler.signals.connect(reporter._spider_closed, signals.spider_closed)
        return reporter

    @cached_property
    def _session(self) -> StorageSession:
        return session_of(self._crawler)

    def _item_scraped(self, item: Article) -> None:
        self._articles += 1
        self._words += item.word_count
        values = zip(COLUMNS, _values(item), strict=True)
        self._filled.update(name for name, value in values if value or value == 0)

    def _request_sent(self) -> None:
        self._requests += 1

    def _response_came(self, response: Response) -> None:
        self._bytes += len(response.body) + sum(
            len(name) + len(value) + 4 for name, value in pairs(response.headers)
        )
        self._not_modified += response.status == 304

    def _spider_error(self) -> None:
        """A callback broke; Scrapy has logged it and would go on as if nothing had happened."""
        self._session.internal_errors += 1

    def _spider_opened(self, spider: ListingSpider) -> None:
        """Listen in on the signals that stop the crawl: Scrapy closes the same way for all of them.

        Scrapy also stops the reactor while a spider is still closing, when the signal comes just then. So the
        reactor is held until the run has ended.
        """
        from twisted.internet import reactor  # installed by now; importing it earlier would install another

        sweep_reports(self._session.data_dir, self._session.outlet)
        cast(Any, reactor).addSystemEventTrigger("before", "shutdown", lambda: self._ended)
        for number in (signal.SIGINT, signal.SIGTERM):
            before = signal.getsignal(number)
            if callable(before):
                signal.signal(number, partial(self._note_signal, before))

    def _note_signal(self, before: Callable[[int, Any], Any], number: int, frame: Any) -> None:
        self._signal = number
        before(number, frame)

    async def _spider_closed(self, spider: ListingSpider, reason: str) -> None:
        try:
            self.exit_code = await self._end_run(spider, reason)
        finally:
            self._ended.callback(None)

    async def _end_run(self, spider: ListingSpider, reason: str) -> int:
        """Judge the run, write its report and close the session; returns the exit code."""
        session = self._session
        frontier: Frontier | None = getattr(spider, "frontier", None)
        channels = frontier.channels if frontier else {}
        fields = {name: round(count / self._articles, 3) for name, count in self._filled.items()}
        code, why = await self._verdict(frontier, reason, channels, fields)
        report = self._report(channels, fields, code, why)
        # A full disk may show first as a robots.txt that could not be kept; the disk is what to mend.
        if not write_report(session.data_dir, report) and code in (COMPLETE, QUARANTINE, PARTIAL, DRIFT):
            code, why = STORAGE, "the run report could not be written"
        level = logging.INFO if code == COMPLETE else logging.WARNING
        logger.log(level, "Run %s: exit code %d, %s", session.run_id, code, why)
        counts = {
            "articles": self._articles,
            "new": sum(channel.new for channel in channels.values()),
            "fields": fields,
            "states": report["states"],
        }
        is_swept = code in (COMPLETE, QUARANTINE) and spider.completes_sweep()
        try:
            await session.end(code, why, counts, swept=is_swept)
        except (StorageError, LedgerError) as error:
            logger.error("%s", error)
            code = code_of(error)
        return code

    async def _verdict(
        self,
        frontier: Frontier | None,
        reason: str,
        channels: Mapping[str, ChannelReport],
        fields: Mapping[str, float],
    ) -> tuple[int, str]:
        """The exit code and its reason."""
        session = self._session
        if fault := self._fault(frontier, reason):
            return fault
        try:
            usual_fields = await self._usual_fields()
        except LedgerError as error:
            return LEDGER, str(error)
        return judge(
            session.states,
            channels,
            fields,
            usual_fields,
            session.problems,
            self._articles,
            self._quarantine_limit,
        )

    def _fault(self, frontier: Frontier | None, reason: str) -> tuple[int, str] | None:
        """Exit code and reason where the crawl did not come to its own end."""
        session = self._session
        if session.failure is not None:
            return code_of(session.failure), str(session.failure)
        if self._signal and reason != "finished":
            return SIGNALLED + self._signal, f"stopped by {signal.Signals(self._signal).name}"
        if reason in HELD_BACK:
            return PARTIAL, f"{reason}: {HELD_BACK[reason]}"
        if reason.startswith("closespider_"):
            return PARTIAL, f"{reason}: the run was cut short, and the next one goes on"
        if frontier is None or reason != "finished":
            return INTERNAL, f"closed as {reason}"
        lost = frontier.unsettled()
        if session.internal_errors or lost:
            first = f", first {lost[0]}" if lost else ""
            return (
                INTERNAL,
                f"{session.internal_errors} internal errors, {len(lost)} links without a state{first}",
            )
        return None

    async def _usual_fields(self) -> list[Mapping[str, float]]:
        """The field coverage of the outlet's last good runs."""
        session = self._session
        runs = await session.call(session.ledger.runs, session.outlet, 14)
        return [
            run.counts["fields"]
            for run in runs
            if run.exit_code == COMPLETE and run.counts.get("articles", 0) >= MIN_ARTICLES
        ]

    def _report(
        self, channels: Mapping[str, ChannelReport], fields: Mapping[str, float], exit_code: int, reason: str
    ) -> dict[str, Any]:
        session = self._session
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "run_id": session.run_id,
            "outlet": session.outlet,
            "started_at": session.started_at.isoformat(timespec="seconds"),
            "ended_at": session.now().isoformat(timespec="seconds"),
            "exit_code": exit_code,
            "reason": reason,
            "states": {str(state): count for state, count in sorted(session.states.items())},
            "channels": [{"channel": name, **asdict(channel)} for name, channel in channels.items()],
            "articles": self._articles,
            "mean_words": round(self._words / self._articles, 1) if self._articles else None,
            "fields": dict(sorted(fields.items())),
            "requests": self._requests,
            "bytes": self._bytes,
            "not_modified": self._not_modified,
            "rows": session.rows_published,
            "revisions": session.revisions_published,
            "problems": session.problems,
            "peak_memory_mib": peak_memory_mib(),
            "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
            "version": installed_version(),
        }


def write_report(data_dir: DataPath, report: Mapping[str, Any]) -> bool:
    """Write `runs/<run_id>.json` whole or not at all; False, and a line in the log, if that failed."""
    path = data_dir / "runs" / f"{report['run_id']}.json"
    text = json.dumps(report, indent=1, ensure_ascii=True)
    try:
        if isinstance(path, S3Path):
            path.write(text.encode())
        else:
            _write_whole(path, text)
    except OSError as error:
        logger.error("The run report %s could not be written: %s", path, error)
        return False
    return True


def _write_whole(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.stem}.tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def sweep_reports(data_dir: DataPath, outlet: str) -> None:
    """Remove the reports that dead runs of the outlet did not finish. The caller holds the outlet's lock."""
    for path in (local_folder(data_dir) / "runs").glob(f".{outlet}-*.tmp"):
        with suppress(OSError):
            path.unlink()


def installed_version() -> str:
    """The version of asiadesk; "0" in a checkout that is not installed."""
    try:
        return version("asiadesk")
    except PackageNotFoundError:
        return "0"
