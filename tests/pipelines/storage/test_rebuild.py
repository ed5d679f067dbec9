"""A ledger that was lost is made anew from the files, without losing or doubling anything."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.storage.ledger import Ledger, LinkState
from pipelines.storage.partitions import partition_path, read_partition
from pipelines.storage.publish import publish
from pipelines.storage.rebuild import ensure_ledger, rebuild_ledger
from tests.pipelines.storage.samples import OUTLET, begun, ended, fetched, key, link

LONG_AFTER = 1_900_000_000


@pytest.fixture
def lost(tmp_path: Path, ledger: Ledger) -> Path:
    """A data folder whose ledger is not the test's: three articles, one of them edited."""
    with begun(Ledger.open(tmp_path / "lost.sqlite")) as before:
        before.record([fetched(number) for number in (1, 2, 3)], 1000)
        publish(before, tmp_path, OUTLET)
        before.record([fetched(2, at=2000, headline="Edited")], 2000)
        publish(before, tmp_path, OUTLET)
    return tmp_path


def test_links_come_back_with_month_revision_and_content(ledger: Ledger, lost: Path) -> None:
    assert rebuild_ledger(ledger, lost, OUTLET, now=LONG_AFTER) == 3
    assert ledger.counts(OUTLET) == {LinkState.STORED: 3}
    known = ledger.link(key(2))
    assert known is not None
    assert (known.article_id, known.revision, known.month) == (f"{OUTLET}:2", 1, 202405)
    assert (known.channels, known.last_fetched_at, known.due_at) == (("listing:/asia/",), 2000, None)
    assert ledger.record([fetched(2, at=9000, headline="Edited")], 9000) == [LinkState.UNCHANGED]


def test_rebuilding_again_changes_nothing(ledger: Ledger, lost: Path) -> None:
    rebuild_ledger(ledger, lost, now=LONG_AFTER)
    assert rebuild_ledger(ledger, lost, now=LONG_AFTER) == 0


def test_a_crawl_over_a_lost_ledger_neither_resets_revisions_nor_moves_articles(
    ledger: Ledger, lost: Path
) -> None:
    assert ensure_ledger(ledger, lost, OUTLET) == 3
    assert ensure_ledger(ledger, lost, OUTLET) == 0
    moved = fetched(2, at=9000, headline="Edited again", published_at=datetime(2024, 6, 9, tzinfo=UTC))
    assert ledger.record([fetched(1, at=9000), moved], 9000) == [LinkState.UNCHANGED, LinkState.STAGED]
    publish(ledger, lost, OUTLET)
    rows = read_partition(partition_path(lost, "articles", OUTLET, 202405)).to_pylist()
    assert [(row["article_id"], row["revision"]) for row in rows] == [
        (f"{OUTLET}:1", 0),
        (f"{OUTLET}:3", 0),
        (f"{OUTLET}:2", 2),
    ]
    assert not partition_path(lost, "articles", OUTLET, 202406).exists()
    earlier = read_partition(partition_path(lost, "revisions", OUTLET, 202405))
    assert earlier["revision"].to_pylist() == [0, 1]


def test_all_outlets_are_rebuilt_when_none_is_named(ledger: Ledger, lost: Path) -> None:
    assert ensure_ledger(ledger, lost) == 3
    assert ledger.rebuilt_at(OUTLET) is not None


def test_a_new_outlet_without_files_is_not_asked_about_again(ledger: Ledger, tmp_path: Path) -> None:
    assert ensure_ledger(ledger, tmp_path, OUTLET) == 0
    assert ledger.rebuilt_at(OUTLET) is not None


def test_young_articles_are_due_for_a_recheck_at_once(ledger: Ledger, lost: Path) -> None:
    now = 1_714_600_000  # two days after they were published
    rebuild_ledger(ledger, lost, now=now)
    due = ledger.due(OUTLET, now, 10)
    assert {entry.url for entry in due} == {link(number).url for number in (1, 2, 3)}


def test_what_the_ledger_knows_besides_is_kept(ledger: Ledger, lost: Path) -> None:
    ledger.discover(OUTLET, [link(number) for number in (1, 2, 7, 8)], 100)
    ledger.record([fetched(2, at=9000, headline="Newer"), ended(8, LinkState.FAILED, at=9000)], 9000)
    rebuild_ledger(ledger, lost, now=LONG_AFTER)
    known = ledger.links(key(number) for number in (1, 2, 3, 7, 8))
    assert [known[key(number)].state for number in (1, 2, 3, 7, 8)] == [
        LinkState.STORED,
        LinkState.STAGED,
        LinkState.STORED,
        LinkState.DISCOVERED,
        LinkState.FAILED,
    ]
    assert known[key(1)].first_seen_at == 100


def test_a_link_that_is_gone_stays_gone_and_keeps_its_row(ledger: Ledger, lost: Path) -> None:
    rebuild_ledger(ledger, lost, now=LONG_AFTER)
    ledger.record([ended(1, LinkState.GONE, at=9000)], 9000)
    assert rebuild_ledger(ledger, lost, now=LONG_AFTER) == 0
    known = ledger.link(key(1))
    assert known is not None
    assert (known.state, known.month) == (LinkState.GONE, 202405)


def test_files_put_back_from_a_backup_are_the_truth(ledger: Ledger, lost: Path) -> None:
    path = partition_path(lost, "articles", OUTLET, 202405)
    backup = path.read_bytes()
    rebuild_ledger(ledger, lost, now=LONG_AFTER)
    ledger.record([fetched(1, at=9000, headline="Newer")], 9000)
    publish(ledger, lost, OUTLET)
    path.write_bytes(backup)
    assert rebuild_ledger(ledger, lost, now=LONG_AFTER) == 1
    assert ledger.record([fetched(1, at=9900, headline="Newer")], 9900) == [LinkState.STAGED]
    assert publish(ledger, lost, OUTLET).rows == 1
