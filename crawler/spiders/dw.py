"""Deutsche Welle: www.dw.com."""

from __future__ import annotations

import re

from crawler.channels import Feed
from crawler.listing_spider import ListingSpider
from crawler.outlet_rules import Rules


class DwSpider(ListingSpider):
    """The English Asia desk, by its feed."""

    name = "dw"
    site = "https://www.dw.com"
    channels = (Feed("https://rss.dw.com/rdf/rss-en-asia", is_asia=True),)
    article_urls = (r"/[a-z]{2}/[^/]+/a-(?P<id>\d+)$",)
    rules = Rules(
        mark="article .rich-text",
        # Until May 2023, with a day and no time.
        otherwise=Rules(
            headline=("h1",),
            lead=(".intro",),
            body=(".longText",),
            junk=(".picBox",),
            days_only=True,
            # "Author A Name", in German "Autorin/Autor A Name"
            authors=("ul.smallList li:has(strong:lexbor-contains('Aut'))",),
            author_junk=re.compile(r"^Aut\S+ "),
        ),
        headline=("json-ld:headline",),
        lead=("article header .teaser-text",),
        body=("article .rich-text",),
        junk=(".embed", ".rich-text-ad", ".advertisement"),
        # "mf/sms (AFP, Reuters)", "Edited by: A Name"
        junk_paragraphs=re.compile(r"(?:[a-z]{2,3}/){0,3}[a-z]{2,3} \([A-Za-z ,\d]{2,60}\)$|Edited by:? "),
    )
