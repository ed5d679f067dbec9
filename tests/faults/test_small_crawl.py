"""A sample of what `make chaos` does in full: crawls in small, broken at points of every kind."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

from tests.faults import strace
from tests.faults.campaign import Laboratory
from tests.faults.invariants import Violation
from tests.faults.power_loss import Disk

pytestmark = pytest.mark.skipif(not strace.available(), reason=strace.MISSING)


@pytest.fixture(scope="module")
def laboratory() -> Iterator[Laboratory]:
    """Crawls that find a data folder with articles of an earlier run."""
    with Laboratory() as laboratory:
        yield laboratory


@pytest.fixture(scope="module")
def first_crawls() -> Iterator[Laboratory]:
    """Crawls that find nothing."""
    with Laboratory(from_nothing=True) as laboratory:
        yield laboratory


@functools.cache
def points(laboratory: Laboratory) -> list[strace.Point]:
    return laboratory.points()


@functools.cache
def disk(laboratory: Laboratory) -> Disk:
    return laboratory.trace_disk()


def some(laboratory: Laboratory, share: float) -> strace.Point:
    """The point that lies this far into the crawl."""
    found = points(laboratory)
    return found[int(share * len(found))]


@pytest.mark.parametrize("share", [number / 14 for number in range(14)])
def test_a_kill_at_a_system_call_loses_nothing(laboratory: Laboratory, share: float) -> None:
    laboratory.kill_at(some(laboratory, share))


@pytest.mark.parametrize("share", [0.03, 0.3, 0.6, 0.9])
def test_a_kill_of_the_first_crawl_loses_nothing(first_crawls: Laboratory, share: float) -> None:
    first_crawls.kill_at(some(first_crawls, share))


@pytest.mark.parametrize("from_then_on", [False, True], ids=["once", "from-then-on"])
@pytest.mark.parametrize("share", [0.1, 0.4, 0.8])
@pytest.mark.parametrize("error", ["ENOSPC", "EIO", "EROFS"])
def test_a_failing_disk_is_said_and_loses_nothing(
    laboratory: Laboratory, error: str, share: float, from_then_on: bool
) -> None:
    laboratory.fail_at(some(laboratory, share), error, from_then_on=from_then_on)


@pytest.mark.parametrize("size", [5_000, 17_001, 60_001, 140_000])
def test_a_write_cut_short_loses_nothing(laboratory: Laboratory, size: int) -> None:
    laboratory.limit_files_to(size)


@pytest.mark.parametrize("milliseconds", [15, 40, 65, 90, 130])
def test_a_kill_at_any_time_loses_nothing(laboratory: Laboratory, milliseconds: int) -> None:
    laboratory.kill_after(milliseconds / 1000)


@pytest.mark.parametrize(("first", "second"), [(0.2, 0.02), (0.5, 0.05), (0.7, 0.1), (0.95, 0.03)])
def test_a_kill_during_recovery_loses_nothing(laboratory: Laboratory, first: float, second: float) -> None:
    laboratory.kill_recovery_at(some(laboratory, first), some(laboratory, second))


@pytest.mark.parametrize("kind", ["all unsynced lost", "some unsynced lost"])
@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.7, 0.95])
def test_a_power_loss_loses_nothing_acknowledged(laboratory: Laboratory, kind: str, share: float) -> None:
    history = disk(laboratory)
    laboratory.lose_power(history, int(share * history.length), kind, seed=int(100 * share))


@pytest.mark.parametrize("share", [0.15, 0.4, 0.8])
def test_a_power_loss_in_the_first_crawl_loses_nothing_acknowledged(
    first_crawls: Laboratory, share: float
) -> None:
    history = disk(first_crawls)
    first_crawls.lose_power(history, int(share * history.length), "all unsynced lost", seed=1)


def test_the_laboratory_sees_what_was_never_synced(laboratory: Laboratory) -> None:
    """A crawl that does not sync must be found out, or all the other tests prove nothing."""
    history = laboratory.trace_disk(never_sync=True)
    with pytest.raises(Violation):
        for share in (0.5, 0.7, 0.9):
            laboratory.lose_power(history, int(share * history.length), "all unsynced lost", seed=1)


def test_readers_were_at_work_all_the_time(laboratory: Laboratory) -> None:
    laboratory.kill_at(some(laboratory, 0.97))
    assert laboratory.reads > 3
