"""Every outlet is complete: addresses and pages with what is read off them, timetable entry and docs."""

import json
import tomllib
from pathlib import Path

import pytest
from scrapy.spiderloader import SpiderLoader
from scrapy.utils.project import get_project_settings

from crawler.article_page import Page, parse_article
from crawler.listing_spider import ListingSpider
from crawler.outlet_fixtures import READ_AT, fixture_faults
from crawler.outlet_rules import Rules

ROOT = Path(__file__).parents[2]
LOADER = SpiderLoader(get_project_settings())
OUTLETS = sorted(LOADER.list())
PARAGRAPHS = (
    "The ferry of the north isle is open again, three winters after the storm took its roof and bell.",
    "It took the council one evening with drums to settle who should pay for the oranges.",
    "A second ferry is due in autumn, when the boats are home and everybody has time for it.",
)
PLAIN_PAGE = f"""<!DOCTYPE html><html lang="en"><head><title>The Ferry of the North Isle Sails Again</title>
<meta property="og:type" content="article">
<meta property="og:title" content="The Ferry of the North Isle Sails Again">
</head><body><main><h1>The Ferry of the North Isle Sails Again</h1><div class="text">
{"".join(f"<p>{text}</p>" for text in PARAGRAPHS)}</div></main></body></html>"""


@pytest.fixture(params=OUTLETS)
def spider(request):
    return LOADER.load(request.param)()


def addresses(spider):
    path = ROOT / "tests" / "outlets" / spider.name / "addresses.json"
    assert path.exists(), f"write {path.relative_to(ROOT)}: addresses of articles and of other pages"
    return json.loads(path.read_text(encoding="utf-8"))


def test_file_name_class_and_folder_share_one_name(spider):
    assert isinstance(spider, ListingSpider)
    assert type(spider).__module__ == f"crawler.spiders.{spider.name}"
    assert type(spider).__name__ == "".join(part.capitalize() for part in spider.name.split("_")) + "Spider"
    assert type(spider).__doc__ and spider.site.startswith("https://")
    assert spider.channels and (spider.rules is None or isinstance(spider.rules, Rules))


def test_addresses_of_articles_tell_what_they_should(spider):
    for article in addresses(spider)["articles"]:
        found = spider.addresses.article(spider.addresses.canonical(article["url"]))
        assert found is not None, article["url"]
        told = (found.native_id, found.day and found.day.isoformat(), found.section)
        assert told == (article["id"], article["day"], article["section"]), article["url"]


def test_other_addresses_are_no_articles(spider):
    for url in addresses(spider)["others"]:
        assert spider.addresses.article(spider.addresses.canonical(url)) is None, url


def test_its_pages_are_read_as_a_person_expects(spider):
    """`scrapy check_outlet NAME` says the same."""
    assert not fixture_faults(spider, ROOT / "tests" / "outlets" / spider.name)


def test_a_page_of_another_design_is_read_in_the_generic_way(spider):
    page = Page.from_body(f"{spider.site}/of-another-design", PLAIN_PAGE.encode())
    article = parse_article(page, spider.rules, now=READ_AT)
    assert article.headline == "The Ferry of the North Isle Sails Again"
    assert article.body == "\n\n".join(PARAGRAPHS)


def test_fixtures_are_small(spider):
    for path in (ROOT / "tests" / "outlets" / spider.name).iterdir():
        assert path.stat().st_size <= 10_000, f"{path.name} is no sketch of a page any more"


def test_the_outlet_has_a_timetable_entry(spider):
    timetable = tomllib.loads((ROOT / "schedules" / "timetable.toml").read_text(encoding="utf-8"))
    assert spider.name in timetable["outlets"], f"add [outlets.{spider.name}] to schedules/timetable.toml"


def test_the_outlet_has_a_row_in_the_docs(spider):
    table = (ROOT / "docs" / "outlets.md").read_text(encoding="utf-8")
    assert f"| `{spider.name}` |" in table, f"add a row for {spider.name} to docs/outlets.md"


def test_the_docs_say_what_a_live_check_owes(spider):
    table = (ROOT / "docs" / "unverified.md").read_text(encoding="utf-8")
    assert f"| `{spider.name}` |" in table, f"add rows for {spider.name} to docs/unverified.md"


def test_no_spider_file_outgrows_its_data(spider):
    path = ROOT / "crawler" / "spiders" / f"{spider.name}.py"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 160
