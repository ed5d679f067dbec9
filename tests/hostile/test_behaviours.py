"""Servers that break HTTP: each request ends with a name, soon, and the next page is served."""

from __future__ import annotations

import pytest

from tests.hostile.behaviours import BEHAVIOURS, PAGE
from tests.hostile.fetch import Fetched, fetch
from tests.hostile.server import HostileServer

QUICK = sorted(name for name, behaviour in BEHAVIOURS.items() if not behaviour.slow)
SLOW = sorted(name for name, behaviour in BEHAVIOURS.items() if behaviour.slow)


def fetch_with_good_pages_between(names: list[str]) -> tuple[HostileServer, Fetched]:
    with HostileServer({f"/good/{name}": (PAGE, "text/html") for name in names}) as server:
        urls = [server.url(path) for name in names for path in (f"/{name}", f"/good/{name}")]
        settings = {"CONCURRENT_REQUESTS": 1}
        return server, fetch(urls, origin=server.origin, settings=settings, timeout=600)


@pytest.fixture(scope="module")
def quick() -> tuple[HostileServer, Fetched]:
    return fetch_with_good_pages_between(QUICK)


@pytest.mark.parametrize("name", QUICK)
def test_a_broken_answer_ends_with_a_name(quick: tuple[HostileServer, Fetched], name: str) -> None:
    server, fetched = quick
    outcome = fetched[server.url(f"/{name}")]
    assert {outcome.status, outcome.reason, outcome.error} & BEHAVIOURS[name].expected, outcome
    assert outcome.ended - outcome.started < 35


@pytest.mark.parametrize("name", QUICK)
def test_the_next_page_is_served_whole(quick: tuple[HostileServer, Fetched], name: str) -> None:
    server, fetched = quick
    outcome = fetched[server.url(f"/good/{name}")]
    assert (outcome.status, outcome.text) == (200, PAGE.decode())


def test_no_answer_costs_much_memory(quick: tuple[HostileServer, Fetched]) -> None:
    assert quick[1].peak_memory_mib < 600


def test_a_server_that_says_nothing_is_left_after_the_download_timeout() -> None:
    with HostileServer({"/robots.txt": (b"", "text/plain")}) as server:
        url = server.url("/silent")
        outcome = fetch([url], origin=server.origin, settings={"DOWNLOAD_TIMEOUT": 1.5})[url]
    assert outcome.error == "DownloadTimeoutError"
    assert "longer than 1.5 seconds" in outcome.message


@pytest.mark.chaos
def test_slow_answers_end_within_the_patience_of_one_request() -> None:
    server, fetched = fetch_with_good_pages_between(SLOW)
    for name in SLOW:
        outcome = fetched[server.url(f"/{name}")]
        assert {outcome.reason, outcome.error} & BEHAVIOURS[name].expected, outcome
        assert fetched[server.url(f"/good/{name}")].status == 200
    assert fetched.seconds < 35 * len(SLOW)
