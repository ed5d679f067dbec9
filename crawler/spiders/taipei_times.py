"""Taipei Times: www.taipeitimes.com."""

from __future__ import annotations

import re

from crawler.channels import Feed, Listing
from crawler.listing_spider import ListingSpider
from crawler.outlet_rules import Rules


class TaipeiTimesSpider(ListingSpider):
    """All of the paper: Taiwan is its subject."""

    name = "taipei_times"
    site = "https://www.taipeitimes.com"
    channels = (
        Feed("/xml/index.rss"),
        Listing("/News/front"),
    )
    article_urls = (r"/News/(?P<section>\w+)/archives/(?P<day>\d{4}/\d{2}/\d{2})/(?P<id>\d{10})$",)
    is_all_asia = True
    rules = Rules(
        headline=("json-ld:headline",),
        # "By A Name and Another  /  Staff reporters, with CNA"
        authors=(".archives .name",),
        author_junk=re.compile(r"\s*/.*$"),
        lead=(".archives > h2",),
        body=(".archives",),
        junk=(".archives > :not(p, h3, blockquote)",),
        # "（By A Name, staff reporter）"
        junk_paragraphs=re.compile(r"[（(]By .*[）)]\s*$", re.I),
    )
