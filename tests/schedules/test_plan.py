"""The decision: what starts now and which rows say why something did not."""

from datetime import UTC, datetime, timedelta

import pytest

from schedules.due_times import Auto, Cron, Every
from schedules.plan import (
    GRACE,
    LONGEST_GAP,
    Busy,
    Past,
    Row,
    Start,
    decide,
    past_after_jump,
    restored_past,
    start_time,
    upcoming,
)
from schedules.timetable import Job

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HOURLY = Job("sputnik", Every(HOUR))
QUEUED = Job("sputnik", Every(HOUR), overlap="queue")
DAILY = Job("sputnik", Cron.parse("0 6 * * *"))


def test_before_the_due_time_nothing_happens_and_the_decision_says_when_to_ask_again():
    decision = decide(HOURLY, Past(NOON), NOON + 59 * MINUTE)
    assert (decision.rows, decision.start, decision.wake_at) == ((), None, NOON + HOUR)


def test_at_the_due_time_one_crawl_starts_and_asking_again_starts_no_other():
    decision = decide(HOURLY, Past(NOON), NOON + HOUR)
    assert (decision.rows, decision.start) == ((), Start(NOON + HOUR))
    assert decision.wake_at == NOON + 2 * HOUR
    again = decide(HOURLY, decision.past, NOON + HOUR + MINUTE)
    assert (again.rows, again.start) == ((), None)


def test_a_start_waits_for_its_jitter():
    job = Job("sputnik", Every(HOUR), jitter=10 * MINUTE)
    start = start_time(job, NOON + HOUR)
    assert NOON + HOUR < start < NOON + HOUR + 10 * MINUTE
    early = decide(job, Past(NOON), start - timedelta(seconds=1))
    assert (early.start, early.wake_at, early.past) == (None, start, Past(NOON))
    assert decide(job, Past(NOON), start).start == Start(NOON + HOUR)


def test_jitter_never_reaches_the_next_due_time():
    job = Job("sputnik", Every(MINUTE), jitter=HOUR)
    starts = [start_time(job, NOON + n * MINUTE) for n in range(100)]
    assert starts == sorted(starts)
    assert all(start - (NOON + n * MINUTE) < MINUTE / 2 for n, start in enumerate(starts))


def test_after_a_downtime_the_misses_are_rows_and_one_crawl_catches_up():
    decision = decide(HOURLY, Past(NOON), NOON + 3.5 * HOUR)
    assert decision.rows == (
        Row(NOON + HOUR, "missed", "the service was down"),
        Row(NOON + 2 * HOUR, "missed", "the service was down"),
    )
    assert decision.start == Start(NOON + 3 * HOUR, catches_up=True)
    assert decision.wake_at == NOON + 4 * HOUR


def test_a_due_time_that_comes_right_after_a_downtime_needs_no_catching_up():
    decision = decide(HOURLY, Past(NOON), NOON + 2 * HOUR + GRACE)
    assert decision.rows == (Row(NOON + HOUR, "missed", "the service was down"),)
    assert decision.start == Start(NOON + 2 * HOUR)


def test_an_outlet_that_does_not_catch_up_waits_for_its_next_due_time():
    job = Job("sputnik", Every(HOUR), catch_up="none")
    decision = decide(job, Past(NOON), NOON + 2.5 * HOUR, why_late="the clock was set forward")
    assert decision.start is None
    assert decision.rows == (
        Row(NOON + HOUR, "missed", "the clock was set forward"),
        Row(NOON + 2 * HOUR, "missed", "the clock was set forward"),
    )


def test_a_gap_of_years_becomes_one_row_for_the_far_past_and_one_for_each_recent_due_time():
    now = NOON + 4 * 366 * DAY + 30 * MINUTE
    decision = decide(HOURLY, Past(NOON), now)
    recent = LONGEST_GAP // HOUR
    assert len(decision.rows) == 1 + recent - 1
    assert decision.rows[0].due_at == NOON + HOUR
    assert "stands for all due times until" in decision.rows[0].reason
    assert decision.start is not None
    assert decision.start.catches_up


