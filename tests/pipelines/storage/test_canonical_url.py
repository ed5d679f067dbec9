import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.storage.canonical_url import article_id, article_key, canonical_url

SITE = "https://herald.example"
ALIASES = ("herald-old.example", "edition.herald.test")

SAME_ARTICLE = [
    ("https://herald.example/20240102/a-story-1.html", "already canonical"),
    ("http://herald.example/20240102/a-story-1.html", "http where the site is https"),
    ("HTTPS://Herald.Example/20240102/a-story-1.html", "case of scheme and host"),
    ("https://www.herald.example/20240102/a-story-1.html", "www"),
    ("https://m.herald.example/20240102/a-story-1.html", "mobile host"),
    ("https://amp.herald.example/20240102/a-story-1.html", "AMP host"),
    ("https://herald-example.cdn.ampproject.org/c/s/herald.example/20240102/a-story-1.html", "AMP copy"),
    ("https://www.google.com/amp/s/amp.herald.example/20240102/a-story-1.html", "AMP viewer"),
    ("https://www.m.herald.example/20240102/a-story-1.html", "two prefixes"),
    ("https://herald-old.example/20240102/a-story-1.html", "alias"),
    ("http://m.herald-old.example:80/20240102/a-story-1.html", "mobile alias, http, port"),
    ("https://herald.example:443/20240102/a-story-1.html", "default port"),
    ("https://herald.example./20240102/a-story-1.html", "the root's dot"),
    ("https://reader:secret@herald.example/20240102/a-story-1.html", "user name"),
    ("https://herald.example/20240102/a-story-1.html#comments", "fragment"),
    ("https://herald.example/20240102/a-story-1.html?", "empty query"),
    ("https://herald.example/20240102/a-story-1.html?utm_source=x&utm_medium=y", "utm"),
    ("https://herald.example/20240102/a-story-1.html?fbclid=abc&gclid=1#top", "click ids"),
    ("https://herald.example/20240102/a-story-1.html?UTM_Source=x", "tracking in capitals"),
    ("https://herald.example/20240102/a-story-1.html?traffic_source=rss", "where the reader came from"),
    (
        "https://herald.example/20240102/a-story-1.html?utm_source=x&amp;utm_medium=y",
        "escaped once too often",
    ),
    ("https://herald.example/amp/20240102/a-story-1.html", "AMP prefix"),
    ("https://herald.example/20240102/a-story-1.amp.html", "AMP infix"),
    ("https://herald.example/20240102/a-story-1.html/amp", "AMP segment"),
    ("https://herald.example/20240102/a-story-1.html.amp", "AMP suffix"),
    ("https://herald.example/20240102/a-story-1.html?amp", "AMP parameter"),
    ("https://herald.example/20240102/a-story-1.html?amp=1&outputType=amp", "AMP parameters"),
    ("https://herald.example/20240102/%61-story-1.html", "needless escape"),
    ("https://herald.example/x/../20240102/./a-story-1.html", "dot segments"),
    ("https://herald.example/%2e%2E/20240102/a-story-1.html", "escaped dot segments"),
    ("https:\\\\herald.example\\20240102\\a-story-1.html", "backslashes"),
    (" \n https://herald.example/2024\n0102/a-story-1.html\t", "white space and line breaks"),
    ("https://herald.example/20240102/a-story-1.html;jsessionid=0A1B", "session in the path"),
]


