"""BBC News: www.bbc.com."""

from __future__ import annotations

from crawler.channels import Feed, Listing
from crawler.listing_spider import ListingSpider
from crawler.outlet_rules import Rules


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
    rules = Rules(
        # Since 2021; world service pages and what is older are read in the generic way.
        mark="article [data-component=text-block]",
        otherwise=Rules(),
        headline=("json-ld:headline",),
        body=("article:has([data-component=text-block])",),
        blocks="[data-component]",
        block_kind="data-component",
        block_text={
            "text-block": "p, h2, h3, li:not(:has(p))",
            "subheadline-block": "h2, h3",
            "crosshead-block": "h2, h3",
            # A list of links leads to other articles.
            "unordered-list-block": "li:not(:has(a))",
            "ordered-list-block": "li:not(:has(a))",
        },
    )
