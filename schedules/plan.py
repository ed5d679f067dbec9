"""What to do now: the decision, a pure function of an outlet's timetable entry, its past and the clock.

Every due time ends as one row of the ledger's `runs`: that of the crawl it started, or one that says why
it started none. Nothing here sleeps, reads a clock or writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum

from schedules.due_times import Auto, jitter_of
from schedules.timetable import Job

GRACE = timedelta(minutes=2)
"""A start that is late by no more is on time."""
LONGEST_GAP = timedelta(days=60)
"""Due times further back get one row together: a clock that was years wrong must not fill the ledger."""


class Busy(Enum):
    """Why a crawl cannot start at this moment."""

    FREE = "free"
    RUNNING = "a crawl of this outlet is still running"
    FULL = "all places are taken by other outlets' crawls"


@dataclass(frozen=True, slots=True)
class Past:
    """What has been decided for one outlet."""

    decided_until: datetime
    """Every due time up to here has its row, or is `waiting`."""
    waiting: datetime | None = None
    """The one due time that will start as soon as a crawl can."""
    last_due_at: datetime | None = None
    """The latest due time that was decided; when the clock is set back, it is set back with it."""
    set_back: bool = False
    """The clock was set back past due times, and none has come since."""


@dataclass(frozen=True, slots=True)
class Row:
    """A due time that starts no crawl of its own."""

    due_at: datetime
    status: str
    """ "skipped" or "missed"."""
    reason: str


@dataclass(frozen=True, slots=True)
class Start:
    """A crawl to be started now."""

    due_at: datetime
    catches_up: bool = False
    """The due time is long past: its row is "caught_up", and the crawl is the one that catches up."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The outlet's new past, what to write, what to start and when to ask again."""

    past: Past
    rows: tuple[Row, ...] = ()
    start: Start | None = None
    wake_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Ripe:
    due_at: datetime
    on_time: bool


@dataclass(slots=True)
class _Draft:
    """A decision in the making."""

    waiting: datetime | None
    rows: list[Row] = field(default_factory=list)
    start: Start | None = None


def decide(
    job: Job,
    past: Past,
    now: datetime,
    *,
    busy: Busy = Busy.FREE,
    paused: bool = False,
    why_late: str = "the service was down",
) -> Decision:
    """Decide all due times of `job` that have come by `now`; asked again, it decides no due time twice."""
    rows, past = _leave_out_the_far_past(job, past, now, why_late)
    ripe, decided_until = _ripe_due_times(job, past.decided_until, now)
    come, last_due_at = list(ripe), ripe[-1].due_at if ripe else past.last_due_at
    draft = _Draft(past.waiting, rows)
    if past.set_back and ripe and past.last_due_at is not None:
        first = ripe[0].due_at
        if first - past.last_due_at < _interval_from(job, first) / 2:
            draft.rows.append(Row(first, "skipped", "the clock was set back; this due time came just before"))
            come = come[1:]
            last_due_at = come[-1].due_at if come else past.last_due_at
    if paused:
        _hold_all(draft, come)
    else:
        _choose(draft, job, come, busy, why_late)
    return Decision(
        Past(decided_until, draft.waiting, last_due_at, past.set_back and not ripe),
        tuple(draft.rows),
        draft.start,
        _next_start(job, decided_until),
    )


def restored_past(job: Job, due_times: Sequence[datetime], now: datetime) -> Past:
    """The past as the ledger tells it after a restart: the due times that have a row, newest row first.

    Without any, nothing was missed: the outlet is new. Rows from the future were written by a clock that
    was wrong; the newest counts if it is so near that to come to it again would be a run twice.
    """
    if due_times and due_times[0] - now < _interval_from(job, due_times[0]) / 2:
        return Past(due_times[0], last_due_at=due_times[0])
    latest = next((due for due in due_times if due <= now), None)
    return Past(latest or now, last_due_at=latest)


