"""scrapy why: what became of an article's link, and why."""

from __future__ import annotations

import argparse
from typing import Any, ClassVar

from rich.console import Console
from rich.markup import escape
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.spiderloader import get_spider_loader

from crawler.frontier import utc
from crawler.ledger_access import opened_ledger
from crawler.listing_spider import ListingSpider
from pipelines.storage.ledger import KnownLink, LinkState

_MEANING = {
    LinkState.DISCOVERED: "a channel showed it; it waits to be fetched by the next run",
    LinkState.STAGED: "its article waits in the ledger for the next publish",
    LinkState.STORED: "its article is a row of the dataset",
    LinkState.DUPLICATE: "it led to an article that has another link",
    LinkState.UNCHANGED: "its article is a row of the dataset, and was the same when looked at again",
    LinkState.FILTERED: "it led to something that is not collected",
    LinkState.BLOCKED: "it may not be fetched",
    LinkState.GONE: "the outlet says that it is no more; a stored row is kept",
    LinkState.FAILED: "it could not be fetched",
    LinkState.QUARANTINED: "its page made no valid row; the page is kept",
}


class Command(ScrapyCommand):
    """Finds the link under any of its addresses: old, new, AMP, other hosts of the outlet."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "[options] URL"

    def short_desc(self) -> str:
        return "Say what became of an article's link, and why"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError("scrapy why takes one address")
        assert self.settings is not None
        loader = get_spider_loader(self.settings)
        spiders = [loader.load(name)() for name in loader.list()]
        keys = [
            key for s in spiders if isinstance(s, ListingSpider) and (key := s.addresses.link_key(args[0]))
        ]
        if not keys:
            raise UsageError(
                f"{args[0]} is no article address of any outlet; `scrapy list` names the outlets",
                print_help=False,
            )
        with opened_ledger(self.settings) as ledger:
            found = next((link for key in keys if (link := ledger.link(key))), None)
        if found is None:
            print(f"{args[0]}: no channel has shown this link yet")  # noqa: T201
            self.exitcode = 1
            return
        Console(highlight=False).print(
            "\n".join(f"[bold]{name:<14}[/] {escape(text)}" for name, text in story(found))
        )


def story(link: KnownLink) -> list[tuple[str, str]]:
    """What the ledger knows of a link, for people: name and text by line."""
    lines = [
        ("state", f"{link.state}: {_MEANING[link.state]}"),
        ("reason", link.reason),
        ("article", link.article_id and f"{link.article_id}, revision {link.revision}"),
        ("month", str(link.month) if link.month else None),
        ("shown by", ", ".join(link.channels)),
        ("first seen", f"{utc(link.first_seen_at):%Y-%m-%d %H:%M:%S} UTC"),
        ("last fetched", link.last_fetched_at and f"{utc(link.last_fetched_at):%Y-%m-%d %H:%M:%S} UTC"),
        ("next look", link.due_at and f"{utc(link.due_at):%Y-%m-%d %H:%M:%S} UTC"),
        ("attempts", str(link.attempts) if link.attempts else None),
        ("run", link.run_id),
    ]
    return [(name, text) for name, text in lines if text]
