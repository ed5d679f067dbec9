"""The frontier plans what a run looks at and hands out links, each once, as many as there is room for."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.channels import Feed, ListedLink, Listing, ListMarkup, Window
from crawler.frontier import (
    FIRST_WINDOW,
    NOT_ASIA,
    RECHECK_AGES,
    Frontier,
    asks_in_full,
    next_recheck,
    plan_window,
)
from pipelines.storage.ledger import KnownLink, Ledger, LinkState, Outcome

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = NOW.date()
ASIA = Listing("/asia/", ListMarkup("a"))
FEED = Feed("/rss")


def test_the_first_run_sweeps_a_week():
    assert plan_window(NOW, None, None, None) == (Window(TODAY - FIRST_WINDOW, TODAY), True)


def test_a_run_within_a_day_of_the_sweep_looks_at_two_days():
    window, sweeps = plan_window(NOW, None, None, NOW - timedelta(hours=23))
    assert (window, sweeps) == (Window(TODAY - timedelta(days=1), TODAY), False)


def test_after_a_gap_the_sweep_reaches_behind_the_last_one():
    window, sweeps = plan_window(NOW, None, None, NOW - timedelta(days=10))
    assert sweeps
    assert window.since == date(2026, 11, 12)


@pytest.mark.parametrize(
    ("since", "until", "window"),
    [
        (date(2026, 1, 1), None, Window(date(2026, 1, 1), TODAY)),
        (date(2026, 1, 1), date(2026, 1, 31), Window(date(2026, 1, 1), date(2026, 1, 31))),
        (None, date(2026, 1, 31), Window(date(2026, 1, 24), date(2026, 1, 31))),
    ],
)
def test_the_users_own_days_are_swept(since, until, window):
    assert plan_window(NOW, since, until, NOW) == (window, True)


@given(st.timedeltas(timedelta(0), timedelta(days=60)))
def test_rechecks_come_later_and_later_and_end(age):
    due = next_recheck(NOW - age, NOW)
    if age >= RECHECK_AGES[-1]:
        assert due is None
    else:
        assert NOW.timestamp() < due + 1
        assert timedelta(seconds=due - (NOW - age).timestamp()) <= RECHECK_AGES[-1] + timedelta(seconds=1)


def test_only_the_last_recheck_asks_without_condition():
    seen = int(NOW.timestamp())
    asked = [
        asks_in_full(KnownLink(b"", None, "outlet", LinkState.STORED, first_seen_at=seen, due_at=due))
        for due in (seen + int(age.total_seconds()) for age in RECHECK_AGES)
    ]
    assert asked == [False, False, False, False, False, True]


class Storage:
    """The part of a session that a frontier uses, on a real ledger."""

    outlet = "outlet"
    run_id = "outlet-1"
    uncommitted = 0

    async def room(self):
        pass

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.seconds = 0

    def now(self) -> datetime:
        self.seconds += 1
        return NOW + timedelta(seconds=self.seconds)

    async def call(self, function, *args):
        return function(*args)

    def settle(self, link: KnownLink, state: LinkState, reason: str | None = None) -> None:
        now = int(self.now().timestamp())
        outcome = Outcome(link.key, self.outlet, self.run_id, now, state, reason=reason, url=link.url)
        self.ledger.record([outcome], now)


@pytest.fixture
def storage(tmp_path):
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        ledger.begin_run(Storage.run_id, Storage.outlet)
        yield Storage(ledger)


def frontier_on(storage, limit=None, at_once=100):
    return Frontier(storage, Window(TODAY, TODAY), limit, at_once)


def shown(*numbers):
    return [(bytes([n]) * 16, ListedLink(f"https://outlet.example/{n}.html", f"Title {n}")) for n in numbers]


async def drain(frontier):
    """All links that the frontier gives, settled as they come."""
    given = []
    while (found := await frontier.next_link()) is not None:
        given.append(found[0].url.rpartition("/")[2])
        frontier.settled(found[0].key)
    return given


def test_links_are_given_once_in_the_order_of_showing(storage):
    async def run():
        frontier = frontier_on(storage)
        assert await frontier.admit(ASIA, shown(1, 2)) == (2, 2)
        assert await frontier.admit(FEED, shown(2, 3)) == (2, 1)
        return await drain(frontier)

    assert asyncio.run(run()) == ["1.html", "2.html", "3.html"]


def test_what_channels_said_of_a_link_comes_with_it(storage):
    async def run():
        frontier = frontier_on(storage)
        await frontier.admit(ASIA, shown(1))
        await frontier.admit(FEED, shown(1))
        _, listed = await frontier.next_link()
        return [channel for channel, _ in listed]

    assert asyncio.run(run()) == ["listing:/asia/", "feed:/rss"]


def test_unfinished_links_of_earlier_runs_are_resumed_and_finished_ones_are_not(storage):
    async def run():
        first = frontier_on(storage)
        await first.admit(ASIA, shown(1, 2))
        link, _ = await first.next_link()
        storage.settle(link, LinkState.GONE, "http-404")
        second = frontier_on(storage)
        await second.resume(recheck=True)
        await second.admit(ASIA, shown(1, 2))
        return await drain(second)

    assert asyncio.run(run()) == ["2.html"]


def test_a_link_filtered_by_the_feed_is_taken_again_when_the_section_shows_it(storage):
    async def run():
        frontier = frontier_on(storage)
        await frontier.admit(FEED, shown(1))
        link, _ = await frontier.next_link()
        frontier.filtered(link.key)
        frontier.settled(link.key)
        storage.settle(link, LinkState.FILTERED, NOT_ASIA)
        await frontier.admit(FEED, shown(1))
        assert await drain(frontier) == []
        await frontier.admit(ASIA, shown(1))
        again, _ = await frontier.next_link()
        assert frontier.shown_as_asia(again)
        return again.url

    assert asyncio.run(run()) == "https://outlet.example/1.html"


def test_the_limit_ends_the_run_and_leaves_the_rest_in_the_ledger(storage):
    async def run():
        frontier = frontier_on(storage, limit=2)
        await frontier.admit(ASIA, shown(1, 2, 3))
        given = await drain(frontier)
        rest = frontier_on(storage)
        await rest.resume(recheck=False)
        return given, await drain(rest)

    given, rest = asyncio.run(run())
    assert given == ["1.html", "2.html"]
    assert "3.html" in rest


def test_no_more_links_are_out_than_there_is_room_for(storage):
    async def run():
        frontier = frontier_on(storage, at_once=2)
        await frontier.admit(ASIA, shown(1, 2, 3))
        first, _ = await frontier.next_link()
        await frontier.next_link()
        waiting = asyncio.ensure_future(frontier.next_link())
        await asyncio.sleep(0)
        assert not waiting.done()
        assert len(frontier.unsettled()) == 2
        frontier.settled(first.key)
        link, _ = await waiting
        return link.url

    assert asyncio.run(run()) == "https://outlet.example/3.html"


def test_a_run_waits_for_its_channels_before_it_ends(storage):
    async def run():
        frontier = frontier_on(storage)
        frontier.open_page(ASIA)
        waiting = asyncio.ensure_future(frontier.next_link())
        await asyncio.sleep(0)
        assert not waiting.done()
        frontier.close_page()
        return await waiting

    assert asyncio.run(run()) is None


def test_links_beyond_the_memory_of_the_queue_come_from_the_ledger(storage, monkeypatch):
    monkeypatch.setattr("crawler.frontier._QUEUE_LINKS", 3)

    async def run():
        frontier = frontier_on(storage)
        await frontier.admit(FEED, shown(*range(1, 11)))
        given = []
        while (found := await frontier.next_link()) is not None:
            given.append(found[0].url)
            storage.settle(found[0], LinkState.GONE)
            frontier.settled(found[0].key)
        return given

    given = asyncio.run(run())
    assert len(given) == len(set(given)) == 10


def test_an_earlier_run_may_have_left_more_than_the_queue_holds(storage, monkeypatch):
    monkeypatch.setattr("crawler.frontier._QUEUE_LINKS", 3)

    async def run():
        await frontier_on(storage, limit=0).admit(FEED, shown(*range(1, 11)))
        frontier = frontier_on(storage, at_once=2)
        await frontier.resume(recheck=False)
        given, waiting = [], []
        while (found := await frontier.next_link()) is not None:
            given.append(found[0].url)
            waiting.append(found[0])
            if len(waiting) == 2:  # one page is always on its way, and looks unfinished in the ledger
                storage.settle(waiting[0], LinkState.GONE)
                frontier.settled(waiting.pop(0).key)
            if len(given) == 10:
                frontier.settled(waiting.pop().key)
        return given

    given = asyncio.run(run())
    assert len(given) == len(set(given)) == 10
