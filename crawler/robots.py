"""robots.txt by RFC 9309: rules are obeyed, a missing file allows all, an unreachable one stops the crawl."""

from __future__ import annotations

import asyncio
import codecs
import logging
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.http.request import NO_CALLBACK

from crawler.kept_answers import KeptAnswers
from crawler.politeness import NotNow, politeness_of
from crawler.safety import LeadsInside, Refused

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)

MAX_BYTES = 512 * 1024
_IS_ROBOTS = "is_robots_txt"
# Only the product's name counts: webmasters copy "asiadesk/0.1 (+https://…)" whole from their logs.
_AGENT_LINE = re.compile(r"^\s*user[- ]?agent\s*:?\s*([a-z_*-]*)([^#]*)", re.IGNORECASE)


class RobotsUnreachable(Exception):
    """The robots.txt of a host beside the outlet's own gives no answer, so its page may not be asked for."""

    reason = "robots-unreachable"


class RobotsRules:
    """What one robots.txt allows a crawler; `token` is its name there, such as "asiadesk"."""

    def __init__(self, text: str, token: str) -> None:
        self._token = token
        self._parsed = Protego.parse(_without_foreign_groups(text, token))

    def allows(self, url: str) -> bool:
        """Whether the crawler may fetch this URL."""
        return self._parsed.can_fetch(url, self._token)

    @property
    def gap(self) -> float:
        """Seconds that shall lie between two requests, by Crawl-delay or Request-rate; 0 for none."""
        delay = self._parsed.crawl_delay(self._token) or 0.0
        rate = self._parsed.request_rate(self._token)
        return max(delay, rate.seconds / rate.requests if rate else 0.0)


def robots_text(body: bytes) -> str:
    """The first 512 KiB of a robots.txt as text, whatever the bytes; no line is cut in two.

    It ought to be UTF-8. What an editor saved in UTF-16 was meant to be obeyed too.
    """
    is_utf_16 = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = body[:MAX_BYTES].decode("utf-16" if is_utf_16 else "utf-8-sig", errors="replace")
    if len(body) > MAX_BYTES:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1]
    return text


def _without_foreign_groups(text: str, token: str) -> str:
    """The text with all crawlers that are not us under one name.

    The parser gives every crawler of a group its own copy of each rule: 20,000 names and 20,000 rules, well
    within 512 KiB, would take it hours.
    """
    return "\n".join(_with_one_foreign_name(line, token) for line in text.splitlines())


def _with_one_foreign_name(line: str, token: str) -> str:
    match = _AGENT_LINE.match(line)
    if match is None:
        return line
    name = match[1].lower().replace("*", "")
    if not name and (match[1] or not match[2].strip()):
        name = "*"
    return f"User-agent: {name if name in ('*', token) else 'another'}"


class ObeyRobots:
    """Downloader middleware: refuses what robots.txt forbids, with the reason "robots".

    An answer is kept for a day in `state/robots/`. While the outlet's own robots.txt gives none (5xx, 429, no
    connection), nothing may be asked and the spider is closed as "robots-unreachable".
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._politeness = politeness_of(crawler)
        self._token = crawler.settings["USER_AGENT"].split("/")[0].strip().lower()
        self._kept = KeptAnswers(self._politeness, "robots")
        self._rules: dict[str, asyncio.Future[RobotsRules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ObeyRobots:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if not self._crawler.settings.getbool("ROBOTSTXT_OBEY") or request.meta.get(_IS_ROBOTS):
            return
        rules = await self._rules_for(request.url)
        if not rules.allows(request.url):
            self._crawler.stats.inc_value("robots/refused")
            raise Refused(request.url, "robots")

    async def _rules_for(self, url: str) -> RobotsRules:
        """The rules of the URL's host; asked once, however many requests wait for them."""
        parts = urlsplit(url)
        # A name before the "@" makes no other host of it, and no other file in the state.
        host = f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"
        rules = self._rules.get(host)
        if rules is None:
            rules = self._rules[host] = asyncio.ensure_future(self._learn(host, url))
        # One request that is given up must not take the answer from the others.
        return await asyncio.shield(rules)

    async def _learn(self, host: str, url: str) -> RobotsRules:
        text = self._kept.get(host)
        if text is None:
            text = await self._ask(host, url)
            hosts = getattr(self._crawler.spider, "allowed_domains", None)
            # Redirects may lead to ever new subdomains; their files must not fill the disk.
            if hosts is None or urlsplit(host).hostname in hosts:
                self._kept.put(host, f"{host}/robots.txt", text)
        rules = RobotsRules(text, self._token)
        if rules.gap:
            self._politeness.ask_at_most_every(rules.gap, url)
        return rules

    async def _ask(self, host: str, url: str) -> str:
        request = Request(
            f"{host}/robots.txt",
            callback=NO_CALLBACK,
            priority=1_000,
            meta={_IS_ROBOTS: True},
            dont_filter=True,
        )
        try:
            response: Response = await self._crawler.engine.download_async(request)
        except NotNow as held_back:
            raise NotNow(url, held_back.reason) from held_back
        except Refused as refusal:
            if host == self._site:
                # Too large, or sent on to another host: a fault of this file, and of no link.
                raise self._unreachable(host, url) from refusal
            # A host that may not be asked for its robots.txt may not be asked for a page.
            raise Refused(url, refusal.reason) from refusal
        except LeadsInside as error:
            if host == self._site:
                raise self._unreachable(host, url) from error
            raise LeadsInside(url, str(error)) from error
        except Exception as error:  # whatever kept the answer from us, there is none
            logger.warning("%s: %s: %s", request.url, type(error).__name__, error)
            raise self._unreachable(host, url) from error
        self._crawler.stats.inc_value(f"robots/answers/{response.status}")
        if 200 <= response.status < 300:
            return robots_text(response.body)
        if 400 <= response.status < 500 and response.status != 429:
            return ""
        logger.warning("%s: answered with %d", request.url, response.status)
        raise self._unreachable(host, url)

    @property
    def _site(self) -> str | None:
        """The outlet's own origin; None for a spider of no outlet."""
        return getattr(self._crawler.spider, "site", None)

    def _unreachable(self, host: str, url: str) -> Exception:
        # An outlet on https may have nothing at http: a link that leads there must not stop the others.
        if self._site is not None and host != self._site:
            return RobotsUnreachable(url)
        return self._politeness.stop(url, RobotsUnreachable.reason)
