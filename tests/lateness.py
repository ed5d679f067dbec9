"""How late this machine lets a thread run: what a measured moment may be wrong by, on a busy one."""

from __future__ import annotations

import threading
import time
from types import TracebackType


class Lateness:
    """Measures, while it is open, by how much the latest of many short sleeps overslept.

    Moments that a server thread notes are late by no more than about that, so a gap between two of them is
    too short by no more than `tolerance`.
    """

    _NAP = 0.005

    def __init__(self) -> None:
        self._worst = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Lateness:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    @property
    def tolerance(self) -> float:
        """Seconds by which a gap may look shorter than it was."""
        return 0.03 + 1.5 * self._worst

    def _watch(self) -> None:
        while not self._done.is_set():
            before = time.monotonic()
            time.sleep(self._NAP)
            self._worst = max(self._worst, time.monotonic() - before - self._NAP)
