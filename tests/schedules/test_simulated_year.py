"""A year of the schedule, simulated: downtimes, clocks set back and forth, hosts with summer time.

The rules are told a second time here, in the plainest way: minute by minute, without looking ahead. Both
must come to the same rows and the same crawls.
"""

import itertools
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from schedules.due_times import Cron, Every
from schedules.plan import GRACE, Busy, Past, decide, past_after_jump, restored_past
from schedules.timetable import Job

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NOTHING = timedelta(0)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES = 365 * 1440


@dataclass(frozen=True, slots=True)
class Minute:
    """One real minute of the year."""

    real: int
    clock: datetime
    """What the host's clock shows, right or wrong."""
    up: bool
    jump: timedelta
    """How far the clock was set since the minute before."""


@dataclass(slots=True)
class Log:
    """What became of the due times, and when crawls ran, in real minutes."""

    rows: list[tuple[datetime, str]] = field(default_factory=list)
    crawls: list[tuple[int, int]] = field(default_factory=list)

    def write(self, due: datetime, status: str) -> None:
        self.rows.append((due, status))

    def start(self, real: int, due: datetime, status: str, lasts: int) -> None:
        self.write(due, status)
        self.crawls.append((real, real + lasts))

    def running(self, real: int) -> bool:
        return bool(self.crawls) and real < self.crawls[-1][1]

    def host_went_down(self, real: int) -> None:
        if self.running(real):
            self.crawls[-1] = (self.crawls[-1][0], real)


def year(seed: int) -> list[Minute]:
    """A year in which the clock is set 50 times and the host is down 20 times, hours apart."""
    chance = random.Random(seed)
    moments = iter(chance.sample(range(360, MINUTES - 6000, 360), 70))
    down: set[int] = set()
    for real in itertools.islice(moments, 20):
        down.update(range(real, real + chance.choice([1, 2, 5, 45, 100, 700, 4000])))
    jumps = {
        real: chance.choice([1, 2, 17, 30, 60, 61, 180, 1440, 5000]) * MINUTE * (1 if n % 2 else -1)
        for n, real in enumerate(moments)
    }
    clock = BEGIN - MINUTE
    minutes = []
    for real in range(MINUTES):
        # A clock that was set while the host was down shows when the host comes up again.
        jump = jumps.get(real, NOTHING)
        clock += MINUTE + jump
        minutes.append(Minute(real, clock, real not in down, jump))
    return minutes


def durations(seed: int) -> Iterator[int]:
    """How many minutes each crawl takes; some take longer than an hour."""
    chance = random.Random(seed)
    while True:
        yield chance.choice([1, 2, 3, 5, 10, 40, 70, 130])


def scheduled(job: Job, minutes: list[Minute], seed: int) -> Log:
    """What the schedule does, asked as the service asks: at its time, after a jump, when a crawl ends."""
    log, lasts = Log(), durations(seed)
    past: Past | None = None
    wake_at: datetime | None = None
    was_running = False
    for minute in minutes:
        if not minute.up:
            log.host_went_down(minute.real)
            past = None
            continue
        running = log.running(minute.real)
        ask = was_running and not running
        if past is None:
            newest_first = [due for due, _ in log.rows[:-6000:-1]]
            past, ask = restored_past(job, newest_first, minute.clock), True
        elif minute.jump != NOTHING:
            past, ask = past_after_jump(job, past, minute.clock - minute.jump, minute.clock), True
        if ask or (wake_at is not None and minute.clock >= wake_at):
            decision = decide(job, past, minute.clock, busy=Busy.RUNNING if running else Busy.FREE)
            past, wake_at = decision.past, decision.wake_at
            for row in decision.rows:
                log.write(row.due_at, row.status)
            if decision.start:
                status = "caught_up" if decision.start.catches_up else "started"
                log.start(minute.real, decision.start.due_at, status, next(lasts))
                running = True
        was_running = running
    return log


def expected(job: Job, is_due: Callable[[datetime], bool], minutes: list[Minute], seed: int) -> Log:
    """The same year by the plain rules; `is_due` says whether a minute of the clock is a due time."""
    log, lasts = Log(), durations(seed)
    seen: datetime | None = None  # the clock's minutes up to here are done with
    last: datetime | None = None  # the latest due time, as the clock now stands
    decided: datetime | None = None  # the furthest due time decided since the clock was set back
    set_back = False  # the clock was set back past due times, and none has come since
    waiting: datetime | None = None

    def until_next_due(due: datetime) -> timedelta:
        return next(n * MINUTE for n in itertools.count(1) if is_due(due + n * MINUTE))

    for minute in minutes:
        clock, running = minute.clock, log.running(minute.real)
        if not minute.up:
            log.host_went_down(minute.real)
            seen = waiting = None
            continue
        if seen is None:
            set_back = False
            last = next((due for due, _ in reversed(log.rows) if due <= clock), None)
            newest = log.rows[-1][0] if log.rows else clock
            if clock < newest and newest - clock < until_next_due(newest) / 2:
                last = newest
            seen = decided = last or clock
        elif minute.jump > NOTHING:
            set_back = False
        elif minute.jump < NOTHING:
            last = last and last + minute.jump
            seen = min(seen, clock)
            if clock < decided:
                decided, set_back = clock, True
        come = []
        while seen < clock:
            seen += MINUTE
            if is_due(seen):
                decided = seen
                if set_back and last is not None and seen - last < until_next_due(seen) / 2:
                    log.write(seen, "skipped")
                else:
                    come.append(seen)
                    last = seen
                set_back = False
        late = bool(come) and clock - come[-1] > GRACE
        missed = come if late and job.catch_up == "none" else come[:-1]
        for due in missed:
            log.write(due, "missed")
        status = "started"
        if come != missed:
            if running and job.overlap == "skip":
                log.write(come[-1], "skipped")
            else:
                if waiting is not None:
                    log.write(waiting, "skipped")
                waiting = come[-1]
                status = "caught_up" if late else "started"
        if waiting is not None and not running:
            log.start(minute.real, waiting, status, next(lasts))
            waiting = None
    return log


HOURLY = Job("sputnik", Every(HOUR))
WORKDAYS = Job("sputnik", Cron.parse("30 6 * * 1-5"))


def on_the_hour(moment: datetime) -> bool:
    return moment.minute == 0


def half_past_six_on_workdays(moment: datetime) -> bool:
    return (moment.hour, moment.minute) == (6, 30) and moment.weekday() < 5


@pytest.mark.parametrize(
    ("job", "is_due", "zone"),
    [
        (HOURLY, on_the_hour, "UTC"),
        (Job("sputnik", Cron.parse("0 * * * *"), overlap="queue"), on_the_hour, "America/New_York"),
        (Job("sputnik", Every(HOUR), catch_up="none"), on_the_hour, "Europe/Moscow"),
        (WORKDAYS, half_past_six_on_workdays, "Australia/Lord_Howe"),
    ],
    ids=["hourly", "hourly cron, queued", "hourly, not caught up", "workdays"],
)
@pytest.mark.parametrize("seed", [2026, *(pytest.param(n, marks=pytest.mark.chaos) for n in range(25))])
def test_a_year_brings_exactly_the_expected_runs(monkeypatch, job, is_due, zone, seed):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    minutes = year(seed)
    try:
        log = scheduled(job, minutes, seed)
        plain = expected(job, is_due, minutes, seed)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert log.rows == plain.rows
    assert log.crawls == plain.crawls
    assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(log.crawls))
    assert len(log.crawls) > 200
