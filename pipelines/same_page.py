"""Same page: one text under many addresses is no article but a page about the site, such as a new wall."""

from __future__ import annotations

from collections import deque

from crawler.items import Article
from pipelines.session import Settled
from pipelines.storage.ledger import LinkState

ENOUGH = 3
"""Articles of one headline and text, close together, from which on they are taken for no articles."""
WINDOW = 30
"""Articles that are close together. A stub that returns every week is not, in a run over years either."""


class SamePagePipeline:
    """Quarantines an article that reads like two others shortly before it.

    The first two are stored: outlets do publish a text twice. The run's exit code tells of it.
    """

    def __init__(self) -> None:
        self._recent: deque[tuple[str, str, str]] = deque(maxlen=WINDOW)

    def process_item(self, item: Article) -> Article:
        mark = (item.headline, item.body_hash, item.article_id)
        if mark not in self._recent:
            self._recent.append(mark)
        if sum(seen[:2] == mark[:2] for seen in self._recent) >= ENOUGH:
            raise Settled(LinkState.QUARANTINED, "same-page")
        return item
