"""What an outlet's spider decides by itself: which articles are of the watched section."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.channels import Feed, Listing
from crawler.items import Article
from crawler.listing_spider import ListingSpider

SITE = "https://www.islandpost.example"


class IslandPostSpider(ListingSpider):
    """An outlet with a section of ours, a feed of everything and sections in its addresses."""

    name = "island_post"
    site = SITE
    channels = (Listing("/asia/"), Feed("/everything.xml"))
    article_urls = (r"/(?P<section>[\w-]+(?:/[\w-]+)*)/(?P<id>\d+)$",)


class AllIslandPostSpider(IslandPostSpider):
    """The same outlet, if it wrote of nothing else."""

    is_all_asia = True


def article(path: str = "/sport/1", section: str | None = None, tags: tuple[str, ...] = ()) -> Article:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    found = Article(url=SITE + path, canonical_url=SITE + path, fetched_at=at)
    found.section, found.tags = section, list(tags)
    return found


@pytest.mark.parametrize(
    ("found", "shown_by"),
    [
        (article(), ["listing:/asia/"]),
        (article(section="Asia Pacific"), []),
        (article(section="World/Asia"), []),
        (article(tags=("Boats", "Sri Lanka")), ["feed:/everything.xml"]),
        (article("/world-asia-china/1"), []),
        (article("/business/asia/1"), []),
    ],
)
def test_channel_section_tags_or_address_make_an_article_ours(found: Article, shown_by: list[str]) -> None:
    assert IslandPostSpider().is_asia(found, shown_by)


@pytest.mark.parametrize(
    "found", [article(), article(section="World"), article("/world-europe/1", tags=("Pacific Northwest",))]
)
def test_without_them_it_is_not(found: Article) -> None:
    assert not IslandPostSpider().is_asia(found, ["feed:/everything.xml"])
    assert AllIslandPostSpider().is_asia(found, [])


def test_unknown_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="sinse"):
        IslandPostSpider(sinse="2026-03-02")
