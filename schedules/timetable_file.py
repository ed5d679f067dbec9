"""TimetableFile: the timetable where a person edits it; tells when it was saved anew."""

from __future__ import annotations

from pathlib import Path

from schedules.timetable import Timetable, load_timetable

Fingerprint = tuple[int, int, int] | None


class TimetableFile:
    """Reads the file at `path`, and notices at the next looks that it has changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read = self._seen = _fingerprint(path)

    def load(self) -> Timetable:
        """Read and check the file; raises TimetableError."""
        self._read = _fingerprint(self.path)
        return load_timetable(self.path)

    def has_changed(self) -> bool:
        """Whether the file is another than the one that was read, and at rest since the last look.

        A file that changed just now may be half written, and half a timetable may be valid.
        """
        before, self._seen = self._seen, _fingerprint(self.path)
        return self._seen != self._read and self._seen == before

    def read_again(self) -> None:
        """Take the file for changed: what it said could not be followed."""
        self._read = None


def _fingerprint(path: Path) -> Fingerprint:
    """Changes when the file does; editors replace it, and clocks are coarse."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
