"""A crawl killed at any moment and run again ends with the same rows as one that was left alone."""

import random
import subprocess
import time

from pipelines.storage.ledger import TERMINAL, Ledger
from tests.end_to_end.crawling import ROOT, crawl, crawl_command, page_fields, stored_rows
from tests.replica.server import Replica

KILLS = 20
WORLD = {"articles": 240, "seed": 5, "start": "2026-04-24", "end": "2026-05-01"}
SINCE = ("-a", "since=2026-04-20")


def kill_one_crawl(replica, data_dir, dice):
    """Start a crawl, kill it a random moment after a random number of requests; whether it died of it."""
    replica.reset_requests()
    wanted = dice.randrange(1, 40)
    process = subprocess.Popen(
        crawl_command(replica, data_dir, *SINCE),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and replica.requests()["total"] < wanted:
        time.sleep(0.01)
    time.sleep(dice.uniform(0, 0.5))
    process.kill()
    died = process.wait() == -9
    stored_rows(data_dir)  # whole files only, and no article twice, at every moment
    return died


def test_twenty_kills_lose_nothing_and_store_nothing_twice(tmp_path):
    dice = random.Random(20260501)
    with Replica(**WORLD) as replica:
        assert crawl(replica, tmp_path / "alone", *SINCE).returncode == 0
        alone = {i: page_fields(row) for i, row in stored_rows(tmp_path / "alone").items()}
        killed = tmp_path / "killed"
        replica.set_faults({"path": "html$", "kind": "slow", "seconds": 0.02})
        deaths = sum(kill_one_crawl(replica, killed, dice) for _ in range(KILLS))
        replica.set_faults()
        assert deaths >= KILLS // 2, "the crawl ended before it could be killed: the test shows nothing"
        result = crawl(replica, killed, *SINCE)
        assert result.returncode == 0, result.stderr[-3000:]
        assert {i: page_fields(row) for i, row in stored_rows(killed).items()} == alone
        with Ledger.open(killed / "state" / "ledger.sqlite") as ledger:
            assert set(ledger.counts("sputnik")) <= TERMINAL
            assert {run.status for run in ledger.runs("sputnik")} == {"done", "failed"}, "no run was killed"
        rows = stored_rows(killed)
        assert crawl(replica, killed, *SINCE).returncode == 0
        assert stored_rows(killed) == rows
