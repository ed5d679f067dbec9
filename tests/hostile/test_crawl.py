"""Whole crawls of an outlet that means harm: every link in one state, every good article stored."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.storage.ledger import LinkState
from tests.hostile.behaviours import BEHAVIOURS, Exchange
from tests.hostile.crawling import FILE_ID, ROOT, Crawled, HostileOutlet, address, crawl, list_item
from tests.hostile.files.registry import CLASSES, MIB, HostileFile, article, file, names
from tests.hostile.reading import all_classes

CHANNELS = ("listings", "feeds", "sitemaps", "robots")
ARTICLES = [kind for kind in all_classes() if kind not in CHANNELS]
QUICK = sorted(name for name, behaviour in BEHAVIOURS.items() if not behaviour.slow)
SLOW = sorted(name for name, behaviour in BEHAVIOURS.items() if behaviour.slow)

# What a terminal would obey, and what turns a text around; a line break ends a line wherever it is shown.
HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\u2028\u2029]"
)


def crawl_all(things: list[HostileFile | str], data_dir: Path) -> tuple[HostileOutlet, Crawled]:
    """One crawl that meets all these things, and what holds of every such crawl."""
    with HostileOutlet(things) as outlet:
        crawled = crawl(outlet, data_dir)
    assert crawled.exit_code in (0, 10, 11, 12), crawled.log[-3000:]
    assert set(outlet.good_ids) <= crawled.stored_ids(), "a good article is missing"
    assert crawled.report["peak_memory_mib"] < 600
    for native_id, thing in zip(outlet.hostile_ids, things, strict=True):
        link = crawled.link(native_id)
        assert link is not None
        states = thing.states if isinstance(thing, HostileFile) else TERMINAL
        assert str(link.state) in states, f"{thing if isinstance(thing, str) else native_id}: {link}"
    return outlet, crawled


TERMINAL = {str(state) for state in LinkState} - {"discovered", "staged"}


def some(kinds: list[str], step: int) -> list[HostileFile]:
    """Every so manieth file of the classes."""
    return [thing for kind in kinds for index, (_, thing) in enumerate(CLASSES[kind]()) if index % step == 2]


def test_a_sample_of_all_that_is_hostile_ends_in_states_and_every_good_article_is_stored(
    tmp_path: Path,
) -> None:
    _, crawled = crawl_all([*QUICK[::4], *some(ARTICLES, 9)], tmp_path)
    assert crawled.report["cpu_seconds"] < 60


@pytest.mark.chaos
@pytest.mark.parametrize("kind", ARTICLES)
def test_every_file_of_a_class(tmp_path: Path, kind: str) -> None:
    things: list[HostileFile | str] = [thing for _, thing in CLASSES[kind]()]
    _, crawled = crawl_all(things, tmp_path)
    assert crawled.report["cpu_seconds"] < 35


@pytest.mark.chaos
def test_every_behaviour(tmp_path: Path) -> None:
    crawl_all([*QUICK, *SLOW], tmp_path)


def crawl_channel(kind: str, name: str, data_dir: Path) -> tuple[HostileOutlet, Crawled]:
    """A crawl of an outlet one of whose channels is the file."""
    channel = file(kind, name)
    with HostileOutlet(**{channel.role: channel}) as outlet:
        crawled = crawl(outlet, data_dir, "-a", "limit=30")
    assert crawled.exit_code in (0, 10, 11, 12), f"{kind}/{name}: {crawled.log[-3000:]}"
    # The other channels show this one.
    assert outlet.good_ids[-1] in crawled.stored_ids(), f"{kind}/{name}"
    assert crawled.report["peak_memory_mib"] < 600, f"{kind}/{name}"
    assert crawled.report["cpu_seconds"] < 35, f"{kind}/{name}"
    assert not [seen.path for seen in outlet.requests if "xxe" in seen.path or "private" in seen.path]
    assert len(outlet.requests) < 400
    return outlet, crawled


@pytest.mark.parametrize(
    ("kind", "name"), [("listings", "inside"), ("feeds", "external-entity-1"), ("sitemaps", "endless-index")]
)
def test_some_hostile_channels(tmp_path: Path, kind: str, name: str) -> None:
    crawl_channel(kind, name, tmp_path)


@pytest.mark.chaos
@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in CHANNELS for name in names(kind)])
def test_every_hostile_channel(tmp_path: Path, kind: str, name: str) -> None:
    crawl_channel(kind, name, tmp_path)


class EndlessOutlet(HostileOutlet):
    """Its listing goes on for ever with new articles, its sitemap index with new files."""

    def respond(self, path: str, exchange: Exchange) -> bool:
        name, _, number = path.partition("?n=")
        page = int(number or 0)
        if name == "/asia/":
            links = "".join(list_item(FILE_ID + 10 * page + n) for n in range(10))
            exchange.answer(f'{links}<div class="list__more" data-url="/asia/?n={page + 1}"></div>'.encode())
        elif name == "/sitemap.xml":
            files = "".join(
                f"<sitemap><loc>/sitemap.xml?n={page * 10 + n}</loc></sitemap>" for n in range(10)
            )
            exchange.answer(f"<sitemapindex>{files}</sitemapindex>".encode(), Content_Type="text/xml")
        else:
            return super().respond(path, exchange)
        return True


def test_channels_without_end_are_left(tmp_path: Path) -> None:
    with EndlessOutlet() as outlet:
        crawled = crawl(outlet, tmp_path, "-a", "limit=5")
    pages = [seen.path for seen in outlet.requests if seen.path.startswith("/asia/")]
    files = [seen.path for seen in outlet.requests if seen.path.startswith("/sitemap")]
    assert len(pages) <= 200
    assert len(files) <= 500
    # Files without end and no article in any of them: the sitemap is mute, which is graver than partial.
    assert crawled.exit_code == 12
    assert "sitemap:" in crawled.report["reason"]
    assert {"too-many-files"} & {channel["status"] for channel in crawled.report["channels"]} or any(
        channel["failed"] for channel in crawled.report["channels"]
    )


class UnmovedOutlet(HostileOutlet):
    """Says that its listing has not changed, to whoever asks."""

    def respond(self, path: str, exchange: Exchange) -> bool:
        if path != "/asia/":
            return super().respond(path, exchange)
        exchange.answer(b"", status=304)
        return True


def test_a_listing_that_is_unchanged_though_nobody_knows_it_is_no_quiet_success(tmp_path: Path) -> None:
    with UnmovedOutlet() as outlet:
        crawled = crawl(outlet, tmp_path)
    channels = {channel["channel"]: channel["status"] for channel in crawled.report["channels"]}
    assert (crawled.exit_code, channels["listing:/asia/"]) == (11, "http-304")


class MisleadingOutlet(HostileOutlet):
    """Its listing and its sitemap lead on to what is no address of the web."""

    def _listing(self) -> str:
        more = "".join(f'<div class="list__more" data-url="{url}"></div>' for url in NO_PAGES)
        return super()._listing() + more

    def _sitemap(self) -> str:
        files = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in NO_PAGES)
        return f"<sitemapindex>{files}<sitemap><loc>/feed.xml</loc></sitemap></sitemapindex>"


NO_PAGES = (
    *("javascript:more()", "mailto:desk@hostile.example", "data:text/html,x", "file:///etc/passwd"),
    *("http://[::1/", "https://hostile.example:99999/", "http://10.0.0.1/", "//elsewhere.example/", ""),
)


def test_a_channel_that_leads_on_to_no_page_does_not_hold_the_run(tmp_path: Path) -> None:
    with MisleadingOutlet() as outlet:
        crawled = crawl(outlet, tmp_path, timeout=120)
    assert set(outlet.good_ids) <= crawled.stored_ids()
    channels = {channel["channel"]: channel["failed"] for channel in crawled.report["channels"]}
    assert channels["listing:/asia/"] == channels["feed:/feed.xml"] == 0


def test_one_page_under_many_addresses_is_quarantined_and_told_of(tmp_path: Path) -> None:
    with HostileOutlet([article(headline="Welcome to the harbour")] * 6) as outlet:
        crawled = crawl(outlet, tmp_path)
    states = [str(link.state) for native_id in outlet.hostile_ids if (link := crawled.link(native_id))]
    assert states.count("quarantined") == 4
    assert crawled.exit_code == 12
    assert "same-page" in crawled.report["reason"]


class RobotsOutlet(HostileOutlet):
    """Answers for robots.txt with each of `answers` in turn, and then always with the last."""

    def __init__(self, *answers: tuple[int, bytes, dict[str, str]], things: list[HostileFile | str]) -> None:
        super().__init__(things)
        self.answers = list(answers)

    def respond(self, path: str, exchange: Exchange) -> bool:
        if path != "/robots.txt":
            return super().respond(path, exchange)
        status, body, headers = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        exchange.answer(body, status=status, **headers)
        return True


GOOD_ROBOTS: tuple[int, bytes, dict[str, str]] = (200, b"User-agent: *\nDisallow: /private", {})


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"# padding\n" * 500_000, {}),
        (302, b"", {"Location": "https://elsewhere.example/robots.txt"}),
        (302, b"", {"Location": "http://10.0.0.1/robots.txt"}),
    ],
    ids=["too large", "on another host", "inside"],
)
def test_a_robots_txt_that_is_refused_settles_no_link(
    tmp_path: Path, answer: tuple[int, bytes, dict[str, str]]
) -> None:
    with RobotsOutlet(GOOD_ROBOTS, answer, things=["forbidden"]) as outlet:
        assert crawl(outlet, tmp_path, "-a", "limit=1").exit_code == 11
        for kept in (tmp_path / "state" / "robots").iterdir():
            kept.unlink()
        crawled = crawl(outlet, tmp_path)
        states = {str(link.state) for native_id in outlet.good_ids if (link := crawled.link(native_id))}
        assert (crawled.exit_code, states) == (11, {"discovered"})
        assert crawled.report["reason"].startswith("robots-unreachable")


class DowngradingOutlet(RobotsOutlet):
    """Sends its hostile articles on to its own host without TLS, where nothing is."""

    def _article(self, path: str, exchange: Exchange) -> None:
        if any(path == address(native_id) for native_id in self.hostile_ids):
            exchange.answer(b"", status=302, Location=f"http://hostile.example{path}")
        else:
            super()._article(path, exchange)


def test_a_link_to_a_host_without_robots_txt_stops_no_other(tmp_path: Path) -> None:
    with DowngradingOutlet(GOOD_ROBOTS, (500, b"", {}), things=[article(), article()]) as outlet:
        crawled = crawl(outlet, tmp_path)
    assert set(outlet.good_ids) <= crawled.stored_ids()
    links = [crawled.link(native_id) for native_id in outlet.hostile_ids]
    assert [(str(link.state), link.reason) for link in links if link] == [
        ("failed", "robots-unreachable")
    ] * 2


class ManyHostedOutlet(HostileOutlet):
    """Sends its hostile articles on to a new host of its own each time."""

    def _article(self, path: str, exchange: Exchange) -> None:
        if any(path == address(native_id) for native_id in self.hostile_ids):
            host = f"s{len(self.requests)}.hostile.example"
            exchange.answer(b"", status=302, Location=f"https://{host}{path}")
        else:
            super()._article(path, exchange)


def test_ever_new_subdomains_leave_no_file_each(tmp_path: Path) -> None:
    with ManyHostedOutlet([article(), article()]) as outlet:
        crawled = crawl(outlet, tmp_path)
    assert set(outlet.good_ids) <= crawled.stored_ids()
    links = [crawled.link(native_id) for native_id in outlet.hostile_ids]
    assert {(str(link.state), link.reason) for link in links if link} == {("blocked", "too-many-redirects")}
    assert len([seen for seen in outlet.requests if seen.path == "/robots.txt"]) > 5
    assert len(list((tmp_path / "state" / "robots").iterdir())) == 1


class MovedOutlet(HostileOutlet):
    """Sends its hostile articles on to a page about itself that reads like one; its sitemap is large."""

    def _sitemap(self) -> str:
        return super()._sitemap().ljust(6 * MIB)

    def _article(self, path: str, exchange: Exchange) -> None:
        if path == "/about.html":
            self._send(exchange, article(headline="About the harbour desk"))
        elif any(path == address(native_id) for native_id in self.hostile_ids):
            exchange.answer(b"", status=302, Location="/about.html")
        else:
            super()._article(path, exchange)


def test_a_removed_article_that_leads_elsewhere_is_none_and_a_large_sitemap_is_read(tmp_path: Path) -> None:
    with MovedOutlet([article(), article()]) as outlet:
        crawled = crawl(outlet, tmp_path)
    assert crawled.stored_ids() == set(outlet.good_ids)
    assert {channel["status"] for channel in crawled.report["channels"]} == {"ok"}
    links = [crawled.link(native_id) for native_id in outlet.hostile_ids]
    assert [(str(link.state), link.reason) for link in links if link] == [
        ("quarantined", "leads-elsewhere")
    ] * 2


class BadlyHeadedOutlet(HostileOutlet):
    """Writes what a terminal would obey, or very much, into the heads that a crawler keeps."""

    def _send(self, exchange: Exchange, file: HostileFile) -> None:
        exchange.answer(file.body, ETag='"\x1b]0;owned\x07\x9b31m"', Last_Modified="x" * 5_000)


def test_a_head_that_no_terminal_may_see_is_kept_nowhere(tmp_path: Path) -> None:
    with BadlyHeadedOutlet([article()]) as outlet:
        crawled = crawl(outlet, tmp_path)
    assert set(outlet.good_ids) <= crawled.stored_ids()
    for path in (tmp_path / "articles").rglob("articles.parquet"):
        assert set(pq.read_table(path, partitioning=None)["etag"].to_pylist()) == {None}
    links = [crawled.link(native_id) for native_id in outlet.good_ids]
    assert {(link.etag, link.last_modified) for link in links if link} == {(None, None)}


def test_a_declared_reservation_is_respected_where_the_operator_wants_it(tmp_path: Path) -> None:
    with HostileOutlet([file("meta", "noindex")]) as outlet:
        crawled = crawl(outlet, tmp_path, "-s", "RIGHTS_RESPECTED=none")
    link = crawled.link(outlet.hostile_ids[0])
    assert link is not None
    assert (str(link.state), link.reason) == ("blocked", "rights-none")


def test_nothing_that_an_outlet_writes_is_obeyed_where_it_is_shown(tmp_path: Path) -> None:
    things: list[HostileFile | str] = [
        thing for kind in ("injection", "characters") for _, thing in CLASSES[kind]()
    ]
    outlet, crawled = crawl_all(things, tmp_path)
    for path in (tmp_path / "articles").rglob("articles.parquet"):
        for row in pq.read_table(path, partitioning=None).to_pylist():
            found = {name: repr(value) for name, value in row.items() if HARMFUL.search(_all_text(value))}
            assert not found, found
    assert not HARMFUL.search(_without_lines(crawled.log))
    saved = tmp_path / "page.html"
    saved.write_bytes(file("injection", "terminal").body)
    for command in (
        ["query", "SELECT * FROM articles"],
        ["query", "--format", "csv", "SELECT * FROM articles"],
        ["query", "--format", "csv", "SELECT headline, tags, authors FROM articles"],
        ["query", "--format", "json", "SELECT * FROM articles"],
        ["why", f"https://hostile.example{address(outlet.hostile_ids[4])}"],
        ["status"],
        ["preview", str(saved), "--outlet", "hostile"],
    ):
        options = ["-s", f"DATA_DIR={tmp_path}", "-s", "SPIDER_MODULES=tests.hostile.outlets"]
        done = subprocess.run(
            [sys.executable, "-m", "scrapy", *command, *options],
            cwd=ROOT,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert not HARMFUL.search(_without_lines(done.stdout + done.stderr)), command
        if "headline" in command[-1]:
            cells = [cell for row in csv.reader(io.StringIO(done.stdout)) for cell in row]
            assert any("HYPERLINK" in cell for cell in cells)
            assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def _all_text(value: object) -> str:
    if isinstance(value, list):
        return "".join(map(_all_text, value))
    if isinstance(value, dict):
        return "".join(map(_all_text, value.values()))
    return _without_lines(value) if isinstance(value, str) else ""


def _without_lines(text: str) -> str:
    return text.replace("\n", "")
