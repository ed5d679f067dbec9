"""A sample of what `make chaos` does in full: whole crawls of the replica, broken from outside."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

from tests.faults import strace
from tests.faults.whole_crawl import CannotMount, CrawlLaboratory

pytestmark = pytest.mark.skipif(not strace.available(), reason=strace.MISSING)


@pytest.fixture(scope="module")
def laboratory() -> Iterator[CrawlLaboratory]:
    with CrawlLaboratory(with_further_runs=False) as laboratory:
        yield laboratory


@functools.cache
def points(laboratory: CrawlLaboratory) -> list[strace.Point]:
    return laboratory.points()


def some(laboratory: CrawlLaboratory, share: float) -> strace.Point:
    """The point that lies this far into the crawl."""
    found = points(laboratory)
    return found[int(share * len(found))]


@pytest.mark.parametrize("share", [0.1, 0.35, 0.6, 0.85, 0.98])
def test_a_kill_at_a_system_call_loses_nothing(laboratory: CrawlLaboratory, share: float) -> None:
    laboratory.kill_at(some(laboratory, share))


@pytest.mark.parametrize(
    ("error", "share"), [("ENOSPC", 0.2), ("ENOSPC", 0.95), ("EIO", 0.5), ("EROFS", 0.75)]
)
def test_a_failing_disk_is_said_and_loses_nothing(
    laboratory: CrawlLaboratory, error: str, share: float
) -> None:
    laboratory.fail_at(some(laboratory, share), error, from_then_on=True)


def test_a_kill_at_any_time_loses_nothing(laboratory: CrawlLaboratory) -> None:
    laboratory.kill_after(1.5)


def test_a_disk_that_is_really_full_is_said_and_loses_nothing(laboratory: CrawlLaboratory) -> None:
    try:
        laboratory.fill_disk(6)
    except CannotMount as error:
        pytest.skip(f"no file system can be mounted here: {error}")
