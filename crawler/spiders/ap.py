"""Associated Press: apnews.com."""

from __future__ import annotations

import re

from crawler.channels import Listing, Sitemap
from crawler.listing_spider import ListingSpider
from crawler.outlet_rules import Rules

_RULER = re.compile(r"_+$")


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
    rules = Rules(
        mark=".RichTextStoryBody",
        # Until July 2023.
        otherwise=Rules(
            headline=("json-ld:headline",),
            # The structured data names the agency alone.
            authors=(".CardHeadline [class^=Component-bylines]",),
            body=("[data-key=article]",),
            junk=("div[data-key]", "a[data-key]"),
            junk_paragraphs=_RULER,
        ),
        headline=("json-ld:headline",),
        states_authors=True,
        body=(".RichTextStoryBody",),
        # A link in the text is a span.LinkEnhancement.
        junk=("div[class*=Enhancement]", ".Advertisement"),
        junk_paragraphs=_RULER,
    )
