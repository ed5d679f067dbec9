"""Article links on listing pages of unknown outlets."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from crawler.generic_listing import generic_listing_links
from crawler.page import Page

PAGES = Path("/work/shared/pages")
URL = "https://www.strait-daily.example/asia"

FURNITURE = """<nav><a href="/">Home</a><a href="/sport">Sport</a><a href="/asia">Asia</a>
<a href="/about-us-and-how-we-work">About us and how we work here</a></nav>
<a href="/tag/a-very-long-tag-name">A very long tag name</a><a href="/author/mara-lindqvist-of-busan">Mara</a>
<a href="https://social.example/share?u=1">Share</a><a href="/asia?page=2">2</a><a href="javascript:x()">x</a>
<a href="/img/2023/05/22/a.jpg">picture</a>"""


def links(*hrefs: str) -> list[str]:
    stories = "".join(f'<h3><a href="{href}">A headline of twenty letters or more</a></h3>' for href in hrefs)
    page = Page.from_body(URL, f"<html><body>{FURNITURE}{stories}</body></html>".encode())
    return [link.url for link in generic_listing_links(page)]


@pytest.mark.parametrize(
    "paths",
    [
        ["/news/2023/05/22/harbour-towns", "/sport/2023/05/22/short", "/x/2023/05/21/gallery"],
        ["/asia/harbour-towns-agree-on-ferry", "/asia/old-ferry-sinks-at-its-mooring"],
        ["/20230522/harbour-1110500123.html", "/20230522/1110500124.html"],
        ["/asia/east/harbour-2023-05-22/", "/markets/ferry-shares-2023-05-21/"],
        ["/news/articles/c3r7xpv48gxo", "/news/articles/cqlkv1305nko"],
        ["/view.php/1234567", "/view.php/1234568"],
        ["/news/view?id=123", "/news/view?id=124"],
        ["/news/articleView.html?idxno=77001", "/news/articleView.html?idxno=77002"],
        ["/asia/read.php?newsid=77001", "/world/read.php?newsid=77002"],
        ["/detail?oid=001&artid=0077001", "/detail?oid=001&artid=0077002"],
        ["/?p=77001", "/?p=77002"],
        ["/asia?no=77001", "/asia?no=77002"],
        ["/國際/宏福苑大火幸存者第一次覺得死亡和我有關", "/國際/海峽兩岸的兩座港口城市周一宣布合作"],
    ],
)
def test_links_of_an_articles_shape_are_found(paths: list[str]) -> None:
    from urllib.parse import urljoin

    assert links(*paths) == [urljoin(URL, path) for path in paths]


def test_queries_of_sections_and_pages_are_no_articles() -> None:
    assert links("/news/list.php?id=1001", "/news/list.php?id=1002") == []
    assert links("/news?page=1001", "/news?page=1002", "/news?cat_id=1001", "/news?cat_id=1002") == []
    assert links("/news/view?id=1001") == []  # one alone tells nothing


def test_a_listing_that_is_told_by_its_query_shows_no_other_sections() -> None:
    html = "".join(f'<a href="/board?no={number}">A section with a long name</a>' for number in (1001, 1002))
    page = Page.from_body("https://www.strait-daily.example/board?no=1000", html.encode())
    assert generic_listing_links(page) == []


def test_tracking_on_an_address_that_names_its_article_is_dropped() -> None:
    assert links("/2023/05/22/a-slug?from=home", "/2023/05/22/a-slug#top") == [
        "https://www.strait-daily.example/2023/05/22/a-slug"
    ]


@pytest.mark.parametrize(
    ("link", "title"),
    [
        (
            '<a href="/2023/05/22/ferry"><h2>Ferry Sails</h2><p>On time</p><time>2 hrs ago</time></a>',
            "Ferry Sails",
        ),
        ('<a href="/2023/05/22/ferry">Ferry <b>Sails</b></a>', "Ferry Sails"),
        ('<a href="/2023/05/22/ferry" aria-label="Ferry Sails"></a>', "Ferry Sails"),
        ('<a href="/2023/05/22/ferry"><img alt=""></a>', None),
    ],
)
def test_a_link_tells_its_articles_title(link: str, title: str | None) -> None:
    page = Page.from_body(URL, f"<html><body><div>{link}</div></body></html>".encode())
    assert [found.title for found in generic_listing_links(page)] == [title]


def test_a_page_without_articles_has_none() -> None:
    assert links() == []


@pytest.mark.skipif(not PAGES.exists(), reason="the recorded pages are not here")
def test_recorded_listings_give_their_links() -> None:
    for line in (PAGES / "LISTINGS.jsonl").read_text().splitlines():
        row = json.loads(line)
        if "expected_links" not in row:
            continue
        page = Page.from_body(row["url"], gzip.decompress((PAGES / "listings" / row["file"]).read_bytes()))
        expected = {link["url"] for link in row["expected_links"]}
        found = {link.url for link in generic_listing_links(page)}
        assert len(found & expected) >= 0.98 * len(expected), row["id"]
        assert len(found & expected) >= 0.9 * len(found), row["id"]
