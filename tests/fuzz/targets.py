"""What is fuzzed: a target takes any bytes and raises AssertionError where a parser breaks its promise.

`tests/fuzz/test_fuzz.py` feeds them by hypothesis, `python -m tests.fuzz.coverage_guided` by atheris.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from scrapy.http import Response

from crawler.article_page import Page, PageProblem, parse_article
from crawler.channels import ChannelUnreadable, Feed, Listing, ListMarkup, Sitemap, Window, parse_channel_time
from crawler.date_text import read_moment
from crawler.decompression import TooLarge, TruncatedBody, UndecodableBody, UnknownCoding, decoded
from crawler.home_zone import home_zones
from crawler.politeness import RETRY_AFTER_CAP, retry_after
from crawler.publish_time import best_evidence, read_evidence, url_evidence
from crawler.robots import RobotsRules, robots_text
from crawler.safety import Guard, Refused
from crawler.spiders.sputnik import RULES, SputnikSpider
from pipelines.normalize import normalize
from pipelines.storage.canonical_url import article_id, article_key, canonical_url

NOW = datetime(2026, 11, 24, tzinfo=UTC)
URL = "https://sputnikglobe.com/20261120/harbour-talks-1100000001.html"
_WINDOW = Window(date(2026, 11, 1), date(2026, 11, 24))
_CHANNELS = (
    Listing("/asia/", ListMarkup("a", item="div", time="i@data-unixtime", more=("b@data-url",))),
    Feed("/feed.xml"),
    Sitemap("/sitemap.xml"),
)
_SPIDER = SputnikSpider()


def article_page(data: bytes) -> None:
    """An article or a named problem; what is found can be written, and cleaning it twice changes nothing."""
    content_type, _, body = data.partition(b"\n")
    page = Page.from_body(URL, body, content_type=content_type.decode("latin-1"), fetched_at=NOW)
    for rules in (RULES, None):
        try:
            article = parse_article(page, rules, now=NOW)
        except PageProblem as problem:
            assert problem.reason
            continue
        _SPIDER.identify(article, URL)
        assert article.published_at is None or article.published_at <= NOW + timedelta(days=1)
        normalize(article)
        once = (article.headline, article.lead, article.body, list(article.tags), list(article.authors))
        "".join((article.headline, article.body, *article.tags, *article.authors)).encode()
        normalize(article)
        assert once == (article.headline, article.lead, article.body, article.tags, article.authors)


def channels(data: bytes) -> None:
    """Links or ChannelUnreadable; each link has a scheme and can be keyed or is no article."""
    for channel in _CHANNELS:
        try:
            page = channel.read(data, "https://sputnikglobe.com/asia/", _WINDOW)
        except ChannelUnreadable as problem:
            assert problem.reason
            continue
        for link in page.links:
            key = _SPIDER.addresses.link_key(link.url)
            assert key is None or len(key) == 16
            assert link.published_at is None or link.published_at.tzinfo is not None


def publish_time(data: bytes) -> None:
    """A moment in UTC that the evidence rule believes, or none."""
    text = data.decode("utf-8", "surrogateescape")
    moment = read_moment(text)
    assert moment is None or moment.at.utcoffset() == timedelta(0)
    assert (parsed := parse_channel_time(text)) is None or parsed.utcoffset() == timedelta(0)
    evidence = [
        found
        for language in (None, "ru", "zh")
        if (found := read_evidence(text, "meta", "x", language=language))
    ]
    url_evidence(text)
    for home in (
        (),
        home_zones("https://news.example.bo/", None),
        home_zones("https://news.example.au/", None),
    ):
        best = best_evidence(evidence, URL, NOW, home)
        assert best is None or best.at <= NOW + timedelta(days=1)


def canonical(data: bytes) -> None:
    """ValueError, or a form that is http(s), its own canonical form, and has one key."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        once = canonical_url(text, site="https://sputnikglobe.com", aliases=("sputniknews.com",))
    except ValueError:
        return
    assert once.startswith(("http://", "https://"))
    assert canonical_url(once, site="https://sputnikglobe.com", aliases=("sputniknews.com",)) == once
    once.encode("ascii")
    assert len(article_key(article_id("sputnik", once, None))) == 16


def robots(data: bytes) -> None:
    """A yes or no for any address, and a gap that is a number."""
    rules = RobotsRules(robots_text(data), "asiadesk")
    path = data[:200].decode("latin-1").replace("\n", "/")
    assert rules.allows(URL) in (True, False)
    assert rules.allows(f"https://sputnikglobe.com/{path}") in (True, False)
    assert 0 <= rules.gap < float("inf")


def decompression(data: bytes) -> None:
    """Never more than was asked for, and an own exception for all that is broken."""
    coding, _, body = data.partition(b"\n")
    for name in (coding.decode("latin-1"), "gzip", "deflate", "br", "zstd"):
        try:
            assert len(decoded(body, [name], 10_000)) <= 10_000
        except (TruncatedBody, UndecodableBody, TooLarge, UnknownCoding):
            continue


def addresses(data: bytes) -> None:
    """A URL passes or is Refused, whatever it is; what passes has a host and a web port."""
    text = data.decode("utf-8", "surrogateescape")
    for url in (text, f"http://{text}/", f"https://{text}:443/"):
        try:
            Guard().check_url(url)
        except Refused as refusal:
            assert refusal.reason


def headers(data: bytes) -> None:
    """Seconds within the cap, or None."""
    first, _, second = data.partition(b"\n")
    answer = Response(URL, status=503, headers={"Retry-After": first, "Date": second})
    seconds = retry_after(answer)
    assert seconds is None or 0 <= seconds <= RETRY_AFTER_CAP


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (article_page, channels, publish_time, canonical, robots, decompression, addresses, headers)
}