@pytest.mark.parametrize(("url", "why"), SAME_ARTICLE, ids=[why for _, why in SAME_ARTICLE])
def test_every_address_of_one_article_has_one_canonical_form(url, why):
    assert canonical_url(url, site=SITE, aliases=ALIASES) == "https://herald.example/20240102/a-story-1.html"


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://herald.example", "https://herald.example/"),
        ("https://herald.example/amp", "https://herald.example/"),
        ("https://herald.example/a/?b=2&a=1&b=1", "https://herald.example/a/?a=1&b=2&b=1"),
        (
            "https://herald.example/a?source=wire&id=7&page=2",
            "https://herald.example/a?id=7&page=2&source=wire",
        ),
        ("https://herald.example/2020/slug/amp/", "https://herald.example/2020/slug/"),
        ("https://herald.example/ampere/champions", "https://herald.example/ampere/champions"),
        ("https://herald.example/news/新聞.html", "https://herald.example/news/%E6%96%B0%E8%81%9E.html"),
        ("https://herald.example/a%2fb%3f", "https://herald.example/a%2Fb%3F"),
        ("https://herald.example/100%", "https://herald.example/100%25"),
        ("https://herald.example/a b", "https://herald.example/a%20b"),
        ("https://herald.example/a//b", "https://herald.example/a//b"),
        ("https://asia.herald.example/a", "https://asia.herald.example/a"),
        ("https://herald.example:8080/a", "https://herald.example:8080/a"),
        ("http://www.other.example/a", "http://www.other.example/a"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://[2001:DB8::0:1]:80/a", "http://[2001:db8::1]/a"),
        ("http://herald.example.evil.example/a", "http://herald.example.evil.example/a"),
    ],
)
def test_only_what_cannot_matter_is_dropped(url, canonical):
    assert canonical_url(url, site=SITE, aliases=ALIASES) == canonical


def test_a_site_on_its_own_port_keeps_it():
    assert canonical_url("http://127.0.0.1:8000/a", site="http://127.0.0.1:8000") == "http://127.0.0.1:8000/a"


def test_a_www_site_is_the_host_of_its_bare_domain():
    assert canonical_url("http://m.herald.example/a", site="https://www.herald.example") == (
        "https://www.herald.example/a"
    )


@pytest.mark.parametrize(
    "url",
    [
        "", "/a", "a", "//herald.example/a", "mailto:x@herald.example", "javascript:alert(1)", "ftp://herald.example/",
        "https://", "https:///a", "https://?a", "https://herald.example:99999/", "https://herald.example:x/",
        "https://[::1/", "https://[nonsense]/", "https://a b/", "https://a..b/", "https://%00/", "https://⁇/",
        "https://herald.example/" + "a" * 9000, "https://herald.example/" + "é" * 8000,
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_by_name(url):
    with pytest.raises(ValueError, match=re.escape(repr(url)[1:20])):
        canonical_url(url, site=SITE)


def test_a_hostile_address_costs_no_time():
    started = time.perf_counter()
    for part in ("/a", ".amp", "/amp", "%", "/..", ";jsessionid=", "&amp;", "-", "a."):
        canonical_url("https://herald.example/" + part * (8000 // len(part) // 3) + "!", site=SITE)
    assert time.perf_counter() - started < 1


_PIECES = st.sampled_from(
    [
        *(
            "https://",
            "http:",
            "//",
            "herald.example",
            "www.",
            "m.",
            ":443",
            ":",
            "/",
            "..",
            ".",
            "amp",
            ".amp",
        ),
        *(
            ".html",
            "?",
            "&",
            "=",
            "utm_x",
            "amp;",
            "#",
            "%",
            "%2e",
            "%41",
            "%6",
            "é",
            "\ud800",
            "\\",
            "@",
            "[",
        ),
        *("]", " ", "\n", ";jsessionid=1", "+", "xn--", "１", "a"),
    ]
)
_URLS = st.one_of(
    st.text(),
    st.lists(_PIECES, max_size=12).map("".join),
    st.lists(_PIECES, max_size=12).map(lambda pieces: "https://herald.example/" + "".join(pieces)),
)


@given(_URLS, st.sampled_from([None, SITE, "http://www.herald.example:81"]))
def test_canonical_form_is_idempotent_and_nothing_but_value_error_is_raised(url, site):
    try:
        once = canonical_url(url, site=site, aliases=ALIASES)
    except ValueError:
        return
    assert canonical_url(once, site=site, aliases=ALIASES) == once
    assert once.isascii()
    assert "#" not in once


def test_the_native_id_names_the_article_where_there_is_one():
    assert article_id("herald", "https://herald.example/a", "123") == "herald:123"


@pytest.mark.parametrize("native_id", [None, ""])
def test_the_hash_of_the_canonical_url_names_the_article_otherwise(native_id):
    named = article_id("herald", "https://herald.example/a", native_id)
    assert re.fullmatch("herald:[0-9a-f]{16}", named)
    assert named != article_id("herald", "https://herald.example/b", native_id)


def test_keys_are_sixteen_bytes_and_stable():
    assert article_key("herald:123").hex() == "9e772906283deb719c05880255ece150"
    assert article_key("herald:123") != article_key("herald:124")
