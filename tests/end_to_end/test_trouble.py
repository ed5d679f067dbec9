"""What goes wrong ends in a named state and in an exit code that says so."""

import signal
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest

from crawler.spiders.sputnik import SputnikSpider
from pipelines.storage.ledger import Ledger, LinkState
from tests.end_to_end.crawling import ROOT, crawl, crawl_command, last_report, link_of, scrapy, stored_rows
from tests.replica.server import Replica

WORLD = {"articles": 60, "seed": 9, "start": "2026-04-26", "end": "2026-05-01"}


@pytest.fixture
def replica():
    with Replica(**WORLD) as replica:
        yield replica


def one_article(replica):
    """An ordinary article on the Asia listing now."""
    shown = [
        a
        for a in replica.world()["articles"]
        if a["kind"] == "news" and a["channels"].get("listing:/asia/", [0, 0])[1] is None
    ]
    return shown[0]


def path_of(article):
    return "^" + article["url"].removeprefix(SputnikSpider.site)


@pytest.mark.parametrize(
    ("fault", "state", "reason", "exit_code"),
    [
        ({"kind": "nested"}, "quarantined", "too-deep", 0),
        ({"kind": "cut-gzip"}, "failed", "truncated", 11),
        ({"kind": "truncate"}, "failed", "truncated", 11),
        ({"kind": "consent"}, "failed", "consent-wall", 12),
        ({"kind": "challenge"}, "failed", "bot-challenge", 12),
        ({"kind": "empty"}, "quarantined", "no-body", 0),
        ({"kind": "status", "status": 403}, "failed", "http-403", 11),
        ({"kind": "status", "status": 451}, "blocked", "http-451", 0),
        ({"kind": "status", "status": 410}, "gone", "http-410", 0),
        ({"kind": "status", "status": 500}, "failed", "http-500", 11),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) else None,
)
def test_one_bad_page_ends_in_its_state_and_the_others_are_stored(
    tmp_path, replica, fault, state, reason, exit_code
):
    article = one_article(replica)
    expected = {row["article_id"] for row in replica.truth(since="2026-04-20")} - {article["article_id"]}
    replica.set_faults({"path": path_of(article), **fault})
    result = crawl(replica, tmp_path, "-a", "since=2026-04-20", "-s", "QUARANTINE_LIMIT=0.2")
    link = link_of(tmp_path, SputnikSpider().addresses.link_key(article["url"]))
    assert (str(link.state), link.reason) == (state, reason), result.stderr[-2000:]
    assert result.returncode == exit_code, result.stderr[-2000:]
    assert stored_rows(tmp_path).keys() == expected


def test_a_page_without_a_date_is_dated_by_what_the_channel_said_and_marked(tmp_path, replica):
    article = one_article(replica)
    replica.set_faults({"path": path_of(article), "kind": "no-date"})
    assert crawl(replica, tmp_path, "-a", "since=2026-04-20").returncode == 0
    row = stored_rows(tmp_path)[article["article_id"]]
    assert row["published_source"] in ("feed", "listing")
    assert f"{row['published_at']:%Y-%m-%dT%H:%M:%SZ}" == article["versions"][0]["fields"]["published_at"]


def test_a_listing_without_links_is_no_quiet_day(tmp_path, replica):
    replica.set_faults({"path": "^/asia/$", "kind": "empty"})
    result = crawl(replica, tmp_path)
    assert result.returncode == 12
    assert "listing:/asia/" in last_report(tmp_path)["reason"]


def test_a_site_that_cannot_be_reached_is_said_in_one_line(tmp_path, replica):
    assert crawl(replica, tmp_path, "-a", "limit=2").returncode == 0
    options = ("-s", "RETRY_ENABLED=0", "-a", "origin=http://127.0.0.1:9")  # nobody listens there
    result = crawl(replica, tmp_path, *options)
    assert result.returncode == 11
    assert last_report(tmp_path)["reason"].startswith("robots-unreachable")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("status", [403, 404, 451])
def test_a_site_that_refuses_everything_is_no_success_and_is_asked_again(tmp_path, replica, status):
    replica.set_faults({"path": r"\.html$", "kind": "status", "status": status})
    assert crawl(replica, tmp_path, "-a", "since=2026-04-20").returncode in (11, 12)
    replica.set_faults()
    replica.advance(86_400 + 60)
    assert crawl(replica, tmp_path, "-a", "since=2026-04-20").returncode == 0
    shown = [a for a in replica.world()["articles"] if a["kind"] == "news" and a["asia"]]
    assert {a["article_id"] for a in shown} <= stored_rows(tmp_path).keys()


