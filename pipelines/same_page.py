"""Same page: one text under many addresses is no article but a page about the site, such as a new wall."""

from __future__ import annotations

from crawler.items import Article
from pipelines.session import Settled
from pipelines.storage.ledger import LinkState

ENOUGH = 3
"""Articles of one headline and text in a run from which on they are taken for no articles."""


class SamePagePipeline:
    """Quarantines the third and every further article of a run that reads like two others.

    The first two are stored: outlets do publish a text twice. The run's exit code tells of it.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], set[str]] = {}

    def process_item(self, item: Article) -> Article:
        ids = self._seen.setdefault((item.headline, item.body_hash), set())
        if len(ids) < ENOUGH:
            ids.add(item.article_id)
        if len(ids) >= ENOUGH:
            raise Settled(LinkState.QUARANTINED, "same-page")
        return item
