"""Yonhap News Agency: en.yna.co.kr."""

from __future__ import annotations

import re

from crawler.channels import Feed
from crawler.listing_spider import ListingSpider
from crawler.outlet_rules import Rules


class YonhapSpider(ListingSpider):
    """All of the agency's English service: the Koreas are its subject."""

    name = "yonhap"
    site = "https://en.yna.co.kr"
    channels = (
        Feed("/RSS/news.xml"),
        Feed("/RSS/northkorea.xml"),
    )
    article_urls = (r"/view/(?P<id>[A-Z]{3}\d{17})$",)
    is_all_asia = True
    rules = Rules(
        body=(".story-news",),
        junk=("aside", ".photo-group", ".caption-con", "p[class^=txt-]"),
        published=("meta:article:published_time", ".update-time@data-published-time"),
        time_zone="Asia/Seoul",
        # "YEOSU, South Korea, March 2 (Yonhap) --"
        dateline=re.compile(
            r"(?P<place>[A-Z][A-Z'-]+(?: [A-Z][A-Z'-]+){0,3})(?:, [A-Z][\w ]{2,24})?,"
            r" [A-Z][a-z]{2,8}\.? \d{1,2} \(Yonhap\) -- "
        ),
        # Byline, mail address and end mark are paragraphs like all others.
        junk_paragraphs=re.compile(r"By [\w .,-]{3,60}$|\S{1,60}@\S{1,60}$|\(END\)"),
    )
