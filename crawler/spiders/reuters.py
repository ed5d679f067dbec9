"""Reuters: www.reuters.com."""

from __future__ import annotations

from crawler.channels import Listing, Sitemap
from crawler.listing_spider import ListingSpider


class ReutersSpider(ListingSpider):
    """The Asia desks; Reuters has no feeds any more, its news sitemap takes their place."""

    name = "reuters"
    site = "https://www.reuters.com"
    channels = (
        Listing("/world/asia-pacific/"),
        Listing("/world/china/"),
        Listing("/world/india/"),
        Sitemap("/arc/outboundfeeds/news-sitemap-index/?outputType=xml"),
    )
    article_urls = (
        r"/(?P<section>[\w-]+(?:/[\w-]+)*)/[\w-]+-(?P<day>\d{4}-\d{2}-\d{2})/?$",
        r"/article/(?:[\w-]+/)?[\w-]+-(?P<id>id[A-Z0-9]{8,16})$",
    )
