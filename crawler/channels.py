"""Channels: listing pages, feeds, day archives and sitemaps that show articles, read into links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any, ClassVar
from urllib.parse import urljoin

from lxml import etree
from scrapy.exceptions import ResponseDataLossError
from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.decompression import GZIP_MAGIC, gunzip
from crawler.html_text import is_plain, why_too_deep

MAX_LINKS = 50_000
"""The most links taken from one channel page; the sitemap protocol's own limit."""
MAX_XML = 16 * 1024 * 1024
"""Bytes of an unpacked feed or sitemap."""
MAX_FURTHER = 10
"""The most addresses by which one listing page may carry on; real ones name one."""


class ChannelUnreadable(Exception):
    """The answer of a channel is not what such a channel serves."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Window:
    """The span of publication days, both included, that a run looks at."""

    since: date
    until: date

    def days(self) -> Iterator[date]:
        """Every day of the window, the newest first."""
        for back in range((self.until - self.since).days + 1):
            yield self.until - timedelta(days=back)

    def holds(self, day: date | None) -> bool:
        """Whether the day lies in the window; an unknown day does."""
        return day is None or self.since <= day <= self.until

    def meets(self, since: date, until: date) -> bool:
        """Whether any day of the other span lies in the window."""
        return since <= self.until and until >= self.since


@dataclass(frozen=True, slots=True)
class ListedLink:
    """A link as a channel shows it, with what the channel says of the article."""

    url: str
    title: str | None = None
    published_at: datetime | None = None
    published_raw: str | None = None


@dataclass(frozen=True, slots=True)
class ChannelPage:
    """One page of a channel: its links, and the addresses of the pages that carry it on."""

    links: tuple[ListedLink, ...] = ()
    further: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListMarkup:
    """How an outlet's listing pages mark their links. Selectors are CSS for lexbor."""

    links: str
    item: str | None = None
    """The box around a link, where the time stands beside it."""
    time: str | None = None
    """`selector@attribute` of the time within the item, in epoch seconds or ISO 8601."""
    more: tuple[str, ...] = ()
    """`selector@attribute` of the address that carries the listing on."""


@dataclass(frozen=True, slots=True)
class _PathChannel:
    """What all channels share: a path on the outlet's site, and a name made of it."""

    path: str

    kind: ClassVar[str]

    @property
    def name(self) -> str:
        """The channel's name in the ledger and in the data."""
        return f"{self.kind}:{self.path}"

    def addresses(self, window: Window) -> list[str]:
        """The pages to ask for: the one at `path`, which shows the newest or leads on to what is asked."""
        return [self.path]


@dataclass(frozen=True, slots=True)
class Listing(_PathChannel):
    """A section's listing page. Without `markup` its article links are found by their shape."""

    markup: ListMarkup | None = None
    is_asia: bool = True
    """Whether being shown here makes an article one of the watched section."""

    kind = "listing"

    def read(self, body: bytes, url: str, window: Window) -> ChannelPage:
        """The links of one listing page, in its order, each once."""
        return _read_listing(self.markup, body, url)


@dataclass(frozen=True, slots=True)
class DayArchive(_PathChannel):
    """A page for each day; `path` is a format of strftime."""

    markup: ListMarkup
    is_asia: bool = False

    kind = "archive"

    @property
    def name(self) -> str:
        """The channel's name, one for all days, as people write such addresses: `archive:/YYYYMMDD/`."""
        path = self.path
        for directive, shown in (("%Y", "YYYY"), ("%m", "MM"), ("%d", "DD")):
            path = path.replace(directive, shown)
        return f"{self.kind}:{path}"

    def addresses(self, window: Window) -> list[str]:
        """One page for each day of the window, the newest first."""
        return [f"{day:{self.path}}" for day in window.days()]

    def read(self, body: bytes, url: str, window: Window) -> ChannelPage:
        """The links of one day, in the page's order, each once."""
        return _read_listing(self.markup, body, url)


