"""The articles that a listing page of an unknown outlet shows, told by their addresses.

Articles of one outlet have addresses of one shape: a day, a long name, a number in the same place or in the
query. Shapes that several links share, or that only articles have, are kept; sections, tags and services are
not.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

from selectolax.lexbor import LexborNode

from crawler.address_patterns import id_in_query
from crawler.channels import ListedLink
from crawler.html_text import fold_space, words
from crawler.page import Page

MAX_LINKS = 5_000

_DAY = re.compile(
    r"/(?:19|20)\d\d[/-]?(?:[01]?\d|[a-z]{3})[/-]?[0-3]?\d(?=[/-]|\d|$|_)"
    # at the end of a name
    r"|[a-z]-(?:19|20)\d\d-[01]\d-[0-3]\d(?=/?$)",
    re.I,
)
_NUMBER = re.compile(r"\d{5,}")
_CODE = re.compile(r"(?=[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-z0-9]{9,32}$", re.I)
_FILE = re.compile(r"\.(?:s?html?|php|aspx?|cms|ece|amp)$", re.I)
_NOT_PAGES = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|pdf|mp[34]|zip|xml|rss|json|css|js|ico|apk)$", re.I)
_LISTS = re.compile(r"(?:list|lists|section|category|search|login|member|tag)(?:\.\w{2,5})?/?$", re.I)
_SERVICES = words(
    "tag tags topic topics category categories author authors writer writers contributor contributors "
    "profile people person user users account login signin signup register subscribe subscription "
    "subscriptions newsletter newsletters search about contact privacy terms policy policies cookie "
    "cookies help faq faqs sitemap feed feeds rss podcast podcasts live-tv tv radio schedule program "
    "programs programmes page advertise advertising careers jobs coupons coupon shop store games game "
    "puzzles weather horoscope horoscopes stocks markets-data quote quotes video videos watch gallery "
    "galleries photos pictures events event hub index archive archives services docs legal copyright "
    "donate app apps mobile share print email"
)
_SECOND_LEVELS = words("co com org net gov ac go or ne edu gob asn web")


@dataclass
class _Shape:
    """Links whose addresses are alike."""

    links: dict[str, str] = field(default_factory=dict)
    """Address → the longest text of its links."""
    sure: int = 0
    """How many of them look like an article by themselves."""


def generic_listing_links(page: Page) -> list[ListedLink]:
    """Links to articles, in the page's order, each once."""
    site = _site(urlsplit(page.url).hostname or "")
    own = _without_query(page.url)
    shapes: dict[tuple[str, ...], _Shape] = defaultdict(_Shape)
    order: dict[str, tuple[str, ...]] = {}
    for node in page.tree.css("a[href]")[:MAX_LINKS]:
        url = page.absolute(node.attributes.get("href"))
        if not url or _site(urlsplit(url).hostname or "") != site:
            continue
        url = _cleaned(url)
        path = unquote(urlsplit(url).path)
        by_query = _is_told_by_query(url, page.url)
        if (_without_query(url) == own and not by_query) or not _may_be_article(path, by_query):
            continue
        shape = _shape_of(url)
        order.setdefault(url, shape)
        text = _title(node)
        group = shapes[shape]
        if url not in group.links:
            group.sure += by_query or _is_sure(path)
        if len(text) > len(group.links.get(url, "")) or url not in group.links:
            group.links[url] = text
    wanted = {shape for shape, group in shapes.items() if _is_articles(shape, group)}
    return [
        ListedLink(url, shapes[shape].links[url] or None) for url, shape in order.items() if shape in wanted
    ]


def _title(link: LexborNode) -> str:
    """What a link calls its article: a heading within it, else its text, else what it tells the blind."""
    heading = link.css_first("h1, h2, h3, h4")
    text = fold_space((heading or link).text(separator=" "))
    return text or fold_space(link.attributes.get("aria-label") or link.attributes.get("title") or "")


def _is_articles(shape: tuple[str, ...], group: _Shape) -> bool:
    """Whether links of this shape are articles: most of them look so, or they have long texts and names."""
    count = len(group.links)
    if group.sure * 2 < count:
        return False
    if any(part.startswith("<") and part != "<name>" for part in shape):
        return True
    telling = sum(len(text) >= 20 or _weighty(text) for text in group.links.values())
    return count >= 2 and telling * 2 >= count


def _weighty(text: str) -> bool:
    """A headline in a script without spaces."""
    return len(text) >= 8 and not text.isascii() and " " not in text[:8]


def _shape_of(url: str) -> tuple[str, ...]:
    """The address with what differs between articles replaced by what it is."""
    parts = urlsplit(url)
    segments = [segment for segment in unquote(parts.path).split("/") if segment]
    if _DAY.search(unquote(parts.path)):
        # Below a day everything is an article, whatever its section.
        return (parts.hostname or "", "<day>")
    known = id_in_query(parts.query)
    if known and not _is_sure(unquote(parts.path)):
        return (parts.hostname or "", *segments[-1:], f"?{known[0]}")
    named = tuple(_kind_of(segment) for segment in segments)
    return (parts.hostname or "", str(len(named) > 1), *named[:1], *sorted(set(named[1:]) - {named[0]}))


def _kind_of(segment: str) -> str:
    plain = _FILE.sub("", segment)
    if _NUMBER.search(plain):
        return "<number>"
    if _CODE.match(plain):
        return "<code>"
    if _is_name(plain):
        return "<name>"
    return plain.lower()


def _is_sure(path: str) -> bool:
    """Whether the path alone shows an article: a day, a long number or code, a name of several words."""
    if _DAY.search(path):
        return True
    last = [segment for segment in path.split("/") if segment][-2:]
    return any(_kind_of(segment).startswith("<") for segment in last)


def _is_name(segment: str) -> bool:
    """A headline made into an address: four words or more, or a few of a script without spaces."""
    parts = [part for part in re.split(r"[-_+ ]", segment) if part]
    return len(parts) >= 4 or (len(segment) >= 12 and not segment.isascii())


def _is_told_by_query(url: str, listing: str) -> bool:
    """Whether the address names its article in its query, and not as its listing names a section there."""
    parts, own = urlsplit(url), urlsplit(listing)
    known = id_in_query(parts.query)
    if known is None or _LISTS.search(parts.path) or _is_sure(unquote(parts.path)):
        return False
    listed = id_in_query(own.query)
    return not (listed and listed[0] == known[0] and parts.path == own.path)


def _may_be_article(path: str, by_query: bool) -> bool:
    segments = [_FILE.sub("", segment.lower()) for segment in path.split("/") if segment]
    if not (segments or by_query) or _NOT_PAGES.search(path):
        return False
    return bool(_DAY.search(path)) or not any(segment in _SERVICES for segment in segments)


def _cleaned(url: str) -> str:
    """The address without fragment, and without its query where the path alone names the article."""
    parts = urlsplit(url)
    query = "" if _is_sure(unquote(parts.path)) else parts.query
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def _without_query(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def _site(host: str) -> str:
    """The domain that all hosts of an outlet share, near enough."""
    labels = host.lower().split(".")
    keep = 3 if len(labels) > 2 and labels[-2] in _SECOND_LEVELS else 2
    return ".".join(labels[-keep:])
