"""Whole crawls with their ledger on a PostgreSQL server."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.storage.ledger import Ledger, LinkState
from tests.end_to_end.crawling import ROOT, crawl, crawl_command, last_report, stored_rows
from tests.pipelines.storage.postgres import PrivatePostgres
from tests.replica.server import Replica

WORLD = {"articles": 60, "seed": 9, "start": "2026-04-26", "end": "2026-05-01"}
SINCE = ("-a", "since=2026-04-20")


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica(**WORLD) as replica:
        yield replica


def _ids(replica: Replica) -> set[str]:
    return {row["article_id"] for row in replica.truth(since="2026-04-20")}


def test_a_crawl_and_its_repetition_are_as_with_a_ledger_in_a_file(
    tmp_path: Path, postgres: PrivatePostgres, replica: Replica
) -> None:
    url = postgres.empty_database()
    first = crawl(replica, tmp_path, *SINCE, "-s", f"LEDGER={url}")
    assert first.returncode == 0, first.stderr
    assert set(stored_rows(tmp_path)) == _ids(replica)
    again = crawl(replica, tmp_path, *SINCE, "-s", f"LEDGER={url}", "-s", "RECHECK=False")
    assert again.returncode == 0, again.stderr
    assert last_report(tmp_path)["rows"] == 0
    assert not (tmp_path / "state" / "ledger.sqlite").exists()


def test_two_machines_that_share_a_ledger_do_not_crawl_one_outlet_at_once(
    tmp_path: Path, postgres: PrivatePostgres, replica: Replica
) -> None:
    url = postgres.empty_database()
    with Ledger.open(url) as elsewhere:
        elsewhere.begin_run("sputnik-elsewhere", "sputnik")
        refused = crawl(replica, tmp_path, *SINCE, "-s", f"LEDGER={url}")
        assert refused.returncode == 75, refused.stderr
        assert "sputnik is being crawled by asiadesk sputnik-elsewhere" in refused.stderr
    assert crawl(replica, tmp_path, *SINCE, "-s", f"LEDGER={url}").returncode == 0


def test_a_lost_server_ends_the_run_with_21_and_the_next_one_completes_it(
    tmp_path: Path, postgres: PrivatePostgres, replica: Replica
) -> None:
    url = postgres.empty_database()
    options = (*SINCE, "-s", f"LEDGER={url}", "-s", "DOWNLOAD_DELAY=0.1")
    with subprocess.Popen(
        crawl_command(replica, tmp_path, *options), cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as running:
        _wait_until_something_is_staged(url)
        postgres.stop()
        _, said = running.communicate(timeout=120)
    postgres.start()
    assert running.returncode == 21, said
    assert "check that the database server runs" in said
    completed = crawl(replica, tmp_path, *SINCE, "-s", f"LEDGER={url}")
    assert completed.returncode == 0, completed.stderr
    assert set(stored_rows(tmp_path)) == _ids(replica)


def _wait_until_something_is_staged(url: str) -> None:
    deadline = time.monotonic() + 60
    with Ledger.open(url) as ledger:
        while not ledger.counts("sputnik").get(LinkState.STAGED):
            assert time.monotonic() < deadline
            time.sleep(0.05)
