"""StorageSession: a run's hold on storage, from taking the outlet's lock to the last published row.

What compares and publishes rows is imported with the first of them: a run with nothing new does without.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from secrets import token_hex
from time import monotonic
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem, NotConfigured
from twisted.python.failure import Failure

from crawler.items import Article
from pipelines.run_settings import optional_number, time_setting
from pipelines.storage.disk_limits import DiskLimits
from pipelines.storage.errors import LedgerError, StorageError
from pipelines.storage.layout import DataPath, data_folder, ledger_path
from pipelines.storage.ledger import Ledger, LinkState, Listing, Outcome
from pipelines.storage.lock import OutletLock
from pipelines.storage.publish import publish, sweep_leftovers
from pipelines.storage.raw_archive import RawArchive, RawPage
from pipelines.storage.s3 import S3Path
from pipelines.storage_turns import StorageTurns

if TYPE_CHECKING:
    from pipelines.storage.near_duplicate_flags import NearDuplicateFlags

logger = logging.getLogger(__name__)

_P = ParamSpec("_P")
_T = TypeVar("_T")

COMMIT_PAGES = 64
"""As many settled links make a group commit at once …"""
COMMIT_SECONDS = 0.25
"""… and fewer wait this long for company."""
PUBLISH_ROWS = 500
"""As many staged rows are published at once …"""
PUBLISH_SECONDS = 60
"""… and fewer wait this long for company."""
ALL_CHANNELS = "*"
"""The name under which the ledger keeps when all of an outlet's channels were last swept."""
PROBLEMS_KEPT = 200
"""The run report names as many links that went wrong; the ledger knows them all."""
NO_LIMITS = DiskLimits()


class Settled(DropItem):
    """An article ends before the store: its link's state, and the reason as a short slug."""

    def __init__(self, state: LinkState, reason: str) -> None:
        super().__init__(f"{state}: {reason}", log_level="DEBUG")
        self.state, self.reason = state, reason


@dataclass(slots=True)
class _Pending:
    outcome: Outcome
    raw: RawPage | None


