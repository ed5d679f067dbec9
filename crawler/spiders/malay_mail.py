"""Malay Mail: www.malaymail.com."""

from __future__ import annotations

import re

from crawler.channels import Feed, Listing
from crawler.listing_spider import ListingSpider
from crawler.outlet_rules import Rules


class MalayMailSpider(ListingSpider):
    """Malaysia whole, and of world news what is tagged with Asia."""

    name = "malay_mail"
    site = "https://www.malaymail.com"
    channels = (
        Feed("/feed/rss/malaysia", is_asia=True),
        Feed("/feed/rss/world"),
        Listing("/news/malaysia"),
    )
    article_urls = (r"/news/(?P<section>[\w-]+(?:/[\w-]+)?)/(?P<day>\d{4}/\d{2}/\d{2})/[^/]+/(?P<id>\d+)$",)
    rules = Rules(
        headline=("h1.article-title",),
        states_authors=True,
        body=(".article-body",),
        junk=(".ad-label", ".sidebar-square-ad", "div[id^=mm-]"),
        # under announcements of companies
        junk_paragraphs=re.compile(r"Hashtag: #"),
    )
