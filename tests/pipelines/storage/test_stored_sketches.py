from datetime import timedelta

import pytest
from sqlalchemy import func, select

from pipelines.storage import stored_sketches
from pipelines.storage.ledger import Ledger
from pipelines.storage.near_duplicate_flags import NearDuplicateFlags
from pipelines.storage.partitions import partition_path, read_partition
from pipelines.storage.publish import publish
from pipelines.storage.rebuild import ensure_ledger
from pipelines.storage.stored_sketches import open_flags
from pipelines.storage.tables import sketches
from tests.pipelines.storage.samples import NOON, OUTLET, begun, fetched, row
from tests.pipelines.storage.test_sketches import story

NOW = int(NOON.timestamp())


def stored(data_dir, texts):
    """A dataset of these articles, made by a ledger that compared nothing."""
    with Ledger.open(data_dir / "old.sqlite") as ledger:
        batch = [fetched(number, NOW, body=text) for number, text in texts.items()]
        begun(ledger).record(batch, NOW)
        publish(ledger, data_dir, OUTLET)


def opened(ledger, data_dir, now=NOW):
    ensure_ledger(ledger, data_dir, OUTLET)
    return open_flags(ledger, data_dir, OUTLET, days=30, now=now)


def flagged(flags, text):
    copy = row(1, article_id="herald:1", body=text, published_at=NOON + timedelta(days=2))
    flags.flag([copy], NOW)
    return copy["duplicate_of"]


def test_a_ledger_without_sketches_makes_them_from_the_files(ledger, tmp_path):
    stored(tmp_path, {1: story(200, 1), 2: story(200, 2)})
    assert flagged(opened(ledger, tmp_path), story(200, 2)) == f"{OUTLET}:2"
    assert ledger.sketched_at(OUTLET) == NOW


def test_the_files_are_read_once(ledger, tmp_path, monkeypatch):
    stored(tmp_path, {1: story(200, 1)})
    opened(ledger, tmp_path)
    monkeypatch.setattr(stored_sketches, "partitions", None)
    assert flagged(opened(ledger, tmp_path, NOW + 60), story(200, 1)) == f"{OUTLET}:1"


def test_copies_among_the_stored_rows_are_amended(ledger, tmp_path):
    stored(tmp_path, {1: story(200, 1), 2: story(200, 1), 3: story(200, 3)})
    opened(ledger, tmp_path)
    publish(ledger, tmp_path, OUTLET)
    rows = read_partition(partition_path(tmp_path, "articles", OUTLET, 202405))
    assert rows["duplicate_of"].to_pylist() == [None, f"{OUTLET}:1", None]
    assert ledger.amendments(OUTLET) == {}


def test_what_no_window_reaches_is_left_in_the_files(ledger, tmp_path):
    stored(tmp_path, {1: story(200, 1)})
    assert flagged(opened(ledger, tmp_path, NOW + 31 * 86400), story(200, 1)) is None


def test_killed_on_the_way_it_goes_on_where_it_was(ledger, tmp_path, monkeypatch):
    stored(tmp_path, {number: story(60, number) for number in range(1, 6)})
    monkeypatch.setattr(stored_sketches, "_ROWS_AT_ONCE", 2)
    taken_up = NearDuplicateFlags.take_up
    batches = []

    def dying(self, rows):
        batches.append(rows)
        if len(batches) == 3:
            raise KeyboardInterrupt
        taken_up(self, rows)

    with monkeypatch.context() as patched:
        patched.setattr(NearDuplicateFlags, "take_up", dying)
        with pytest.raises(KeyboardInterrupt):
            opened(ledger, tmp_path)
    assert ledger.sketched_at(OUTLET) is None
    opened(ledger, tmp_path)
    with ledger.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(sketches)) == 5
        assert connection.scalar(select(func.max(sketches.c.seen_at))) == NOW
        assert connection.scalar(select(func.max(sketches.c.number))) == 5, "none was made twice"


def test_a_window_of_no_days_reads_nothing(ledger, tmp_path):
    stored(tmp_path, {1: story(200, 1)})
    open_flags(ledger, tmp_path, OUTLET, days=0, now=NOW)
    assert ledger.sketched_at(OUTLET) is None
