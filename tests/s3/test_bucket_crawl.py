"""A sample of what `make chaos` does in full: crawls in small over a bucket, with faults and kills."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.s3.bucket_crawl import BucketLaboratory, race, storm
from tests.s3.faulty_server import MOMENTS


@pytest.fixture(scope="module")
def laboratory() -> Iterator[BucketLaboratory]:
    with BucketLaboratory() as laboratory:
        yield laboratory


def test_a_crawl_whose_calls_fail_stores_the_same(laboratory: BucketLaboratory) -> None:
    laboratory.crawl_with_faults()


@pytest.mark.parametrize(("number", "moment"), [*zip((0, 2, 5), MOMENTS, strict=True)])
def test_a_kill_in_an_upload_loses_nothing(laboratory: BucketLaboratory, number: int, moment: str) -> None:
    assert laboratory.kill_in_upload(number, moment)


@pytest.mark.parametrize("number", [0, 5])
def test_a_bucket_out_of_reach_is_said_and_loses_nothing(laboratory: BucketLaboratory, number: int) -> None:
    laboratory.outage_from(number)


def test_batches_whose_calls_fail_arrive_each_once(laboratory: BucketLaboratory, tmp_path: Path) -> None:
    assert len(list(storm(laboratory.server, tmp_path, batches=12, seed=1))) == 12


def test_two_writers_with_a_ledger_each_lose_nothing(laboratory: BucketLaboratory, tmp_path: Path) -> None:
    before = laboratory.server.calls["412"]
    assert len(list(race(laboratory.server, tmp_path, rounds=6, seed=1))) == 6
    assert laboratory.server.calls["412"] > before, "nobody was ever in the other's way"
