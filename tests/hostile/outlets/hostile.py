"""An outlet that means harm: what a crawl of it meets is for HostileOutlet to say."""

from __future__ import annotations

from crawler.channels import Feed, Listing, Sitemap
from crawler.listing_spider import ListingSpider
from crawler.spiders.sputnik import LIST, RULES


class HostileSpider(ListingSpider):
    """Sputnik's markup on another host."""

    name = "hostile"
    site = "https://hostile.example"
    channels = (Listing("/asia/", LIST), Feed("/feed.xml"), Sitemap("/sitemap.xml"))
    article_urls = (r"/(?P<day>\d{8})/(?:[^/]+?-)?(?P<id>\d{6,12})\.html$",)
    rules = RULES
