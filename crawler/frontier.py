"""Frontier: which links to request now; new ones, unfinished ones and re-checks that are due."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from crawler.channels import Channel, ListedLink, Window
from crawler.key_set import KeySet
from pipelines.session import StorageSession
from pipelines.storage.ledger import DiscoveredLink, KnownLink, LinkState

FIRST_WINDOW = timedelta(days=7)
"""How far the first run looks back; `-a since=` goes further."""
SWEEP_EVERY = timedelta(days=1)
"""How often a run looks past what it knows, through archives and sitemaps."""
SWEEP_OVERLAP = timedelta(days=2)
"""A sweep looks this much further back than the last one: outlets backdate and publish late."""

RECHECK_AGES = tuple(
    timedelta(seconds=seconds) for seconds in (900, 3_600, 10_800, 86_400, 3 * 86_400, 30 * 86_400)
)
"""Ages at which a stored article is looked at again: edits come early, then hardly ever."""

ASKED_AGAIN_AFTER = timedelta(days=1)
"""A link that was gone or blocked is asked again so much later, if a channel still shows it …"""
ASKED_AGAIN_FOR = timedelta(days=7)
"""… and no longer than this after it was first seen."""
_LAST_RECHECK_AFTER = timedelta(days=7)

_QUEUE_LINKS = 2_000
"""Links held in memory; the others wait in the ledger."""
NOT_ASIA = "not-asia"


def plan_window(
    now: datetime, since: date | None, until: date | None, last_sweep: datetime | None
) -> tuple[Window, bool]:
    """The days that a run looks at, and whether it sweeps: reads archives and sitemaps past what is known.

    The user's own dates always sweep. Otherwise the first run sweeps a week, a run once a day sweeps what
    came since the last sweep, and the runs between look at yesterday and today.
    """
    today = now.date()
    since, until = (day and min(day, today) for day in (since, until))  # the future has no archive
    if since or until:
        return Window(since or min(today, until or today) - FIRST_WINDOW, until or today), True
    if last_sweep is None:
        return Window(today - FIRST_WINDOW, today), True
    if now - last_sweep >= SWEEP_EVERY:
        return Window((last_sweep - SWEEP_OVERLAP).date(), today), True
    return Window(today - timedelta(days=1), today), False


def next_recheck(published_at: datetime, now: datetime) -> int | None:
    """When to look at an article again, epoch seconds; None once it is older than all re-check ages."""
    due = next((published_at + age for age in RECHECK_AGES if published_at + age > now), None)
    return int(due.timestamp()) if due else None


def asks_in_full(link: KnownLink) -> bool:
    """Whether a re-check asks without condition, as the last one does: some servers always answer 304."""
    return (link.due_at or 0) - link.first_seen_at > _LAST_RECHECK_AFTER.total_seconds()


@dataclass(slots=True)
class ChannelReport:
    """What a channel showed in this run."""

    status: str = "not answered"
    """"ok" when at least one page was read, else what the last one failed with."""
    links: int = 0
    new: int = 0
    pages: int = 0
    unchanged: int = 0
    """Pages answered with 304."""
    failed: int = 0

    def fail(self, reason: str) -> None:
        """Note a page that could not be had or read."""
        self.failed += 1
        if self.status != "ok":
            self.status = reason


@dataclass(slots=True)
class Frontier:
    """Takes the links that channels show into the ledger and gives out those to request, a few at a time."""

    session: StorageSession
    window: Window
    limit: int | None
    at_once: int
    """Links given out and not yet settled, at most; the scheduler holds no more than these."""
    channels: dict[str, ChannelReport] = field(default_factory=dict)
    given: int = 0
    _queue: deque[KnownLink] = field(default_factory=deque)
    _listed: dict[bytes, list[tuple[str, ListedLink]]] = field(default_factory=dict)
    _taken: KeySet = field(default_factory=KeySet)
    _asia: KeySet = field(default_factory=KeySet)
    _filtered: set[bytes] = field(default_factory=set)
    _unsettled: dict[bytes, str] = field(default_factory=dict)
    _more_in_ledger: bool = False
    _open_pages: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def resume(self, recheck: bool) -> None:
        """Queue what earlier runs left unfinished and, if wanted, the re-checks that are due."""
        self._more_in_ledger = True
        await self._refill()
        if recheck:
            due = await self.session.call(
                self.session.ledger.due,
                self.session.outlet,
                int(self.session.now().timestamp()),
                _QUEUE_LINKS,
            )
            self._enqueue(due)

    async def admit(self, channel: Channel, links: Iterable[tuple[bytes, ListedLink]]) -> tuple[int, int]:
        """Take a channel's links into the ledger; returns how many there are and how many are new."""
        shown = list(links)
        if not shown:
            return 0, 0
        found = [DiscoveredLink(key, link.url, channel.name) for key, link in shown]
        now = int(self.session.now().timestamp())
        known = await self.session.call(self.session.ledger.discover, self.session.outlet, found, now)
        wanted = []
        for (key, link), entry in zip(shown, known, strict=True):
            if channel.is_asia:
                self._asia.add(key)
            if self._is_wanted(entry, channel, now):
                # The ledger forgets the address of a link that it has done with.
                wanted.append(entry if entry.url else entry._replace(url=link.url))
                self._listed.setdefault(key, []).append((channel.name, link))
        self._enqueue(wanted)
        return len(known), sum(entry.is_new for entry in known)

    def _is_wanted(self, link: KnownLink, channel: Channel, now: int) -> bool:
        if link.key in self._unsettled:
            return False
        if link.key in self._filtered or (link.state is LinkState.FILTERED and link.reason == NOT_ASIA):
            # Shown by a feed first and by the section's own page later.
            return channel.is_asia
        if link.state in (LinkState.BLOCKED, LinkState.GONE):
            # A moved site or a robots.txt of an hour must not cost an article that is still shown.
            is_recent = now - link.first_seen_at < ASKED_AGAIN_FOR.total_seconds()
            return is_recent and now - (link.last_fetched_at or 0) >= ASKED_AGAIN_AFTER.total_seconds()
        if link.state is LinkState.FAILED:
            return link.due_at is not None and link.due_at <= now
        return link.state is LinkState.DISCOVERED

    def _enqueue(self, links: Sequence[KnownLink]) -> None:
        for link in links:
            if link.key in self._taken and link.key not in self._filtered:
                continue
            if len(self._queue) >= _QUEUE_LINKS:
                self._listed.pop(link.key, None)
                self._more_in_ledger = True
                continue
            self._taken.add(link.key)
            self._filtered.discard(link.key)
            self._queue.append(link)
        self._changed.set()

    async def _refill(self) -> None:
        """Queue what waits in the ledger, where links that this run has not committed yet look unfinished."""
        self._more_in_ledger = False
        # One more than the queue holds besides those, or nobody would know that there are more.
        look_unfinished = len(self._unsettled) + self.session.uncommitted
        links = await self.session.call(
            self.session.ledger.unfinished,
            self.session.outlet,
            _QUEUE_LINKS + look_unfinished + 1,
            int(self.session.now().timestamp()),
        )
        self._enqueue([link for link in links if link.key not in self._taken])

    def open_page(self, channel: Channel) -> None:
        """Note that a page of a channel was requested; links may come until it is closed."""
        self.channels.setdefault(channel.name, ChannelReport())
        self._open_pages += 1

    def close_page(self) -> None:
        """Note that a channel's page was read, or failed."""
        self._open_pages -= 1
        self._changed.set()

    def filtered(self, key: bytes) -> None:
        """Note that a link proved not to be of the watched section; a channel may still claim it."""
        self._filtered.add(key)

    def settled(self, key: bytes) -> None:
        """Note that a link was settled, which makes room for another."""
        self._unsettled.pop(key, None)
        self._changed.set()

    def shown_as_asia(self, link: KnownLink) -> bool:
        """Whether a channel of the watched section showed the link in this run, even after it was given."""
        return link.key in self._asia

    def unsettled(self) -> list[str]:
        """Addresses that were given out and never settled."""
        return list(self._unsettled.values())

    async def next_link(self) -> tuple[KnownLink, list[tuple[str, ListedLink]]] | None:
        """The next link to request and what channels said of it; None when no more can come in this run."""
        while self.limit is None or self.given < self.limit:
            if len(self._unsettled) < self.at_once:
                await self.session.room()
                if self._queue:
                    link = self._queue.popleft()
                    assert link.url is not None
                    self.given += 1
                    self._unsettled[link.key] = link.url
                    return link, self._listed.pop(link.key, [])
                if self._more_in_ledger:
                    await self._refill()
                    continue
                if not self._open_pages:
                    return None
            self._changed.clear()
            await self._changed.wait()
        return None


def utc(seconds: int) -> datetime:
    """Epoch seconds of the ledger as a datetime."""
    return datetime.fromtimestamp(seconds, UTC)