class StorageSession:
    """One run of one outlet: its lock, its ledger, its raw archive and their group commits.

    Opening it takes the outlet's lock, mends what a killed run left and registers the run. Group commits to
    local disks run on the event loop's thread; publishing, and all that asks a server, in one of its own.

    Raises OutletBusy, StorageError or LedgerError at opening. A later StorageError or LedgerError closes the
    spider and is kept in `failure`; the links that were not committed are still unfinished in the ledger.
    """

    def __init__(
        self,
        outlet: str,
        data_dir: DataPath,
        ledger_url: str,
        run_id: str,
        now: datetime | None,
        keep_raw: bool,
        disk: DiskLimits = NO_LIMITS,
        near_duplicate_days: int = 30,
    ):
        self.outlet = outlet
        self.data_dir = data_dir
        self._offset = now - datetime.now(UTC) if now else timedelta()
        self.run_id = run_id or f"{outlet}-{self.now():%Y%m%dT%H%M%SZ}-{token_hex(2)}"
        self.started_at = self.now()
        self.keep_raw = keep_raw
        self._disk = disk
        self._near_duplicate_days = near_duplicate_days
        self.states: Counter[LinkState] = Counter()
        self.problems: list[dict[str, Any]] = []
        self.rows_published = self.revisions_published = self.internal_errors = 0
        self.failure: StorageError | LedgerError | None = None
        self.on_settled: Callable[[bytes], None] = lambda key: None
        self.on_failure: Callable[[str], None] = lambda reason: None
        self._pending: list[_Pending] = []
        self._pages: list[RawPage] = []
        self._timer: asyncio.TimerHandle | None = None
        self._commits = asyncio.Lock()
        self._commit_waits = False
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._staged = 0
        self._published_at = monotonic()
        self._flags: NearDuplicateFlags | None = None
        self._lock = OutletLock(data_dir, outlet)
        self._lock.acquire(self.run_id)
        try:
            self._open(ledger_url)
        except BaseException:
            self._lock.release()
            raise
        self._turns = StorageTurns(all_aside=self.ledger.on_server or isinstance(data_dir, S3Path))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorageSession:
        settings = crawler.settings
        if not hasattr(crawler.spider, "channels"):
            raise NotConfigured  # `scrapy fetch`, `shell` and the like run no outlet
        assert crawler.spider is not None
        data_dir = data_folder(settings["DATA_DIR"], settings["LEDGER"], settings["STATE_DIR"])
        session = cls(
            crawler.spider.name,
            data_dir,
            settings.get("LEDGER") or str(ledger_path(data_dir)),
            settings.get("RUN_ID") or "",
            time_setting(settings.get("NOW")),
            settings.getbool("RAW_ARCHIVE"),
            DiskLimits(
                settings.getint("MIN_FREE_BYTES"),
                optional_number(settings, "RAW_RETENTION_DAYS"),
                optional_number(settings, "RAW_RETENTION_BYTES"),
            ),
            settings.getint("NEAR_DUPLICATE_DAYS"),
        )

        session.on_failure = lambda reason: session._start(crawler.engine.close_spider_async(reason=reason))
        crawler.signals.connect(session._item_dropped, signals.item_dropped)
        crawler.signals.connect(session._item_error, signals.item_error)
        return session

    def now(self) -> datetime:
        """The run's idea of the present, UTC: the system's clock, or the one that the setting NOW started."""
        return datetime.now(UTC) + self._offset

    @property
    def uncommitted(self) -> int:
        """How many settled links the ledger has not been told of; what it is told is told in order."""
        return len(self._pending)

    async def last_sweep(self) -> datetime | None:
        """When a run last looked past what was known, on all channels."""
        seen = await self.call(self.ledger.listing, self.outlet, ALL_CHANNELS)
        return datetime.fromtimestamp(seen.deep_swept_at, UTC) if seen and seen.deep_swept_at else None

    async def call(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run a function of storage when its turn comes; only so may the ledger be used.

        Raises StorageError or LedgerError, which also closes the spider.
        """
        return await self._call(partial(function, *args, **kwargs))

    async def _call(self, function: Callable[[], _T], *, aside: bool = False) -> _T:
        try:
            return await self._turns.run(function, aside=aside)
        except (StorageError, LedgerError) as error:
            if self.failure is None:
                self.failure = error
                logger.error("%s", error)
                self.on_failure("ledger" if isinstance(error, LedgerError) else "storage")
            raise

    def settle(self, outcome: Outcome, raw: RawPage | None = None) -> None:
        """Take what became of a requested link into the next group commit."""
        self._pending.append(_Pending(outcome, raw))
        if len(self._pending) > 2 * COMMIT_PAGES:
            self._has_room.clear()
        self.on_settled(outcome.key)
        self._commit_soon()

    def keep_page(self, raw: RawPage) -> None:
        """Take a page that belongs to no link, such as a listing, into the raw archive."""
        if self.keep_raw:
            self._pages.append(raw)
            self._commit_soon()

    async def room(self) -> None:
        """Wait while more links than two commits' worth are unwritten, so that memory stays bounded."""
        await self._has_room.wait()

    async def finish(self) -> None:
        """Commit, publish and put away all that is pending. After a failure nothing more is written."""
        while (self._pending or self._pages) and self.failure is None:
            await self._commit()
        if self.failure is None:
            await self._guard(self._publish, aside=True)
        if self.failure is None:
            # Before the verdict, for it may fail: the pages may have to travel.
            await self._guard(self.archive.close)

    async def end(self, exit_code: int, reason: str, counts: dict[str, Any], swept: bool) -> None:
        """Write the run's end into the ledger, close everything and free the lock.

        `swept` says that the run looked past what is known, so the next ones need not. Raises LedgerError.
        """
        try:
            await self.call(self._close, exit_code, reason, counts, swept)
        finally:
            self._turns.end()
            self._lock.release()

    def _open(self, ledger_url: str) -> None:
        self.ledger = Ledger.open(ledger_url)
        try:
            self.ledger.lock_outlet(self.outlet, self.run_id)  # before touching what others may write
            sweep_leftovers(self.data_dir, self.outlet)
            RawArchive.recover(self.data_dir, self.outlet)
            if self.ledger.rebuilt_at(self.outlet) is None:
                from pipelines.storage.rebuild import ensure_ledger

                ensure_ledger(self.ledger, self.data_dir, self.outlet)
            self._disk.drop_old_pages(self.ledger, self.data_dir, self.outlet, self.now())
            self._disk.check_free_space(self.data_dir)
            if self._near_duplicate_days and self.ledger.sketched_at(self.outlet) is None:
                self._near_duplicates()  # takes up what the files hold
            self.archive = RawArchive(self.data_dir, self.outlet, self.run_id)
            self.ledger.begin_run(self.run_id, self.outlet, started_at=int(self.started_at.timestamp()))
            self._publish()  # rows that a killed run staged
        except BaseException:
            self.ledger.close()
            raise

    def _near_duplicates(self) -> NearDuplicateFlags:
        """The near-duplicate index, opened when first asked for."""
        if self._flags is None:
            from pipelines.storage.stored_sketches import open_flags

            now = int(self.now().timestamp())
            days = self._near_duplicate_days
            self._flags = open_flags(self.ledger, self.data_dir, self.outlet, days=days, now=now)
        return self._flags

    def _close(self, exit_code: int, reason: str, counts: dict[str, Any], swept: bool) -> None:
        try:
            if self.failure is None:
                self.archive.close()
            else:
                self.archive.abandon()
            if swept:
                swept_at = int(self.started_at.timestamp())
                listing = Listing(ALL_CHANNELS, seen_at=swept_at, deep_swept_at=swept_at)
                self.ledger.remember_listing(self.outlet, listing)
            self.ledger.end_run(
                self.run_id,
                exit_code=exit_code,
                reason=reason,
                counts=counts,
                ended_at=int(self.now().timestamp()),
            )
        finally:
            self.ledger.close()

    def _commit_soon(self) -> None:
        loop = asyncio.get_running_loop()
        if len(self._pending) >= COMMIT_PAGES:
            self._commit_now()
        elif self._timer is None:
            self._timer = loop.call_later(COMMIT_SECONDS, self._commit_now)

    def _commit_now(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._commit_waits:  # one that waits for its turn takes all that came meanwhile
            self._commit_waits = True
            self._start(self._commit())

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)  # the loop itself holds tasks only weakly
        task.add_done_callback(self._tasks.discard)

    async def _commit(self) -> None:
        async with self._commits:
            self._commit_waits = False
            batch, self._pending = self._pending, []
            self._has_room.set()
            pages, self._pages = self._pages, []
            if (batch or pages) and self.failure is None:
                await self._guard(partial(self._write, batch, pages))
            waited = monotonic() - self._published_at > PUBLISH_SECONDS
            if self.failure is None and (self._staged >= PUBLISH_ROWS or (self._staged and waited)):
                await self._guard(self._publish, aside=True)

    async def _guard(self, function: Callable[[], None], *, aside: bool = False) -> None:
        """Run a writing function for which nobody waits; a fault of storage is kept, a bug counted."""
        try:
            await self._call(function, aside=aside)
        except (StorageError, LedgerError):
            pass  # kept and told by `call`
        except Exception:
            # Nobody would see it otherwise; the links of this batch stay unfinished in the ledger.
            logger.exception("internal error in storage")
            self.internal_errors += 1
            self.on_failure("internal")

    def _write(self, batch: list[_Pending], pages: list[RawPage]) -> None:
        """The group commit: pages reach the disk before the transaction that speaks of them."""
        self._disk.check_free_space(self.data_dir)
        for page in pages:
            self.archive.append(page)
        for pending in batch:
            outcome = pending.outcome
            if pending.raw is None or not (self.keep_raw or outcome.state is LinkState.QUARANTINED):
                continue
            location = self.archive.append(pending.raw)
            outcome.raw_file, outcome.raw_offset = location.file, location.offset
            if outcome.article is not None:
                outcome.article["raw_file"], outcome.article["raw_offset"] = location.file, location.offset
        self.archive.flush()
        outcomes = [pending.outcome for pending in batch]
        now = int(self.now().timestamp())
        save = None
        if rows := [outcome.article for outcome in outcomes if outcome.article]:
            flags = self._near_duplicates()
            flags.flag(rows, now)
            save = flags.save
        states = self.ledger.record(outcomes, now, along=save)
        for pending, state in zip(batch, states, strict=True):
            self._count(pending.outcome, state)

    def _count(self, outcome: Outcome, state: LinkState) -> None:
        self.states[state] += 1
        self._staged += outcome.article is not None
        wrong = state in (LinkState.FAILED, LinkState.QUARANTINED, LinkState.BLOCKED)
        if wrong and len(self.problems) < PROBLEMS_KEPT:
            problem: dict[str, Any] = {"url": outcome.url, "state": str(state), "reason": outcome.reason}
            if outcome.raw_file is not None:
                problem |= {"raw_file": outcome.raw_file, "raw_offset": outcome.raw_offset}
            self.problems.append(problem)

    def _publish(self) -> None:
        report = publish(self.ledger, self.data_dir, self.outlet)
        self.rows_published += report.rows
        self.revisions_published += report.revisions
        self._staged = 0
        self._published_at = monotonic()

    def settle_article(
        self, article: Article, state: LinkState, reason: str | None = None, row: dict[str, Any] | None = None
    ) -> None:
        """Settle the link that an article came from; with its row where the article is to be stored."""
        page = article.page
        assert page is not None and article.fetched_at is not None
        outcome = Outcome(
            key=page.link_key,
            outlet=self.outlet,
            run_id=self.run_id,
            fetched_at=int(article.fetched_at.timestamp()),
            state=state,
            reason=reason,
            url=article.url,
            article=row,
            etag=article.etag,
            last_modified=page.last_modified,
            content_hash=page.content_hash,
            due_at=page.due_at,
        )
        self.settle(outcome, page.raw)

    def _item_dropped(self, item: Article, exception: Exception) -> None:
        """A stage ended an article: `Settled` says in which state."""
        if isinstance(exception, Settled):
            self.settle_article(item, exception.state, exception.reason)

    def _item_error(self, item: Article, failure: Failure) -> None:
        """A stage broke on an article: its link fails by that name, and a later run tries it again."""
        self.internal_errors += 1
        self.settle_article(item, LinkState.FAILED, f"internal: {failure.type.__name__}")


def session_of(crawler: Crawler) -> StorageSession:
    """The session of a crawl, once its extensions are made. Raises NotConfigured where there is none."""
    session = crawler.get_extension(StorageSession)
    if session is None:
        raise NotConfigured
    return session
