"""Rights: an article whose page or header reserves what the operator respects is not stored."""

from __future__ import annotations

from collections.abc import Collection

from scrapy.crawler import Crawler

from crawler.items import Article
from pipelines.session import Settled
from pipelines.storage.ledger import LinkState


class RightsPipeline:
    """Ends articles that declare one of RIGHTS_RESPECTED, and archives nothing of them.

    By default none is respected so, and `rights` only tells of them.
    """

    def __init__(self, respected: Collection[str]) -> None:
        self._respected = frozenset(word.strip().lower() for word in respected)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RightsPipeline:
        return cls(crawler.settings.getlist("RIGHTS_RESPECTED"))

    def process_item(self, item: Article) -> Article:
        for word in item.rights:
            if word in self._respected:
                if item.page is not None:
                    item.page.raw = None
                raise Settled(LinkState.BLOCKED, f"rights-{word}")
        return item
