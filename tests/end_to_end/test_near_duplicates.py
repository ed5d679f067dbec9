"""A crawl of an outlet that reprints its own articles: every reprint names its source."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.crawling import crawl, scrapy, stored_rows
from tests.replica.server import Replica


def test_reprints_name_their_source_though_a_crawl_meets_the_newest_first(tmp_path: Path) -> None:
    with Replica(articles=400, seed=6, start="2026-04-10", end="2026-05-01") as replica:
        assert crawl(replica, tmp_path, "-a", "since=2026-04-10").returncode == 0
        rows = stored_rows(tmp_path)
        reprints = {
            article["article_id"]: article["near_duplicate_of"]
            for article in replica.world()["articles"]
            if article["near_duplicate_of"]
            and {article["article_id"], article["near_duplicate_of"]} <= rows.keys()
        }
    assert len(reprints) >= 3
    assert {name: row["duplicate_of"] for name, row in rows.items() if row["duplicate_of"]} == reprints
    assert all(rows[name]["similarity"] > 0.6 for name in reprints)
    assert f"{len(reprints)} clusters" in scrapy(tmp_path, "clusters", "--rebuild").stdout
