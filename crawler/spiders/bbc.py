"""BBC News: www.bbc.com."""

from __future__ import annotations

from crawler.channels import Feed, Listing
from crawler.listing_spider import ListingSpider


class BbcSpider(ListingSpider):
    """The Asia feed and listing of BBC News; sport, sounds and video pages are no articles."""

    name = "bbc"
    site = "https://www.bbc.com"
    aliases = ("bbc.co.uk",)
    channels = (
        Feed("https://feeds.bbci.co.uk/news/world/asia/rss.xml", is_asia=True),
        Listing("/news/world/asia"),
    )
    article_urls = (
        r"/news/articles/(?P<id>c[a-z0-9]{9,14})$",
        r"/news/(?P<section>[a-z-]+)-(?P<id>\d{8})$",
    )
