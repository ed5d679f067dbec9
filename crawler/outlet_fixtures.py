"""Outlet fixtures: small imitations of an outlet's pages with invented text, and what must be read off them.

A folder holds pages of channels and of articles, and `expected.json`, which a person has read:

    {"read_by_a_person": true,
     "channels": {"listing.html": {"channel": "listing:/asia/", "links": [{"url": …, "title": …}]}},
     "articles": {"article.html": {"url": …, "headline": …, …}}}
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from crawler.article_page import Page, PageProblem, parse_article
from crawler.channels import Channel, ChannelUnreadable, ListedLink, Window
from crawler.items import Article
from crawler.listing_spider import ListingSpider

READ_AT = datetime(2027, 1, 1, tzinfo=UTC)
"""The present that fixtures are read in: after all their dates."""
ALL_DAYS = Window(date(2000, 1, 1), READ_AT.date())

PAGE_FIELDS = (
    *("article_id", "canonical_url", "headline", "lead", "description", "body", "language", "section"),
    *("dateline", "authors", "tags", "images", "related", "published_at", "published_precision"),
    *("published_source", "modified_at", "flags"),
)
"""What a page determines of an article."""


def article_links(spider: ListingSpider, channel: Channel, body: bytes, url: str) -> list[ListedLink]:
    """The articles that a channel's page shows, by canonical address. Raises ChannelUnreadable."""
    found: dict[str, ListedLink] = {}
    for link in channel.read(body, url, ALL_DAYS).links:
        canonical = spider.addresses.canonical(link.url)
        if canonical is not None and spider.addresses.article(canonical) is not None:
            found.setdefault(
                canonical, ListedLink(canonical, link.title, link.published_at, link.published_raw)
            )
    return list(found.values())


def read_article(spider: ListingSpider, page: Page, now: datetime) -> Article:
    """The page's article with its identity. Raises PageProblem."""
    article = parse_article(page, spider.rules, now=now)
    spider.identify(article, page.url)
    return article


def channel_address(spider: ListingSpider, channel: Channel) -> str:
    """Where the newest page of a channel lies."""
    today = ALL_DAYS.until
    return urljoin(spider.site, channel.addresses(Window(today, today))[0])


def read_fixtures(spider: ListingSpider, folder: Path, expected: Mapping[str, Any]) -> dict[str, Any]:
    """What is read now of the pages that `expected` names, in its form; a problem stands as `problem`."""
    return {
        "channels": {
            name: {"channel": entry["channel"], **_read_channel(spider, folder / name, entry["channel"])}
            for name, entry in expected["channels"].items()
        },
        "articles": {
            name: {"url": entry["url"], **_read_page(spider, folder / name, entry["url"])}
            for name, entry in expected["articles"].items()
        },
    }


def _read_channel(spider: ListingSpider, path: Path, name: str) -> dict[str, Any]:
    channel = next((channel for channel in spider.channels if channel.name == name), None)
    if channel is None:
        return {"problem": "the spider has no such channel"}
    try:
        links = article_links(spider, channel, path.read_bytes(), channel_address(spider, channel))
    except (OSError, ChannelUnreadable, PageProblem) as problem:
        return {"problem": str(problem)}
    return {
        "links": [_plain({"url": x.url, "title": x.title, "published_at": x.published_at}) for x in links]
    }


def _read_page(spider: ListingSpider, path: Path, url: str) -> dict[str, Any]:
    try:
        page = Page.from_body(url, path.read_bytes(), content_type="text/html; charset=utf-8")
        article = read_article(spider, page, READ_AT)
    except (OSError, PageProblem) as problem:
        return {"problem": str(problem)}
    article.images = [asdict(image) for image in article.images]  # type: ignore[misc]
    return _plain({name: getattr(article, name) for name in PAGE_FIELDS})


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON holds it: times as text, no empty fields."""
    return {
        name: f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value
        for name, value in fields.items()
        if value not in (None, "", [])
    }


def fixture_faults(spider: ListingSpider, folder: Path) -> list[str]:
    """What is wrong with an outlet's fixtures, each with its remedy; empty if they are complete and right."""
    path = folder / "expected.json"
    if not path.exists():
        return [f"{folder} has no expected.json; docs/adding_an_outlet.md says what it holds"]
    expected = json.loads(path.read_text(encoding="utf-8"))
    faults: list[str] = []
    shown = {entry["channel"].partition(":")[0] for entry in expected.get("channels", {}).values()}
    faults.extend(
        f"{path} names no page of a {kind}: add one"
        for kind in dict.fromkeys(channel.kind for channel in spider.channels)
        if kind not in shown
    )
    if not expected.get("articles"):
        faults.append(f"{path} names no article")
    if not expected.get("read_by_a_person"):
        faults.append(f"{path}: compare it with the pages beside it, then set read_by_a_person to true")
    named = {"addresses.json", "expected.json", *expected.get("channels", ()), *expected.get("articles", ())}
    faults.extend(
        f"{other} is in no list of {path.name}: add or delete it"
        for other in sorted(folder.iterdir())
        if other.name not in named
    )
    found = read_fixtures(spider, folder, {"channels": {}, "articles": {}, **expected})
    for kind in ("channels", "articles"):
        for name, now in found[kind].items():
            due = expected[kind][name]
            if kind == "channels" and not now.get("links") and "problem" not in now:
                faults.append(f"{folder / name}: no article link is read off it")
            faults.extend(f"{folder / name}: {line}" for line in _differences(due, now))
    return faults


def _differences(due: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    for field in dict.fromkeys([*due, *found]):
        if due.get(field) != found.get(field):
            yield f"{field}: expected {due.get(field)!r}, found {found.get(field)!r}"


def write_expected(spider: ListingSpider, folder: Path) -> None:
    """Write what is read now as what is expected; a person has yet to read it."""
    path = folder / "expected.json"
    expected = json.loads(path.read_text(encoding="utf-8"))
    found = read_fixtures(spider, folder, expected)
    text = json.dumps({"read_by_a_person": False, **found}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
