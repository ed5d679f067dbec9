"""scrapy preview: the whole pipeline on one page, with nothing stored; each field with its origin."""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table
from rich.text import Text
from scrapy.commands import ScrapyCommand
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import UsageError

from crawler.answers import page_of
from crawler.article_page import Page, PageProblem, parse_article_with_origins
from crawler.commands.fetching import Fetch, NotFetched, with_pages
from crawler.commands.outlet_argument import outlet_class
from crawler.listing_spider import ListingSpider
from pipelines.normalize import NormalizePipeline
from pipelines.storage.schema import ARTICLE_SCHEMA
from pipelines.validate import defect, with_substitute_time

_NOT_OF_THE_PAGE = frozenset({"run_id", "raw_file", "raw_offset", "channel", "revision", "etag"})
"""Columns that only a crawl can fill."""


class Command(ScrapyCommand):
    """Fetches or opens one page and shows the row that it would become."""

    requires_project = True
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "[options] URL_OR_FILE"

    def short_desc(self) -> str:
        return "Show the row that a page would become, each field with its origin; store nothing"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--url", help="the address that a saved page came from")
        parser.add_argument("--outlet", help="read the page by this outlet's rules (default: by its address)")
        parser.add_argument("--origin", help="fetch from this origin, such as http://127.0.0.1:8000")
        parser.add_argument("--json", action="store_true", help="print the row as JSON")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError("scrapy preview takes one address or one file")
        assert isinstance(self.crawler_process, AsyncCrawlerProcess)
        now = datetime.now(UTC)
        is_file = not args[0].startswith(("http://", "https://"))
        spider_class = self._spider_for(opts.url or args[0], opts.outlet)
        if is_file:
            page = _saved_page(Path(args[0]), opts.url or spider_class.site + "/", now)
        else:
            page = self._fetched_page(spider_class, args[0], opts.origin, now)
        try:
            article, origins = parse_article_with_origins(page, spider_class.rules, now=now)
        except PageProblem as problem:
            raise UsageError(f"{problem.url}: {problem.reason}", print_help=False) from problem
        spider_class().identify(article, page.url)
        article.first_seen_at = article.fetched_at = now
        article = with_substitute_time(NormalizePipeline().process_item(article))
        reason = defect(article, now)
        row = {name: getattr(article, name) for name in ARTICLE_SCHEMA.names if name not in _NOT_OF_THE_PAGE}
        if opts.json:
            row["images"] = [asdict(image) for image in article.images]
            print(json.dumps({**row, "quarantined": reason}, indent=1, ensure_ascii=False, default=str))  # noqa: T201
        else:
            _print_table(row, origins, reason)
        self.exitcode = 1 if reason else 0

    def _spider_for(self, url: str, outlet: str | None) -> type[ListingSpider]:
        """The outlet's spider class, by name or by the address's host; for another host one without rules.

        Raises UsageError for a name that no outlet has, and for a file whose address nobody says.
        """
        assert self.crawler_process is not None
        loader = self.crawler_process.spider_loader
        if outlet:
            return outlet_class(loader, outlet)
        host = urlsplit(url).hostname or ""
        for name in loader.list():
            spider_class = loader.load(name)
            if issubclass(spider_class, ListingSpider) and _is_host_of(spider_class, host):
                return spider_class
        if not host:
            raise UsageError("name the page's address by --url, or the outlet by --outlet", print_help=False)
        print(f"no outlet has the host {host}: read in the generic way", file=sys.stderr)  # noqa: T201
        site = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        return type("UnknownOutlet", (ListingSpider,), {"name": "unknown", "site": site, "channels": ()})

    def _fetched_page(
        self, spider_class: type[ListingSpider], url: str, origin: str | None, now: datetime
    ) -> Page:
        """The page as our crawl would get it: robots.txt, bounds and safety rules hold. Raises UsageError."""
        assert isinstance(self.crawler_process, AsyncCrawlerProcess)

        async def page(fetch: Fetch) -> Page:
            return page_of(await fetch(url), now)

        try:
            return with_pages(self.crawler_process, spider_class, origin, page)
        except NotFetched as problem:
            raise UsageError(str(problem), print_help=False) from problem


def _is_host_of(spider_class: type[ListingSpider], host: str) -> bool:
    hosts = (urlsplit(spider_class.site).hostname or "", *spider_class.aliases)
    return any(host == known or host.endswith("." + known) for known in hosts)


def _saved_page(path: Path, url: str, now: datetime) -> Page:
    """A page saved in a file, gzip allowed. Raises UsageError where it cannot be read."""
    try:
        body = path.read_bytes()
        if body.startswith(b"\x1f\x8b"):
            body = gzip.decompress(body)
    except (OSError, EOFError) as error:
        raise UsageError(f"cannot read {path}: {error}", print_help=False) from error
    return Page.from_body(url, body, fetched_at=now)


def _print_table(row: dict[str, Any], origins: dict[str, str], reason: str | None) -> None:
    table = Table("field", "value", "origin", show_lines=True)
    for name, value in row.items():
        if value not in (None, "", []):
            shown = "\n".join(str(part) for part in value) if isinstance(value, list) else str(value)
            # Text objects show what an outlet wrote as it is; markup in it has no effect.
            table.add_row(name, Text(shown), Text(origins.get(name, "derived")))
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(table)
    console.print(Text(f"would be quarantined: {reason}" if reason else "would be stored"))
