"""Due times: crontab means what cron means, intervals stay on their grid, "auto" follows the outlet."""

import itertools
import time
from datetime import UTC, datetime, timedelta

import pytest

from schedules.due_times import Auto, Cron, Every, jitter_of, short_duration
from schedules.publication_habit import FoundArticles, PublicationHabit

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def due_times(rule, after, count):
    found = []
    for _ in range(count):
        after = rule.next_after(after)
        found.append(after)
    return found


@pytest.mark.parametrize(
    ("weekday", "days"),
    [
        ("1", "Mon"),
        ("0", "Sun"),
        ("7", "Sun"),
        ("1-5", "Mon Tue Wed Thu Fri"),
        ("5-7", "Fri Sat Sun"),
        ("mon-fri", "Mon Tue Wed Thu Fri"),
        ("SUN", "Sun"),
        ("sat-mon", "Mon Sat Sun"),
        ("0,3", "Wed Sun"),
        ("1-5/2", "Mon Wed Fri"),
        ("*/2", "Tue Thu Sat Sun"),
        ("0-6", "Mon Tue Wed Thu Fri Sat Sun"),
        ("*", "Mon Tue Wed Thu Fri Sat Sun"),
    ],
)
def test_weekdays_are_those_of_crontab_and_not_of_apscheduler(weekday, days):
    cron = Cron.parse(f"0 12 * * {weekday}")
    week = [due for due in due_times(cron, MONDAY, 7) if due < MONDAY + timedelta(days=7)]
    assert " ".join(f"{due:%a}" for due in week) == days


def test_a_day_of_the_month_and_a_weekday_are_alternatives_as_in_cron():
    due = due_times(Cron.parse("0 0 13 * 5"), MONDAY, 4)
    assert [f"{moment:%a %d}" for moment in due] == ["Fri 27", "Fri 04", "Fri 11", "Sun 13"]


def test_a_cron_job_is_due_in_utc_whatever_the_zone_of_the_host(monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        # The night in which New York's clocks go back.
        due = due_times(Cron.parse("30 * * * *"), datetime(2026, 11, 1, 3, tzinfo=UTC), 6)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [moment.hour for moment in due] == [3, 4, 5, 6, 7, 8]
    assert {moment.utcoffset() for moment in due} == {timedelta(0)}


def test_an_interval_stays_on_its_grid_whenever_it_is_asked():
    rule = Every(timedelta(minutes=20))
    assert due_times(rule, MONDAY, 2) == [MONDAY + timedelta(minutes=20), MONDAY + timedelta(minutes=40)]
    assert rule.next_after(MONDAY + timedelta(minutes=7)) == MONDAY + timedelta(minutes=20)


def test_a_due_time_is_never_its_own_successor():
    for rule in (Every(HOUR), Cron.parse("0 * * * *"), Auto(HOUR, 2 * HOUR)):
        first = rule.next_after(MONDAY)
        assert rule.next_after(first) > first > MONDAY


def test_jitter_is_spread_and_the_same_for_the_same_due_time():
    due = [MONDAY + n * HOUR for n in range(500)]
    jitters = [jitter_of("sputnik", moment, timedelta(seconds=60)).total_seconds() for moment in due]
    assert jitters == [jitter_of("sputnik", moment, timedelta(seconds=60)).total_seconds() for moment in due]
    assert 0 <= min(jitters) < 2 < 25 < sum(jitters) / 500 < 35 < 58 < max(jitters) < 60
    assert jitter_of("other", MONDAY, HOUR) != jitter_of("sputnik", MONDAY, HOUR)


@pytest.mark.parametrize(
    ("duration", "text"),
    [(timedelta(0), "0s"), (timedelta(minutes=90), "1h30m"), (timedelta(days=2, seconds=5), "2d5s")],
)
def test_a_duration_is_written_as_the_timetable_writes_it(duration, text):
    assert short_duration(duration) == text


def busy_by_day(hour):
    return 8 if 6 <= hour < 14 else 1


def found_in(days, interval, rate=busy_by_day, other_requests=4):
    """What runs `interval` apart find of an outlet that publishes evenly within each hour."""
    runs = []
    moment = MONDAY
    for _ in range(int(timedelta(days=days) / interval)):
        count = sum(
            rate((moment + minute * timedelta(minutes=1)).hour) / 60
            for minute in range(int(interval / timedelta(minutes=1)))
        )
        runs.append(FoundArticles(moment, moment + interval, round(count), other_requests))
        moment += interval
    return runs


def test_the_interval_follows_the_hours_of_publication():
    habit = PublicationHabit.learn(found_in(14, HOUR))
    rule = Auto(timedelta(minutes=10), 6 * HOUR, habit)
    by_day = rule.next_after(MONDAY + 7 * HOUR) - (MONDAY + 7 * HOUR)
    by_night = rule.next_after(MONDAY + 15 * HOUR) - (MONDAY + 15 * HOUR)
    # 4 other requests are worth 10 articles: a busy hour and a quarter, ten quiet hours.
    assert HOUR < by_day < 1.6 * HOUR
    assert by_night == 6 * HOUR


def test_the_interval_keeps_to_its_bounds():
    flood = PublicationHabit.learn(found_in(3, HOUR, rate=lambda hour: 600))
    drought = PublicationHabit.learn(found_in(3, HOUR, rate=lambda hour: 0))
    rule = Auto(timedelta(minutes=10), 3 * HOUR)
    assert Auto(rule.shortest, rule.longest, flood).next_after(MONDAY) - MONDAY == rule.shortest
    assert Auto(rule.shortest, rule.longest, drought).next_after(MONDAY) - MONDAY == rule.longest
    assert rule.next_after(MONDAY) - MONDAY == HOUR  # nothing known yet


@pytest.mark.parametrize("other_requests", [3, 5, 6])
def test_eighty_articles_a_day_cost_at_most_one_and_a_half_requests_each(other_requests):
    def rate(hour):
        return 6 if 5 <= hour < 15 else 20 / 14

    habit = PublicationHabit.learn(found_in(14, HOUR, rate, other_requests))
    rule = Auto(timedelta(minutes=10), 6 * HOUR, habit)
    due = due_times(rule, MONDAY, 300)
    days = (due[-1] - due[0]) / DAY
    assert (80 * days + other_requests * 300) / (80 * days) <= 1.5
    assert all(later - earlier <= 6 * HOUR for earlier, later in itertools.pairwise(due))


def test_articles_found_after_a_long_pause_teach_nothing_about_the_hour():
    backlog = FoundArticles(MONDAY - 30 * DAY, MONDAY, 5000)
    assert PublicationHabit.learn([backlog]).per_hour == ()
    habit = PublicationHabit.learn([backlog, *found_in(3, HOUR)])
    assert habit.expected(MONDAY, MONDAY + DAY) == pytest.approx(80, rel=0.02)


def test_what_a_habit_promises_grows_with_time():
    habit = PublicationHabit.learn(found_in(7, HOUR))
    assert habit.expected(MONDAY, MONDAY) == 0
    assert habit.expected(MONDAY, MONDAY + 10 * DAY) == pytest.approx(800, rel=0.02)
    assert habit.expected(MONDAY + 6 * HOUR, MONDAY + 7 * HOUR) > 3 * habit.expected(
        MONDAY + 20 * HOUR, MONDAY + 21 * HOUR
    )
