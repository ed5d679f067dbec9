"""What the replica sees of our manners: gaps, pauses, conditional requests."""

import subprocess
import sys
from itertools import pairwise

import pytest

from crawler.spiders.sputnik import SputnikSpider
from tests.end_to_end.crawling import ROOT, crawl, last_report, stored_rows
from tests.lateness import Lateness
from tests.replica.server import Replica
from tests.replica.site import Options

WORLD = {"articles": 60, "seed": 9, "start": "2026-04-26", "end": "2026-05-01"}


@pytest.fixture
def replica():
    with Replica(**WORLD, options=Options(conditional_listings=True)) as replica:
        yield replica


@pytest.fixture
def lateness():
    with Lateness() as lateness:
        yield lateness


def times(replica, *parts):
    """When each request whose target has one of the parts was answered."""
    asked = replica.requests()["times"]
    return [at for at, target in asked if not parts or any(part in target for part in parts)]


def gaps(moments):
    return [later - earlier for earlier, later in pairwise(sorted(moments))]


def test_no_gap_is_shorter_than_the_delay(replica, tmp_path, lateness):
    crawl(replica, tmp_path, "-s", "DOWNLOAD_DELAY=0.4", "-a", "limit=12")
    assert len(times(replica)) >= 15
    assert min(gaps(times(replica))) >= 0.4 - lateness.tolerance


def test_two_outlets_on_one_host_together_keep_the_gap(replica, tmp_path, lateness):
    def start(outlet, modules):
        command = [
            *(sys.executable, "-m", "scrapy", "crawl", outlet, "-a", f"origin={replica.url}"),
            *("-s", f"SPIDER_MODULES={modules}", "-s", f"NOW={replica.now.isoformat()}"),
            *("-s", f"DATA_DIR={tmp_path}", "-s", "DOWNLOAD_DELAY=0.4", "-a", "limit=8"),
        ]
        return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)

    both = [start("sputnik", "crawler.spiders"), start("hostile", "tests.hostile.outlets")]
    assert {process.wait(timeout=120) for process in both} <= {0, 10, 11, 12}
    asked = times(replica)
    assert len(asked) >= 20
    assert min(gaps(asked)) >= 0.4 - lateness.tolerance


@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_that_the_host_asks_for_is_kept_and_the_page_stored_after_it(
    replica, tmp_path, status, lateness
):
    article = next(a for a in replica.world()["articles"] if a["kind"] == "news" and a["asia"])
    path = article["url"].removeprefix(SputnikSpider.site)
    rule = {
        "path": f"^{path}",
        "kind": "status",
        "status": status,
        "headers": {"Retry-After": "3"},
        "times": 1,
    }
    replica.set_faults(rule)
    assert crawl(replica, tmp_path, "-a", "since=2026-04-20").returncode == 0
    first, second = times(replica, path)
    assert second - first >= 3 - lateness.tolerance
    # Without a delay some requests were on their way when the answer came.
    on_their_way = 0.3 + lateness.tolerance
    assert not [at for at in times(replica) if first + on_their_way < at < first + 3 - lateness.tolerance]
    assert article["article_id"] in stored_rows(tmp_path)


def test_an_unchanged_listing_costs_its_headers_only(replica, tmp_path):
    assert crawl(replica, tmp_path).returncode == 0
    whole = last_report(tmp_path)
    replica.reset_requests()
    replica.advance(600)
    assert crawl(replica, tmp_path).returncode == 0
    later = last_report(tmp_path)
    by_kind = replica.requests()["by_kind"]
    assert by_kind["listing"]["not_modified"] == by_kind["listing"]["requests"] == 1
    assert later["bytes"] < whole["bytes"] / 10
