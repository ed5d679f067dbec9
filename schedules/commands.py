"""The commands that look at the schedule or ask something of it; each returns an exit code."""

from __future__ import annotations

import difflib
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.storage.layout import DataPath
from schedules.alerts import alert_urls, faulty_alert_urls, plain
from schedules.clock import utc_now
from schedules.crawl_job import ROOT, crawl_command, new_run_id
from schedules.data_folder import ledger_place
from schedules.due_times import Auto, short_duration
from schedules.heartbeat import read_alive
from schedules.plan import Past, restored_past, start_time, upcoming
from schedules.service_lock import ServiceLock
from schedules.timetable import Job, load_timetable
from schedules.wishes import Wishes

if TYPE_CHECKING:
    from pipelines.storage.run_history import Run, RunHistory

OK, FAULT, USAGE = 0, 1, 2
DEAD_AFTER = timedelta(minutes=3)


def list_outlets(options: Namespace) -> int:
    """One line for each outlet."""
    timetable = load_timetable(options.timetable)
    paused = Wishes(options.data_dir).paused()
    running = read_alive(options.data_dir).get("running", {}) if _is_served(options) else {}
    table = [("OUTLET", "WHEN", "NEXT START", "LAST RUN", "")]
    with _ledger(options) as ledger:
        for outlet, job in timetable.jobs.items():
            state = "paused" if outlet in paused else "running" if outlet in running else ""
            following = "not enabled"
            if job.enabled:
                job, past = _as_planned(job, ledger, options.data_dir)
                due_at = job.due_times.next_after(past.decided_until)
                following = _text(due_at and start_time(job, due_at))
            last = next(iter(ledger.runs(outlet, 1)), None) if ledger else None
            ended = f"{_when(last)} {last.status}" if last else "never"
            table.append((outlet, str(job.due_times), following, ended, state))
    _print(table)
    if not _is_served(options):
        sys.stdout.write("No service is running on this data folder: python -m schedules run\n")
    return OK


def next_starts(options: Namespace) -> int:
    """What will start in the hours to come."""
    timetable = load_timetable(options.timetable)
    now = utc_now()
    until = now + timedelta(hours=options.hours)
    starts = []
    with _ledger(options) as ledger:
        for outlet, job in timetable.jobs.items():
            if not job.enabled:
                continue
            job, past = _as_planned(job, ledger, options.data_dir)
            after = max(past.decided_until, now - timedelta(hours=1))
            starts += [(start_time(job, due_at), due_at, outlet) for due_at in upcoming(job, after, until)]
    starts = [start for start in starts if start[0] >= now]
    paused = Wishes(options.data_dir).paused()
    table = [("START", "DUE", "OUTLET", "")]
    table += [
        (_text(start), _text(due_at), outlet, "paused" if outlet in paused else "")
        for start, due_at, outlet in sorted(starts)
    ]
    _print(table)
    return OK


def history(options: Namespace) -> int:
    """What became of every due time, and of every crawl by hand."""
    table = [("WHEN", "OUTLET", "STATUS", "CODE", "TOOK", "ARTICLES", "REASON")]
    with _ledger(options) as ledger:
        for run in ledger.runs(options.outlet, options.limit) if ledger else ():
            took = ""
            if run.started_at is not None and run.ended_at is not None:
                took = short_duration(timedelta(seconds=max(0, run.ended_at - run.started_at)))
            code = "" if run.exit_code is None else str(run.exit_code)
            articles = str(run.counts.get("articles", "")) if run.kind == "crawl" else ""
            reason = plain(run.reason or "")
            table.append((_when(run), run.outlet, run.status, code, took, articles, reason))
    _print(table)
    return OK


def trigger(options: Namespace) -> int:
    """Let the service crawl at once; without a service, crawl here."""
    job = _known(options)
    if job is None:
        return USAGE
    if _is_served(options):
        if not job.enabled:
            sys.stderr.write(
                f"{options.outlet} is not enabled in {options.timetable}, so the service does not start it; "
                f"enable it there, or crawl it here: scrapy crawl {options.outlet}\n"
            )
            return USAGE
        Wishes(options.data_dir).trigger(options.outlet)
        sys.stdout.write(
            f"The service will start {options.outlet} at once, unless its crawl runs already; "
            f"see history {options.outlet}\n"
        )
        return OK
    sys.stdout.write(f"No service runs on {options.data_dir}: crawling {options.outlet} here\n")
    sys.stdout.flush()
    run_id = new_run_id(options.outlet, utc_now())
    command = crawl_command(options.outlet, run_id, options.data_dir)
    code = subprocess.call(command, cwd=ROOT if (ROOT / "scrapy.cfg").exists() else None)  # noqa: S603
    return code if code >= 0 else 128 - code


