"""Sputnik International: sputnikglobe.com, before 2023 sputniknews.com."""

from __future__ import annotations

import re

from crawler.channels import DayArchive, Feed, Listing, ListMarkup, Sitemap
from crawler.listing_spider import ListingSpider
from crawler.outlet_rules import Pictures, Rules

_SITE_NAME = re.compile(r"[-–] Sputnik[^-–]{0,40}$")
_AGENCY = re.compile(r"^Sputnik(?: \w+)?$|\.? ?Sputnik (?:International|\w+)$")
_CALLS = re.compile(
    r"Never miss a story again\b|Subscribe\W*$|READ MORE:|Like this story\?"
    # Looked for from its end, which hardly any paragraph has.
    r"|(?=.*Telegram channel)"
    r".{0,120}\b(?i:sign up|subscribe|follow|join)\b.{0,60}\bTelegram channel\b.{0,80}$"
    r"|To participate in the discussion\b|The discussion is closed\b"
    r"|(?:log in or register|loader|Newsfeed|Chats|Title of the opened material)\W*$"
)

OLD_DESIGN = Rules(
    # Until 2021, and still what archives hold. The headline stands outside of div.b-article.
    scope=".b-article",
    headline=("h1", "page:h1"),
    lead=(".b-article__lead",),
    body=(".b-article__text", "[itemprop=articleBody]"),
    junk=(".b-inject", "p.b-disclaimer", ".b-article__refs", ".social-likes-pane", ".b-banner", "script"),
    junk_paragraphs=_CALLS,
    # In 2019 these pages give Moscow time and call it Z, but for p_ts, which is right.
    published=("meta:analytics:p_ts", "meta:datepublished", "meta:pubdate", ".b-article__refs-date@datetime"),
    modified=("meta:datemodified", "meta:lastmod"),
    section=(".b-article__refs-rubric", "meta:analytics:rubric"),
    tags=(".b-article__refs-tags a", "meta:keywords"),
    authors=(".b-article__refs-author a", "meta:author"),
    author_junk=_AGENCY,
    pictures=(
        Pictures(
            "page:.b-article__header",
            source=("img@src",),
            caption=("img@title", "img@alt"),
            credit=(".b-article__header-copy",),
        ),
        Pictures(
            # An inject with a link is a related card.
            ".b-inject:not(:has(.b-inject__content a))",
            source=("img@src",),
            caption=(".b-inject__content", "img@title", "img@alt"),
            credit=(".b-inject__copy",),
        ),
    ),
    caption_junk=_SITE_NAME,
    related=(".b-inject a[href*='/20']@href",),
)

RULES = Rules(
    mark=".article__body",
    otherwise=OLD_DESIGN,
    scope=".article",
    headline=(".article__title",),
    lead=(".article__announce-text",),
    body=(".article__body", ".online", ".article__meta [itemprop=articleBody]"),
    blocks=".article__block, .online__item",
    block_text={
        "text": ".article__text",
        "quote": ".article__quote-text",
        "h2": "h2, h3",
        "h3": "h2, h3",
        "list": "ul, ol",
        "vrez": "p, .article__text",
        "article": "",
        "": ".online__item-text",
        "*": ".article__text",
    },
    junk=(
        "script",
        "style",
        "[data-article=main-photo]",
        ".article__article",
        ".media",
        ".article__quote-bg",
    ),
    junk_paragraphs=_CALLS,
    published=(
        ".article__info-date [data-unixtime]@data-unixtime",
        "meta:analytics:p_ts",
        "meta:article:published_time",
        ".article__meta [itemprop=datePublished]",
    ),
    modified=(
        "meta:article:modified_time",
        ".article__meta [itemprop=dateModified]",
        ".article__info-date-modified",
    ),
    section=("meta:article:section", "meta:analytics:rubric"),
    tags=(".article__footer .tag__text", ".tag__text", "meta:article:tag", "meta:keywords"),
    authors=(".article__author-name", "meta:article:author", "meta:analytics:author"),
    author_junk=_AGENCY,
    pictures=(
        Pictures(
            ".article__announce .media, .article__body .media, .article__photo-item",
            source=("img@src", "img@data-src", ".photoview__open@data-photoview-src"),
            caption=(".media__title", ".article__photo-item-text", "img@title", "img@alt"),
            credit=(
                ".media__copyright-item.m-copyright",
                ".media__copyright",
                ".article__photo-item-copyright",
            ),
        ),
    ),
    caption_junk=_SITE_NAME,
    related=("[data-type=article] a[href]@href",),
    flags={
        "live_blog": ".online__item",
        "gallery": ".article__body:not(:has(.article__text)) [data-type=photolenta]",
    },
)

LIST = ListMarkup(
    links="a.list__title",
    item=".list__item",
    time="[data-unixtime]@data-unixtime",
    # The first page has a button; every fragment behind it names the next one itself.
    more=(".list__more@data-url", ".list-items-loaded@data-next-url"),
)


class SputnikSpider(ListingSpider):
    """The Asia section, and what feed, day archive and sitemaps hold of it besides."""

    name = "sputnik"
    site = "https://sputnikglobe.com"
    aliases = ("sputniknews.com",)
    channels = (
        Listing("/asia/", LIST),
        Feed("/export/rss2/archive/index.xml"),
        DayArchive("/%Y%m%d/", LIST),
        Sitemap("/sitemap_article_index.xml"),
    )
    article_urls = (
        r"/(?P<day>\d{8})/(?:[^/]+?-)?(?P<id>\d{6,12})\.html$",
        # Until 2021, and before 2016; in these the section "asia" stands for Asia and the Pacific.
        r"/(?P<section>[\w-]+)/(?P<day>\d{8})(?P<id>\d{8,10})-[^/]*/?$",
        r"/(?P<section>[\w-]+)/(?P<day>\d{8})/(?P<id>\d+)/[^/]+\.html$",
    )
    rules = RULES
