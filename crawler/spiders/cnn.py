"""CNN: www.cnn.com."""

from __future__ import annotations

from crawler.channels import Listing, Sitemap
from crawler.listing_spider import ListingSpider
from crawler.outlet_rules import Rules


class CnnSpider(ListingSpider):
    """The Asia sections of the international edition."""

    name = "cnn"
    site = "https://www.cnn.com"
    aliases = ("edition.cnn.com",)
    channels = (
        Listing("/world/asia"),
        Listing("/world/china"),
        Listing("/world/india"),
        Sitemap("/sitemap/news.xml"),
    )
    article_urls = (r"/(?P<day>\d{4}/\d{2}/\d{2})/(?P<section>[\w-]+)/[\w-]+(?:/index\.html)?$",)
    rules = Rules(
        # Until 2022.
        mark="#body-text .zn-body__paragraph",
        otherwise=Rules(
            headline=("h1.headline__text",),
            body=(".article__content",),
            junk=(
                # "Hong Kong CNN —"
                ".source",
                "[data-component-name=editor-note]",
                "[data-component-name=related-content]",
                "[data-component-name=image]",
                "[data-component-name=video]",
                "[data-component-name=gallery]",
                "[data-component-name=html]",
            ),
        ),
        headline=("h1.pg-headline",),
        authors=(".metadata__byline__author a",),
        body=("#body-text",),
        junk=(".el__embedded", ".zn-body__read-more", ".ad", ".cn", ".el-editorial-source"),
    )
