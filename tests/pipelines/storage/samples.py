"""Invented articles, and what a crawl would record of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pipelines.storage.canonical_url import article_key
from pipelines.storage.content_hash import content_hash
from pipelines.storage.ledger import DiscoveredLink, Ledger, LinkState, Outcome

OUTLET = "demo_times"
RUN = "demo_times-20240501T000000Z-abcd"
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def row(number: int = 1, **changes: Any) -> dict[str, Any]:
    """The row of an invented article, as `store` hands it to the ledger."""
    url = f"https://demo.example/asia/{number}.html"
    fields: dict[str, Any] = {
        "article_id": f"{OUTLET}:{number}",
        "url": url,
        "canonical_url": url,
        "headline": f"Ferry number {number} leaves on time",
        "body": f"The ferry left.\n\nPassenger {number} was pleased.",
        "authors": ["Mei Example"],
        "tags": [],
        "images": [{"url": f"{url}.jpg", "caption": None, "credit": "Demo / Mei"}],
        "published_at": NOON + timedelta(hours=number),
        "first_seen_at": NOON,
        "fetched_at": NOON,
        "word_count": 7,
        "body_hash": "00",
        "channel": "listing:/asia/",
        "run_id": RUN,
        **changes,
    }
    return fields


def key(number: int) -> bytes:
    """The ledger's key of an invented article."""
    return article_key(f"{OUTLET}:{number}")


def link(number: int, channel: str = "listing:/asia/") -> DiscoveredLink:
    """The article's link as a channel shows it."""
    return DiscoveredLink(key(number), f"https://demo.example/asia/{number}.html", channel)


def fetched(number: int, at: int = 1000, *, by: int | None = None, **changes: Any) -> Outcome:
    """The article was fetched, by its own link or by that of another number."""
    article = row(number, **changes)
    article["fetched_at"] = datetime.fromtimestamp(at, UTC)
    return Outcome(
        key=key(number if by is None else by),
        outlet=OUTLET,
        run_id=RUN,
        fetched_at=at,
        state=LinkState.STAGED,
        url=f"https://demo.example/asia/{number if by is None else by}.html",
        article=article,
        content_hash=content_hash(article),
    )


def ended(number: int, state: LinkState, at: int = 1000, **facts: Any) -> Outcome:
    """The link was requested and led to no article."""
    return Outcome(key=key(number), outlet=OUTLET, run_id=RUN, fetched_at=at, state=state, **facts)


def begun(ledger: Ledger) -> Ledger:
    """The ledger with the run that all samples belong to."""
    ledger.begin_run(RUN, OUTLET, started_at=1)
    return ledger
