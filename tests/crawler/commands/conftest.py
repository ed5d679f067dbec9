"""A crawled data folder for the commands that work on one: forty articles, one of them quarantined."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.crawling import crawl
from tests.replica.server import Replica

SINCE = ("-a", "since=2026-04-18", "-s", "QUARANTINE_LIMIT=1")


@pytest.fixture(scope="module")
def replica() -> Iterator[Replica]:
    with Replica(articles=40, seed=6, start="2026-04-20", end="2026-05-01") as replica:
        yield replica


@pytest.fixture(scope="module")
def crawled(replica: Replica, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("data")
    article = replica.truth(since="2026-04-18")[0]
    replica.set_faults(
        {"path": "^" + article["canonical_url"].removeprefix("https://sputnikglobe.com"), "kind": "empty"}
    )
    result = crawl(replica, data_dir, *SINCE)
    replica.set_faults()
    assert result.returncode == 0, result.stderr[-2000:]
    return data_dir


@pytest.fixture
def data_dir(crawled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(crawled, tmp_path / "data"))
