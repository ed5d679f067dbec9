"""Channels read strangers' listings, feeds and sitemaps into links."""

import gzip
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.channels import (
    ChannelUnreadable,
    DayArchive,
    Feed,
    Listing,
    ListMarkup,
    Sitemap,
    Window,
    compact_day,
    parse_channel_time,
)

SITE = "https://outlet.example"
WEEK = Window(date(2026, 11, 18), date(2026, 11, 24))


def test_a_listing_gives_each_link_once_with_its_title_and_the_time_beside_it():
    markup = ListMarkup("a.list__title", item=".list__item", time="[data-unixtime]@data-unixtime")
    listing = Listing("/asia/", markup)
    html = b"""
    <div class="list__item "><a class="list__title" href="/20261124/one-1.html"> One
      and only </a><div class="list__date " data-unixtime="1795507200"></div></div>
    <div class="list__item "><a class="list__title" href="/20261124/two-2.html">Two</a></div>
    <div class="list__item "><a class="list__title" href="/20261124/one-1.html">One again</a></div>
    <a class="list__title" href="/outside-of-any-item.html">no</a>"""
    page = listing.read(html, f"{SITE}/asia/", WEEK)
    assert [link.url for link in page.links] == [
        f"{SITE}/20261124/one-1.html",
        f"{SITE}/20261124/two-2.html",
    ]
    assert page.links[0].published_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert page.links[1].published_at is None


def test_a_listing_leads_on_by_the_first_pages_button_and_by_the_fragments_own_address():
    markup = ListMarkup("a", more=(".list__more@data-url", ".list-items-loaded@data-next-url"))
    listing = Listing("/asia/", markup)
    first = listing.read(
        b'<div class="list__more" data-url="/more.html?id=1&amp;date=2"></div>', f"{SITE}/asia/", WEEK
    )
    assert first.further == (f"{SITE}/more.html?id=1&date=2",)
    fragment = b'<div class="list-items-loaded" data-next-url=""><a href="/x.html">x</a></div>'
    assert listing.read(fragment, f"{SITE}/more.html", WEEK).further == ()


def test_a_day_archive_asks_for_every_day_the_newest_first():
    archive = DayArchive("/%Y%m%d/", ListMarkup("a"))
    assert archive.addresses(Window(date(2026, 11, 23), date(2026, 11, 24))) == ["/20261124/", "/20261123/"]
    assert archive.name == "archive:/YYYYMMDD/"


RSS = b"""<?xml version="1.0"?><rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel>
<title>Outlet</title><link>https://outlet.example/</link>
<item><title>One &amp; two</title><link>https://outlet.example/1.html</link>
  <pubDate>Tue, 24 Nov 2026 11:00:00 +0300</pubDate></item>
<item><title>By guid</title><guid isPermaLink="true">https://outlet.example/2.html</guid></item>
<item><title>No address</title><guid>tag:outlet,2026:3</guid></item>
</channel></rss>"""

ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Entry</title>
<link rel="replies" href="https://outlet.example/comments"/><link href="https://outlet.example/3.html"/>
<updated>2026-11-24T08:00:00Z</updated></entry></feed>"""

RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>x</title></channel>
<item><title>Old form</title><link>https://outlet.example/4.html</link><dc:date>2026-11-24</dc:date></item>
</rdf:RDF>"""


@pytest.mark.parametrize(
    ("body", "urls"),
    [(RSS, ["1.html", "2.html"]), (ATOM, ["3.html"]), (RDF, ["4.html"])],
    ids=["rss", "atom", "rdf"],
)
def test_a_feed_of_any_kind_gives_its_items(body, urls):
    links = Feed("/rss").read(body, f"{SITE}/rss", WEEK).links
    assert [link.url for link in links] == [f"{SITE}/{url}" for url in urls]


def test_a_feeds_time_is_read_to_the_second_in_utc():
    (link, _) = Feed("/rss").read(RSS, f"{SITE}/rss", WEEK).links
    assert link.title == "One & two"
    assert link.published_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert link.published_raw == "Tue, 24 Nov 2026 11:00:00 +0300"


@pytest.mark.parametrize("body", [b"", b"<html><body>Sorry</body></html>", b"\x00\xff", b"{}"])
@pytest.mark.parametrize("channel", [Feed("/rss"), Sitemap("/sitemap.xml")])
def test_what_is_no_feed_or_sitemap_is_said_to_be_none(channel, body):
    with pytest.raises(ChannelUnreadable, match=r"outlet\.example"):
        channel.read(body, f"{SITE}/rss", WEEK)