@dataclass(frozen=True, slots=True)
class Feed(_PathChannel):
    """An RSS 0.9–2.0, RDF or Atom feed."""

    is_asia: bool = False

    kind = "feed"

    def read(self, body: bytes, url: str, window: Window) -> ChannelPage:
        """The links of the feed's items. Raises ChannelUnreadable for anything but a feed."""
        return ChannelPage(tuple(_feed_links(body, url)))


@dataclass(frozen=True, slots=True)
class Sitemap(_PathChannel):
    """A sitemap or an index of sitemaps, Google News sitemaps included."""

    is_asia: bool = False

    kind = "sitemap"

    def read(self, body: bytes, url: str, window: Window) -> ChannelPage:
        """The URLs of a sitemap, or an index's files that may hold days of the window.

        Raises ChannelUnreadable for anything but a sitemap.
        """
        return _read_sitemap(body, url, window)


Channel = Listing | DayArchive | Feed | Sitemap


def _absolute(url: str, address: str) -> str | None:
    """The address in full; None for one that no parser takes, such as "http://[1/"."""
    try:
        return urljoin(url, address)
    except ValueError:
        return None


def _read_listing(markup: ListMarkup | None, body: bytes, url: str) -> ChannelPage:
    if markup is None:
        # Here and not above: it builds on what this file defines.
        from crawler.generic_listing import generic_listing_links
        from crawler.page import Page

        return ChannelPage(tuple(generic_listing_links(Page.from_body(url, body))))
    if not is_plain(body) and (reason := why_too_deep(body)):
        raise ChannelUnreadable(url, reason)
    tree = LexborHTMLParser(body)
    named = (address for spec in markup.more for address in _attributes(tree.root, spec) if address)
    further = tuple(address for name in islice(named, MAX_FURTHER) if (address := _absolute(url, name)))
    links: dict[str, ListedLink] = {}
    for node, box in _boxed_links(tree, markup):
        href = (node.attributes.get("href") or "").strip()
        if not href or len(links) >= MAX_LINKS:
            continue
        raw = next(iter(_attributes(box, markup.time)), None) if box is not None and markup.time else None
        address = _absolute(url, href)
        if address is None:
            continue
        title = node.text(strip=True) or None
        links.setdefault(address, ListedLink(address, title, parse_channel_time(raw), raw))
    return ChannelPage(tuple(links.values()), further)


def _boxed_links(
    tree: LexborHTMLParser, markup: ListMarkup
) -> Iterator[tuple[LexborNode, LexborNode | None]]:
    """The link elements, each with the box around it."""
    if markup.item is None:
        for node in tree.css(markup.links):
            yield node, None
        return
    for box in tree.css(markup.item):
        for node in box.css(markup.links):
            yield node, box


def _attributes(node: LexborNode | None, spec: str) -> list[str]:
    """Values of `selector@attribute` below a node."""
    selector, _, attribute = spec.rpartition("@")
    if node is None:
        return []
    return [found.attributes.get(attribute) or "" for found in node.css(selector)]


