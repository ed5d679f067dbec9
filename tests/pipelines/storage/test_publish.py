"""Publishing: from rows in the ledger to rows of the dataset, each once, whatever happens."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.storage import partitions
from pipelines.storage import publish as publishing
from pipelines.storage.errors import LedgerError, StorageError
from pipelines.storage.ledger import Ledger, LinkState
from pipelines.storage.partitions import RowGroups, partition_path, read_partition, write_partition
from pipelines.storage.publish import publish, sweep_leftovers
from tests.pipelines.storage.samples import OUTLET, ended, fetched, key, row
from tests.pipelines.storage.tables_of_rows import table, version


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    return partition_path(tmp_path, "articles", OUTLET, 202405)


@pytest.fixture
def revisions(tmp_path: Path) -> Path:
    return partition_path(tmp_path, "revisions", OUTLET, 202405)


def test_staged_rows_become_rows_and_links_stored(ledger: Ledger, tmp_path: Path, articles: Path) -> None:
    ledger.record([fetched(number) for number in range(3)], 1000)
    report = publish(ledger, tmp_path, OUTLET)
    assert (report.rows, report.revisions, report.partitions) == (3, 0, 1)
    assert report.bytes == articles.stat().st_size
    assert read_partition(articles)["article_id"].to_pylist() == [f"{OUTLET}:{number}" for number in range(3)]
    assert ledger.counts(OUTLET) == {LinkState.STORED: 3}
    assert ledger.staged_months(OUTLET) == {}


def test_a_row_comes_out_as_it_went_in(ledger: Ledger, tmp_path: Path, articles: Path) -> None:
    full = fetched(
        1, tags=["海", "ferry"], similarity=0.5, raw_offset=2**40, lead="Lead\u2028line", countries=[]
    )
    assert full.article is not None
    ledger.record([full], 1000)
    publish(ledger, tmp_path, OUTLET)
    (stored,) = read_partition(articles).to_pylist()
    expected = {name: full.article.get(name) for name in stored} | {"revision": 0}
    assert stored == expected


def test_publishing_nothing_writes_nothing(ledger: Ledger, tmp_path: Path) -> None:
    publish(ledger, tmp_path, OUTLET)
    assert not (tmp_path / "articles").exists()


def test_each_month_is_a_partition_and_an_edit_stays_in_the_first(ledger: Ledger, tmp_path: Path) -> None:
    june = datetime(2024, 6, 1, tzinfo=UTC)
    ledger.record([fetched(1), fetched(2, published_at=june)], 1000)
    assert publish(ledger, tmp_path, OUTLET).partitions == 2
    ledger.record([fetched(1, at=2000, published_at=june)], 2000)
    report = publish(ledger, tmp_path, OUTLET)
    assert (report.rows, report.revisions, report.partitions) == (1, 1, 1)
    june_rows = read_partition(partition_path(tmp_path, "articles", OUTLET, 202406))
    assert june_rows["article_id"].to_pylist() == [f"{OUTLET}:2"]


def test_every_earlier_version_is_kept_with_when_it_was_seen(
    ledger: Ledger, tmp_path: Path, articles: Path, revisions: Path
) -> None:
    for at, headline in ((1000, "First"), (2000, "Second"), (3000, "Third"), (4000, "First")):
        ledger.record([fetched(1, at=at, headline=headline)], at)
        if at != 2000:  # two versions in one publish
            publish(ledger, tmp_path, OUTLET)
    (latest,) = read_partition(articles).to_pylist()
    earlier = read_partition(revisions).to_pylist()
    assert (latest["headline"], latest["revision"]) == ("First", 3)
    seen = [(old["headline"], old["revision"], int(old["fetched_at"].timestamp())) for old in earlier]
    assert seen == [("First", 0, 1000), ("Second", 1, 2000), ("Third", 2, 3000)]


def test_more_rows_than_are_merged_in_one_go(
    ledger: Ledger, tmp_path: Path, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "ROWS_AT_ONCE", 2)
    ledger.record([fetched(number) for number in range(5)], 1000)
    assert publish(ledger, tmp_path, OUTLET).rows == 5
    assert len(read_partition(articles)) == 5


def test_only_the_outlets_own_rows_are_published(ledger: Ledger, tmp_path: Path) -> None:
    ledger.begin_run("other", "other_times")
    other = fetched(1, article_id="other_times:1")
    other.outlet, other.run_id = "other_times", "other"
    ledger.record([other, fetched(2)], 1000)
    publish(ledger, tmp_path, "other_times")
    assert ledger.counts(OUTLET) == {LinkState.STAGED: 1}
    assert [path.name for path in (tmp_path / "articles").iterdir()] == ["outlet=other_times"]


@pytest.mark.parametrize("dataset", ["articles", "revisions"])
def test_a_full_disk_keeps_everything_staged(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset: str
) -> None:
    ledger.record([fetched(1)], 1000)
    publish(ledger, tmp_path, OUTLET)
    ledger.record([fetched(1, at=2000, headline="Edited"), fetched(2)], 2000)
    sound = partitions._write_durably

    def full(path: Path, groups: RowGroups) -> int:
        if path.name.startswith(f".{dataset}."):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return sound(path, groups)

    with monkeypatch.context() as broken:
        broken.setattr(partitions, "_write_durably", full)
        with pytest.raises(StorageError, match=r"No space left on device.*the rows are kept in the ledger"):
            publish(ledger, tmp_path, OUTLET)
    assert ledger.counts(OUTLET) == {LinkState.STAGED: 2}
    report = publish(ledger, tmp_path, OUTLET)
    assert report.rows == 2
    assert ledger.counts(OUTLET) == {LinkState.STORED: 2}


def test_a_crash_before_the_ledger_heard_of_it_repeats_without_a_trace(
    ledger: Ledger, tmp_path: Path, articles: Path, revisions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.record([fetched(1)], 1000)
    publish(ledger, tmp_path, OUTLET)
    ledger.record([fetched(1, at=2000, headline="Edited")], 2000)
    with monkeypatch.context() as crash:
        crash.setattr(Ledger, "published", lambda *arguments: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            publish(ledger, tmp_path, OUTLET)
    files = articles.read_bytes(), revisions.read_bytes()
    report = publish(ledger, tmp_path, OUTLET)
    assert (report.rows, report.partitions, report.bytes) == (0, 0, 0)
    assert (articles.read_bytes(), revisions.read_bytes()) == files
    assert ledger.counts(OUTLET) == {LinkState.STORED: 1}


def test_a_row_staged_during_a_publish_waits_for_the_next(ledger: Ledger, tmp_path: Path) -> None:
    ledger.record([fetched(1)], 1000)
    rows = ledger.staged(OUTLET, 202405, 10)
    ledger.record([fetched(1, at=2000, headline="Edited")], 2000)
    ledger.published(rows)
    assert ledger.counts(OUTLET) == {LinkState.STAGED: 1}
    ledger.published(rows)
    assert ledger.staged_months(OUTLET) == {202405: 1}


def test_a_link_that_moved_on_since_staging_keeps_its_state(ledger: Ledger, tmp_path: Path) -> None:
    ledger.record([fetched(1)], 1000)
    ledger.record([ended(1, LinkState.GONE, at=2000, reason="http-404")], 2000)
    assert publish(ledger, tmp_path, OUTLET).rows == 1
    known = ledger.link(key(1))
    assert known is not None
    assert known.state is LinkState.GONE


def test_a_partition_that_cannot_be_read_stops_before_anything_is_lost(
    ledger: Ledger, tmp_path: Path, articles: Path
) -> None:
    write_partition(articles, table(version(9)))
    articles.write_bytes(articles.read_bytes()[:-9])
    ledger.record([fetched(1)], 1000)
    with pytest.raises(StorageError, match="cannot be read"):
        publish(ledger, tmp_path, OUTLET)
    assert ledger.counts(OUTLET) == {LinkState.STAGED: 1}


def test_a_staged_row_that_cannot_be_read_is_named(ledger: Ledger, tmp_path: Path) -> None:
    ledger.record([fetched(1)], 1000)
    with ledger.writing() as connection:
        connection.exec_driver_sql("UPDATE staged SET row = '{\"revision\":0}'")
    with pytest.raises(LedgerError, match=f"a staged row of {OUTLET} in 202405 cannot be read"):
        publish(ledger, tmp_path, OUTLET)


def test_unfinished_files_of_dead_writers_are_swept_and_nothing_else(tmp_path: Path, articles: Path) -> None:
    write_partition(articles, table(version(1)))
    dead = articles.with_name(".articles.parquet.123-0123abcd.tmp")
    stranger = articles.with_name(".notes.tmp")
    dead.write_bytes(b"PAR1")
    stranger.write_bytes(b"mine")
    other = partition_path(tmp_path, "articles", "other_times", 202405)
    write_partition(other, table(version(1)))
    other.with_name(".articles.parquet.9-0123abcd.tmp").write_bytes(b"PAR1")
    assert sweep_leftovers(tmp_path, OUTLET) == 1
    assert sorted(path.name for path in articles.parent.iterdir()) == [".notes.tmp", "articles.parquet"]
    assert len(list(other.parent.iterdir())) == 2


def test_a_disk_that_refuses_the_sweep_is_a_fault_of_storage(articles: Path, tmp_path: Path) -> None:
    # A folder in its place: even root cannot unlink that.
    articles.with_name(".articles.parquet.123-0123abcd.tmp").mkdir(parents=True)
    with pytest.raises(StorageError, match="cannot be removed"):
        sweep_leftovers(tmp_path, OUTLET)


def test_rows_have_no_column_that_is_only_ours(ledger: Ledger, tmp_path: Path, articles: Path) -> None:
    extra = fetched(1)
    assert extra.article is not None
    extra.article |= {"outlet": OUTLET, "page": None}
    ledger.record([extra], 1000)
    publish(ledger, tmp_path, OUTLET)
    assert set(read_partition(articles).column_names) >= set(row(1))
