"""The imitation of sputnikglobe.com: its pages and its truth together."""

from __future__ import annotations

from typing import Any

from tests.replica import truth
from tests.replica.messages import Request, Response
from tests.replica.site import Crawls, Options
from tests.replica.sputnik_site import SputnikSite
from tests.replica.world import World


class Sputnik:
    """A `Site`: `articles` appear between `start` and `end`, and at the same rate after that."""

    def __init__(self, seed: int, articles: int, start: int, end: int, options: Options) -> None:
        self.world = World(seed, articles, start, end)
        self.pages = SputnikSite(self.world, options)

    def respond(self, request: Request, now: int) -> Response:
        """The answer to a request."""
        return self.pages.respond(request, now)

    def edit(self, article_id: str, kind: str, now: int) -> None:
        """Change an article's text."""
        self.world.edit(article_id, kind, now)
        self.pages.forget(self.world.find(article_id))

    def remove(self, article_id: str, now: int, *, status: int, dangling: bool) -> None:
        """Take an article down."""
        self.world.remove(article_id, now, status=status, dangling=dangling)

    def world_truth(self, now: int) -> dict[str, Any]:
        """Everything, as JSON."""
        return truth.world_truth(self.pages, now)

    def expected_rows(self, now: int, crawls: Crawls) -> list[dict[str, Any]]:
        """The rows that the dataset should hold."""
        return truth.expected_rows(self.pages, now, crawls)

    def expected_states(self, now: int, crawls: Crawls) -> dict[str, tuple[str, str | None]]:
        """State and reason of every link that these crawls were shown, by article id."""
        return truth.expected_states(self.pages, now, crawls)
