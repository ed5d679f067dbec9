"""scrapy new_outlet: the files of a new outlet, from what its listing page tells."""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote, urljoin, urlsplit

from protego import Protego
from rich.console import Console
from rich.markup import escape
from scrapy.commands import ScrapyCommand
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import UsageError
from scrapy.http import Response
from scrapy.utils.conf import closest_scrapy_cfg

from crawler.address_patterns import guess_patterns, id_in_query
from crawler.article_page import Page
from crawler.channels import ChannelUnreadable, Feed, Sitemap
from crawler.commands.fetching import Fetch, NotFetched, with_pages
from crawler.commands.scaffold import Discovery, is_outlet_name, write_outlet
from crawler.generic_listing import generic_listing_links
from crawler.listing_spider import ListingSpider
from crawler.outlet_fixtures import ALL_DAYS
from crawler.robots import robots_text

_MOST_FEEDS = 3
_MOST_SITEMAPS = 3
_FEEDS = "link[rel~=alternate][type*=rss], link[rel~=alternate][type*=atom]"


class Command(ScrapyCommand):
    """Fetches a listing, its feeds and the news sitemap, as politely as a crawl, and writes the scaffold."""

    requires_project = True
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "[options] NAME URL"

    def short_desc(self) -> str:
        return "Write the files of a new outlet, from the address of its Asia section"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--origin", help="fetch from this origin, such as http://127.0.0.1:8000")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        process = self.crawler_process
        assert isinstance(process, AsyncCrawlerProcess)
        if len(args) != 2 or not args[1].startswith(("http://", "https://")):
            raise UsageError("scrapy new_outlet takes a name and the address of a listing")
        name, url = args
        root = Path(closest_scrapy_cfg()).parent
        self._refuse_taken(name, root)
        site = _origin(url)
        spider_class = type("NewOutlet", (ListingSpider,), {"name": name, "site": site, "channels": ()})

        async def work(fetch: Fetch) -> Discovery:
            return await discover(fetch, name, url)

        try:
            found = with_pages(process, spider_class, opts.origin, work)
        except NotFetched as problem:
            raise UsageError(str(problem), print_help=False) from problem
        if not found.patterns:
            raise UsageError(
                f"{url}: no article links are found on it, nor in feeds; is it a listing?", print_help=False
            )
        console = Console(highlight=False, soft_wrap=True)
        for path in write_outlet(found, root):
            console.print(escape(str(path.relative_to(root))))
        console.print(
            f"\nNext: scrapy check_outlet {name} --live, then make the fixtures like the outlet's pages; "
            "docs/adding_an_outlet.md goes through it."
        )

    def _refuse_taken(self, name: str, root: Path) -> None:
        """Raise UsageError for a name that is none, or that something has already."""
        assert self.crawler_process is not None
        if not is_outlet_name(name):
            raise UsageError(f"{name!r} is no outlet name: lower case, digits, _", print_help=False)
        taken = (root / "crawler" / "spiders" / f"{name}.py", root / "tests" / "outlets" / name)
        if name in self.crawler_process.spider_loader.list():
            raise UsageError(f"there is an outlet {name!r} already", print_help=False)
        for path in taken:
            if path.exists():
                raise UsageError(f"{path} exists already", print_help=False)


async def discover(fetch: Fetch, name: str, url: str) -> Discovery:
    """What listing, feeds and robots.txt tell. Raises NotFetched if the listing cannot be had."""
    answer = await fetch(url)
    page = _page(answer)
    shown = [link.url for link in generic_listing_links(page)]
    site = _site(url, shown)
    listed = [link for link in shown if _is_of(link, site)]
    feeds, fed = await _feeds(fetch, page, url, site)
    sitemap = await _news_sitemap(fetch, site)
    paths = [_path(link) for link in (*listed, *fed) if _is_of(link, site)]
    patterns = guess_patterns(paths)
    examples = (next((path for path in paths if re.match(pattern, path)), None) for pattern in patterns)
    html = page.tree.css_first("html")
    # It goes into code and tables: words alone.
    title = " ".join(re.findall(r"[\w.,'&-]+", page.structured.first_meta("og:site_name") or ""))[:60]
    return Discovery(
        name=name,
        title=title or name.replace("_", " ").title(),
        site=site,
        language=(html and html.attributes.get("lang")) or "en",
        listing=_relative(url, site) if listed else None,
        feeds=tuple(feeds),
        sitemap=_relative(sitemap, site) if sitemap else None,
        patterns=tuple(patterns),
        paths=tuple(path for path in examples if path),
    )


def _path(link: str) -> str:
    """The address below its site, with the query where that has an id."""
    parts = urlsplit(link)
    return unquote(parts.path) + (f"?{parts.query}" if id_in_query(parts.query) else "")


def _site(url: str, links: Sequence[str]) -> str:
    """The outlet's origin: the one that its articles have, with "www." or without, else the listing's."""
    origins = Counter(_origin(link) for link in links if _is_of(link, url))
    return origins.most_common(1)[0][0] if origins else _origin(url)


def _origin(url: str) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))


def _is_of(url: str, site: str) -> bool:
    """Whether the address is one of the site's, with "www." or without, by https or by http."""
    return urlsplit(url).netloc.removeprefix("www.") == urlsplit(site).netloc.removeprefix("www.")


async def _feeds(fetch: Fetch, page: Page, url: str, site: str) -> tuple[list[tuple[str, bool]], list[str]]:
    """The feeds that a page names, as far as they answer as feeds, and the links in them."""
    section = urlsplit(url).path.strip("/").rpartition("/")[2].lower()
    named = (page.absolute(node.attributes.get("href")) for node in page.tree.css(_FEEDS))
    feeds: list[tuple[str, bool]] = []
    links: list[str] = []
    for address in list(dict.fromkeys(address for address in named if address))[:_MOST_FEEDS]:
        try:
            found = Feed(address).read((await fetch(address)).body, address, ALL_DAYS)
        except (NotFetched, ChannelUnreadable):
            continue
        is_asia = bool(section) and section in address.lower()
        feeds.append((_relative(address, site), is_asia))
        links.extend(link.url for link in found.links)
    return feeds, links


async def _news_sitemap(fetch: Fetch, site: str) -> str | None:
    """The sitemap of news that robots.txt names, if it answers as one."""
    try:
        text = robots_text((await fetch(site + "/robots.txt")).body)
    except NotFetched:
        return None
    named = [urljoin(site, address) for address in Protego.parse(text).sitemaps]
    for address in [address for address in named if "news" in urlsplit(address).path.lower()][
        :_MOST_SITEMAPS
    ]:
        try:
            Sitemap(address).read((await fetch(address)).body, address, ALL_DAYS)
        except (NotFetched, ChannelUnreadable):
            continue
        return address
    return None


def _page(answer: Response) -> Page:
    content_type = (answer.headers.get("Content-Type") or b"").decode("latin-1")
    return Page.from_body(answer.url, answer.body, content_type=content_type)


def _relative(url: str, site: str) -> str:
    """The address as a channel names it: without the outlet's own origin."""
    return (url[len(_origin(url)) :] or "/") if _is_of(url, site) else url
