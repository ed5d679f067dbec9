"""Validate: an article that lacks what a row must have is quarantined, and its page with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from scrapy.crawler import Crawler

from crawler.items import Article
from pipelines.session import Settled, session_of
from pipelines.storage.ledger import LinkState

CLOCK_TOLERANCE = timedelta(days=1)
"""How far ahead of us an outlet's clock or zone may be."""


def defect(article: Article, now: datetime) -> str | None:
    """Why an article cannot be a row, as a short slug; None for a sound one."""
    if not article.article_id or not article.url:
        return "no-identity"
    if not article.headline:
        return "no-headline"
    if not article.body:
        return "no-body"
    if article.published_at is None:
        return "no-date"
    if article.published_at > now + CLOCK_TOLERANCE:
        return "date-in-future"
    return None


def with_substitute_time(article: Article) -> Article:
    """An undated article takes the time that we first saw it, and says so in `published_source`."""
    if article.published_at is None and article.first_seen_at is not None:
        article.published_at = article.first_seen_at
        article.published_precision = "second"
        article.published_source = "first_seen"
    return article


class ValidatePipeline:
    """Ends defective articles in quarantine."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ValidatePipeline:
        return cls(session_of(crawler).now)

    def process_item(self, item: Article) -> Article:
        article = with_substitute_time(item)
        if reason := defect(article, self._now()):
            raise Settled(LinkState.QUARANTINED, reason)
        return article
