"""Addresses on a page: the short way for plain ones gives what urllib gives."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.page import Page

URL = "https://news.example/asia/20260305/ferry-1.html?x=1"


def absolute(href: str, page_url: str = URL) -> str | None:
    return Page.from_body(page_url, b"<p>x</p>").absolute(href)


def by_urllib(href: str) -> str | None:
    try:
        url = href.strip()
        if not url.startswith(("https://", "http://")):
            url = urljoin(URL, url)
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if href and parts.scheme in ("http", "https") and parts.netloc else None


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("/a/b.html", "https://news.example/a/b.html"),
        ("  https://other.example:8080/x?y#z ", "https://other.example:8080/x?y#z"),
        ("/a/../b//c/./d", "https://news.example/b//c/d"),
        ("//cdn.example/x.jpg", "https://cdn.example/x.jpg"),
        ("c.html", "https://news.example/asia/20260305/c.html"),
        ("https://", None),
        ("https://[x/", None),
        ("javascript:void(0)", None),
        ("", None),
    ],
)
def test_an_address_becomes_whole(href: str, expected: str | None) -> None:
    assert absolute(href) == by_urllib(href) == expected


def test_addresses_are_relative_to_the_base_that_the_page_names() -> None:
    body = b'<head><base href="https://static.example/old/"></head>'
    page = Page.from_body(URL, body)
    assert page.absolute("x.html") == "https://static.example/old/x.html"
    assert page.absolute("/x.html") == "https://static.example/x.html"


@given(
    st.sampled_from(["", "/", "//", "/a", "http://", "https://b.example"]),
    st.text("/.?#:%aB1[]@ ;=&\n\té-", max_size=12),
)
def test_no_address_is_read_otherwise_than_urllib_reads_it(start: str, rest: str) -> None:
    assert absolute(start + rest) == by_urllib(start + rest)
