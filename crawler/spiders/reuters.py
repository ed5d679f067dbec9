"""Reuters: www.reuters.com."""

from __future__ import annotations

import re

from crawler.channels import Listing, Sitemap
from crawler.listing_spider import ListingSpider
from crawler.outlet_rules import Rules


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
    rules = Rules(
        headline=("json-ld:headline",),
        states_authors=True,
        # Class names carry a hash that changes with every release.
        lead=("[class^=summary__summary]",),
        body=("[class^=article-body__content]",),
        junk=(
            "[data-testid=ContextWidget]",
            "[data-testid=ArticleToolbar]",
            "[data-testid*=promo]",
            "a > span",
            "button",
        ),
        junk_paragraphs=re.compile(
            r"Our Standards:|(?:Reporting|Writing|Editing|Rédigé) (?:by|par) |.{0,240}\bSign up here\b"
        ),
    )
