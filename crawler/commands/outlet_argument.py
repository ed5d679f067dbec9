"""The outlet that a command's user named."""

from __future__ import annotations

from scrapy.exceptions import UsageError
from scrapy.spiderloader import SpiderLoaderProtocol

from crawler.listing_spider import ListingSpider


def outlet_class(loader: SpiderLoaderProtocol, name: str) -> type[ListingSpider]:
    """The spider class of the outlet. Raises UsageError for a name that no outlet has."""
    spider_class = loader.load(name) if name in loader.list() else None
    if spider_class is None or not issubclass(spider_class, ListingSpider):
        raise UsageError(f"no outlet {name!r}; `scrapy list` shows them", print_help=False)
    return spider_class
