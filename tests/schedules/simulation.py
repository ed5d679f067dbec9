"""A schedule lived through in simulated time: real crawls of the replica, no waiting between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from pipelines.storage.run_history import RunHistory
from schedules.aftermath import Aftermath
from schedules.crawl_job import CrawlJob, Verdict, new_run_id
from schedules.data_folder import ledger_place, log_path
from schedules.due_times import Auto
from schedules.plan import Decision, decide, restored_past
from schedules.run_book import RunBook
from schedules.timetable import Job
from tests.end_to_end.crawling import crawl_command, stored_rows
from tests.replica.server import Replica


@dataclass
class Lived:
    """What came of it."""

    verdicts: list[Verdict] = field(default_factory=list)
    starts: list[datetime] = field(default_factory=list)


@dataclass
class Figures:
    """What it cost and how fresh it was."""

    runs: int
    articles: int
    """Articles whose page was asked for at least once, of the watched section or not."""
    rows: int
    requests: int
    rechecks: int
    """Requests for an article asked for before."""
    median_delay: timedelta
    """From an article's appearance to the run that found it."""
    median_interval: timedelta

    @property
    def requests_a_new_article(self) -> float:
        return (self.requests - self.rechecks) / self.articles

    def __str__(self) -> str:
        return (
            f"{self.runs} runs, median interval {self.median_interval}; {self.articles} articles, "
            f"{self.rows} rows; "
            f"{self.requests} requests, {self.rechecks} of them re-checks: "
            f"{self.requests_a_new_article:.2f} requests per new article; median delay {self.median_delay}"
        )


@contextmanager
def book_of(data_dir: Path) -> Iterator[RunBook]:
    with RunHistory.open(ledger_place(data_dir)) as history:
        yield RunBook(history, data_dir)


def live(job: Job, replica: Replica, data_dir: Path, until: datetime) -> Lived:
    """Follow the schedule from the replica's present on; a crawl takes no simulated time."""
    lived = Lived()
    with book_of(data_dir) as book:
        aftermath = Aftermath(data_dir, book)
        past = restored_past(job, book.due_times(job.outlet), replica.now)
        while True:
            job = learned(job, aftermath, replica.now)
            decision = decide(job, past, replica.now)
            past = decision.past
            if decision.start is not None:
                lived.verdicts.append(run(job, decision, replica, data_dir, book, aftermath))
                lived.starts.append(replica.now)
                continue
            if decision.wake_at is None or decision.wake_at > until:
                return lived
            replica.set_time(decision.wake_at + timedelta(seconds=1))  # its clock knows whole seconds


def learned(job: Job, aftermath: Aftermath, now: datetime) -> Job:
    if not isinstance(job.due_times, Auto):
        return job
    return replace(job, due_times=replace(job.due_times, habit=aftermath.learn(job.outlet, now)))


def run(
    job: Job, decision: Decision, replica: Replica, data_dir: Path, book: RunBook, aftermath: Aftermath
) -> Verdict:
    """Claim, crawl and judge, as the service does."""
    run_id = new_run_id(job.outlet, replica.now)
    book.write(job.outlet, decision.rows, decision.start, run_id, replica.now)
    command = crawl_command(replica, data_dir, "-s", f"RUN_ID={run_id}", "-L", "WARNING")
    crawl = CrawlJob(job, run_id, command, log_path(data_dir, job.outlet, run_id))
    crawl.start()
    return aftermath.take(crawl, crawl.wait(), replica.now)


def figures(replica: Replica, data_dir: Path, lived: Lived, since: datetime) -> Figures:
    """Count what the replica was asked for after `since`, and how late rows were."""
    seen: set[str] = set()
    new, requests, rechecks = 0, 0, 0
    for entry in replica.server.log.entries:
        known = entry.target in seen
        if entry.kind == "article":
            seen.add(entry.target)
        if datetime.fromtimestamp(entry.world_at, UTC) <= since:
            continue
        requests += 1
        if entry.kind == "article":
            rechecks += known
            new += not known
    rows = stored_rows(data_dir)
    appeared = {
        article["article_id"]: datetime.fromisoformat(article["appears_at"])
        for article in replica.world()["articles"]
    }
    delays = [
        row["first_seen_at"] - appeared[article_id]
        for article_id, row in rows.items()
        if appeared[article_id] > since
    ]
    intervals = [after - before for before, after in zip(lived.starts, lived.starts[1:], strict=False)]
    return Figures(len(lived.starts), new, len(delays), requests, rechecks, median(delays), median(intervals))
