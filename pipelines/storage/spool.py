"""The spool: raw pages of a data folder in a bucket, on this machine's disk until the bucket has them.

They are as safe there as anywhere on a disk. A file is uploaded whole when nothing more is added to it, and
removed here only then; what a killed run left is uploaded by the outlet's next run on the same machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pipelines.storage.errors import StorageError
from pipelines.storage.layout import name_within
from pipelines.storage.s3 import ReplacedMeanwhile, S3Path

ROTATE_BYTES = 16 * 1024 * 1024
"""A file is as large at most: it is held in memory while it is uploaded."""


def waiting(data_dir: S3Path, outlet: str) -> Iterator[Path]:
    """The outlet's files that are not in the bucket yet, or were not known to be when their run died."""
    yield from sorted((data_dir.local / "raw" / outlet).glob("*/[!.]*.warc"))


def waiting_or_stored(data_dir: S3Path, file: str) -> Path | S3Path:
    """Where a file of the archive is to be read; its name is relative to the data folder."""
    path = data_dir.local / file
    return path if path.exists() else data_dir / file


def upload(data_dir: S3Path, path: Path) -> None:
    """Bring a whole file into the bucket. Doing it again changes nothing. Raises StorageError."""
    place = data_dir / name_within(data_dir.local, path)
    try:
        place.write(path.read_bytes(), replaces=None)
        path.unlink()
    except ReplacedMeanwhile as error:
        raise StorageError(f"{place} is another file than {path}: move one of them away") from error
    except OSError as error:
        raise StorageError(
            f"{path} cannot be uploaded: {error}: it is safe where it is, and the next run tries again"
        ) from error
    with suppress(OSError):  # the month's folder, once it is empty
        path.parent.rmdir()