def test_a_due_time_during_a_crawl_is_skipped():
    decision = decide(HOURLY, Past(NOON), NOON + HOUR, busy=Busy.RUNNING)
    assert decision.start is None
    assert decision.rows == (Row(NOON + HOUR, "skipped", "overlap: a crawl of this outlet is still running"),)


def test_a_queued_due_time_starts_when_the_crawl_has_ended():
    waits = decide(QUEUED, Past(NOON), NOON + HOUR, busy=Busy.RUNNING)
    assert (waits.start, waits.rows, waits.past.waiting) == (None, (), NOON + HOUR)
    still = decide(QUEUED, waits.past, NOON + 1.5 * HOUR, busy=Busy.RUNNING)
    assert still.past.waiting == NOON + HOUR
    ended = decide(QUEUED, still.past, NOON + 1.7 * HOUR)
    assert (ended.start, ended.rows, ended.past.waiting) == (Start(NOON + HOUR), (), None)


def test_the_queue_has_one_place_and_the_newest_due_time_takes_it():
    waits = decide(QUEUED, Past(NOON), NOON + HOUR, busy=Busy.RUNNING)
    longer = decide(QUEUED, waits.past, NOON + 2 * HOUR, busy=Busy.RUNNING)
    assert longer.past.waiting == NOON + 2 * HOUR
    assert [(row.due_at, row.status) for row in longer.rows] == [(NOON + HOUR, "skipped")]


def test_a_waiting_due_time_gives_way_to_one_that_comes_at_the_same_moment():
    decision = decide(QUEUED, Past(NOON + HOUR, waiting=NOON + HOUR), NOON + 2 * HOUR)
    assert decision.start == Start(NOON + 2 * HOUR)
    assert [(row.due_at, row.status) for row in decision.rows] == [(NOON + HOUR, "skipped")]


def test_an_outlet_waits_for_a_free_place_even_if_it_skips_overlaps():
    waits = decide(HOURLY, Past(NOON), NOON + HOUR, busy=Busy.FULL)
    assert (waits.start, waits.rows, waits.past.waiting) == (None, (), NOON + HOUR)
    assert decide(HOURLY, waits.past, NOON + 1.5 * HOUR).start == Start(NOON + HOUR)


def test_while_paused_every_due_time_is_skipped_and_waits_for_nothing():
    decision = decide(HOURLY, Past(NOON, waiting=NOON), NOON + 2.5 * HOUR, paused=True)
    assert (decision.start, decision.past.waiting) == (None, None)
    assert [(row.due_at, row.status, row.reason) for row in decision.rows] == [
        (NOON, "skipped", "paused"),
        (NOON + HOUR, "skipped", "paused"),
        (NOON + 2 * HOUR, "skipped", "paused"),
    ]


def test_an_auto_interval_counts_from_the_last_due_time():
    job = Job("sputnik", Auto(10 * MINUTE, 3 * HOUR))
    first = decide(job, Past(NOON), NOON + HOUR)
    assert first.start == Start(NOON + HOUR)
    assert first.wake_at == NOON + 2 * HOUR


def test_a_new_outlet_has_missed_nothing():
    assert restored_past(HOURLY, [], NOON + 10 * MINUTE) == Past(NOON + 10 * MINUTE)


def test_after_a_restart_the_rows_tell_what_was_decided():
    past = restored_past(HOURLY, [NOON, NOON - HOUR], NOON + 30 * MINUTE)
    assert past == Past(NOON, last_due_at=NOON)
    assert decide(HOURLY, past, NOON + 30 * MINUTE).wake_at == NOON + HOUR


def test_rows_from_a_far_future_do_not_stop_the_runs():
    restored = restored_past(HOURLY, [NOON + 900 * DAY, NOON], NOON + 30 * MINUTE)
    assert restored == Past(NOON, last_due_at=NOON)
    assert restored_past(HOURLY, [NOON + 900 * DAY], NOON) == Past(NOON)


