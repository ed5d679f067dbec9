"""scrapy check_outlet: whether an outlet's channels and pages are read right, by its fixtures or live."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urljoin

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from scrapy.commands import ScrapyCommand
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import UsageError
from scrapy.utils.conf import closest_scrapy_cfg

from crawler.answers import page_of
from crawler.article_page import PageProblem
from crawler.channels import Channel, ChannelUnreadable, Sitemap, Window
from crawler.commands.fetching import Fetch, NotFetched, with_pages
from crawler.commands.outlet_argument import outlet_class
from crawler.items import Article
from crawler.listing_spider import ListingSpider
from crawler.outlet_fixtures import article_links, fixture_faults, read_article, write_expected
from crawler.suspicions import coverage, suspicions
from pipelines.normalize import normalize
from pipelines.validate import defect

ARTICLES = 5


@dataclass
class Checked:
    """What a live check saw."""

    channels: list[tuple[str, str]] = field(default_factory=list)
    """Channel and what it gave."""
    articles: list[Article] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


class Command(ScrapyCommand):
    """Checks the fixtures; with --live asks every channel once and reads some of the articles shown."""

    requires_project = True
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "[options] NAME"

    def short_desc(self) -> str:
        return "Check an outlet's channels and pages, by its fixtures or live; store nothing"

    def long_desc(self) -> str:
        return "Exit codes: 0 nothing is wrong (suspicions are for you to judge), 1 something is, 2 usage."

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--live", action="store_true", help="ask the outlet, as politely as a crawl")
        parser.add_argument("--origin", help="ask this origin instead, such as http://127.0.0.1:8000")
        parser.add_argument("--articles", type=int, default=ARTICLES, help=f"pages to read ({ARTICLES})")
        parser.add_argument(
            "--write", action="store_true", help="write what the fixtures give as expected, for you to read"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        process = self.crawler_process
        assert isinstance(process, AsyncCrawlerProcess)
        if len(args) != 1:
            raise UsageError("scrapy check_outlet takes one outlet; `scrapy list` shows them")
        spider_class = outlet_class(process.spider_loader, args[0])
        spider = spider_class()
        folder = Path(closest_scrapy_cfg()).parent / "tests" / "outlets" / spider.name
        if opts.write:
            if not (folder / "expected.json").exists():
                raise UsageError(f"{folder} has no expected.json to write anew", print_help=False)
            write_expected(spider, folder)
        if opts.live or opts.origin:
            self.exitcode = _check_live(process, spider_class, opts)
        else:
            self.exitcode = _check_fixtures(spider, folder)


def _check_fixtures(spider: ListingSpider, folder: Path) -> int:
    console = Console(highlight=False, soft_wrap=True)
    faults = fixture_faults(spider, folder)
    for fault in faults:
        console.print(escape(fault))
    if not faults:
        console.print(f"{spider.name}: its fixtures are read as expected")
    return 1 if faults else 0


def _check_live(
    process: AsyncCrawlerProcess, spider_class: type[ListingSpider], opts: argparse.Namespace
) -> int:
    now = datetime.now(UTC)
    spider = spider_class()
    checked = Checked()

    async def work(fetch: Fetch) -> None:
        await check(spider, fetch, checked, now, opts.articles)

    with_pages(process, spider_class, opts.origin, work)
    print_checked(checked, now)
    return 1 if checked.failures else 0


async def check(spider: ListingSpider, fetch: Fetch, checked: Checked, now: datetime, articles: int) -> None:
    """Ask every channel once, then read articles, from each channel in turn."""
    shown = []
    for channel in spider.channels:
        try:
            shown.append(await _links_of(spider, channel, fetch, now))
        except (NotFetched, ChannelUnreadable, PageProblem) as problem:
            checked.channels.append((channel.name, "failed"))
            checked.failures.append(f"{channel.name}: {problem}")
            continue
        checked.channels.append((channel.name, f"{len(shown[-1])} articles"))
        if not shown[-1]:
            checked.failures.append(f"{channel.name}: shows no link that article_urls take for an article")
    in_turn = (
        links[turn] for turn in range(max(map(len, shown), default=0)) for links in shown if turn < len(links)
    )
    for url in list(dict.fromkeys(in_turn))[:articles]:
        try:
            article = read_article(spider, page_of(await fetch(url), now), now)
        except (NotFetched, PageProblem) as problem:
            checked.failures.append(str(problem))
            continue
        normalize(article)
        checked.articles.append(article)
        if reason := defect(article, now):
            checked.failures.append(f"{url}: would be quarantined: {reason}")


async def _links_of(spider: ListingSpider, channel: Channel, fetch: Fetch, now: datetime) -> list[str]:
    """The articles that a channel shows; of an index of sitemaps, those of its newest file."""
    # Of day archives yesterday's: today's may be empty yet.
    window = Window(now.date() - timedelta(days=1), now.date())
    url = urljoin(spider.site, channel.addresses(window)[-1])
    body = (await fetch(url)).body
    links = article_links(spider, channel, body, url)
    further = channel.read(body, url, window).further
    if not links and isinstance(channel, Sitemap) and further:
        links = article_links(spider, channel, (await fetch(further[0])).body, further[0])
    return [link.url for link in links]


def print_checked(checked: Checked, now: datetime) -> None:
    """Channels, field coverage, suspicions and failures."""
    console = Console(highlight=False, soft_wrap=True)
    for name, gave in checked.channels:
        console.print(f"{escape(name)}: {gave}")
    if checked.articles:
        table = Table("field", "filled", "for instance", title=f"{len(checked.articles)} articles")
        for name, share in coverage(checked.articles).items():
            filled = (value for article in checked.articles if (value := getattr(article, name)))
            table.add_row(name, f"{share:.0%}", escape(str(next(filled, ""))[:80]))
        console.print(table)
    for line in suspicions(checked.articles, now):
        console.print(f"[yellow]suspicious[/] {escape(line)}")
    for line in checked.failures:
        console.print(f"[red]failed[/] {escape(line)}")
