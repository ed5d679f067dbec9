"""RSS, sitemaps and robots.txt."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import format_datetime

from tests.replica.clock import iso, moment
from tests.replica.listing_markup import Item
from tests.replica.rich import attribute, escaped
from tests.replica.world import SITE

_SITEMAP_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'

ROBOTS = f"""User-agent: *
Disallow: /search/
Disallow: /services/
Disallow: /cms/
Disallow: *-print.html$
Allow: /
Clean-param: utm_source&utm_medium&utm_campaign
Clean-param: share-block
Sitemap: {SITE}/sitemap_article_index.xml
Sitemap: {SITE}/sitemap_list_index.xml
Sitemap: {SITE}/sitemap_archive.xml
"""


def rss(items: Sequence[Item], now: int) -> str:
    """The feed of the newest articles of all sections; addresses are absolute, descriptions empty."""
    entries = "".join(
        f"<item><title>{escaped(item.title)}</title><link>{SITE}{item.href}</link><guid>"
        f"{SITE}{item.href}</guid>"
        f"<pubDate>{_rfc822(item.published)}</pubDate><description></description><category>News</category>"
        f'<enclosure url="{SITE}/i/share.png" type="image/jpeg" length="0"/>'
        "<rian:priority>3</rian:priority><rian:type>article</rian:type></item>\n"
        for item in items
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" xmlns:rian="http://rian.ru/ns"><channel>'
        f"<title>Sputnik International</title><link>{SITE}</link><description>Sputnik "
        "International news</description>"
        f"<language>en</language><lastBuildDate>{_rfc822(now)}</lastBuildDate>\n{entries}</channel></rss>"
    )


def sitemap_index(months: Sequence[tuple[str, str]]) -> str:
    """The index of the article sitemaps, one for each month (first and last day)."""
    entries = "".join(
        f"<sitemap><loc>{SITE}/sitemap_article.xml?date_start={first}&amp;date_end={last}</loc></sitemap>\n"
        for first, last in months
    )
    return f"{_SITEMAP_HEAD}<sitemapindex {_NAMESPACE}>\n{entries}</sitemapindex>"


def sitemap(entries: Sequence[tuple[str, int | None]]) -> str:
    """Addresses (site paths) with the time of their last change."""
    lines = []
    for path, changed in entries:
        lastmod = (
            f"<lastmod>{(iso(changed) or '').replace('Z', '+00:00')}</lastmod>" if changed is not None else ""
        )
        lines.append(f"<url><loc>{SITE}{attribute(path)}</loc>{lastmod}</url>\n")
    return f"{_SITEMAP_HEAD}<urlset {_NAMESPACE}>\n{''.join(lines)}</urlset>"


def _rfc822(epoch: int) -> str:
    return format_datetime(moment(epoch))
