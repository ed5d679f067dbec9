"""Deduplicate: an article that we already hold with the same content goes no further."""

from __future__ import annotations

from crawler.items import Article
from pipelines.session import Settled
from pipelines.storage.content_hash import HASHED_FIELDS, content_hash
from pipelines.storage.ledger import LinkState


class DeduplicatePipeline:
    """Ends articles whose content the ledger already has; everything else is a new article or revision.

    The ledger decides again inside the group commit: it alone sees what other links of this run brought.
    """

    def process_item(self, item: Article) -> Article:
        assert item.page is not None
        item.page.content_hash = content_hash({name: getattr(item, name) for name in HASHED_FIELDS})
        known = item.page.known
        if known is None or known.article_id != item.article_id:
            return item
        if known.content_hash == item.page.content_hash:
            raise Settled(LinkState.UNCHANGED, "same-content")
        return item
