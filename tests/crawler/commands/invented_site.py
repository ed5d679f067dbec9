"""A small outlet that does not exist, as pages for a local server: listing, feed, news sitemap, articles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests.hostile.server import Page

SITE = "https://www.islandpost.example"
FIRST = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
SUBJECTS = ("ferry", "lighthouse", "harbour", "kiln", "bridge", "market")

_MORE = (
    "It took the island council three winters to agree on the matter, and one evening with drums to settle.",
    "A second vote is due in autumn, when the boats are home and everybody has time for an argument.",
    "Nobody at the harbour office would say who had brought the drums, nor who had paid for the oranges.",
)


def path_of(nth: int) -> str:
    """Where the nth article lies."""
    day = FIRST + timedelta(days=nth)
    section, slug = ("asia", "pacific")[nth % 2], f"the-{SUBJECTS[nth]}-of-the-north-isle"
    return f"/news/{section}/{day:%Y/%m/%d}/{slug}/{77001 + nth}"


def pages(without_body: bool = False) -> dict[str, Page]:
    """All of the site by path."""
    robots = (
        f"User-agent: *\nDisallow: /admin/\nSitemap: {SITE}/sitemap-news.xml\nSitemap: {SITE}/pages.xml\n"
    )
    site: dict[str, Page] = {
        "/robots.txt": (robots.encode(), "text/plain"),
        "/asia/": (_listing().encode(), "text/html; charset=utf-8"),
        "/asia/feed.xml": (_feed().encode(), "application/rss+xml"),
        "/sitemap-news.xml": (_sitemap().encode(), "application/xml"),
    }
    for nth in range(len(SUBJECTS)):
        site[path_of(nth)] = (_article(nth, without_body).encode(), "text/html; charset=utf-8")
    return site


def _headline(nth: int) -> str:
    return f"The {SUBJECTS[nth].title()} of the North Isle Opens Again After Three Winters"


def _listing() -> str:
    cards = "".join(
        f'<h3><a href="{path_of(nth)}">{_headline(nth)}</a></h3>\n' for nth in range(len(SUBJECTS))
    )
    # A name that would break out of the docstring of a careless scaffold.
    return f"""<!DOCTYPE html><html lang="en-GB"><head><title>Asia | The Island Post</title>
<meta property="og:site_name" content='The Island "{'""'} Post'>
<link rel="alternate" type="application/rss+xml" href="/asia/feed.xml">
<link rel="alternate" type="application/rss+xml" href="/gone.xml"></head>
<body><nav><a href="/asia/">Asia</a> <a href="/about">About us</a></nav><main>{cards}</main></body></html>"""


def _feed() -> str:
    items = "".join(
        f"<item><title>{_headline(nth)}</title><link>{SITE}{path_of(nth)}</link></item>" for nth in _all()
    )
    return f'<rss version="2.0"><channel><title>Asia</title>{items}</channel></rss>'


def _sitemap() -> str:
    entries = "".join(
        f"<url><loc>{SITE}{path_of(nth)}</loc><news:news><news:title>{_headline(nth)}</news:title>"
        f"<news:publication_date>{_time(nth)}</news:publication_date></news:news></url>"
        for nth in _all()
    )
    return (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{entries}</urlset>'
    )


def _article(nth: int, without_body: bool) -> str:
    about = {"@type": "NewsArticle", "headline": _headline(nth), "datePublished": _time(nth)}
    subject = SUBJECTS[nth]
    opening = (
        f"The {subject} of the north isle is open again, {nth + 3} years after the great storm took its roof."
    )
    text = (
        "" if without_body else "".join(f"<p>{line} So says the {subject}.</p>" for line in (opening, *_MORE))
    )
    return (
        f'<!DOCTYPE html><html lang="en-GB"><head><title>{_headline(nth)} | The Island Post</title>'
        f'<script type="application/ld+json">{json.dumps(about)}</script></head>'
        f"<body><article><h1>{_headline(nth)}</h1>{text}</article></body></html>"
    )


def _all() -> Iterator[int]:
    return iter(range(len(SUBJECTS)))


def _time(nth: int) -> str:
    return (FIRST + timedelta(days=nth)).isoformat()
