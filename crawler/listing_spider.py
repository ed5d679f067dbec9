"""ListingSpider: the crawl that all outlets share; an outlet adds its channels and rules, mostly as data.

What reads articles is imported with the first article: a run that finds nothing new does without.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar, Self
from urllib.parse import urljoin, urlsplit

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.answers import conditions, failure_reason, header, is_unchanged, page_of, refusal
from crawler.asia_terms import asia_terms, names_asia
from crawler.channels import (
    Channel,
    ChannelUnreadable,
    DayArchive,
    Feed,
    ListedLink,
    Listing,
    Sitemap,
)
from crawler.frontier import FIRST_WINDOW, NOT_ASIA, Frontier, asks_in_full, next_recheck, plan_window, utc
from crawler.items import Article, FetchedPage
from crawler.outlet_addresses import ArticleAddress, OutletAddresses
from crawler.outlet_rules import Rules
from crawler.page import ArticleNotFound, PageProblem, Wall
from crawler.politeness import NotNow
from crawler.spider_arguments import (
    day_argument,
    limit_argument,
    origin_argument,
    refuse_future,
    refuse_unknown,
)
from crawler.tdm_reservation import Rule, mark_reserved
from pipelines.run_settings import time_setting
from pipelines.session import session_of
from pipelines.storage.canonical_url import article_id
from pipelines.storage.ledger import KnownLink, LinkState, Outcome
from pipelines.storage.ledger import Listing as LastListing

# Channels go first, so that what they show is known before the articles arrive; re-checks can wait longest.
_PRIORITY = {"listing": 40, "feed": 30, "archive": 20, "sitemap": 10}
_RECHECK_PRIORITY = -10
_SITEMAP_MAXSIZE = 16 * 1024 * 1024
_MAX_LISTING_PAGES = 200
"""Where a listing that never ends is left; the archives and sitemaps hold the rest."""
_MAX_SITEMAP_FILES = 500
_MAX_SITEMAP_DEPTH = 3
"""An index of sitemaps may list indexes, against its protocol, but not for ever."""
_MAX_NEW_LINKS = 300_000
"""New links that a run takes into the ledger; an outlet has not so many in a day, nor do we ask for more."""


class ListingSpider(Spider):
    """Watches an outlet's channels and turns the articles that they show into items.

    Spider arguments: `since` and `until` (dates, both included) name the days whose archives and sitemaps to
    read, instead of what came since the last run; listings and feeds are read unless `until` is past. `limit`
    bounds the article pages of this run, the other links wait in the ledger. `origin` sends the outlet's
    requests to another host ("http://127.0.0.1:8000").
    Raises ValueError for arguments that are none of this.
    """

    site: ClassVar[str]
    """The outlet's own origin: "https://sputnikglobe.com"."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """Other host names of the same outlet."""
    channels: ClassVar[tuple[Channel, ...]]
    article_urls: ClassVar[tuple[str, ...]] = ()
    """Patterns of article paths, query included where it names the article; groups `id`, `day` and `section`.

    A link that fits none is no article. Without patterns every link on the site counts.
    """
    is_all_asia: ClassVar[bool] = False
    """Whether all that the outlet publishes is of the watched section."""
    rules: ClassVar[Rules | None] = None

    def __init__(
        self,
        since: str | None = None,
        until: str | None = None,
        limit: str | None = None,
        origin: str | None = None,
        **unknown: str,
    ) -> None:
        super().__init__()
        refuse_unknown(unknown)
        self.since = day_argument("since", since)
        self.until = day_argument("until", until)
        if self.since and self.until and self.since > self.until:
            raise ValueError(f"since={since} is after until={until}")
        self.limit = limit_argument(limit)
        self.origin = origin_argument(origin)
        hosts = (urlsplit(urljoin(self.site, channel.path)).hostname or "" for channel in self.channels)
        self.allowed_domains = list({urlsplit(self.site).hostname or "", *self.aliases, *hosts})
        self.asia_terms = asia_terms()
        self.addresses = OutletAddresses(self.name, self.site, self.aliases, self.article_urls)
        self.reservations: Sequence[Rule] = ()
        """What the outlet's host reserves of text and data mining; HostReservations asks for it."""
        self._channel_requests_made: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """As Scrapy makes spiders. Raises ValueError for a `since` in the future of the run's clock."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.asia_terms = asia_terms(crawler.settings.getlist("ASIA_TERMS"))
        refuse_future(spider.since, (time_setting(crawler.settings.get("NOW")) or datetime.now(UTC)).date())
        return spider

    # ---- channels

    async def start(self) -> AsyncIterator[Request]:
        """Ask the channels, then request the links that they show and those that are still unfinished."""
        self.session = session = session_of(self.crawler)
        self._last_sweep = await session.last_sweep()
        self.window, self.sweeping = plan_window(session.now(), self.since, self.until, self._last_sweep)
        settings = self.crawler.settings
        self.frontier = Frontier(
            session, self.window, self.limit, at_once=4 * settings.getint("CONCURRENT_REQUESTS")
        )
        session.on_settled = self.frontier.settled
        await self.frontier.resume(recheck=settings.getbool("RECHECK") and not (self.since or self.until))
        for channel in self.channels:
            if self._is_read(channel):
                for request in await self._channel_requests(channel, channel.addresses(self.window)):
                    yield request
        while (given := await self.frontier.next_link()) is not None:
            yield self._article_request(*given)

    def completes_sweep(self) -> bool:
        """Whether this run, if nothing fails, leaves no gap behind: it looked at all since the last sweep."""
        today = self.session.now().date()
        from_day = self._last_sweep.date() if self._last_sweep else today - FIRST_WINDOW
        return self.sweeping and self.window.since <= from_day and self.window.until >= today

    def _is_read(self, channel: Channel) -> bool:
        """Whether this run asks the channel: past days only by day, sitemaps only when sweeping."""
        if isinstance(channel, Listing | Feed):
            return self.window.until >= self.session.now().date()
        return self.sweeping if isinstance(channel, Sitemap) else True

    async def _channel_requests(
        self, channel: Channel, addresses: Sequence[str], page: int = 1
    ) -> list[Request]:
        """Requests for pages of a channel not yet asked in this run; conditional where seen before."""
        requests = []
        for address in addresses:
            url = urljoin(self.site, address)
            if url in self._channel_requests_made:
                continue
            self._channel_requests_made.add(url)
            headers = {}
            if page == 1 and not self.sweeping and isinstance(channel, Listing | Feed):
                seen = await self.session.call(self.session.ledger.listing, self.name, channel.name)
                headers = conditions(seen.etag, seen.last_modified) if seen else {}
            meta = {"download_maxsize": _SITEMAP_MAXSIZE} if isinstance(channel, Sitemap) else {}
            try:
                request = Request(
                    url,
                    headers=headers,
                    callback=self.parse_channel,
                    errback=partial(self.channel_failed, channel=channel, page=page),
                    cb_kwargs={"channel": channel, "page": page},
                    meta=meta,
                    priority=_PRIORITY[channel.kind],
                )
            except ValueError as error:  # "javascript:more()"
                self.logger.debug("channel %s goes no further: %s", channel.name, error)
                continue
            # Not before: the run waits for every page that is open.
            self.frontier.open_page(channel)
            requests.append(request)
        return requests

    async def parse_channel(self, response: Response, channel: Channel, page: int) -> AsyncIterator[Request]:
        """Take a channel page's links into the ledger, and go on to the pages that carry it on."""
        report = self.frontier.channels[channel.name]
        try:
            if raw := response.meta.get("raw_page"):
                self.session.keep_page(raw)
            if is_unchanged(response):
                report.unchanged += 1
                report.status = "ok"
                return
            if response.status != 200:
                raise ChannelUnreadable(response.url, f"http-{response.status}")
            found = channel.read(response.body, response.url, self.window)
            # What a listing or feed shows is taken whole: outlets show old articles anew.
            window = self.window if isinstance(channel, DayArchive | Sitemap) else None
            links = list(self.addresses.article_links(found.links, window))
            if sum(known.new for known in self.frontier.channels.values()) > _MAX_NEW_LINKS:
                raise ChannelUnreadable(response.url, "too-many-links")
            shown, new = await self.frontier.admit(channel, links)
            report.status = "ok"
            report.pages += 1
            report.links += shown
            report.new += new
            if page == 1 and isinstance(channel, Listing | Feed):
                await self._remember_listing(response, channel, shown, new)
            for request in await self._further(channel, found.further, page, shown, new):
                yield request
        except ChannelUnreadable as problem:
            report.fail(problem.reason)
            self.logger.warning("channel %s: %s", channel.name, problem)
        finally:
            self.frontier.close_page()

    async def _remember_listing(self, response: Response, channel: Channel, shown: int, new: int) -> None:
        """Keep what lets the next run ask whether the listing changed."""
        listing = LastListing(
            channel.name,
            etag=header(response, "ETag"),
            last_modified=header(response, "Last-Modified"),
            links=shown,
            new=new,
            seen_at=int(self.session.now().timestamp()),
        )
        await self.session.call(self.session.ledger.remember_listing, self.name, listing)

    async def _further(
        self, channel: Channel, addresses: Sequence[str], page: int, shown: int, new: int
    ) -> list[Request]:
        """Requests for the pages that carry a channel on: all files of an index, listings while new."""
        if isinstance(channel, Sitemap):
            report = self.frontier.channels[channel.name]
            room = _MAX_SITEMAP_FILES - report.pages if page < _MAX_SITEMAP_DEPTH else 0
            if len(addresses) > max(0, room):
                report.fail("too-many-files")
                self.logger.warning("channel %s: more files than a run reads", channel.name)
            return await self._channel_requests(channel, addresses[: max(0, room)], page + 1)
        requests: list[Request] = []
        if isinstance(channel, Feed):
            if shown and new == shown and not self.sweeping:
                # Nothing known in it: more may have come since the last run than the feed holds.
                self.sweeping = True
                for sitemap in self.channels:
                    if isinstance(sitemap, Sitemap):
                        requests += await self._channel_requests(sitemap, sitemap.addresses(self.window))
        elif shown and (new or self.sweeping) and page < _MAX_LISTING_PAGES:
            requests = await self._channel_requests(channel, addresses, page + 1)
        return requests

    def channel_failed(self, failure: Failure, channel: Channel, page: int) -> None:
        """A page of a channel could not be had; a refused continuation ends the channel, and is no fault."""
        self.frontier.close_page()
        reason = failure_reason(failure)
        if page > 1 and isinstance(failure.value, IgnoreRequest):
            self.logger.debug("channel %s goes no further: %s", channel.name, failure.value)
            return
        self.frontier.channels[channel.name].fail(reason)
        self.logger.warning("channel %s: %s", channel.name, reason)

    # ---- articles

    def _article_request(self, link: KnownLink, listed: list[tuple[str, ListedLink]]) -> Request:
        assert link.url is not None
        is_recheck = link.article_id is not None
        conditional = is_recheck and not asks_in_full(link)
        return Request(
            link.url,
            headers=conditions(link.etag, link.last_modified) if conditional else {},
            callback=self.parse_article_page,
            errback=partial(self.article_failed, link=link),
            cb_kwargs={"link": link, "listed": listed},
            priority=_RECHECK_PRIORITY if is_recheck else 0,
        )

    def parse_article_page(
        self, response: Response, link: KnownLink, listed: list[tuple[str, ListedLink]]
    ) -> Iterator[Article]:
        """An article's page becomes an item, or a state of its link that says what it was instead."""
        now = self.session.now()
        # Who was never told of a form to compare with cannot have kept it; that is a fault of the server.
        if response.status == 304 and link.article_id is not None:
            due_at = next_recheck(utc(link.first_seen_at), now)
            self._settle(response, link, LinkState.UNCHANGED, "not-modified", due_at=due_at)
        elif response.status != 200:
            self._settle(response, link, *refusal(response, now))
        else:
            try:
                article = self._read_article(response, link, listed, now)
            except Wall as wall:
                self._settle(response, link, LinkState.FAILED, wall.reason)
            except PageProblem as problem:
                self._settle(response, link, LinkState.QUARANTINED, problem.reason)
            except Exception as bug:
                # One page must not take the others with it; the link fails by name and the run says 70.
                self.logger.exception("internal error on %s", response.url)
                self.session.internal_errors += 1
                self._settle(response, link, LinkState.FAILED, f"internal: {type(bug).__name__}")
            else:
                if link.article_id or self._is_asia(article, link):
                    yield article
                else:
                    self.frontier.filtered(link.key)
                    self._settle(response, link, LinkState.FILTERED, NOT_ASIA)

    def _read_article(
        self, response: Response, link: KnownLink, listed: list[tuple[str, ListedLink]], now: datetime
    ) -> Article:
        """The page's article with its identity and provenance. Raises PageProblem."""
        from crawler.article_page import Listed, parse_article

        if self.addresses.article(self.addresses.canonical(response.url)) is None:
            # Outlets send removed articles on to their front page, which may read like one.
            raise ArticleNotFound(response.url, reason="leads-elsewhere")
        evidence = [
            Listed(shown.title, shown.published_at, channel.partition(":")[0], shown.published_raw)
            for channel, shown in listed
        ]
        article = parse_article(page_of(response, now), self.rules, listed=evidence, now=now)
        self.identify(article, response.url)
        mark_reserved(article, self.reservations)
        article.first_seen_at = utc(link.first_seen_at)
        article.fetched_at = now
        article.channel = link.channels[0] if link.channels else None
        article.run_id = self.session.run_id
        article.etag = header(response, "ETag")
        article.page = FetchedPage(
            link_key=link.key,
            known=link,
            raw=response.meta.get("raw_page"),
            last_modified=header(response, "Last-Modified"),
            due_at=next_recheck(article.published_at or article.first_seen_at, now),
        )
        return article

    def identify(self, article: Article, url: str) -> None:
        """Give a parsed article its identity: the address that answered, the canonical one, and the id."""
        article.outlet = self.name
        article.url = url
        article.canonical_url, address = self.addresses.identity(url, article.canonical_url)
        article.article_id = article_id(self.name, article.canonical_url, address.native_id)
        article.related = self.addresses.related(article.related, article.canonical_url)

    def _is_asia(self, article: Article, link: KnownLink) -> bool:
        return self.frontier.shown_as_asia(link) or self.is_asia(article, link.channels)

    def is_asia(self, article: Article, shown_by: Sequence[str]) -> bool:
        """By the channels that showed it, the page's section, its tags or the section in an old address."""
        if self.is_all_asia or any(channel.is_asia and channel.name in shown_by for channel in self.channels):
            return True
        address = self.addresses.article(article.canonical_url) or ArticleAddress()
        # "business/asia": an address may name sections within sections.
        folders = (address.section or "").split("/")
        named = (name for name in (article.section, *folders, *article.tags) if name)
        return any(names_asia(name, self.asia_terms) for name in named)

    def article_failed(self, failure: Failure, link: KnownLink) -> None:
        """An article's page could not be had: refused for good, or failed and to be tried again."""
        if isinstance(failure.value, NotNow):  # the run ends here, and the link waits as it is
            return
        refused = isinstance(failure.value, IgnoreRequest)
        state = LinkState.BLOCKED if refused else LinkState.FAILED
        self._settle(None, link, state, failure_reason(failure))

    def _settle(
        self,
        response: Response | None,
        link: KnownLink,
        state: LinkState,
        reason: str,
        due_at: int | None = None,
    ) -> None:
        self.session.settle(
            Outcome(
                key=link.key,
                outlet=self.name,
                run_id=self.session.run_id,
                fetched_at=int(self.session.now().timestamp()),
                state=state,
                reason=reason,
                url=link.url,
                due_at=due_at,
            ),
            response.meta.get("raw_page") if response is not None else None,
        )
