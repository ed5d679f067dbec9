"""The page that a failing run stumbled over, saved from the raw archive to where a person finds it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.storage.errors import StorageError
from pipelines.storage.layout import DataPath, local_folder
from pipelines.storage.raw_archive import RawPage, read_raw
from schedules.run_reports import RunReport

logger = logging.getLogger(__name__)

ENDINGS = {b"gzip": ".html.gz", b"x-gzip": ".html.gz", b"br": ".html.br", b"zstd": ".html.zst"}


def save_failing_page(data_dir: DataPath, run_id: str, report: RunReport) -> Path | None:
    """Copy the first page that the report says went wrong to `health/`; None if none is kept."""
    for problem in report.problems:
        page = _page_of(data_dir, problem)
        if page is None:
            continue
        headers = {name.lower(): value for name, value in page.response_headers}
        encoding = headers.get(b"content-encoding", b"").strip().lower()
        path = local_folder(data_dir) / "health" / f"{run_id}{ENDINGS.get(encoding, '.html')}"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(page.body)
        except OSError as error:
            logger.error("The failing page cannot be kept: %s", error)
            return None
        return path
    return None


def _page_of(data_dir: DataPath, problem: Mapping[str, Any]) -> RawPage | None:
    file, offset = problem.get("raw_file"), problem.get("raw_offset")
    if not isinstance(file, str) or not isinstance(offset, int):
        return None
    try:
        return read_raw(data_dir, file, offset)
    except (StorageError, ValueError) as error:
        logger.warning("The failing page cannot be read: %s", error)
        return None