@pytest.mark.parametrize("path", ["sitemap", r"^/\d{8}/$"])
def test_archives_and_sitemaps_without_links_are_no_quiet_success(tmp_path, replica, path):
    replica.set_faults({"path": path, "kind": "no-items"})
    assert crawl(replica, tmp_path, "-a", "since=2026-04-20").returncode == 12
    replica.set_faults()
    assert crawl(replica, tmp_path).returncode == 0
    expected = {row["article_id"] for row in replica.truth(since="2026-04-24")}
    assert expected <= stored_rows(tmp_path).keys()


def test_a_run_cut_short_by_scrapy_is_partial_and_no_sweep(tmp_path, replica):
    assert crawl(replica, tmp_path, "-s", "CLOSESPIDER_PAGECOUNT=3").returncode == 11
    assert crawl(replica, tmp_path).returncode == 0
    expected = {row["article_id"] for row in replica.truth(since="2026-04-24")}
    assert expected <= stored_rows(tmp_path).keys()


def test_too_many_quarantined_pages_are_said(tmp_path, replica):
    replica.set_faults({"path": r"\.html$", "kind": "nested", "share": 0.5})
    assert crawl(replica, tmp_path, "-a", "since=2026-04-20").returncode == 10


def test_a_quarantined_page_is_kept_even_without_the_archive(tmp_path, replica):
    article = one_article(replica)
    replica.set_faults({"path": path_of(article), "kind": "nested"})
    crawl(replica, tmp_path, "-s", "RAW_ARCHIVE=false", "-a", "since=2026-04-20")
    with Ledger.open(tmp_path / "state" / "ledger.sqlite") as ledger:
        assert ledger.counts("sputnik")[LinkState.QUARANTINED] >= 1
    assert list((tmp_path / "raw").rglob("*.warc*"))
    assert all(row["raw_file"] is None for row in stored_rows(tmp_path).values())


def test_a_failed_link_is_tried_again_when_it_is_due(tmp_path, replica):
    article = one_article(replica)
    replica.set_faults({"path": path_of(article), "kind": "status", "status": 500})
    assert crawl(replica, tmp_path, "-a", "since=2026-04-20").returncode == 11
    replica.set_faults()
    assert crawl(replica, tmp_path).returncode == 0
    assert article["article_id"] not in stored_rows(tmp_path), "five minutes are not over"
    replica.advance(301)
    assert crawl(replica, tmp_path).returncode == 0
    assert article["article_id"] in stored_rows(tmp_path)


def test_a_limit_leaves_the_rest_to_the_next_run(tmp_path, replica):
    assert crawl(replica, tmp_path, "-a", "since=2026-04-20", "-a", "limit=5").returncode == 0
    assert sum(last_report(tmp_path)["states"].values()) == 5
    assert crawl(replica, tmp_path).returncode == 0
    expected = {row["article_id"] for row in replica.truth(since="2026-04-20")}
    assert stored_rows(tmp_path).keys() == expected


def test_an_edit_is_a_revision_and_a_removal_keeps_the_row(tmp_path, replica):
    edited, removed = [a for a in replica.world()["articles"] if a["kind"] == "news" and a["asia"]][-2:]
    assert crawl(replica, tmp_path, "-a", "since=2026-04-20").returncode == 0
    before = stored_rows(tmp_path)
    replica.edit(edited["article_id"], "typo")
    replica.remove(removed["article_id"])
    replica.advance(31 * 86_400)
    assert crawl(replica, tmp_path).returncode == 0
    after, revisions = stored_rows(tmp_path), stored_rows(tmp_path, "revisions")
    assert after[edited["article_id"]]["revision"] == 1
    assert revisions[edited["article_id"]]["body"] == before[edited["article_id"]]["body"]
    assert after[removed["article_id"]] == before[removed["article_id"]]
    link = link_of(tmp_path, SputnikSpider().addresses.link_key(removed["url"]))
    assert (link.state, link.reason) == (LinkState.GONE, "http-404")


def test_a_deleted_ledger_costs_fetches_and_no_row(tmp_path, replica):
    assert crawl(replica, tmp_path, "-a", "since=2026-04-20").returncode == 0
    before = stored_rows(tmp_path)
    for file in (tmp_path / "state").glob("ledger.sqlite*"):
        file.unlink()
    assert crawl(replica, tmp_path, "-a", "since=2026-04-20").returncode == 0
    assert stored_rows(tmp_path) == before


