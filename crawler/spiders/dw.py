"""Deutsche Welle: www.dw.com."""

from __future__ import annotations

from crawler.channels import Feed
from crawler.listing_spider import ListingSpider


class DwSpider(ListingSpider):
    """The English Asia desk, by its feed."""

    name = "dw"
    site = "https://www.dw.com"
    channels = (Feed("https://rss.dw.com/rdf/rss-en-asia", is_asia=True),)
    article_urls = (r"/[a-z]{2}/[^/]+/a-(?P<id>\d+)$",)