def pause(options: Namespace) -> int:
    """Let due times pass, each with a row, until the outlet is resumed."""
    if _known(options) is None:
        return USAGE
    Wishes(options.data_dir).pause(options.outlet)
    sys.stdout.write(f"{options.outlet} is paused; a crawl that runs goes on\n")
    return OK


def resume(options: Namespace) -> int:
    """Let due times start crawls again."""
    was_paused = Wishes(options.data_dir).resume(options.outlet)
    sys.stdout.write(f"{options.outlet} {'goes on' if was_paused else 'was not paused'}\n")
    return OK


def check(options: Namespace) -> int:
    """Whether the timetable is valid, its outlets exist, and alerts can be sent."""
    if options.alive:
        return _check_alive(options)
    timetable = load_timetable(options.timetable)
    faults = []
    known = _spiders()
    if known is None:
        faults.append("`scrapy list` fails, so no outlet can be crawled; run it to see why")
    else:
        faults += [
            f"{options.timetable}, line {job.line}: outlets.{outlet}: no such spider; "
            + _remedy(outlet, known)
            for outlet, job in timetable.jobs.items()
            if outlet not in known
        ]
    if fault := faulty_alert_urls(alert_urls()):
        faults.append(fault)
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    if not faults:
        enabled = sum(job.enabled for job in timetable.jobs.values())
        to = "no alerts" if not alert_urls() else f"alerts to {len(alert_urls())} addresses"
        sys.stdout.write(f"{options.timetable}: {len(timetable.jobs)} outlets, {enabled} enabled, {to}\n")
    return FAULT if faults else OK


def _check_alive(options: Namespace) -> int:
    alive_at = read_alive(options.data_dir).get("alive_at")
    age = None if alive_at is None else utc_now() - datetime.fromisoformat(alive_at)
    lives = _is_served(options) and age is not None and abs(age) < DEAD_AFTER
    sys.stdout.write("alive\n" if lives else f"no sign of life since {alive_at or 'ever'}\n")
    return OK if lives else FAULT


def _spiders() -> set[str] | None:
    root = ROOT if (ROOT / "scrapy.cfg").exists() else None
    command = [sys.executable, "-m", "scrapy", "list"]
    answer = subprocess.run(command, cwd=root, capture_output=True, text=True)  # noqa: S603
    return set(answer.stdout.split()) if answer.returncode == 0 else None


def _remedy(outlet: str, known: set[str]) -> str:
    near = difflib.get_close_matches(outlet, known, 1)
    return f"did you mean {near[0]}?" if near else "`scrapy list` shows those there are"


def _known(options: Namespace) -> Job | None:
    jobs = load_timetable(options.timetable).jobs
    if options.outlet not in jobs:
        sys.stderr.write(
            f"{options.outlet} is not in {options.timetable}; it has {', '.join(jobs)}. "
            f"`scrapy crawl {options.outlet}` crawls any outlet.\n"
        )
    return jobs.get(options.outlet)


def _as_planned(job: Job, ledger: RunHistory | None, data_dir: DataPath) -> tuple[Job, Past]:
    """The job as the service would have it, and its past: what it learned and decided is in the ledger."""
    now = utc_now()
    if ledger is None:
        return job, Past(now)
    from schedules.run_book import RunBook, habit_of

    book = RunBook(ledger, data_dir)
    if isinstance(job.due_times, Auto):
        habit = habit_of(book.found_articles(job.outlet, now))[0]
        job = replace(job, due_times=replace(job.due_times, habit=habit))
    return job, restored_past(job, book.due_times(job.outlet), now)


@contextmanager
def _ledger(options: Namespace) -> Iterator[RunHistory | None]:
    """The ledger, or None where nothing has run yet: looking must not make one."""
    place = ledger_place(options.data_dir)
    if "://" not in place and not Path(place).exists():
        yield None
        return
    from pipelines.storage.run_history import RunHistory

    with RunHistory.open(place) as ledger:
        yield ledger


def _is_served(options: Namespace) -> bool:
    return ServiceLock(options.data_dir).is_held()


def _when(run: Run) -> str:
    seconds = run.due_at if run.started_at is None else run.started_at
    return _text(None if seconds is None else datetime.fromtimestamp(seconds, UTC))


def _text(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"


def _print(table: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[n]) for row in table) for n in range(len(table[0]))]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


COMMANDS: Mapping[str, Callable[[Namespace], int]] = {
    "list": list_outlets,
    "next": next_starts,
    "history": history,
    "trigger": trigger,
    "pause": pause,
    "resume": resume,
    "check": check,
}
