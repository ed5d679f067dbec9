from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import func, select

from pipelines.storage import near_duplicate_flags
from pipelines.storage.ledger import Ledger
from pipelines.storage.near_duplicate_flags import NearDuplicateFlags
from pipelines.storage.tables import amendments, sketch_words, sketches
from tests.pipelines.storage.test_sketches import story

START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = 86400


def row(article_id, text, hour=0):
    return {
        "article_id": article_id,
        "lead": None,
        "body": text,
        "published_at": START + timedelta(hours=hour),
    }


def flagged(ledger, flags, *rows, now=0):
    flags.flag(rows, now)
    with ledger.writing() as connection:
        flags.save(connection)
    return [(one["duplicate_of"], one["similarity"]) for one in rows]


def test_a_copy_in_the_same_batch_is_flagged(ledger):
    flags = NearDuplicateFlags(ledger, days=30)
    rows = [
        row("herald:1", story(200)),
        row("herald:2", story(200, seed=5)),
        row("tribune:1", story(200), hour=1),
    ]
    assert flagged(ledger, flags, *rows) == [(None, None), (None, None), ("herald:1", 1.0)]


def test_a_copy_of_what_another_process_stored_is_flagged_from_one_batch_to_the_next(ledger_url):
    with Ledger.open(ledger_url) as ours, Ledger.open(ledger_url) as theirs:
        our_flags, their_flags = NearDuplicateFlags(ours, days=30), NearDuplicateFlags(theirs, days=30)
        assert flagged(ours, our_flags, row("herald:1", story(300, seed=1))) == [(None, None)]
        assert flagged(theirs, their_flags, row("tribune:1", story(300, seed=2))) == [(None, None)]
        cut = story(300, seed=2)[:1200]
        [(copy_of, similarity)] = flagged(ours, our_flags, row("herald:2", cut, hour=1))
        assert copy_of == "tribune:1"
        assert similarity > 0.9


def test_on_a_server_numbers_are_committed_in_their_order(postgres):
    url = postgres.empty_database()
    with Ledger.open(url) as ours, Ledger.open(url) as theirs:
        flags = NearDuplicateFlags(ours, days=30)
        flags.flag([row("herald:1", story(100))], 0)
        free = select(func.pg_try_advisory_xact_lock(near_duplicate_flags.NUMBERING))
        with ours.writing() as connection:
            flags.save(connection)
            with theirs.writing() as other:
                assert not other.scalar(free)
        with theirs.writing() as other:
            assert other.scalar(free)


def test_an_article_is_never_its_own_duplicate_however_often_it_comes(ledger_url):
    with Ledger.open(ledger_url) as ledger:
        for text in (story(200), story(200) + " One more line for it.", story(200)):
            flags = NearDuplicateFlags(ledger, days=30)
            for _ in range(2):
                assert flagged(ledger, flags, row("herald:1", text)) == [(None, None)]
        with ledger.reading() as connection:
            for table in (sketches, sketch_words):
                assert connection.scalar(select(func.count()).select_from(table)) == 1


@pytest.mark.parametrize("order", [*permutations(("herald:1", "tribune:1", "gazette:1"))])
def test_in_whatever_order_copies_come_each_names_the_one_published_first(ledger, order):
    hours = {"herald:1": 0, "tribune:1": 1, "gazette:1": 1}
    for outlet in ("herald", "tribune", "gazette"):
        ledger.outlet_number(outlet)
    flags = NearDuplicateFlags(ledger, days=30)
    named = {}
    for article_id in order:
        made = row(article_id, story(200) + f" By {article_id}.", hours[article_id])
        flagged(ledger, flags, made)
        named[article_id] = made["duplicate_of"]
    with ledger.reading() as connection:
        named |= dict(connection.execute(select(amendments.c.article_id, amendments.c.duplicate_of)).all())
    assert named == {"herald:1": None, "tribune:1": "herald:1", "gazette:1": "herald:1"}


