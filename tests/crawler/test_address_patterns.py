"""Patterns of article addresses, guessed from examples, and addresses of invented articles beside them."""

from __future__ import annotations

import re

import pytest

from crawler.address_patterns import guess_patterns, invented_path

DAY = r"(?P<day>\d{4}/\d{1,2}/\d{1,2})"
SECTION = r"(?P<section>[\w-]+(?:/[\w-]+)*)"


@pytest.mark.parametrize(
    ("paths", "pattern"),
    [
        (["/news/2026/03/02/a-slug", "/sport/2026/03/01/other"], rf"/{SECTION}/{DAY}/[^/]+/?$"),
        (["/asia/a-b-c/77001", "/asia/d-e-f/77002"], r"/asia/[^/]+/(?P<id>\d+)/?$"),
        (["/asia/ferry-sails-77001.html"], r"/asia/[^/]+[-_](?P<id>\d+)\.html/?$"),
        (["/20260302/ferry-1123456789.html"], r"/(?P<day>\d{8})/[^/]+[-_](?P<id>\d+)\.html/?$"),
        (["/x/ferry-sails-2026-03-02/"], r"/x/[^/]+-(?P<day>\d{4}-\d{2}-\d{2})/?$"),
        (["/view/AEN20260302001200315"], r"/view/(?P<id>[A-Z]+\d+)/?$"),
        (["/news/article70123456.ece"], r"/news/article(?P<id>\d+)\.ece/?$"),
        (["/news/articles/c3r7xpv48gxo"], r"/news/articles/(?P<id>[a-z0-9]{8,16})/?$"),
        (["/world/2026/mar/02/ferry-sails"], r"/world/\d{4}/[a-z]{3}/\d{1,2}/[^/]+/?$"),
        (["/國際/宏福苑大火幸存者第一次覺得死亡"], r"/國際/[^/]+/?$"),
        (["/news/view?id=123", "/news/view?id=124"], r"/news/view\?(?:.*&)?id=(?P<id>\d+)(?:&|$)"),
        (
            ["/news/articleView.html?idxno=77001&sc=S1", "/news/articleView.html?idxno=77002"],
            r"/news/articleView\.html\?(?:.*&)?idxno=(?P<id>\d+)(?:&|$)",
        ),
        (
            ["/asia/read.php?newsid=77001", "/world/east/read.php?newsid=77002"],
            rf"(?:/{SECTION})?/read\.php\?(?:.*&)?newsid=(?P<id>\d+)(?:&|$)",
        ),
        (["/?p=77001", "/?p=77002"], r"/\?(?:.*&)?p=(?P<id>\d+)(?:&|$)"),
        (
            ["/detail?artid=ab12cd34", "/detail?artid=ab12cd35"],
            r"/detail\?(?:.*&)?artid=(?P<id>[\w-]+)(?:&|$)",
        ),
        (["/asia/d-e-f/77002?id=123"], r"/asia/[^/]+/(?P<id>\d+)/?$"),
    ],
)
def test_a_pattern_says_what_an_address_tells(paths: list[str], pattern: str) -> None:
    assert guess_patterns(paths) == [pattern]
    assert all(re.match(pattern, path) or re.match(pattern, path.partition("?")[0]) for path in paths)


def test_queries_of_lists_and_what_would_break_code_give_no_pattern() -> None:
    assert guess_patterns(["/list?page=1234", "/list?cat_id=1234", '/a"b/view?id=1234', "/view?id=12"]) == []


def test_a_part_of_the_section_that_only_some_have_is_optional() -> None:
    paths = ["/news/20260302/ferry-77001.html", "/news/asia/20260302/boat-77002.html"]
    [found] = guess_patterns(paths)
    sections = [match["section"] for path in paths if (match := re.match(found, path))]
    assert sections == [None, "asia"]


def test_the_commonest_make_comes_first_and_strays_are_left_out() -> None:
    stories = [f"/asia/2026/03/{day:02}/a-slug" for day in range(1, 21)]
    clips = [f"/clips/{number}" for number in range(77001, 77006)]
    found = guess_patterns([*clips, *stories, "/jobs/we-look-for-a-cook"])
    assert [bool(re.match(pattern, stories[0])) for pattern in found] == [True, False]
    assert [bool(re.match(pattern, clips[0])) for pattern in found] == [False, True]


def test_paths_without_anything_telling_give_no_pattern() -> None:
    assert guess_patterns(["/asia/", "/about/us", "/"]) == []


def test_nothing_of_an_address_can_break_out_of_the_code_that_holds_the_pattern() -> None:
    [found] = guess_patterns(['/a"b/x"""y/77001'])
    assert '"' not in found
    assert re.match(found, '/a"b/x"""y/77001')


@pytest.mark.parametrize(
    ("path", "invented"),
    [
        ("/news/2026/03/02/the-real-headline-of-it/77001", "/news/2026/03/02/an-invented-name/77001"),
        ("/asia/the-real-headline-77001.html", "/asia/an-invented-name-77001.html"),
        ("/asia/77001-the-real-headline.html", "/asia/77001-an-invented-name.html"),
        ("/asia/the-real-headline-2026-03-02/", "/asia/an-invented-name-2026-03-02/"),
        ("/view/77001", "/view/77001"),
    ],
)
def test_an_invented_path_keeps_all_but_the_headline(path: str, invented: str) -> None:
    assert invented_path(path, "an-invented-name") == invented
