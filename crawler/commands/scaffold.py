"""Scaffold: the files of a new outlet, as far as its pages tell them; what is invented says so."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from crawler.address_patterns import invented_path
from crawler.listing_spider import ListingSpider
from crawler.outlet_fixtures import write_expected

_SLUG = "an-invented-headline-of-an-article"
_HEADLINE = "An Invented Headline of an Article"
_PARAGRAPHS = (
    "The night ferry between the two islands will sail again from Monday, the harbour office said, after a "
    "winter in which its engine was taken apart and put together twice.",
    "Passengers had crossed by a chain of fishing boats since November. The office counted about four "
    "hundred of them a week, most with bicycles, some with goats.",
    "“We missed the whistle more than the boat,” said Ana Sample, who sells tea at the pier. The first "
    "crossing is free for all who can sing its song.",
)


@dataclass(frozen=True)
class Discovery:
    """What a new outlet's pages told."""

    name: str
    title: str
    """The outlet's name for people."""
    site: str
    language: str
    listing: str | None
    """Path of the listing, if article links are found on it."""
    feeds: tuple[tuple[str, bool], ...]
    """Addresses, and whether a feed is that of the listing's section."""
    sitemap: str | None
    patterns: tuple[str, ...]
    paths: tuple[str, ...]
    """Paths of articles, an example for each pattern."""


def class_name(name: str) -> str:
    """The name of an outlet's spider class."""
    return "".join(part.capitalize() for part in name.split("_")) + "Spider"


def write_outlet(found: Discovery, root: Path) -> list[Path]:
    """Write or extend all files that an outlet has; they are returned."""
    spider_path = root / "crawler" / "spiders" / f"{found.name}.py"
    spider_path.write_text(_spider_file(found), encoding="utf-8")
    folder = root / "tests" / "outlets" / found.name
    folder.mkdir(parents=True)
    spider = _spider_in(spider_path, found.name)
    _write_fixtures(found, spider, folder)
    timetable = root / "schedules" / "timetable.toml"
    _append(timetable, f'\n[outlets.{found.name}]\nevery = "1h"\nenabled = false\n')
    table = root / "docs" / "outlets.md"
    kinds = ", ".join(_kinds(found))
    _append(table, f"| `{found.name}` | {found.title} | {kinds} | scaffold; nothing checked yet |\n")
    owed = root / "docs" / "unverified.md"
    _append(owed, f"| `{found.name}` | every channel, and what is read off its pages | scaffold |\n")
    return [spider_path, *sorted(folder.iterdir()), timetable, table, owed]


def _kinds(found: Discovery) -> list[str]:
    kinds = {"listing": found.listing, "feed": found.feeds, "news sitemap": found.sitemap}
    return [kind for kind, there in kinds.items() if there]


def _append(path: Path, text: str) -> None:
    before = path.read_text(encoding="utf-8").rstrip("\n") + "\n" if path.exists() else ""
    path.write_text(before + text, encoding="utf-8")


def _spider_file(found: Discovery) -> str:
    channels = []
    if found.listing:
        channels.append(f"Listing({_quoted(found.listing)})")
    for address, is_asia in found.feeds:
        channels.append(f"Feed({_quoted(address)}{', is_asia=True' if is_asia else ''})")
    if found.sitemap:
        channels.append(f"Sitemap({_quoted(found.sitemap)})")
    kinds = sorted({channel.partition("(")[0] for channel in channels})
    lines = [
        f'"""{found.title}: {urlsplit(found.site).netloc}."""',
        "",
        "from __future__ import annotations",
        "",
        f"from crawler.channels import {', '.join(kinds)}",
        "from crawler.listing_spider import ListingSpider",
        "",
        "",
        f"class {class_name(found.name)}(ListingSpider):",
        '    """Say here what of the outlet is watched, and why."""',
        "",
        f'    name = "{found.name}"',
        f"    site = {_quoted(found.site)}",
        "    channels = (",
        *(f"        {channel}," for channel in channels),
        "    )",
        "    article_urls = (",
        *(f'        r"{pattern}",' for pattern in found.patterns),
        "    )",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _spider_in(path: Path, name: str) -> ListingSpider:
    """The spider that a file holds, made."""
    spec = importlib.util.spec_from_file_location(f"crawler.spiders.{name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    spider = getattr(module, class_name(name))()
    assert isinstance(spider, ListingSpider)
    return spider


def _write_fixtures(found: Discovery, spider: ListingSpider, folder: Path) -> None:
    """Pages in the plainest markup, with invented text, to be made like the outlet's own."""
    urls = [found.site + invented_path(path, _SLUG) for path in found.paths]
    articles = []
    for url in urls:
        told = spider.addresses.article(spider.addresses.canonical(url))
        if told is not None:
            day = told.day.isoformat() if told.day else None
            articles.append({"url": url, "id": told.native_id, "day": day, "section": told.section})
    addresses = {"articles": articles, "others": [found.site + (found.listing or "/")]}
    _write_json(folder / "addresses.json", addresses)
    (folder / "article.html").write_text(_article_page(found, urls[0]), encoding="utf-8")
    channels = {}
    for channel in spider.channels:
        page = _channel_page(channel.kind, urls)
        file = {"listing": "listing.html", "feed": "feed.xml", "sitemap": "sitemap.xml"}[channel.kind]
        if file not in channels:
            (folder / file).write_text(page, encoding="utf-8")
            channels[file] = {"channel": channel.name}
    expected = {"channels": channels, "articles": {"article.html": {"url": urls[0]}}}
    _write_json(folder / "expected.json", expected)
    write_expected(spider, folder)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _channel_page(kind: str, urls: list[str]) -> str:
    if kind == "listing":
        items = "".join(f'<h3><a href="{escape(url)}">{_HEADLINE}</a></h3>\n' for url in urls)
        return f"<!DOCTYPE html>\n<html><body><main>\n{items}</main></body></html>\n"
    if kind == "feed":
        items = "".join(
            f"<item><title>{_HEADLINE}</title><link>{escape(url)}</link>"
            "<pubDate>Mon, 02 Mar 2026 08:30:00 +0000</pubDate></item>\n"
            for url in urls
        )
        return f'<rss version="2.0"><channel><title>Invented</title>\n{items}</channel></rss>\n'
    items = "".join(
        f"<url><loc>{escape(url)}</loc><news:news><news:title>{_HEADLINE}</news:title>"
        "<news:publication_date>2026-03-02T08:30:00Z</news:publication_date></news:news></url>\n"
        for url in urls
    )
    return (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{items}</urlset>\n'
    )


def _article_page(found: Discovery, url: str) -> str:
    about = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": _HEADLINE,
        "datePublished": "2026-03-02T08:30:00+00:00",
        "author": [{"@type": "Person", "name": "Ana Sample"}],
    }
    text = "\n".join(f"<p>{paragraph}</p>" for paragraph in _PARAGRAPHS)
    return f"""<!DOCTYPE html>
<html lang="{escape(found.language)}"><head><meta charset="utf-8">
<title>{_HEADLINE} - {escape(found.title)}</title>
<link rel="canonical" href="{escape(url)}">
<script type="application/ld+json">{json.dumps(about)}</script>
</head><body><article>
<h1>{_HEADLINE}</h1>
{text}
</article></body></html>
"""


def is_outlet_name(name: str) -> bool:
    """Whether the name can be that of a file, a class and a partition."""
    return re.fullmatch(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", name) is not None
