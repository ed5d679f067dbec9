"""The main job: the replica's Asia section to Parquet, by the production command."""

import json

import duckdb
import pandas
import polars
import pyarrow.dataset
import pytest

from crawler.spiders.sputnik import SputnikSpider
from pipelines.storage.columns import COLUMNS
from pipelines.storage.ledger import TERMINAL, Ledger
from tests.end_to_end.crawling import (
    crawl,
    last_report,
    page_fields,
    scrapy,
    stored_rows,
)
from tests.replica.server import Replica


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """A replica with 2,000 articles over forty days, and the data folder of one crawl of it."""
    data_dir = tmp_path_factory.mktemp("data")
    with Replica(articles=2000, seed=11, start="2026-03-22", end="2026-05-01") as replica:
        result = crawl(replica, data_dir, "-a", "since=2026-03-20")
        assert result.returncode == 0, result.stderr[-3000:]
        yield replica, data_dir


def test_the_rows_are_the_truth_field_by_field(crawled):
    replica, data_dir = crawled
    truth = {row["article_id"]: row for row in replica.truth(since="2026-03-20")}
    rows = stored_rows(data_dir)
    assert rows.keys() == truth.keys()
    assert len(rows) > 1000
    for article_id, expected in truth.items():
        assert page_fields(rows[article_id]) == {
            name: expected[name] for name in page_fields(rows[article_id])
        }, article_id


def test_every_shown_link_is_in_the_state_that_the_truth_says(crawled):
    replica, data_dir = crawled
    spider = SputnikSpider()
    addresses = {a["article_id"]: a["url"] for a in replica.world()["articles"]}
    with Ledger.open(data_dir / "state" / "ledger.sqlite") as ledger:
        for article_id, (state, reason) in replica.states(since="2026-03-20").items():
            link = ledger.link(spider.addresses.link_key(addresses[article_id]))
            assert link is not None, f"{article_id} was shown and is not in the ledger"
            assert link.state in TERMINAL
            assert link.state == state, article_id
            if state == "quarantined":
                assert link.reason == reason


def test_all_addresses_of_an_article_are_one_link(crawled):
    replica, _ = crawled
    spider = SputnikSpider()
    for article in replica.world()["articles"]:
        keys = {spider.addresses.link_key(url) for url in (article["url"], *article["aliases"])}
        assert len(keys) == 1 and None not in keys, article


def test_what_robots_txt_forbids_is_not_asked(crawled):
    replica, _ = crawled
    assert not [path for path in replica.requests()["by_path"] if path.startswith("/services/")]


def test_every_row_says_where_it_came_from(crawled):
    _, data_dir = crawled
    for row in stored_rows(data_dir).values():
        assert row["raw_file"] and (data_dir / row["raw_file"]).exists()
        assert row["run_id"].startswith("sputnik-")
        assert row["channel"].partition(":")[0] in ("listing", "feed", "archive", "sitemap")
        assert row["published_source"] and row["published_raw"]


def test_readers_agree_on_types_and_count(crawled):
    _, data_dir = crawled
    folder = data_dir / "articles"
    count = len(stored_rows(data_dir))
    arrow = pyarrow.dataset.dataset(folder, partitioning="hive").to_table()
    duck = duckdb.sql(f"SELECT * FROM read_parquet('{folder}/*/*/*.parquet')")
    pandas_frame = pandas.read_parquet(folder)
    polars_frame = polars.read_parquet(folder / "**/*.parquet", hive_partitioning=True)
    assert arrow.num_rows == len(duck.fetchall()) == len(pandas_frame) == polars_frame.height == count
    assert str(arrow.schema.field("published_at").type) == "timestamp[us, tz=UTC]"
    assert str(pandas_frame["published_at"].dtype) == "datetime64[us, UTC]"
    assert polars_frame.schema["published_at"] == polars.Datetime("us", "UTC")
    assert (
        dict(zip(duck.columns, map(str, duck.types), strict=True))["published_at"]
        == "TIMESTAMP WITH TIME ZONE"
    )
    assert polars_frame.schema["authors"] == polars.List(polars.String)
    newest = max(row["published_at"] for row in stored_rows(data_dir).values())
    assert polars_frame["published_at"].max() == pandas_frame["published_at"].max() == newest


