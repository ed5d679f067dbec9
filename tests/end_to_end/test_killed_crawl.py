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


def test_twenty_kills_lose_nothing_and_store_nothing_twice(tmp_path):
    dice = random.Random(20260501)
    with Replica(**WORLD) as replica:
        assert crawl(replica, tmp_path / "alone", *SINCE).returncode == 0
        alone = {i: page_fields(row) for i, row in stored_rows(tmp_path / "alone").items()}
        killed = tmp_path / "killed"
        replica.set_faults({"path": "html$", "kind": "slow", "seconds": 0.02})
        deaths = 0
        for _ in range(KILLS):
            process = subprocess.Popen(
                crawl_command(replica, killed, *SINCE),
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(dice.uniform(0.5, 3.0))
            process.kill()
            deaths += process.wait() == -9
            stored_rows(killed)  # whole files only, and no article twice, at every moment
        replica.set_faults()
        assert deaths >= KILLS // 2, "the crawl ended before it could be killed: the test shows nothing"
        result = crawl(replica, killed, *SINCE)
        assert result.returncode == 0, result.stderr[-3000:]
        assert {i: page_fields(row) for i, row in stored_rows(killed).items()} == alone
        with Ledger.open(killed / "state" / "ledger.sqlite") as ledger:
            assert set(ledger.counts("sputnik")) <= TERMINAL
            assert {run.status for run in ledger.runs("sputnik")} == {"done", "failed"}
        rows = stored_rows(killed)
        assert crawl(replica, killed, *SINCE).returncode == 0
        assert stored_rows(killed) == rows