def parse_channel_time(text: str | None) -> datetime | None:
    """A channel's time as UTC: epoch seconds, ISO 8601 or RFC 822; None where it is none of these.

    A time without zone is taken as UTC, since a channel is the weakest evidence there is.
    """
    if not text:
        return None
    text = text.strip()[:64]
    try:
        if re.fullmatch(r"\d{9,10}", text):
            return datetime.fromtimestamp(int(text), UTC)
        found = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _parse_xml(body: bytes, url: str, expected: tuple[str, ...]) -> Any:
    """The root of an XML document, whose name must be one of those expected."""
    if body.startswith(GZIP_MAGIC):  # "sitemap.xml.gz", sent as a file and not as an encoding
        try:
            body = gunzip(body, MAX_XML)
        except ResponseDataLossError as error:
            raise ChannelUnreadable(url, f"gzip: {error}") from error
        if len(body) > MAX_XML:
            raise ChannelUnreadable(url, "too-large")
    # Entities stay unexpanded and nothing is fetched: channels come from strangers.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, load_dtd=False)
    try:
        root = etree.fromstring(body.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ChannelUnreadable(url, f"not XML ({error})") from error
    if root is None or _local(root) not in expected:
        found = "nothing" if root is None else f"<{_local(root)}>"
        raise ChannelUnreadable(
            url, f"found {found} where {' or '.join(f'<{name}>' for name in expected)} was due"
        )
    return root


def _local(element: Any) -> str:
    """An element's name without its namespace; "" for comments and the like."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _texts(element: Any) -> dict[str, str]:
    """The first text of each child, by local name."""
    texts: dict[str, str] = {}
    for child in element:
        if text := (child.text or "").strip():
            texts.setdefault(_local(child), text)
    return texts


def _feed_links(body: bytes, url: str) -> Iterator[ListedLink]:
    root = _parse_xml(body, url, ("rss", "rdf", "feed"))
    seen: set[str] = set()
    for item in root.iter("{*}item", "{*}entry"):
        texts = _texts(item)
        address = _absolute(url, _item_address(item, texts))
        if address is None or address == url or address in seen:
            continue
        seen.add(address)
        raw = next(
            (texts[name] for name in ("pubdate", "published", "date", "updated") if name in texts), None
        )
        yield ListedLink(address, texts.get("title"), parse_channel_time(raw), raw)
        if len(seen) >= MAX_LINKS:
            return


def _item_address(item: Any, texts: dict[str, str]) -> str:
    """Where a feed item leads: RSS writes it as text, Atom as an attribute, some only as a permanent guid."""
    if "link" in texts:
        return texts["link"]
    for child in item:
        if _local(child) == "link" and child.get("rel", "alternate") == "alternate" and child.get("href"):
            return str(child.get("href")).strip()
    guid = texts.get("guid") or texts.get("id") or ""
    return guid if guid.startswith(("http://", "https://")) else ""


def _read_sitemap(body: bytes, url: str, window: Window) -> ChannelPage:
    root = _parse_xml(body, url, ("urlset", "sitemapindex"))
    if _local(root) == "sitemapindex":
        files = (_texts(file) for file in root if _local(file) == "sitemap")
        wanted = (texts["loc"] for texts in files if "loc" in texts and _may_hold(texts, window))
        return ChannelPage(
            further=tuple(address for name in islice(wanted, MAX_LINKS) if (address := _absolute(url, name)))
        )
    links: dict[str, ListedLink] = {}
    for entry in root:
        texts = _texts(entry) if _local(entry) == "url" else {}
        if "loc" not in texts or len(links) >= MAX_LINKS:
            continue
        news = next((_texts(child) for child in entry if _local(child) == "news"), {})
        raw = news.get("publication_date")  # `lastmod` tells of the last edit, not of the publication
        address = _absolute(url, texts["loc"])
        if address is None:
            continue
        links.setdefault(address, ListedLink(address, news.get("title"), parse_channel_time(raw), raw))
    return ChannelPage(tuple(links.values()))


def _may_hold(texts: dict[str, str], window: Window) -> bool:
    """Whether an index's file may hold days of the window, by the dates in its address or its last change."""
    days = [day for text in re.findall(r"(?<!\d)(\d{8})(?!\d)", texts["loc"]) if (day := compact_day(text))]
    if len(days) == 2:
        return window.meets(min(days), max(days))
    changed = parse_channel_time(texts.get("lastmod"))
    return changed is None or changed.date() >= window.since


def compact_day(text: str | None) -> date | None:
    """The date that an address holds as 20230522, 2023-05-22 or 2023/5/22; None where it is none."""
    match = re.fullmatch(r"(\d{4})[/-]?(\d{1,2})[/-]?(\d{1,2})", text or "")
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None
