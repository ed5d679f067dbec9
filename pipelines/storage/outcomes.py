"""Outcomes: what became of requested links, and what that makes of the ledger's rows (pure functions)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pipelines.storage.tables import LinkState

MAX_ATTEMPTS = 20
"""After as many failures in a row, two weeks of them, a link is left alone: servers are down for days."""
FIRST_BACK_OFF = 300
"""Seconds until the second attempt; each further one waits four times longer."""
MAX_BACK_OFF = 86_400
"""The longest of these waits, in seconds."""


@dataclass(slots=True)
class Outcome:
    """What became of one requested link in one run."""

    key: bytes
    """The requested link's key."""
    outlet: str
    run_id: str
    fetched_at: int
    """Epoch seconds; with the run it tells a repeated outcome from a new one."""
    state: LinkState
    """`staged` with an article; never `discovered` or `stored`."""
    reason: str | None = None
    url: str | None = None
    """Where the link is to be requested next time, if not where it was."""
    article: dict[str, Any] | None = None
    """The columns of ARTICLE_SCHEMA, times as datetimes; the revision is the ledger's to decide."""
    etag: str | None = None
    last_modified: str | None = None
    content_hash: bytes | None = None
    """Of the article, by `content_hash`."""
    due_at: int | None = None
    """When the link is to be requested again; None for never."""
    raw_file: str | None = None
    """For a quarantined link: where its page lies in the raw archive."""
    raw_offset: int | None = None


@dataclass(slots=True)
class Link:
    """One row of the table `links`; the fields are its columns."""

    key: bytes
    outlet: int
    state: LinkState
    channels: int
    first_channel: int
    attempts: int
    revision: int
    run: int | None
    first_seen_at: int
    last_fetched_at: int | None
    month: int | None
    native_id: str | None
    content_hash: bytes | None
    reason: str | None
    due_at: int | None
    url: str | None
    etag: str | None
    last_modified: str | None

    @property
    def has_article(self) -> bool:
        """Whether its article is a row of the dataset or waits to become one."""
        return self.month is not None


def new_link(key: bytes, outlet: int, channel: int, url: str | None, now: int) -> Link:
    """A link that a channel showed for the first time; due at once."""
    return Link(
        key=key,
        outlet=outlet,
        state=LinkState.DISCOVERED,
        channels=1 << channel,
        first_channel=channel,
        attempts=0,
        revision=0,
        run=None,
        first_seen_at=now,
        last_fetched_at=None,
        month=None,
        native_id=None,
        content_hash=None,
        reason=None,
        due_at=now,
        url=url,
        etag=None,
        last_modified=None,
    )


def settle_article(outcome: Outcome, article: dict[str, Any], link: Link, own: Link, run: int) -> int | None:
    """Settle a link that led to an article, and the article's own link, which may be the same.

    Returns the revision under which the row is to be staged, or None if the ledger has this very content.
    An article that has a month keeps it for ever.
    """
    article_id = str(article["article_id"])
    changed = not own.has_article or own.content_hash != outcome.content_hash
    revision = None
    if changed:
        revision = own.revision + 1 if own.has_article else 0
        own.revision = revision
        own.content_hash = outcome.content_hash
        own.native_id = article_id.partition(":")[2]
        own.month = own.month or month_of(article)
        own.state = LinkState.STAGED
        own.reason = None
    elif own is link and own.state is not LinkState.STAGED:
        own.state, own.reason = LinkState.UNCHANGED, outcome.reason
    if own is link or changed:
        _remember_answer(own, outcome, run)
        own.url = (outcome.url or own.url) if own is link else article["url"]
    if own is not link:
        link.state, link.reason = LinkState.DUPLICATE, article_id
        link.attempts, link.run, link.last_fetched_at = 0, run, outcome.fetched_at
        link.due_at = link.url = link.etag = link.last_modified = None
    return revision


def settle(outcome: Outcome, link: Link, run: int, now: int) -> None:
    """Settle a link that led to no article: unchanged, filtered, gone, failed …"""
    if outcome.state is LinkState.FAILED:
        _fail(outcome, link, run, now)
        return
    waits = link.state is LinkState.STAGED and outcome.state is LinkState.UNCHANGED
    if not waits:
        link.state, link.reason = outcome.state, outcome.reason
    link.url = outcome.url or link.url
    _remember_answer(link, outcome, run)
    drop_address(link)


def drop_address(link: Link) -> None:
    """Forget what only the next request needs, if there will be none."""
    if link.due_at is None and link.state is not LinkState.STAGED:
        link.url = link.etag = link.last_modified = None


def month_of(row: dict[str, Any]) -> int:
    """The partition of a new article, yyyymm of its publication in UTC. Raises ValueError without one."""
    published_at = row.get("published_at")
    if not isinstance(published_at, datetime) or published_at.tzinfo is None:
        raise ValueError(f"{row['article_id']}: published_at is no time with a zone: {published_at!r}")
    utc = published_at.astimezone(UTC)
    return utc.year * 100 + utc.month


def _remember_answer(link: Link, outcome: Outcome, run: int) -> None:
    link.attempts = 0
    link.run = run
    link.last_fetched_at = outcome.fetched_at
    link.due_at = outcome.due_at
    # An answer 304 need not repeat the validators that it confirmed.
    if outcome.state is not LinkState.UNCHANGED or outcome.etag or outcome.last_modified:
        link.etag, link.last_modified = outcome.etag, outcome.last_modified


def _fail(outcome: Outcome, link: Link, run: int, now: int) -> None:
    link.state, link.reason = LinkState.FAILED, outcome.reason
    link.run, link.last_fetched_at = run, outcome.fetched_at
    link.url = outcome.url or link.url
    link.attempts += 1
    if link.attempts >= MAX_ATTEMPTS:
        link.due_at = None
        drop_address(link)
    else:
        back_off = min(FIRST_BACK_OFF * 4 ** (link.attempts - 1), MAX_BACK_OFF)
        link.due_at = max(now + back_off, outcome.due_at or 0)  # a later time is the server's Retry-After
