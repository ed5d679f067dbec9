"""Whole crawls whose data folder is in a bucket, and the commands that look at it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.storage.partitions import partitions, read_partition
from pipelines.storage.raw_archive import read_raw
from pipelines.storage.s3 import S3Path
from tests.end_to_end.crawling import crawl, scrapy, stored_rows
from tests.replica.server import Replica
from tests.s3.faulty_server import FaultyS3, leading_to

SINCE = ("-a", "since=2026-04-28")


@pytest.fixture(scope="module")
def server() -> Iterator[FaultyS3]:
    with FaultyS3() as server, leading_to(server, through_faults=False):
        yield server


@pytest.fixture(scope="module")
def replica() -> Iterator[Replica]:
    with Replica(articles=40, seed=9, start="2026-04-26", end="2026-05-01") as replica:
        yield replica


@pytest.fixture
def data_dir(server: FaultyS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> S3Path:
    monkeypatch.setenv("ASIADESK_LEDGER", str(tmp_path / "ledger.sqlite"))
    return S3Path(server.bucket, "news/asia", tmp_path)


def test_a_crawl_and_every_command_work_over_a_bucket(
    server: FaultyS3, replica: Replica, data_dir: S3Path
) -> None:
    with server.failing(0.1, seed=4), leading_to(server):
        done = crawl(replica, data_dir, *SINCE)
    assert done.returncode == 0, done.stderr
    wanted = {row["article_id"] for row in replica.truth(since="2026-04-28")}
    rows = stored_rows(data_dir)
    assert set(rows) == wanted
    for row in rows.values():
        assert read_raw(data_dir, row["raw_file"], row["raw_offset"]).status == 200
    assert not list((data_dir.local / "raw").rglob("*.warc"))
    (report,) = (data_dir / "runs").glob("*.json")
    assert json.loads(report.read_bytes())["rows"] == len(wanted)

    counted = scrapy(data_dir, "query", "--format", "csv", "SELECT count(*) AS n FROM articles")
    assert counted.stdout == f"n\n{len(wanted)}\n", counted.stderr
    examined = scrapy(data_dir, "doctor", "--deep")
    assert (examined.returncode, examined.stdout) == (0, "All is well.\n"), examined.stdout + examined.stderr
    reparsed = scrapy(data_dir, "reparse", "--outlet", "sputnik")
    assert reparsed.returncode == 0, reparsed.stdout + reparsed.stderr
    assert f"{len(wanted)} rows, 0 read" in reparsed.stdout
    clusters = scrapy(data_dir, "clusters", "--rebuild")
    assert clusters.returncode == 0, clusters.stderr

    (articles,) = partitions(data_dir, "articles")
    assert isinstance(articles.path, S3Path)
    articles.path.write(articles.path.read_bytes()[:-20])
    mended = scrapy(data_dir, "doctor")
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert "rows made again" in mended.stdout
    assert len(read_partition(articles.path)) > 0
    assert list((data_dir.local / "damaged").iterdir())


def test_a_bucket_that_is_not_there_is_said_in_one_line(data_dir: S3Path) -> None:
    done = scrapy(S3Path("no-such-bucket", "news", data_dir.local), "diff", "sputnik:1")
    assert done.returncode == 2, done.stderr
    said = done.stdout + done.stderr
    assert "s3://no-such-bucket/news: " in said
    assert "Traceback" not in said


def test_a_ledger_that_would_lie_in_the_bucket_is_refused(server: FaultyS3) -> None:
    for command in (["crawl", "sputnik"], ["status"]):
        done = scrapy(S3Path(server.bucket, "nowhere", Path()), *command)
        assert done.returncode == 2, done.stderr
        said = done.stdout + done.stderr
        assert "the ledger cannot lie in a bucket" in said, said
        assert "Traceback" not in said
