"""Al Jazeera: www.aljazeera.com."""

from __future__ import annotations

import re

from crawler.channels import Feed, Listing
from crawler.listing_spider import ListingSpider
from crawler.outlet_rules import Rules


class AlJazeeraSpider(ListingSpider):
    """The Asia and Asia-Pacific sections, and one feed of everything."""

    name = "al_jazeera"
    site = "https://www.aljazeera.com"
    channels = (
        Listing("/asia/"),
        Listing("/asia-pacific/"),
        Feed("/xml/rss/all.xml"),
    )
    article_urls = (
        r"/(?P<section>(?!video/|podcasts/|program/)[\w-]+(?:/[\w-]+)?)/(?P<day>\d{4}/\d{1,2}/\d{1,2})/[\w-]+$",
        # Until 2020.
        r"/(?P<section>[\w-]+)(?:/\d{4}/\d{2})?/[\w-]+-(?P<id>\d{12,18})\.html$",
    )
    rules = Rules(
        # Until 2020, with lists of other articles within the text.
        mark=".article-p-wrapper",
        otherwise=Rules(
            # On a live blog this holds the key points alone.
            mark="main:not([data-component=live-blog], :has([class*=liveblog])) .wysiwyg--all-content",
            otherwise=Rules(),
            headline=("json-ld:headline",),
            states_authors=True,
            lead=(".article__subhead", ".article-header__sub-title"),
            body=(".wysiwyg--all-content",),
            junk=(".more-on", ".container--ads", "aside"),
            # "Almaty, Kazakhstan –"
            dateline=re.compile(
                r"(?P<place>[A-Z][\w'’.-]+(?: [A-Z][\w'’.-]+){0,3}), [A-Z][\w .]{2,30} [–—-] (?=\S)"
            ),
            section=("meta:pagesection",),
            tags=("meta:tags",),
        ),
        headline=("json-ld:headline",),
        states_authors=True,
        lead=(".article-heading-des",),
        body=(".article-p-wrapper",),
        junk=("h4", "ul:has(h4)", ".inpage-embed"),
    )
