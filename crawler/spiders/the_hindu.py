"""The Hindu: www.thehindu.com."""

from __future__ import annotations

import re

from crawler.channels import Feed
from crawler.listing_spider import ListingSpider
from crawler.outlet_rules import Rules


class TheHinduSpider(ListingSpider):
    """National news whole, and of international news what is tagged with Asia."""

    name = "the_hindu"
    site = "https://www.thehindu.com"
    channels = (
        Feed("/news/national/feeder/default.rss", is_asia=True),
        Feed("/news/international/feeder/default.rss"),
    )
    article_urls = (r"/(?P<section>[\w-]+(?:/[\w-]+)*)/article(?P<id>\d+)\.ece$",)
    rules = Rules(
        headline=("h1.title",),
        lead=(".sub-title",),
        body=("[itemprop=articleBody]",),
        junk=(
            "[data-ga-label=AlsoReadArticle]",
            ".related-topics-list",
            ".article-ad",
            ".article-picture",
            ".comments-shares",
        ),
        junk_paragraphs=re.compile(
            r"Published - |(?:Read )?Comments(?: have to be in English|$)|Also Read\b|To read this editorial",
            re.I,
        ),
    )
