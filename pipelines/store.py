"""Store: an article's row goes into the ledger's next group commit, and from there to Parquet."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from scrapy.crawler import Crawler

from crawler.items import Article
from pipelines.session import StorageSession, session_of
from pipelines.storage.columns import COLUMNS
from pipelines.storage.ledger import LinkState


def article_row(article: Article) -> dict[str, Any]:
    """The article as a row of the dataset."""
    row = {name: getattr(article, name) for name in COLUMNS}
    row["images"] = [asdict(image) for image in article.images]
    return row


class StorePipeline:
    """Hands rows to the session, and lets the session finish when the spider closes."""

    def __init__(self, session: StorageSession) -> None:
        self._session = session

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        return cls(session_of(crawler))

    async def process_item(self, item: Article) -> Article:
        self._session.settle_article(item, LinkState.STAGED, row=article_row(item))
        await self._session.room()
        return item

    async def close_spider(self) -> None:
        await self._session.finish()
