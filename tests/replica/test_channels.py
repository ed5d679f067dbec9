"""Listing, load-more, day archive, RSS and sitemap show what the truth says, when it says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.replica.clock import epoch_of
from tests.replica.fetching import fetch
from tests.replica.server import Replica

SITE = "https://sputnikglobe.com"
NUMBER = re.compile(r"(\d{8})?(\d{9,10})(?:\.html|-[^/]*/)$")


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica(articles=400, seed=5, end="2026-05-02T12:00") as running:
        yield running


def number_in(href: str) -> str:
    match = NUMBER.search(href)
    assert match, href
    return match[2]


def links(tree: LexborHTMLParser) -> list[str]:
    return [node.attributes["href"] or "" for node in tree.css("a.list__title")]


def ids(hrefs: list[str]) -> set[str]:
    return {f"sputnik:{number_in(href)}" for href in hrefs if "/docs/" not in href}


def listing(replica: Replica) -> list[str]:
    return links(fetch(replica.url, "/asia/").tree)


def locations(text: str) -> list[str]:
    return [loc.replace("&amp;", "&") for loc in re.findall(r"<loc>(.*?)</loc>", text)]


def shown_now(replica: Replica, channel: str) -> set[str]:
    """Ids of the articles that the truth says this channel shows now."""
    now = replica.server.clock.now()
    found = set()
    for article in replica.world()["articles"]:
        since, until = article["channels"].get(channel, (None, None))
        if since and epoch_of(since) <= now and (until is None or now < epoch_of(until)):
            found.add(article["article_id"])
    return found


@pytest.mark.parametrize("later", [0, 3600, 2 * 86400, 9 * 86400])
def test_every_channel_shows_what_the_truth_says(replica: Replica, later: int) -> None:
    replica.advance(later)
    day = f"{replica.now:%Y%m%d}"
    assert ids(listing(replica)) == shown_now(replica, "listing:/asia/")
    feed = fetch(replica.url, "/export/rss2/archive/index.xml").text
    feed_ids = ids(re.findall(r"<guid>(.*?)</guid>", feed))
    assert feed_ids == shown_now(replica, "feed:/export/rss2/archive/index.xml")
    assert ids(links(fetch(replica.url, f"/{day}/").tree)) == shown_now(replica, f"archive:/{day}/")
    index = locations(fetch(replica.url, "/sitemap_article_index.xml").text)
    named = [url for month in index for url in locations(fetch(replica.url, month.removeprefix(SITE)).text)]
    assert ids(named) == shown_now(replica, "sitemap:/sitemap_article_index.xml")


def test_the_listing_has_an_old_article_on_top_a_document_and_a_repeated_item(replica: Replica) -> None:
    shown = listing(replica)
    assert shown[0].startswith("/asia/2019")
    assert "/docs/about/feedback.html" in shown
    assert len(shown) > len(set(shown))


def test_dates_in_a_listing_are_relative_and_exact_ones_beside_them(replica: Replica) -> None:
    dates = fetch(replica.url, "/asia/").tree.css('[class="list__date "]')
    texts = " ".join(node.text() for node in dates)
    assert "Yesterday, " in texts
    assert "2019, " in texts
    assert all((node.attributes["data-unixtime"] or "").isdigit() for node in dates)


def test_load_more_goes_back_to_the_first_article_and_ends_with_an_empty_fragment(replica: Replica) -> None:
    first = fetch(replica.url, "/asia/").tree
    hrefs = links(first)
    button = first.css_first(".list__more")
    assert button is not None
    following = button.attributes["data-url"]
    while following:
        tree = fetch(replica.url, following).tree
        fragment = tree.css_first("div.list-items-loaded")
        assert fragment is not None
        hrefs += links(tree)
        following = fragment.attributes.get("data-next-url")
    listed = {
        article["article_id"]
        for article in replica.world()["articles"]
        if "listing:/asia/" in article["channels"]
        and (article["removed_at"] is None or epoch_of(article["removed_at"]) > replica.server.clock.now())
    }
    assert ids(hrefs) == listed
    assert links(tree) == []


def test_some_articles_stand_in_the_sitemap_alone() -> None:
    with Replica(articles=2000, seed=5, end="2026-05-02T12:00") as replica:
        day = "20260420"
        archive = ids(links(fetch(replica.url, f"/{day}/").tree))
        named = locations(fetch(replica.url, f"/sitemap_article.xml?date_start={day}&date_end={day}").text)
    assert len(archive) < 21 < len(ids(named))
    assert archive <= ids(named)


def test_the_sitemap_takes_any_range_of_days(replica: Replica) -> None:
    def urls(first: str, last: str) -> set[str]:
        answer = fetch(replica.url, f"/sitemap_article.xml?date_start={first}&date_end={last}")
        return set(locations(answer.text))

    assert urls("20260410", "20260412") == (
        urls("20260410", "20260410") | urls("20260411", "20260411") | urls("20260412", "20260412")
    )


def test_the_months_of_the_index_come_newest_first(replica: Replica) -> None:
    index = locations(fetch(replica.url, "/sitemap_article_index.xml").text)
    assert index[0] == f"{SITE}/sitemap_article.xml?date_start=20260501&date_end=20260531"
    assert index == sorted(index, reverse=True)
    assert any("date_start=2019" in month for month in index)


def test_robots_txt_forbids_load_more_and_names_three_sitemaps(replica: Replica) -> None:
    text = fetch(replica.url, "/robots.txt").text
    assert "Disallow: /services/\n" in text
    assert "Disallow: *-print.html$\n" in text
    assert text.count(f"Sitemap: {SITE}/") == 3


def test_the_feed_mixes_sections_and_has_no_validators(replica: Replica) -> None:
    answer = fetch(replica.url, "/export/rss2/archive/index.xml")
    assert not {"etag", "last-modified"} & set(answer.headers)
    asia = {article["article_id"]: article["asia"] for article in replica.world()["articles"]}
    assert {asia[found] for found in ids(re.findall(r"<guid>(.*?)</guid>", answer.text))} == {True, False}


def test_some_asian_articles_never_stand_in_the_listing(replica: Replica) -> None:
    evidence: dict[str, list[str]] = {}
    for article in replica.world()["articles"]:
        if article["asia"] and "listing" not in article["asia_evidence"]:
            assert "listing:/asia/" not in article["channels"]
            evidence[article["kind"]] = article["asia_evidence"]
    assert evidence == {"section-only": ["section"], "tags-only": ["tags"]}


def test_expectations_follow_the_days_that_were_swept(replica: Replica) -> None:
    def days(rows: list[dict[str, Any]]) -> set[str]:
        return {row["published_at"][:10] for row in rows}

    everything = replica.truth()
    swept = replica.truth(since="2026-05-01", until="2026-05-02")
    assert len(swept) < len(everything)
    assert min(days(everything)) < "2026-04-05"
    # What the first screen of /asia/ or RSS showed belongs to it too, however old.
    assert "2026-05-01" in days(swept)
    assert any(day < "2026-05-01" for day in days(swept))


def test_an_article_that_only_the_listing_calls_asian_counts_if_it_was_seen_there(replica: Replica) -> None:
    states = replica.states()
    on_screen = ids(listing(replica))
    kinds = {article["article_id"]: article["kind"] for article in replica.world()["articles"]}
    for article_id, state in states.items():
        if kinds[article_id] == "listing-only":
            expected = "stored" if article_id in on_screen else "filtered"
            assert state[0] == expected


def test_a_removed_article_is_gone_where_the_sitemap_still_names_it(replica: Replica) -> None:
    states = replica.states()
    kinds = {article["article_id"]: article["kind"] for article in replica.world()["articles"]}
    gone = {kinds[article_id] for article_id, state in states.items() if state[0] == "gone"}
    assert gone == {"removed-but-in-sitemap"}
