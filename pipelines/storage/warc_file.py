"""A WARC file being written: what a flush promises, and how a torn tail is cut off after a kill."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pipelines.storage import warc
from pipelines.storage.durable import make_folders, sync_folder
from pipelines.storage.errors import StorageError


class OpenWarc:
    """A WARC file being written, with the hidden mark beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mark = mark_of(path)
        self._parts: list[bytes] = []
        self._written = 0
        self._doubtful = False
        self.pending_bytes = 0
        try:
            make_folders(path.parent)
            self._mark_fd = os.open(self._mark, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
            sync_folder(path.parent)
        except OSError as error:
            raise StorageError(f"cannot start the raw archive {path}: {error}") from error

    @property
    def end(self) -> int:
        """Where the next record will start."""
        return self._written + self.pending_bytes

    def add(self, parts: Sequence[bytes]) -> None:
        """Take a record, in pieces that follow each other, into the buffer."""
        self._parts += parts
        self.pending_bytes += sum(map(len, parts))

    def flush(self) -> None:
        if self._doubtful:
            raise StorageError(f"{self.path}: the disk failed to keep what was written, so nothing more is")
        if not self._parts:
            return
        data = b"".join(self._parts)
        try:
            # At an explicit place: a second try after a full disk writes over the half that the first left.
            _write_all(self._fd, data, self._written)
        except OSError as error:
            raise StorageError(f"cannot write {self.path}: {error}") from error
        try:
            os.fdatasync(self._fd)
        except OSError as error:
            # After a failed sync the kernel may have dropped the pages; a second one would wrongly succeed.
            self._doubtful = True
            raise StorageError(f"cannot bring {self.path} to the disk: {error}") from error
        self._written += len(data)
        self._parts.clear()
        self.pending_bytes = 0
        with suppress(OSError):  # Only a hint that shortens recovery; a smaller number is as right.
            os.pwrite(self._mark_fd, b"%020d" % self._written, 0)

    def close(self) -> None:
        """Flush and take the mark away. After an error the mark stays for `recover`."""
        try:
            self.flush()
        finally:
            self.abandon()
        with suppress(OSError):  # The file is whole; a mark that stays costs the next run one look.
            self._mark.unlink()

    def abandon(self) -> None:
        """Let go of the file without writing what is still in the buffer."""
        os.close(self._fd)
        os.close(self._mark_fd)


@dataclass(frozen=True, slots=True)
class Mended:
    """What `recover` did to one file."""

    file: Path
    cut_bytes: int


def recover(folder: Path) -> list[Mended]:
    """Cut the torn tails that killed runs left in an outlet's folder. Only for the holder of its lock."""
    mended = []
    for mark in sorted(folder.glob("*/.*.warc.open")):
        path = mark.with_name(mark.name.removeprefix(".").removesuffix(".open"))
        try:
            if path.exists():
                mended.append(Mended(path, _cut_torn_tail(path, _known_to_be_safe(mark))))
            mark.unlink()
            sync_folder(path.parent)
        except OSError as error:
            raise StorageError(f"cannot mend the raw archive {path}: {error}") from error
    return mended


def _known_to_be_safe(mark: Path) -> int:
    text = mark.read_bytes()
    return int(text) if len(text) == 20 and text.isdigit() else 0


def _cut_torn_tail(path: Path, safe: int) -> int:
    """Keep all up to `safe` and every whole record after it; how many bytes went."""
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        end = safe if safe <= size else 0
        with suppress(warc.TornRecord):
            while end < size:
                read = warc.read_record(file, end)
                if not warc.is_sound(read):
                    break
                end = read.end
        if end < size:
            file.truncate(end)
        # Also what a killed writer had not yet synced: with the mark gone nobody would look again.
        os.fsync(file.fileno())
    if end == 0:
        path.unlink()
    return size - end


def mark_of(path: Path) -> Path:
    """The hidden file that lies beside a WARC file as long as it is written."""
    return path.with_name(f".{path.name}.open")


def _write_all(descriptor: int, data: bytes, offset: int) -> None:
    """Write all of it, however many short writes that takes."""
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, offset)
        rest = rest[written:]
        offset += written
