"""South China Morning Post: www.scmp.com."""

from __future__ import annotations

from crawler.channels import Feed, Listing
from crawler.listing_spider import ListingSpider


class ScmpSpider(ListingSpider):
    """Hong Kong, Asia and China, by the feeds of these sections."""

    name = "scmp"
    site = "https://www.scmp.com"
    channels = (
        Feed("/rss/2/feed", is_asia=True),
        Feed("/rss/3/feed", is_asia=True),
        Feed("/rss/4/feed", is_asia=True),
        Listing("/news/asia"),
    )
    article_urls = (r"/(?P<section>[\w-]+(?:/[\w-]+)*)/article/(?P<id>\d+)(?:/[\w-]*)?$",)
