"""TDM reservation: what a host reserves of text and data mining, by /.well-known/tdmrep.json (W3C TDMRep)."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http.request import NO_CALLBACK

from crawler.items import Article
from crawler.kept_answers import KeptAnswers
from crawler.politeness import politeness_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)

PATH = "/.well-known/tdmrep.json"
RESERVED = "tdm-reserved"
_MAX_BYTES = 256 * 1024
_MAX_RULES = 1000
_TIMEOUT = 10


class Rule(NamedTuple):
    """Paths, in the patterns of robots.txt, and whether the host reserves them."""

    pattern: str
    is_reserved: bool


def reservation_rules(text: str) -> list[Rule]:
    """The rules of a tdmrep.json, in its order; none for what is no such file."""
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        return []
    rules = []
    for entry in entries[:_MAX_RULES] if isinstance(entries, list) else ():
        pattern = entry.get("location") if isinstance(entry, dict) else None
        if isinstance(pattern, str) and pattern.startswith(("/", "*")):
            rules.append(Rule(pattern, str(entry.get("tdm-reservation")).strip() in ("1", "True")))
    return rules


def is_reserved(rules: Iterable[Rule], path: str) -> bool:
    """Whether the first rule that matches the path reserves it."""
    return next((rule.is_reserved for rule in rules if _matches(rule.pattern, path)), False)


def _matches(pattern: str, path: str) -> bool:
    """By RFC 9309: the path begins with the pattern, "*" is any text, "$" at the end is the path's end."""
    is_whole = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for part in rest[:-1] if is_whole else rest:
        at = path.find(part, at)
        if at < 0:
            return False
        at += len(part)
    if not is_whole:
        return True
    return len(path) - at >= len(rest[-1]) and path.endswith(rest[-1]) if rest else at == len(path)


def mark_reserved(article: Article, rules: Sequence[Rule]) -> None:
    """Say in the article's `rights` that its host reserves it, if it does."""
    if rules and is_reserved(rules, urlsplit(article.url).path) and RESERVED not in article.rights:
        article.rights.append(RESERVED)


class HostReservations:
    """Spider middleware: gives the spider the rules of its host, in `reservations`.

    The host is asked before the crawl's first request; its answer is kept for a day. No answer is no
    reservation: the page's own mark and header are looked at in any case.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> HostReservations:
        return cls(crawler)

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        spider: Any = self._crawler.spider
        if hasattr(spider, "site"):
            spider.reservations = reservation_rules(await self._text(spider.site))
        if politeness_of(self._crawler).has_stopped:
            return  # Scrapy would go on with a spider whose ledger is closed
        async for request in start:
            yield request

    async def _text(self, site: str) -> str:
        kept = KeptAnswers(politeness_of(self._crawler), "tdmrep")
        text = kept.get(site)
        if text is None:
            request = Request(
                site + PATH,
                callback=NO_CALLBACK,
                meta={"download_timeout": _TIMEOUT, "download_maxsize": _MAX_BYTES, "dont_retry": True},
            )
            try:
                response: Response = await self._crawler.engine.download_async(request)
            except Exception as error:  # whatever kept the answer from us, a later run asks again
                logger.debug("%s: %s: %s", request.url, type(error).__name__, error)
                return ""
            text = response.body.decode("utf-8-sig", errors="replace") if response.status == 200 else ""
            kept.put(site, request.url, text)
        return text
