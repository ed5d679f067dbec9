"""Aftermath: what follows when a crawl has ended; the judgement, health, alerts and signs of life."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterable, Sequence
from datetime import datetime

from pipelines.storage.layout import DataPath, state_folder
from schedules import alerts, heartbeat
from schedules.alerts import AlertBook, Digest, Problem
from schedules.crawl_job import COMPLETE, DRIFT, SERVICE_STOPS, CrawlJob, End, Verdict, judge
from schedules.failing_page import save_failing_page
from schedules.health import Finding, check_health, check_silence
from schedules.publication_habit import PublicationHabit
from schedules.run_book import RunBook, habit_of
from schedules.run_reports import RunReport, load_report

logger = logging.getLogger(__name__)

PARTIAL = 11
SELDOM = 3
"""A link that fails or an overlap happens; so often in a row it is a problem."""
RETRY_SECONDS = 300.0
SERVICE = "service"
"""Stands for the service itself among the outlets of the alerts; no outlet's alert kinds are like its own."""


class Aftermath:
    """Judges runs and tells people; keeps the book of alerts. What reads runs may raise LedgerError."""

    def __init__(self, data_dir: DataPath, book: RunBook) -> None:
        self._data_dir = data_dir
        self._book = book
        self._path = state_folder(data_dir) / "schedule" / "alerts.json"
        self._alerts = AlertBook.load(self._path)
        self._urls = alerts.alert_urls()
        self._heartbeat_url = os.environ.get("ASIADESK_HEARTBEAT_URL", "")
        self._delivery: threading.Thread | None = None
        self._delivered: Digest | None = None
        self._retry_at = float("-inf")
        self._overlapped: set[str] = set()
        """Outlets at whose running crawl another due time has come."""

    def take(self, crawl: CrawlJob, end: End, now: datetime) -> Verdict:
        """Judge a crawl that has ended, write it down, and note what people must know."""
        outlet = crawl.job.outlet
        report = load_report(self._data_dir, crawl.run_id)
        verdict = judge(crawl.job, end, report)
        findings: list[Finding] = []
        if report is not None and verdict.status == "done":
            findings = self._health(outlet, crawl.run_id, report, now)
            if findings:
                verdict = Verdict("failed", DRIFT, "; ".join(finding.text for finding in findings))
        self._book.finish(crawl.run_id, verdict, now)
        if end.stopped_for != SERVICE_STOPS:
            self._note(outlet, verdict, findings, now)
        if verdict.status == "done" and verdict.exit_code == COMPLETE:
            self._beat(outlet, crawl.run_id, now)
        elif report is not None and verdict.exit_code == DRIFT:
            self._save_page(crawl.run_id, report)
        return verdict

    def learn(self, outlet: str, now: datetime) -> PublicationHabit:
        """The outlet's habit of publication as its runs so far show it."""
        return habit_of(self._book.found_articles(outlet, now))[0]

    def trouble(self, kind: str, text: str | None, now: datetime) -> None:
        """Note that something is wrong with the service itself, or with None that it is no longer."""
        if text is not None:
            self._alerts.note(SERVICE, Problem(kind, text), now)
        else:
            self._alerts.forget(SERVICE, kind, now)
        self._save()

    def missed(self, outlet: str, count: int, reason: str, now: datetime) -> None:
        """Note due times at which no crawl could start."""
        times = "due time" if count == 1 else "due times"
        self._alerts.note(outlet, Problem("missed", f"{count} {times} missed: {reason}"), now)
        self._save()

    def overlapped(self, outlet: str, reason: str, now: datetime) -> None:
        """Note a due time that came while the outlet's crawl was still running."""
        self._overlapped.add(outlet)
        self._alerts.note(outlet, Problem("overlap", reason, SELDOM), now)
        self._save()

    def watch_only(self, outlets: Iterable[str]) -> None:
        """Forget what was wrong with other outlets."""
        self._alerts.keep_only({*outlets, SERVICE})
        self._save()

    def tell(self, now: datetime, *, at_once: bool = False) -> None:
        """Deliver what should be told; in a thread, for no crawl may wait for a mail server."""
        if self._delivery is not None and self._delivery.is_alive():
            return
        self._keep_what_was_told(now)
        digest = self._alerts.digest(now, at_once=at_once)
        if digest is None or (time.monotonic() < self._retry_at and not at_once):
            return
        logger.warning("%s\n%s", digest.title, digest.body)
        if not self._urls:
            self._delivered = digest
            self._keep_what_was_told(now)
            return
        self._delivery = threading.Thread(target=self._deliver, args=(digest,), name="alerts", daemon=True)
        self._delivery.start()
        if at_once:
            self._delivery.join(timeout=30)
            self._keep_what_was_told(now)

    def _keep_what_was_told(self, now: datetime) -> None:
        if self._delivered is not None:
            self._alerts.told(self._delivered, now)
            self._delivered = None
            self._save()

    def _deliver(self, digest: Digest) -> None:
        failed = alerts.send(digest, self._urls)
        if len(failed) < len(self._urls):
            # Told once is told: to try again for one dead address would repeat it to all the others.
            self._delivered = digest
        else:
            self._retry_at = time.monotonic() + RETRY_SECONDS
        if failed:
            logger.error(
                "An alert did not reach address %s of ASIADESK_ALERT_URLS; %s",
                ", ".join(map(str, failed)),
                "the others have it" if len(failed) < len(self._urls) else "it is tried again",
            )

    def _health(self, outlet: str, run_id: str, report: RunReport, now: datetime) -> list[Finding]:
        findings = check_health(report, self._book.earlier_reports(outlet, run_id, now))
        habit, last_new_at, longest_gap = habit_of(self._book.found_articles(outlet, now))
        return [*findings, *check_silence(habit, last_new_at, longest_gap, now)]

    def _note(self, outlet: str, verdict: Verdict, findings: Sequence[Finding], now: datetime) -> None:
        if verdict.status == "skipped":
            self._alerts.note(outlet, Problem("overlap", verdict.reason, SELDOM), now)
        else:
            going_on = ("overlap",) if outlet in self._overlapped else ()
            self._alerts.observe(outlet, _problems(verdict, findings), now, going_on)
        self._overlapped.discard(outlet)
        self._save()

    def _beat(self, outlet: str, run_id: str, now: datetime) -> None:
        try:
            heartbeat.beat(self._data_dir, outlet, run_id, now)
        except OSError as error:
            logger.error("The heartbeat file of %s cannot be written: %s", outlet, error)
            return
        if self._heartbeat_url:
            heartbeat.ping(self._heartbeat_url, outlet)

    def _save_page(self, run_id: str, report: RunReport) -> None:
        path = save_failing_page(self._data_dir, run_id, report)
        if path is not None:
            logger.warning("The failing page is kept in %s", path)

    def _save(self) -> None:
        try:
            self._alerts.save(self._path)
        except OSError as error:
            logger.error("The book of alerts cannot be kept: %s", error)


def _problems(verdict: Verdict, findings: Iterable[Finding]) -> list[Problem]:
    """What a run's end says is wrong with its outlet."""
    found = [Problem(f"{finding.kind}:{finding.subject}", finding.text) for finding in findings]
    if found or verdict.status == "done":
        return found
    if verdict.exit_code == PARTIAL:
        return [Problem("partial", verdict.reason, SELDOM)]
    return [Problem("failed", f"exit code {verdict.exit_code}: {verdict.reason}")]
