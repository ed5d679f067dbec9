"""The clock as the service sees it: what time it is, and whether somebody set it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

SMALLEST_JUMP = timedelta(seconds=5)
"""A smaller difference between the clock and the time that really passed changes nothing."""


def utc_now() -> datetime:
    """What the system's clock shows."""
    return datetime.now(UTC)


class ClockWatch:
    """Compares the clock with the time that really passed, from one look to the next."""

    def __init__(
        self, now: Callable[[], datetime] = utc_now, real: Callable[[], float] = time.monotonic
    ) -> None:
        self._now, self._real = now, real
        self._last = (now(), real())

    def jump(self) -> timedelta:
        """How far the clock was set since the last look; nothing if it only ran."""
        (clock, real), self._last = self._last, (self._now(), self._real())
        jump = (self._last[0] - clock) - timedelta(seconds=self._last[1] - real)
        return jump if abs(jump) >= SMALLEST_JUMP else timedelta(0)
