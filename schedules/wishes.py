"""What a person asks of the running service, left as files: pauses, and crawls to start at once."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

from pipelines.storage.layout import DataPath, state_folder

logger = logging.getLogger(__name__)


class Wishes:
    """Files below `state/schedule/`; they outlive the service, and a person can see and delete them."""

    def __init__(self, data_dir: DataPath) -> None:
        self._paused = state_folder(data_dir) / "schedule" / "paused"
        self._triggered = state_folder(data_dir) / "schedule" / "triggered"
        self._stuck: set[str] = set()

    def paused(self) -> set[str]:
        """The outlets that are paused."""
        return _names(self._paused)

    def pause(self, outlet: str) -> None:
        """Start no due crawl of the outlet until it is resumed."""
        _leave(self._paused, outlet)

    def resume(self, outlet: str) -> bool:
        """End a pause; says whether there was one."""
        return _take(self._paused, outlet)

    def trigger(self, outlet: str) -> None:
        """Ask for a crawl at once."""
        _leave(self._triggered, outlet)

    def take_triggered(self) -> set[str]:
        """The outlets that a crawl was asked for; each is given out once."""
        taken = set()
        for outlet in _names(self._triggered):
            try:
                if _take(self._triggered, outlet):
                    taken.add(outlet)
            except OSError as error:
                # Left by root, for example. To start it and leave the file would be to start it every second.
                if outlet not in self._stuck:
                    logger.error("%s: asked for by hand, but the wish cannot be taken: %s", outlet, error)
                self._stuck.add(outlet)
        return taken


def _names(folder: Path) -> set[str]:
    try:
        return {path.name for path in folder.iterdir()}
    except FileNotFoundError:
        return set()


def _leave(folder: Path, outlet: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / outlet).write_text(f"{datetime.now(UTC):%FT%TZ}\n")


def _take(folder: Path, outlet: str) -> bool:
    try:
        (folder / outlet).unlink()
    except FileNotFoundError:
        return False
    return True
