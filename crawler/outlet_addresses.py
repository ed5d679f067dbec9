"""What an outlet's addresses tell: which are of articles, and which of them are of one and the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urljoin

from crawler.channels import ListedLink, Window, compact_day
from pipelines.storage.canonical_url import article_id, article_key, canonical_url


@dataclass(frozen=True, slots=True)
class ArticleAddress:
    """What an article's address tells by itself."""

    native_id: str | None = None
    day: date | None = None
    section: str | None = None


class OutletAddresses:
    """The addresses of one outlet, by its site, its other hosts and the patterns of its article paths."""

    def __init__(self, outlet: str, site: str, aliases: Sequence[str], article_urls: Iterable[str]) -> None:
        self._outlet = outlet
        self._site = site
        self._aliases = aliases
        self._patterns = [re.compile(pattern) for pattern in article_urls]

    def canonical(self, url: str) -> str | None:
        """The canonical form of an address; None for what is none."""
        try:
            return canonical_url(url, site=self._site, aliases=self._aliases)
        except ValueError:
            return None

    def article(self, url: str | None) -> ArticleAddress | None:
        """What a canonical address tells of its article; None if it is no article of this outlet."""
        if url is None or not url.startswith(self._site + "/"):
            return None
        if not self._patterns:
            return ArticleAddress()
        address = url[len(self._site) :]
        path = address.partition("?")[0]
        for pattern in self._patterns:
            if match := pattern.match(path) or pattern.match(address):
                found = match.groupdict()
                return ArticleAddress(found.get("id"), compact_day(found.get("day")), found.get("section"))
        return None

    def key(self, canonical: str, address: ArticleAddress) -> bytes:
        """The ledger's key of the article at a canonical address."""
        return article_key(article_id(self._outlet, canonical, address.native_id))

    def link_key(self, url: str) -> bytes | None:
        """The ledger's key of an article's link, the same for all its addresses; None for any other link."""
        canonical = self.canonical(url)
        address = self.article(canonical)
        return self.key(canonical, address) if canonical and address else None

    def article_links(
        self, links: Iterable[ListedLink], window: Window | None
    ) -> Iterator[tuple[bytes, ListedLink]]:
        """The article links among these, with the ledger's key and the canonical address, each once.

        With a window only those published in it, as far as address or channel tell the day.
        """
        seen = set()
        for link in links:
            canonical = self.canonical(link.url)
            address = self.article(canonical)
            if canonical is None or address is None:
                continue
            published = link.published_at.date() if link.published_at else None
            key = self.key(canonical, address)
            if key not in seen and (window is None or window.holds(address.day or published)):
                seen.add(key)
                yield key, ListedLink(canonical, link.title, link.published_at, link.published_raw)

    def identity(self, url: str, declared: str) -> tuple[str, ArticleAddress]:
        """The canonical address: the page's own `rel=canonical` where it names the same article.

        One that names another is not followed, for a template that always names one address would make one
        article of all.
        """
        canonical = self.canonical(url) or url
        address = self.article(canonical) or ArticleAddress()
        if declared and not declared.startswith(("https://", "http://")):
            declared = urljoin(url, declared)
        other = self.canonical(declared) if declared else None
        other_address = self.article(other)
        if other and other_address and address.native_id and other_address.native_id == address.native_id:
            return other, other_address
        return canonical, address

    def related(self, urls: Iterable[str], own: str) -> list[str]:
        """Canonical addresses of the articles among `urls`, each once, without the article's own."""
        canonical = dict.fromkeys(map(self.canonical, urls))
        return [url for url in canonical if self.article(url) and url and url != own]