def test_a_second_run_of_the_outlet_is_refused_while_the_first_lives(tmp_path, replica):
    replica.set_faults({"path": "html$", "kind": "slow", "seconds": 5})
    first = subprocess.Popen(crawl_command(replica, tmp_path), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        while not list((tmp_path / "state").glob("ledger.sqlite")):
            time.sleep(0.05)
            assert first.poll() is None
        second = crawl(replica, tmp_path)
        assert second.returncode == 75
        assert str(first.pid) in second.stderr
    finally:
        first.send_signal(signal.SIGTERM)
        _, log = first.communicate(timeout=60)
    assert first.returncode == 143, log[-2000:]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["crawl", "nobody"], "nobody"),
        (["crawl"], "one outlet"),
        (["crawl", "sputnik", "-a", "since=yesterday"], "since=yesterday"),
        (["crawl", "sputnik", "-a", "since=2026-05-02", "-a", "until=2026-05-01"], "after"),
        (["crawl", "sputnik", "-a", "limit=some"], "limit=some"),
        (["crawl", "sputnik", "-a", "origin=replica"], "origin=replica"),
        (["crawl", "sputnik", "-a", "since=2999-01-01"], "lies in the future"),
        (["crawl", "sputnik", "-a", "sinse=2026-05-01"], "there are since, until, limit, origin"),
        (["crawl", "sputnik", "-s", "NOW=tomorrow"], "tomorrow"),
        (["crawl", "sputnik", "-s", "QUARANTINE_LIMIT=x"], "-s QUARANTINE_LIMIT=x is no number"),
        (["query", "SELECT nothing FROM nowhere"], "nowhere"),
        (["why", "https://elsewhere.example/1.html"], "elsewhere.example"),
        (["why", "https://sputnikglobe.com/20260501/slug-1105969655.html"], "no ledger"),
        (["status"], "no ledger"),
        (["query", "SELECT 1", "-s", "DATA_DIR=/no/such/folder"], "/no/such/folder"),
        (["preview", "/no/such/page.html", "--outlet", "sputnik"], "/no/such/page.html"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bad_usage_is_exit_code_2_and_names_what_was_wrong(tmp_path, arguments, words):
    result = scrapy(tmp_path, *arguments)
    assert result.returncode == 2, result.stderr
    assert words in result.stderr


def test_an_unwritable_data_folder_is_exit_code_20_and_an_unreadable_ledger_21(tmp_path, replica):
    (tmp_path / "file").write_text("")
    blocked = crawl(replica, tmp_path / "file" / "data")
    assert blocked.returncode == 20, blocked.stderr[-2000:]
    assert str(tmp_path / "file") in blocked.stderr
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "ledger.sqlite").write_text("this is no database, and longer than a header" * 9)
    damaged = crawl(replica, tmp_path)
    assert damaged.returncode == 21, damaged.stderr[-2000:]
    assert "ledger.sqlite" in damaged.stderr


def test_a_ledger_that_breaks_under_a_crawl_is_exit_code_21(tmp_path, replica):
    replica.set_faults({"path": "html$", "kind": "slow", "seconds": 1})
    process = subprocess.Popen(crawl_command(replica, tmp_path), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    ledger = tmp_path / "state" / "ledger.sqlite"
    while not ledger.exists() or not replica.requests()["by_kind"].get("article"):
        time.sleep(0.05)
        assert process.poll() is None
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("DROP TABLE links")
    _, log = process.communicate(timeout=120)
    assert process.returncode == 21, log[-3000:]
    assert "ledger.sqlite" in log


def test_a_bug_on_one_page_is_exit_code_70_and_the_other_pages_are_stored(tmp_path, replica):
    (tmp_path / "break_one_page.py").write_text(
        "import crawler.article_page as module\n"
        "parse = module.parse_article\n"
        "def parse_or_break(page, *args, **kwargs):\n"
        f"    if {one_article(replica)['article_id'].partition(':')[2]!r} in page.url:\n"
        "        raise ZeroDivisionError('a bug')\n"
        "    return parse(page, *args, **kwargs)\n"
        "module.parse_article = parse_or_break\n"
    )
    command = crawl_command(replica, tmp_path / "data", "-a", "since=2026-04-20")
    code = (
        f"import sys; sys.path[:0] = ['', {str(tmp_path)!r}]; import break_one_page; "
        "from scrapy.cmdline import execute; execute(['scrapy', *sys.argv[1:]])"
    )
    result = subprocess.run(
        [command[0], "-c", code, *command[3:]], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 70, result.stderr[-3000:]
    link = link_of(tmp_path / "data", SputnikSpider().addresses.link_key(one_article(replica)["url"]))
    assert (link.state, link.reason) == (LinkState.FAILED, "internal: ZeroDivisionError")
    assert len(stored_rows(tmp_path / "data")) > 10


def test_scrapys_own_commands_register_no_run(tmp_path):
    result = scrapy(tmp_path, "fetch", "http://127.0.0.1:9/robots.txt")
    assert result.returncode == 0, result.stderr
    assert not (tmp_path / "runs").exists() and not (tmp_path / "state" / "ledger.sqlite").exists()
