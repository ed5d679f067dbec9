"""When an outlet is due: cron expressions, fixed intervals and intervals that follow the outlet."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

from schedules.publication_habit import UNKNOWN_HABIT, PublicationHabit

EPOCH = datetime.fromtimestamp(0, UTC)
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


class DueTimes(Protocol):
    """A rule that names due times; the same question always has the same answer."""

    def next_after(self, moment: datetime) -> datetime | None:
        """The first due time later than `moment`; None if there is none."""


@dataclass(frozen=True, slots=True)
class Every:
    """Due times a fixed interval apart, counted from the epoch, so that no restart moves them."""

    interval: timedelta

    def next_after(self, moment: datetime) -> datetime:
        return EPOCH + ((moment - EPOCH) // self.interval + 1) * self.interval

    def __str__(self) -> str:
        return f"every {short_duration(self.interval)}"


@dataclass(frozen=True, slots=True)
class Cron:
    """Due times of a crontab expression, read as cron reads it, in UTC."""

    expression: str
    trigger: BaseTrigger = field(compare=False, repr=False)

    @classmethod
    def parse(cls, expression: str) -> Cron:
        """Raise ValueError, with a remedy, for what cron would not take or what never comes due."""
        cron = cls(expression, _cron_trigger(expression))
        if cron.next_after(EPOCH) is None:
            raise ValueError("this date never comes; name a day that the month has")
        return cron

    def next_after(self, moment: datetime) -> datetime | None:
        due: datetime | None = self.trigger.get_next_fire_time(None, moment + timedelta(microseconds=1))
        return due

    def __str__(self) -> str:
        return f"cron {self.expression}"


@dataclass(frozen=True, slots=True)
class Auto:
    """Due when the outlet's habit promises enough new articles; never sooner or later than the bounds."""

    shortest: timedelta
    longest: timedelta
    # The habit is learned, not part of the timetable: a reload compares timetables.
    habit: PublicationHabit = field(default=UNKNOWN_HABIT, compare=False)

    def next_after(self, moment: datetime) -> datetime:
        wait = self.habit.time_to_run(moment, at_most=self.longest)
        due = moment + max(self.shortest, min(self.longest, wait))
        return due.replace(microsecond=0)

    def __str__(self) -> str:
        return f"auto, {short_duration(self.shortest)} to {short_duration(self.longest)}"


def jitter_of(outlet: str, due_at: datetime, at_most: timedelta) -> timedelta:
    """How long after `due_at` the outlet starts: spread over `at_most`, the same whenever it is asked."""
    text = f"{outlet} {due_at.timestamp():.0f}".encode()
    share = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) / 2**64
    return at_most * share


def short_duration(duration: timedelta) -> str:
    """A duration as the timetable writes it: "1h30m"."""
    seconds = round(duration.total_seconds())
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def _cron_trigger(expression: str) -> BaseTrigger:
    fields = expression.split()
    if len(fields) != 5:
        raise ValueError(
            f"{len(fields)} fields where cron has five; "
            'write minute, hour, day, month and weekday, such as "0 * * * *"'
        )
    minute, hour, day, month, weekday = fields
    weekdays = _weekday_names(weekday)

    def trigger(day: str, weekdays: str) -> CronTrigger:
        try:
            return CronTrigger.from_crontab(f"{minute} {hour} {day} {month} {weekdays}", timezone=UTC)
        except ValueError as error:
            raise ValueError(f'{error}; write five cron fields, such as "15 6-22 * * 1-5"') from error

    # To cron, a day of the month and a weekday are alternatives; APScheduler would ask for both.
    if not day.startswith("*") and not weekday.startswith("*"):
        return OrTrigger([trigger(day, "*"), trigger("*", weekdays)])
    return trigger(day, weekdays)


def _weekday_names(field_text: str) -> str:
    """The weekday field in names: APScheduler counts from Monday, cron from Sunday and knows two Sundays."""
    days: set[int] = set()
    for part in field_text.lower().split(","):
        match = re.fullmatch(r"(?:\*|(\w+)(?:-(\w+))?)(?:/(\d+))?", part)
        if not match:
            raise ValueError(f"weekday {part!r} is not understood; write 1-5, mon-fri or *")
        first, last, step = match.groups()
        low = _weekday_number(first or "sun")
        high = _weekday_number(last or ("sat" if first is None or step else first))
        if high < low:
            high += 7  # "sat-mon" and "5-1" run over the week's end
        days.update(day % 7 for day in range(low, high + 1, max(1, int(step or 1))))
    return "*" if len(days) == 7 else ",".join(WEEKDAYS[day] for day in sorted(days))


def _weekday_number(text: str) -> int:
    if text in WEEKDAYS:
        return WEEKDAYS.index(text)
    if text.isdecimal() and int(text) <= 7:
        return int(text)
    raise ValueError(f"weekday {text!r} does not exist; write 0 to 7 (0 and 7 are Sunday) or sun to sat")
