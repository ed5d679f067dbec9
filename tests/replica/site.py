"""What the server asks of a site that it imitates, and what it tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from tests.replica.messages import Request, Response


@dataclass(frozen=True, slots=True)
class Options:
    """How the site behaves where nobody knows how the real one does."""

    padding: int = 0
    """Bytes of scripts in each article page; real pages have about 90,000."""
    validators: str = "both"
    """Which of ETag and Last-Modified article pages carry: both, etag, last-modified, none."""
    conditional_listings: bool = False
    """Whether section and archive pages and sitemaps carry an ETag too."""


@dataclass(frozen=True, slots=True)
class Crawls:
    """When somebody crawled, and which days of sitemap and archive each of these crawls swept."""

    moments: tuple[int, ...]
    """Epoch seconds at which the channels were read."""
    since: str | None = None
    """First day (YYYYMMDD); None: all days of the world."""
    until: str | None = None
    """Last day; None: the day of the crawl."""


class Site(Protocol):
    """An imitated site. Times are epoch seconds."""

    def respond(self, request: Request, now: int) -> Response:
        """The answer to a request; its `kind` says for the count what sort of page it is."""

    def edit(self, article_id: str, kind: str, now: int) -> None:
        """Change an article's text."""

    def remove(self, article_id: str, now: int, *, status: int, dangling: bool) -> None:
        """Take an article down."""

    def world_truth(self, now: int) -> dict[str, Any]:
        """Everything, as JSON."""

    def expected_rows(self, now: int, crawls: Crawls) -> list[dict[str, Any]]:
        """The rows that the dataset should hold."""

    def expected_states(self, now: int, crawls: Crawls) -> dict[str, tuple[str, str | None]]:
        """State and reason of every link that these crawls were shown, by article id."""
