import json

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.items import Article
from crawler.tdm_reservation import PATH, Rule, is_reserved, mark_reserved, reservation_rules
from tests.hostile.crawling import HostileOutlet, crawl


def rules(*pairs):
    return reservation_rules(
        json.dumps([{"location": location, "tdm-reservation": value} for location, value in pairs])
    )


@pytest.mark.parametrize(
    ("pattern", "path", "reserved"),
    [
        ("/", "/20260101/a-1.html", True),
        ("*", "/20260101/a-1.html", True),
        ("/asia/", "/asia/a.html", True),
        ("/asia/", "/africa/a.html", False),
        ("/*.html$", "/asia/a.html", True),
        ("/*.html$", "/asia/a.html/amp", False),
        ("/asia$", "/asia", True),
        ("/asia$", "/asia/", False),
        ("/*/images/*", "/asia/images/1.jpg", True),
        ("/a*a$", "/a", False),
        ("/a*a$", "/aa", True),
    ],
)
def test_locations_are_patterns_as_in_robots_txt(pattern, path, reserved):
    assert is_reserved(rules((pattern, 1)), path) is reserved


def test_the_first_rule_that_matches_decides():
    found = rules(("/free/", 0), ("/", 1))
    assert not is_reserved(found, "/free/a.html")
    assert is_reserved(found, "/paid/a.html")
    assert not is_reserved([], "/a.html")


@pytest.mark.parametrize("value", [1, "1", " 1 ", True])
def test_a_reservation_may_be_written_in_several_ways(value):
    assert rules(("/", value)) == [Rule("/", True)]


@pytest.mark.parametrize("value", [0, "0", None, False, "no", 2, [], {}])
def test_anything_else_reserves_nothing(value):
    assert rules(("/", value)) == [Rule("/", False)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>Not found</html>",
        "{}",
        "[1, null, []]",
        '[{"location": 5}]',
        '[{"location": "x"}]',
        "[" * 10**5,
    ],
)
def test_what_is_no_such_file_has_no_rules(text):
    assert reservation_rules(text) == []


@given(st.text("/a*$", max_size=12), st.text("/a", max_size=12))
def test_no_pattern_is_too_odd(pattern, path):
    assert is_reserved([Rule(pattern, True)], path) in (True, False)


def test_articles_that_the_host_reserves_are_marked_once():
    articles = [Article(url=f"https://herald.example{path}") for path in ("/paid/1", "/free/1")]
    articles.append(Article(url="https://herald.example/paid/2", rights=["tdm-reserved"]))
    for article in articles:
        mark_reserved(article, rules(("/paid/", 1)))
    assert [article.rights for article in articles] == [["tdm-reserved"], [], ["tdm-reserved"]]


class ReservingOutlet(HostileOutlet):
    """An outlet that reserves what it publishes on one day."""

    def respond(self, path, exchange):
        if path == PATH:
            body = [{"location": "/20261120/", "tdm-reservation": 1}]
            exchange.answer(json.dumps(body).encode(), Content_Type="application/json")
            return True
        return super().respond(path, exchange)


def test_a_crawl_asks_the_host_once_a_day_and_its_articles_say_what_it_reserves(tmp_path):
    with ReservingOutlet() as outlet:
        crawl(outlet, tmp_path)
        crawl(outlet, tmp_path)
        asked = [request.path for request in outlet.requests]
    [path] = (tmp_path / "articles").rglob("articles.parquet")
    assert pq.read_table(path, partitioning=None)["rights"].to_pylist() == [["tdm-reserved"]]
    assert asked.count(PATH) == 1
    assert asked.index(PATH) < asked.index("/asia/")
