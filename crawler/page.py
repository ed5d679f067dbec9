"""One fetched page, decoded and parsed once, whatever is then asked of it; and what it may be instead of one.

What reads the parsed page is imported when that is first asked: a run that finds nothing new does without.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.html_text import utf8_form, why_too_deep

if TYPE_CHECKING:
    from crawler.structured_data import StructuredData
    from crawler.text_blocks import Layout

# Most addresses are whole, or plain paths from the root; urllib takes ten times as long for these.
_WHOLE = re.compile(r"(https?://[\w.:@-]+)(?:[/?#]|$)", re.A)
_FROM_ROOT = re.compile(r"/(?![/.])[\w.~%:@!$&'()*+,=-]*+(?:/(?!\.)[\w.~%:@!$&'()*+,=-]*+)*+")


class PageProblem(Exception):
    """A page that gives no article; `reason` is the short name for ledger and reports."""

    reason: ClassVar[str] = "page-problem"

    def __init__(self, url: str, *, reason: str | None = None) -> None:
        self.url = url
        if reason:
            self.reason = reason  # type: ignore[misc]  # one page's reason may be finer than its class's
        super().__init__(f"{self.reason}: {url}")


class TooDeep(PageProblem):
    """Markup nested or repeated so much that parsers go slow or blind; such a page is not parsed."""

    reason: ClassVar[str] = "too-deep"


class ArticleNotFound(PageProblem):
    """The page shows no article: no headline, no text, or a polite "not found" with status 200."""

    reason: ClassVar[str] = "no-body"


class Wall(PageProblem):
    """Something stands before the page. It says nothing of the article, so the link is tried again."""


class BotChallenge(Wall):
    """A guard wants to see a browser before it shows the page."""

    reason: ClassVar[str] = "bot-challenge"


class ConsentWall(Wall):
    """The page asks for consent to cookies and holds the article back."""

    reason: ClassVar[str] = "consent-wall"


class LoginWall(Wall):
    """The page asks to log in and shows nothing of the article."""

    reason: ClassVar[str] = "login-wall"


@dataclass
class Page:
    """A page as fetched. Parsing waits until something is asked."""

    url: str
    body: bytes
    """The UTF-8 form of what was received."""
    encoding: str
    """The one that it was received in."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Response headers, names in lower case."""
    fetched_at: datetime | None = None

    @classmethod
    def from_body(
        cls,
        url: str,
        body: bytes,
        *,
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
        fetched_at: datetime | None = None,
    ) -> Page:
        """A page from the bytes of a response, after content decoding."""
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        body, encoding = utf8_form(body, content_type or lower.get("content-type"))
        return cls(url, body, encoding, lower, fetched_at)

    @cached_property
    def html(self) -> str:
        """The page's source; few pages need it."""
        return self.body.decode("utf-8", "replace")

    @cached_property
    def tree(self) -> LexborHTMLParser:
        """The parsed page; raises TooDeep where a parser would choke."""
        reason = why_too_deep(self.body)
        if reason:
            raise TooDeep(self.url, reason=reason)
        # As a browser does: what stands in noscript is not part of the page.
        return LexborHTMLParser(self.body, scripting=True)

    @cached_property
    def structured(self) -> StructuredData:
        """What the page says of itself to machines."""
        from crawler.structured_data import StructuredData

        return StructuredData(self.tree)

    @cached_property
    def layout(self) -> Layout:
        """The page's blocks of text in their boxes, for generic extraction; its sums are filled once."""
        from crawler.text_blocks import Layout, layout

        root = self.tree.body
        return layout(root) if root is not None else Layout([], [])

    @cached_property
    def canonical(self) -> str | None:
        """The address that the page calls its own."""
        own = self.structured.canonical or self.structured.first_meta("og:url")
        return self.absolute(own)

    @cached_property
    def base_url(self) -> str:
        """What relative addresses on the page are relative to."""
        head = self.tree.head
        base = head.css_first("base[href]") if head else None
        href = base.attributes.get("href") if base else None
        return self._joined(self.url, href) or self.url if href else self.url

    def absolute(self, href: str | None) -> str | None:
        """The address as an absolute http(s) URL, or None if it is none."""
        url = (href or "").strip()
        return url if _WHOLE.match(url) else self._joined(self.base_url, href)

    def first_text(self, selector: str) -> str | None:
        """The text of the first element that matches, as it stands."""
        node: LexborNode | None = self.tree.css_first(selector)
        return node.text() if node else None

    @staticmethod
    def _joined(base: str, href: str | None) -> str | None:
        if not href:
            return None
        url = href.strip()
        if _WHOLE.match(url):
            return url
        if _FROM_ROOT.fullmatch(url) and (whole := _WHOLE.match(base)):
            return whole[1] + url
        try:
            if not url.startswith(("https://", "http://")):
                url = urljoin(base, url)
            parts = urlsplit(url)
        except ValueError:
            return None
        return url if parts.scheme in ("http", "https") and parts.netloc else None
