"""ServiceLock: one schedule service to one data folder."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from datetime import UTC, datetime
from typing import Self

from pipelines.storage.layout import DataPath, state_folder


class ServiceRunning(Exception):
    """Another schedule service holds the data folder; the message says which."""


class ServiceLock:
    """A kernel lock on `state/service.lock`; it frees itself when the process dies, however it dies."""

    def __init__(self, data_dir: DataPath) -> None:
        self.path = state_folder(data_dir) / "service.lock"
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if not _take(descriptor):
            os.close(descriptor)
            raise ServiceRunning(
                f"{self.path.parent.parent} is served by {self.holder()}; stop that service first, "
                "or name another folder with --data-dir"
            )
        self._descriptor = descriptor
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": f"{datetime.now(UTC):%FT%TZ}"}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def holder(self) -> str:
        """Who holds or last held the lock, in words."""
        try:
            holder = json.loads(self.path.read_text())
            return f"process {holder['pid']} on {holder['host']}, since {holder['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"  # just started: it has not yet written who it is

    def is_held(self) -> bool:
        """Whether a service runs, seen from a process that is none."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            # A shared lock, so that two who only look do not take each other for the service.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False


def _take(descriptor: int) -> bool:
    """Lock without waiting, but not put off by somebody who only looks whether it is held."""
    for _ in range(4):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return True
    return False
