"""Politeness as a server sees it: robots.txt, gaps between requests, pauses, budget."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.behaviours import Exchange
from tests.hostile.fetch import Fetched, fetch
from tests.hostile.server import HostileServer
from tests.lateness import Lateness

PAGES = [f"/page/{n}" for n in range(5)]


class Outlet(HostileServer):
    """Serves a robots.txt and every page; `answers` holds what to say first: path → (status, headers) …"""

    def __init__(self, robots: str | int = "") -> None:
        super().__init__()
        self.robots = robots
        self.answers: dict[str, list[tuple[int, dict[str, str]]]] = {}

    def respond(self, path: str, exchange: Exchange) -> bool:
        if path == "/robots.txt":
            status = self.robots if isinstance(self.robots, int) else 200
            exchange.answer(str(self.robots).encode(), status=status, Content_Type="text/plain")
            return True
        if waiting := self.answers.get(path):
            status, headers = waiting.pop(0)
            exchange.answer(b"later", status=status, **headers)
            return True
        exchange.answer()
        return True

    def asked(self, *paths: str) -> list[float]:
        """When each request for these paths arrived."""
        return [seen.at for seen in self.requests if not paths or seen.path in paths]


def crawl(outlet: Outlet, paths: list[str] = PAGES, **settings: Any) -> Fetched:
    return fetch([outlet.url(path) for path in paths], origin=outlet.origin, settings=settings)


def gaps(times: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(sorted(times))]


@pytest.fixture
def lateness() -> Iterator[Lateness]:
    with Lateness() as lateness:
        yield lateness


def test_no_two_requests_are_closer_than_the_delay(lateness: Lateness) -> None:
    with Outlet() as outlet:
        crawl(outlet, DOWNLOAD_DELAY=0.4)
    assert len(outlet.asked()) == 6  # with robots.txt, which counts too
    assert min(gaps(outlet.asked())) >= 0.4 - lateness.tolerance


def test_crawl_delay_is_kept_where_it_is_longer_than_our_own(lateness: Lateness) -> None:
    with Outlet("User-agent: *\nCrawl-delay: 0.8\nUser-agent: other\nCrawl-delay: 9") as outlet:
        crawl(outlet, PAGES[:4], DOWNLOAD_DELAY=0.1)
    assert min(gaps(outlet.asked(*PAGES))) >= 0.8 - lateness.tolerance
    assert max(gaps(outlet.asked(*PAGES))) < 1.5 + 10 * lateness.tolerance


def test_two_outlets_on_one_host_share_its_delay(tmp_path: Path, lateness: Lateness) -> None:
    with Outlet() as outlet:
        crawls = [
            threading.Thread(
                target=crawl,
                args=(outlet, [f"{path}-{n}" for path in PAGES]),
                kwargs={
                    "DOWNLOAD_DELAY": 0.4,
                    "DATA_DIR": str(tmp_path),
                    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
                },
            )
            for n in range(2)
        ]
        for thread in crawls:
            thread.start()
        for thread in crawls:
            thread.join()
    assert len(outlet.asked()) >= 11
    assert min(gaps(outlet.asked())) >= 0.4 - lateness.tolerance


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_kept_to_the_second_and_the_page_comes_back(
    status: int, as_date: bool, lateness: Lateness
) -> None:
    wait = "2"
    if as_date:
        wait = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    headers = {"Retry-After": wait, "Date": format_datetime(datetime.now(UTC), usegmt=True)}
    with Outlet() as outlet:
        outlet.answers["/page/0"] = [(status, headers)]
        fetched = crawl(outlet, CONCURRENT_REQUESTS=1)
    assert fetched[outlet.url("/page/0")].status == 200
    refused_at = outlet.asked("/page/0")[0]
    later = [at for at in outlet.asked() if at > refused_at]
    assert 2 - lateness.tolerance <= min(later) - refused_at < 3.5 + 10 * lateness.tolerance


def test_without_retry_after_the_pauses_grow(lateness: Lateness) -> None:
    with Outlet() as outlet:
        outlet.answers["/page/0"] = [(503, {}), (503, {})]
        fetched = crawl(outlet, ["/page/0"], BACK_OFF=0.5)
    assert fetched[outlet.url("/page/0")].status == 200
    first, second = gaps(outlet.asked("/page/0"))
    assert 0.5 - lateness.tolerance <= first < 0.95 + 10 * lateness.tolerance
    assert 1.0 - lateness.tolerance <= second < 1.6 + 10 * lateness.tolerance


def test_a_host_that_sends_us_away_for_long_ends_the_run_and_the_next_one_too(tmp_path: Path) -> None:
    with Outlet() as outlet:
        outlet.answers["/page/1"] = [(503, {"Retry-After": "3600"})]
        first = crawl(outlet, CONCURRENT_REQUESTS=1, DATA_DIR=str(tmp_path))
        asked = len(outlet.asked())
        second = crawl(outlet, DATA_DIR=str(tmp_path))
    assert first.close_reason == second.close_reason == "asked-to-wait"
    assert first.seconds < 10
    assert len(outlet.asked()) == asked
    assert {outcome.reason for outcome in second.outcomes.values()} <= {"asked-to-wait", None}


@pytest.mark.parametrize("status", [500, 503, 429])
def test_robots_txt_without_an_answer_stops_the_outlet(status: int) -> None:
    with Outlet(status) as outlet:
        fetched = crawl(outlet)
    assert fetched.close_reason == "robots-unreachable"
    assert outlet.asked(*PAGES) == []
    assert {outcome.reason for outcome in fetched.outcomes.values()} <= {"robots-unreachable", None}


def test_a_server_that_is_down_stops_the_outlet() -> None:
    with Outlet() as outlet:
        pass
    assert crawl(outlet).close_reason == "robots-unreachable"


@pytest.mark.parametrize(
    "status", [404, 403, *(pytest.param(n, marks=pytest.mark.chaos) for n in (400, 401, 410))]
)
def test_robots_txt_that_is_missing_lets_go(status: int) -> None:
    with Outlet(status) as outlet:
        fetched = crawl(outlet, PAGES[:1])
    assert fetched[outlet.url(PAGES[0])].status == 200


def test_each_forbidden_link_is_refused_by_name() -> None:
    with Outlet("User-agent: *\nDisallow: /page/2\nDisallow: /page/3") as outlet:
        outlet.answers["/page/4"] = [(302, {"Location": "/page/2"})]
        fetched = crawl(outlet)
    assert [fetched[outlet.url(path)].reason for path in PAGES] == [None, None, "robots", "robots", "robots"]
    assert outlet.asked("/page/2", "/page/3") == []


def test_robots_txt_is_asked_once_a_day(tmp_path: Path) -> None:
    with Outlet("User-agent: *\nDisallow: /page/2") as outlet:
        for _ in range(2):
            fetched = crawl(outlet, PAGES[:3], DATA_DIR=str(tmp_path))
            assert fetched[outlet.url("/page/2")].reason == "robots"
        [kept] = (tmp_path / "state" / "robots").iterdir()
        answer = json.loads(kept.read_text())
        answer["asked_at"] = (datetime.now(UTC) - timedelta(days=1, seconds=1)).isoformat()
        kept.write_text(json.dumps(answer))
        crawl(outlet, PAGES[:1], DATA_DIR=str(tmp_path))
    assert len(outlet.asked("/robots.txt")) == 2


def test_a_spent_budget_ends_the_run_and_holds_for_the_day(tmp_path: Path) -> None:
    settings = {"DAILY_REQUEST_BUDGET": 3, "DATA_DIR": str(tmp_path), "CONCURRENT_REQUESTS": 1}
    with Outlet() as outlet:
        first = crawl(outlet, **settings)
        second = crawl(outlet, **settings)
    assert first.close_reason == second.close_reason == "budget-spent"
    assert len(outlet.asked()) == 3


def test_the_server_is_told_who_asks() -> None:
    with Outlet() as outlet:
        outlet.answers["/page/0"] = [(302, {"Location": "/page/1"})]
        crawl(outlet, PAGES[:1])
    assert outlet.asked("/page/1")
    assert all("user-agent: asiadesk/" in seen.head.lower() for seen in outlet.requests)
    assert all("(+https://" in seen.head for seen in outlet.requests)
    assert not any(
        "cookie:" in seen.head.lower() or "referer:" in seen.head.lower() for seen in outlet.requests
    )
