"""The site that the crawl's benchmark fetches: every article is listed and lies where nginx looks."""

from datetime import date
from pathlib import Path

from benchmarks.static_site import pages_of, site_of
from crawler.channels import Listing, Window
from crawler.spiders.sputnik import LIST, SputnikSpider


def test_the_listings_name_every_article_and_its_file_is_there(tmp_path: Path) -> None:
    site = site_of(tmp_path, articles=12, padding=500, per_listing=5)
    articles = (site / "articles.txt").read_text().splitlines()
    window = Window(date(2026, 5, 1), date(2026, 5, 1))
    shown, address = [], "/asia/"
    while address:
        file = site / address[1:] / "index.html" if address.endswith("/") else site / address[1:]
        read = Listing("/asia/", LIST).read(file.read_bytes(), SputnikSpider.site + address, window)
        shown += [link.url.removeprefix(SputnikSpider.site) for link in read.links]
        address = read.further[0].removeprefix(SputnikSpider.site) if read.further else ""
    assert shown == articles
    assert len(articles) == 12
    assert all(b"article__title" in body for _, body in pages_of(site, 12))


def test_a_site_that_lies_there_is_not_made_again(tmp_path: Path) -> None:
    first = site_of(tmp_path, articles=3, padding=0)
    made_at = (first / "articles.txt").stat().st_mtime_ns
    assert site_of(tmp_path, articles=3, padding=0) == first
    assert (first / "articles.txt").stat().st_mtime_ns == made_at
