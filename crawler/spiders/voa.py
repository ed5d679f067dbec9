"""Voice of America: www.voanews.com."""

from __future__ import annotations

from crawler.channels import Feed
from crawler.listing_spider import ListingSpider
from crawler.outlet_rules import Rules


class VoaSpider(ListingSpider):
    """The East Asia desk, by its feed; little has come since spring 2025."""

    name = "voa"
    site = "https://www.voanews.com"
    channels = (Feed("/api/zobo_l-vomx-tpepvmv", is_asia=True),)
    article_urls = (r"/a/(?:[\w-]+/)?(?P<id>\d+)\.html$",)
    rules = Rules(
        body=("#article-content .wsw",),
        # The rest are players, pictures and related articles.
        junk=(".wsw > :not(p, h2, h3, h4, ul, ol, blockquote)",),
    )