def test_a_feed_with_broken_markup_still_gives_what_can_be_read():
    body = RSS.replace(b"&amp;", b"&")
    assert len(Feed("/rss").read(body, f"{SITE}/rss", WEEK).links) == 2


def test_entities_of_a_feed_are_not_expanded(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    body = f"""<!DOCTYPE rss [<!ENTITY leak SYSTEM "{secret.as_uri()}">]><rss><channel><item>
    <title>&leak;</title><link>{SITE}/1.html</link></item></channel></rss>""".encode()
    (link,) = Feed("/rss").read(body, f"{SITE}/rss", WEEK).links
    assert link.title is None


INDEX = b"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://outlet.example/m.xml?date_start=20261101&amp;date_end=20261130</loc></sitemap>
<sitemap><loc>https://outlet.example/m.xml?date_start=20261001&amp;date_end=20261031</loc></sitemap>
<sitemap><loc>https://outlet.example/old.xml</loc><lastmod>2025-01-01</lastmod></sitemap>
<sitemap><loc>https://outlet.example/any.xml</loc></sitemap></sitemapindex>"""


def test_an_index_leads_only_to_files_that_may_hold_days_of_the_window():
    page = Sitemap("/index.xml").read(INDEX, f"{SITE}/index.xml", WEEK)
    assert page.links == ()
    assert page.further == (
        f"{SITE}/m.xml?date_start=20261101&date_end=20261130",
        f"{SITE}/any.xml",
    )


def test_a_news_sitemap_tells_title_and_time_and_lastmod_counts_for_neither():
    body = b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
      xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
    <url><loc>https://outlet.example/1.html</loc><news:news><news:title>One</news:title>
      <news:publication_date>2026-11-24T08:00:00+00:00</news:publication_date></news:news></url>
    <url><loc>https://outlet.example/2.html</loc><lastmod>2026-11-24</lastmod></url></urlset>"""
    one, two = Sitemap("/news.xml").read(body, f"{SITE}/news.xml", WEEK).links
    assert (one.title, one.published_at) == ("One", datetime(2026, 11, 24, 8, tzinfo=UTC))
    assert (two.title, two.published_at) == (None, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1795507200", datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("2026-11-24T16:00:00+08:00", datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("2026-11-24", datetime(2026, 11, 24, tzinfo=UTC)),
        ("Tue, 24 Nov 2026 08:00:00 GMT", datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("yesterday", None),
        ("99999999999999", None),
        ("", None),
        (None, None),
    ],
)
def test_channel_times(text, expected):
    assert parse_channel_time(text) == expected


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading_of_times_and_days(text):
    parse_channel_time(text)
    compact_day(text)


@given(st.binary(max_size=2_000))
def test_no_bytes_break_a_channel_but_by_its_own_error(body):
    markup = ListMarkup("a", item="div", time="[t]@t", more=("a@href",))
    for channel in (Listing("/", markup), Feed("/"), Sitemap("/")):
        try:
            channel.read(body, SITE, WEEK)
        except ChannelUnreadable as error:
            assert SITE in str(error)


def test_a_gzipped_sitemap_is_unpacked_within_bounds():
    packed = gzip.compress(b"<urlset><url><loc>https://site.example/20261120/a-1.html</loc></url></urlset>")
    [link] = Sitemap("/sitemap.xml.gz").read(packed, "https://site.example/sitemap.xml.gz", WEEK).links
    assert link.url == "https://site.example/20261120/a-1.html"
    for bad in (packed[:-20], gzip.compress(bytes(100 * 1024 * 1024))):
        with pytest.raises(ChannelUnreadable):
            Sitemap("/sitemap.xml.gz").read(bad, "https://site.example/sitemap.xml.gz", WEEK)


@pytest.mark.parametrize("href", ["http://[::1/x.html", "//[/x"])
def test_a_link_that_is_no_address_costs_only_itself(href):
    body = f'<a class="t" href="{href}">x</a><a class="t" href="/20261120/a-1.html">y</a>'.encode()
    page = Listing("/asia/", ListMarkup(links="a.t")).read(body, "https://site.example/asia/", WEEK)
    assert [link.url for link in page.links] == ["https://site.example/20261120/a-1.html"]
