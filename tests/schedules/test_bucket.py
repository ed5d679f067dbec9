"""The schedule over a data folder in a bucket: reports are read there, everything else stays here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.run_report import write_report
from pipelines.storage.raw_archive import RawArchive, RawPage
from pipelines.storage.s3 import S3Path
from schedules.__main__ import USAGE, main
from schedules.crawl_job import crawl_command
from schedules.data_folder import log_path
from schedules.failing_page import save_failing_page
from schedules.run_reports import load_report
from schedules.service_lock import ServiceLock
from tests.s3.faulty_server import FaultyS3, leading_to

RUN = "sputnik-20261124T083000Z-00ff"
NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[FaultyS3]:
    with FaultyS3() as server, leading_to(server):
        yield server


@pytest.fixture
def data_dir(server: FaultyS3, tmp_path: Path) -> S3Path:
    return S3Path(server.bucket, "news", tmp_path)


def test_the_report_and_the_failing_page_are_found(data_dir: S3Path) -> None:
    with RawArchive(data_dir, "sputnik", RUN) as archive:
        place = archive.append(RawPage("https://outlet.example/1", 200, [], [], b"<p>odd", NOW))
    problem = {"url": "https://outlet.example/1", "raw_file": place.file, "raw_offset": place.offset}
    report = {"run_id": RUN, "exit_code": 12, "reason": "drift", "problems": [problem]}
    assert load_report(data_dir, RUN) is None
    assert write_report(data_dir, report)
    read = load_report(data_dir, RUN)
    assert read is not None
    assert read.reason == "drift"
    saved = save_failing_page(data_dir, RUN, read)
    assert saved == data_dir.local / "health" / f"{RUN}.html"
    assert saved.read_bytes() == b"<p>odd"


def test_locks_and_logs_stay_on_this_machine(data_dir: S3Path) -> None:
    assert ServiceLock(data_dir).path == data_dir.local / "service.lock"
    assert log_path(data_dir, "sputnik", RUN) == data_dir.local / "logs" / "sputnik" / f"{RUN}.log"
    assert crawl_command("sputnik", RUN, data_dir)[-1] == f"DATA_DIR={data_dir}"


def test_without_a_place_for_the_ledger_nothing_starts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ASIADESK_LEDGER", raising=False)
    assert main(["list", "--data-dir", "s3://bucket/prefix"]) == USAGE
    assert "the ledger cannot lie in a bucket" in capsys.readouterr().err
