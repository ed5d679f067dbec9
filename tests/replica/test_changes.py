"""The replica's articles appear, change and go by its clock, and answer conditional requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.replica.clock import epoch_of
from tests.replica.fetching import Answer, fetch
from tests.replica.server import Replica
from tests.replica.site import Options

SITE = "https://sputnikglobe.com"


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica(articles=200, seed=2, end="2026-05-02T12:00") as running:
        yield running


def path_of(article: dict[str, Any]) -> str:
    return article["url"].removeprefix(SITE)


def headline_of(answer: Answer) -> str:
    heading = answer.tree.css_first("h1.article__title")
    assert heading is not None
    return " ".join(heading.text().split())


def of_kind(replica: Replica, kind: str) -> dict[str, Any]:
    return [article for article in replica.world()["articles"] if article["kind"] == kind][-1]


def test_an_article_is_not_there_before_it_appears(replica: Replica) -> None:
    replica.advance(86400)
    newest = replica.world()["articles"][-1]
    appears = epoch_of(newest["appears_at"])
    replica.set_time(newest["appears_at"])
    assert fetch(replica.url, path_of(newest)).status == 200
    replica.advance(-1)
    assert epoch_of(replica.now) == appears - 1
    assert fetch(replica.url, path_of(newest)).status == 404


@pytest.mark.parametrize("kind", ["typo", "new-headline", "correction", "flip-flop", "live-blog"])
def test_an_edit_shows_at_its_time(replica: Replica, kind: str) -> None:
    article = of_kind(replica, kind)
    pages = []
    for version in article["versions"]:
        replica.set_time(version["from"])
        pages.append(fetch(replica.url, path_of(article)).body)
    if kind == "flip-flop":
        assert pages[0] == pages[2] != pages[1]
    else:
        assert len(set(pages)) == len(article["versions"]) > 1


def test_only_admitted_edits_state_a_new_time(replica: Replica) -> None:
    for kind, admitted in (("typo", False), ("new-headline", True), ("correction", True)):
        before, after = (version["fields"] for version in of_kind(replica, kind)["versions"])
        assert (before["modified_at"] != after["modified_at"]) is admitted


@pytest.mark.parametrize(("kind", "status"), [("removed", 404), ("removed-but-in-sitemap", 410)])
def test_a_removed_article_answers_so_from_its_time_on(replica: Replica, kind: str, status: int) -> None:
    article = of_kind(replica, kind)
    replica.set_time(article["removed_at"])
    assert fetch(replica.url, path_of(article)).status == status
    replica.advance(-1)
    assert fetch(replica.url, path_of(article)).status == 200


def test_articles_can_be_edited_and_removed_by_hand(replica: Replica) -> None:
    article = of_kind(replica, "news")
    before = fetch(replica.url, path_of(article))
    replica.advance(60)
    replica.edit(article["article_id"], "headline")
    after = fetch(replica.url, path_of(article))
    row = next(row for row in replica.truth() if row["article_id"] == article["article_id"])
    assert headline_of(after) == row["headline"] != headline_of(before)
    assert before.headers["etag"] != after.headers["etag"]
    replica.remove(article["article_id"], status=410)
    assert fetch(replica.url, path_of(article)).status == 410


def test_an_unchanged_article_answers_304_to_both_validators(replica: Replica) -> None:
    path = path_of(of_kind(replica, "news"))
    first = fetch(replica.url, path)
    for headers in (
        {"If-None-Match": first.headers["etag"]},
        {"If-Modified-Since": first.headers["last-modified"]},
    ):
        again = fetch(replica.url, path, headers=headers)
        assert again.status == 304
        assert again.body == b""


def test_an_edited_article_answers_in_full(replica: Replica) -> None:
    article = of_kind(replica, "news")
    etag = fetch(replica.url, path_of(article)).headers["etag"]
    replica.advance(60)
    replica.edit(article["article_id"])
    assert fetch(replica.url, path_of(article), headers={"If-None-Match": etag}).status == 200


def test_validators_can_be_switched_off() -> None:
    with Replica(articles=20, options=Options(validators="none")) as replica:
        headers = fetch(replica.url, path_of(replica.world()["articles"][0])).headers
    assert not {"etag", "last-modified"} & set(headers)


def test_listings_answer_304_only_if_told_to() -> None:
    for told in (False, True):
        with Replica(articles=20, options=Options(conditional_listings=told)) as replica:
            first = fetch(replica.url, "/asia/")
            assert ("etag" in first.headers) is told
            again = fetch(replica.url, "/asia/", headers={"If-None-Match": first.headers.get("etag", "")})
            assert again.status == (304 if told else 200)


def test_truth_knows_at_which_times_somebody_crawled(replica: Replica) -> None:
    fetch(replica.url, "/asia/")
    removed = of_kind(replica, "removed")
    replica.set_time(removed["appears_at"])
    fetch(replica.url, "/asia/")
    replica.set_time("2026-05-03T12:00")
    fetch(replica.url, "/asia/")
    ids = {row["article_id"] for row in replica.truth()}
    assert removed["article_id"] in ids
    replica.forget_crawls()
    fetch(replica.url, "/asia/")
    assert removed["article_id"] not in {row["article_id"] for row in replica.truth()}
