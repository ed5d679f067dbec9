"""Gaps, pauses and budgets: measured on real time where time is the promise."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from scrapy.http import Response

from crawler.politeness import RETRY_AFTER_CAP, DailyBudget, HostClock, retry_after


def clock(folder: Path, delay: float, longest_wait: float = 60) -> HostClock:
    return HostClock(folder / "site.example.json", delay, longest_wait)


async def starts(host: HostClock, count: int) -> list[float]:
    """When `count` requests that are ready at once are sent."""
    times = []

    async def send() -> None:
        turn = await host.turn()
        times.append(time.monotonic())
        turn.use()

    await asyncio.gather(*(send() for _ in range(count)))
    return times


def gaps(times: list[float]) -> list[float]:
    ordered = sorted(times)
    return [later - earlier for earlier, later in pairwise(ordered)]


def test_requests_start_no_closer_than_the_delay(tmp_path: Path) -> None:
    times = asyncio.run(starts(clock(tmp_path, 0.05), 6))
    assert min(gaps(times)) >= 0.05
    assert max(gaps(times)) < 0.2


def test_the_gap_counts_from_the_sending_not_from_the_waiting(tmp_path: Path) -> None:
    async def slow_connection() -> float:
        host = clock(tmp_path, 0.1)
        turn = await host.turn()
        await asyncio.sleep(0.1)
        turn.use()
        sent = time.monotonic()
        await host.turn()
        return time.monotonic() - sent

    assert asyncio.run(slow_connection()) >= 0.1


def _send_from_a_process(folder: Path, count: int, out: multiprocessing.Queue[list[float]]) -> None:
    out.put(asyncio.run(starts(clock(folder, 0.05), count)))


def test_two_processes_share_the_gap_of_one_host(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    out = context.Queue()
    processes = [context.Process(target=_send_from_a_process, args=(tmp_path, 8, out)) for _ in range(2)]
    for process in processes:
        process.start()
    times = out.get() + out.get()
    for process in processes:
        process.join()
    assert len(times) == 16
    assert min(gaps(times)) >= 0.05


def test_a_pause_holds_all_requests_of_all_processes(tmp_path: Path) -> None:
    clock(tmp_path, 0).pause(0.3)
    began = time.monotonic()
    times = asyncio.run(starts(clock(tmp_path, 0.01), 2))
    assert min(times) - began >= 0.29


def test_a_shorter_pause_does_not_end_a_longer_one(tmp_path: Path) -> None:
    host = clock(tmp_path, 0)
    host.pause(0.3)
    host.pause(0.01)
    began = time.monotonic()
    asyncio.run(starts(host, 1))
    assert time.monotonic() - began >= 0.29


def test_a_pause_longer_than_a_run_waits_is_said_at_once(tmp_path: Path) -> None:
    host = clock(tmp_path, 0.01, longest_wait=5)
    host.pause(3_600)
    with pytest.raises(TimeoutError):
        asyncio.run(starts(host, 1))


@pytest.mark.parametrize(
    "content", ["", "{}", "[1]", '["a", "b"]', "[1e12, 1e12]", "\x00" * 40, "[NaN, NaN]"]
)
def test_a_broken_clock_file_does_not_stop_the_crawl(tmp_path: Path, content: str) -> None:
    (tmp_path / "site.example.json").write_text(content)
    began = time.monotonic()
    asyncio.run(starts(clock(tmp_path, 0.01), 2))
    assert time.monotonic() - began < 1


def test_a_clock_kept_from_before_a_restart_does_not_hold_the_host(tmp_path: Path) -> None:
    (tmp_path / "site.example.json").write_text(f"[{time.monotonic() + 1_800}, 0]")
    began = time.monotonic()
    asyncio.run(starts(clock(tmp_path, 0.01), 1))
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("Tue, 24 Nov 2026 10:00:30 GMT", 30),
        ("Tuesday, 24-Nov-26 10:00:30 GMT", 30),
        ("Tue, 24 Nov 2026 09:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", RETRY_AFTER_CAP),
        ("99999999999999999999", RETRY_AFTER_CAP),
        ("9" * 5_000, RETRY_AFTER_CAP),
        ("-5", None),
        ("soon", None),
        ("1.5", None),
        ("٣", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_servers_clock(header: str, seconds: float | None) -> None:
    headers = {"Retry-After": header.encode(), "Date": b"Tue, 24 Nov 2026 10:00:00 GMT"}
    assert retry_after(Response("https://site.example/", status=503, headers=headers)) == seconds


def test_the_budget_is_for_a_day_and_survives_the_run(tmp_path: Path) -> None:
    today, tomorrow = datetime(2026, 11, 24, 23, 59, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC)
    path = tmp_path / "sputnik.json"
    budget = DailyBudget(path, 3)
    assert [budget.spend(today) for _ in range(2)] == [True, True]
    budget.save()
    budget = DailyBudget(path, 3)
    assert [budget.spend(today) for _ in range(2)] == [True, False]
    assert budget.spend(tomorrow)


def test_a_broken_budget_file_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "sputnik.json"
    path.write_text("{")
    assert DailyBudget(path, 3).spend(datetime(2026, 11, 24, tzinfo=UTC))


def test_no_budget_is_no_limit(tmp_path: Path) -> None:
    budget = DailyBudget(tmp_path / "sputnik.json", 0)
    assert all(budget.spend(datetime(2026, 11, 24, tzinfo=UTC)) for _ in range(100))