def test_a_row_from_the_next_minutes_is_believed_for_to_run_again_would_be_a_run_twice():
    past = restored_past(HOURLY, [NOON, NOON - HOUR], NOON - MINUTE)
    assert decide(HOURLY, past, NOON).start is None


def test_rows_of_the_time_before_the_clock_was_set_back_are_no_longer_believed():
    past = restored_past(HOURLY, [NOON, NOON + 2 * HOUR, NOON + HOUR], NOON + 59 * MINUTE)
    assert decide(HOURLY, past, NOON + HOUR).start == Start(NOON + HOUR)


def test_a_clock_set_back_an_hour_does_not_stop_hourly_runs():
    past = past_after_jump(HOURLY, Past(NOON, last_due_at=NOON), NOON + 10 * MINUTE, NOON - 50 * MINUTE)
    assert decide(HOURLY, past, NOON).start == Start(NOON)


def test_a_clock_set_back_an_hour_does_not_repeat_a_daily_run():
    six = NOON.replace(hour=6)
    past = past_after_jump(DAILY, Past(six, last_due_at=six), six + 30 * MINUTE, six - 30 * MINUTE)
    decision = decide(DAILY, past, six)
    assert decision.start is None
    assert [(row.due_at, row.status) for row in decision.rows] == [(six, "skipped")]
    assert "the clock was set back" in decision.rows[0].reason
    assert decide(DAILY, decision.past, six + DAY).start == Start(six + DAY)


def test_a_clock_set_back_years_repeats_the_daily_run():
    six = NOON.replace(hour=6)
    past = past_after_jump(DAILY, Past(six, last_due_at=six), six + HOUR, six + HOUR - 800 * DAY)
    assert decide(DAILY, past, six - 799 * DAY).start == Start(six - 799 * DAY)


@pytest.mark.parametrize("back", [timedelta(seconds=1), timedelta(seconds=20), 2 * MINUTE])
def test_a_clock_set_back_a_little_repeats_nothing(back):
    now = NOON + timedelta(seconds=15)
    past = past_after_jump(HOURLY, Past(NOON, last_due_at=NOON), now, now - back)
    decision = decide(HOURLY, past, NOON)
    assert decision.start is None
    assert decide(HOURLY, decision.past, NOON + HOUR).start == Start(NOON + HOUR)


def test_a_clock_set_back_within_the_interval_changes_nothing():
    past = Past(NOON, last_due_at=NOON)
    past = past_after_jump(HOURLY, past, NOON + 50 * MINUTE, NOON + 5 * MINUTE)
    assert decide(HOURLY, past, NOON + 5 * MINUTE).wake_at == NOON + HOUR
    assert decide(HOURLY, past, NOON + HOUR).start == Start(NOON + HOUR)


def test_a_clock_set_back_twice_is_measured_in_real_time():
    six = NOON.replace(hour=6)
    past = past_after_jump(DAILY, Past(six, last_due_at=six), six + 30 * MINUTE, six - 30 * MINUTE)
    past = past_after_jump(DAILY, past, six - 10 * MINUTE, six - 12 * HOUR - 10 * MINUTE)
    assert decide(DAILY, past, six).start == Start(six)


def test_an_auto_interval_keeps_its_rest_when_the_clock_is_set_back():
    job = Job("sputnik", Auto(10 * MINUTE, 3 * HOUR))
    past = past_after_jump(job, Past(NOON, last_due_at=NOON), NOON + 20 * MINUTE, NOON + 20 * MINUTE - DAY)
    assert decide(job, past, NOON - DAY + 59 * MINUTE).start is None
    assert decide(job, past, NOON - DAY + HOUR).start == Start(NOON - DAY + HOUR)


def test_upcoming_lists_the_due_times_of_a_span():
    assert upcoming(HOURLY, NOON, NOON + 3 * HOUR) == [NOON + HOUR, NOON + 2 * HOUR, NOON + 3 * HOUR]
    assert upcoming(DAILY, NOON, NOON + HOUR) == []
