"""The kit: a scaffold from an outlet's pages, and checks of it by fixtures and live, by the real commands."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crawler.commands.invented_site import SITE, SUBJECTS, pages, path_of
from tests.hostile.server import HostileServer

ROOT = Path(__file__).parents[3]
PARTS = ("crawler", "pipelines", "schedules", "docs", "tests/outlets")


@pytest.fixture(scope="module")
def server() -> Iterator[HostileServer]:
    with HostileServer(pages()) as server:
        yield server


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, to be written into."""
    root = tmp_path_factory.mktemp("project")
    for part in PARTS:
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "scrapy.cfg", root)
    return root


@pytest.fixture(scope="module")
def made(tree: Path, server: HostileServer) -> subprocess.CompletedProcess[str]:
    return run(tree, "new_outlet", "island_post", f"{SITE}/asia/", "--origin", server.origin)


def run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    settings = ("-s", "DOWNLOAD_DELAY=0", "-s", f"DATA_DIR={tree / 'data'}")
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments, *settings],
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_scaffold_has_all_that_an_outlet_needs(tree: Path, made: subprocess.CompletedProcess[str]) -> None:
    assert made.returncode == 0, made.stderr
    spider = (tree / "crawler/spiders/island_post.py").read_text()
    assert "class IslandPostSpider(ListingSpider)" in spider
    assert 'Listing("/asia/")' in spider
    assert 'Feed("/asia/feed.xml", is_asia=True)' in spider
    assert "/gone.xml" not in spider
    assert 'Sitemap("/sitemap-news.xml")' in spider
    day, number = r"(?P<day>\d{4}/\d{1,2}/\d{1,2})", r"(?P<id>\d+)"
    assert rf"/news/(?P<section>[\w-]+(?:/[\w-]+)*)/{day}/[^/]+/{number}/?$" in spider
    timetable = tomllib.loads((tree / "schedules/timetable.toml").read_text())
    assert timetable["outlets"]["island_post"] == {"every": "1h", "enabled": False}
    assert (
        "| `island_post` | The Island Post | listing, feed, news sitemap |"
        in (tree / "docs/outlets.md").read_text()
    )
    assert "| `island_post` | every channel" in (tree / "docs/unverified.md").read_text()


def test_a_scaffold_holds_nothing_of_the_outlets_own_text(
    tree: Path, made: subprocess.CompletedProcess[str]
) -> None:
    assert made.returncode == 0, made.stderr
    for path in (tree / "tests/outlets/island_post").iterdir():
        assert not [subject for subject in SUBJECTS if f"the-{subject}" in path.read_text()], path
        assert "North Isle" not in path.read_text()


def test_fixtures_count_once_a_person_has_read_them(
    tree: Path, made: subprocess.CompletedProcess[str]
) -> None:
    unread = run(tree, "check_outlet", "island_post")
    assert unread.returncode == 1
    assert "read_by_a_person" in unread.stdout

    path = tree / "tests/outlets/island_post/expected.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"read_by_a_person": True}))
    page = path.with_name("article.html")
    page.write_text(page.read_text().replace("An Invented Headline", "Another Headline"))
    changed = run(tree, "check_outlet", "island_post")
    assert changed.returncode == 1
    assert "headline: expected 'An Invented Headline" in changed.stdout

    assert run(tree, "check_outlet", "island_post", "--write").returncode == 1, "it is to be read again"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"read_by_a_person": True}))
    assert run(tree, "check_outlet", "island_post").returncode == 0


def test_a_live_check_asks_each_channel_and_reads_articles(
    tree: Path, made: subprocess.CompletedProcess[str], server: HostileServer
) -> None:
    server.requests.clear()
    checked = run(tree, "check_outlet", "island_post", "--live", "--origin", server.origin)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    for channel in ("listing:/asia/", "feed:/asia/feed.xml", "sitemap:/sitemap-news.xml"):
        assert f"{channel}: 6 articles" in checked.stdout
    assert "5 articles" in checked.stdout
    asked = [seen.path for seen in server.requests]
    assert len(asked) == len(set(asked)), "no page is asked for twice"
    assert sum(path.startswith("/news/") for path in asked) == 5


def test_a_live_check_fails_aloud(tree: Path, made: subprocess.CompletedProcess[str]) -> None:
    site = pages(without_body=True)
    del site["/asia/feed.xml"]
    site["/asia/"] = (b"<html><body><p>Nothing today</p></body></html>", "text/html")
    with HostileServer(site) as server:
        checked = run(tree, "check_outlet", "island_post", "--live", "--origin", server.origin)
    assert checked.returncode == 1
    assert "feed:/asia/feed.xml: " in checked.stdout and "HTTP status 404" in checked.stdout
    assert "listing:/asia/: shows no link" in checked.stdout
    assert "no-body" in checked.stdout


def test_a_page_of_an_outlet_that_is_not_watched_is_previewed_in_the_generic_way(
    tree: Path, server: HostileServer
) -> None:
    shown = run(tree, "preview", "https://far.example" + path_of(0), "--origin", server.origin, "--json")
    assert "no outlet has the host far.example" in shown.stderr
    row = json.loads(shown.stdout)
    assert (row["extractor"].partition("/")[0], row["quarantined"]) == ("generic", None)


def test_the_site_is_where_its_articles_are_with_www_or_without(tree: Path) -> None:
    site = pages()
    html, kind = site["/asia/"]
    site["/asia/"] = (html.replace(b'href="/news', f'href="{SITE}/news'.encode()), kind)
    with HostileServer(site) as server:
        made = run(
            tree, "new_outlet", "bare_post", f"{SITE.replace('www.', '')}/asia/", "--origin", server.origin
        )
    assert made.returncode == 0, made.stderr
    spider = (tree / "crawler/spiders/bare_post.py").read_text()
    assert f'site = "{SITE}"' in spider and 'Listing("/asia/")' in spider


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("new_outlet", "bbc", f"{SITE}/asia/"), "an outlet 'bbc' already"),
        (("new_outlet", "other_post", f"{SITE}/nowhere/"), "HTTP status 404"),
    ],
)
def test_what_cannot_be_done_is_said(
    tree: Path, server: HostileServer, arguments: tuple[str, ...], complaint: str
) -> None:
    done = run(tree, *arguments, "--origin", server.origin)
    assert done.returncode == 2
    assert complaint in done.stdout + done.stderr
    assert not (tree / "crawler/spiders/other_post.py").exists()
