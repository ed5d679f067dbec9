"""Service: waits for due times, starts crawls, watches them, and judges how they ended."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from pipelines.storage.errors import LedgerError
from pipelines.storage.layout import DataPath
from pipelines.storage.run_history import RunHistory
from schedules.aftermath import Aftermath
from schedules.clock import ClockWatch, utc_now
from schedules.crawl_job import SERVICE_STOPS, CrawlJob, End, crawl_command, new_run_id
from schedules.data_folder import drop_old_logs, log_path
from schedules.due_times import Auto, short_duration
from schedules.events import Due, Ended, Signalled
from schedules.heartbeat import SignOfLife, read_alive, tell_systemd
from schedules.plan import Busy, Decision, Past, decide, past_after_jump, restored_past
from schedules.run_book import RunBook
from schedules.strays import Strays
from schedules.timetable import Job, Timetable, TimetableError
from schedules.timetable_file import TimetableFile
from schedules.wishes import Wishes

logger = logging.getLogger(__name__)

TICK = 1.0
"""Seconds between two looks at clock, crawls, files and wishes."""
RETRY = timedelta(seconds=30)
"""How long to leave a ledger alone that could not be written."""

CANNOT_START = 70
HELD_UP = "the service was held up"

Command = Callable[[str, str, DataPath], list[str]]


@dataclass(slots=True)
class Watched:
    """An outlet of the timetable: its entry, what was decided for it, and its crawl while one runs."""

    entry: Job
    """As the timetable has it."""
    job: Job
    """The same, with what was learned of the outlet."""
    past: Past
    crawl: CrawlJob | None = None


class Service:
    """The schedule, running. One thread decides and writes; timers and crawls only wake it."""

    def __init__(
        self,
        timetable_path: Path,
        data_dir: DataPath,
        ledger: RunHistory,
        *,
        command: Command = crawl_command,
    ) -> None:
        self._file = TimetableFile(timetable_path)
        self._data_dir = data_dir
        self._book = RunBook(ledger, data_dir)
        self._command = command
        self._events: SimpleQueue[Due | Ended | Signalled] = SimpleQueue()
        self._wishes = Wishes(data_dir)
        self._aftermath = Aftermath(data_dir, self._book)
        self._strays = Strays(data_dir, self._book)
        self._timetable = Timetable({})
        self._watched: dict[str, Watched] = {}
        self._orphans: list[CrawlJob] = []
        self._why_late = ""
        self._stop_at: float | None = None
        self._clock = ClockWatch()
        self._life = SignOfLife(data_dir)
        self._timer = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            # Lateness, overlaps and misses are decided and written down here; APScheduler must drop nothing.
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )

    def run(self) -> None:
        """Serve until told to stop. The caller holds the ServiceLock. Raises TimetableError, LedgerError."""
        timetable = self._file.load()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda number, frame: self._events.put(Signalled(number)))
        self._timer.start()
        try:
            self._begin(timetable)
            tell_systemd("READY=1")
            while not self._is_over():
                self._turn()
        finally:
            self._timer.shutdown(wait=False)
        self._aftermath.tell(utc_now(), at_once=True)
        logger.info("The schedule service has ended")

    def _begin(self, timetable: Timetable) -> None:
        alive = read_alive(self._data_dir)
        alive_at = alive.get("alive_at")
        self._why_late = f"the service was down since {alive_at}" if alive_at else "the service was down"
        self._strays.look(timetable.jobs, (), utc_now())
        self._take_timetable(timetable, served_before=alive.get("outlets"))
        self._why_late = HELD_UP
        logger.info("Serving %d outlets from %s", len(self._watched), self._file.path)

    def _is_over(self) -> bool:
        return self._stop_at is not None and not self._crawls()

    def _crawls(self) -> list[CrawlJob]:
        running = [watched.crawl for watched in self._watched.values() if watched.crawl is not None]
        return [*running, *self._orphans]

    def _turn(self) -> None:
        """Take one event, or none for a second; then look at all that no event tells of."""
        try:
            event = self._events.get(timeout=TICK)
        except Empty:
            event = None
        if self._stop_at is None:
            self._look_at_the_clock()  # before a due time that only a set clock made late is decided
        match event:
            case Due(outlet):
                self._decide(outlet)
            case Ended(crawl, end):
                self._ended(crawl, end)
            case Signalled(signal.SIGHUP):
                self._reload()
            case Signalled():
                self._stop()
        for crawl in self._crawls():
            crawl.watch()
        running = {crawl.job.outlet: crawl.run_id for crawl in self._crawls()}
        self._life.show(running, self._watched, utc_now())
        if self._stop_at is not None:
            if time.monotonic() >= self._stop_at:
                for crawl in self._crawls():
                    crawl.stop(SERVICE_STOPS)
            return
        if self._file.has_changed():
            self._reload()
        for outlet in self._wishes.take_triggered():
            self._start_by_hand(outlet)
        self._look_at_strays()
        self._aftermath.tell(utc_now())

    # ---- Deciding

    def _decide(self, outlet: str) -> None:
        """Decide an outlet's due times, write what was decided, start what is to start."""
        watched = self._watched.get(outlet)
        if watched is None or self._stop_at is not None:
            return
        now = utc_now()
        decision = decide(
            watched.job,
            watched.past,
            now,
            busy=self._busy(outlet),
            paused=outlet in self._wishes.paused(),
            why_late=self._why_late,
        )
        run_id = new_run_id(outlet, now)
        try:
            self._book.write(outlet, decision.rows, decision.start, run_id, now)
        except LedgerError as error:
            # Nothing was decided: all of it is decided again.
            self._trouble_with_ledger(error)
            self._wake(outlet, now + RETRY)
            return
        watched.past = decision.past
        self._log_rows(outlet, decision, now)
        if decision.start is not None:
            why = f"due at {decision.start.due_at:%F %T}" + ", catching up" * decision.start.catches_up
            self._start(watched, run_id, why)
        self._wake(outlet, decision.wake_at)

    def _busy(self, outlet: str) -> Busy:
        if self._watched[outlet].crawl is not None or outlet in self._strays.outlets:
            return Busy.RUNNING
        return Busy.FULL if len(self._crawls()) >= self._timetable.parallel else Busy.FREE

    def _wake(self, outlet: str, at: datetime | None) -> None:
        if at is not None:
            self._timer.add_job(
                self._events.put, "date", run_date=at, args=[Due(outlet)], id=outlet, replace_existing=True
            )
        else:
            self._forget(outlet)

    def _forget(self, outlet: str) -> None:
        with suppress(JobLookupError):
            self._timer.remove_job(outlet)

    def _log_rows(self, outlet: str, decision: Decision, now: datetime) -> None:
        for row in decision.rows[-3:]:
            logger.info("%s: due at %s: %s: %s", outlet, f"{row.due_at:%F %T}", row.status, row.reason)
        for row in decision.rows:
            if row.reason.startswith("overlap"):
                self._aftermath.overlapped(outlet, row.reason, now)
        missed = sum(row.status == "missed" for row in decision.rows)
        if missed:
            self._aftermath.missed(outlet, missed, self._why_late, now)

    # ---- Crawls

    def _start(self, watched: Watched, run_id: str, why: str) -> None:
        outlet = watched.job.outlet
        log = log_path(self._data_dir, outlet, run_id)
        command = [*self._command(outlet, run_id, self._data_dir), *watched.job.arguments]
        crawl = CrawlJob(watched.job, run_id, command, log)
        watched.crawl = crawl
        try:
            crawl.start()
        except OSError as error:
            self._events.put(Ended(crawl, End(CANNOT_START, log_tail=f"the crawl cannot start: {error}")))
            return
        logger.info("%s: run %s starts (%s)", outlet, run_id, why)
        threading.Thread(target=self._wait_for, args=(crawl,), name=run_id, daemon=True).start()
        try:
            drop_old_logs(self._data_dir, outlet, self._timetable.keep_logs)
        except OSError as error:
            logger.error("%s: old logs cannot be deleted: %s", outlet, error)

    def _wait_for(self, crawl: CrawlJob) -> None:
        self._events.put(Ended(crawl, crawl.wait()))

    def _start_by_hand(self, outlet: str) -> None:
        watched = self._watched.get(outlet)
        if watched is None:
            logger.warning("%s: asked for by hand, but not in the timetable or not enabled", outlet)
        elif watched.crawl is not None or outlet in self._strays.outlets:
            logger.info("%s: asked for by hand, but its crawl is running already", outlet)
        else:
            now = utc_now()
            run_id = new_run_id(outlet, now)
            try:
                self._book.claim(outlet, run_id, now)
            except LedgerError as error:
                self._trouble_with_ledger(error)
                self._wishes.trigger(outlet)
            else:
                self._start(watched, run_id, "asked for by hand")

    def _ended(self, crawl: CrawlJob, end: End) -> None:
        outlet, now = crawl.job.outlet, utc_now()
        try:
            verdict = self._aftermath.take(crawl, end, now)
        except LedgerError as error:
            self._trouble_with_ledger(error)
            if self._stop_at is None:
                self._timer.add_job(self._events.put, "date", run_date=now + RETRY, args=[Ended(crawl, end)])
                return
        else:
            self._aftermath.trouble("ledger", None, now)
            level = logging.INFO if verdict.status == "done" else logging.WARNING
            how = f"{verdict.status} ({verdict.exit_code}): {verdict.reason}"
            logger.log(level, "%s: run %s %s", outlet, crawl.run_id, how)
            if verdict.status == "skipped":
                self._strays.look_soon()
        if crawl in self._orphans:
            self._orphans.remove(crawl)
        watched = self._watched.get(outlet)
        if watched is not None:
            if watched.crawl is crawl:
                watched.crawl = None
            self._learn(watched)
            self._decide(outlet)
        self._decide_waiting()

    def _decide_waiting(self) -> None:
        """Decide for the outlets that wait for a free place."""
        for outlet, watched in list(self._watched.items()):
            if watched.past.waiting is not None:
                self._decide(outlet)

    def _learn(self, watched: Watched) -> None:
        """Fit an automatic interval to what the outlet's runs have shown."""
        due_times = watched.job.due_times
        if isinstance(due_times, Auto):
            try:
                habit = self._aftermath.learn(watched.job.outlet, utc_now())
            except LedgerError as error:
                self._trouble_with_ledger(error)
            else:
                watched.job = replace(watched.job, due_times=replace(due_times, habit=habit))

    def _trouble_with_ledger(self, error: LedgerError) -> None:
        logger.error("%s", error)
        self._aftermath.trouble("ledger", str(error), utc_now())

    # ---- The timetable

    def _reload(self) -> None:
        try:
            timetable = self._file.load()
        except TimetableError as error:
            logger.error("The timetable in use is kept, for the new one is not valid:\n%s", error)
            self._aftermath.trouble("timetable", str(error), utc_now())
            return
        logger.info("The timetable has been read again")
        try:
            self._take_timetable(timetable)
        except LedgerError as error:
            self._trouble_with_ledger(error)
            self._file.read_again()

    def _take_timetable(self, timetable: Timetable, served_before: Collection[str] | None = ()) -> None:
        """Plan what is new or changed; what is as before goes on as before.

        `served_before` are the outlets whose due times since their last row were missed; None is all.
        """
        wanted = {outlet: job for outlet, job in timetable.jobs.items() if job.enabled}
        self._timetable = timetable
        self._aftermath.trouble("timetable", None, utc_now())
        for outlet in [outlet for outlet in self._watched if outlet not in wanted]:
            self._drop(outlet)
        self._aftermath.watch_only(wanted)
        for outlet, job in wanted.items():
            if outlet not in self._watched:
                self._watch(job, was_served=served_before is None or outlet in served_before)
            elif self._watched[outlet].entry != job:
                self._change(outlet, job)
        self._decide_waiting()  # there may be more places now
        self._life.show_soon()

    def _watch(self, job: Job, *, was_served: bool) -> None:
        now = utc_now()
        past = restored_past(job, self._book.due_times(job.outlet), now)
        if not was_served:
            past = replace(past, decided_until=max(past.decided_until, now))
        watched = self._watched[job.outlet] = Watched(job, job, past)
        self._learn(watched)
        self._decide(job.outlet)

    def _change(self, outlet: str, job: Job) -> None:
        watched = self._watched[outlet]
        if watched.job.due_times != job.due_times:
            # What was due by the old entry, and only waits for its jitter, starts now.
            watched.job = replace(watched.job, jitter=timedelta(0))
            self._decide(outlet)
            watched.past = Past(max(utc_now(), watched.past.decided_until), watched.past.waiting)
        logger.info("%s: now %s", outlet, job.due_times)
        watched.entry = watched.job = job
        self._learn(watched)
        self._decide(outlet)

    def _drop(self, outlet: str) -> None:
        logger.info("%s: no longer in the timetable or not enabled", outlet)
        self._forget(outlet)
        watched = self._watched.pop(outlet)
        if watched.crawl is not None:
            self._orphans.append(watched.crawl)

    # ---- What no event tells of

    def _look_at_the_clock(self) -> None:
        """Notice that the clock was set: APScheduler sleeps by the clock, and would sleep on."""
        jump = self._clock.jump()
        if not jump:
            return
        now = utc_now()
        way = "forward" if jump > timedelta(0) else "back"
        self._why_late = f"the clock was set {way} by {short_duration(abs(jump))}"
        logger.warning("%s: planning anew", self._why_late)
        for outlet, watched in self._watched.items():
            watched.past = past_after_jump(watched.job, watched.past, now - jump, now)
            self._decide(outlet)
        self._why_late = HELD_UP

    def _look_at_strays(self) -> None:
        own = {crawl.run_id for crawl in self._crawls()}
        try:
            free = self._strays.look(self._timetable.jobs, own, utc_now())
        except LedgerError as error:
            self._trouble_with_ledger(error)
            return
        for outlet in free:
            self._decide(outlet)

    def _stop(self) -> None:
        """Start nothing more and let the running crawls end; told a second time, stop them now."""
        tell_systemd("STOPPING=1")
        drain = self._timetable.drain if self._stop_at is None else timedelta(0)
        self._stop_at = time.monotonic() + drain.total_seconds()
        crawls = len(self._crawls())
        logger.info("Stopping; %d crawls may go on for %s", crawls, short_duration(drain))
