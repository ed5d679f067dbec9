"""The Times of India: timesofindia.indiatimes.com."""

from __future__ import annotations

import re

from crawler.channels import Feed
from crawler.listing_spider import ListingSpider
from crawler.outlet_rules import Rules


class TimesOfIndiaSpider(ListingSpider):
    """India and top stories."""

    name = "times_of_india"
    site = "https://timesofindia.indiatimes.com"
    channels = (
        Feed("/rssfeeds/-2128936835.cms", is_asia=True),
        Feed("/rssfeedstopstories.cms", is_asia=True),
    )
    article_urls = (
        r"/(?:(?P<section>[\w-]+)/)?.*/articleshow/(?P<id>\d+)\.cms$",
        r"/(?:(?P<section>[\w-]+)/)?.*/liveblog/(?P<id>\d+)\.cms$",
    )
    rules = Rules(
        headline=("json-ld:headline",),
        authors=("json-ld:author",),
        author_junk=re.compile(r"^(?:TOI\b.*|Times ?of ?India(?:\.com)?)$", re.I),
        lead=(".id-r-synopsis",),
        body=("[data-articlebody]",),
        breaks="br, span.br, #poll-widget",
        junk=(
            "section.leadmedia",
            "section.id-r-component",
            ".img_cptn",
            ".socialembed",
            "[data-bottomsocialshare]",
        ),
        dateline=re.compile(r"(?P<place>[A-Z][A-Z /.-]{2,40}): (?=\S)"),
        junk_paragraphs=re.compile(r"You Can Also Check:|Get real-time updates\b"),
    )
