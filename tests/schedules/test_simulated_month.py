"""Days of unattended crawling of the replica, lived through in simulated time by real crawls."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schedules.due_times import Auto, Every
from schedules.timetable import Job
from tests.end_to_end.crawling import page_fields, stored_rows
from tests.replica.server import Replica
from tests.schedules.simulation import Figures, Lived, figures, live

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 4, 3, tzinfo=UTC)


def lived_through(job: Job, replica: Replica, data_dir: Path, span: timedelta) -> tuple[Lived, Figures]:
    """A first crawl, and from then on the schedule."""
    live(job, replica, data_dir, replica.now + 6 * HOUR + 2 * job.jitter)
    began = replica.now
    lived = live(job, replica, data_dir, began + span)
    found = figures(replica, data_dir, lived, began)
    print(found)
    return lived, found


def versions_seen(replica: Replica) -> dict[str, list[dict[str, Any]]]:
    """The versions of each article that the replica handed out, one after the other.

    A 304 hands out none, also where it hides a change: some of the replica's editors do that.
    """
    articles = {address: a for a in replica.world()["articles"] for address in (a["url"], *a["aliases"])}
    seen: dict[str, list[dict[str, Any]]] = {}
    for entry in replica.server.log.entries:
        article = articles.get(f"https://sputnikglobe.com{entry.target}")
        if article is None or entry.status != 200:
            continue
        starts = [datetime.fromisoformat(version["from"]).timestamp() for version in article["versions"]]
        fields = article["versions"][bisect_right(starts, entry.world_at) - 1]["fields"]
        versions = seen.setdefault(article["article_id"], [])
        if not versions or versions[-1] != fields:
            versions.append(fields)
    return seen


def assert_nothing_is_lost(replica: Replica, data_dir: Path) -> None:
    """Every article of the truth is a row, every change that was handed out a revision."""
    rows = stored_rows(data_dir)
    assert rows.keys() == {row["article_id"] for row in replica.truth(since="2026-03-25")}
    seen = versions_seen(replica)
    for article_id, row in rows.items():
        found = page_fields(row)
        latest = seen[article_id][-1]
        assert {n: found[n] for n in latest if n in found} == {n: latest[n] for n in latest if n in found}
        assert row["revision"] == len(seen[article_id]) - 1, article_id
    print(sum(row["revision"] for row in rows.values()), "revisions")


def test_a_day_at_a_fixed_interval_loses_nothing(tmp_path):
    job = Job("sputnik", Every(6 * HOUR), jitter=timedelta(minutes=1))
    with Replica(articles=100, seed=5, start="2026-04-02", end=BEGIN) as replica:
        lived, found = lived_through(job, replica, tmp_path, DAY)
        assert [verdict for verdict in lived.verdicts if verdict.exit_code] == []
        assert_nothing_is_lost(replica, tmp_path)
        assert found.median_delay <= 6 * HOUR


@pytest.mark.chaos
def test_a_month_at_an_automatic_interval_is_complete_fresh_and_cheap(tmp_path):
    job = Job("sputnik", Auto(timedelta(minutes=10), 6 * HOUR), jitter=timedelta(minutes=1))
    with Replica(articles=80, seed=5, start="2026-04-02", end=BEGIN) as replica:
        lived, found = lived_through(job, replica, tmp_path, 30 * DAY)
        assert [verdict for verdict in lived.verdicts if verdict.exit_code] == []
        assert_nothing_is_lost(replica, tmp_path)
        assert found.median_delay <= found.median_interval
        assert found.requests_a_new_article <= 1.5
