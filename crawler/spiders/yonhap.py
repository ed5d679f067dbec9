"""Yonhap News Agency: en.yna.co.kr."""

from __future__ import annotations

from crawler.channels import Feed
from crawler.listing_spider import ListingSpider


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
