"""RunBook: the schedule's part of the ledger; claims of due times, rows of runs, what past runs teach."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from pipelines.storage.layout import DataPath
from pipelines.storage.run_history import Run, RunHistory
from schedules.crawl_job import COMPLETE, QUARANTINE, Verdict, new_run_id
from schedules.health import RUNS
from schedules.plan import Row, Start
from schedules.publication_habit import FoundArticles, PublicationHabit
from schedules.run_reports import RunReport, load_report

HABIT_FOR = timedelta(days=28)
"""Older runs say nothing about the outlet's present habit."""
ROWS_FOR_HABIT = 2000
NEW_NORMAL_AFTER = timedelta(days=7)
"""A changed look that lasted so long is what the outlet looks like."""


class RunBook:
    """Reads and writes the ledger's `runs`; used by one thread. Every method may raise LedgerError."""

    def __init__(self, ledger: RunHistory, data_dir: DataPath) -> None:
        self._ledger = ledger
        self._data_dir = data_dir

    def due_times(self, outlet: str) -> list[datetime]:
        """The due times that have a row, newest row first."""
        return [_utc(run.due_at) for run in self._ledger.runs(outlet, 500) if run.due_at is not None]

    def write(
        self, outlet: str, rows: Sequence[Row], start: Start | None, run_id: str, now: datetime
    ) -> None:
        """Write what was decided, in one transaction: rows of due times without a crawl, and the claim.

        The claim comes before the crawl's process: a service that dies between them starts nothing twice.
        """
        written = [_row(outlet, row) for row in rows]
        if start is not None:
            if start.catches_up:
                reason = f"by run {run_id}"
                written.append(_row(outlet, Row(start.due_at, "caught_up", reason)))
            due_at = None if start.catches_up else int(start.due_at.timestamp())
            written.append(claim(outlet, run_id, now, due_at))
        if written:
            self._ledger.add_run_row(*written)

    def claim(self, outlet: str, run_id: str, now: datetime) -> None:
        """Write the row of a crawl that a person asked for; it answers no due time."""
        self._ledger.add_run_row(claim(outlet, run_id, now, None))

    def finish(self, run_id: str, verdict: Verdict, now: datetime) -> None:
        """Write how a run ended, if its row does not say so already."""
        run = self._ledger.run(run_id)
        if run is None or (run.status, run.exit_code) == (verdict.status, verdict.exit_code):
            return
        run.status, run.exit_code, run.reason = verdict.status, verdict.exit_code, verdict.reason
        run.ended_at = run.ended_at or int(now.timestamp())
        self._ledger.add_run_row(run)

    def running(self) -> list[Run]:
        """The crawls whose rows say that they run."""
        return [run for run in self._ledger.runs(limit=200) if run.status == "running"]

    def holder(self, outlet: str) -> str | None:
        """Who crawls the outlet by the ledger's own lock; None where the ledger is a file."""
        return self._ledger.outlet_holder(outlet)

    def earlier_reports(self, outlet: str, run_id: str, now: datetime) -> list[RunReport]:
        """The reports of the outlet's last good runs before this one, newest first: the measure of health."""
        runs = [run for run in self._ledger.runs(outlet, 200) if run.run_id != run_id and run.kind == "crawl"]
        good = [run for run in runs if run.exit_code in (COMPLETE, QUARANTINE)]
        if not good or _utc(good[0].started_at or 0) < now - NEW_NORMAL_AFTER:
            good = [run for run in runs if run.counts]
        reports = (load_report(self._data_dir, run.run_id) for run in good[:RUNS])
        return [report for report in reports if report is not None]

    def found_articles(self, outlet: str, now: datetime) -> list[FoundArticles]:
        """What each of the outlet's crawls of the last weeks found, oldest first."""
        oldest = (now - HABIT_FOR).timestamp()
        runs = [
            run
            for run in reversed(self._ledger.runs(outlet, ROWS_FOR_HABIT))
            if run.counts and run.started_at is not None and oldest < run.started_at <= now.timestamp()
        ]
        found = []
        for n, (before, run) in enumerate(pairwise(runs)):
            # A crawl by hand may have looked far back; what it found did not all appear just now.
            if run.due_at is None:
                continue
            recent = n >= len(runs) - RUNS - 1
            found.append(
                FoundArticles(
                    _utc(before.started_at or 0),
                    _utc(run.started_at or 0),
                    int(run.counts.get("new", 0)),
                    self._other_requests(run.run_id) if recent else None,
                )
            )
        return found

    def _other_requests(self, run_id: str) -> int | None:
        report = load_report(self._data_dir, run_id)
        return None if report is None else max(0, report.requests - report.pages)


def habit_of(found: Sequence[FoundArticles]) -> tuple[PublicationHabit, datetime | None, timedelta]:
    """The outlet's habit, when it last brought something new, and the longest it was ever silent."""
    with_news = [run.until for run in found if run.count]
    gaps = [later - earlier for earlier, later in pairwise(with_news)]
    return (
        PublicationHabit.learn(found),
        with_news[-1] if with_news else None,
        max(gaps, default=timedelta(0)),
    )


def claim(outlet: str, run_id: str, now: datetime, due_at: int | None) -> Run:
    """The row of a crawl that is about to start."""
    return Run(run_id, outlet, "crawl", "running", due_at, int(now.timestamp()))


def _row(outlet: str, row: Row) -> Run:
    run_id = new_run_id(outlet, row.due_at)
    return Run(run_id, outlet, "schedule", row.status, int(row.due_at.timestamp()), reason=row.reason)


def _utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