def test_what_waits_to_be_amended_is_forgotten_when_the_text_becomes_another(ledger):
    for outlet in ("herald", "tribune"):
        ledger.outlet_number(outlet)
    flags = NearDuplicateFlags(ledger, days=30)
    flagged(ledger, flags, row("tribune:1", story(200), hour=1), row("herald:1", story(200)))
    with ledger.reading() as connection:
        assert connection.scalars(select(amendments.c.article_id)).all() == ["tribune:1"]
    flagged(ledger, flags, row("tribune:1", story(200, seed=7), hour=1))
    with ledger.reading() as connection:
        assert connection.scalars(select(amendments.c.article_id)).all() == []


def test_what_was_not_saved_is_unknown_to_the_next_run(ledger):
    NearDuplicateFlags(ledger, days=30).flag([row("herald:1", story(200))], 0)
    flags = NearDuplicateFlags(ledger, days=30)
    assert flagged(ledger, flags, row("tribune:1", story(200), hour=1)) == [(None, None)]


def test_a_footer_learned_in_earlier_runs_is_left_out(ledger_url):
    footer = "\n\n" + story(90, seed=99)
    with Ledger.open(ledger_url) as ledger:
        for seed in range(4):
            flags = NearDuplicateFlags(ledger, days=30)
            flagged(ledger, flags, row(f"herald:{seed}", story(400, seed) + footer))
        flags = NearDuplicateFlags(ledger, days=30)
        short = [row(f"herald:{seed}", story(30, seed) + footer) for seed in range(10, 14)]
        assert flagged(ledger, flags, *short) == [(None, None)] * 4


def test_sketches_are_dropped_when_no_window_reaches_them(ledger):
    flagged(ledger, NearDuplicateFlags(ledger, days=30), row("herald:1", story(100)), now=0)
    flagged(ledger, NearDuplicateFlags(ledger, days=30), row("herald:2", story(100, 2)), now=31 * DAY)
    with ledger.reading() as connection:
        assert connection.scalars(select(sketches.c.article_id)).all() == ["herald:2"]
        assert connection.scalar(select(func.count()).select_from(sketch_words)) == 1


def test_memory_is_bounded_and_the_latest_articles_stay_known(ledger, monkeypatch):
    monkeypatch.setattr(near_duplicate_flags, "MAX_ARTICLES", 10)
    monkeypatch.setattr(near_duplicate_flags, "_SKETCHES_AT_HAND", 2)
    flags = NearDuplicateFlags(ledger, days=30)
    for number in range(50):
        flagged(ledger, flags, row(f"herald:{number}", story(60, number)))
        assert len(flags._index) <= 21
    assert flagged(ledger, flags, row("tribune:1", story(60, 45), hour=1)) == [("herald:45", 1.0)]
    assert flagged(ledger, flags, row("tribune:2", story(60, 3), hour=1)) == [(None, None)]


def test_a_window_of_no_days_compares_nothing_and_keeps_nothing(ledger):
    flags = NearDuplicateFlags(ledger, days=0)
    flags.flag([row("herald:1", story(100))], 0)
    with ledger.writing() as connection:
        flags.save(connection)
        assert connection.scalar(select(func.count()).select_from(sketches)) == 0


@pytest.mark.parametrize("days", [1, 30])
def test_the_window_is_of_publication(ledger, days):
    flags = NearDuplicateFlags(ledger, days)
    flagged(ledger, flags, row("herald:1", story(100)))
    [(found, _)] = flagged(ledger, flags, row("tribune:1", story(100), hour=24 * days + 1))
    assert found is None
    [(found, _)] = flagged(ledger, flags, row("tribune:2", story(100), hour=24 * days - 1))
    assert found == "herald:1"


def test_an_article_costs_little_in_the_ledger(tmp_path: Path):
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        flags = NearDuplicateFlags(ledger, days=30)
        for start in range(0, 640, 64):
            flagged(ledger, flags, *(row(f"herald:{n}", story(500, n)) for n in range(start, start + 64)))
        with ledger.reading() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    assert pages * 4096 / 640 < 2200
