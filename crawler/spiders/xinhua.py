"""Xinhua: english.news.cn."""

from __future__ import annotations

from crawler.channels import Listing
from crawler.listing_spider import ListingSpider
from crawler.outlet_rules import Rules


class XinhuaSpider(ListingSpider):
    """China and Asia-Pacific, by their pages."""

    name = "xinhua"
    site = "https://english.news.cn"
    channels = (
        Listing("/asiapacific/index.htm"),
        Listing("/china/index.htm"),
    )
    article_urls = (r"/(?:(?P<section>[\w-]+)/)?(?P<day>\d{8})/(?P<id>[0-9a-f]{32})/c\.html$",)
    rules = Rules(
        headline=(".conTop h1",),
        body=("#detailContent",),
        # Beijing time; nothing on the page says so.
        published=(".infos .time", ".time"),
        time_zone="Asia/Shanghai",
    )
