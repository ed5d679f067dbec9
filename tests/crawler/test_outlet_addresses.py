"""Addresses of one outlet: which are articles, and which are the same one."""

from datetime import date

import pytest

from crawler.outlet_addresses import ArticleAddress, OutletAddresses

SITE = "https://outlet.example"
ADDRESSES = OutletAddresses(
    "outlet",
    SITE,
    ("old-outlet.example",),
    (r"/news/(?P<section>[a-z]+)/(?P<day>\d{8})/(?P<id>\d+)\.html$", r"/view\.php\?idxno=(?P<id>\d+)$"),
)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"{SITE}/news/asia/20261124/77.html", ArticleAddress("77", date(2026, 11, 24), "asia")),
        (f"{SITE}/news/asia/20261124/77.html?page=2", ArticleAddress("77", date(2026, 11, 24), "asia")),
        (f"{SITE}/view.php?idxno=78", ArticleAddress("78")),
        (f"{SITE}/view.php", None),
        (f"{SITE}/news/asia/", None),
        ("https://elsewhere.example/news/asia/20261124/77.html", None),
        (None, None),
    ],
)
def test_an_address_tells_what_its_path_or_query_has(url, told):
    assert ADDRESSES.article(url) == told


def test_all_addresses_of_an_article_have_one_key():
    keys = {
        ADDRESSES.link_key(url)
        for url in (
            f"{SITE}/view.php?idxno=78",
            "http://www.outlet.example/view.php?utm_source=x&idxno=78#top",
            "https://old-outlet.example/view.php?idxno=78",
        )
    }
    assert len(keys) == 1 and None not in keys
    assert ADDRESSES.link_key(f"{SITE}/about") is None


def test_a_canonical_address_of_another_article_is_not_followed():
    url = f"{SITE}/view.php?idxno=78"
    assert ADDRESSES.identity(url, f"{SITE}/view.php?idxno=79")[0] == url
    assert ADDRESSES.identity(url, "/news/asia/20261124/78.html")[0] == f"{SITE}/news/asia/20261124/78.html"


def test_related_articles_are_canonical_and_each_there_once():
    own, other = f"{SITE}/view.php?idxno=78", f"{SITE}/view.php?idxno=79"
    assert ADDRESSES.related([other, f"{other}#c", own, f"{SITE}/"], own) == [other]
