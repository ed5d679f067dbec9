"""The disk's limits are asked of the disk that a run would write on, also where nothing was written yet."""

from __future__ import annotations

from pathlib import Path
from shutil import disk_usage

import pytest

from pipelines.storage.disk_limits import DiskLimits, free_bytes
from pipelines.storage.errors import StorageError
from pipelines.storage.s3 import S3Path


def test_the_local_part_of_a_bucket_need_not_exist_to_be_asked_about(tmp_path: Path) -> None:
    never_used = S3Path("bucket", "prefix", tmp_path / "state" / "asiadesk")
    assert abs(free_bytes(never_used) - disk_usage(tmp_path).free) < 1 << 30


def test_too_little_room_is_said_with_place_and_remedy(tmp_path: Path) -> None:
    DiskLimits(min_free_bytes=1).check_free_space(tmp_path)
    with pytest.raises(StorageError, match=f"{tmp_path}.*free some space and run again"):
        DiskLimits(min_free_bytes=1 << 60).check_free_space(tmp_path)
