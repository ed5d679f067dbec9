"""The replica's idea of the present."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Stands still until it is moved, or runs along from where it was set."""

    def __init__(self, start: int, *, running: bool = False) -> None:
        self._start = start
        self._running = running
        self._set_at = time.monotonic()

    def now(self) -> int:
        """Epoch seconds."""
        return self._start + (int(time.monotonic() - self._set_at) if self._running else 0)

    def set(self, when: int) -> None:
        """Move to a time."""
        self._start, self._set_at = when, time.monotonic()

    def advance(self, by: float | timedelta) -> None:
        """Move on by seconds."""
        self.set(self.now() + int(by.total_seconds() if isinstance(by, timedelta) else by))


def epoch_of(text: str | datetime) -> int:
    """Epoch seconds of a date or ISO time; without a zone it is UTC."""
    when = datetime.fromisoformat(text) if isinstance(text, str) else text
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


def moment(epoch: int) -> datetime:
    """Epoch seconds as a UTC datetime."""
    return datetime.fromtimestamp(epoch, UTC)


def iso(epoch: int | None) -> str | None:
    """Epoch seconds as ISO 8601 in UTC; None stays None."""
    return None if epoch is None else moment(epoch).isoformat().replace("+00:00", "Z")
