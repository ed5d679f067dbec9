"""A clock that is set is noticed; one that only runs is not."""

from datetime import UTC, datetime, timedelta

import pytest

from schedules.clock import ClockWatch

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("clock", "real", "jump"),
    [(1, 1, 0), (3600, 3600, 0), (4, 1, 0), (-3, 1, 0), (3601, 1, 3600), (-3599, 1, -3600), (1, 31, -30)],
)
def test_a_jump_is_the_difference_between_clock_and_real_time(clock, real, jump):
    clocks, reals = (
        iter([NOON, NOON + clock * SECOND, NOON + (clock + 1) * SECOND]),
        iter([0.0, real, real + 1.0]),
    )
    watch = ClockWatch(lambda: next(clocks), lambda: next(reals))
    assert watch.jump() == jump * SECOND
    assert watch.jump() == timedelta(0)  # it is told once
