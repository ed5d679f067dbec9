"""The session commits what became of links in groups, publishes, and keeps the first fault of storage."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from threading import Event
from types import SimpleNamespace

import pytest

from crawler.items import Article, FetchedPage
from pipelines.session import COMMIT_PAGES, Settled, StorageSession
from pipelines.storage.canonical_url import article_key
from pipelines.storage.disk_limits import DiskLimits
from pipelines.storage.errors import OutletBusy, StorageError
from pipelines.storage.ledger import DiscoveredLink, Ledger, LinkState
from pipelines.storage.partitions import partitions, read_partition
from pipelines.storage.publish import publish
from pipelines.storage.raw_archive import RawPage, raw_files, read_raw
from pipelines.store import article_row

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def opened(data_dir, keep_raw=True, now=NOW, **limits):
    disk = DiskLimits(**limits)
    return StorageSession("outlet", data_dir, str(data_dir / "ledger.sqlite"), "", now, keep_raw, disk)


def article(number, session, body="Text."):
    """An article as it reaches the store, with the page it came from."""
    made = Article(
        article_id=f"outlet:{number}",
        outlet="outlet",
        url=f"https://outlet.example/{number}.html",
        canonical_url=f"https://outlet.example/{number}.html",
        headline="Headline",
        body=body,
        published_at=NOW,
        first_seen_at=NOW,
        fetched_at=session.now(),
        run_id=session.run_id,
    )
    raw = RawPage(
        url=made.url,
        status=200,
        request_headers=[],
        response_headers=[(b"Content-Type", b"text/html")],
        body=b"<html>page</html>",
        fetched_at=made.fetched_at,
        method="GET",
    )
    made.page = FetchedPage(article_key(made.article_id), raw=raw, content_hash=body.encode()[:8])
    return made


def stage(session, made):
    session.settle_article(made, LinkState.STAGED, row=article_row(made))


async def ended(session):
    await session.finish()
    await session.end(0, "complete", {}, swept=False)


def rows(data_dir):
    return [row for p in partitions(data_dir, "articles") for row in read_partition(p.path).to_pylist()]


def test_what_is_settled_is_published_and_its_page_archived(tmp_path):
    async def run():
        session = opened(tmp_path)
        for number in range(150):
            stage(session, article(number, session))
            await session.room()
        await ended(session)
        return session

    session = asyncio.run(run())
    stored = rows(tmp_path)
    assert len(stored) == session.rows_published == session.states[LinkState.STAGED] == 150
    page = read_raw(tmp_path, stored[7]["raw_file"], stored[7]["raw_offset"])
    assert (page.url, page.body) == (stored[7]["url"], b"<html>page</html>")
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        assert ledger.counts("outlet") == {LinkState.STORED: 150}
        assert [run.status for run in ledger.runs("outlet")] == ["done"]


def test_while_a_publish_has_its_turn_few_links_wait_and_one_commit(tmp_path, monkeypatch):
    publishing, may_end = Event(), Event()

    def slow(*arguments):
        publishing.set()
        assert may_end.wait(60)
        return publish(*arguments)

    async def run():
        session = opened(tmp_path)
        monkeypatch.setattr("pipelines.session.publish", slow)

        async def settle_many():
            for number in range(1000):
                stage(session, article(number, session))
                await session.room()

        settling = asyncio.ensure_future(settle_many())
        await asyncio.to_thread(publishing.wait, 60)
        for _ in range(1000):
            await asyncio.sleep(0)
        assert not settling.done()
        assert session.uncommitted == 2 * COMMIT_PAGES + 1
        assert len(session._tasks) == 2  # the one that publishes and the one that waits
        may_end.set()
        await settling
        await ended(session)

    asyncio.run(run())
    assert len(rows(tmp_path)) == 1000


def test_without_the_archive_only_quarantined_pages_are_kept(tmp_path):
    async def run():
        session = opened(tmp_path, keep_raw=False)
        stage(session, article(1, session))
        session.settle_article(article(2, session), LinkState.QUARANTINED, "no-body")
        await ended(session)

    asyncio.run(run())
    assert rows(tmp_path)[0]["raw_file"] is None
    (file,) = (tmp_path / "raw").rglob("*.warc")
    content = file.read_bytes()
    assert b"/2.html" in content and b"/1.html" not in content


def test_a_link_filtered_and_then_claimed_within_a_second_is_stored(tmp_path):
    async def run():
        session = opened(tmp_path)
        made = article(1, session)
        await session.call(
            session.ledger.discover, "outlet", [DiscoveredLink(made.page.link_key, made.url, "feed:/rss")], 0
        )
        session.settle_article(made, LinkState.FILTERED, "not-asia")
        await session.finish()
        stage(session, made)
        await ended(session)

    asyncio.run(run())
    assert len(rows(tmp_path)) == 1


def test_what_a_dead_run_staged_is_published_by_the_next(tmp_path):
    pid = os.fork()
    if pid == 0:

        async def die():
            session = opened(tmp_path)
            stage(session, article(1, session))
            await session._commit()
            os._exit(0)

        asyncio.run(die())
    os.waitpid(pid, 0)
    assert rows(tmp_path) == []

    async def run():
        await ended(opened(tmp_path))

    asyncio.run(run())
    assert len(rows(tmp_path)) == 1
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        assert [(run.status, run.reason) for run in ledger.runs("outlet")][1] == ("failed", "died")


def test_a_fault_of_storage_ends_the_run_and_loses_nothing(tmp_path):
    async def run():
        session = opened(tmp_path)
        closed = []
        session.on_failure = closed.append
        stage(session, article(1, session))
        await session._commit()
        (tmp_path / "articles").write_text("a file where the folder should be")
        await session.finish()
        assert closed == ["storage"] and "articles" in str(session.failure)
        stage(session, article(2, session))
        await session.finish()
        await session.end(20, "storage", {}, swept=False)
        (tmp_path / "articles").unlink()
        await ended(opened(tmp_path))

    asyncio.run(run())
    assert [row["article_id"] for row in rows(tmp_path)] == ["outlet:1"]


def test_a_bug_in_a_commit_is_counted_and_closes_the_spider(tmp_path, monkeypatch):
    async def run():
        session = opened(tmp_path)
        closed = []
        session.on_failure = closed.append

        def broken(*args, **kwargs):
            raise ZeroDivisionError

        monkeypatch.setattr(session.ledger, "record", broken)
        stage(session, article(1, session))
        await session.finish()
        await session.end(70, "internal", {}, swept=False)
        assert (session.internal_errors, closed, session.failure) == (1, ["internal"], None)

    asyncio.run(run())
    assert rows(tmp_path) == []


def test_two_sessions_of_one_outlet_do_not_meet(tmp_path):
    async def run():
        first = opened(tmp_path)
        with pytest.raises(OutletBusy, match=str(os.getpid())):
            opened(tmp_path)
        await ended(first)
        await ended(opened(tmp_path))

    asyncio.run(run())


def test_the_clock_runs_on_from_the_time_that_the_run_was_told(tmp_path):
    async def run():
        session = opened(tmp_path)
        assert 0 <= (session.now() - NOW).total_seconds() < 30
        await ended(session)

    asyncio.run(run())


def test_a_stage_says_state_and_reason():
    settled = Settled(LinkState.QUARANTINED, "no-body")
    assert (settled.state, settled.reason, str(settled)) == (
        LinkState.QUARANTINED,
        "no-body",
        "quarantined: no-body",
    )


def test_a_nearly_full_disk_ends_the_run_before_it_writes(tmp_path, monkeypatch):
    free = {"bytes": 10_000_000}
    monkeypatch.setattr(
        "pipelines.storage.disk_limits.disk_usage", lambda path: SimpleNamespace(free=free["bytes"])
    )

    async def run():
        session = opened(tmp_path, min_free_bytes=5_000_000)
        stage(session, article(1, session))
        await session._commit()
        free["bytes"] = 1_000_000
        stage(session, article(2, session))
        await session.finish()
        assert isinstance(session.failure, StorageError)
        assert "0 MiB free" in str(session.failure)
        await session.end(20, "full", {}, swept=False)

    asyncio.run(run())
    assert not list(partitions(tmp_path, "articles"))
    with pytest.raises(StorageError, match="MIN_FREE_BYTES"):
        opened(tmp_path, min_free_bytes=5_000_000)
    free["bytes"] = 10_000_000

    async def run_again():
        await ended(opened(tmp_path, min_free_bytes=5_000_000))

    asyncio.run(run_again())
    assert [row["article_id"] for row in rows(tmp_path)] == ["outlet:1"]


def test_raw_pages_are_kept_as_long_as_retention_or_quarantine_says(tmp_path):
    async def run(number, day, state=LinkState.STAGED):
        session = opened(tmp_path, now=NOW + timedelta(days=day), raw_days=30)
        made = article(number, session)
        if state is LinkState.STAGED:
            stage(session, made)
        else:
            session.settle_article(made, state, "no-date")
        await ended(session)

    asyncio.run(run(1, 0))
    asyncio.run(run(2, 1, LinkState.QUARANTINED))
    asyncio.run(run(3, 20))
    oldest, *others = raw_files(tmp_path, "outlet")
    asyncio.run(run(4, 40))
    kept = raw_files(tmp_path, "outlet")
    assert oldest not in kept
    assert set(others) < set(kept)