def past_after_jump(job: Job, past: Past, before: datetime, after: datetime) -> Past:
    """The past when the clock was set from `before` to `after`.

    Set forward, the due times passed over are late, as after a downtime. Set back, due times come a second
    time. They run again, for the time between was real; except one so soon after the last that it
    would be the same run twice.
    """
    if after >= before:
        return replace(past, set_back=False)
    last = None if past.last_due_at is None else past.last_due_at - (before - after)
    if past.decided_until <= after:
        return replace(past, last_due_at=last)
    if isinstance(job.due_times, Auto):
        return replace(past, decided_until=last or after, last_due_at=last)
    return replace(past, decided_until=after, last_due_at=last, set_back=True)


def start_time(job: Job, due_at: datetime) -> datetime:
    """When the crawl of `due_at` starts: with its jitter, which never reaches far into the next interval."""
    return due_at + jitter_of(job.outlet, due_at, min(job.jitter, _interval_from(job, due_at) / 2))


def upcoming(job: Job, after: datetime, until: datetime) -> list[datetime]:
    """The due times in (after, until]."""
    due_times = []
    due = job.due_times.next_after(after)
    while due is not None and due <= until:
        due_times.append(due)
        due = job.due_times.next_after(due)
    return due_times


def _choose(draft: _Draft, job: Job, ripe: list[_Ripe], busy: Busy, why_late: str) -> None:
    """Of the due times that have come at most one starts: the latest."""
    latest = ripe[-1] if ripe else None
    for due in ripe[:-1]:
        draft.rows.append(Row(due.due_at, "missed", why_late))
    if latest is not None and not latest.on_time and job.catch_up == "none":
        draft.rows.append(Row(latest.due_at, "missed", why_late))
        latest = None
    if latest is None:
        if draft.waiting is not None and busy is Busy.FREE:
            draft.start = Start(draft.waiting)
            draft.waiting = None
    elif busy is Busy.FREE:
        _give_up_waiting(draft, "the next due time came before it could start")
        draft.start = Start(latest.due_at, catches_up=not latest.on_time)
    elif busy is Busy.FULL or job.overlap == "queue":
        _give_up_waiting(draft, "overlap: a later due time took its place in the queue")
        draft.waiting = latest.due_at
    else:
        draft.rows.append(Row(latest.due_at, "skipped", f"overlap: {busy.value}"))


def _hold_all(draft: _Draft, ripe: list[_Ripe]) -> None:
    _give_up_waiting(draft, "paused")
    draft.rows.extend(Row(due.due_at, "skipped", "paused") for due in ripe)


def _give_up_waiting(draft: _Draft, reason: str) -> None:
    if draft.waiting is not None:
        draft.rows.append(Row(draft.waiting, "skipped", reason))
        draft.waiting = None


def _ripe_due_times(job: Job, after: datetime, now: datetime) -> tuple[list[_Ripe], datetime]:
    ripe = []
    due = job.due_times.next_after(after)
    while due is not None and due <= now:
        start = start_time(job, due)
        if start > now:
            break
        grace = min(GRACE, _interval_from(job, due) / 2)
        ripe.append(_Ripe(due, on_time=now - start <= grace))
        after, due = due, job.due_times.next_after(due)
    return ripe, after


def _leave_out_the_far_past(job: Job, past: Past, now: datetime, why_late: str) -> tuple[list[Row], Past]:
    first = job.due_times.next_after(past.decided_until)
    horizon = now - LONGEST_GAP
    if first is None or first > horizon:
        return [], past
    reason = f"{why_late}; this row stands for all due times until {horizon:%Y-%m-%d %H:%M}"
    return [Row(first, "missed", reason)], replace(past, decided_until=horizon)


def _next_start(job: Job, after: datetime) -> datetime | None:
    due = job.due_times.next_after(after)
    return None if due is None else start_time(job, due)


def _interval_from(job: Job, due_at: datetime) -> timedelta:
    following = job.due_times.next_after(due_at)
    return timedelta(days=365) if following is None else following - due_at