def test_why_status_query_and_preview_speak_of_the_same_article(crawled):
    replica, data_dir = crawled
    article_id, row = next(iter(stored_rows(data_dir).items()))
    why = scrapy(data_dir, "why", row["url"])
    assert why.returncode == 0, why.stderr
    assert "stored" in why.stdout and article_id in why.stdout
    assert "sputnik" in scrapy(data_dir, "status").stdout
    misspelt = scrapy(data_dir, "status", "sputnk")
    assert (misspelt.returncode, misspelt.stdout) == (2, "")
    assert "no crawl of 'sputnk' yet; there were some of sputnik" in misspelt.stderr
    query = scrapy(
        data_dir, "query", "--format", "csv", f"SELECT headline FROM articles WHERE article_id='{article_id}'"
    )
    assert row["headline"] in query.stdout
    preview = scrapy(data_dir, "preview", row["url"], "--origin", replica.url, "--json")
    assert preview.returncode == 0, preview.stderr
    shown = json.loads(preview.stdout)
    assert (shown["article_id"], shown["body"]) == (article_id, row["body"])
    assert len(list((data_dir / "runs").iterdir())) == 1, "a preview is no run"


def test_the_report_counts_what_the_ledger_holds(crawled):
    _, data_dir = crawled
    report = last_report(data_dir)
    with Ledger.open(data_dir / "state" / "ledger.sqlite") as ledger:
        counts = ledger.counts("sputnik")
    assert report["exit_code"] == 0
    assert report["rows"] == counts["stored"] == len(stored_rows(data_dir))
    assert sum(report["states"].values()) == sum(counts.values())


def test_a_second_run_takes_what_is_new_and_fetches_nothing_that_did_not_change(tmp_path):
    with Replica(articles=400, seed=3, start="2026-04-24", end="2026-05-01") as replica:
        assert crawl(replica, tmp_path).returncode == 0
        before = stored_rows(tmp_path)
        moments = [replica.now]
        replica.advance(3600)
        replica.reset_requests()
        moments.append(replica.now)
        result = crawl(replica, tmp_path)
        assert result.returncode == 0, result.stderr[-3000:]
        after = stored_rows(tmp_path)
        truth = {row["article_id"]: row for row in replica.truth(since="2026-04-24", moments=moments)}
        assert after.keys() == truth.keys()
        for article_id, row in after.items():
            assert page_fields(row) == {name: truth[article_id][name] for name in page_fields(row)}
        changed = {
            i for i, row in after.items() if i not in before or row["revision"] > before[i]["revision"]
        }
        seen = replica.requests()
        articles = seen["by_kind"]["article"]
        report = last_report(tmp_path)
        assert (report["requests"], report["not_modified"]) == (seen["total"], seen["by_status"]["304"])
        fetched = articles["requests"] - articles["not_modified"]
        others = sum(report["states"].get(state, 0) for state in ("filtered", "gone", "quarantined"))
        assert len(changed) > 0
        assert fetched <= len(changed) + others


def test_where_robots_txt_lets_the_listing_is_followed_to_its_end(tmp_path):
    with Replica(articles=300, seed=4, start="2026-04-24", end="2026-05-01") as replica:
        assert crawl(replica, tmp_path, "-s", "ROBOTSTXT_OBEY=False").returncode == 0
        listing = next(c for c in last_report(tmp_path)["channels"] if c["channel"] == "listing:/asia/")
        fragments = [path for path in replica.requests()["by_path"] if path.startswith("/services/asia/")]
        assert len(fragments) == len(set(fragments)) > 3
        in_listing = [a for a in replica.world()["articles"] if "listing:/asia/" in a["channels"]]
        assert listing["links"] >= 0.9 * len(in_listing)


def test_scrapys_own_feed_has_the_datasets_columns(tmp_path):
    with Replica(articles=20, seed=3) as replica:
        assert crawl(replica, tmp_path / "data", "-o", f"{tmp_path}/feed.json").returncode == 0
    rows = stored_rows(tmp_path / "data")
    fed = json.loads((tmp_path / "feed.json").read_text())
    assert {row["article_id"]: row["body"] for row in fed} == {key: row["body"] for key, row in rows.items()}
    assert all(tuple(row) == COLUMNS for row in fed)
