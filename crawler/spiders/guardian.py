"""The Guardian: www.theguardian.com."""

from __future__ import annotations

from crawler.channels import Feed, Listing, Sitemap
from crawler.listing_spider import ListingSpider
from crawler.outlet_rules import Rules


class GuardianSpider(ListingSpider):
    """Asia-Pacific and South Asia; the news sitemap holds what these sections do not claim."""

    name = "guardian"
    site = "https://www.theguardian.com"
    channels = (
        Feed("/world/asia-pacific/rss", is_asia=True),
        Feed("/world/south-and-central-asia/rss", is_asia=True),
        Listing("/world/asia-pacific"),
        Sitemap("/sitemaps/news.xml"),
    )
    article_urls = (r"/(?P<section>[\w-]+)/(?:(?!video/|audio/)[\w-]+/)?\d{4}/[a-z]{3}/\d{2}/[\w-]+$",)
    rules = Rules(
        mark=".article-body-viewer-selector",
        # Until 2020. Live blogs are of neither design.
        otherwise=Rules(
            headline=("h1.content__headline",),
            lead=(".content__standfirst",),
            body=(".content__article-body",),
            junk=("aside", ".submeta", ".after-article", ".contributions__epic", ".content__standfirst ul"),
        ),
        headline=("json-ld:headline",),
        states_authors=True,
        lead=("[data-gu-name=standfirst]",),
        body=(".article-body-viewer-selector",),
        # Under a standfirst may stand a list of links.
        junk=("aside", "gu-island", "#sign-in-gate", "[data-gu-name=standfirst] ul"),
    )
