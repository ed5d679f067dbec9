"""What is wrong with an outlet's fixtures is said, each fault with the file and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.channels import Feed, Listing
from crawler.listing_spider import ListingSpider
from crawler.outlet_fixtures import fixture_faults, write_expected

SITE = "https://www.islandpost.example"
STORY = f"{SITE}/asia/2026/03/02/ferry-sails/77001"
TEXT = "The ferry sails again, three winters after the storm, and the whole island came to wave. " * 3


class IslandPostSpider(ListingSpider):
    """An outlet with a listing and a feed."""

    name = "island_post"
    site = SITE
    channels = (Listing("/asia/"), Feed("/feed.xml"))
    article_urls = (r"/asia/(?P<day>\d{4}/\d{2}/\d{2})/[\w-]+/(?P<id>\d+)$",)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Complete fixtures that somebody has read."""
    link = f'<h3><a href="{STORY}">Ferry Sails</a></h3>'
    (tmp_path / "listing.html").write_text(f"<html><body><main>{link}</main></body></html>")
    (tmp_path / "feed.xml").write_text(f"<rss><channel><item><link>{STORY}</link></item></channel></rss>")
    page = f"<h1>Ferry Sails</h1><p>{TEXT}</p><p>{TEXT[:200]}</p>"
    head = '<title>Ferry Sails</title><meta property="og:type" content="article">'
    (tmp_path / "article.html").write_text(f"<html><head>{head}</head><body>{page}</body></html>")
    (tmp_path / "addresses.json").write_text("{}")
    channels = {"listing.html": {"channel": "listing:/asia/"}, "feed.xml": {"channel": "feed:/feed.xml"}}
    change(tmp_path, channels=channels, articles={"article.html": {"url": STORY}})
    write_expected(IslandPostSpider(), tmp_path)
    change(tmp_path, read_by_a_person=True)
    return tmp_path


def change(folder: Path, **parts: Any) -> None:
    """Put other parts into expected.json."""
    path = folder / "expected.json"
    before = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(before | parts))


def faults(folder: Path) -> list[str]:
    return fixture_faults(IslandPostSpider(), folder)


def test_complete_fixtures_have_no_fault(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text())
    assert expected["channels"]["feed.xml"]["links"] == [{"url": STORY}]
    assert expected["articles"]["article.html"]["article_id"] == "island_post:77001"
    assert faults(folder) == []


def test_fixtures_without_expected_values_are_a_fault(tmp_path: Path) -> None:
    [fault] = faults(tmp_path)
    assert "has no expected.json" in fault


def test_a_kind_of_channel_without_a_page_is_a_fault(folder: Path) -> None:
    change(folder, channels={"listing.html": {"channel": "listing:/asia/", "links": []}})
    (folder / "feed.xml").unlink()
    assert any("names no page of a feed: add one" in fault for fault in faults(folder))


def test_a_file_that_nothing_names_is_a_fault(folder: Path) -> None:
    (folder / "article_2019.html").write_text("<html></html>")
    [fault] = faults(folder)
    assert "article_2019.html is in no list of expected.json: add or delete it" in fault


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"read_by_a_person": False}, "then set read_by_a_person to true"),
        ({"articles": {}}, "names no article"),
    ],
)
def test_what_nobody_read_or_wrote_is_a_fault(folder: Path, parts: dict[str, Any], words: str) -> None:
    change(folder, **parts)
    assert any(words in fault for fault in faults(folder))


def test_another_value_than_expected_is_named_with_both(folder: Path) -> None:
    page = folder / "article.html"
    page.write_text(page.read_text().replace("Ferry Sails", "Ferry Rests"))
    assert f"{page}: headline: expected 'Ferry Sails', found 'Ferry Rests'" in faults(folder)


def test_a_listing_without_articles_is_a_fault(folder: Path) -> None:
    page = folder / "listing.html"
    page.write_text("<html><body><p>Nothing today</p></body></html>")
    assert f"{page}: no article link is read off it" in faults(folder)


def test_a_page_that_is_no_article_is_a_fault(folder: Path) -> None:
    page = folder / "article.html"
    page.write_text("<html><head><title>x</title></head><body></body></html>")
    assert any(fault.startswith(f"{page}: problem: expected None, found ") for fault in faults(folder))
