"""The Japan Times: www.japantimes.co.jp."""

from __future__ import annotations

from crawler.channels import Feed, Listing
from crawler.listing_spider import ListingSpider
from crawler.outlet_rules import Rules


class JapanTimesSpider(ListingSpider):
    """Japan and Asia-Pacific whole, and of everything else what is tagged with Asia."""

    name = "japan_times"
    site = "https://www.japantimes.co.jp"
    channels = (
        Feed("/feed/"),
        Listing("/news/japan"),
        Listing("/news/asia-pacific"),
    )
    article_urls = (r"/(?P<section>[\w-]+)/(?P<day>\d{4}/\d{2}/\d{2})/(?:[\w-]+/)*[\w-]+/?$",)
    rules = Rules(
        # Until 2022.
        mark="#jtarticle",
        otherwise=Rules(),
        headline=("hgroup h1",),
        authors=("header .writer", "header .credit"),
        body=("#jtarticle",),
        junk=("#jtarticle > :not(p, h2, h3, h4, blockquote)",),
    )
