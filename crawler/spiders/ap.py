"""Associated Press: apnews.com."""

from __future__ import annotations

from crawler.channels import Listing, Sitemap
from crawler.listing_spider import ListingSpider


class ApSpider(ListingSpider):
    """The Asia-Pacific hub, and the news sitemap for what is tagged with its countries."""

    name = "ap"
    site = "https://apnews.com"
    channels = (
        Listing("/hub/asia-pacific"),
        Listing("/hub/china"),
        Sitemap("/news-sitemap-content.xml"),
    )
    article_urls = (r"/[\w-]+/(?:[\w-]+-)?(?P<id>[0-9a-f]{32})$",)
